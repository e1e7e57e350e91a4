"""What holds of any calendar and any instant, to the microsecond, where clocks are put on and back included."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from router.model.calendar import ALWAYS_OPEN, Calendar
from router.model.opening import ALL_DAY, Span, week

MINUTE = timedelta(minutes=1)
EASTER = date(2026, 4, 5)
OFFICE = week({"mon-fri": "08:00-18:00", "sat": "09:00-13:00"})
DAYTIME = dict.fromkeys(range(7), (Span(0, 8 * 60), Span(8 * 60, 1440)))
NIGHTS = week({"mon-sun": "22:00-06:00"})
CALENDARS = [
    Calendar("office", "America/Panama", OFFICE, (("PA", ""),)),
    ALWAYS_OPEN,
    Calendar("split", "Europe/Madrid", week({"lun-vie": ["09:00-14:00", "16:30-20:00"]}), (("ES", "MD"), ("ES", "AN"))),
    Calendar("nights", "America/Santiago", NIGHTS, (("CL", ""),)),
    Calendar("halves", "America/Santiago", DAYTIME),
    # At 00:01 the clock went back to 23:01 of the day before: a date could come twice.
    Calendar("back over midnight", "America/St_Johns", DAYTIME, opened={date(2010, 11, 7): (Span(0, 1),)}),
    # The whole of 30 December 2011 was skipped.
    Calendar("a date that never was", "Pacific/Apia", OFFICE, opened={date(2011, 12, 30): ALL_DAY}),
    Calendar("an hour a week", "Australia/Lord_Howe", week({"sun": "01:45-02:45"}), closed=frozenset({EASTER})),
]
calendars = st.sampled_from(CALENDARS)
BEGINNING, END = datetime(2010, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC)
TURNS = (
    "2010-11-07T02 2011-12-30T10 2026-03-29T01 2026-04-04T15 2026-04-05T03 2026-09-06T04 2026-10-25T01 2026-12-31T23"
)
turns = st.sampled_from([datetime.fromisoformat(turn).replace(tzinfo=UTC) for turn in TURNS.split()])
# To the microsecond, and as often as not near to where a clock or a year turns.
instants = st.one_of(
    st.timedeltas(timedelta(), END - BEGINNING).map(lambda by: BEGINNING + by),
    st.builds(lambda turn, by: turn + by, turns, st.timedeltas(timedelta(days=-2), timedelta(days=2))),
)
lengths = st.one_of(st.timedeltas(timedelta(), timedelta(days=3)), st.integers(0, 600).map(lambda n: n * MINUTE))
spaces = st.one_of(lengths, st.timedeltas(timedelta(), timedelta(days=400)))


@settings(deadline=None)
@given(calendars, instants, lengths)
def test_what_has_passed_after_is_what_was_asked_for(calendar: Calendar, start: datetime, opening: timedelta) -> None:
    due = calendar.after(start, opening)
    assert due >= start
    assert calendar.between(start, due) == opening
    # and it is the first such instant: one moment before, less has passed
    moment = timedelta(microseconds=1)
    assert not opening or calendar.between(start, due - moment) == opening - moment


@settings(deadline=None)
@given(calendars, instants, lengths, lengths, lengths)
def test_more_time_is_never_due_sooner(
    calendar: Calendar, start: datetime, later: timedelta, opening: timedelta, more: timedelta
) -> None:
    assert calendar.after(start, opening) <= calendar.after(start, opening + more)
    assert calendar.after(start, opening) <= calendar.after(start + later, opening)
    assume(opening and more)
    assert calendar.after(calendar.after(start, opening), more) == calendar.after(start, opening + more)


@settings(deadline=None)
@given(calendars, instants, spaces, spaces)
def test_opening_time_adds_up(calendar: Calendar, first: datetime, space: timedelta, more: timedelta) -> None:
    second, third = first + space, first + space + more
    assert calendar.between(first, second) + calendar.between(second, third) == calendar.between(first, third)
    assert timedelta() <= calendar.between(first, third) <= third - first
    assert calendar.between(third, first) == timedelta()


@settings(deadline=None)
@given(calendars, instants)
def test_a_minute_counts_if_it_is_open(calendar: Calendar, instant: datetime) -> None:
    minute = instant.replace(second=0, microsecond=0)
    assert calendar.between(minute, minute + MINUTE) == (MINUTE if calendar.is_open(minute) else timedelta())
