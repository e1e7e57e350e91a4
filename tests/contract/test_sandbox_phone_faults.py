"""What can be broken on the sandbox's Twilio, and that it breaks so."""

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest

from tests.ports import free_ports
from tests.sandbox_here import SandboxHere
from tests.voice import Company, Rest, company

ANA = "+50761234567"
EVENTS = ("initiated", "ringing", "answered", "completed")
STEPS = ["initiated", "ringing", "in-progress", "completed"]


@pytest.fixture
async def sandbox() -> AsyncIterator[SandboxHere]:
    async with SandboxHere(phone_speed=60) as sandbox:
        # Whoever is rung answers, and hangs up at once.
        await sandbox.phone("default", behaviour={"does": "answer", "after": 1, "hang_up_after": 1})
        yield sandbox


@pytest.fixture
async def rest(sandbox: SandboxHere) -> AsyncIterator[Rest]:
    async with aiohttp.ClientSession() as session:
        yield Rest(sandbox, session)


@pytest.fixture
async def hilo() -> AsyncIterator[Company]:
    async with company() as one:
        one.twiml = {"begin": '<Pause length="60"/>'}
        yield one


async def story(sandbox: SandboxHere, rest: Rest, hilo: Company) -> str:
    """A call to Ana that is told of in all steps; its SID, once it is over."""
    sid = await rest.call(ANA, Url=f"{hilo.base}/begin", StatusCallback=f"{hilo.base}/told", events=EVENTS)
    await rest.becomes(sid, "completed")
    return sid


async def listed(rest: Rest) -> int:
    return len((await rest.ask("GET", "/Calls.json"))[1]["calls"])


async def test_without_a_fault_each_step_is_told_once_in_order(sandbox: SandboxHere, rest: Rest, hilo: Company) -> None:
    await story(sandbox, rest, hilo)
    await hilo.hears("told", "completed")
    assert [one["CallStatus"] for one in hilo.of("told")] == STEPS


@pytest.mark.parametrize(("status", "code", "header"), [(503, 20503, None), (429, 20429, "2")])
async def test_requests_are_refused(
    sandbox: SandboxHere, rest: Rest, status: int, code: int, header: str | None
) -> None:
    await sandbox.fault(phone={"refuse_next": 1, "status": status, "retry_after": 2 if header else None})
    url, headers = rest.base + "/Calls.json", {"Authorization": rest.auth}
    async with rest.session.post(url, data={"To": ANA}, headers=headers) as response:
        assert (response.status, (await response.json())["code"]) == (status, code)
        assert response.headers.get("Retry-After") == header
    assert await listed(rest) == 0


@pytest.mark.parametrize(("fault", "count"), [("cut_before", 0), ("cut_after", 1)])
async def test_connections_are_cut(sandbox: SandboxHere, rest: Rest, fault: str, count: int) -> None:
    await sandbox.fault(phone={fault: 1, "endpoint": "create"})
    # Lists are not concerned.
    assert await listed(rest) == 0
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await rest.call(ANA, Twiml="<Response/>")
    assert await listed(rest) == count


async def test_it_is_done_and_nothing_is_said(sandbox: SandboxHere, rest: Rest) -> None:
    await sandbox.fault(phone={"stall_next": 1, "endpoint": "create"})
    rest.timeout = aiohttp.ClientTimeout(total=1.5)
    with pytest.raises(TimeoutError):
        await rest.call(ANA, Twiml="<Response/>")
    rest.timeout = aiohttp.ClientTimeout(total=5)
    assert await listed(rest) == 1


async def test_new_calls_are_in_no_list_for_a_while(sandbox: SandboxHere, rest: Rest) -> None:
    await sandbox.fault(phone={"unlisted_seconds": 3600})
    sid = await rest.call(ANA, Twiml="<Response/>")
    assert await listed(rest) == 0
    assert (await rest.ask("GET", f"/Calls/{sid}.json"))[0] == 200
    await sandbox.fault(phone={})
    assert await listed(rest) == 1


async def test_it_is_away_for_a_while(sandbox: SandboxHere, rest: Rest, hilo: Company) -> None:
    # given a call that is under way when Twilio goes away
    await sandbox.phone("lines", number=ANA, plan=[{"does": "answer"}])
    sid = await rest.call(ANA, Url=f"{hilo.base}/begin", StatusCallback=f"{hilo.base}/told")
    await hilo.hears("begin")
    await sandbox.fault(phone={"away_seconds": 3600})
    # when the customer hangs up meanwhile
    await sandbox.phone("act", number=ANA, do="hang_up")
    # then nothing comes in
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await rest.ask("GET", f"/Calls/{sid}.json")
    # and when it is back, a minute later, which is a second here, the call is over, of which nobody was told
    await sandbox.fault(phone={"away_seconds": 60})
    async with asyncio.timeout(10):
        while True:
            try:
                _, call = await rest.ask("GET", f"/Calls/{sid}.json")
                break
            except aiohttp.ServerDisconnectedError:
                await asyncio.sleep(0.05)
    assert (call["status"], hilo.of("told")) == ("completed", [])


async def test_callbacks_are_lost_and_doubled(sandbox: SandboxHere, rest: Rest, hilo: Company) -> None:
    await sandbox.fault(phone={"webhook": {"lose_next": 1, "double_next": 1}})
    await story(sandbox, rest, hilo)
    await hilo.hears("told", "completed")
    assert sorted(one["CallStatus"] for one in hilo.of("told")) == sorted(["ringing", *STEPS[1:]])


async def test_callbacks_come_in_the_wrong_order(sandbox: SandboxHere, rest: Rest, hilo: Company) -> None:
    await sandbox.fault(phone={"webhook": {"reverse": 4}})
    await story(sandbox, rest, hilo)
    await hilo.hears("told", count=4)
    assert [one["SequenceNumber"] for one in hilo.of("told")] == ["3", "2", "1", "0"]


async def test_callbacks_come_late(sandbox: SandboxHere, rest: Rest, hilo: Company) -> None:
    await sandbox.fault(phone={"webhook": {"delay_seconds": 3600}})
    await story(sandbox, rest, hilo)
    assert hilo.of("told") == []
    # and they do come
    await sandbox.fault(phone={"webhook": {"delay_seconds": 1}})
    await story(sandbox, rest, hilo)
    await hilo.hears("told", "completed")


async def test_callbacks_are_forged(sandbox: SandboxHere, rest: Rest, hilo: Company) -> None:
    await sandbox.fault(phone={"webhook": {"forge_next": 1}})
    await story(sandbox, rest, hilo)
    await hilo.hears("told", count=5)
    (forged,) = [one for one in hilo.told if not one.is_signed]
    assert forged.fields["CallStatus"] == "completed"


async def test_who_does_not_listen_is_tried_once_more_with_the_same_token(
    sandbox: SandboxHere, rest: Rest, hilo: Company
) -> None:
    # given a callback to a port where nobody listens
    (port,) = free_ports(1)
    await rest.call(ANA, Twiml="<Response/>", StatusCallback=f"http://127.0.0.1:{port}/told")

    async def failed() -> int:
        return int((await sandbox.phone())["webhooks"]["failed"])

    async with asyncio.timeout(10):
        while not await failed():  # noqa: ASYNC110 - the count is told by the sandbox
            await asyncio.sleep(0.02)
    # and one that answers 500, which is tried anew only where its address says so
    hilo.status = 500
    for fragment, times in (("", 1), ("#rc=2&rp=5xx", 3)):
        hilo.told.clear()
        await rest.call(ANA, Twiml="<Response/>", StatusCallback=f"{hilo.base}/told{fragment}")
        await hilo.hears("told", count=times)
        assert len({one.headers["I-Twilio-Idempotency-Token"] for one in hilo.told}) == 1
        assert all(one.is_signed for one in hilo.told)
        assert len(hilo.told) == times


async def test_who_answers_too_late_has_given_no_twiml(sandbox: SandboxHere, rest: Rest, hilo: Company) -> None:
    hilo.delay = 1
    await sandbox.phone("lines", number=ANA, plan=[{"does": "answer"}])
    sid = await rest.call(ANA, Url=f"{hilo.base}/begin#rt=100")
    await rest.becomes(sid, "completed")
    assert [one["error_code"] for one in (await sandbox.phone())["alerts"]] == [11200]
    await hilo.hears("begin")
    # A read that takes too long is not tried again by itself.
    assert len(hilo.told) == 1
