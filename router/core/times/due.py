"""Until when: each time that a text names, as the latest instant that still keeps it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo

import re2

from router.core.times.clocks import LATE_PARTS, NOON, Clock, clocks
from router.core.times.days import Day, days
from router.core.times.durations import Duration, durations
from router.core.times.zones import Zone, zones
from router.model.calendar import Calendar
from router.model.hours import LATEST, USUAL, Hours

SATURDAY = 5
DAY_HOURS = timedelta(days=1)
# Letters that may stand between the parts of one time.
BETWEEN = 40
# What else may stand between them: "el lunes, entre las 8 y las 12".
_JOINS = re2.compile(
    r"[ ,(-]*(?:(?:y|e|o|u|a|or|and|to|at|de|del|el|la|las|los|the|this|entre|between|on|en|por|in|como|eso|around"
    r"|about|tipo|mismo|misma|sin falta|mas tardar|hasta|of|by|al|para|sobre|alrededor|early|temprano|from|either|antes"
    r"|before|mid|mas o menos|approximately|aproximadamente|maximo|latest|horario)[ ,(]+)*"
)
_AND = re2.compile(r"\b(?:y|e|and)\b")
_RANGE = re2.compile(r"\b(?:entre|between|from|desde)\b")
# What was said wrong just before it: "a las 3, perdón, a las 4".
CORRECTED = re2.compile(
    r"[ ,.;()-]*(?:(?:ay|uy|oh|oops|uh|ah|ups),? )?(?:no[ ,]+)?(?:no|digo|perdon(?:a|e|ame)?|disculp(?:a|e)|mejor dicho"
    r"|mejor|quise decir|corrijo|correccion|o sea|rather|sorry|i mean|i meant|make that|actually|scratch that"
    r"|correction|wait|no wait)[ ,.:;-]+"
    r"(?:(?:no|digo|mejor|es|era|sera|quise decir|i mean|i meant|make (?:that|it)|it.s|that.s|a|at|el|la|las|on|en"
    r"|para)[ ,:]+)*"
)


# Without one of these there is no time; told in one pass, so that most texts need no more.
_ANY = re2.compile(
    r"hoy|manana|hor(?:a|ita)|minut|\bmins?\b|\bdi(?:a|ita)s?\b|seman|\bmes(?:es)?\b|quince|finde|noche|tarde|dia\b"
    r"|primera|temprano|jornada|lunes|martes|miercoles|jueves|viernes|sabado|domingo|\b(?:lun|mie|jue|vie|sab)\b"
    r"|day|tom|tmr|night|hour|hrs?\b|week|month|morn|noon|even|lunch|eo[dw]|cob|close of|first thing"
    r"|fortnight|\b(?:mon|tues?|wed|thu|thurs|fri|sat|sun)\b|enero|febrero|marzo|abril|mayo|juni?o|julio|agosto"
    r"|bre\b|\bjan|\bfeb|\bmar|\bapr|\bmay\b"
    r"|\bjun|\bjul|\baug|\bsep|\boct|\bnov|\bdec|o'?clock|[0-9] ?(?:am|pm|a m|p m|h|hs)\b|[0-9][:.h/-][0-9]"
    r"|half|past|(?:las?|at|by|before|antes de|de|entre|between|from|around|about|after|el|al|del|dia|the|a|para"
    r"|sobre|tipo|hasta|until|till|este|como) (?:(?:las?|the|dia|proximo) )?(?:[0-9]|una|dos|tres|cuatro|cinco|seis"
    r"|siete|ocho|nueve|diez|once|doce|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)"
)


def may_hold_times(low: str) -> bool:
    """Whether it is worth while to look for times in `low`."""
    return _ANY.search(low) is not None


@dataclass(frozen=True, slots=True)
class Time:
    """What is `start` to before `end` in the text: the last instant (UTC) of it, and what it was put together from."""

    start: int
    end: int
    due_at: datetime
    parts: tuple["Part", ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """When and where a text is read: `now` with its zone, the time `zone` of who reads it, working time if known."""

    now: datetime
    zone: tzinfo = UTC
    calendar: Calendar | None = None
    is_day_first: bool = True
    hours: Hours = USUAL


Part = Duration | Day | Clock | Zone


def times_in(low: str, place: Place) -> tuple[Time, ...]:
    """The times to come in `low`, plain and in small letters, in their order."""
    if not may_hold_times(low):
        return ()
    today = place.now.astimezone(place.zone).date()
    parts = _apart([*durations(low), *days(low, today, place.is_day_first), *clocks(low, place.hours), *zones(low)])
    return tuple(found for group in _grouped(parts, low) if (found := time_of(group, place)))


def joined(one: Time, other: Time, place: Place) -> Time | None:
    """Both as one time, where one tells the day and the other the hour: "mañana te llamo a las 10"; else None."""
    first, second = _sorts(one.parts), _sorts(other.parts)
    if Duration in first | second or Day in first & second or Clock in first & second:
        return None
    return time_of((*one.parts, *other.parts), place)


def _sorts(parts: Iterable[Part]) -> set[type]:
    return {type(each) for each in parts} | {Day for each in parts if isinstance(each, Clock) and each.is_today}


def _apart(parts: Iterable[Part]) -> list[Part]:
    """`parts` in order, without those that reach into an earlier or longer one."""
    kept: list[Part] = []
    for each in sorted(parts, key=lambda part: (part.start, -part.end, not isinstance(part, Clock))):
        if not kept or each.start >= kept[-1].end:
            kept.append(each)
    return kept


def _grouped(parts: Sequence[Part], low: str) -> list[tuple[Part, ...]]:
    """Days and times of day that stand together; a duration stands alone. What was corrected is left out."""
    groups: list[tuple[Part, ...]] = []
    for each in parts:
        last = groups[-1] if groups else ()
        between = low[last[-1].end : each.start] if last else ""
        if last and len(between) <= BETWEEN and CORRECTED.fullmatch(between):
            groups[-1] = (*_uncorrected(last, each), each)
        elif last and len(between) <= BETWEEN and _belongs(each, last[-1]) and _joins(between, last, each, low):
            groups[-1] = (*last, each)
        elif not isinstance(each, Zone):
            groups.append((each,))
    return groups


def _joins(between: str, group: Sequence[Part], part: Part, low: str) -> bool:
    """Whether both are one time: of two days joined by "and" only those are that something lies between."""
    if not _JOINS.fullmatch(between):
        return False
    if isinstance(part, Day) and isinstance(group[-1], Day) and _AND.search(between):
        return _RANGE.search(low[max(0, group[0].start - BETWEEN) : group[0].start + BETWEEN]) is not None
    return True


def _belongs(part: Part, last: Part) -> bool:
    return isinstance(part, Zone) or not (isinstance(part, Duration) or isinstance(last, Duration))


def _uncorrected(group: Sequence[Part], by: Part) -> tuple[Part, ...]:
    """What still counts of `group` once `by` has taken its place."""
    if isinstance(by, Duration):
        return ()
    return tuple(each for each in group if not isinstance(each, Duration | type(by)))


def time_of(parts: Sequence[Part], place: Place) -> Time | None:
    """The time that `parts` tell together; None if it is over."""
    named = next((each.zone for each in parts if isinstance(each, Zone)), None)
    lasting = [each for each in parts if isinstance(each, Duration)]
    due = _after(lasting[-1], place) if lasting else _on(parts, place, named or place.zone)
    if due is None or due < place.now:
        return None
    return Time(min(each.start for each in parts), max(each.end for each in parts), due.astimezone(UTC), tuple(parts))


def _after(duration: Duration, place: Place) -> datetime | None:
    """`duration` from now; working days and hours as the calendar counts them, or else without weekends."""
    local = place.now.astimezone(place.zone)
    try:
        if not duration.is_working:
            if duration.is_days:
                return _at((local + duration.length).date(), place.hours.day_ends, place.zone)
            return place.now.astimezone(UTC) + duration.length
        if duration.is_days:
            return _at(_working_day(local.date(), duration.length.days, place), place.hours.day_ends, place.zone)
        return _working_hours(local, duration.length, place)
    except OverflowError:
        return None


def _working_hours(local: datetime, length: timedelta, place: Place) -> datetime:
    """24 working hours are a working day, until the same time of the day; fewer are counted while it is open."""
    whole, rest = divmod(length, DAY_HOURS)
    day = _working_day(local.date(), whole, place)
    due = datetime.combine(day, local.time(), place.zone)
    if not rest:
        return due
    if place.calendar:
        return place.calendar.after(due, rest)
    return _while_open(due, rest, place)


def _while_open(at: datetime, left: timedelta, place: Place) -> datetime:
    opens, closes = place.hours.first_thing, max(place.hours.day_ends, place.hours.first_thing + 1)
    day = at.date()
    for _ in range(366):
        start, end = max(at, _at(day, opens, place.zone)), _at(day, closes, place.zone)
        if _is_working(day, place) and start < end:
            if left <= end - start:
                return start + left
            left -= end - start
        day += timedelta(days=1)
    return at


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
    start, end = _at(day, 0, place.zone), _at(day, LATEST - 1, place.zone)
    return place.calendar.between(start, end) > timedelta()


def _on(parts: Sequence[Part], place: Place, zone: tzinfo) -> datetime | None:
    """The latest day of `parts`, at its latest time of day; a time alone is the next one."""
    on, told = _day_of(parts), [each for each in parts if isinstance(each, Clock)]
    today = place.now.astimezone(zone if on is None else place.zone).date()
    day = on or today
    if not told:
        return _still(_at(day, place.hours.day_ends, zone), day, today, place)
    clock = _narrowest(told)
    minute = _end_of_open(clock.since, place.hours) if clock.minute is None else clock.minute
    due = _at(day, minute, zone)
    if due > place.now:
        return due
    if not clock.is_sure and minute < NOON and _at(day, minute + NOON, zone) > place.now:
        return _at(day, minute + NOON, zone)
    if on is None:
        return _at(day + timedelta(days=1), minute, zone)
    return _still(due, day, today, place) if clock.part else None


def _day_of(parts: Sequence[Part]) -> date | None:
    """The latest day: a date beside a weekday is that day, and a weekday beside a week is one of it."""
    told = [each for each in parts if isinstance(each, Day)]
    weeks = [each.week for each in told if each.week]
    plain = [each for each in told if not each.week]
    if weeks and plain:
        return weeks[-1] + timedelta(days=max(each.on.weekday() for each in plain))
    dates = [each.on for each in told if each.is_date]
    return max(dates or _in_order(told), default=None)


def _in_order(told: Iterable[Day]) -> Iterator[date]:
    """The days; a weekday behind another is the next one after it: "entre el lunes y el miércoles"."""
    last: Day | None = None
    for each in told:
        is_after = last and last.is_weekday and each.is_weekday and each.on < last.on
        last = replace(each, on=each.on + timedelta(days=7)) if is_after else each
        yield last.on


def _still(due: datetime, day: date, today: date, place: Place) -> datetime:
    """`due`; where it is over and today is meant, the end of today."""
    if due >= place.now or day != today:
        return due
    return _at(day, LATEST, due.tzinfo or UTC)


def _end_of_open(since: int, hours: Hours) -> int:
    """Until when "after five" is."""
    return next((end for end in (hours.day_ends, hours.night) if since < end), LATEST)


def _narrowest(told: Sequence[Clock]) -> Clock:
    """Of "por la tarde, a las 4" the hour; of several hours the latest."""
    hours = [each for each in told if not each.part]
    clock = max(hours or told, key=lambda each: each.minute or 0)
    is_late = any(each.part in LATE_PARTS for each in told)
    if hours and is_late and not clock.is_sure and clock.minute is not None and clock.minute <= NOON:
        at_night = (
            clock.minute + NOON
            if clock.minute < NOON or any(each.part != "afternoon" for each in told if each.part)
            else NOON
        )
        return Clock(clock.start, clock.end, at_night)
    return clock


def _at(day: date, minute: int, zone: tzinfo) -> datetime:
    day += timedelta(days=minute // LATEST)
    return datetime.combine(day, time(minute % LATEST // 60, minute % 60), zone)
