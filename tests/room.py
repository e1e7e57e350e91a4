"""A store that fills up in a test: memory up to a share, and the room that watches it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from redis.asyncio import Redis

from router.model.ids import PARTITIONS
from router.store.connection import Connection
from router.store.fullness import Bounds, share_of
from router.store.room import Room

MAXMEMORY = 64 * 2**20
BALLAST = "somebody else's"


@asynccontextmanager
async def watched_room(connection: Connection, bounds: Bounds | None = None) -> AsyncIterator[Room]:
    """A room that looks by itself."""
    room = Room(connection, PARTITIONS, bounds)
    await room.look()
    task = asyncio.create_task(room.run())
    try:
        yield room
    finally:
        room.stop()
        await task


async def fill(url: str, share: float) -> None:
    """Let the server have 64 MiB, of which a big key that is not Hilo's leaves `1 - share`."""
    async with Redis.from_url(url) as client:
        await client.config_set("maxmemory", MAXMEMORY)
        await client.delete(BALLAST)
        used = share_of(await client.info("memory"), None)
        # A key that is sent whole would count twice while it is on its way.
        await client.setrange(BALLAST, int((share - used) * MAXMEMORY), "x")


async def make_room(url: str) -> None:
    """Take the big key away."""
    async with Redis.from_url(url) as client:
        await client.delete(BALLAST)


async def evicted(url: str) -> int:
    """How many keys the server threw away."""
    async with Redis.from_url(url) as client:
        return int((await client.info("stats"))["evicted_keys"])


async def paused(url: str, duration: timedelta) -> None:
    """Let the server answer nobody for a while."""
    async with Redis.from_url(url) as client:
        await client.client_pause(int(duration / timedelta(milliseconds=1)))
