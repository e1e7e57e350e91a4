"""Who takes calls, held for one call at a time, and windows that are promised no more often than they can be kept."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from msgspec.structs import replace
from redis.asyncio import Redis

from router.model.ids import AgentId, CallbackId, TeamId
from router.model.team import Agent, PhoneAgent
from router.store import keys
from router.store.connection import Connection
from router.store.shifts import BOOKED_FOR, FRESH_FOR, READY_FOR, Shifts
from tests.clock import MONDAY, HeldClock

CARE = TeamId("care")
ANA = Agent(AgentId("ana"), "Ana", frozenset({CARE}), phone="sip:ana", languages=("es", "en"), skills=("fiber",))
BETO = Agent(AgentId("beto"), "Beto", frozenset({CARE}))
FIRST, SECOND = CallbackId("k-07-1"), CallbackId("k-09-2")
pytestmark = pytest.mark.usefixtures("redis_client")

LENGTH = timedelta(seconds=25)
MOMENT = timedelta(milliseconds=1)


@pytest.fixture
def clock() -> HeldClock:
    """The clock of all processes."""
    return HeldClock()


@pytest.fixture
async def shifts(redis_url: str, clock: HeldClock) -> AsyncIterator[Shifts]:
    """What one process knows of them."""
    connection = Connection(redis_url)
    yield Shifts(connection, clock)
    await connection.close()


async def test_an_agent_takes_calls_while_their_desk_says_so(shifts: Shifts, clock: HeldClock) -> None:
    # given two agents who are ready, one after the other
    await shifts.ready(ANA)
    await clock.advance(timedelta(seconds=10))
    await shifts.ready(BETO)
    # when only one desk goes on saying so
    assert await shifts.still_here(ANA)
    await clock.advance(READY_FOR - MOMENT)
    assert await shifts.still_here(ANA)
    await clock.advance(MOMENT)
    # then the other lapses, is told so, and is idle anew when they come back
    until = MONDAY + timedelta(seconds=10) + READY_FOR - MOMENT + READY_FOR
    assert await shifts.agents() == [PhoneAgent(ANA, MONDAY, until)]
    assert not await shifts.still_here(BETO)
    await shifts.ready(BETO)
    assert [(each.agent, each.idle_since) for each in await shifts.agents()] == [(ANA, MONDAY), (BETO, clock.now())]
    # and who goes is gone at once
    await shifts.away(ANA.id)
    await shifts.away(AgentId("nobody"))
    assert not await shifts.still_here(ANA)
    assert [each.agent for each in await shifts.agents()] == [BETO]


async def test_whose_phone_was_changed_is_rung_at_the_new_one(shifts: Shifts, clock: HeldClock) -> None:
    # given an agent who takes calls, and whose phone ops change
    await shifts.ready(ANA)
    moved = replace(ANA, phone="sip:ana-at-home")
    # when their desk says again that they are there
    assert await shifts.still_here(moved)
    # then they are known as they are now, idle as before; and nobody else is counted in by that
    assert not await shifts.still_here(BETO)
    assert [(each.agent, each.idle_since) for each in await shifts.agents()] == [(moved, MONDAY)]


async def test_who_had_a_call_is_idle_since_then(shifts: Shifts, clock: HeldClock) -> None:
    await shifts.ready(ANA)
    await shifts.ready(BETO)
    await clock.advance(timedelta(seconds=5))
    await shifts.was_busy(ANA.id)
    # saying that one is ready makes nobody idle any longer, or any shorter
    await shifts.ready(ANA)
    await shifts.ready(BETO)
    assert [(each.agent, each.idle_since) for each in await shifts.agents()] == [(BETO, MONDAY), (ANA, clock.now())]
    # and a call makes nobody take calls
    await shifts.was_busy(AgentId("carla"))
    await shifts.away(BETO.id)
    await shifts.was_busy(BETO.id)
    assert [each.agent for each in await shifts.agents()] == [ANA]


async def test_an_agent_is_held_for_one_call_at_a_time(shifts: Shifts, clock: HeldClock) -> None:
    # given an agent whom many want at once, for two calls
    wanted = [FIRST, SECOND] * 10
    got = await asyncio.gather(*(shifts.hold(ANA.id, each, LENGTH) for each in wanted))
    # then it is one call, whoever asks for it
    winners = {callback for callback, is_held in zip(wanted, got, strict=True) if is_held}
    assert len(winners) == 1
    (winner,) = winners
    (loser,) = {FIRST, SECOND} - winners
    assert sum(got) == 10
    assert await shifts.holds([ANA.id, BETO.id]) == {ANA.id: winner}
    # a hold for the same call may be made longer, not shorter
    assert await shifts.hold(ANA.id, winner, 3 * LENGTH)
    assert await shifts.hold(ANA.id, winner, LENGTH)
    await clock.advance(2 * LENGTH)
    assert not await shifts.hold(ANA.id, loser, LENGTH)
    # letting go of what they are not held for changes nothing
    await shifts.let_go(ANA.id, loser)
    assert await shifts.held(ANA.id) == winner
    await shifts.let_go(ANA.id, winner)
    assert await shifts.held(ANA.id) is None
    # and what nobody lets go of ends by itself
    assert await shifts.hold(ANA.id, loser, LENGTH)
    await clock.advance(LENGTH)
    assert await shifts.held(ANA.id) is None
    assert await shifts.hold(ANA.id, winner, LENGTH)


async def test_a_window_is_given_no_more_often_than_it_has_room(shifts: Shifts, clock: HeldClock) -> None:
    soon, later = MONDAY + timedelta(hours=1), MONDAY + timedelta(hours=2)
    # given a window for five, and twenty customers who want it at once
    many = [f"c-07-{number}" for number in range(20)]
    got = await asyncio.gather(*(shifts.book(CARE, soon, who, 5) for who in many))
    assert sum(got) == 5
    assert await shifts.booked(CARE, [soon, later]) == {soon: 5, later: 0}
    # who has it keeps it, however often they ask; a window of another team is another
    (first, *_) = [who for who, is_booked in zip(many, got, strict=True) if is_booked]
    assert await shifts.book(CARE, soon, first, 5)
    assert await shifts.booked(TeamId("sales"), [soon]) == {soon: 0}
    assert not await shifts.book(CARE, soon, "late comer", 5)
    # what is given back is free for the next
    await shifts.unbook(CARE, soon, first)
    await shifts.unbook(CARE, soon, first)
    assert await shifts.book(CARE, soon, "late comer", 5)
    assert not await shifts.book(CARE, later, "anybody", 0)


async def test_what_is_owed_counts_and_a_reservation_only_until_then(
    shifts: Shifts, clock: HeldClock, redis_client: Redis
) -> None:
    soon = MONDAY + timedelta(hours=1)
    # given three who reserved a window for four, and the call of one, who is counted twice for a moment
    for who in ("v1", "v2", "v3"):
        assert await shifts.book(CARE, soon, who, 4)
    await shifts.tell_later({(CARE, soon): 1})
    assert await shifts.booked(CARE, [soon]) == {soon: 4}
    assert not await shifts.book(CARE, soon, "v4", 4)
    # when that is over, then what is owed counts: two have taken another time, and one may as well
    await clock.advance(FRESH_FOR)
    assert await shifts.booked(CARE, [soon]) == {soon: 1}
    assert await shifts.book(CARE, soon, "v4", 4)
    await shifts.tell_later({})
    assert await shifts.booked(CARE, [soon]) == {soon: 1}
    # and where nobody tells what is owed, all that was ever reserved counts: rather too much
    await redis_client.delete(keys.phone("later"))
    assert await shifts.booked(CARE, [soon]) == {soon: 4}
    assert await shifts.book(CARE, soon, "v1", 4)
    assert not await shifts.book(CARE, soon, "v5", 4)


async def test_nothing_is_kept_for_ever_and_no_customer_is_named(shifts: Shifts, redis_client: Redis) -> None:
    await shifts.ready(ANA)
    await shifts.hold(ANA.id, FIRST, LENGTH)
    await shifts.book(CARE, MONDAY + timedelta(hours=1), "c-07-ana", 5)
    names = [keys.phone(name) for name in ("ready", "agents", "idle")] + [keys.held(ANA.id)]
    slot = keys.window(CARE, MONDAY + timedelta(hours=1))
    for name in names:
        assert 0 < await redis_client.pttl(name) <= READY_FOR / MOMENT
    assert BOOKED_FOR / MOMENT < await redis_client.pttl(slot) <= (BOOKED_FOR + timedelta(hours=1)) / MOMENT
    assert b"c-07-ana" not in await redis_client.zrange(slot, 0, -1)
