"""A dead letter: what was set aside for a person to look at, as its stream's entry holds it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec

from router.model.clock import from_milliseconds
from router.store import wire
from router.store.connection import Entry

UNKNOWN = "unknown"
CAUSE_LENGTH = 80


class Origin(StrEnum):
    """Where a dead letter came from, and goes back to."""

    EVENT = "event"
    TIMER = "timer"
    REPLY = "reply"


# How many pairs stand before what came, by who wrote them: event and error; error; error and channel.
ADDED = {Origin.EVENT: 2, Origin.TIMER: 1, Origin.REPLY: 2}


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """What was set aside at `at`, and the `error` that it raised.

    `kind` is the event's (message, claim, …), or says what could not be read. `channel` is set for customers' messages
    and for replies. `replays` counts how often it was tried again. `content` is what came, with personal text.
    """

    id: str
    origin: Origin
    kind: str
    at: datetime
    error: str
    channel: str = ""
    replays: int = 0
    event: str = ""
    customer: str = ""
    conversation: str = ""
    key: str = ""
    content: Mapping[str, str] | None = None

    @property
    def is_message(self) -> bool:
        """Whether it is a customer's message."""
        return self.origin is Origin.EVENT and self.kind == "message"

    @property
    def is_errand(self) -> bool:
        """Whether it is an errand, which goes back among its partition's errands."""
        return self.origin is Origin.EVENT and "errand" in (self.content or {})

    @property
    def cause(self) -> str:
        """The error without what it may quote of a customer's text."""
        return self.error.partition(":")[0].partition("\n")[0][:CAUSE_LENGTH]

    def readable(self) -> dict[str, Any]:
        """What came, field by field; JSON within it opened where it is any."""
        return {name: _opened(value) for name, value in (self.content or {}).items()}


def letter_of(partition: int, entry: Entry) -> DeadLetter:
    """The dead letter that an entry of a partition's stream holds."""
    stream_id = wire.text(entry[0])
    fields = {_text(name): _text(value) for name, value in entry[1].items()}
    origin = _origin(list(fields))
    came = dict(list(fields.items())[ADDED[origin] :]) if origin is not Origin.REPLY or "channel" in fields else fields
    kind = {Origin.TIMER: "unreadable_timer", Origin.REPLY: "unreadable_reply"}.get(origin) or came.get("kind", UNKNOWN)
    replays = came.pop("replays", "0")
    return DeadLetter(
        id=f"d-{partition:02d}-{stream_id}",
        origin=origin,
        kind=kind,
        at=from_milliseconds(int(stream_id.partition("-")[0])),
        error=fields.get("error", ""),
        channel=fields.get("channel", "") if origin is Origin.REPLY else channel_of(kind, came.get("body", "")),
        replays=int(replays) if replays.isascii() and replays.isdigit() else 0,
        event=fields.get("event", "") if origin is Origin.EVENT else "",
        customer=came.get("customer", ""),
        conversation=came.get("conversation", ""),
        key=came.get("key", "") if origin is Origin.EVENT else "",
        content=came,
    )


def channel_of(kind: str, body: str | bytes) -> str:
    """The channel of a customer's message, also where the rest of it can't be read; empty for what is none."""
    if kind != "message":
        return ""
    try:
        return _channels.decode(body).message.channel or UNKNOWN
    except msgspec.DecodeError:
        return UNKNOWN


def stream_place(identifier: str) -> tuple[int, int]:
    """A stream's id in an order that can be compared."""
    instant, _, sequence = identifier.partition("-")
    return int(instant or 0), int(sequence or 0)


class _Named(msgspec.Struct):
    channel: str = ""


class _Message(msgspec.Struct):
    message: _Named


_channels = msgspec.json.Decoder(_Message)


def _origin(names: list[str]) -> Origin:
    if names[:2] == ["event", "error"]:
        return Origin.EVENT
    return Origin.TIMER if names[:2] == ["error", "timer"] else Origin.REPLY


def _text(value: bytes) -> str:
    return value.decode("utf-8", "replace")


def _opened(value: str) -> Any:
    if not value.startswith(("{", "[")):
        return value
    try:
        return msgspec.json.decode(value)
    except msgspec.DecodeError:
        return value
