"""The lines of a visitor's transcript as they are stored, and what of them the page is shown."""

from collections.abc import Iterable

import msgspec
from msgspec import Struct

from channels.webchat.frames import ShownLine
from router.model.clock import milliseconds
from router.model.ids import ConversationId, MessageId
from router.model.message import InboundMessage, OutboundMessage
from router.store import keys
from router.store.transcript import Line


class VisitorLine(Struct, tag_field="by", tag="visitor", frozen=True):
    """What the visitor wrote."""

    key: str
    text: str
    at: int
    author: str = ""


class TeamLine(Struct, tag_field="by", tag="team", frozen=True):
    """What the team wrote. The conversation is for the receipt and is never shown to the page."""

    id: MessageId
    conversation: ConversationId
    text: str
    at: int
    author: str = ""
    team: str = ""


class DeliveredMark(Struct, tag_field="by", tag="delivered", frozen=True):
    """The inbox holds the receipt of the message `id`: it is never reported again."""

    id: MessageId


Payload = VisitorLine | TeamLine | DeliveredMark

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Payload)


def visitor_line_id(key: str, text: str) -> str:
    """The id of a visitor's line: a key that comes again with another text is another line.

    It is a digest, so that no key that a page chooses can take the place of a team's message.
    """
    return keys.digest("line", key, text)


def mark_id(message: MessageId) -> str:
    """The id of the mark that `message` is reported as delivered."""
    return f"{message}:delivered"


def visitor_line(message: InboundMessage) -> str:
    """The payload of the visitor's `message`."""
    return _written(VisitorLine(message.key, message.text, milliseconds(message.sent_at), message.author))


def team_line(message: OutboundMessage) -> str:
    """The payload of the team's `message`."""
    at = milliseconds(message.created_at)
    return _written(TeamLine(message.id, message.conversation, message.text, at, message.author, message.team))


def delivered_mark(message: MessageId) -> str:
    """The payload of the mark that `message` is reported as delivered."""
    return _written(DeliveredMark(message))


def read(lines: Iterable[Line]) -> list[tuple[str, Payload]]:
    """Position and content of each line; one of a newer version that can't be read here is left out."""
    found: list[tuple[str, Payload]] = []
    for line in lines:
        try:
            found.append((line.position, _decoder.decode(line.payload)))
        except msgspec.DecodeError:
            # Another version of Hilo wrote it; that version shows it.
            continue
    return found


def shown(position: str, payload: Payload) -> ShownLine | None:
    """The line as the page shows it; None for what is not for the eye."""
    match payload:
        case VisitorLine(key, text, at, author):
            return ShownLine(position, visitor_line_id(key, text), "visitor", text, at, key=key, author=author)
        case TeamLine(id=identifier, text=text, at=at, author=author, team=team):
            return ShownLine(position, identifier, "team", text, at, author=author, team=team)
    return None


def order(position: str) -> tuple[int, int]:
    """What positions are compared by."""
    instant, _, sequence = position.partition("-")
    return int(instant), int(sequence or 0)


def instant_of(position: str) -> int:
    """When the line at `position` was appended, in ms since 1970."""
    return order(position)[0]


def _written(payload: Payload) -> str:
    return _encoder.encode(payload).decode()
