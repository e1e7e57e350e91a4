"""What a visitor's page and the chat say to each other: one JSON object a frame (the table is in README.md)."""

from enum import StrEnum

import msgspec
from msgspec import Struct

FRAME_BYTES = 16 * 1024


class Hello(Struct, tag_field="type", tag="hello", frozen=True):
    """The first frame: who the visitor is (by the token that the page kept) and what the page has already.

    `identity` is the company's site's word for who they are.
    """

    token: str = ""
    after: str = ""
    language: str = ""
    name: str = ""
    identity: str = ""


class Said(Struct, tag_field="type", tag="message", frozen=True):
    """The visitor wrote; the page makes the key, and sends the same one until it is accepted."""

    key: str
    text: str


class Fetched(Struct, tag_field="type", tag="fetched", frozen=True):
    """All lines up to `position` are in front of the visitor."""

    position: str


class AddressLeft(Struct, tag_field="type", tag="address", frozen=True):
    """Where an answer may go if the visitor leaves."""

    email: str


class CallTimesAsked(Struct, tag_field="type", tag="call_times", frozen=True):
    """When could the visitor be called at `number`, as they write it?"""

    number: str


class CallAsked(Struct, tag_field="type", tag="call", frozen=True):
    """The visitor asks to be called: in the window that begins at `start` (ms since 1970), without one soon.

    `any_hour`: also now, though it is night there; `words` are theirs. The page makes the key, as for a message.
    """

    key: str
    number: str
    start: int | None = None
    any_hour: bool = False
    words: str = ""


class VisitorTyping(Struct, tag_field="type", tag="typing", frozen=True):
    """The visitor is writing."""


class Ping(Struct, tag_field="type", tag="ping", frozen=True):
    """The page asks whether the line is still there."""


FromPage = Hello | Said | Fetched | AddressLeft | CallTimesAsked | CallAsked | VisitorTyping | Ping


class ConversationStage(StrEnum):
    """Where the visitor's conversation stands, as they are told."""

    NONE = "none"
    WAITING = "waiting"
    TAKEN = "taken"
    ANSWERED = "answered"
    RESOLVED = "resolved"


class CallStage(StrEnum):
    """How it stands with the visitor's call, as they are told."""

    OFFERED = "offered"
    OWED = "owed"
    UNDER_WAY = "under_way"


class CallTold(Struct, frozen=True):
    """The call that is offered or owed: from `start` to `end` (ms since 1970), to a number that ends in `number`."""

    state: CallStage
    start: int | None = None
    end: int | None = None
    number: str = ""


class Status(Struct, tag_field="type", tag="status", frozen=True):
    """Who answers and how soon. `place` 1 is next, `wait` is in seconds; each None where it is not known or not so.

    `heard` is the instant of the visitor's latest message that lies in the team's queue, in ms since 1970. `is_long`:
    it can't be taken soon, so a call or a mail is offered.
    """

    state: ConversationStage = ConversationStage.NONE
    team: str = ""
    place: int | None = None
    wait: int | None = None
    heard: int = 0
    has_address: bool = False
    call: CallTold | None = None
    is_long: bool = False


class ShownLine(Struct, frozen=True):
    """A line of the transcript as the page shows it; `side` is `visitor` or `team`, `at` in ms since 1970."""

    position: str
    id: str
    side: str
    text: str
    at: int
    key: str = ""
    author: str = ""
    team: str = ""


class Welcome(Struct, tag_field="type", tag="welcome", frozen=True):
    """The answer to `hello`; `token` only where a new one was made, `lines` those after the page's position.

    `is_signed` says that the site's word for who the visitor is was taken.
    """

    lines: list[ShownLine]
    status: Status
    max_length: int
    offers_email: bool
    token: str = ""
    is_signed: bool = False
    offers_call: bool = False


class Lines(Struct, tag_field="type", tag="lines", frozen=True):
    """New lines of the transcript."""

    lines: list[ShownLine]


class Accepted(Struct, tag_field="type", tag="accepted", frozen=True):
    """The message is held durably and stands in the transcript: the page may forget its copy."""

    key: str
    position: str


class RefusedFor(StrEnum):
    """Why a message was not taken: the store is away or has no room, so come again; come again slower; or never."""

    LATER = "later"
    BUSY = "busy"
    SLOW = "slow"
    UNACCEPTABLE = "unacceptable"


class Refused(Struct, tag_field="type", tag="refused", frozen=True):
    """The message was not taken; `retry_after` is in seconds."""

    key: str
    reason: RefusedFor
    retry_after: float = 0.0
    detail: str = ""


class Complaint(Struct, tag_field="type", tag="error", frozen=True):
    """A frame that could not be used, and why in plain words; the connection stays."""

    code: str
    detail: str
    key: str = ""


class AddressKept(Struct, tag_field="type", tag="address", frozen=True):
    """Whether the address is kept."""

    kept: bool


class CallTimesTold(Struct, tag_field="type", tag="call_times", frozen=True):
    """When `number` (E.164) can be called: now, now though it is night there, or in `windows` (ms since 1970)."""

    number: str
    is_now: bool = False
    is_any_hour: bool = False
    windows: list[tuple[int, int]] = []


class CallKept(Struct, tag_field="type", tag="call", frozen=True):
    """Whether the wish is held durably; else why not: `full` (choose another time), or `later`."""

    kept: bool
    reason: str = ""


class TeamTyping(Struct, tag_field="type", tag="typing", frozen=True):
    """Somebody of the team is writing."""

    name: str


class Pong(Struct, tag_field="type", tag="pong", frozen=True):
    """The line is there."""


ToPage = (
    Status
    | Welcome
    | Lines
    | Accepted
    | Refused
    | Complaint
    | AddressKept
    | CallTimesTold
    | CallKept
    | TeamTyping
    | Pong
)

_encoder = msgspec.json.Encoder()
_decoder: msgspec.json.Decoder[FromPage] = msgspec.json.Decoder(FromPage)


class BadFrame(Exception):
    """A frame that can't be read; `complaint` is what the page is told."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.complaint = Complaint(code, detail)


def frame_bytes(max_length: int) -> int:
    """The bytes of the largest frame: 16 KiB, or what `max_length` characters of UTF-8 need."""
    return max(FRAME_BYTES, 4 * max_length + 1024)


def read_frame(data: str, limit: int) -> FromPage:
    """The frame in `data`. Raises BadFrame for one over `limit` bytes, for broken JSON, and for an unknown one."""
    if len(data) > limit or len(data.encode("utf-8", "surrogatepass")) > limit:
        raise BadFrame("too_large", f"a frame has at most {limit} bytes: send a shorter message")
    try:
        return _decoder.decode(data)
    except msgspec.ValidationError as error:
        raise BadFrame("unknown_frame", f"this frame is not one of the chat's: {error}") from error
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise BadFrame("broken_json", "this frame is no JSON object: nothing of it was taken, send it again") from error


def written(frame: ToPage) -> str:
    """`frame` as it goes over the socket."""
    return _encoder.encode(frame).decode()
