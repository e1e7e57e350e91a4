"""Routers that die and routers that sleep: every message in its timeline once, in order, with one owner."""

import asyncio
import signal
from collections import defaultdict
from pathlib import Path

import pytest
from redis.asyncio import Redis

from router.model.clock import SystemClock
from router.model.event import MessageArrived
from router.store.connection import Connection
from router.store.inbox import Inbox
from router.store.wire import text
from tests.checker import Found, compare
from tests.core import written
from tests.processes import HiloProcess, hilo, router_config
from tests.waiting import eventually

MESSAGES, CUSTOMERS = 2_000, 500


async def test_one_router_killed_and_one_paused_lose_nothing(
    tmp_path: Path, redis_url: str, redis_client: Redis
) -> None:
    # given two routers that share the partitions
    config = router_config(tmp_path / "hilo", redis_url)
    connection = Connection(redis_url)
    inbox = Inbox(connection, SystemClock())
    sent: dict[str, list[str]] = defaultdict(list)

    async def write(start: int, end: int) -> None:
        """Customers take turns, so that each has messages before, during and after every fault."""
        for number in range(start, end):
            sender = f"chat:customer-{number % CUSTOMERS}"
            message = written(f"{number} mi factura" if number % 3 else str(number), sender, f"k{number}")
            await inbox.accept(MessageArrived(message), message.key)
            sent[sender].append(message.text)

    async with hilo("router", config=config) as first, hilo("router", config=config) as second:
        await eventually(lambda: _are_shared(redis_client), "each router holds eight partitions", 30)
        await write(0, MESSAGES // 4)
        # when one is paused past its lease of a second, in the middle of the load, and woken
        pausing = asyncio.create_task(_pause(second, 2.5))
        await write(MESSAGES // 4, MESSAGES // 2)
        await pausing
        # and the other is killed while the rest arrives
        killing = asyncio.create_task(_kill_later(first, 0.3))
        await write(MESSAGES // 2, MESSAGES)
        await killing
        # then all are there, once, in each customer's order, with one owner each
        found = await eventually(lambda: _done(redis_client, sent), "all committed", 40)
        assert not first.is_running
    assert found == Found()
    await connection.close()


async def _pause(process: HiloProcess, seconds: float) -> None:
    process.signal(signal.SIGSTOP)
    await asyncio.sleep(seconds)
    process.signal(signal.SIGCONT)


async def _kill_later(process: HiloProcess, seconds: float) -> None:
    await asyncio.sleep(seconds)
    process.signal(signal.SIGKILL)
    await process.wait()


async def _are_shared(redis: Redis) -> bool:
    tokens = [await redis.get(f"hilo:{{p{partition:02d}}}:lease") for partition in range(16)]
    holders = [text(token).partition(":")[0] for token in tokens if token]
    return len(holders) == 16 and sorted(holders.count(holder) for holder in set(holders)) == [8, 8]


async def _done(redis: Redis, sent: dict[str, list[str]]) -> Found | None:
    waiting = [await redis.xlen(f"hilo:{{p{partition:02d}}}:in") for partition in range(16)]
    return None if sum(waiting) else await compare(redis, sent)


@pytest.mark.parametrize("text", ["1", "2"])
async def test_the_checker_sees_what_is_wrong(redis_client: Redis, text: str) -> None:
    """The control arm: a timeline that lost a message, and one that has it twice, are both found."""
    key = "hilo:{p00}:tl:c-00-x"
    record = '{"id": "c-00-x", "state": "new", "ownership": {"team": "care"}}'
    await redis_client.hset("hilo:{p00}:conv:c-00-x", mapping={"r": "1", "d": record})
    entry = f'{{"kind": "message_in", "text": "{text}", "detail": {{"handle": "chat:ada"}}}}'
    await redis_client.rpush(key, entry, entry)
    found = await compare(redis_client, {"chat:ada": ["1"]})
    assert found.doubled == [f"chat:ada: {text}"]
    assert found.lost == ([] if text == "1" else ["chat:ada: 1"])
    assert len(found.ownerless) == 1
