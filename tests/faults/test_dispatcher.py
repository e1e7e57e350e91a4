"""Whatever dies, and whatever is lost: an agent is asked for one call at a time, and no call is forgotten."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterable, Mapping
from datetime import timedelta
from random import Random

import pytest
from msgspec.structs import replace
from redis.asyncio import Redis

from router.dispatcher.dispatcher import LATER_EVERY
from router.dispatcher.offers import HELD_LONGER
from router.dispatcher.watching import PASSED_AT_MOST
from router.model.call import Call, CallDirection, CallStatus
from router.model.commitment import CallbackKind
from router.model.ids import AgentId, CallbackId, ConversationId, MessageId, TeamId
from router.model.message import Handle
from router.store import keys
from router.store.call_board import PAGE
from router.store.shifts import READY_FOR, Shifts
from tests.dispatching import CARE, MINUTE, POLICY, Office, office, phone_agent
from tests.waiting import eventually

ANA, BETO = phone_agent("ana"), phone_agent("beto")
SECOND = timedelta(seconds=1)
SEEDS = int(os.environ.get("HILO_DISPATCHES", "1"))


class NoHolds(Shifts):
    """Agents whom nobody holds: the control arm."""

    async def hold(self, agent: AgentId, callback: CallbackId, length: timedelta) -> bool:
        return True

    async def holds(self, agents: Iterable[AgentId]) -> Mapping[AgentId, CallbackId]:
        return {}


@pytest.fixture
async def here(redis_url: str, redis_client: Redis) -> AsyncIterator[Office]:
    """An office in which nothing has happened yet."""
    async with office(redis_url) as found:
        yield found


async def test_each_call_goes_to_one_agent_the_most_urgent_first(here: Office) -> None:
    # given three calls and two agents
    await here.ready(ANA, BETO)
    soon, late, normal = [
        await here.owes(n, due_at=here.clock.now() + m * MINUTE) for n, m in ((1, 20), (2, -5), (3, 60))
    ]
    dispatcher = here.dispatcher()
    # when it looks, and looks again before anything is decided, and after
    await dispatcher.round()
    await dispatcher.round()
    assert await here.decides() == 2
    await dispatcher.round()
    # then the two that come first are offered, one to each
    assert await here.decides() == 0
    assert await here.asked() == {late.id: "ana", soon.id: "beto"}
    # when one declines, then the other call goes to neither until one is free; who declined is
    await here.changed(late.id, lambda callback: replace(callback, offer=None, declined=(ANA.id,)))
    await dispatcher.round()
    await here.decides()
    assert await here.asked() == {soon.id: "beto", normal.id: "ana"}


@pytest.mark.parametrize("is_held", [True, False])
async def test_killed_with_an_offer_on_its_way(here: Office, is_held: bool) -> None:
    # given a dispatcher that dies before its offer is decided on
    await here.ready(ANA)
    await here.owes(1)
    shifts = None if is_held else NoHolds(here.connection, here.clock)
    await here.dispatcher(shifts).round()
    # when another takes over in the last second in which it can be accepted, and a more urgent call has come
    await here.clock.advance(POLICY.offer - SECOND)
    await here.ready(ANA)
    await here.owes(2, due_at=here.clock.now() + MINUTE)
    other = here.dispatcher(shifts)
    await other.round()
    await here.decides()
    # then the agent is asked for one call; without the hold it is two
    assert await here.at_once() == (1 if is_held else 2)


async def test_killed_between_hold_and_offer(here: Office) -> None:
    # given a dispatcher that died when it had held the agent who is idle longest, and had not asked them yet
    await here.ready(ANA, BETO)
    first = await here.owes(1)
    await here.shifts.hold(ANA.id, CallbackId("k-09-other"), POLICY.offer + HELD_LONGER)
    # then the next one is asked
    dispatcher = here.dispatcher()
    await dispatcher.round()
    await here.decides()
    assert await here.asked() == {first.id: "beto"}
    second = await here.owes(2)
    await dispatcher.round()
    assert await here.decides() == 0
    # and the hold ends by itself
    await here.clock.advance(POLICY.offer + HELD_LONGER)
    await here.ready(ANA, BETO)
    await dispatcher.round()
    await here.decides()
    assert await here.asked() == {first.id: "beto", second.id: "ana"}


async def test_an_offer_that_comes_late_is_none_and_is_made_again(here: Office) -> None:
    # given an offer that nobody has decided on in time, since no router was at work
    await here.ready(ANA)
    owed = await here.owes(1)
    dispatcher = here.dispatcher()
    await dispatcher.round()
    await here.clock.advance(POLICY.offer)
    # when it is decided on at last, then nobody is asked; and the agent is free for the next
    await here.decides()
    assert await here.asked() == {}
    await dispatcher.round()
    assert await here.shifts.held(ANA.id) is None
    await here.clock.advance(2 * SECOND)
    await here.ready(ANA)
    await dispatcher.round()
    await here.decides()
    assert await here.asked() == {owed.id: "ana"}


async def test_holds_that_are_lost_give_nobody_a_second_call(here: Office, redis_client: Redis) -> None:
    # given agents who are asked, call, and have not wrapped up; and all holds are lost
    carla = phone_agent("carla")
    await here.ready(ANA, BETO, carla)
    for number in (1, 2, 3):
        await here.owes(number)
    dispatcher = here.dispatcher()
    await dispatcher.round()
    await here.decides()
    (_, calling, wrapping) = sorted(await here.asked())
    await answered(here, calling, CallStatus.TALKING)
    await answered(here, wrapping, CallStatus.ENDED)
    await redis_client.delete(*[keys.held(each.id) for each in (ANA, BETO, carla)])
    # when more is owed, whoever dispatches
    await here.owes(4)
    for each in (dispatcher, here.dispatcher()):
        await each.round()
        assert await here.decides() == 0
    assert await here.at_once() == 1
    # then it is offered once one of them has wrapped up, who is idle since then
    await here.clock.advance(SECOND)
    name = (await here.now(wrapping)).call
    assert name is not None
    await here.put(replace(await here.now(wrapping), call=replace(name, wrapped_at=here.clock.now())))
    await dispatcher.round()
    await here.decides()
    assert here.offered[-1].agent == name.agent
    idle = {each.agent.id: each.idle_since for each in await here.shifts.agents()}
    assert idle[here.offered[-1].agent] == here.clock.now()


async def answered(here: Office, name: ConversationId, status: CallStatus) -> None:
    """The call in the conversation `name` was taken, and has come so far."""
    conversation = next(each for each in await here.records.calls() if each.id == name)
    callback = conversation.callback
    assert callback is not None
    assert callback.offer is not None
    call = Call(
        MessageId(f"o-{name}"),
        CallDirection.OUT,
        status,
        here.clock.now(),
        Handle("phone", "+50761234567"),
        callback.id,
        callback.offer.agent,
    )
    owed = None if status is CallStatus.ENDED else replace(callback, offer=None, order=call.id)
    await here.put(replace(conversation, callback=owed, call=call))


async def test_who_lets_offers_pass_takes_no_calls_any_more(here: Office) -> None:
    await here.ready(ANA)
    dispatcher = here.dispatcher()
    for number in range(PASSED_AT_MOST):
        owed = await here.owes(number)
        assert [each.agent.id for each in await here.shifts.agents()] == [ANA.id]
        await dispatcher.round()
        await here.decides()
        await dispatcher.round()
        # when nobody answers until its time is over
        await here.clock.advance(POLICY.offer)
        await here.shifts.still_here(ANA)
        await here.changed(owed.id, lambda _: None)
        await dispatcher.round()
    assert (await here.shifts.agents(), await here.shifts.off(ANA.id)) == ([], "passed")
    # and who says that they take calls again does
    await here.ready(ANA)
    await dispatcher.round()
    assert [each.agent.id for each in await here.shifts.agents()] == [ANA.id]


async def test_whose_phone_was_not_answered_takes_no_calls_any_more(here: Office) -> None:
    # given a call for which the agent's own phone rang in vain
    await here.ready(ANA, BETO)
    owed = await here.owes(1, wanted=ANA.id)
    number, now = Handle("phone", "+50761234567"), here.clock.now()
    away = Call(
        MessageId("o-01-1"), CallDirection.OUT, CallStatus.AGENT_AWAY, now, number, agent=ANA.id, wrapped_at=now
    )
    await here.put(replace(owed, call=away))
    dispatcher = here.dispatcher()
    await dispatcher.round()
    await here.decides()
    # then another is asked
    assert await here.asked() == {owed.id: "beto"}
    assert [each.agent.id for each in await here.shifts.agents()] == [BETO.id]
    # and it is held against them once
    await here.ready(ANA)
    await dispatcher.round()
    assert len(await here.shifts.agents()) == 2


async def test_however_much_waits_where_nobody_is_others_have_their_turn(here: Office) -> None:
    # given more calls of a team without anybody than are looked at together, and one of another team behind them
    await here.ready(ANA)
    for number in range(2 * PAGE + 5):
        await here.owes(number, team=TeamId("sales"), partition=3)
    await here.clock.advance(SECOND)
    owed = await here.owes(999, partition=3)
    dispatcher = here.dispatcher()
    for _ in range(3):
        await dispatcher.round()
    await here.decides()
    assert await here.asked() == {owed.id: "ana"}
    # then it is told how much waits, although only some of it is seen at once
    assert await here.shifts.waiting(TeamId("sales")) >= 2 * PAGE + 5
    # and who is asked has no second call, however far behind the first one stands, be the hold lost
    await here.connection.commands.delete(keys.held(ANA.id))
    await here.owes(1000, partition=3, ready_at=here.clock.now() - MINUTE)
    other = here.dispatcher()
    for _ in range(4):
        await other.round()
        assert await here.decides() == 0


async def test_of_two_dispatchers_one_is_at_work_and_the_other_goes_on(here: Office) -> None:
    await here.ready(ANA, BETO)
    first, second = here.dispatcher(), here.dispatcher()
    working = asyncio.create_task(first.run())
    await eventually(lambda: here.connection.commands.exists(keys.channel("dispatcher", "lease")))
    standing_by = asyncio.create_task(second.run())
    # given a call while both run, then it is offered once
    owed = await here.owes(1)
    await eventually(here.decides)
    assert list(await here.asked()) == [owed.id]
    # when the one at work stops, then the other goes on
    first.stop()
    await working
    other = await here.owes(2)
    await eventually(here.decides)
    assert sorted(await here.asked()) == sorted([owed.id, other.id])
    second.stop()
    await standing_by
    assert len(here.offered) == 2


@pytest.mark.parametrize("seed", range(SEEDS))
async def test_in_any_order_of_faults_nobody_has_two_calls_and_all_are_made(here: Office, seed: int) -> None:
    chance, agents = Random(seed), [phone_agent(name) for name in ("ana", "beto", "carla", "dora")]
    dispatchers = [here.dispatcher(), here.dispatcher()]
    made: set[str] = set()
    owed = 0
    for _ in range(200):
        await here.ready(*agents)
        match chance.choice(["owe", "look", "look", "decide", "answer", "answer", "wait", "kill", "lose"]):
            case "owe" if owed < 40:
                await here.owes(owed, due_at=here.clock.now() + chance.randrange(1, 60) * MINUTE)
                owed += 1
            case "look":
                await chance.choice(dispatchers).round()
            case "decide":
                await here.decides()
            case "answer":
                made |= await one_answers(here, chance)
            case "wait":
                await here.clock.advance(chance.choice([SECOND, POLICY.offer / 2]))
                await time_passes(here)
            case "kill":
                dispatchers[chance.randrange(2)] = here.dispatcher()
            case "lose" if not await here.decides():
                # The server went back to before the holds; what was decided it still has.
                for agent in agents:
                    await here.connection.commands.delete(keys.held(agent.id))
                dispatchers = [here.dispatcher(), here.dispatcher()]
        assert await here.at_once() <= 1
    # when the faults are over, then every call is made
    for _ in range(200):
        await here.ready(*agents)
        await dispatchers[0].round()
        await here.decides()
        made |= await one_answers(here, Random(1))
        await here.clock.advance(2 * SECOND)
        await time_passes(here)
        assert await here.at_once() <= 1
    assert len(made) == owed


async def one_answers(here: Office, chance: Random) -> set[str]:
    """Somebody who is asked has made the call, or declines; which call is made."""
    asked = sorted(await here.asked())
    if not asked:
        return set()
    conversation = next(each for each in await here.records.calls() if each.id == chance.choice(asked[:1]))
    if chance.random() < 0.3:
        agent = (await here.asked())[conversation.id]
        await here.changed(conversation.id, lambda callback: replace(callback, offer=None, declined=(AgentId(agent),)))
        return set()
    await here.put(replace(conversation, callback=None))
    return {conversation.id}


async def time_passes(here: Office) -> None:
    """Offers that nobody has answered end, as their timers would end them."""
    for each in await here.records.calls():
        if each.callback and each.callback.offer and each.callback.offer.until <= here.clock.now():
            await here.changed(each.id, lambda callback: replace(callback, offer=None))


def test_an_agent_who_is_there_is_still_so_while_they_are_asked() -> None:
    # The desk says so more often than an offer lasts: nobody lapses for being asked.
    assert POLICY.offer < READY_FOR


async def test_a_window_has_room_again_once_its_call_is_made_moved_or_dropped(here: Office) -> None:
    # given calls that are owed in an hour: what an agent agreed with a customer, and a second attempt without a window
    ten, eleven = here.clock.now() + 60 * MINUTE, here.clock.now() + 120 * MINUTE
    first, second, third = [await here.owes(number, ready_at=ten + number * MINUTE) for number in (1, 2, 3)]
    nowhere = await here.owes(4, ready_at=ten)
    await here.changed(nowhere.id, lambda callback: replace(callback, number=None))
    dispatcher = here.dispatcher()
    await dispatcher.round()
    assert await here.shifts.booked(CARE, [ten, eleven]) == {ten: 3, eleven: 0}
    # when one is made, one is moved, and one is dropped
    await here.changed(first.id, lambda callback: None)
    await here.changed(second.id, lambda callback: replace(callback, ready_at=eleven))
    await here.changed(third.id, lambda callback: replace(callback, kind=CallbackKind.OFFER))
    await here.clock.advance(LATER_EVERY)
    await dispatcher.round()
    # then their window has room again
    assert await here.shifts.booked(CARE, [ten, eleven]) == {ten: 0, eleven: 1}
