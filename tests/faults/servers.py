"""Hands for the tests of the embedded server: talk to one, see which run, leave an orphan behind."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from router.store.server import EmbeddedServer, socket_path

SERVE = """
import asyncio, pathlib, sys
from router.store.server import EmbeddedServer
async def serve():
    async with EmbeddedServer(pathlib.Path(sys.argv[1])):
        print("ready", flush=True)
        await asyncio.sleep(60)
asyncio.run(serve())
"""


async def command(url: str, *words: str) -> Any:
    """What the server at `url` answers to one command, asked once."""
    client = Redis.from_url(url, decode_responses=True, socket_timeout=5, retry=Retry(NoBackoff(), 0))
    try:
        return await client.execute_command(*words)  # type: ignore[no-untyped-call]
    finally:
        await client.aclose()


async def settings(server: EmbeddedServer, *names: str) -> dict[str, str]:
    """How `server` is set."""
    return {name: (await command(server.url, "CONFIG", "GET", name))[name] for name in names}


async def until(condition: Callable[[], bool], seconds: float = 15) -> None:
    """Return once `condition` holds. Raises TimeoutError."""
    async with asyncio.timeout(seconds):
        # An outside process tells nobody that it has changed.
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def kill(server: EmbeddedServer) -> None:
    """Kill the server's process and return once another has taken its place."""
    before = server.pid
    os.kill(before, signal.SIGKILL)
    await until(lambda: server.pid != before)


def events(logs: Sequence[Mapping[str, Any]]) -> list[str]:
    """The names of what was logged."""
    return [entry["event"] for entry in logs]


def servers_on(folder: Path) -> list[int]:
    """The process IDs of all servers that work in the data folder, ended ones not counted."""
    homes = {entry.name: entry / "cwd" for entry in Path("/proc").iterdir() if entry.name.isdigit()}
    return [int(pid) for pid, home in homes.items() if _works_in(home, folder / "redis")]


def _works_in(link: Path, home: Path) -> bool:
    with suppress(OSError):
        return link.readlink() == home
    return False


@asynccontextmanager
async def running(code: str, folder: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """A Python process on `code` that has said "ready"; it is killed at the end."""
    root = Path(__file__).parents[2]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, folder, stdout=asyncio.subprocess.PIPE, cwd=root
    )
    try:
        assert process.stdout
        async with asyncio.timeout(30):
            while (line := await process.stdout.readline()) != b"ready\n":
                assert line, "it ended before it was ready"
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


@asynccontextmanager
async def orphan(folder: Path) -> AsyncIterator[int]:
    """The process ID of a server whose parent was killed after it had written; nothing is left at the end."""
    try:
        async with running(SERVE, folder) as parent:
            url = f"unix://{socket_path(folder)}"
            await command(url, "SET", "written", "before the kill")
            parent.kill()
            await parent.wait()
        [pid] = servers_on(folder)
        yield pid
    finally:
        for left in servers_on(folder):
            os.kill(left, signal.SIGKILL)
