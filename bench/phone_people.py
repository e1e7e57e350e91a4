"""Customers and agents of a simulated day: what each of them does is chance, the same for the same seed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from router.core.dispatch.slots import Times, Window
from router.model.call import CallStatus
from router.model.ids import AgentId, TeamId
from router.model.team import Agent

CARE = TeamId("care")
SECOND = timedelta(seconds=1)
# What becomes of a call in which the customer's phone rings: most of those who asked for it pick up.
ENDS = {
    CallStatus.TALKING: 80,
    CallStatus.NO_ANSWER: 9,
    CallStatus.VOICEMAIL: 5,
    CallStatus.BUSY: 4,
    CallStatus.FAILED: 1,
    CallStatus.WRONG_NUMBER: 1,
}
RINGS_FOR = {CallStatus.BUSY: (2, 6), CallStatus.NO_ANSWER: (25, 35), CallStatus.VOICEMAIL: (18, 25)}
# Of a hundred: agents who decline, who let an offer pass, whose phone is not answered; lines that fall.
DECLINES, PASSES, IS_AWAY, FALLS = 2, 2, 1, 2


@dataclass(frozen=True, slots=True)
class Scale:
    """How large the day is: what its agents can do, and how many customers ask for a call."""

    agents: int = 40
    callbacks: int = 2000
    talk_seconds: float = 430.0
    wrap_seconds: float = 55.0
    ring_seconds: float = 15.0
    seed: int = 7


class People:
    """What they do, one after the other."""

    def __init__(self, scale: Scale) -> None:
        self.chance = Random(scale.seed)
        self._scale = scale

    def agents(self) -> list[Agent]:
        """Half of them speak English too, a third knows about fiber."""
        return [
            Agent(
                AgentId(f"a{number:02d}"),
                f"Agent {number}",
                frozenset({CARE}),
                phone=f"sip:a{number:02d}",
                languages=("es", "en") if number % 2 else ("es",),
                skills=("fiber",) if number % 3 == 0 else (),
            )
            for number in range(self._scale.agents)
        ]

    def asks_at(self, first: datetime, last: datetime) -> list[datetime]:
        """When each customer asks for a call: all day, most of them in the morning."""
        length = (last - first).total_seconds()
        middles = (self.chance.triangular(0, length, length * 0.3) for _ in range(self._scale.callbacks))
        return sorted(first + timedelta(seconds=at) for at in middles)

    def language(self) -> str:
        """What the customer writes."""
        return "en" if self.chance.random() < 0.15 else "es"

    def skills(self) -> tuple[str, ...]:
        """What it is about."""
        return ("fiber",) if self.chance.random() < 0.1 else ()

    def chooses(self, times: Times) -> Window | bool:
        """The window that the customer takes, True for now, False for none: they are offered nothing."""
        if times.now and (not times.windows or self.chance.random() < 0.5):
            return True
        return self._window(times.windows) if times.windows else False

    def _window(self, windows: Sequence[Window]) -> Window:
        """Rather soon than late."""
        return windows[min(int(self.chance.expovariate(0.25)), len(windows) - 1)]

    def answers_offer(self) -> str:
        """What the agent does who is asked: `take`, `decline`, or `pass`."""
        found = self.chance.randrange(100)
        return "decline" if found < DECLINES else "pass" if found < DECLINES + PASSES else "take"

    def thinks(self) -> timedelta:
        """How long they take for that."""
        return self.chance.uniform(2, 8) * SECOND

    def is_away(self) -> bool:
        """Whether the agent's own phone is not answered."""
        return self.chance.randrange(100) < IS_AWAY

    def ends(self) -> tuple[CallStatus, timedelta]:
        """What becomes of the customer's phone's ringing, and after how long."""
        (status,) = self.chance.choices(list(ENDS), list(ENDS.values()))
        return status, self.chance.uniform(*RINGS_FOR.get(status, (4, 20))) * SECOND

    def talks(self) -> tuple[CallStatus, timedelta]:
        """How a talk ends, and how long it was."""
        length = self.chance.lognormvariate(0, 0.5) / 1.133 * self._scale.talk_seconds
        if self.chance.randrange(100) < FALLS:
            return CallStatus.DROPPED, length / 2 * SECOND
        return CallStatus.ENDED, length * SECOND

    def wraps(self) -> timedelta:
        """How long the agent writes afterwards."""
        return self.chance.uniform(0.5, 1.5) * self._scale.wrap_seconds * SECOND
