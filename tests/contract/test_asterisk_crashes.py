"""Hilo falls at every step of a call through Asterisk: it goes on, or says what it can."""

import pytest
from redis.asyncio import Redis

from router.model.call import CallStatus
from router.model.errors import UnknownOutcome
from router.model.message import OutboundMessage
from sandbox.phone.lines import Behaviour, Does
from tests.asterisk import CUSTOMER, Line, Pbx, hilo, nothing_left
from tests.waiting import eventually


@pytest.mark.parametrize("step", ["lost", "agent_rings", "briefing", "customer_rings", "talking", "ended"])
async def test_a_crash_at_every_step(asterisk: Pbx, redis_client: Redis, redis_url: str, step: str) -> None:
    # given a call that has come to `step` when Hilo falls
    asterisk.exchange.behave("sip:101", Behaviour(Does.PERSON))
    asterisk.ari.requests.playback_seconds = 5
    async with hilo(asterisk, redis_url, settles=lambda: step != "ended", briefing="sound:{text}") as first:
        await first.ready()
        order = await first.order(text="briefing")
        await begun(asterisk, first, order, step)
    # when it is started again, and looks first, as the sender does
    async with hilo(asterisk, redis_url, briefing="sound:{text}") as second:
        await second.ready()
        assert await second.provider.find(order) == "hilo.m-07-order.agent"
        if step in ("lost", "agent_rings"):
            asterisk.exchange.pick_up(await asterisk.leg("sip:101"))
        if step in ("lost", "agent_rings", "briefing", "customer_rings"):
            asterisk.exchange.pick_up(await asterisk.leg(CUSTOMER.address))
            await second.until(CallStatus.TALKING)
        if step != "ended":
            asterisk.exchange.put_down(await asterisk.leg(CUSTOMER.address))
        # then the call comes to its end, told once, and nobody was rung twice
        await second.until(CallStatus.ENDED)
        assert second.statuses.count(CallStatus.ENDED) == 1
    assert asterisk.rings("sip:101") == 1
    assert asterisk.rings(CUSTOMER.address) == 1
    await nothing_left(asterisk)


async def begun(asterisk: Pbx, line: Line, order: OutboundMessage, step: str) -> None:
    """Bring the call so far."""
    if step == "lost":
        asterisk.ari.faults.cut_after, asterisk.ari.faults.operation = 1, "POST /channels"
        with pytest.raises(UnknownOutcome):
            await line.provider.place(order)
        return
    await line.placed(order)
    agent = await asterisk.leg("sip:101")
    if step == "agent_rings":
        return
    asterisk.exchange.pick_up(agent)
    if step == "briefing":
        await line.until(CallStatus.AGENT_ANSWERED)
        return
    customer = await asterisk.leg(CUSTOMER.address)
    if step == "customer_rings":
        return
    asterisk.exchange.pick_up(customer)

    async def joined() -> bool:
        return customer.partner is not None

    await eventually(joined, "both talk")
    if step == "ended":
        asterisk.exchange.put_down(customer)
        await nothing_left(asterisk)


@pytest.mark.parametrize("rung", [False, True])
async def test_what_ended_while_hilo_was_down_is_told_as_far_as_it_is_known(
    asterisk: Pbx, redis_client: Redis, redis_url: str, rung: bool
) -> None:
    # given a call that Hilo had begun when it fell: the customer was rung already, or not yet
    asterisk.exchange.behave("sip:101", Behaviour(Does.PERSON))
    async with hilo(asterisk, redis_url) as first:
        await first.ready()
        await first.placed(await first.order())
        agent = await asterisk.leg("sip:101")
        if rung:
            asterisk.exchange.pick_up(agent)
            await first.until(CallStatus.RINGING)
    # when everybody has hung up before it is there again
    asterisk.exchange.put_down(agent)
    for leg in asterisk.exchange.live_legs(CUSTOMER.address):
        asterisk.exchange.put_down(leg)
    # then a customer who was rung is in doubt, and one who was not goes to the next agent
    async with hilo(asterisk, redis_url) as second:
        await second.until(CallStatus.IN_DOUBT if rung else CallStatus.AGENT_AWAY)
    assert asterisk.rings(CUSTOMER.address) == int(rung)


async def test_a_call_of_which_everything_is_forgotten_is_in_doubt(
    asterisk: Pbx, line: Line, redis_client: Redis
) -> None:
    # given a call that was ordered, and a store that has lost what was known of it
    order = await line.order()
    # when the channel looks
    report = await line.provider.look(order, "hilo.m-07-order.agent")
    # then it says what it can: nobody knows
    assert report is not None
    assert report.report.status is CallStatus.IN_DOUBT
    assert not asterisk.exchange.legs
