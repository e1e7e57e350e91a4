"""Connections to Redis, and the scripts that all writes go through.

The client library retries by itself, also after a command ran: so every write that is not the same twice goes through a
guarded script, and blocking reads have a client of their own without retries (see docs/decisions/0003).
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from importlib import resources
from typing import Any

import redis.asyncio as redis
import structlog
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialWithJitterBackoff, NoBackoff
from redis.exceptions import NoScriptError

from router.model.clock import Clock
from router.model.errors import StartError

log = structlog.get_logger()

Entry = tuple[bytes, dict[bytes, bytes]]

BLOCK_SECONDS = 2.0
COMMAND_SECONDS = 10.0
MOST_CONNECTIONS = 64


class Connection:
    """One server's clients: `commands` for what answers at once, `blocking` for reads that wait for something."""

    def __init__(self, url: str, password: str | None = None) -> None:
        self.url = url
        backoff = ExponentialWithJitterBackoff(base=0.02, cap=0.5)
        # Who finds all connections in use waits for one: a burst is served in turn instead of failing.
        pool: redis.BlockingConnectionPool = redis.BlockingConnectionPool.from_url(
            url,
            password=password,
            max_connections=MOST_CONNECTIONS,
            timeout=COMMAND_SECONDS,
            socket_timeout=COMMAND_SECONDS,
            socket_connect_timeout=5.0,
            retry=Retry(backoff, 3),
        )
        self.commands = redis.Redis.from_pool(pool)
        self.blocking: redis.Redis = redis.from_url(
            url,
            password=password,
            socket_timeout=BLOCK_SECONDS + 3.0,
            socket_connect_timeout=5.0,
            retry=Retry(NoBackoff(), 0),
        )

    async def close(self) -> None:
        """Close every connection."""
        await self.commands.aclose()
        await self.blocking.aclose()


class Script:
    """A Lua script kept on the server under its digest, loaded again where the server has forgotten it."""

    def __init__(self, connection: Connection, source: str) -> None:
        self._redis = connection.commands
        self._source = source
        self._sha: str | None = None

    async def __call__(self, keys: Sequence[str], *arguments: str | bytes | float) -> Any:
        """What the script returns."""
        sha = self._sha or await self._load()
        try:
            return await self._redis.evalsha(sha, len(keys), *keys, *arguments)
        except NoScriptError:
            return await self._redis.evalsha(await self._load(), len(keys), *keys, *arguments)

    async def _load(self) -> str:
        self._sha = await self._redis.script_load(self._source)
        return self._sha


async def xread(
    client: redis.Redis, streams: Mapping[str, str], *, count: int, block: timedelta
) -> list[tuple[str, list[Entry]]]:
    """What the streams hold after the ids given, stream by stream; empty if nothing came within `block`."""
    wanted: dict[Any, Any] = dict(streams)
    found: Any = await client.xread(wanted, count=count, block=int(block.total_seconds() * 1000))
    return [(name.decode(), entries) for name, entries in found]


async def xrange(
    client: redis.Redis, name: str, start: str = "-", end: str = "+", count: int | None = None
) -> list[Entry]:
    """The entries of a stream from `start` to `end`."""
    found: Any = await client.xrange(name, min=start, max=end, count=count)
    return list(found)


def lua(name: str) -> str:
    """The text of the script `name` that lies beside this module."""
    return resources.files("router.store").joinpath(f"{name}.lua").read_text(encoding="utf-8")


async def until_reachable(connection: Connection, clock: Clock) -> None:
    """Return once the server answers; until then say so, once at the beginning and then rarely."""
    attempt = 0
    while True:
        try:
            await connection.commands.ping()
        except redis.AuthenticationError as error:
            raise StartError(f"Redis at {safe_url(connection.url)} refused us: {error}") from error
        except (redis.ConnectionError, redis.TimeoutError, OSError) as error:
            if attempt % 20 == 0:
                log.warning(
                    "redis_away", url=safe_url(connection.url), error=str(error), hint="waiting until it answers"
                )
            attempt += 1
            await clock.sleep(timedelta(seconds=min(0.1 * 2 ** min(attempt, 5), 2.0)))
        else:
            if attempt:
                log.info("redis_back", url=safe_url(connection.url))
            return


def safe_url(url: str) -> str:
    """`url` without user and password, for logs."""
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}"
