"""Opening time between two instants: weekdays, holidays and own dates, on the wall clock of a time zone."""

import difflib
import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from holidays import country_holidays, list_supported_countries

from router.model.commitment import ALWAYS
from router.model.errors import PermanentError
from router.model.opening import ALL_DAY, Span, in_order

LONGEST_DAYS = 3660
KEPT_DATES = 4096
ONE_DAY = timedelta(days=1)
# What the first two stand for depends on the machine; the signs of the rest mean the opposite of what they seem to say:
# `Etc/GMT-5` is five hours ahead of UTC.
NO_ZONES = frozenset({"localtime", "Factory", "GMT+0", "GMT-0"}) | {
    f"Etc/GMT{sign}{hours}" for sign in "+-" for hours in range(15)
}
OFFSET = re.compile(r"(?:etc/)?(?:gmt|utc?)?\s*[+\-\u2212]\s*\d", re.IGNORECASE)

Opening = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Calendar:
    """Opening time in the time zone `zone`; `hours` by weekday, Monday being 0.

    The hours of a date in `opened` win over `closed`, `holidays` (a country and a region of it, or ``) and the weekday;
    a date is closed from midnight to midnight, what the night before leaves to it included. Hours are read off the wall
    clock and counted as they pass: one in which the clock goes forward is shorter, one in which it goes back longer. A
    time that the clock shows twice means the first (RFC 5545 section 3.3.5), one that it skips the moment of skipping.
    ValueError, in plain words, if the zone or a holiday set is unknown, or if hours overlap.
    """

    name: str
    zone: str = "UTC"
    hours: Mapping[int, tuple[Span, ...]] = field(default_factory=dict, hash=False)
    holidays: tuple[tuple[str, str], ...] = ()
    closed: frozenset[date] = frozenset()
    opened: Mapping[date, tuple[Span, ...]] = field(default_factory=dict, hash=False)
    _zone: ZoneInfo = field(init=False, repr=False, compare=False)
    _is_always: bool = field(init=False, repr=False, compare=False)
    _kept: dict[date, tuple[Opening, ...]] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        for day in (*self.hours.values(), *self.opened.values()):
            if in_order(day) != day:
                raise ValueError(f"the hours of the calendar `{self.name}` are not in their order")
        for country, region in self.holidays:
            _check_holidays(country, region)
        is_whole_week = all(self.hours.get(weekday) == ALL_DAY for weekday in range(7))
        is_always = is_whole_week and not (self.holidays or self.closed or self.opened)
        # A frozen value sets what follows from its fields once, here.
        object.__setattr__(self, "_zone", time_zone(self.zone))
        object.__setattr__(self, "_is_always", is_always)

    def is_open(self, instant: datetime) -> bool:
        """Whether `instant` is opening time; ValueError if it has no time zone."""
        at = _utc(instant)
        local = at.astimezone(self._zone)
        # Where the clock goes back over midnight, the end of a date is shown once more when the next has begun.
        days = (local.date(), local.date() + ONE_DAY) if local.fold else (local.date(),)
        return any(opens <= at < closes for day in days for opens, closes in self._openings(day))

    def after(self, instant: datetime, opening: timedelta) -> datetime:
        """The first instant (UTC) at which `opening` of opening time has passed since `instant`.

        PermanentError if ten years do not bring as much; ValueError if `opening` is negative or no time zone is given.
        """
        start, left = _utc(instant), opening
        if opening < timedelta():
            raise ValueError("opening time that is to pass is not negative")
        if self._is_always or not opening:
            return start + opening
        for opens, closes in self._openings_from(start, LONGEST_DAYS):
            if left <= closes - opens:
                return opens + left
            left -= closes - opens
        raise PermanentError(
            f"the calendar `{self.name}` has less than {opening} of opening time in the ten years from {start:%Y-%m-%d}"
        )

    def between(self, start: datetime, end: datetime) -> timedelta:
        """The opening time from `start` until `end`, nothing if `end` is earlier; ValueError without a time zone."""
        first, last = _utc(start), _utc(end)
        if last <= first or self._is_always:
            return max(last - first, timedelta())
        passed = timedelta()
        for opens, closes in self._openings_from(first, (last - first).days + 3):
            if opens >= last:
                break
            passed += min(closes, last) - opens
        return passed

    def opening(self, instant: datetime) -> tuple[datetime, datetime | None] | None:
        """From when on it is open, `instant` or the next time that it opens, and until when (None: for ever).

        None if it does not open within ten years; ValueError if `instant` has no time zone.
        """
        start = _utc(instant)
        if self._is_always:
            return start, None
        return next(self._openings_from(start, LONGEST_DAYS), None)

    def _openings_from(self, start: datetime, days: int) -> Iterator[Opening]:
        """What is open from `start` on, in order, for so many dates; the first is cut at `start`."""
        day = start.astimezone(self._zone).date()
        for _ in range(days):
            for opens, closes in self._openings(day):
                if closes > start:
                    yield max(opens, start), closes
            day += ONE_DAY

    def _openings(self, day: date) -> tuple[Opening, ...]:
        """The instants (UTC) between which the date `day` is open; worked out once for each date in use."""
        found = self._kept.get(day)
        if found is None:
            pairs = ((self._at(day, span.start), self._at(day, span.end)) for span in self._spans_on(day))
            found = tuple((opens, closes) for opens, closes in pairs if opens < closes)
            if len(self._kept) >= KEPT_DATES:
                self._kept.clear()
            self._kept[day] = found
        return found

    def _spans_on(self, day: date) -> tuple[Span, ...]:
        own = self.opened.get(day)
        if own is not None:
            return own
        usual = self.hours.get(day.weekday(), ())
        if not usual or day in self.closed or any(day in _dates_of(*which, day.year) for which in self.holidays):
            return ()
        return usual

    def _at(self, day: date, minute: int) -> datetime:
        """The instant (UTC) at which the wall clock shows `minute` of `day` for the first time, or skips it."""
        wall = datetime.combine(day, time(), self._zone) + timedelta(minutes=minute)
        at, other = wall.astimezone(UTC), wall.replace(fold=1).astimezone(UTC)
        # A skipped time is read with the offset before the skip, or with `fold` the one after: the skip lies between.
        return _first_with_other_offset(other, at, self._zone) if other < at else at


def time_zone(name: str) -> ZoneInfo:
    """The time zone `name` (`America/Panama`); ValueError, in plain words, if there is none, or if it is an offset."""
    if name == "UTC" or name in _zones():
        return ZoneInfo(name)
    if OFFSET.match(name):
        raise ValueError(f"there is no time zone `{name[:80]}` here: name a place, such as `America/Panama`")
    places = (zone for zone in _zones() if not zone.startswith("Etc/"))
    raise ValueError(f"there is no time zone `{name[:80]}`{_near(name, places, 'a name as `Europe/Madrid`')}")


def _check_holidays(country: str, region: str) -> None:
    """ValueError, in plain words, if no holidays are known of `region` (`` for all of it) in `country` (`PA`)."""
    countries = list_supported_countries(include_aliases=False)
    if country not in countries:
        hint = _near(country, countries, "its two letters as in ISO 3166-1, `PA` or `ES`")
        raise ValueError(f"no holidays are known of a country `{country[:80]}`{hint}")
    regions = countries[country]
    if region and region not in regions:
        hint = f"write one of {', '.join(regions)}" if regions else "name the country alone"
        raise ValueError(f"no holidays are known of a region `{region[:80]}` in {country}: {hint}")


@lru_cache(maxsize=1024)
def _dates_of(country: str, region: str, year: int) -> frozenset[date]:
    return frozenset(country_holidays(country, subdiv=region or None, years=year, expand=False))


@lru_cache(maxsize=1)
def _zones() -> frozenset[str]:
    return frozenset(available_timezones()) - NO_ZONES


def _near(written: str, known: Iterable[str], otherwise: str) -> str:
    """The end of a sentence: what of `known` was probably meant, else what to write."""
    by_folded = {name.casefold(): name for name in sorted(known)}
    found = difflib.get_close_matches(written[:80].casefold(), by_folded, n=3, cutoff=0.6)
    meant = " or ".join(f"`{by_folded[name]}`" for name in found)
    return f"; did you mean {meant}?" if meant else f": write {otherwise}"


def _utc(instant: datetime) -> datetime:
    if instant.utcoffset() is None:
        raise ValueError(f"`{instant}` is no instant: its time zone is missing")
    return instant.astimezone(UTC)


def _first_with_other_offset(early: datetime, late: datetime, zone: ZoneInfo) -> datetime:
    """The second between `early` and `late` at which the clock of `zone` is put forward."""
    before = early.astimezone(zone).utcoffset()
    seconds = range(round((late - early).total_seconds()))
    skip = bisect_left(
        seconds, True, key=lambda second: (early + timedelta(seconds=second)).astimezone(zone).utcoffset() != before
    )
    return early + timedelta(seconds=skip)


ALWAYS_OPEN = Calendar(ALWAYS, hours=dict.fromkeys(range(7), ALL_DAY))
"""The calendar of day and night: opening time is all time."""
