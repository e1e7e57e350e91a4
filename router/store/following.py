"""Waiting for what comes: several streams at once, and topics that are told by publish and subscribe."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from datetime import timedelta

import redis.asyncio as redis

from router.store.connection import Connection, Entry, xread
from router.store.tasks import end_task

HEAR_SECONDS = 5.0


class Reader:
    """Reads several streams for one follower: with one command on one server, side by side on a cluster.

    A cluster answers for one slot at a time. So there each stream has a read of its own; the first that has something
    ends the wait, and the others go on for the next call: no command is broken off, and since a read takes nothing out
    of a stream, none can lose anything.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._reads: dict[tuple[str, str], asyncio.Task[list[Entry]]] = {}

    async def read(self, streams: Mapping[str, str], *, count: int, block: timedelta) -> list[tuple[str, list[Entry]]]:
        """What the streams hold after the ids given, stream by stream; empty if nothing came within `block`."""
        if not self._connection.is_cluster:
            return await xread(self._connection.blocking, streams, count=count, block=block)
        places = list(streams.items())
        await self._drop([place for place in self._reads if place not in places])
        loop = asyncio.get_running_loop()
        until = loop.time() + block.total_seconds()
        while True:
            for name, after in places:
                if (name, after) not in self._reads:
                    self._reads[name, after] = self._connection.keep_task(self._one(name, after, count, block))
            left = max(until - loop.time(), 0)
            done, _ = await asyncio.wait(self._reads.values(), timeout=left, return_when=asyncio.FIRST_COMPLETED)
            ended = [place for place, task in self._reads.items() if task in done]
            answers = [(place[0], self._reads.pop(place)) for place in ended]
            found = [(name, entries) for name, task in answers if (entries := task.result())]
            if found or loop.time() >= until:
                return found

    async def close(self) -> None:
        """End the reads under way; each gives up its connection."""
        await self._drop(list(self._reads))

    async def _drop(self, places: list[tuple[str, str]]) -> None:
        await asyncio.gather(*(end_task(self._reads.pop(place)) for place in places))

    async def _one(self, name: str, after: str, count: int, block: timedelta) -> list[Entry]:
        found = await xread(self._connection.blocking, {name: after}, count=count, block=block)
        return found[0][1] if found else []


async def hear(connection: Connection, topic: str) -> AsyncGenerator[bytes, None]:
    """What is told under `topic` from now on.

    Raises redis' errors when the server that tells us goes away, or says nothing more: of several servers one may be
    silent while the others go on.
    """
    # On a cluster the listener goes where the topic's slot was last seen, and doesn't look: an ordinary command does.
    await connection.commands.exists(topic)
    async with connection.commands.pubsub(ignore_subscribe_messages=True) as listener:
        await listener.subscribe(topic)
        is_asked = False
        while True:
            message = await listener.get_message(timeout=HEAR_SECONDS)
            if message is not None:
                is_asked = False
                if message["type"] == "message":
                    yield message["data"]
            elif is_asked:
                raise redis.ConnectionError("the server that we listen to is silent")
            else:
                await listener.ping()
                is_asked = True
