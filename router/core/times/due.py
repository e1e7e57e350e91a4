"""Until when: each time that a text names, as the latest instant that still keeps it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from router.core.times.clocks import LATE, NOON, Clock, clocks
from router.core.times.days import Day, days
from router.core.times.durations import Duration, durations
from router.model.calendar import Calendar

# Letters that may stand between the parts of one time: "el lunes, entre las 8 y las 12".
BETWEEN = 14
SATURDAY = 5
_PART_OF_DAY = timedelta(hours=10)


@dataclass(frozen=True, slots=True)
class Time:
    """What is `start` to before `end` in the text: the last instant (UTC) of it."""

    start: int
    end: int
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Place:
    """When and where a text is read: `now` with its zone, the time `zone` of who reads it, working time if known."""

    now: datetime
    zone: tzinfo = UTC
    calendar: Calendar | None = None
    is_day_first: bool = True


def times_in(low: str, place: Place) -> tuple[Time, ...]:
    """The times in `low`, plain and in small letters, in their order."""
    today = place.now.astimezone(place.zone).date()
    parts = _apart([*durations(low), *days(low, today, place.is_day_first), *clocks(low)])
    return tuple(_time(group, place) for group in _grouped(parts, low))


Part = Duration | Day | Clock


def _apart(parts: Iterable[Part]) -> list[Part]:
    """`parts` in order, without those that reach into an earlier or longer one."""
    kept: list[Part] = []
    for each in sorted(parts, key=lambda part: (part.start, -part.end, not isinstance(part, Clock))):
        if not kept or each.start >= kept[-1].end:
            kept.append(each)
    return kept


def _grouped(parts: Sequence[Part], low: str) -> list[list[Part]]:
    """Days and times of day that stand together; a duration stands alone."""
    groups: list[list[Part]] = []
    for each in parts:
        last = groups[-1][-1] if groups else None
        if last and _belongs(each, last, low[last.end : each.start]):
            groups[-1].append(each)
        else:
            groups.append([each])
    return groups


def _belongs(part: Part, last: Part, between: str) -> bool:
    if isinstance(part, Duration) or isinstance(last, Duration):
        return False
    return len(between) <= BETWEEN and not set(between) & set(".!?\n;")


def _time(group: Sequence[Part], place: Place) -> Time:
    first = group[0]
    due = _after(first, place) if isinstance(first, Duration) else _on(group, place)
    return Time(first.start, group[-1].end, due.astimezone(UTC))


def _after(duration: Duration, place: Place) -> datetime:
    """`duration` from now; working days and hours as the calendar counts them, or else without weekends."""
    local = place.now.astimezone(place.zone)
    if not duration.is_working:
        if duration.is_days:
            return _at((local + duration.length).date(), LATE, place)
        return place.now + duration.length
    if not duration.is_days:
        length = duration.length
        if place.calendar:
            return place.calendar.after(place.now, length)
        # 48 working hours are two working days.
        return _skipping(local, length.days, length - timedelta(days=length.days), place)
    return _at(_working_day(local.date(), duration.length.days, place), LATE, place)


def _skipping(local: datetime, count: int, rest: timedelta, place: Place) -> datetime:
    day = _working_day(local.date(), count, place)
    due = datetime.combine(day, local.time(), place.zone) + rest
    return due if due.weekday() < SATURDAY else due + timedelta(days=7 - due.weekday())


def _working_day(day: date, count: int, place: Place) -> date:
    """The day after `count` working days."""
    for _ in range(366):
        if count <= 0:
            break
        day += timedelta(days=1)
        count -= _is_working(day, place)
    return day


def _is_working(day: date, place: Place) -> bool:
    if place.calendar is None:
        return day.weekday() < SATURDAY
    start, end = _at(day, 0, place), _at(day, LATE, place)
    return place.calendar.between(start, end) > timedelta()


def _on(group: Sequence[Part], place: Place) -> datetime:
    """The latest day of the group, at its latest time of day; a time alone is the next one."""
    on = max((each.on for each in group if isinstance(each, Day)), default=None)
    told = [each for each in group if isinstance(each, Clock)]
    local = place.now.astimezone(place.zone)
    day = on or local.date()
    if not told or any(each.minute is None for each in told):
        return _at(day, LATE, place)
    clock = told[-1] if len(told) == 1 else _narrowest(told)
    due = _at(day, clock.minute or 0, place)
    if due <= place.now and not clock.is_sure and (clock.minute or 0) < NOON:
        due = _at(day, (clock.minute or 0) + NOON, place)
    if due <= place.now and on is None:
        due = _at(day + timedelta(days=1), clock.minute or 0, place)
    return due


def _narrowest(told: Sequence[Clock]) -> Clock:
    """Of "por la tarde, a las 4" the hour; of several hours the latest."""
    hours = [each for each in told if each.minute not in (NOON, 18 * 60, LATE)] or list(told)
    return max(hours, key=lambda each: each.minute or 0)


def _at(day: date, minute: int, place: Place) -> datetime:
    return datetime.combine(day, time(minute // 60, minute % 60), place.zone)
