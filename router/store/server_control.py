"""What is said to the embedded server over its socket: is it there, how is it set, stop."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from enum import StrEnum
from pathlib import Path

import structlog
from redis import exceptions
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from router.model.errors import StartError

log = structlog.get_logger()

ANSWER_TIMEOUT = 5.0
PING_TIMEOUT = 1.0
"""Seconds that one command may take."""

SETTINGS = {
    "appendonly": "yes",
    "appendfsync": "always",
    "maxmemory-policy": "noeviction",
    "save": "",
    "port": "0",
    "unixsocketperm": "700",
}
"""What must hold for nothing to be lost and nobody else to get in; given at the start and read back after it."""


class Answer(StrEnum):
    """What a server says to PING."""

    READY = "ready"
    LOADING = "loading"
    NONE = "none"


async def ask(path: Path) -> Answer:
    """Whether the server at `path` serves, still reads its data, or does not answer."""
    try:
        async with _connected(path, PING_TIMEOUT) as client:
            await client.ping()
    except exceptions.BusyLoadingError:
        return Answer.LOADING
    except (exceptions.ConnectionError, exceptions.TimeoutError):
        return Answer.NONE
    return Answer.READY


async def process_of(path: Path) -> int:
    """The process ID of the server at `path`. Raises RedisError."""
    async with _connected(path) as client:
        return int((await client.info("server"))["process_id"])


async def hold_settings(path: Path, home: Path) -> None:
    """Return once the server at `path` works in `home` with SETTINGS, setting right what is wrong.

    Raises StartError when it can't be set right, RedisError when the server does not answer.
    """
    async with _connected(path) as client:
        where = (await client.config_get("dir"))["dir"] or ""
        if not _same_folder(where, home):
            raise StartError(
                f"The Redis server at {path} works in {where}, not in {home}. Stop it and start Hilo again."
            )
        wrong = await _wrong_settings(client)
        if wrong:
            log.warning("redis_settings_wrong", found=wrong, hint="setting them right")
            await _set_right(client, wrong)


async def shut_down(path: Path) -> None:
    """Ask the server at `path` to write what it has and end. Raises RedisError when it refuses or does not answer."""
    async with _connected(path) as client:
        await client.shutdown()


async def _wrong_settings(client: Redis) -> dict[str, str]:
    found = await client.config_get(*SETTINGS)
    return {name: found.get(name) or "" for name, wanted in SETTINGS.items() if found.get(name) != wanted}


async def _set_right(client: Redis, wrong: dict[str, str]) -> None:
    try:
        for name in wrong:
            await client.config_set(name, SETTINGS[name])
    except exceptions.ResponseError as error:
        raise StartError(
            f"Redis cannot be set to {name} = {SETTINGS[name]!r} ({error}). Stop it, start again."
        ) from error
    if "appendonly" in wrong:
        await _until_written(client)
    if still := await _wrong_settings(client):
        raise StartError(f"Redis does not keep its settings: {still}. Stop it and start Hilo again.")


async def _until_written(client: Redis) -> None:
    """Wait for the first append-only file after it was off: only then is anything durable."""
    while True:
        state = await client.info("persistence")
        if not state["aof_rewrite_in_progress"] and not state["aof_rewrite_scheduled"]:
            break
        await asyncio.sleep(0.05)
    if state["aof_last_bgrewrite_status"] != "ok":
        raise StartError(
            "Redis could not write its append-only file; is the disk full? Free space and start Hilo again."
        )


def _same_folder(where: str, home: Path) -> bool:
    return Path(where).resolve() == home.resolve()


@asynccontextmanager
async def _connected(path: Path, timeout: float = ANSWER_TIMEOUT) -> AsyncIterator[Redis]:
    """A client that tries once: whoever asks here decides themselves whether to ask again."""
    client = Redis(
        unix_socket_path=str(path),
        socket_timeout=timeout,
        socket_connect_timeout=timeout,
        retry=Retry(NoBackoff(), 0),
        decode_responses=True,
    )
    try:
        yield client
    finally:
        await client.aclose()
