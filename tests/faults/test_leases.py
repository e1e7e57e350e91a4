"""Leases: shared evenly, handed back, taken over from the dead at once and from the silent in time."""

import asyncio
import os
import random
import sys
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from redis.asyncio import Redis

from router.model.errors import Fenced
from router.model.ids import PARTITIONS
from router.store import keys
from router.store.connection import Connection, Script
from router.store.holder import holder_name, is_dead
from router.store.lease import Leases
from router.store.outbound import ChannelLease, Outbound
from tests.clock import HeldClock
from tests.waiting import eventually

LIFE = timedelta(seconds=2)
FENCE = "if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end"
WRITE = f"""
{FENCE}
return redis.call('RPUSH', KEYS[2], ARGV[1])
"""

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


@pytest.mark.parametrize("joining", [1, 2])
async def test_three_of_five_leave_at_once_while_others_join(connection: Connection, joining: int) -> None:
    # given five routers
    routers = [Leases(connection, PARTITIONS, LIFE) for _ in range(5)]
    assert sorted(await settled(*routers)) == [3, 3, 3, 3, 4]
    # when two leave, one falls silent, and others come, all at once
    gone, staying = routers[:3], [*routers[3:], *(Leases(connection, PARTITIONS, LIFE) for _ in range(joining))]
    await asyncio.gather(*(router.leave() for router in gone[:2]), *(router.balance() for router in staying))

    # then the others have an even share as soon as the silent one's leases have expired
    async def is_even() -> bool:
        shares = await settled(*staying)
        return sum(shares) == PARTITIONS and max(shares) - min(shares) <= 1

    await eventually(is_even, "an even share", 10)
    # and who was silent finds that nothing is theirs any more
    held = dict(gone[2].held)
    await gone[2].balance()
    assert not held.items() & gone[2].held.items()


@pytest.mark.parametrize("is_fenced", [True, False])
async def test_two_routers_never_write_for_one_partition(connection: Connection, is_fenced: bool) -> None:
    """Routers come, go, fall silent and wake at random, and each writes what it believes to be its own.

    Every write notes its token, in the order of the writes: a token that comes again after another one's is a second
    router at work. Without the guard (the control arm) there are such.
    """
    seed = int(os.environ.get("HILO_TEST_SEED") or random.SystemRandom().getrandbits(32))
    sys.stdout.write(f"HILO_TEST_SEED={seed} repeats it\n")
    chance, write = random.Random(seed), Script(connection, WRITE if is_fenced else WRITE.replace(FENCE, ""))
    routers = [Leases(connection, PARTITIONS, LIFE) for _ in range(3)]
    for _ in range(80):
        chosen = chance.choice(routers)
        match chance.randrange(8):
            case 0 if len(routers) < 6:
                routers.append(Leases(connection, PARTITIONS, LIFE))
            case 1:
                await chosen.leave()
            case 2 if chosen.held:
                # All that it has expires, as of a router that sleeps; it does not know yet.
                await connection.commands.delete(*(keys.key(partition, keys.LEASE) for partition in chosen.held))
                await connection.commands.zrem(keys.ROUTERS, chosen.router)
            case _:
                await chosen.balance()
        believed = [item for router in routers for item in router.held.items()]
        await asyncio.gather(*(write(_places(partition), token) for partition, token in believed))
    written = [await _tokens(connection, partition) for partition in range(PARTITIONS)]
    assert min(map(len, written)) > 1
    assert (any(_come_again(tokens) for tokens in written)) is not is_fenced
    # and at the end the shares are even
    shares = await settled(*routers)
    assert (sum(shares), max(shares) - min(shares) <= 1) == (PARTITIONS, True)


async def test_what_was_to_live_for_an_hour_since_the_clock_went_back_expires_in_time(connection: Connection) -> None:
    # given a router of another machine that died as the server's clock went back an hour, and so seems to live on
    hour = 3_600_000
    await connection.commands.set(keys.key(0, keys.LEASE), "elsewhere.1.1.abcd:token", px=hour)
    seconds, _ = await connection.commands.time()
    await connection.commands.zadd(keys.ROUTERS, {"elsewhere.1.1.abcd": seconds * 1000 + hour})
    ours = Leases(connection, PARTITIONS, timedelta(seconds=1))

    async def all_ours() -> bool:
        return await settled(ours) == [PARTITIONS]

    await eventually(all_ours, "taken over in a lease's time", 10)


def _places(partition: int) -> list[str]:
    return [keys.key(partition, suffix) for suffix in (keys.LEASE, "written")]


async def _tokens(connection: Connection, partition: int) -> list[bytes]:
    found: Any = await connection.commands.lrange(keys.key(partition, "written"), 0, -1)
    return list(found)


def _come_again(tokens: list[bytes]) -> bool:
    """Whether a token comes again after another one's."""
    turns = [token for token, before in zip(tokens, [b"", *tokens], strict=False) if token != before]
    return len(turns) > len(set(turns))


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
    ids=("this process", "a process id that is another's now", "elsewhere", "nobody", "nonsense"),
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
