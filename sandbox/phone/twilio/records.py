"""What Twilio knows of a call (https://www.twilio.com/docs/voice/api/call-resource)."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from sandbox.phone.leg import Ending, Leg

EVENTS = ("initiated", "ringing", "answered", "completed")


class Status(StrEnum):
    """The status of a call; `initiated` is told in callbacks only."""

    QUEUED = "queued"
    INITIATED = "initiated"
    RINGING = "ringing"
    IN_PROGRESS = "in-progress"
    COMPLETED = "completed"
    BUSY = "busy"
    FAILED = "failed"
    NO_ANSWER = "no-answer"
    CANCELED = "canceled"

    @property
    def is_final(self) -> bool:
        """Whether nothing follows it."""
        return self in _FINAL


_FINAL = (Status.COMPLETED, Status.BUSY, Status.FAILED, Status.NO_ANSWER, Status.CANCELED)
# A rejected call is busy to Twilio: mobile networks say no more. A fallen line is a call that was completed.
_ENDINGS = {
    Ending.BUSY: Status.BUSY,
    Ending.REJECTED: Status.BUSY,
    Ending.NO_ANSWER: Status.NO_ANSWER,
    Ending.UNALLOCATED: Status.FAILED,
    Ending.CONGESTION: Status.FAILED,
    Ending.BY_US: Status.NO_ANSWER,
    Ending.BY_PHONE: Status.NO_ANSWER,
    Ending.DROPPED: Status.NO_ANSWER,
}


@dataclass(frozen=True, slots=True)
class Hook:
    """Where the progress of a call is told, and which of it."""

    url: str
    method: str = "POST"
    events: tuple[str, ...] = ("completed",)


@dataclass(frozen=True, slots=True)
class Detection:
    """Answering-machine detection: whether the script waits for it, and where else its result goes."""

    waits_for_end: bool
    is_asynchronous: bool
    hook: Hook | None = None


@dataclass(slots=True, eq=False)
class Call:
    """One call. `leg` is None once the sandbox was restarted."""

    sid: str
    sender: str
    to: str
    direction: str
    created_at: datetime
    parent: str | None = None
    status: Status = Status.QUEUED
    started_at: datetime | None = None
    ended_at: datetime | None = None
    updated_at: datetime | None = None
    seconds: int | None = None
    answered_by: str | None = None
    recording: str | None = None
    recorded_seconds: int | None = None
    is_canceled: bool = False
    hook: Hook | None = None
    detection: Detection | None = None
    leg: Leg | None = None
    sequence: int = 0
    done: asyncio.Event = field(default_factory=asyncio.Event)
    events: list[dict[str, object]] = field(default_factory=list)
    """The requests made for it, as Call Events shows them."""

    @property
    def line(self) -> Leg:
        """Its leg. Only calls under way are asked."""
        assert self.leg is not None
        return self.leg


def status_after(call: Call) -> Status:
    """What has become of a call whose leg has ended."""
    leg = call.line
    assert leg.ending is not None
    if leg.answered_at is not None:
        return Status.COMPLETED
    return Status.CANCELED if call.is_canceled else _ENDINGS[leg.ending]


def new_sid(kind: str) -> str:
    """An identifier of Twilio's: two letters (`CA` a call, `RE` a recording) and 32 hexadecimal digits."""
    return kind + secrets.token_hex(16)
