"""A channel's host and sender under faults of their own: slow starts, bugs, spoilt marks. No reply twice, none left."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping, Sequence
from datetime import timedelta
from typing import Any, ParamSpec, TypeVar

import pytest
import structlog.testing
from msgspec.structs import replace
from redis.asyncio import Redis

from channels import host
from channels.courier import FAULT_PAUSE, Courier
from channels.gate import Gates
from channels.host import ChannelHost
from router.model.conversation import Conversation
from router.model.errors import PermanentError, StartError
from router.model.event import ReplyWritten
from router.model.ids import PARTITIONS, partition_of
from router.model.message import OutboundMessage, Receipt
from router.store import keys, wire
from router.store.connection import xrange
from router.store.outbound import ChannelLease, Outbound
from router.store.pace import Pace, SendLimit
from tests.core import ANA, Core, running_core
from tests.faults.servers import events
from tests.provider import LIFE, Provider, called, deliveries, sending, until_told
from tests.waiting import eventually

# A lease of two seconds is lost on a busy machine, and with it what only its holder knows.
pytestmark = pytest.mark.alone


@pytest.fixture
async def core(redis_url: str, redis_client: Redis) -> AsyncIterator[Core]:
    async with running_core(redis_url) as running:
        yield running


async def test_a_start_longer_than_the_lease_still_keeps_it(core: Core) -> None:
    # given a channel that takes longer to open than the lease's two seconds
    slow, other = Provider(core), Provider(core)
    slow.starts.clear()
    conversation = await core.says("Hola")
    await core.does(ReplyWritten(ANA, "uno"), conversation.id)
    first = host_of(core, slow)
    running = asyncio.create_task(first.run())
    await eventually(lambda: is_leased(core), "the lease")
    # when another one stands by for it meanwhile
    async with sending(core, other):
        await asyncio.sleep(LIFE.total_seconds() * 1.5)
        slow.starts.set()
        await until_told(core, conversation, "sent")
        first.stop()
        await running
        # then it has sent nothing of its own, and not even opened until the first one was gone
        assert (slow.called_at, other.called_at) == (["uno"], [])
        await eventually(lambda: has_started(other), "the other one opens")


async def test_who_is_told_to_stop_does_not_wait_for_a_slow_start(core: Core) -> None:
    slow = Provider(core)
    slow.starts.clear()
    first = host_of(core, slow)
    running = asyncio.create_task(first.run())
    await eventually(lambda: is_leased(core), "the lease")
    first.stop()
    async with asyncio.timeout(5):
        await running
    assert not await is_leased(core)


async def test_what_was_left_leaves_oldest_first_whatever_its_partition(core: Core) -> None:
    # given replies of many customers, written one minute after the other
    texts = [f"{number}" for number in range(8)]
    names: set[str] = set()
    for text in texts:
        conversation = await core.says("Hola", f"chat:{text}")
        names.add(conversation.id.split("-")[1])
        await core.does(ReplyWritten(ANA, text), conversation.id)
        await core.clock.advance(timedelta(minutes=1))
    assert len(names) > 1
    # when a sender takes over that may send one a minute
    provider = Provider(core)
    provider.send_limit = SendLimit(1, timedelta(minutes=1))
    async with sending(core, provider):
        for number in range(len(texts)):
            await eventually(lambda number=number: called(provider, number + 1), "the next")  # type: ignore[misc]
            waiting = min(1, len(texts) - number - 1)
            await eventually(lambda waiting=waiting: core.clock.has_asleep(waiting), "it waits")  # type: ignore[misc]
            await core.clock.advance(timedelta(minutes=1))
    assert provider.called_at == texts


async def test_a_fault_of_ours_keeps_the_reply_its_order_and_everybody_elses(
    core: Core, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given a provider that can't tell what it took, and faults of ours once it has taken a reply
    provider = Provider(core)
    provider.knows = False
    conversation, another = await core.says("Hola"), await core.says("Hola", "chat:bob")
    monkeypatch.setattr(Outbound, "settle", failing(Outbound.settle, 4, about="uno"))
    monkeypatch.setattr(Outbound, "as_it_stands", failing(Outbound.as_it_stands, 1))
    async with sending(core, provider):
        for text in ("uno", "dos"):
            await core.does(ReplyWritten(ANA, text), conversation.id)
        await eventually(lambda: called(provider, 1), "the first call")
        # then others go on meanwhile
        await core.does(ReplyWritten(ANA, "otro"), another.id)
        await until_told(core, another, "sent")
        assert await deliveries(core, conversation) == []
        # and after some rests it is settled by what is known, and the next one follows
        await eventually(lambda: are_told_in_time(core, conversation, 2), "what became of both")
    assert (await deliveries(core, conversation), provider.called_at) == (["sent", "sent"], ["uno", "otro", "dos"])


async def test_a_receipt_that_can_not_be_written_down_is_told_without_its_words(core: Core) -> None:
    # given a provider that can't tell what it took, and whose first answer holds bytes that are no text
    provider = Careless(core)
    provider.knows = False
    conversation = await core.says("Hola")
    async with sending(core, provider):
        for text in ("uno", "dos"):
            await core.does(ReplyWritten(ANA, text), conversation.id)
        # then each is told as sent, at once, and was sent once
        await until_told(core, conversation, "sent", "sent")
    assert provider.called_at == ["uno", "dos"]


async def test_a_refusal_in_bytes_that_are_no_text_is_told_as_far_as_it_goes(core: Core) -> None:
    provider = Provider(core)
    provider.faults = [PermanentError("550 no such buz\udcf3n")]
    conversation = await core.says("Hola")
    async with sending(core, provider):
        await core.does(ReplyWritten(ANA, "uno"), conversation.id)
        await until_told(core, conversation, "failed")
    assert (await core.timeline(conversation.id))[-1].detail["reason"] == "550 no such buz?n"


@pytest.mark.parametrize(("is_marked", "state"), [(False, "failed"), (True, "unconfirmed")])
async def test_what_a_fault_of_ours_holds_up_for_a_day_comes_back_to_its_team(
    core: Core, monkeypatch: pytest.MonkeyPatch, is_marked: bool, state: str
) -> None:
    """As failed where it surely waits; where it is marked it may have left."""
    # given a reply, and a fault without end before its provider is called
    tries: list[str] = []
    monkeypatch.setattr(Gates, "of", failing(Gates.of, 10**9, tries=tries))
    provider = Provider(core)
    conversation = await core.says("Hola")
    await core.does(ReplyWritten(ANA, "uno"), conversation.id)
    if is_marked:
        await spoil_mark(core, conversation)
    async with sending(core, provider):
        # when time goes by, it is tried ever less often
        for _ in range(120):
            await core.clock.advance(FAULT_PAUSE)
            await asyncio.sleep(0.01)
        assert 2 < len(tries) < 60
        # then its team is told in the end
        for _ in range(50):
            await core.clock.advance(timedelta(minutes=30))
            await asyncio.sleep(0.01)
        await until_told(core, conversation, state)
    assert provider.called_at == []


async def test_a_fault_of_the_sender_itself_lets_no_reply_overtake(core: Core, monkeypatch: pytest.MonkeyPatch) -> None:
    # given a fault of ours where nobody reckons with one
    provider = Provider(core)
    conversation = await core.says("Hola")
    monkeypatch.setattr(Courier, "deliver", failing(Courier.deliver, 2))
    async with sending(core, provider):
        for text in ("uno", "dos"):
            await core.does(ReplyWritten(ANA, text), conversation.id)
        # then the replies leave all the same, in order, without another sender
        await until_told(core, conversation, "sent", "sent")
    assert provider.called_at == ["uno", "dos"]


async def test_a_mark_that_can_not_be_read_is_looked_for_at_the_provider(core: Core) -> None:
    # given a reply that has left, as its mark tells, which something has spoiled
    conversation = await core.says("Hola")
    await core.does(ReplyWritten(ANA, "uno"), conversation.id)
    await spoil_mark(core, conversation)
    provider = Provider(core)
    provider.took = ["uno"]
    async with sending(core, provider):
        await until_told(core, conversation, "sent")
    assert provider.called_at == []


async def test_when_the_reading_ends_by_a_fault_nobody_who_waits_has_expired(
    core: Core, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given a provider that wants to be left alone, and a reply that waits for it
    provider = Provider(core)
    await Pace(core.connection, "webchat").park("main", core.clock.now() + timedelta(hours=1))
    conversation = await core.says("Hola")
    monkeypatch.setattr(host, "FAULT_SECONDS", 0.1)
    with structlog.testing.capture_logs() as logs:
        async with sending(core, provider):
            await core.does(ReplyWritten(ANA, "uno"), conversation.id)
            await eventually(lambda: is_waiting(core), "the reply")
            # when a fault of ours ends the reading once
            monkeypatch.setattr(Outbound, "follow", failing(Outbound.follow, 1))
            # then the channel is opened again, and the reply leaves when it may
            await eventually(lambda: are_logged(logs, "channel_parked"), "it is told")
            await core.clock.advance(timedelta(hours=2))
            await until_told(core, conversation, "sent")
    assert provider.called_at == ["uno"]


async def test_a_channel_that_was_open_once_is_opened_again_whatever_stands_in_its_way(
    core: Core, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given a channel at work
    monkeypatch.setattr(host, "FAULT_SECONDS", 0.1)
    provider = Provider(core)
    conversation = await core.says("Hola")
    with structlog.testing.capture_logs() as logs:
        async with sending(core, provider):
            # when its lease is lost, and then its port is somebody else's for a while
            provider.start_fault = StartError("the port is in use")
            await core.connection.commands.delete("hilo:{ch:webchat}:lease")
            await eventually(lambda: are_logged(logs, "channel_parked"), "it is told")
            await core.does(ReplyWritten(ANA, "uno"), conversation.id)
            assert provider.called_at == []
            # then it opens once the port is free
            provider.start_fault = None
            await until_told(core, conversation, "sent")


async def test_why_a_channel_does_not_open_is_told_also_while_the_store_goes_away(
    core: Core, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given a port in use, and a store that goes away before the lease is handed back
    async def away(lease: ChannelLease) -> None:
        raise ConnectionError("the store is away")

    monkeypatch.setattr(ChannelLease, "release", away)
    provider = Provider(core)
    provider.start_fault = StartError("the port is in use")
    # then it is the port that is told
    async with asyncio.timeout(10):
        with pytest.raises(StartError, match="in use"):
            await host_of(core, provider).run()


class Careless(Provider):
    """A provider whose adapter passes on the first answer's bytes as they are."""

    async def send(self, message: OutboundMessage) -> Receipt:
        """Take it; the first time the receipt holds what can't be written down."""
        receipt = await super().send(message)
        return receipt if len(self.took) > 1 else replace(receipt, reference="\udcf3")


P = ParamSpec("P")
T = TypeVar("T")


def failing(
    act: Callable[P, Awaitable[T]], times: int, *, about: str = "", tries: list[str] | None = None
) -> Callable[P, Awaitable[T]]:
    """`act`, with a fault of ours the first `times`, where its arguments tell of `about`; `tries` keeps the faults."""
    known = [] if tries is None else tries

    async def with_faults(*arguments: P.args, **named: P.kwargs) -> T:
        if about in repr(arguments) and len(known) < times:
            known.append(about)
            raise ZeroDivisionError("a bug")
        return await act(*arguments, **named)

    return with_faults


def host_of(core: Core, provider: Provider) -> ChannelHost:
    """A host of the web chat's channel."""
    outbound = Outbound(core.connection, core.clock, "webchat", PARTITIONS)
    return ChannelHost(provider, core.inbox, outbound, ChannelLease(core.connection, "webchat", LIFE), LIFE, core.clock)


async def spoil_mark(core: Core, conversation: Conversation) -> None:
    """Let the conversation's reply have been marked as leaving, by a mark that can't be read any more."""
    partition = partition_of(conversation.id)
    [(_, fields)] = await xrange(core.connection.commands, keys.key(partition, keys.outbound("webchat")))
    message = wire.decode(OutboundMessage, fields[b"m"])
    await core.connection.commands.hset(keys.key(partition, keys.attempts("webchat")), message.id, "{")


async def are_told_in_time(core: Core, conversation: Conversation, count: int) -> bool:
    """Whether it is told what became of so many replies; meanwhile time goes on."""
    await core.clock.advance(FAULT_PAUSE)
    return len(await deliveries(core, conversation)) == count


async def is_leased(core: Core) -> bool:
    return bool(await core.connection.commands.exists("hilo:{ch:webchat}:lease"))


async def has_started(provider: Provider) -> bool:
    return provider.is_started


async def is_waiting(core: Core) -> bool:
    """Whether one reply waits, and the sender has had the time to see it."""
    lengths = await Outbound(core.connection, core.clock, "webchat", PARTITIONS).lengths()
    await asyncio.sleep(0.1)
    return sum(lengths) == 1


async def are_logged(logs: Sequence[MutableMapping[str, Any]], event: str) -> bool:
    return event in events(logs)
