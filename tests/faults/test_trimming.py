"""What grows by itself is trimmed: the feed behind its slowest reader, what was seen once it can't come again."""

import os
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import structlog.testing
from redis.asyncio import Redis

from router.model.clock import SystemClock
from router.model.event import MessageArrived
from router.model.ids import PARTITIONS
from router.store import keys
from router.store.connection import Connection
from router.store.feed import Feed, PositionLost
from router.store.inbox import Inbox
from router.store.lease import Leases
from router.store.metrics import exposition
from router.store.readers import Readers, reader_name
from router.store.wire import text
from router.trimmer import Trimmer
from tests.clock import HeldClock
from tests.core import running_core, written
from tests.desk import running_desk
from tests.faults.servers import events
from tests.waiting import eventually
from tests.webchat import open_chat, settings_for_tests

KEPT, MOST = 1_000, 4_000
# A stream is trimmed by whole nodes of a hundred entries.
NODE = 100
FEED = keys.key(0, keys.FEED)


class Rig:
    """A trimmer that holds every partition, and hands on what it trims."""

    def __init__(self, url: str) -> None:
        self.connection = Connection(url)
        self.clock = HeldClock()
        self.readers = Readers(self.connection, self.clock)
        self.feed = Feed(self.connection, PARTITIONS)
        self.leases = Leases(self.connection, PARTITIONS, timedelta(seconds=30))
        channels = ("webchat", "email", "receipt")
        self.trimmer = Trimmer(self.connection, self.clock, self.leases, PARTITIONS, channels, KEPT, MOST)

    async def changes(self, count: int) -> None:
        """So many changes in the first partition."""
        async with self.connection.commands.pipeline(transaction=False) as pipe:
            for number in range(count):
                pipe.xadd(FEED, {"c": f"c-00-{number}", "r": "1"})
            await pipe.execute()

    async def trimmed(self) -> int:
        """How many changes the first partition's feed holds after one pass."""
        await self.trimmer.trim()
        return int(await self.connection.commands.xlen(FEED))


@pytest.fixture
async def rig(redis_url: str, redis_client: Redis) -> AsyncIterator[Rig]:
    made = Rig(redis_url)
    await made.leases.balance()
    yield made
    await made.leases.leave()
    await made.connection.close()


async def test_the_feed_is_kept_for_its_slowest_reader_and_no_longer(rig: Rig) -> None:
    # given a reader who is behind, and one who has read all
    await rig.changes(10)
    behind = await rig.feed.position()
    await rig.changes(3_000)
    await rig.readers.tell("history", behind)
    await rig.readers.tell("desk", await rig.feed.position())
    # then nothing that the first needs goes
    assert await rig.trimmed() >= 3_000
    assert len(await rig.feed.since(behind, 3_000)) == 3_000
    # when it has read on, all but the latest go, and those are there for whoever comes back
    await rig.readers.tell("history", await rig.feed.position())
    assert KEPT <= await rig.trimmed() <= KEPT + NODE
    with pytest.raises(PositionLost):
        await rig.feed.since(behind, 5_000)


async def test_a_reader_who_is_too_far_behind_is_told_so(rig: Rig) -> None:
    await rig.changes(1)
    behind = await rig.feed.position()
    await rig.readers.tell("history", behind)
    # when more comes than the feed may ever hold
    await rig.changes(MOST + 2_000)
    assert MOST <= await rig.trimmed() <= MOST + NODE
    with pytest.raises(PositionLost):
        await rig.feed.since(behind, 10_000)


async def test_who_says_nothing_for_a_day_is_dropped_aloud_and_a_dead_process_at_once(rig: Rig) -> None:
    start = await rig.feed.position()
    await rig.changes(3_000)
    await rig.readers.tell("history", start)
    machine, _, _, chance = reader_name("desk").rpartition("@")[2].split(".")
    await rig.readers.tell(f"desk@{machine}.{os.getpid()}.1.{chance}", start)
    with structlog.testing.capture_logs() as logs:
        await rig.clock.advance(timedelta(hours=23))
        assert await rig.trimmed() == 3_000
        assert await rig.connection.commands.hlen(keys.READERS) == 1
        await rig.clock.advance(timedelta(hours=2))
        assert await rig.trimmed() <= KEPT + NODE
    assert events(logs) == ["feed_reader_dropped"]


async def test_who_lost_the_lease_trims_nothing(rig: Rig) -> None:
    await rig.changes(3_000)
    await rig.connection.commands.set(keys.key(0, keys.LEASE), "another's")
    assert await rig.trimmed() == 3_000


async def test_what_was_seen_is_forgotten_in_its_time_also_when_nothing_new_comes(rig: Rig) -> None:
    # given a burst of chats and mails, and silence after it
    inbox = Inbox(rig.connection, rig.clock)
    for number in range(1_200):
        message = written(f"m {number}", "chat:ada", f"m-{number}", rig.clock.now())
        await inbox.accept(MessageArrived(message), message.key)
    mail = written("hola", "email:ana@example.org", "mail-1", rig.clock.now(), channel="email")
    await inbox.accept(MessageArrived(mail), mail.key)
    # when three days have passed, all that a chat brought is forgotten, and what a mailbox may bring again is not
    await rig.clock.advance(timedelta(hours=71))
    await rig.trimmer.trim()
    assert await seen(rig, "webchat") == 1_200
    await rig.clock.advance(timedelta(hours=2))
    await rig.trimmer.trim()
    assert (await seen(rig, "webchat"), await seen(rig, "email")) == (0, 1)
    assert not (await inbox.accept(MessageArrived(mail), mail.key)).is_new


async def test_many_dead_letters_are_told_once(rig: Rig) -> None:
    async with rig.connection.commands.pipeline(transaction=False) as pipe:
        for _ in range(1_001):
            pipe.xadd(keys.key(3, keys.DEAD), {"error": "x"})
        await pipe.execute()
    with structlog.testing.capture_logs() as logs:
        await rig.trimmer.trim()
        await rig.trimmer.trim()
    assert events(logs) == ["many_dead_letters"]
    assert b"hilo_dead_letters_waiting 1001.0" in exposition()


async def test_desk_and_chat_say_how_far_they_have_read_and_leave_with_a_word(
    redis_url: str, redis_client: Redis
) -> None:
    async with running_core(redis_url, clock=SystemClock()) as core:
        async with running_desk(redis_url), open_chat(core, redis_url, settings_for_tests()):

            async def known() -> bool:
                names = [text(name).partition("@")[0] for name in await redis_client.hkeys(keys.READERS)]
                return sorted(names) == ["desk", "webchat"]

            await eventually(known, "both readers")
        assert await redis_client.exists(keys.READERS) == 0


async def seen(rig: Rig, channel: str) -> int:
    return sum([await rig.connection.commands.zcard(keys.key(p, keys.seen(channel))) for p in range(PARTITIONS)])
