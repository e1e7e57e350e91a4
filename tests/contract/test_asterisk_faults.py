"""Asterisk's bad days: answers lost, the socket cut in the middle of a call, events twice, late or never."""

import pytest
from redis.asyncio import Redis

from router.model.call import CallStatus
from router.model.errors import TemporaryError, UnknownOutcome
from sandbox.phone.ari.faults import AriFaults
from sandbox.phone.lines import Behaviour, Does
from tests.asterisk import CUSTOMER, EVERYTHING, Line, Pbx, hilo, nothing_left, rings
from tests.waiting import eventually


async def test_an_answer_that_is_lost_is_looked_for_and_nobody_is_rung_twice(asterisk: Pbx, line: Line) -> None:
    # given that Asterisk begins the call, and its answer is lost
    order = await line.order()
    asterisk.ari.faults.cut_after, asterisk.ari.faults.operation = 1, "POST /channels"
    with pytest.raises(UnknownOutcome):
        await line.provider.place(order)
    # when the sender looks
    found = await line.provider.find(order)
    # then it is there, and goes on as any other
    assert found == "hilo.m-07-order.agent"
    await line.until(CallStatus.RINGING)
    assert asterisk.rings("sip:101") == 1


async def test_a_request_that_is_lost_is_made_again(asterisk: Pbx, line: Line) -> None:
    order = await line.order()
    asterisk.ari.faults.cut_before, asterisk.ari.faults.operation = 1, "POST /channels"
    with pytest.raises(UnknownOutcome):
        await line.provider.place(order)
    assert await line.provider.find(order) is None
    await line.provider.place(order)
    await line.until(CallStatus.RINGING)
    assert asterisk.rings("sip:101") == 1
    assert asterisk.rings(CUSTOMER.address) == 1


async def test_the_same_order_twice_is_one_call(asterisk: Pbx, line: Line) -> None:
    # given an order that is given twice, and once more when its call is over
    order = await line.order()
    assert await line.placed(order) == await line.placed(order)
    asterisk.exchange.put_down(await rings(asterisk, line, order))
    await line.until(CallStatus.BUSY)
    await nothing_left(asterisk)
    await line.placed(order)
    # then everybody was rung once
    assert asterisk.rings("sip:101") == 1
    assert asterisk.rings(CUSTOMER.address) == 1


async def test_a_call_that_is_over_before_its_lost_answer_is_looked_for_was_made(asterisk: Pbx, line: Line) -> None:
    # given an answer that is lost, and a call that is over when the sender looks
    asterisk.exchange.behave(CUSTOMER.address, Behaviour(Does.BUSY))
    order = await line.order()
    asterisk.ari.faults = AriFaults(cut_after=1, operation="POST /channels")
    with pytest.raises(UnknownOutcome):
        await line.provider.place(order)
    await line.until(CallStatus.BUSY)
    await nothing_left(asterisk)
    # then it is known to have been made
    assert await line.provider.find(order) == "hilo.m-07-order.agent"


async def test_a_report_that_cant_be_held_comes_again(asterisk: Pbx, redis_client: Redis, redis_url: str) -> None:
    # given a store that is away for the first three reports
    refusals = iter([False, False, False])
    async with hilo(asterisk, redis_url, settles=lambda: next(refusals, True)) as line:
        await line.ready()
        asterisk.exchange.put_down(await rings(asterisk, line, await line.order()))
        # then all of them come all the same, in their order
        await line.until(CallStatus.BUSY)
    assert line.statuses == [*EVERYTHING[:3], CallStatus.BUSY]


@pytest.mark.parametrize("fault", ["cut_before", "cut_after", "refuse_next"])
async def test_a_customer_is_never_rung_twice_whatever_is_lost(asterisk: Pbx, line: Line, fault: str) -> None:
    # given that what is asked of Asterisk for the customer, or its answer, is lost
    order = await line.order()
    asterisk.exchange.behave("sip:101", Behaviour(Does.PERSON))
    await line.placed(order)
    await line.until(CallStatus.AGENT_RINGING)
    setattr(asterisk.ari.faults, fault, 1)
    asterisk.ari.faults.operation = "POST /channels"
    # when the agent answers
    asterisk.exchange.pick_up(await asterisk.leg("sip:101"))
    # then what is lost for good is shown as in doubt; else the call goes on
    if fault == "cut_before":
        await line.until(CallStatus.IN_DOUBT)
        assert asterisk.rings(CUSTOMER.address) == 0
        await nothing_left(asterisk)
    else:
        asterisk.exchange.pick_up(await asterisk.leg(CUSTOMER.address))
        await line.until(CallStatus.TALKING)
        assert asterisk.rings(CUSTOMER.address) == 1


async def test_a_customer_who_was_busy_while_the_answer_was_lost_is_not_rung_again(asterisk: Pbx, line: Line) -> None:
    # given an answer of Asterisk's that is lost, and a customer who is busy: their channel is gone at once
    asterisk.exchange.behave(CUSTOMER.address, Behaviour(Does.BUSY))
    asterisk.exchange.behave("sip:101", Behaviour(Does.PERSON))
    await line.placed(await line.order())
    await line.until(CallStatus.AGENT_RINGING)
    asterisk.ari.faults = AriFaults(cut_after=1, operation="POST /channels")
    asterisk.exchange.pick_up(await asterisk.leg("sip:101"))
    # then the event tells why, and nobody tries it once more
    await line.until(CallStatus.BUSY)
    await nothing_left(asterisk)
    assert asterisk.rings(CUSTOMER.address) == 1


@pytest.mark.parametrize("status", [401, 503])
async def test_an_asterisk_that_takes_nothing_now_rings_nobody(asterisk: Pbx, line: Line, status: int) -> None:
    asterisk.ari.faults = AriFaults(refuse_next=1, status=status, operation="POST /channels")
    order = await line.order()
    with pytest.raises(TemporaryError):
        await line.provider.place(order)
    assert not asterisk.exchange.legs
    # and it is tried again
    await line.provider.place(order)
    await line.until(CallStatus.RINGING)


# --- the socket


@pytest.mark.parametrize("fault", ["double_events", "late_seconds", "lose_events"])
async def test_events_twice_late_or_lost_change_nothing(asterisk: Pbx, line: Line, fault: str) -> None:
    setattr(asterisk.ari.faults, fault, {"double_events": True, "late_seconds": 3, "lose_events": 1000}[fault])
    asterisk.exchange.pick_up(await rings(asterisk, line, await line.order()))
    await line.until(CallStatus.TALKING)
    asterisk.exchange.put_down(await asterisk.leg(CUSTOMER.address))
    await line.until(CallStatus.ENDED)
    # AGENT_RINGING is of a moment that nobody may have seen.
    assert [each for each in line.statuses if each is not CallStatus.AGENT_RINGING] == EVERYTHING[1:]
    assert asterisk.rings(CUSTOMER.address) == 1


async def test_a_socket_that_is_cut_while_it_rings_and_while_they_talk(asterisk: Pbx, line: Line) -> None:
    customer = await rings(asterisk, line, await line.order())
    asterisk.ari.hub.cut()
    await connected(asterisk)
    asterisk.exchange.pick_up(customer)
    await line.until(CallStatus.TALKING)
    # when it is cut again, and the customer hangs up before it is back
    asterisk.ari.faults.away = True
    asterisk.ari.hub.cut()
    asterisk.exchange.put_down(customer)
    asterisk.ari.faults.away = False
    # then the end is found by looking
    assert (await line.until(CallStatus.ENDED)).reason == "it ended while Asterisk could not be heard"
    await nothing_left(asterisk)


async def test_who_answers_while_nobody_listens_is_in_doubt_and_not_rung_again(asterisk: Pbx, line: Line) -> None:
    # given a customer's phone that rings, and Asterisk out of our reach
    customer = await rings(asterisk, line, await line.order())
    asterisk.ari.faults.away = True
    asterisk.ari.hub.cut()
    # when they answer: Asterisk has nobody to give them to, and hangs up
    asterisk.exchange.pick_up(customer)
    await customer.over()
    asterisk.ari.faults.away = False
    # then nobody can say what they heard: a person chooses
    await line.until(CallStatus.IN_DOUBT)
    assert asterisk.rings(CUSTOMER.address) == 1
    await nothing_left(asterisk)


async def test_nobody_is_rung_while_asterisk_is_away(asterisk: Pbx, line: Line) -> None:
    # given an Asterisk that is away, and that we have noticed it
    asterisk.ari.break_with(AriFaults(away=True))

    async def noticed() -> bool:
        return not line.provider.is_ready

    await eventually(noticed, "that it is away")
    order = await line.order()
    with pytest.raises(TemporaryError):
        await line.provider.place(order)
    assert not asterisk.exchange.legs
    # when it is back, then the call is made
    asterisk.ari.faults.away = False
    await line.placed(order)
    await line.until(CallStatus.RINGING)


async def connected(asterisk: Pbx) -> None:
    """Once somebody listens again."""

    async def look() -> bool:
        return asterisk.ari.hub.has("hilo")

    await eventually(look, "connected again")
