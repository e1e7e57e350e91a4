"""Who rings us through Asterisk."""

from redis.asyncio import Redis

from channels.phone.provider import Answer
from router.model.call import CallStatus
from router.model.errors import TemporaryError
from sandbox.phone.lines import Behaviour, Does
from tests.asterisk import CUSTOMER, DEVICE, OURS, Line, Pbx, hilo, nothing_left
from tests.waiting import eventually


async def test_a_caller_is_sent_to_who_knows_them(asterisk: Pbx, line: Line) -> None:
    # when a customer rings
    caller = asterisk.exchange.ring(CUSTOMER.address, OURS)
    # then they hear it ring until the agent answers, and talk
    report = await line.until(CallStatus.TALKING)
    assert (report.agent, report.agent_name) == ("a-1", "Eva")
    assert line.front.rang[0].caller == CUSTOMER
    assert line.front.rang[0].called == OURS
    assert caller.partner is not None
    asterisk.exchange.put_down(caller)
    await line.until(CallStatus.ENDED)
    assert line.statuses == [CallStatus.RINGING, CallStatus.TALKING, CallStatus.ENDED]
    await nothing_left(asterisk)


async def test_a_caller_whom_nobody_takes(asterisk: Pbx, redis_client: Redis, redis_url: str) -> None:
    async with hilo(asterisk, redis_url, agent_rings="20s") as line:
        await line.ready()
        await nobody_takes_them(asterisk, line)


async def nobody_takes_them(asterisk: Pbx, line: Line) -> None:
    # given nobody on shift, and then an agent who does not answer
    line.front.answer = Answer(None)
    first = asterisk.exchange.ring(CUSTOMER.address, OURS)
    await line.until(CallStatus.NO_ANSWER)
    await first.over()
    line.front.answer = Answer(DEVICE, None, "a-1", "Eva")
    asterisk.exchange.behave("sip:101", Behaviour(Does.NO_ANSWER))
    second = asterisk.exchange.ring("+50761111111", OURS)
    # then both are told, and the caller is hung up on after the agent's time
    await second.over()

    async def both() -> bool:
        return line.statuses.count(CallStatus.NO_ANSWER) == 2

    await eventually(both, "both told")
    await nothing_left(asterisk)


async def test_a_caller_who_gives_up_stops_the_agents_phone(asterisk: Pbx, line: Line) -> None:
    asterisk.exchange.behave("sip:101", Behaviour(Does.PERSON))
    caller = asterisk.exchange.ring(CUSTOMER.address, OURS)
    await asterisk.leg("sip:101")
    asterisk.exchange.put_down(caller)
    report = await line.until(CallStatus.NO_ANSWER)
    assert report.reason == "the caller hung up"
    await nothing_left(asterisk)


async def test_without_the_store_the_dialplan_goes_on(asterisk: Pbx, line: Line) -> None:
    line.front.error = TemporaryError("the store is away")
    caller = asterisk.exchange.ring(CUSTOMER.address, OURS)
    await caller.over()
    asked = [each["operation"] for each in asterisk.ari.asked]
    assert "POST /channels/{id}/continue" in asked
    assert "POST /channels" not in asked


async def test_a_caller_on_the_line_when_hilo_falls_keeps_talking(
    asterisk: Pbx, redis_client: Redis, redis_url: str
) -> None:
    async with hilo(asterisk, redis_url) as first:
        await first.ready()
        caller = asterisk.exchange.ring(CUSTOMER.address, OURS)
        await first.until(CallStatus.TALKING)
    # when Hilo is back they still talk, and the end is told with who took the call
    async with hilo(asterisk, redis_url) as second:
        await second.ready()
        assert caller.partner is not None
        asterisk.exchange.put_down(caller)
        assert (await second.until(CallStatus.ENDED)).agent == "a-1"
