"""A call through Asterisk, step by step, and how it ends."""

from datetime import timedelta

import pytest
from redis.asyncio import Redis

from router.model.call import CallStatus
from router.model.errors import PermanentError
from router.model.message import Handle
from sandbox.phone.lines import Behaviour, Does
from tests.asterisk import ANSWERS, CUSTOMER, EVERYTHING, Line, Pbx, hilo, nothing_left, rings


async def test_a_call_rings_the_agent_then_the_customer_and_joins_them(asterisk: Pbx, line: Line) -> None:
    # given an agent who picks up
    order = await line.order()
    # when the call is placed, the customer answers, and hangs up after a while
    customer = await rings(asterisk, line, order)
    asterisk.exchange.pick_up(customer)
    await line.until(CallStatus.TALKING)
    assert customer.partner is not None
    asterisk.exchange.put_down(customer)
    # then it was told step by step, and nothing of it is left at Asterisk
    report = await line.until(CallStatus.ENDED)
    assert line.statuses == EVERYTHING
    assert report.call == order.id
    assert report.reference == "hilo.m-07-order.agent"
    assert report.seconds is not None
    await nothing_left(asterisk)


@pytest.mark.parametrize(
    ("does", "status"),
    [
        (Does.BUSY, CallStatus.BUSY),
        (Does.REJECT, CallStatus.BUSY),
        (Does.UNALLOCATED, CallStatus.WRONG_NUMBER),
        (Does.CONGESTION, CallStatus.FAILED),
    ],
)
async def test_what_the_customers_line_does_is_how_the_call_ends(
    asterisk: Pbx, line: Line, does: Does, status: CallStatus
) -> None:
    asterisk.exchange.behave(CUSTOMER.address, Behaviour(does))
    await line.placed(await line.order())
    await line.until(status)
    assert CallStatus.TALKING not in line.statuses
    await nothing_left(asterisk)


async def test_nobody_rings_for_ever(asterisk: Pbx, redis_client: Redis, redis_url: str) -> None:
    # given a customer who is not there, and then an agent
    asterisk.exchange.behave(CUSTOMER.address, Behaviour(Does.NO_ANSWER))
    asterisk.exchange.behave("sip:101", ANSWERS, Behaviour(Does.NO_ANSWER))
    async with hilo(asterisk, redis_url, agent_rings="20s", customer_rings="20s") as line:
        await line.ready()
        await line.placed(await line.order())
        await line.until(CallStatus.NO_ANSWER)
        await line.placed(await line.order("m-07-again"))
        await line.until(CallStatus.AGENT_AWAY)
    assert asterisk.rings(CUSTOMER.address) == 1
    await nothing_left(asterisk)


@pytest.mark.parametrize("does", [Does.BUSY, Does.REJECT, Does.CONGESTION])
async def test_without_the_agent_no_customer_is_rung(asterisk: Pbx, line: Line, does: Does) -> None:
    asterisk.exchange.behave("sip:101", Behaviour(does))
    await line.placed(await line.order())
    await line.until(CallStatus.AGENT_AWAY)
    assert asterisk.rings(CUSTOMER.address) == 0
    await nothing_left(asterisk)


async def test_an_agents_phone_that_is_switched_off_is_an_agent_away(asterisk: Pbx, line: Line) -> None:
    asterisk.ari.requests.unregistered.add("PJSIP/101")
    await line.placed(await line.order())
    report = await line.until(CallStatus.AGENT_AWAY)
    assert "500" in report.reason
    assert asterisk.rings(CUSTOMER.address) == 0


@pytest.mark.parametrize("who", [CUSTOMER.address, "sip:101"])
async def test_a_line_that_falls_while_they_talk_is_a_call_dropped(asterisk: Pbx, line: Line, who: str) -> None:
    asterisk.exchange.pick_up(await rings(asterisk, line, await line.order()))
    await line.until(CallStatus.TALKING)
    # when one of the two lines falls
    asterisk.exchange.drop(await asterisk.leg(who))
    # then that is told, and the other one is not left on a dead line
    await line.until(CallStatus.DROPPED)
    await nothing_left(asterisk)


async def test_an_agent_who_hangs_up_early_leaves_no_phone_ringing(asterisk: Pbx, line: Line) -> None:
    await rings(asterisk, line, await line.order())
    asterisk.exchange.put_down(await asterisk.leg("sip:101"))
    await line.until(CallStatus.FAILED)
    await nothing_left(asterisk)


async def test_the_briefing_is_heard_before_the_customer_is_rung(
    asterisk: Pbx, redis_client: Redis, redis_url: str
) -> None:
    asterisk.ari.requests.playback_seconds = 20
    async with hilo(asterisk, redis_url, briefing="sound:https://voice.example/say?text={text}") as line:
        await line.ready()
        await line.placed(await line.order(text="Ana, no internet"))
        agent = await asterisk.leg("sip:101")
        await line.until(CallStatus.RINGING)
        customer = await asterisk.leg(CUSTOMER.address)
    # then the customer's phone rang once it had been played
    assert agent.heard == ["sound:https://voice.example/say?text=Ana%2C%20no%20internet"]
    assert agent.answered_at is not None
    assert customer.began_at - agent.answered_at >= timedelta(seconds=20)


async def test_a_machine_is_told_by_the_dialplan_and_hung_up_on(
    asterisk: Pbx, redis_client: Redis, redis_url: str
) -> None:
    asterisk.exchange.behave(CUSTOMER.address, Behaviour(Does.VOICEMAIL), ANSWERS)
    async with hilo(asterisk, redis_url, screen="hilo-screen") as line:
        await line.ready()
        # when a machine answers, which AMD() of the dialplan finds out
        await line.placed(await line.order())
        # then that is told, and who answers the next time is talked with
        await line.until(CallStatus.VOICEMAIL)
        await line.placed(await line.order("m-07-again"))
        await line.until(CallStatus.TALKING)


async def test_a_recording_is_a_link(asterisk: Pbx, redis_client: Redis, redis_url: str) -> None:
    asterisk.exchange.behave(CUSTOMER.address, ANSWERS)
    async with hilo(asterisk, redis_url, recordings="https://pbx.example/{name}.wav") as line:
        await line.ready()
        await line.placed(await line.order())
        await line.until(CallStatus.TALKING)
        asterisk.exchange.put_down(await asterisk.leg(CUSTOMER.address))
        assert (await line.until(CallStatus.ENDED)).recording == "https://pbx.example/hilo.m-07-order.wav"
        assert asterisk.ari.requests.recordings == ["hilo.m-07-order"]


@pytest.mark.parametrize(
    "device", [Handle("sip", "101&PJSIP/102"), Handle("sip", "../x"), Handle("phone", "+507&x"), None]
)
async def test_a_phone_that_would_ring_others_is_refused(asterisk: Pbx, line: Line, device: Handle | None) -> None:
    with pytest.raises(PermanentError):
        await line.provider.place(await line.order(device=device))
    assert not asterisk.exchange.legs
