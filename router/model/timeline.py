"""The timeline: what happened in a conversation, line by line."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

import msgspec

from router.model.message import Attachment
from router.model.value import Value


class EntryKind(StrEnum):
    """What a timeline entry tells."""

    MESSAGE_IN = "message_in"
    MESSAGE_OUT = "message_out"
    DELIVERY = "delivery"
    ROUTED = "routed"
    CLAIMED = "claimed"
    RELEASED = "released"
    TRANSFERRED = "transferred"
    NOTE = "note"
    RESOLVED = "resolved"
    REOPENED = "reopened"
    SNOOZED = "snoozed"
    WOKEN = "woken"
    CLOSED = "closed"
    ADDRESS = "address"
    SUGGESTION = "suggestion"
    DEADLINE_MISSED = "deadline_missed"
    LADDER = "ladder"
    ESCALATED = "escalated"
    CALLBACK = "callback"
    CALL = "call"
    PROMISE = "promise"
    FOLLOW_UP = "follow_up"
    SILENCE = "silence"
    EDITED = "edited"
    WITHDRAWN = "withdrawn"
    CODE = "code"
    FACT = "fact"
    DIRECTORY = "directory"
    LINKED = "linked"
    UNLINKED = "unlinked"


class TimelineEntry(Value, frozen=True):
    """Who did what, when and why; `detail` holds what the kind needs (docs/conversation.md lists it).

    `attachments` are the files that went with a message. `part` is the customer from whose timeline it came, where two
    were joined.
    """

    id: str
    kind: EntryKind
    at: datetime
    actor: str = ""
    text: str = ""
    channel: str = ""
    message: str = ""
    detail: Mapping[str, str] = msgspec.field(default_factory=dict)
    attachments: tuple[Attachment, ...] = ()
    part: str = ""

    @property
    def is_moved(self) -> bool:
        """Whether it comes from another partition's timeline: its id names that one at its end."""
        return self.id.count(".") > 1
