"""A TCP door to a Redis server, wherever it listens: a test decides what becomes of each of its answers."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from redis.asyncio.connection import parse_url

from router.store.cluster import is_cluster

NUMBER = re.compile(rb":\d+\r\n")
# What becomes of a piece of the server's answers; None drops the connection instead.
Passing = Callable[[bytes], bytes | None]
TIME = re.compile(rb"^\*2\r\n\$10\r\n(\d{10})\r\n")


class Door:
    """A way to the server at `there`; `passing` may be set anew at any time."""

    def __init__(self, there: str) -> None:
        self._there = parse_url(there)
        self._tasks: set[asyncio.Task[None]] = set()
        self.passing: Passing = bytes
        # Closed it lets nothing through either way; what was said meanwhile arrives late, as on a real line.
        self.is_open = asyncio.Event()
        self.is_open.set()
        # The first answer of which `holding` is true waits, with its connection, until `let_go`.
        self.holding: Callable[[bytes], bool] | None = None
        self.is_holding = asyncio.Event()
        self.let_go = asyncio.Event()
        self.url = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Stand between one client and the server."""
        there, back = await self._connected()
        for pump in (self._ask(reader, back), self._answer(there, writer)):
            self._tasks.add(asyncio.create_task(pump))

    async def close(self) -> None:
        """Drop all connections."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _connected(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if path := self._there.get("path"):
            return await asyncio.open_unix_connection(path)
        return await asyncio.open_connection(self._there["host"], self._there.get("port", 6379))

    async def _ask(self, client: asyncio.StreamReader, server: asyncio.StreamWriter) -> None:
        while data := await client.read(65536):
            await self.is_open.wait()
            server.write(data)
            await server.drain()
        server.close()

    async def _answer(self, server: asyncio.StreamReader, client: asyncio.StreamWriter) -> None:
        while data := await server.read(65536):
            await self.is_open.wait()
            if self.holding and self.holding(data):
                self.holding = None
                self.is_holding.set()
                await self.let_go.wait()
            passed = self.passing(data)
            if passed is None:
                break
            client.write(passed)
            await client.drain()
        client.close()


@asynccontextmanager
async def redis_door(url: str) -> AsyncIterator[Door]:
    """A door to the server at `url`, which passes everything on until it is told otherwise."""
    if is_cluster(url):
        pytest.skip("a door leads to one server; tests/faults/test_cluster.py kills those of a cluster")
    door = Door(url)
    server = await asyncio.start_server(door.serve, "127.0.0.1", 0)
    door.url = f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield door
    finally:
        server.close()
        await door.close()


def time_off_by(by: timedelta) -> Passing:
    """What a server says whose clock is off `by` so much."""

    def shifted(data: bytes) -> bytes:
        return TIME.sub(lambda found: b"*2\r\n$10\r\n%d\r\n" % (int(found[1]) + int(by.total_seconds())), data)

    return shifted


class Losing:
    """Drops the connection instead of a script's answer (a number), while there are answers `left` to lose."""

    def __init__(self) -> None:
        self.left = 0

    def __call__(self, data: bytes) -> bytes | None:
        """Pass everything else on."""
        if self.left and NUMBER.fullmatch(data):
            self.left -= 1
            return None
        return data
