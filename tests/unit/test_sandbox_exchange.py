"""The sandbox's telephone exchange: lines that behave, legs that tell what becomes of them."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from sandbox.phone.exchange import Exchange
from sandbox.phone.leg import Ending, Leg, State, What
from sandbox.phone.lines import Behaviour, Does, number_of
from tests.clock import HeldClock

HILO, ANA, RAUL = "+5078000000", "+50761234567", "sip:raul@hilo.example"


@pytest.fixture
async def clock() -> HeldClock:
    return HeldClock()


@pytest.fixture
async def exchange(clock: HeldClock) -> AsyncIterator[Exchange]:
    exchange = Exchange(clock)
    yield exchange
    await exchange.close()


async def settled() -> None:
    """Every task has had its turn."""
    for _ in range(20):
        await asyncio.sleep(0)


async def story(leg: Leg) -> list[What]:
    return [event.what async for event in leg.events()]


@pytest.mark.parametrize(
    ("behaviour", "ending", "rang"),
    [
        (Behaviour(Does.BUSY), Ending.BUSY, False),
        (Behaviour(Does.UNALLOCATED), Ending.UNALLOCATED, False),
        (Behaviour(Does.CONGESTION), Ending.CONGESTION, False),
        (Behaviour(Does.REJECT, after=2), Ending.REJECTED, True),
        (Behaviour(Does.NO_ANSWER), Ending.NO_ANSWER, True),
        (Behaviour(), Ending.NO_ANSWER, True),
        (Behaviour(Does.ANSWER, after=3, hang_up_after=10), Ending.BY_PHONE, True),
        (Behaviour(Does.VOICEMAIL, after=3, drop_after=10), Ending.DROPPED, True),
        (Behaviour(Does.ANSWER, after=30), Ending.NO_ANSWER, True),
    ],
)
async def test_a_line_behaves_by_itself(
    exchange: Exchange, clock: HeldClock, behaviour: Behaviour, ending: Ending, rang: bool
) -> None:
    exchange.behave(ANA, behaviour)
    leg = exchange.dial(HILO, ANA, timeout=timedelta(seconds=20))
    for _ in range(40):
        await settled()
        await clock.advance(timedelta(seconds=1))
    assert await leg.over() is ending
    assert (What.RINGING in await story(leg)) is rang
    assert leg.is_machine is (behaviour.does is Does.VOICEMAIL)
    assert leg.talked_seconds == (10 if ending in (Ending.BY_PHONE, Ending.DROPPED) else 0)


async def test_two_are_joined_and_one_falls(exchange: Exchange) -> None:
    # given an agent and a customer who have both answered, and talk
    agent, customer = exchange.dial(HILO, RAUL), exchange.dial(HILO, ANA)
    await settled()
    exchange.pick_up(agent)
    exchange.pick_up(customer)
    exchange.bridge(agent, customer)
    # when the customer's line falls
    exchange.drop(customer)
    # then the agent is told, and is still there
    assert await story(customer) == [What.RINGING, What.ANSWERED, What.BRIDGED, What.ENDED]
    assert agent.state is State.ANSWERED
    exchange.hang_up(agent)
    assert await story(agent) == [What.RINGING, What.ANSWERED, What.BRIDGED, What.UNBRIDGED, What.ENDED]
    assert (customer.ending, agent.ending) == (Ending.DROPPED, Ending.BY_US)


async def test_a_phone_takes_one_call_at_a_time(exchange: Exchange) -> None:
    first = exchange.dial(HILO, ANA)
    await settled()
    second = exchange.dial(HILO, "+507 6123-4567")
    assert await second.over() is Ending.BUSY
    assert first.state is State.RINGING


async def test_a_line_has_a_plan(exchange: Exchange) -> None:
    exchange.behave(ANA, Behaviour(Does.BUSY), Behaviour(Does.ANSWER))
    assert await exchange.dial(HILO, ANA).over() is Ending.BUSY
    second = exchange.dial(HILO, ANA)
    await settled()
    await settled()
    assert second.state is State.ANSWERED


async def test_a_customer_rings_the_company_and_gives_up(exchange: Exchange) -> None:
    taken: list[Leg] = []
    exchange.serve(HILO, taken.append)
    leg = exchange.ring(ANA, HILO)
    assert (taken, leg.state) == ([leg], State.RINGING)
    exchange.put_down(leg)
    assert await leg.over() is Ending.BY_PHONE
    # and a number that nobody serves does not exist
    assert exchange.ring(ANA, "+5079999999").ending is Ending.UNALLOCATED


def test_numbers_are_known_by_one_spelling() -> None:
    assert number_of("+507 (6123) 45-67") == ANA
    assert number_of("SIP:Raul@Hilo.example;transport=tls?X-Call=1") == RAUL
