"""Closed conversations for tests of history, and what must be true of each of them at any instant."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from history.archive import Archive, Story
from history.feeder import Feeder
from history.reading import MOST_BYTES
from router.model.decision import EntryKind
from router.model.event import ReplyWritten, Resolved
from router.model.ids import PARTITIONS, ConversationId
from router.store import keys
from router.store.connection import Connection
from router.store.outbound import ChannelLease
from router.store.wire import text
from tests.clock import HeldClock
from tests.core import ANA, Core
from tests.waiting import eventually

LONG = timedelta(hours=73)


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[Archive]:
    """The archive in `folder`."""
    archive = Archive(folder)
    try:
        yield archive
    finally:
        await archive.close()


def feeder_of(connection: Connection, archive: Archive, most_bytes: int = MOST_BYTES) -> Feeder:
    """A feeder that takes what has closed at once, reading `most_bytes` of it together."""
    lease = ChannelLease(connection, "history", timedelta(seconds=2))
    return Feeder(connection, archive, lease, HeldClock(), PARTITIONS, timedelta(0), most_bytes)


async def closed(core: Core, *senders: str) -> dict[ConversationId, Story]:
    """A conversation of each sender with an answer in it, closed by its timer, as Redis holds it."""
    names = []
    for sender in senders:
        conversation = await core.says(f"Hola, soy {sender}", sender)
        await core.does(ReplyWritten(ANA, "¿Qué necesitas?"), conversation.id)
        await core.says("Mi factura", sender)
        await core.does(Resolved(ANA, "hecho"), conversation.id)
        names.append(conversation.id)
    await core.clock.advance(LONG)

    async def are_closed() -> bool:
        return all([(await core.now(name)).is_closed for name in names])

    await eventually(are_closed, "closed by their timers")
    return {name: Story(await core.now(name), await core.timeline(name)) for name in names}


@dataclass(frozen=True)
class Kept:
    """Where the closed conversations are now; one that is whole in neither place is lost."""

    in_redis: Sequence[ConversationId]
    archived: Sequence[ConversationId]
    lost: Sequence[ConversationId]


async def kept(core: Core, archive: Archive, stories: Mapping[ConversationId, Story]) -> Kept:
    """Where `stories` are now, each told by its whole timeline."""
    redis = [name for name, story in stories.items() if await core.timeline(name) == story.entries]
    archived = [name for name, story in stories.items() if await archive.timeline(name) == story.entries]
    return Kept(redis, archived, [name for name in stories if name not in (*redis, *archived)])


async def counted(core: Core) -> dict[str, int]:
    """How many messages of each channel Redis says have gone to history."""
    total: dict[str, int] = {}
    for partition in range(PARTITIONS):
        counts = await core.connection.commands.hgetall(keys.key(partition, keys.COUNTS))
        for name, count in counts.items():
            what, _, channel = text(name).partition(":")
            if what == "archived":
                total[channel] = total.get(channel, 0) + int(count)
    return total


def messages(stories: Mapping[ConversationId, Story]) -> int:
    """How many messages the customers wrote in `stories`."""
    return sum(entry.kind is EntryKind.MESSAGE_IN for story in stories.values() for entry in story.entries)


async def left_of(core: Core, names: Sequence[ConversationId]) -> list[bytes]:
    """The keys of Redis that still carry one of `names`, and what still asks for them to be archived."""
    redis = core.connection.commands
    found = [key async for key in redis.scan_iter(count=1000) if any(name.encode() in key for name in names)]
    streams = [keys.key(partition, keys.ARCHIVE) for partition in range(PARTITIONS)]
    return found + [name.encode() for name in streams if await redis.xlen(name)]
