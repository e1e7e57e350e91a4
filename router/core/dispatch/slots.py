"""Which times a customer can be offered for a call: only those that can be kept.

Windows are the same for all customers, wherever they live: each begins at a whole number of `slot`s since 1970. So no
two overlap by half, and what is booked in each is one count.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from router.model.calendar import ALWAYS_OPEN, Calendar
from router.model.ids import TeamId
from router.model.policy import CallPolicy

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Window:
    """A customer can be called from `from_at` until `until`; `capacity` calls can be promised in it, `booked` are."""

    from_at: datetime
    until: datetime
    capacity: int
    booked: int = 0

    @property
    def room(self) -> int:
        """How many more can be promised."""
        return max(0, self.capacity - self.booked)


@dataclass(frozen=True, slots=True)
class Strength:
    """How many of a team's agents take calls: `agents` of them whenever `calendar` is open.

    Of a team without a shift in the policy, those who take calls now, day and night: nobody has said more.
    """

    agents: int
    calendar: Calendar = ALWAYS_OPEN

    def calls(self, start: datetime, end: datetime, policy: CallPolicy) -> int:
        """How many calls they can make between the two, with time to breathe."""
        share = self.agents * policy.occupancy * (self.calendar.between(start, end) / policy.handling)
        # A hair more, so that a share that is a whole number is not one less for the way in which fractions are kept.
        return math.floor(share + 1e-9)


@dataclass(frozen=True, slots=True)
class Times:
    """What can be offered: a call `now` (within the time of the policy), and `windows` with room, soonest first."""

    now: bool
    windows: tuple[Window, ...]


def strength(team: TeamId, policy: CallPolicy, calendars: Mapping[str, Calendar], here: int) -> Strength:
    """How many of `team` take calls and when; `here` is how many do now, for a team without a shift."""
    shift = policy.shifts.get(team)
    return Strength(shift.agents, calendars.get(shift.calendar, ALWAYS_OPEN)) if shift else Strength(here)


def begins(policy: CallPolicy, at: datetime) -> datetime:
    """When the window begins in which `at` lies."""
    return BEGINNING + (at - BEGINNING) // policy.slot * policy.slot


def starts(policy: CallPolicy, now: datetime) -> list[datetime]:
    """When the windows begin that lie ahead, the one under way first: it is none to be offered, but has room."""
    first = begins(policy, now)
    return [first + number * policy.slot for number in range(math.ceil(policy.ahead / policy.slot) + 1)]


def capacities(
    policy: CallPolicy, strong: Strength, now: datetime, waiting: int, booked: Mapping[datetime, int]
) -> Iterator[Window]:
    """The windows ahead, each with its capacity, less what the `waiting` calls without a window take of the first."""
    left = waiting
    for from_at in starts(policy, now):
        until, has = from_at + policy.slot, booked.get(from_at, 0)
        whole = strong.calls(max(from_at, now), until, policy)
        taken = min(max(0, whole - has), left)
        left -= taken
        yield Window(from_at, until, whole - taken, has)


def offered(
    policy: CallPolicy,
    strong: Strength,
    now: datetime,
    *,
    hours: Calendar = ALWAYS_OPEN,
    waiting: int = 0,
    booked: Mapping[datetime, int] | None = None,
) -> Times:
    """What a customer can be offered whose phone may ring in `hours`, the customer's; all time is, where they said so.

    A window is offered if all of it lies in their hours, and if there is room for one more call. `now` is, if their
    phone may ring, and if one more call can be made in time behind all that wait and all that are booked before.
    """
    windows = list(capacities(policy, strong, now, waiting, booked or {}))
    ahead = [each for each in windows if each.from_at >= now and each.room and _is_whole(each, hours)]
    return Times(_is_soon(windows, policy, hours, now), tuple(ahead))


def _is_whole(window: Window, hours: Calendar) -> bool:
    return hours.between(window.from_at, window.until) == window.until - window.from_at


def _is_soon(windows: Sequence[Window], policy: CallPolicy, hours: Calendar, now: datetime) -> bool:
    """Whether one more call can be made between now and the time that the policy promises."""
    until = now + policy.within
    if not hours.is_open(now):
        return False
    return any(each.room for each in windows if each.until <= until and _is_open_for_one(each, policy, hours, now))


def _is_open_for_one(window: Window, policy: CallPolicy, hours: Calendar, now: datetime) -> bool:
    """Whether the customer's phone may ring in what is left of `window` for as long as a call takes."""
    left = replace(window, from_at=max(window.from_at, now))
    return hours.between(left.from_at, left.until) >= min(policy.handling, left.until - left.from_at)
