"""Customers are offered times for a call that can be kept, and no more of them get one than there is room for."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from router.core.dispatch.slots import Window
from router.model.calendar import Calendar
from router.model.ids import TeamId
from router.model.opening import week
from router.model.policy import CallPolicy, Shift
from router.store.call_times import CallTimes, Wish
from router.store.connection import Connection
from router.store.shifts import Shifts
from tests.clock import MONDAY, HeldClock
from tests.dispatching import CARE, MINUTE, phone_agent

pytestmark = pytest.mark.usefixtures("redis_client")

HOUR = timedelta(hours=1)
# Two agents make four calls of twelve minutes in half an hour, where they are to breathe.
POLICY = CallPolicy(ahead=2 * HOUR, handling=12 * MINUTE, occupancy=0.8)
TEN_TO_ELEVEN = Calendar("ten", hours=week({"mon-sun": "10:00-11:00"}))
WISH = Wish(CARE, POLICY, {})
TEN = MONDAY + HOUR


@pytest.fixture
async def shifts(redis_url: str) -> AsyncIterator[Shifts]:
    """Who takes calls, at nine on a Monday."""
    connection = Connection(redis_url)
    yield Shifts(connection, HeldClock())
    await connection.close()


async def room(times: CallTimes, wish: Wish = WISH) -> list[tuple[str, int]]:
    """When the windows begin that are offered, and how many calls have room in each."""
    return [(f"{each.from_at:%H:%M}", each.room) for each in (await times.offered(wish)).windows]


async def test_however_many_reserve_at_once_no_more_get_it_than_there_is_room_for(shifts: Shifts) -> None:
    times = CallTimes(shifts, HeldClock())
    await shifts.ready(phone_agent("ana"))
    await shifts.ready(phone_agent("beto"))
    await shifts.ready(phone_agent("sam", TeamId("sales")))
    assert await room(times) == [("09:00", 4), ("09:30", 4), ("10:00", 4), ("10:30", 4), ("11:00", 4)]
    # when thirty customers want the same window at once, some of them twice
    wanted = [f"chat:v{number % 20}" for number in range(30)]
    found = await asyncio.gather(*(times.reserve(WISH, TEN, who) for who in wanted))
    got = {who for who, window in zip(wanted, found, strict=True) if window}
    assert len(got) == 4
    assert all(window is None or (window.from_at, window.until) == (TEN, TEN + POLICY.slot) for window in found)
    # then it is offered to nobody any more, until one gives it back
    assert ("10:00", 4) not in await room(times)
    assert await times.reserve(WISH, TEN, "chat:late") is None
    await times.give_back(WISH, TEN + MINUTE, sorted(got)[0])
    assert ("10:00", 1) in await room(times)
    assert isinstance(await times.reserve(WISH, TEN, "chat:late"), Window)


async def test_what_is_owed_and_what_waits_take_room(shifts: Shifts) -> None:
    times = CallTimes(shifts, HeldClock())
    await shifts.ready(phone_agent("ana"))
    await shifts.ready(phone_agent("beto"))
    # given five calls that are owed at ten, whoever asked for them, and six that wait
    await shifts.tell_later({(CARE, TEN): 5})
    await shifts.tell_waiting({CARE: 6})
    assert await room(times) == [("09:30", 2), ("10:30", 4), ("11:00", 4)]
    assert (await times.offered(WISH)).now
    # when more waits than can be called in time, then nothing is offered for now
    await shifts.tell_waiting({CARE: 12})
    assert not (await times.offered(WISH)).now
    # and what does not wait any more takes none
    await shifts.tell_waiting({})
    assert await shifts.waiting(CARE) == 0


async def test_a_team_with_a_shift_is_reckoned_by_it_and_one_without_anybody_offers_nothing(shifts: Shifts) -> None:
    times = CallTimes(shifts, HeldClock())
    assert await room(times) == []
    policy = CallPolicy(ahead=2 * HOUR, handling=12 * MINUTE, occupancy=0.8, shifts={CARE: Shift(2, "ten")})
    wish = Wish(CARE, policy, {"ten": TEN_TO_ELEVEN})
    assert await room(times, wish) == [("10:00", 4), ("10:30", 4)]
    # what lies outside of the customer's hours is not offered
    evening = Calendar("ringing", hours=week({"mon-sun": "10:30-20:00"}))
    assert await room(times, Wish(CARE, policy, {"ten": TEN_TO_ELEVEN}, evening)) == [("10:30", 4)]
    assert await times.reserve(Wish(CARE, policy, {"ten": TEN_TO_ELEVEN}, evening), TEN, "chat:v1") is None
