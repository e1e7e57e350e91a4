"""Connections to Redis, and the scripts that all writes go through.

The client library retries by itself, also after a command ran: so every write that is not the same twice goes through a
guarded script, and blocking reads have a client of their own without retries (see docs/decisions/0003).
"""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from datetime import timedelta
from functools import partial
from importlib import resources
from typing import Any, TypeVar, cast

import redis.asyncio as redis
import structlog
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialWithJitterBackoff, NoBackoff
from redis.exceptions import ClusterError, MovedError, NoScriptError

from router.model.clock import Clock
from router.model.errors import StartError, TemporaryError
from router.store import keys
from router.store.cluster import ClusterClient, is_cluster
from router.store.tasks import end_task

log = structlog.get_logger()

Entry = tuple[bytes, dict[bytes, bytes]]

BLOCK_SECONDS = 2.0
COMMAND_SECONDS = 10.0
CONNECT_SECONDS = 5.0
REPLICA_SECONDS = 2.0
CLUSTER_HINT = "write `redis+cluster://` in `redis.url`"
MOST_CONNECTIONS = 64

T = TypeVar("T")
Call = tuple[Any, ...]
"""The keys of a script's call, and then its arguments."""
Asking = Callable[..., Awaitable[Any]]


class NotReplicated(TemporaryError, redis.RedisError):
    """Too few replicas hold what was written: it counts as not written, and may be written again."""


class Connection:
    """The clients of one server or of one cluster.

    `commands` is for what answers at once, `blocking` for reads that wait for something. `replicas` is how many of them
    must hold what a source is told "received" for.
    """

    def __init__(self, url: str, password: str | None = None, replicas: int = 0) -> None:
        self.url = url
        self.is_cluster = is_cluster(url)
        self.replicas = replicas
        self.commands, self.blocking = (_cluster if self.is_cluster else _server)(url, password)
        self._tasks: set[asyncio.Task[Any]] = set()

    def keep_task(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Run `work`, which may be left to itself: it ends with the connection at the latest."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._forget)
        return task

    async def primaries(self) -> dict[str, Asking]:
        """Each server that takes writes, by its address: what it answers to a command. Raises redis' errors."""
        client: object = self.commands
        if not isinstance(client, ClusterClient):
            return {safe_url(self.url): self.commands.execute_command}
        await client.initialize()
        return {node.name: partial(client.execute_command, target_nodes=node) for node in client.get_primaries()}

    async def close(self) -> None:
        """Close every connection."""
        await asyncio.gather(*(end_task(task) for task in tuple(self._tasks)))
        await self.commands.aclose()
        await self.blocking.aclose()

    def _forget(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            # Looked at, so that nobody is warned of what nobody waited for any more.
            task.exception()


def _server(url: str, password: str | None) -> tuple[redis.Redis, redis.Redis]:
    # Who finds all connections in use waits for one: a burst is served in turn instead of failing.
    pool: redis.BlockingConnectionPool = redis.BlockingConnectionPool.from_url(
        url,
        password=password,
        max_connections=MOST_CONNECTIONS,
        timeout=COMMAND_SECONDS,
        socket_timeout=COMMAND_SECONDS,
        socket_connect_timeout=CONNECT_SECONDS,
        retry=_patience(),
    )
    blocking: redis.Redis = redis.from_url(
        url,
        password=password,
        socket_timeout=BLOCK_SECONDS + 3.0,
        socket_connect_timeout=CONNECT_SECONDS,
        retry=Retry(NoBackoff(), 0),
    )
    return redis.Redis.from_pool(pool), blocking


def _cluster(url: str, password: str | None) -> tuple[redis.Redis, redis.Redis]:
    commands = ClusterClient(
        url,
        password,
        socket_timeout=COMMAND_SECONDS,
        socket_connect_timeout=CONNECT_SECONDS,
        retry=_patience(),
    )
    blocking = ClusterClient(
        url,
        password,
        socket_timeout=BLOCK_SECONDS + 3.0,
        socket_connect_timeout=CONNECT_SECONDS,
        retry=Retry(NoBackoff(), 0),
    )
    # It is another class with the same commands; what differs for keys in several slots is dealt with beside it.
    return cast("redis.Redis", commands), cast("redis.Redis", blocking)


def _patience() -> Retry:
    return Retry(ExponentialWithJitterBackoff(base=0.02, cap=0.5), 3)


class Script:
    """A Lua script under its digest; where the server does not know it (restarted, promoted), it is sent as a whole."""

    def __init__(self, connection: Connection, source: str) -> None:
        self._connection = connection
        self._source = source
        self._sha = hashlib.sha1(source.encode(), usedforsecurity=False).hexdigest()

    async def __call__(self, keys: Sequence[str], *arguments: str | bytes | float) -> Any:
        """What the script returns."""
        client = self._connection.commands
        try:
            return await client.evalsha(self._sha, len(keys), *keys, *arguments)
        except NoScriptError:
            return await client.eval(self._source, len(keys), *keys, *arguments)

    async def each(self, calls: Sequence[Call]) -> list[Any]:
        """What the script returns for each call, or the error that it raised: all on one way to the server and back.

        Raises redis' errors when the server is away.
        """
        if len(calls) < 2 or self._connection.is_cluster:
            answers: list[Any] = await asyncio.gather(*(self(*call) for call in calls), return_exceptions=True)
        else:
            async with self._connection.commands.pipeline(transaction=False) as pipe:
                for names, *arguments in calls:
                    pipe.evalsha(self._sha, len(names), *names, *arguments)
                answers = await pipe.execute(raise_on_error=False)
            if any(isinstance(answer, NoScriptError) for answer in answers):
                answers = await asyncio.gather(*(self(*call) for call in calls), return_exceptions=True)
        for answer in answers:
            if isinstance(answer, BaseException) and not isinstance(answer, redis.ResponseError):
                raise answer
        return answers

    async def kept(self, names: Sequence[str], *arguments: str | bytes | float) -> Any:
        """What the script returns, once as many replicas as the connection asks for hold what it found and wrote.

        Raises NotReplicated where they don't in time.
        """
        if not self._connection.replicas:
            return await self(names, *arguments)
        try:
            return await self._waited(("EVALSHA", self._sha, len(names), *names, *arguments), names[0])
        except NoScriptError:
            return await self._waited(("EVAL", self._source, len(names), *names, *arguments), names[0])

    async def _waited(self, command: tuple[Any, ...], name: str) -> Any:
        """WAIT counts for the writes of its own connection alone, and a script that found all done writes nothing:

        so a mark is written behind it, over the same connection. Whoever holds the mark holds all before it.
        """
        wanted = self._connection.replicas
        mark = ("SET", keys.kept(name), "1", "EX", 60)
        wait = ("WAIT", wanted, int(REPLICA_SECONDS * 1000))
        answer, _, held = await _on_one_connection(self._connection.commands, name, (command, mark, wait))
        if held < wanted:
            raise NotReplicated(f"{held} of {wanted} replicas hold it; redis.replicas asks for all of these")
        return answer


async def _on_one_connection(client: object, name: str, commands: Sequence[tuple[Any, ...]]) -> list[Any]:
    if isinstance(client, ClusterClient):
        return await client.on_one_connection(name, commands)
    assert isinstance(client, redis.Redis)
    async with client.pipeline(transaction=False) as pipe:
        for command in commands:
            pipe.execute_command(*command)
        answers: list[Any] = await pipe.execute()
    return answers


async def xread(
    client: redis.Redis, streams: Mapping[str, str], *, count: int, block: timedelta
) -> list[tuple[str, list[Entry]]]:
    """What the streams hold after the ids given, stream by stream; empty if nothing came within `block`.

    On a cluster one stream only: `following.Reader` reads several.
    """
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
            # Not a PING: a cluster's nodes answer that while the cluster serves no key.
            await connection.commands.exists(keys.META)
        except redis.AuthenticationError as error:
            raise StartError(f"Redis at {safe_url(connection.url)} refused us: {error}") from error
        except MovedError as error:
            raise StartError(f"Redis at {safe_url(connection.url)} is one of a cluster: {CLUSTER_HINT}") from error
        except (redis.ConnectionError, redis.TimeoutError, ClusterError, OSError) as error:
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
