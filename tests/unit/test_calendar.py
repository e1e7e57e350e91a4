"""Opening time, counted in the zone's own hours: holidays, nights, own dates, and the days on which the clock moves."""

import re
import time
from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from router.model.calendar import ALWAYS_OPEN, Calendar, time_zone
from router.model.commitment import ALWAYS
from router.model.errors import PermanentError
from router.model.opening import Span, spans, week

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
OFFICE = week({"mon-fri": "08:00-18:00", "sat": "09:00-13:00"})
PANAMA = Calendar("office", "America/Panama", OFFICE, (("PA", ""),))
SECONDS = 5.0


def at(text: str, zone: str = "UTC") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


@pytest.mark.parametrize(
    ("since", "opening", "due"),
    [
        ("2026-10-28 09:00", 4 * HOUR, "2026-10-28 13:00"),
        ("2026-10-28 03:00", 1 * HOUR, "2026-10-28 09:00"),
        ("2026-10-28 16:00", 2 * HOUR, "2026-10-28 18:00"),
        ("2026-10-28 16:00", 2 * HOUR + MINUTE, "2026-10-29 08:01"),
        # from Saturday over Sunday; then 3 November (separation) and 5 November (Colón) are closed
        ("2026-10-31 12:00", 2 * HOUR, "2026-11-02 09:00"),
        ("2026-11-02 17:00", 2 * HOUR, "2026-11-04 09:00"),
        ("2026-11-02 17:00", 12 * HOUR, "2026-11-06 09:00"),
        ("2026-11-03 10:00", 0 * HOUR, "2026-11-03 10:00"),
    ],
)
def test_opening_time_passes_by_the_hours_of_panama(since: str, opening: timedelta, due: str) -> None:
    start, end = at(since, "America/Panama"), at(due, "America/Panama")
    assert PANAMA.after(start, opening) == end
    assert PANAMA.after(start, opening).tzinfo is UTC
    assert PANAMA.between(start, end) == opening


@pytest.mark.parametrize(
    ("holidays", "day", "is_open"),
    [
        ((("PA", ""),), "2026-11-03", False),
        ((("PA", ""),), "2027-11-03", False),
        ((("PA", ""),), "2026-11-04", True),
        ((), "2026-11-03", True),
        # Madrid's day, Andalusia's day, and one that all of Spain has
        ((("ES", "MD"),), "2025-05-02", False),
        ((("ES", "AN"),), "2025-05-02", True),
        ((("ES", "AN"),), "2025-02-28", False),
        ((("ES", "MD"),), "2025-02-28", True),
        ((("ES", "MD"), ("ES", "AN")), "2025-02-28", False),
        ((("ES", ""),), "2026-12-25", False),
    ],
)
def test_holidays_are_those_of_the_country_and_the_region(
    holidays: tuple[tuple[str, str], ...], day: str, is_open: bool
) -> None:
    calendar = Calendar("office", "Europe/Madrid", OFFICE, holidays)
    assert calendar.is_open(at(f"{day} 12:00", "Europe/Madrid")) is is_open


def test_own_dates_win_over_holidays_and_weekdays() -> None:
    # given a Sunday and a holiday with hours of their own, a closed Monday, and a date both closed and opened
    short = (Span(600, 660),)
    own = {date(2026, 11, 1): short, date(2026, 11, 3): short, date(2026, 11, 4): short, date(2026, 11, 6): ()}
    closed = frozenset({date(2026, 11, 2), date(2026, 11, 4)})
    calendar = Calendar("office", "America/Panama", OFFICE, (("PA", ""),), closed, own)
    # then that week has three hours, and the next is as always
    saturday = at("2026-11-07 00:00", "America/Panama")
    assert calendar.between(at("2026-11-01 00:00", "America/Panama"), saturday) == 3 * HOUR
    assert calendar.after(saturday, 4 * HOUR) == at("2026-11-07 13:00", "America/Panama")


@pytest.mark.parametrize(
    ("zone", "hours", "day", "length"),
    [
        # the clock goes from 02:00 to 03:00: an hour is missing, and a time within it is the moment of skipping
        ("Europe/Madrid", "00:00-06:00", "2026-03-29", 5 * HOUR),
        ("Europe/Madrid", "02:30-06:00", "2026-03-29", 3 * HOUR),
        ("Europe/Madrid", "00:00-02:30", "2026-03-29", 2 * HOUR),
        ("Europe/Madrid", "02:15-02:45", "2026-03-29", 0 * HOUR),
        # from 03:00 to 02:00: the hour comes twice, and a time within it is the first
        ("Europe/Madrid", "00:00-06:00", "2026-10-25", 7 * HOUR),
        ("Europe/Madrid", "02:30-06:00", "2026-10-25", 4.5 * HOUR),
        ("Europe/Madrid", "00:00-02:30", "2026-10-25", 2.5 * HOUR),
        # from midnight to 01:00, and from midnight back to 23:00
        ("America/Santiago", "00:00-24:00", "2026-09-06", 23 * HOUR),
        ("America/Santiago", "00:00-24:00", "2026-04-04", 25 * HOUR),
        ("America/Mexico_City", "00:00-24:00", "2026-04-05", 24 * HOUR),
        ("Australia/Lord_Howe", "00:00-24:00", "2026-04-05", 24.5 * HOUR),
    ],
)
def test_where_the_clock_moves_hours_are_counted_as_they_pass(
    zone: str, hours: str, day: str, length: timedelta
) -> None:
    calendar = Calendar("a day", zone, opened={date.fromisoformat(day): spans(hours)})
    start = at(f"{day} 00:00", zone).astimezone(UTC) - timedelta(hours=30)
    assert calendar.between(start, start + timedelta(days=4)) == length
    minutes = sum(calendar.is_open(start + n * MINUTE) for n in range(4 * 1440))
    assert minutes * MINUTE == length


def test_a_night_goes_on_until_the_next_weekday() -> None:
    calendar = Calendar("friday night", "America/Panama", week({"fri": "22:00-06:00"}))
    friday = at("2026-11-20 12:00", "America/Panama")
    assert calendar.after(friday, 3 * HOUR) == at("2026-11-21 01:00", "America/Panama")
    assert calendar.after(friday, 9 * HOUR) == at("2026-11-27 23:00", "America/Panama")


def test_always_is_all_time() -> None:
    start = at("2026-03-28 12:00", "Europe/Madrid")
    assert (ALWAYS_OPEN.name, ALWAYS_OPEN.is_open(start)) == (ALWAYS, True)
    assert ALWAYS_OPEN.after(start, timedelta(days=5000)) == start.astimezone(UTC) + timedelta(days=5000)


def test_equal_calendars_are_one() -> None:
    other = Calendar("office", "America/Panama", dict(OFFICE), (("PA", ""),))
    PANAMA.is_open(datetime(2026, 11, 3, tzinfo=UTC))
    assert (other, hash(other)) == (PANAMA, hash(PANAMA))
    assert other != Calendar("office", "America/Panama", OFFICE)


@pytest.mark.parametrize(
    "calendar",
    [
        Calendar("never"),
        Calendar("a minute a week", "Europe/Madrid", {0: (Span(0, 1),)}, (("ES", "MD"),)),
        Calendar("once", opened={date(2026, 11, 24): (Span(0, 60),)}),
        Calendar("closed", hours=OFFICE, closed=frozenset(date(2026, 1, 1) + timedelta(n) for n in range(5000))),
    ],
)
def test_what_never_comes_is_said_soon(calendar: Calendar) -> None:
    began = time.process_time()
    with pytest.raises(PermanentError, match="less than"):
        calendar.after(datetime(2026, 11, 23, tzinfo=UTC), 20 * HOUR)
    assert time.process_time() - began < SECONDS


def test_an_instant_has_a_time_zone() -> None:
    naive, known = datetime(2026, 11, 23, 9), datetime(2026, 11, 23, 9, tzinfo=timezone(-5 * HOUR))  # noqa: DTZ001
    for ask in (PANAMA.is_open, lambda it: PANAMA.after(it, HOUR), lambda it: PANAMA.between(known, it)):
        with pytest.raises(ValueError, match="time zone"):
            ask(naive)
        assert ask(known) is not None
    with pytest.raises(ValueError, match="not negative"):
        PANAMA.after(known, -HOUR)


@pytest.mark.parametrize(
    "zone", ["GMT-5", "GMT+1", "gmt -5", "Etc/GMT-5", "Etc/GMT+5", "GMT-0", "UTC-05:00", "-05:00", "UTC+1"]
)
def test_an_offset_is_no_zone_since_its_sign_may_mean_the_opposite(zone: str) -> None:
    with pytest.raises(ValueError, match=r"no time zone .* here: name a place, such as `America/Panama`$"):
        time_zone(zone)


@pytest.mark.parametrize("zone", ["UTC", "GMT", "Etc/UTC", "America/Panama"])
def test_a_place_is_a_zone_and_so_is_universal_time(zone: str) -> None:
    assert time_zone(zone).key == zone


@pytest.mark.parametrize("zone", ["GTM", "Etc/GMTT", "Etc/Panama", "GMT5"])
def test_no_offset_is_suggested(zone: str) -> None:
    with pytest.raises(ValueError, match="there is no time zone") as refused:
        time_zone(zone)
    assert not re.search("Etc/(?!Panama|GMTT)|GMT[+-]", str(refused.value))
