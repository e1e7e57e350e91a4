"""A leg: one call between the exchange and one phone, and everything that happens to it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from sandbox.phone.lines import Behaviour


class Direction(StrEnum):
    """Who began it."""

    OUT = "out"
    """The exchange rings the phone."""
    IN = "in"
    """The phone rings the company."""


class State(StrEnum):
    """How far it has come."""

    DIALLED = "dialled"
    RINGING = "ringing"
    ANSWERED = "answered"
    ENDED = "ended"


class Ending(StrEnum):
    """Why it is over."""

    BUSY = "busy"
    REJECTED = "rejected"
    NO_ANSWER = "no-answer"
    UNALLOCATED = "unallocated"
    CONGESTION = "congestion"
    BY_PHONE = "by-phone"
    """The person at the phone hung up, or gave up waiting."""
    BY_US = "by-us"
    """The exchange hung up, or stopped ringing."""
    DROPPED = "dropped"
    """The line fell."""

    @property
    def cause(self) -> int:
        """The cause that an exchange is told (ITU-T Q.850)."""
        return _CAUSES[self][0]

    @property
    def sip(self) -> int:
        """What SIP says (RFC 3261 section 21, RFC 3398 section 7.2.4.1); once it was answered, 200 or, fallen, 408."""
        return _CAUSES[self][1]


_CAUSES = {
    Ending.BUSY: (17, 486),
    Ending.REJECTED: (21, 603),
    Ending.NO_ANSWER: (19, 487),
    Ending.UNALLOCATED: (1, 404),
    Ending.CONGESTION: (34, 503),
    Ending.BY_PHONE: (16, 200),
    Ending.BY_US: (16, 487),
    Ending.DROPPED: (41, 408),
}


class What(StrEnum):
    """What has happened."""

    RINGING = "ringing"
    ANSWERED = "answered"
    VOICEMAIL = "voicemail"
    """A machine has answered; to the network that is an answer like any other."""
    BRIDGED = "bridged"
    UNBRIDGED = "unbridged"
    PRESSED = "pressed"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class LegEvent:
    """One thing that happened: `ending` where it is over, `digits` where keys were pressed."""

    what: What
    at: datetime
    ending: Ending | None = None
    digits: str = ""


@dataclass(slots=True, eq=False)
class Leg:
    """The exchange changes it; others read it, and `events`."""

    id: str
    direction: Direction
    caller: str
    callee: str
    began_at: datetime
    behaviour: Behaviour
    state: State = State.DIALLED
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    ending: Ending | None = None
    is_machine: bool = False
    partner: Leg | None = None
    heard: list[str] = field(default_factory=list)
    """What was said to the phone, in words: the page shows it, as there is no sound."""
    timers: list[asyncio.Task[None]] = field(default_factory=list)
    _told: list[LegEvent] = field(default_factory=list)
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def phone(self) -> str:
        """The number of the phone at the far end."""
        return self.callee if self.direction is Direction.OUT else self.caller

    @property
    def is_over(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.state is State.ENDED

    @property
    def talked_seconds(self) -> int:
        """How long it was answered, once it is over; else 0."""
        if self.answered_at is None or self.ended_at is None:
            return 0
        return round((self.ended_at - self.answered_at).total_seconds())

    def tell(self, event: LegEvent) -> None:
        """Add what has happened; whoever reads `events` wakes."""
        self._told.append(event)
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    @property
    def count(self) -> int:
        """How much has happened so far."""
        return len(self._told)

    async def events(self, after: int = 0) -> AsyncIterator[LegEvent]:
        """What happened after the first `after`, and then as it comes; ends with the leg. Any number may read."""
        seen = after
        while True:
            while seen < len(self._told):
                yield self._told[seen]
                seen += 1
            if self.is_over:
                return
            await self._changed.wait()

    async def over(self) -> Ending:
        """Why it ended, once it has."""
        async for _ in self.events():
            pass
        assert self.ending is not None
        return self.ending
