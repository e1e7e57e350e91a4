"""A channel's host and sender under faults of their own: slow starts, bugs, spoilt marks. No reply twice, none left."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping, Sequence
from datetime import timedelta
from typing import Any

import pytest
import structlog.testing
from msgspec.structs import replace
from redis.asyncio import Redis

from channels import host
from channels.courier import FAULT_PAUSE
from channels.host import ChannelHost
from router.model.event import ReplyWritten
from router.model.ids import PARTITIONS, partition_of
from router.model.message import OutboundMessage, Receipt
from router.store import keys, wire
from router.store.connection import xrange
from router.store.outbound import ChannelLease, Intent, Outbound
from router.store.pace import Pace, SendLimit
from tests.core import ANA, Core, running_core
from tests.faults.servers import events
from tests.provider import LIFE, Provider, called, sending, until_told
from tests.waiting import eventually


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
            await core.clock.advance(timedelta(minutes=1))
    assert provider.called_at == texts


async def test_a_fault_of_ours_keeps_the_reply_its_order_and_everybody_elses(core: Core) -> None:
    # given an adapter whose first receipt nobody can write down
    provider = Careless(core)
    conversation = await core.says("Hola")
    async with sending(core, provider):
        for text in ("uno", "dos"):
            await core.does(ReplyWritten(ANA, text), conversation.id)
        await eventually(lambda: called(provider, 1), "the first call")
        # then others go on meanwhile
        another = await core.says("Hola", "chat:bob")
        await core.does(ReplyWritten(ANA, "otro"), another.id)
        await until_told(core, another, "sent")
        # and after a rest a look tells that it left, and the next one follows
        await core.clock.advance(FAULT_PAUSE)
        await until_told(core, conversation, "sent", "sent")
    assert sorted(provider.called_at) == ["dos", "otro", "uno"]


async def test_a_mark_that_can_not_be_read_is_looked_for_at_the_provider(core: Core) -> None:
    # given a reply that has left, as its mark tells, which something has spoiled
    conversation = await core.says("Hola")
    await core.does(ReplyWritten(ANA, "uno"), conversation.id)
    partition = partition_of(conversation.id)
    [(_, fields)] = await xrange(core.connection.commands, keys.key(partition, keys.outbound("webchat")))
    message = wire.decode(OutboundMessage, fields[b"m"])
    await core.connection.commands.hset(keys.key(partition, keys.attempts("webchat")), message.id, "{")
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
            monkeypatch.setattr(Outbound, "follow", _failing_once(Outbound.follow))
            # then the channel is opened again, and the reply leaves when it may
            await eventually(lambda: are_logged(logs, "channel_parked"), "it is told")
            await core.clock.advance(timedelta(hours=2))
            await until_told(core, conversation, "sent")
    assert provider.called_at == ["uno"]


class Careless(Provider):
    """A provider whose adapter spoils the first receipt."""

    async def send(self, message: OutboundMessage) -> Receipt:
        """Take it; the first time the receipt holds what can't be written down."""
        receipt = await super().send(message)
        spoilt: Any = object()
        return receipt if len(self.took) > 1 else replace(receipt, reference=spoilt)


Follow = Callable[[Outbound, dict[int, str], timedelta], Awaitable[list[Intent]]]


def _failing_once(follow: Follow) -> Follow:
    """`follow`, with a fault the first time."""
    faults = [ZeroDivisionError("a bug")]

    async def failing(outbound: Outbound, cursor: dict[int, str], block: timedelta) -> list[Intent]:
        if faults:
            raise faults.pop()
        return await follow(outbound, cursor, block)

    return failing


def host_of(core: Core, provider: Provider) -> ChannelHost:
    """A host of the web chat's channel."""
    outbound = Outbound(core.connection, core.clock, "webchat", PARTITIONS)
    return ChannelHost(provider, core.inbox, outbound, ChannelLease(core.connection, "webchat", LIFE), LIFE, core.clock)


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
