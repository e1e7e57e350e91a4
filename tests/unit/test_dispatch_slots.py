"""Which times can be offered for a call: none that can't be kept."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.core.dispatch.slots import Strength, Times, Window, capacities, offered, starts, strength
from router.model.calendar import ALWAYS_OPEN, Calendar
from router.model.ids import TeamId
from router.model.opening import week
from router.model.policy import CallPolicy, Shift
from tests.clock import MONDAY

CARE = TeamId("care")
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
# Two agents make ten calls of six minutes in half an hour, and eight where they are to breathe.
POLICY = CallPolicy(ahead=timedelta(hours=4), occupancy=0.8)
NINE_TO_TEN = Calendar("nine", hours=week({"mon-sun": "09:00-10:00"}))
PANAMA = Calendar("ringing", "America/Panama", week({"mon-sun": "08:00-20:00"}))


def at(text: str) -> datetime:
    """An instant on Monday (UTC)."""
    hour, minute = map(int, text.split(":"))
    return MONDAY.replace(hour=hour, minute=minute)


def told(times: Times) -> list[str]:
    """When the windows that are offered begin, each with how many calls have room there."""
    return [f"{each.from_at:%H:%M} {each.room}" for each in times.windows]


def test_windows_lie_on_one_grid_from_the_one_under_way_on() -> None:
    assert starts(POLICY, at("09:10"))[:3] == [at("09:00"), at("09:30"), at("10:00")]
    assert starts(POLICY, at("09:30"))[0] == at("09:30")
    assert len(starts(POLICY, MONDAY)) == 9


def test_a_team_has_the_strength_of_its_shift_or_of_who_is_there() -> None:
    policy = CallPolicy(shifts={CARE: Shift(3, "nine")})
    assert strength(CARE, policy, {"nine": NINE_TO_TEN}, here=7) == Strength(3, NINE_TO_TEN)
    assert strength(TeamId("sales"), policy, {"nine": NINE_TO_TEN}, here=7) == Strength(7, ALWAYS_OPEN)


FULL = {"booked": {at("09:00"): 8, at("09:30"): 7}}
BOTH = {"booked": {at("09:00"): 6}, "waiting": 4}


@pytest.mark.parametrize(
    ("story", "now", "strong", "more", "is_now", "windows"),
    [
        ("two agents all day", "09:00", Strength(2), {}, True, ["09:00 8", "09:30 8", "10:00 8"]),
        ("not the one under way", "09:10", Strength(2), {}, True, ["09:30 8", "10:00 8", "10:30 8"]),
        ("nobody", "09:00", Strength(0), {}, False, []),
        ("while they work", "08:10", Strength(2, NINE_TO_TEN), {}, True, ["09:00 8", "09:30 8"]),
        ("none begin in time", "06:10", Strength(2, NINE_TO_TEN), {}, False, ["09:00 8", "09:30 8"]),
        ("what is booked", "09:00", Strength(2), FULL, True, ["09:30 1", "10:00 8", "10:30 8"]),
        ("what waits comes first", "09:00", Strength(2), {"waiting": 15}, True, ["09:30 1", "10:00 8", "10:30 8"]),
        ("too much waits", "09:00", Strength(2), {"waiting": 32}, False, ["11:00 8", "11:30 8", "12:00 8"]),
        ("both", "09:00", Strength(2), BOTH, True, ["09:30 6", "10:00 8", "10:30 8"]),
        ("the customer sleeps", "09:00", Strength(2), {"hours": PANAMA}, False, ["13:00 8"]),
        ("they have just got up", "13:00", Strength(2), {"hours": PANAMA}, True, ["13:00 8", "13:30 8", "14:00 8"]),
        ("they go to bed soon", "09:50", Strength(2), {"hours": NINE_TO_TEN}, True, []),
    ],
)  # fmt: skip
def test_what_is_offered(
    story: str, now: str, strong: Strength, more: dict[str, Any], is_now: bool, windows: list[str]
) -> None:
    found = offered(POLICY, strong, at(now), **more)
    assert told(found)[:3] == windows, story
    assert found.now is is_now, story


COUNTS = st.integers(0, 30)


@given(
    COUNTS,
    COUNTS,
    st.dictionaries(st.integers(0, 8), COUNTS),
    st.integers(0, 90),
    st.sampled_from([ALWAYS_OPEN, NINE_TO_TEN]),
)
def test_what_is_promised_can_be_kept(
    agents: int, waiting: int, taken: dict[int, int], minutes: int, calendar: Calendar
) -> None:
    now = MONDAY - HOUR + minutes * MINUTE
    strong = Strength(agents, calendar)
    booked = {start: taken.get(number, 0) for number, start in enumerate(starts(POLICY, now))}
    # given that customers take all that they are offered, the first one first
    while windows := offered(POLICY, strong, now, booked=booked, waiting=waiting).windows:
        booked[windows[0].from_at] += windows[0].room
    # then no window has more than the team can do in it, but what it had before
    for number, window in enumerate(capacities(POLICY, strong, now, waiting, booked)):
        can = strong.calls(max(window.from_at, now), window.until, POLICY)
        assert window.booked <= max(can, taken.get(number, 0))
        assert isinstance(window, Window)
    # and all that waits without a window still finds its place, or there was none for it from the beginning
    room = sum(max(0, strong.calls(max(start, now), start + POLICY.slot, POLICY) - booked[start]) for start in booked)
    before = sum(
        max(0, strong.calls(max(start, now), start + POLICY.slot, POLICY) - taken.get(number, 0))
        for number, start in enumerate(booked)
    )
    assert room >= min(waiting, before)
