"""The times that a customer can be offered for a call, and one of them reserved: never more than can be kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from router.core.dispatch.slots import Times, Window, begins, offered, starts, strength
from router.model.calendar import ALWAYS_OPEN, Calendar
from router.model.clock import Clock
from router.model.ids import TeamId
from router.model.policy import CallPolicy
from router.store.shifts import Shifts


@dataclass(frozen=True, slots=True)
class Wish:
    """Whom a call is asked of, under which policy and calendars, and in which `hours` the customer's phone may ring."""

    team: TeamId
    policy: CallPolicy
    calendars: Mapping[str, Calendar]
    hours: Calendar = ALWAYS_OPEN


class CallTimes:
    """Looks at what is booked, at what waits, and at who takes calls. Every method raises redis' errors."""

    def __init__(self, shifts: Shifts, clock: Clock) -> None:
        self._shifts = shifts
        self._clock = clock

    async def offered(self, wish: Wish) -> Times:
        """What can be offered now."""
        now, team, policy = self._clock.now(), wish.team, wish.policy
        here = sum(team in each.agent.teams for each in await self._shifts.agents())
        booked = await self._shifts.booked(team, starts(policy, now))
        waiting = await self._shifts.waiting(team)
        strong = strength(team, policy, wish.calendars, here)
        return offered(policy, strong, now, hours=wish.hours, waiting=waiting, booked=booked)

    async def reserve(self, wish: Wish, from_at: datetime, who: str) -> Window | None:
        """The window that begins at `from_at`, reserved for `who`; None if it can't be offered any more.

        Who reserves it again has it once. However many do so at once, no more get it than there is room for.
        """
        windows = (await self.offered(wish)).windows
        window = next((each for each in windows if each.from_at == from_at), None)
        if window and await self._shifts.book(wish.team, from_at, who, window.capacity):
            return window
        return None

    async def give_back(self, wish: Wish, at: datetime, who: str) -> None:
        """Reserve the window in which `at` lies no longer for `who`."""
        await self._shifts.unbook(wish.team, begins(wish.policy, at), who)
