"""Leases: shared evenly, handed back, taken over from the dead at once and from the silent in time."""

import asyncio
import sys
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from redis.asyncio import Redis

from router.model.errors import Fenced
from router.model.ids import PARTITIONS
from router.store import keys
from router.store.connection import Connection
from router.store.holder import holder_name, is_dead
from router.store.lease import Leases
from router.store.outbound import ChannelLease, Outbound
from tests.clock import HeldClock
from tests.waiting import eventually

LIFE = timedelta(seconds=2)

TAKE_ALL_AND_SLEEP = """
import asyncio, sys
from datetime import timedelta
from router.store.connection import Connection
from router.store.lease import Leases
async def main():
    await Leases(Connection(sys.argv[1]), 16, timedelta(seconds=600)).balance()
    print("taken", flush=True)
    await asyncio.sleep(600)
asyncio.run(main())
"""


@pytest.fixture
async def connection(redis_url: str, redis_client: Redis) -> AsyncIterator[Connection]:
    opened = Connection(redis_url)
    yield opened
    await opened.close()


async def settled(*routers: Leases) -> list[int]:
    """How many partitions each holds, once each has looked three times."""
    for _ in range(3):
        for router in routers:
            await router.balance()
    return [len(router.held) for router in routers]


async def test_routers_share_evenly_as_they_come_and_go(connection: Connection) -> None:
    first, second, third = (Leases(connection, PARTITIONS, LIFE) for _ in range(3))
    assert await settled(first) == [16]
    assert await settled(first, second) == [8, 8]
    assert sorted(await settled(first, second, third)) == [5, 5, 6]
    # and no partition has two holders
    assert len({p for router in (first, second, third) for p in router.held}) == PARTITIONS
    await second.leave()
    assert await settled(first, third) == [8, 8]


async def test_a_lease_whose_process_was_killed_is_taken_at_once(connection: Connection) -> None:
    # given a router with leases of ten minutes, killed
    other = await asyncio.create_subprocess_exec(
        sys.executable, "-c", TAKE_ALL_AND_SLEEP, connection.url, stdout=asyncio.subprocess.PIPE
    )
    assert other.stdout is not None
    async with asyncio.timeout(20):
        await other.stdout.readuntil(b"taken\n")
    ours = Leases(connection, PARTITIONS, LIFE)
    assert (await settled(ours))[0] == 0
    other.kill()
    await other.wait()
    # when another one looks, it need not wait for them to expire
    assert await settled(ours) == [16]


async def test_a_lease_of_a_process_elsewhere_is_waited_for(connection: Connection) -> None:
    """The twin: of another machine's process nobody knows whether it lives."""
    await connection.commands.set(keys.key(0, keys.LEASE), "elsewhere.1.1.abcd:token", px=700)
    ours = Leases(connection, PARTITIONS, LIFE)
    assert await settled(ours) == [15]

    async def all_ours() -> bool:
        return await settled(ours) == [16]

    await eventually(all_ours, "taken once it had expired", 5)


@pytest.mark.parametrize(
    ("holder", "dead"),
    [
        (holder_name(), False),
        (holder_name().replace(f".{holder_name().split('.')[1]}.", ".1."), True),
        ("elsewhere.1.1.abcd", False),
        ("", False),
        ("nonsense", False),
    ],
)
def test_only_who_is_surely_gone_is_dead(holder: str, dead: bool) -> None:
    assert is_dead(holder) is dead


async def test_a_sender_that_was_replaced_settles_nothing(connection: Connection) -> None:
    clock = HeldClock()
    first, second = (Outbound(connection, clock, "email", PARTITIONS) for _ in range(2))
    lease = ChannelLease(connection, "email", LIFE)
    token = await lease.take()
    assert token is not None
    await first.take_over(token)
    await lease.release()
    later = await ChannelLease(connection, "email", LIFE).take()
    assert later is not None
    assert later > token
    await second.take_over(later)
    with pytest.raises(Fenced):
        await first.take_over(token)
