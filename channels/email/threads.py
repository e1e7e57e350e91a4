"""The conversation that a mail belongs to: by what its sender alone could know, never by the subject.

A reference, or a token in our address, opens a conversation to the one whom we wrote to. Anybody else who has it (a
copy, a forwarded mail, a list) gets a conversation of their own, and the team a hint.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from channels.email.message_ids import MessageIds
from channels.email.tokens import Purpose, Token
from router.model.ids import ConversationId
from router.model.message import Handle


@dataclass(frozen=True, slots=True)
class Thread:
    """The conversation in which the sender is proved to take part, and one that the mail was made to look part of."""

    conversation: ConversationId | None = None
    suggested: ConversationId | None = None


def thread_of(
    identifiers: Iterable[str], addresses: Sequence[str], sender: Handle, account: str, ids: MessageIds
) -> Thread:
    """Where the mail of `sender` belongs that names those Message-IDs, and came to those `addresses` of ours."""
    identifiers = tuple(identifiers)
    tokens = [token for address in addresses if (token := ids.tokens.in_address(Purpose.REPLY, address, account))]
    held = next((token for token in tokens if ids.tokens.is_held_by(Purpose.REPLY, token, sender)), None)
    proved = ids.conversation_of(identifiers, sender) or _named(held)
    other = next((token for token in tokens if token is not held), None)
    return Thread(proved, None if proved else ids.named_in(identifiers) or _named(other))


def _named(token: Token | None) -> ConversationId | None:
    return ConversationId(token.identifiers[0]) if token else None
