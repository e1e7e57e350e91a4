"""A server that has gone back, promoted or after a power cut: no reply twice, none left, no change passed over."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from datetime import timedelta
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import structlog.testing
from redis.asyncio import Redis

from router.model.conversation import Conversation
from router.model.errors import UnknownOutcome
from router.model.event import NoteAdded, ReplyWritten
from router.model.ids import PARTITIONS, partition_of
from router.store import keys
from router.store.connection import Entry
from router.store.feed import Change, Feed, PositionLost
from router.store.following import Reader
from router.store.outbound import Outbound
from router.store.pace import Pace
from router.store.tasks import end_task
from tests.core import ANA, Core, running_core
from tests.desk import CARLA, running_desk
from tests.faults.servers import events
from tests.gone_back import clock_ahead, remembered
from tests.provider import Provider, called, sending, until_told
from tests.redis_servers import Node, one_node
from tests.waiting import eventually

HOUR = timedelta(hours=1)


@pytest.fixture
async def core(redis_url: str, redis_client: Redis) -> AsyncIterator[Core]:
    async with running_core(redis_url) as running:
        yield running


async def test_a_reply_settled_before_a_power_cut_is_settled_again_and_not_sent_again() -> None:
    with one_node() as node:
        url = f"redis://127.0.0.1:{node.port}/0"
        await asyncio.to_thread(node.ask, "CONFIG", "SET", "appendfsync", "everysec")
        async with running_core(url) as core:
            # given a reply that the provider has, and what the disk holds of it
            provider = Provider(core)
            provider.hangs.clear()
            conversation = await core.says("Hola")
            async with sending(core, provider):
                await core.does(ReplyWritten(ANA, "uno"), conversation.id)
                await eventually(lambda: called(provider, 1), "handed over")
                file = _file(node)
                size = await eventually(lambda: _size_with(file, b'"sending"'), "the disk knows that it leaves")
                # when it is settled, and then a power cut takes that away
                provider.hangs.set()
                provider.knows = UnknownOutcome("nobody can tell")
                await until_told(core, conversation, "sent")
                await asyncio.to_thread(_cut, node, file, size)
                # then it is settled again by what the sender knows, without another sender
                await until_told(core, conversation, "sent")
                await eventually(lambda: is_empty(core, conversation), "nothing waits")
            assert provider.called_at == ["uno"]


async def test_a_reply_whose_mark_is_lost_too_is_not_sent_again(
    core: Core, redis_client: Redis, capfd: pytest.CaptureFixture[str]
) -> None:
    # given a reply that waits since the provider asked for an hour, and how the server is then
    provider = Provider(core)
    await Pace(core.connection, "webchat").park("main", core.clock.now() + HOUR)
    conversation = await core.says("Hola")
    async with sending(core, provider):
        await core.does(ReplyWritten(ANA, "uno"), conversation.id)
        await eventually(lambda: is_waiting(core, conversation), "the reply")
        go_back = await remembered(redis_client, partition_of(conversation.id))
        await core.clock.advance(2 * HOUR)
        await until_told(core, conversation, "sent")
        # when all that has happened since is undone
        await go_back()
        # then it is told, and settled as it was
        await until_told(core, conversation, "sent")
        await eventually(lambda: is_empty(core, conversation), "nothing waits")
    assert provider.called_at == ["uno"]
    assert "outbound_gone_back" in capfd.readouterr().out


async def test_a_reply_with_an_id_below_those_before_is_sent(core: Core, redis_client: Redis) -> None:
    # given a server whose clock is ahead, and a sender that has read what it gave
    provider = Provider(core)
    conversation = await core.says("Hola")
    async with sending(core, provider):
        await core.does(ReplyWritten(ANA, "uno"), conversation.id)
        await until_told(core, conversation, "sent")
        go_back = await remembered(redis_client, partition_of(conversation.id))
        await clock_ahead(redis_client, outbound_of(conversation))
        await core.does(ReplyWritten(ANA, "dos"), conversation.id)
        await until_told(core, conversation, "sent", "sent")
        # when another with the right time takes over, which has not seen that
        await go_back()
        for text in ("tres", "cuatro"):
            await core.does(ReplyWritten(ANA, text), conversation.id)
        # then what it takes leaves all the same, in order
        await until_told(core, conversation, "sent", "sent", "sent")
    assert provider.called_at == ["uno", "dos", "tres", "cuatro"]


async def test_a_partition_that_is_read_late_has_not_gone_back(core: Core, monkeypatch: pytest.MonkeyPatch) -> None:
    # given a reader that brings one partition at a time, as on a cluster
    monkeypatch.setattr(Reader, "read", _one_at_a_time(Reader.read))
    provider = Provider(core)
    asked, may_count = asyncio.Event(), asyncio.Event()
    monkeypatch.setattr(Outbound, "lengths", _held(Outbound.lengths, asked, may_count))
    one = await core.says("Hola")
    other = await eventually(partial(_elsewhere, core, one), "a conversation in another partition")
    with structlog.testing.capture_logs() as logs:
        async with sending(core, provider):
            # when replies come to two partitions just before they are counted
            await asked.wait()
            for conversation in (one, other):
                await core.does(ReplyWritten(ANA, "uno"), conversation.id)
            may_count.set()
            for conversation in (one, other):
                await until_told(core, conversation, "sent")
    # then both have left, and nothing is told of a server
    assert "outbound_gone_back" not in events(logs)
    assert provider.called_at == ["uno", "uno"]


@pytest.mark.parametrize("is_ahead", [True, False])
@pytest.mark.parametrize("comes_more", [True, False])
async def test_who_follows_the_feed_is_told_that_it_went_back(
    core: Core, redis_client: Redis, is_ahead: bool, comes_more: bool
) -> None:
    # given somebody who follows, and how the server is then
    feed = Feed(core.connection, PARTITIONS)
    conversation = await core.says("Hola")
    seen: list[Change] = []
    following = asyncio.create_task(follow(feed, await feed.position(), seen))
    go_back = await remembered(redis_client, partition_of(conversation.id))
    if is_ahead:
        await clock_ahead(redis_client, keys.key(partition_of(conversation.id), keys.FEED))
    await core.does(NoteAdded(ANA, "Una nota"), conversation.id)
    await eventually(lambda: has_seen(seen, 1), "the change")
    # when it is undone, and other things happen, or nothing does
    await go_back()
    if comes_more:
        await core.does(NoteAdded(ANA, "Otra"), conversation.id)
    # then they are told to read anew, and handed nothing out of turn; and so is who comes back with that position
    try:
        async with asyncio.timeout(10):
            with pytest.raises(PositionLost):
                await following
    finally:
        await end_task(following)
    assert len(seen) == 1
    with pytest.raises(PositionLost):
        await feed.since(seen[-1].position)


async def test_the_desk_reads_anew_and_goes_on(core: Core, redis_url: str, redis_client: Redis) -> None:
    async with running_desk(redis_url, clock=core.clock) as office:
        carla = await office.script(CARLA)
        conversation = await core.says("Hola")
        async with carla.feed() as feed:
            await feed.begun()
            go_back = await remembered(redis_client, partition_of(conversation.id))
            await clock_ahead(redis_client, keys.key(partition_of(conversation.id), keys.FEED))
            await core.does(NoteAdded(ANA, "Una nota"), conversation.id)
            assert (await feed.next()).kind == "change"
            # when that is undone
            await go_back()
            # then the page is told to read anew, and of what happens from then on
            assert (await feed.next()).kind == "reset"
            await core.does(NoteAdded(ANA, "Otra"), conversation.id)
            assert (await feed.next()).data["id"] == conversation.id


Read = Callable[..., Awaitable[list[tuple[str, list[Entry]]]]]


def _one_at_a_time(read: Read) -> Read:
    """`read`, but only the first stream that has something: a read takes nothing out, the others come again."""

    async def first(*arguments: Any, **named: Any) -> list[tuple[str, list[Entry]]]:
        return (await read(*arguments, **named))[:1]

    return first


Lengths = Callable[[Outbound], Awaitable[list[int]]]


def _held(lengths: Lengths, asked: asyncio.Event, may: asyncio.Event) -> Lengths:
    """`lengths`, once it `may`."""

    async def held(outbound: Outbound) -> list[int]:
        asked.set()
        await may.wait()
        return await lengths(outbound)

    return held


async def _elsewhere(core: Core, one: Conversation) -> Conversation | None:
    """A conversation in another partition than `one`, if this try gives one."""
    found = await core.says("Hola", f"chat:{next(_names)}")
    return found if partition_of(found.id) != partition_of(one.id) else None


_names = count(1)


async def follow(feed: Feed, position: str, seen: list[Change]) -> None:
    """Keep what the feed tells."""
    async with aclosing(feed.follow(position)) as changes:
        async for change in changes:
            seen.append(change)  # noqa: PERF401 - it never ends


async def has_seen(seen: list[Change], count: int) -> bool:
    return len(seen) >= count


def outbound_of(conversation: Conversation) -> str:
    """The stream of its replies."""
    return keys.key(partition_of(conversation.id), keys.outbound("webchat"))


async def is_waiting(core: Core, conversation: Conversation) -> bool:
    return await core.connection.commands.xlen(outbound_of(conversation)) == 1


async def is_empty(core: Core, conversation: Conversation) -> bool:
    return await core.connection.commands.xlen(outbound_of(conversation)) == 0


def _file(node: Node) -> Path:
    """The append-only file that the server writes now."""
    [file] = Path(node.ask("CONFIG", "GET", "dir")["dir"], "appendonlydir").glob("*.incr.aof")
    return file


async def _size_with(file: Path, mark: bytes) -> int:
    """How long the file is, once it holds `mark`: the server writes later while its disk is busy."""
    held = await asyncio.to_thread(file.read_bytes)
    return len(held) if mark in held else 0


def _cut(node: Node, file: Path, size: int) -> None:
    """Kill the server, take from its file what lies beyond `size`, and start it again."""
    node.kill()
    os.truncate(file, size)
    node.restart()
