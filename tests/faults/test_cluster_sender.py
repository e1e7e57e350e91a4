"""A primary killed while a reply leaves: with `redis.replicas` whoever is promoted knows that it may have left."""

import asyncio
import signal
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from router.model.conversation import Conversation
from router.model.event import ReplyWritten
from router.model.ids import partition_of
from router.store import keys
from router.store.connection import Connection
from router.store.pace import Pace
from tests.core import ANA, Core, running_core
from tests.provider import Provider, called, deliveries, sending
from tests.redis_servers import Cluster, Node, client_of, until
from tests.waiting import eventually

HOUR = timedelta(hours=1)
LEASE = keys.channel("webchat", "lease")


@pytest.fixture
async def core(made: Cluster) -> AsyncIterator[Core]:
    await asyncio.to_thread(made.repair)
    client = client_of(made.url)
    await client.flushall()
    await client.aclose()
    async with running_core(made.url) as running:
        yield running


@pytest.fixture
async def careful(made: Cluster, core: Core) -> AsyncIterator[Connection]:
    """A connection that waits for a replica."""
    connection = Connection(made.url, replicas=1)
    yield connection
    await connection.close()


async def test_a_reply_that_its_provider_took_is_looked_for_and_not_sent_again(
    made: Cluster, core: Core, careful: Connection
) -> None:
    # given a provider that has taken a reply, and a sender that does not know yet
    provider, after = Provider(core), Provider(core)
    provider.hangs.clear()
    after.took = provider.took
    conversation = await core.says("Hola")
    async with sending(core, provider, careful):
        await core.does(ReplyWritten(ANA, "uno"), conversation.id)
        await eventually(lambda: called(provider, 1), "handed over")
        # when its primary is killed, and another sender takes over from the replica's data
        primary = made.primary_of(attempts_of(conversation))
        primary.kill()
        await eventually(lambda: is_served(made, conversation, primary), "a replica took over", 30)
        await core.connection.commands.delete(LEASE)
        async with sending(core, after, careful):
            # then the look tells that it left
            await eventually(lambda: is_sent(core, conversation), "what became of it", 30)
            provider.hangs.set()
    assert (provider.called_at, after.called_at) == (["uno"], [])


@pytest.mark.parametrize("replicas", [0, 1])
async def test_no_provider_is_called_before_a_replica_knows_of_it(
    made: Cluster, core: Core, careful: Connection, replicas: int
) -> None:
    """With 0 it is the control arm: a replica that lagged never saw the mark, and the reply leaves twice."""
    # given a reply that waits since the provider asked for an hour, and a replica that has all of that
    provider, after = Provider(core), Provider(core)
    provider.hangs.clear()
    after.took = provider.took
    connection = careful if replicas else core.connection
    await Pace(connection, "webchat").park("main", core.clock.now() + HOUR)
    conversation = await core.says("Hola")
    primary = made.primary_of(attempts_of(conversation))
    replica = replica_of(made, primary)
    async with sending(core, provider, connection):
        await core.does(ReplyWritten(ANA, "uno"), conversation.id)
        await eventually(lambda: is_level(primary), "the replica has it")
        # when the replica stands still and has lost its line, and the reply may leave
        replica.process.send_signal(signal.SIGSTOP)
        # Else the system would keep what is on its way to it.
        primary.ask("CLIENT", "KILL", "TYPE", "REPLICA")
        await core.clock.advance(2 * HOUR)
        await eventually(lambda: is_marked(primary, conversation), "the mark", 20)
        if not replicas:
            await eventually(lambda: called(provider, 1), "handed over")
        # and the primary is killed, the replica takes over, and another sender begins with what that one has
        primary.kill()
        called_before = list(provider.called_at)
        replica.process.send_signal(signal.SIGCONT)
        await eventually(lambda: is_served(made, conversation, primary), "the replica took over", 30)
        await asyncio.to_thread(made.repair)
        await core.connection.commands.delete(LEASE)
        async with sending(core, after, connection):
            await eventually(lambda: is_sent(core, conversation), "what became of it", 30)
            provider.hangs.set()
    # then nobody was called who could not be told of, and the customer has it once
    assert called_before == ([] if replicas else ["uno"])
    assert provider.took == ["uno"] * (1 if replicas else 2)


def attempts_of(conversation: Conversation) -> str:
    """Where the marks of its replies are."""
    return keys.key(partition_of(conversation.id), keys.attempts("webchat"))


def replica_of(made: Cluster, primary: Node) -> Node:
    """The one replica of `primary`."""
    until(lambda: primary.ask("INFO", "replication")["connected_slaves"] == 1, "it has a replica")
    port = primary.ask("INFO", "replication")["slave0"]["port"]
    return next(node for node in made.nodes if node.port == port)


async def is_level(primary: Node) -> bool:
    """Whether the replica has all that the primary holds, a lease's renewal more or less."""
    before = await asyncio.to_thread(primary.ask, "INFO", "replication")
    await asyncio.sleep(0.2)
    now = await asyncio.to_thread(primary.ask, "INFO", "replication")
    return bool(now["slave0"]["offset"] >= before["master_repl_offset"])


async def is_marked(primary: Node, conversation: Conversation) -> bool:
    return bool(await asyncio.to_thread(primary.ask, "HLEN", attempts_of(conversation)) == 1)


async def is_served(made: Cluster, conversation: Conversation, killed: Node) -> bool:
    """Whether the living nodes agree that another has taken over, and serve all keys again."""
    states = await asyncio.to_thread(lambda: [node.ask("CLUSTER INFO")["cluster_state"] for node in made.living()])
    return made.primary_of(attempts_of(conversation)) is not killed and set(states) == {"ok"}


async def is_sent(core: Core, conversation: Conversation) -> bool:
    """Whether it is told that the reply was sent."""
    return await deliveries(core, conversation) == ["sent"]
