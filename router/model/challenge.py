"""A one-time code: sent to one handle, to be written from another, so that both are known to be one person's."""

import hashlib
from datetime import datetime

from router.model.ids import AgentId, ConversationId
from router.model.message import Handle
from router.model.value import Value


class Challenge(Value, frozen=True):
    """The code that went to `handle` and is awaited from `asked`, in private, until `expires_at`.

    `digest` is the code's, empty once it is used up; `tries` counts the wrong ones. `sent_at` are the instants of the
    latest codes of the conversation, this one's last: they are not sent without end.
    """

    handle: Handle
    asked: Handle
    digest: str
    expires_at: datetime
    by: AgentId
    tries: int = 0
    sent_at: tuple[datetime, ...] = ()


def code_digest(conversation: ConversationId, code: str) -> str:
    """What `code` is kept as: of use in its conversation alone."""
    return hashlib.sha256(f"{conversation}\x1f{code}".encode()).hexdigest()[:40]
