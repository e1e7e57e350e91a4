"""A cluster whose primary is killed: Hilo goes on by itself, and with `redis.replicas` nothing acknowledged is lost."""

import asyncio
import os
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
import structlog.testing
from redis.asyncio import Redis
from redis.exceptions import RedisError

from router.model.clock import SystemClock
from router.model.event import MessageArrived
from router.model.ids import PARTITIONS
from router.model.message import InboundMessage
from router.store import keys, wire
from router.store.connection import Connection, NotReplicated, xrange
from router.store.feed import Feed
from router.store.following import hear
from router.store.inbox import Inbox
from router.store.room import Door, Room
from router.store.silence import why_silent
from router.store.tasks import end_task
from tests.checker import Found, compare
from tests.core import written
from tests.processes import hilo, router_config
from tests.redis_servers import Cluster, Node, client_of, one_server, until
from tests.waiting import eventually

KILLED = keys.key(0, keys.INBOUND)
"""The primary of this key is the one that is killed."""


@pytest.fixture
async def redis(made: Cluster) -> AsyncIterator[Redis]:
    await asyncio.to_thread(made.repair)
    client = client_of(made.url)
    await client.flushall()
    yield client
    await client.aclose()


async def test_after_a_failover_everything_goes_on_by_itself(tmp_path: Path, made: Cluster, redis: Redis) -> None:
    # given a router, somebody who follows the feed, and customers who write
    config = router_config(tmp_path / "hilo", made.url)
    async with _connected(made) as connection, hilo("router", config=config) as router:
        await router.says("ready")
        source = Source(connection)
        changed: set[str] = set()
        async with _following(connection, changed):
            await source.brings([written(f"{number}", f"chat:early-{number % 20}") for number in range(100)])
            # when the primary of some partitions is killed while they write on
            writing = asyncio.create_task(
                source.brings([written(f"{number}", f"chat:while-{number % 20}") for number in range(400)])
            )
            await eventually(lambda: source.has_brought(150), "messages under way", 30)
            killed = made.primary_of(KILLED)
            assert not writing.done()
            killed.kill()
            await eventually(lambda: _is_served(made, killed), "a replica took over", 30)
            await writing
            # then what is accepted from now on gets into the timelines, once and in order
            later = [written(f"{number}", f"chat:later-{number % 20}") for number in range(100)]
            await source.brings(later)
            found = await eventually(lambda: source.told(redis), "all committed", 40)
            assert [line for line in found.lost if line.startswith("chat:later")] == []
            assert (found.doubled, found.ownerless) == ([], [])
            # and the feed tells of all that Redis holds, the router never fell over, and what was lost is known
            assert router.is_running
            await eventually(lambda: _all_changed(redis, changed), "the feed told of every conversation", 20)
        sys.stdout.write(f"acknowledged and lost, without redis.replicas: {len(found.lost)} of {source.count}\n")


@pytest.mark.parametrize("replicas", [0, 1])
async def test_with_replicas_nothing_acknowledged_is_lost(made: Cluster, redis: Redis, replicas: int) -> None:
    """With 0 it is the control arm: a replica that lags and is promoted has never seen what was acknowledged."""
    primary = made.primary_of(KILLED)
    replica = _replica_of(made, primary)
    async with _connected(made, replicas) as connection:
        source = Source(connection)
        # A client that looks for the nodes asks any of them, and would wait for the one that stands still.
        await source.brings([written("Hola", "chat:first")])
        # given a replica that stands still and has lost its line, and messages for its primary
        messages = [written(str(number), f"chat:customer-{number}") for number in range(60)]
        replica.process.send_signal(signal.SIGSTOP)
        # Else the system would keep what is on its way to it.
        primary.ask("CLIENT", "KILL", "TYPE", "REPLICA")
        writing = asyncio.gather(*(source.brings([message]) for message in messages))
        await eventually(lambda: _holds_some(primary, writing, replicas), "the primary holds messages", 30)
        # when the primary is killed and the replica takes over
        primary.kill()
        replica.process.send_signal(signal.SIGCONT)
        await eventually(lambda: _is_served(made, primary), "the replica took over", 30)
        # and the killed one is started again, as a service manager does
        await asyncio.to_thread(made.repair)
        async with asyncio.timeout(60):
            await writing
        # then each message that its source was told "received" for is there once
        there = Counter(await _waiting(connection))
        assert max(there.values()) == 1
        lost = [message.key for message in messages if message.key not in there]
    sys.stdout.write(f"acknowledged and lost, redis.replicas {replicas}: {len(lost)} of {len(messages)}\n")
    assert bool(lost) is (replicas == 0)


async def test_who_listens_hears_again_after_a_failover(made: Cluster, redis: Redis) -> None:
    async with _connected(made) as connection:
        # given somebody who listens to a topic at the node that is killed, and begins again whenever told to
        topic = next(f"topic-{n}" for n in range(99) if made.primary_of(f"topic-{n}") is made.primary_of(KILLED))
        heard: list[bytes] = []
        task = asyncio.create_task(_hears(connection, topic, heard))
        await eventually(lambda: _heard(connection, topic, heard, b"before"), "it hears", 20)
        # when that node is killed
        killed = made.primary_of(KILLED)
        killed.kill()
        await eventually(lambda: _is_served(made, killed), "a replica took over", 30)
        # then it hears what is told after
        await eventually(lambda: _heard(connection, topic, heard, b"after"), "it hears again", 20)
        await end_task(task)


async def test_a_script_that_a_new_primary_never_saw_still_runs(made: Cluster, redis: Redis) -> None:
    async with _connected(made) as connection:
        # given an inbox whose script all primaries know, and a primary that forgets it
        source = Source(connection)
        await source.brings([written("Hola", f"chat:early-{number}") for number in range(30)])
        made.primary_of(KILLED).ask("SCRIPT", "FLUSH")
        # then it takes messages as before
        inbox = Inbox(connection, SystemClock())
        for number in range(30):
            message = written("Hola", f"chat:later-{number}")
            assert (await inbox.accept(MessageArrived(message), message.key)).is_new
        assert len(await _waiting(connection)) == 60


async def test_one_server_without_replicas_tells_nobody_received(made: Cluster) -> None:
    with one_server() as url:
        # given a server alone, and a configuration that asks for a replica
        connection = Connection(url, replicas=1)
        inbox = Inbox(connection, SystemClock())
        message = written("Hola")
        # then nothing is received, however often it is brought
        for _ in range(2):
            with pytest.raises(NotReplicated):
                await inbox.accept(MessageArrived(message), message.key)
        await connection.close()


async def test_who_watches_is_told_which_primary_does_not_answer(made: Cluster, redis: Redis) -> None:
    async with _connected(made) as connection:
        assert await why_silent(connection) == ""
        # when a primary is dead and nobody has taken over yet, then it is the one that is named
        dead = made.primary_of(KILLED)
        dead.kill()
        assert await why_silent(connection) == f"Redis does not answer at 127.0.0.1:{dead.port}"
        # and once a replica has taken over, nothing is told any more
        await eventually(lambda: _is_calm(connection), "all primaries answer", 30)


async def test_a_primary_whose_replica_is_away_is_named_and_the_others_go_on(made: Cluster, redis: Redis) -> None:
    async with _connected(made, replicas=1) as connection:
        room = Room(connection, PARTITIONS)
        await eventually(lambda: _says(room, ""), "all replicas are there", 30)
        # when a replica is dead
        primary = made.primary_of(KILLED)
        _replica_of(made, primary).kill()
        with structlog.testing.capture_logs() as logs:
            await eventually(
                lambda: _says(room, f"0 of 1 replicas are there at 127.0.0.1:{primary.port}"), "the reason"
            )
            await room.look()
        # then it is told once, nobody is refused at the door, and what another primary holds is received
        assert [line["event"] for line in logs] == ["replicas_away"]
        assert await _received_by_some(Inbox(connection, SystemClock(), room=room))
        # and once the replica is back, nothing is told any more
        await asyncio.to_thread(made.repair)
        await eventually(lambda: _says(room, ""), "the replica is back", 30)


async def _says(room: Room, reason: str) -> bool:
    await room.look()
    return room.why_closed(Door.ARRIVALS) == reason


async def _received_by_some(inbox: Inbox) -> bool:
    """Whether any of thirty customers' messages is received, and any is not."""
    messages = [written("Hola", f"chat:some-{number}") for number in range(30)]
    accepts = (inbox.accept(MessageArrived(message), message.key) for message in messages)
    told = await asyncio.gather(*accepts, return_exceptions=True)
    refused = [answer for answer in told if isinstance(answer, BaseException)]
    assert all(isinstance(error, NotReplicated) for error in refused)
    return 0 < len(refused) < len(told)


async def _is_calm(connection: Connection) -> bool:
    return not await why_silent(connection)


class Source:
    """Brings messages again until it is told "received", as a channel's source does."""

    def __init__(self, connection: Connection) -> None:
        self._inbox = Inbox(connection, SystemClock())
        self._sent: dict[str, list[str]] = {}
        self.count = 0

    async def brings(self, messages: list[InboundMessage]) -> None:
        """Return once all are received, one after the other."""
        for message in messages:
            while True:
                with suppress(RedisError, OSError):
                    await self._inbox.accept(MessageArrived(message), message.key)
                    break
                await asyncio.sleep(0.1)
            self._sent.setdefault(str(message.sender), []).append(message.text)
            self.count += 1

    async def has_brought(self, number: int) -> bool:
        """Whether so many are received."""
        return self.count >= number

    async def told(self, redis: Redis) -> Found | None:
        """What the checker finds once nothing waits any more."""
        waiting = [await redis.xlen(keys.key(partition, keys.INBOUND)) for partition in range(PARTITIONS)]
        return None if sum(waiting) else await compare(redis, self._sent)


@asynccontextmanager
async def _connected(made: Cluster, replicas: int = 0) -> AsyncIterator[Connection]:
    connection = Connection(made.url, replicas=replicas)
    try:
        yield connection
    finally:
        await connection.close()


@asynccontextmanager
async def _following(connection: Connection, changed: set[str]) -> AsyncIterator[None]:
    """Somebody who notes each conversation that the feed tells of, and begins anew where it breaks off."""

    async def follow() -> None:
        feed = Feed(connection, PARTITIONS)
        position = await feed.position()
        while True:
            with suppress(RedisError, OSError):
                async for change in feed.follow(position):
                    changed.add(str(change.conversation))
                    position = change.position
            await asyncio.sleep(0.1)

    task = asyncio.create_task(follow())
    try:
        yield
        assert not task.done()
    finally:
        await end_task(task)


async def _hears(connection: Connection, topic: str, heard: list[bytes]) -> None:
    while True:
        with suppress(RedisError, OSError):
            async for told in hear(connection, topic):
                heard.append(told)  # noqa: PERF401 - each as it comes
        await asyncio.sleep(0.1)


async def _heard(connection: Connection, topic: str, heard: list[bytes], word: bytes) -> bool:
    with suppress(RedisError, OSError):
        await connection.commands.publish(topic, word)
    return word in heard


async def _is_served(made: Cluster, killed: Node) -> bool:
    """Whether the living nodes agree that another has taken over, and serve all keys again."""
    states = await asyncio.to_thread(lambda: [node.ask("CLUSTER INFO")["cluster_state"] for node in made.living()])
    return made.primary_of(KILLED) is not killed and set(states) == {"ok"}


def _replica_of(made: Cluster, primary: Node) -> Node:
    until(lambda: primary.ask("INFO", "replication")["connected_slaves"] == 1, "it has a replica")
    port = primary.ask("INFO", "replication")["slave0"]["port"]
    return next(node for node in made.nodes if node.port == port)


async def _holds_some(primary: Node, writing: "asyncio.Future[list[None]]", replicas: int) -> bool:
    """Whether all is acknowledged; where replicas count it can't be, and the primary holds some that are not."""
    if not replicas:
        return writing.done()
    assert not writing.done(), "acknowledged although the replica stood still"
    found = await asyncio.to_thread(primary.ask, "KEYS", "hilo:{p??}:in")
    return bool(found)


async def _waiting(connection: Connection) -> list[str]:
    """The keys of all messages in the partitions' streams."""
    found: list[str] = []
    for partition in range(PARTITIONS):
        for identifier, fields in await xrange(connection.commands, keys.key(partition, keys.INBOUND)):
            body = wire.read_event(identifier, partition, fields).body
            found += [body.message.key] if isinstance(body, MessageArrived) else []
    return found


async def _all_changed(redis: Redis, changed: set[str]) -> bool:
    """Whether each conversation that Redis holds was told of."""
    names = {os.fsdecode(key).rpartition(":")[2] async for key in redis.scan_iter("hilo:*:conv:*", count=1000)}
    return names <= changed


async def test_what_is_under_way_while_connections_are_closed_fails_as_redis_does(made: Cluster, redis: Redis) -> None:
    """A client closes them when a node has gone, and those that are in use too."""
    async with _connected(made) as connection:
        commands = connection.commands
        for turns in range(60):
            # given commands on their way
            asked = [asyncio.ensure_future(commands.get(f"key-{number}")) for number in range(64)]
            for _ in range(turns % 20):
                await asyncio.sleep(0)
            # when the client closes its connections, and opens others
            await commands.aclose()
            # then whoever waits gets an answer, or an error that it can survive
            ended = await asyncio.gather(*asked, return_exceptions=True)
            assert [each for each in ended if each is not None and not isinstance(each, RedisError | OSError)] == []
