"""A Redis Cluster as the store sees it: redis-py's client, made to fail and to wait as the client of one server does.

What the library does differently, and what is set right here (docs/decisions/0015):
- it raises errors that are no RedisError, which no caller survives: they become ConnectionError;
- it refuses a command where all connections are in use: here the command waits for its turn;
- it asks one node, the same until the topology is read anew, where the keys of an XREAD are: they are plain to see.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import redis.asyncio as redis
from redis.asyncio.cluster import ClusterNode, ClusterPipeline, PipelineCommand, RedisCluster
from redis.exceptions import AskError, AuthenticationError, ClusterError, RedisClusterException, TryAgainError

SCHEMES = ("redis+cluster", "rediss+cluster")
AT_ONCE = 64
# Beyond those whose turn it is: who listens to a topic keeps a connection, and reads that block have one each.
MOST_CONNECTIONS = 1024
ATTEMPTS = 4
STREAMS = ("STREAMS", b"STREAMS")

Address = tuple[str, int]


def is_cluster(url: str) -> bool:
    """Whether `url` names a Redis Cluster."""
    return url.partition(":")[0] in SCHEMES


def cluster_address(url: str) -> tuple[str | None, list[Address]]:
    """The user in `url`, or None, and the nodes that it names. Raises ValueError with what is wrong."""
    parts = urlsplit(url)
    if parts.path not in ("", "/", "/0"):
        raise ValueError("a cluster has no numbered databases")
    user, _, nodes = parts.netloc.rpartition("@")
    split = [urlsplit(f"//{node}") for node in nodes.split(",")]
    if not all(node.hostname for node in split):
        raise ValueError("each node needs a host")
    return user.partition(":")[0] or None, [(str(node.hostname), node.port or 6379) for node in split]


class ClusterClient(RedisCluster):
    """A client of the cluster at `url`; `options` are those of redis-py's RedisCluster."""

    def __init__(self, url: str, password: str | None, **options: Any) -> None:
        user, nodes = cluster_address(url)
        # The library makes nodes of its own from these.
        startup = [ClusterNode(host, port) for host, port in nodes]
        super().__init__(
            startup_nodes=startup,
            username=user,
            password=password,
            ssl=url.startswith("rediss"),
            max_connections=MOST_CONNECTIONS,
            **options,
        )
        # A pipeline that is sent elsewhere becomes single commands while it has its turn: so these take turns apart.
        self._turns = asyncio.Semaphore(AT_ONCE)
        self.pipeline_turns = asyncio.Semaphore(AT_ONCE)

    async def initialize(self, *args: Any, **options: Any) -> "ClusterClient":
        """The client, with the cluster's nodes known. Raises redis' errors."""
        async with as_redis_errors():
            await super().initialize(*args, **options)
        return self

    async def execute_command(self, *args: Any, **options: Any) -> Any:
        """What a node answers. Raises redis' errors."""
        # A read that blocks would keep others from their turn, and each of them is waited for by a task of its own.
        if str(args[0]).upper() == "XREAD":
            return await self._executed(*args, **options)
        async with self._turns:
            return await self._executed(*args, **options)

    def pipeline(self, transaction: Any = None, shard_hint: Any = None) -> "_Pipeline":
        """Commands that are sent together, to each node its own."""
        return _Pipeline(self, transaction)  # type: ignore[abstract]

    def get_default_node(self) -> ClusterNode:
        """The node that is asked what any can answer."""
        node: ClusterNode | None = super().get_default_node()
        if node is None:
            self._initialize = True
            raise redis.ConnectionError("the cluster's nodes are being looked up")
        return node

    async def on_one_connection(self, key: str, commands: Sequence[tuple[Any, ...]]) -> list[Any]:
        """The answers of the node that has `key` to `commands`, all of them sent over one and the same connection.

        They may be sent again as a whole, also after they ran. The library's pipeline won't do: sent again it may split
        them among connections.
        """
        for attempt in range(ATTEMPTS):
            if attempt:
                # An ordinary command finds out where the key is now.
                await self.exists(key)
            async with self.pipeline_turns:
                answers = await self._sent(key, commands)
            failed = next((answer for answer in answers if isinstance(answer, Exception)), None)
            if failed is None:
                return answers
            if attempt == ATTEMPTS - 1 or not isinstance(failed, _PASSING):
                raise failed
        raise AssertionError("unreachable")

    async def _sent(self, key: str, commands: Sequence[tuple[Any, ...]]) -> list[Any]:
        await self.initialize()
        async with as_redis_errors():
            node = self.get_node_from_key(key)
        assert node is not None
        sent = [PipelineCommand(place, *command) for place, command in enumerate(commands)]
        try:
            async with as_redis_errors():
                await node.execute_pipeline(sent)
        except (redis.ConnectionError, redis.TimeoutError) as error:
            return [error]
        return [command.result for command in sent]

    async def _executed(self, *args: Any, **options: Any) -> Any:
        await self.initialize()
        async with as_redis_errors():
            return await super().execute_command(*args, **options)

    async def _determine_slot(self, command: str, *args: Any) -> int:
        if command.upper() == "XREAD":
            return int(self.keyslot(args[1 + next(place for place, part in enumerate(args) if part in STREAMS)]))
        return int(await super()._determine_slot(command, *args))


class _Pipeline(ClusterPipeline):
    """The library's pipeline, with the client's errors and turns."""

    async def execute(self, raise_on_error: bool = True, allow_redirections: bool = True) -> list[Any]:
        client = self.cluster_client
        assert isinstance(client, ClusterClient)
        async with client.pipeline_turns, as_redis_errors():
            found: list[Any] = await super().execute(raise_on_error, allow_redirections)
        return found


# What an ordinary command to the same key sets right, or time does.
_PASSING = (redis.ConnectionError, redis.TimeoutError, AskError, TryAgainError, ClusterError)


@asynccontextmanager
async def as_redis_errors() -> AsyncIterator[None]:
    """Let what the cluster client raises beside redis' own errors be one of them."""
    try:
        yield
    except RedisClusterException as error:
        if isinstance(error.__cause__, AuthenticationError):
            raise error.__cause__ from error
        raise redis.ConnectionError(str(error)) from error
    except AttributeError as error:
        # It closes connections that are in use when a node has gone: what is under way there finds None.
        if error.obj is not None:
            raise
        raise redis.ConnectionError("the connection was closed while the cluster's nodes were looked up") from error
