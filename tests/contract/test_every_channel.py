"""The contract, held by every channel of the registry: the real host, a real Redis, the provider's side real too.

A channel's own promises have tests of their own beside this one; here is what all of them have in common.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from channels.contract import ChannelAdapter
from channels.registry import CHANNELS
from router.model.clock import SystemClock
from router.model.errors import StartError, TemporaryError
from router.model.event import ReplyWritten
from router.model.message import DeliveryState, OutboundMessage
from router.store.server import EmbeddedServer
from tests.contract.customer import Logs, are_logged, has_read, heard, key, states_are, talk, text, was_told, writes
from tests.contract.doors import Door, adapter_at, hosted, running, written_to
from tests.contract.email_doors import CaresMailbox, MailServer
from tests.contract.twitter_door import CompanysAccount
from tests.contract.webchat_door import VisitorsPage
from tests.core import ANA, Core, running_core
from tests.sandbox_process import SandboxProcess
from tests.waiting import eventually

DOORS: dict[str, type[Door]] = {
    "webchat, a page": VisitorsPage,
    "email, a mailbox": CaresMailbox,
    "email, a mail server": MailServer,
    "twitter, mentions": CompanysAccount,
}
WAITING = [name for name, door in DOORS.items() if door.starts_without]
WANTING = [name for name, door in DOORS.items() if not door.starts_without]
OUT_OF_REACH = "unix:///nowhere/redis.sock"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[SandboxProcess]:
    """One mail server for all; each door has addresses of its own."""
    with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
        started = runner.run(SandboxProcess().__aenter__())
        try:
            yield started
        finally:
            runner.run(started.__aexit__(None, None, None))


@pytest.fixture(params=DOORS)
async def door(request: pytest.FixtureRequest, sandbox: SandboxProcess) -> AsyncIterator[Door]:
    """Each door in turn."""
    async with DOORS[request.param](sandbox) as opened:
        yield opened


@pytest.fixture
async def core(redis_url: str, redis_client: object) -> AsyncIterator[Core]:
    async with running_core(redis_url, clock=SystemClock()) as started:
        yield started


@pytest.fixture(autouse=True)
async def logs(caplog: pytest.LogCaptureFixture) -> AsyncIterator[Logs]:
    """What was logged; that nothing fell over on the way, in whatever task, is part of every story."""
    fallen: Logs = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: fallen.append(context))
    with capture_logs() as lines:
        yield lines
    assert fallen == []
    assert [line for line in lines if line.get("exc_info") or line["event"] == "channel_parked"] == []
    said = [record.getMessage() for record in caplog.get_records("call") if record.levelno >= logging.ERROR]
    assert said == []


# A phone takes calls, and this suite is of texts: its own is test_every_phone_provider.py (channels/phone/README.md).
EXEMPT = frozenset({"phone"})


def test_every_channel_has_a_door() -> None:
    assert {door.channel for door in DOORS.values()} == set(CHANNELS) - EXEMPT


async def test_what_a_customer_writes_arrives_once_and_in_order(door: Door, core: Core, redis_url: str) -> None:
    async with running(redis_url, door):
        texts = await writes(door, 0, 20)
        assert await heard(core, door, 20) == texts


async def test_the_same_message_delivered_twice_is_one(door: Door, core: Core, redis_url: str) -> None:
    async with running(redis_url, door):
        texts = await writes(door, 0, 2)
        # when the provider brings both again, at once and after what came later
        await door.customer_writes_again(key(1), texts[1])
        texts += await writes(door, 2, 3)
        await door.customer_writes_again(key(0), texts[0])
        texts += await writes(door, 3, 4)
        # then the source hears each time that it is safe, and each is there once
        await eventually(lambda: was_told(door, 6), "the source is told of all six")
        assert await heard(core, door, 4) == texts


async def test_a_restart_in_the_middle_neither_misses_nor_repeats(door: Door, core: Core, redis_url: str) -> None:
    texts: list[str] = []
    for turn in range(2):
        # given messages that were written while the channel was down
        texts += await writes(door, 10 * turn, 10 * turn + 5)
        async with running(redis_url, door):
            # when it is stopped as soon as some of those have come that are written now
            texts += await writes(door, 10 * turn + 5, 10 * turn + 10)
            await heard(core, door, 10 * turn + 3)
    async with running(redis_url, door):
        # then a last one comes behind all of them, each there once
        texts += await writes(door, 20, 21)
        assert await heard(core, door, 21) == texts


async def test_a_reply_of_one_host_is_not_sent_again_by_the_next(door: Door, core: Core, redis_url: str) -> None:
    async with running(redis_url, door):
        await writes(door, 0, 1)
        conversation = await talk(core, door)
        await core.does(ReplyWritten(ANA, "Uno"), conversation.id)
        await eventually(lambda: states_are(core, conversation, ["sent"]), "sent")
    # when a reply is written while the channel is down
    await core.does(ReplyWritten(ANA, "Dos"), conversation.id)
    async with running(redis_url, door):
        await eventually(lambda: states_are(core, conversation, ["sent", "sent"]), "both sent")
        # then it is sent by the next host, and the earlier one is left alone
        await eventually(lambda: has_read(door, ["Uno", "Dos"]), "both, once")


async def test_a_connection_that_breaks_is_resumed(door: Door, core: Core, redis_url: str) -> None:
    async with running(redis_url, door):
        texts = await writes(door, 0, 1)
        conversation = await talk(core, door)
        answers = []
        for number in range(4):
            # when the line breaks while messages go both ways
            texts += await writes(door, 5 * number + 1, 5 * number + 6)
            answers.append(f"Respuesta {number}")
            await core.does(ReplyWritten(ANA, answers[-1]), conversation.id)
            door.break_connection()
        # then both sides have all that was said, once and in order
        assert await heard(core, door, 21) == texts
        # Where nobody knows whether one has left, a channel may look twice, half a minute apart, before it goes again.
        await eventually(lambda: has_read(door, answers), "the answers, once and in order", seconds=80)


async def test_while_the_store_is_away_the_source_keeps_the_message(door: Door, tmp_path: Path) -> None:
    async with (
        EmbeddedServer(tmp_path) as server,
        running_core(server.url, clock=SystemClock()) as core,
        running(server.url, door),
    ):
        texts = await writes(door, 0, 1)
        assert await heard(core, door, 1) == texts
        await eventually(lambda: was_told(door, 1), "the first is safe")
        # when the store goes, and the customer writes on, then the source is told nothing for as long as that lasts
        await server.stop()
        texts += await writes(door, 1, 4)
        await asyncio.sleep(1.0)
        assert await door.told() == 1
        # and all comes once it is back
        await server.start()
        assert await heard(core, door, 4) == texts
        await eventually(lambda: was_told(door, 4), "all are safe")


async def test_what_the_inbox_refuses_stays_with_the_source(door: Door, core: Core, redis_url: str, logs: Logs) -> None:
    # given an inbox that is out of reach, while everything else is there
    async with running(redis_url, door, inbox_url=OUT_OF_REACH):
        texts = await writes(door, 0, 3)
        await eventually(lambda: are_logged(logs, "arrival_refused", 2), "it comes again, and is refused", seconds=20)
        assert await door.told() == 0
    # when a host comes that has one, then all arrives
    async with running(redis_url, door):
        assert await heard(core, door, 3) == texts


async def test_a_reply_is_read_by_the_customer(door: Door, core: Core, redis_url: str) -> None:
    async with running(redis_url, door):
        await writes(door, 0, 1)
        conversation = await talk(core, door)
        answers = [f"Llega el día {number}, ¡seguro!" for number in range(10)]
        for answer in answers:
            await core.does(ReplyWritten(ANA, answer), conversation.id)
        await eventually(lambda: has_read(door, answers), "the answers, once and in order")
        await eventually(lambda: states_are(core, conversation, ["sent"] * 10), "sent")


async def test_a_reply_that_is_sent_twice_is_read_once_and_found_as_promised(
    door: Door, core: Core, redis_url: str
) -> None:
    async with running(redis_url, door) as adapter:
        await writes(door, 0, 1)
        message = written_to(door, (await talk(core, door)).id, "Llega mañana.")
        assert await is_nowhere(adapter, message)
        # when it is handed over twice, as in doubt it may be
        first, second = await adapter.send(message), await adapter.send(message)
        # then it is one, under one reference of the provider's
        assert (first.message, first.conversation, first.state) == (
            message.id,
            message.conversation,
            DeliveryState.SENT,
        )
        assert first.reference == second.reference != ""
        await eventually(lambda: has_read(door, ["Llega mañana."]), "one letter")
        # and a look at the provider tells what the channel promises: what is known, or that another try does no harm
        found = await adapter.find(message)
        assert found == (first if door.finds else None)
    # and another process sends and sees the same
    async with running(redis_url, door) as adapter:
        assert await adapter.find(message) == found
        assert (await adapter.send(message)).reference == first.reference
        await eventually(lambda: has_read(door, ["Llega mañana."]), "one letter still")


async def is_nowhere(adapter: ChannelAdapter, message: OutboundMessage) -> bool:
    """Whether nothing is found; where the provider shows late what it has, that is not known at once."""
    try:
        return await adapter.find(message) is None
    except TemporaryError:
        return True


async def test_stop_is_harmless_whatever_was_before(door: Door, core: Core, redis_url: str) -> None:
    async with adapter_at(redis_url, door) as adapter:
        # given an adapter that was never started, and one whose start failed
        await adapter.stop()
        async with door.out_of_reach():
            if not door.starts_without:
                with pytest.raises(StartError):
                    await adapter.start()
                await adapter.stop()
        await adapter.stop()
        # then it can be started all the same, stopped twice, and started again
        for turn in range(2):
            texts = [text(number) for number in range(turn)] + await writes(door, turn, turn + 1)
            async with hosted(redis_url, adapter):
                assert await heard(core, door, turn + 1) == texts
            await adapter.stop()


@pytest.mark.parametrize("door", WANTING, indirect=True)
async def test_a_port_in_use_is_said_at_the_start(door: Door, core: Core, redis_url: str) -> None:
    async with door.out_of_reach():
        # given that another program has the port, then the host ends with what to do about it
        with pytest.raises(StartError, match="listen"):
            async with running(redis_url, door):
                pytest.fail("the channel is open")
    # and the next one, started once the port is free, works
    async with running(redis_url, door):
        texts = await writes(door, 0, 1)
        assert await heard(core, door, 1) == texts


@pytest.mark.parametrize("door", WAITING, indirect=True)
async def test_what_is_out_of_reach_at_the_start_is_waited_for(
    door: Door, core: Core, redis_url: str, logs: Logs
) -> None:
    async with adapter_at(redis_url, door) as adapter, AsyncExitStack() as stack:
        async with door.out_of_reach():
            # given that it can't be reached, then the channel is open all the same, and says that it tries
            await stack.enter_async_context(hosted(redis_url, adapter))
            texts = await writes(door, 0, 2)
            await eventually(lambda: are_logged(logs, f"{door.away}_away", 1), "it is said")
            assert await door.told() == 0
        # when it is there, then what was written meanwhile arrives, and it was said only once
        assert await heard(core, door, 2) == texts
        assert await are_logged(logs, f"{door.away}_back", 1)
        assert not await are_logged(logs, f"{door.away}_away", 2)
