"""Routers that die and routers that sleep: every message in its timeline once, in order, with one owner."""

import asyncio
import json
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
LOST = ("lease_lost", "worker_fenced")


class Load:
    """Customers who take turns in writing, so that each has messages before, during and after every fault."""

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox
        self.sent: dict[str, list[str]] = defaultdict(list)
        self.number = 0

    async def write(self, end: int) -> None:
        """Write up to message number `end`."""
        for number in range(self.number, end):
            sender = f"chat:customer-{number % CUSTOMERS}"
            message = written(f"{number} mi factura" if number % 3 else str(number), sender, f"k{number}")
            await self._inbox.accept(MessageArrived(message), message.key)
            self.sent[sender].append(message.text)
            self.number = number + 1

    async def has_reached(self, number: int) -> None:
        """Return once so many are written."""

        async def reached() -> bool:
            return self.number >= number

        await eventually(reached, f"{number} messages written", 60)


async def test_one_router_killed_and_one_paused_lose_nothing(
    tmp_path: Path, redis_url: str, redis_client: Redis
) -> None:
    # given two routers that share the partitions, and messages that arrive
    config = router_config(tmp_path / "hilo", redis_url)
    connection = Connection(redis_url)
    load = Load(Inbox(connection, SystemClock()))
    async with hilo("router", config=config) as first, hilo("router", config=config) as second:
        await eventually(lambda: _shares(redis_client, [8, 8]), "each router holds eight partitions", 30)
        writing = asyncio.create_task(load.write(MESSAGES // 2))
        await load.has_reached(MESSAGES // 4)
        # when one is paused at work, until the other has all of its partitions, and woken
        lost = _losses(second)
        second.signal(signal.SIGSTOP)
        assert load.number < MESSAGES // 2
        await eventually(lambda: _shares(redis_client, [16]), "the other router took over", 30)
        await writing
        second.signal(signal.SIGCONT)
        # and the other is killed at work, once that one has noticed and works again
        await eventually(lambda: _has_lost(second, lost), "the paused router is told that it is too late", 30)
        await eventually(lambda: _shares(redis_client, [8, 8]), "each router holds eight partitions again", 30)
        writing = asyncio.create_task(load.write(MESSAGES))
        await load.has_reached(MESSAGES * 3 // 4)
        first.signal(signal.SIGKILL)
        assert load.number < MESSAGES
        assert await first.wait() == -signal.SIGKILL
        await writing
        # then all are there, once, in each customer's order, with one owner each
        found = await eventually(lambda: _done(redis_client, load.sent), "all committed", 40)
    assert found == Found()
    await connection.close()


def _losses(process: HiloProcess) -> int:
    """How often the router has said that a partition is another one's."""
    return sum(process.output().count(word) for word in LOST)


async def _has_lost(process: HiloProcess, before: int) -> bool:
    return _losses(process) > before


async def _shares(redis: Redis, wanted: list[int]) -> bool:
    """Whether the partitions are held, all of them, by routers in these shares."""
    tokens = [await redis.get(f"hilo:{{p{partition:02d}}}:lease") for partition in range(16)]
    holders = [text(token).partition(":")[0] for token in tokens if token]
    return sorted(holders.count(holder) for holder in set(holders)) == wanted


async def _done(redis: Redis, sent: dict[str, list[str]]) -> Found | None:
    waiting = [await redis.xlen(f"hilo:{{p{partition:02d}}}:in") for partition in range(16)]
    return None if sum(waiting) else await compare(redis, sent)


@pytest.mark.parametrize(
    ("told", "wrong"),
    [
        (["1", "2"], Found()),
        (["1"], Found(lost=["chat:ada: 2"])),
        (["1", "2", "2"], Found(doubled=["chat:ada: 2"])),
        (["2", "1"], Found(out_of_order=["chat:ada: ['2', '1']"])),
    ],
)
async def test_the_checker_sees_a_wrong_timeline(redis_client: Redis, told: list[str], wrong: Found) -> None:
    """The control arm: a timeline that lost a message, has it twice, or in another order."""
    await _put(redis_client, "c-00-x", "resolved")
    await _point(redis_client, "c-00-x")
    for word in told:
        entry = {"kind": "message_in", "text": word, "detail": {"handle": "chat:ada"}}
        await redis_client.rpush("hilo:{p00}:tl:c-00-x", json.dumps(entry))
    assert await compare(redis_client, {"chat:ada": ["1", "2"]}) == wrong


@pytest.mark.parametrize(
    ("conversations", "pointed", "wrong"),
    [
        (["c-00-x"], "c-00-x", []),
        (["c-00-x"], None, ["astray"]),
        (["c-00-x"], "c-00-gone", ["astray"]),
        ([], "c-00-closed", ["astray"]),
        (["c-00-x", "c-00-y"], "c-00-x", ["split"]),
    ],
)
async def test_the_checker_sees_a_customer_in_pieces(
    redis_client: Redis, conversations: list[str], pointed: str | None, wrong: list[str]
) -> None:
    """The control arm: a customer with two open conversations, or whose record does not lead to the one."""
    await _put(redis_client, "c-00-closed", "closed")
    for name in conversations:
        await _put(redis_client, name, "resolved")
    await _point(redis_client, pointed)
    found = await compare(redis_client, {})
    assert [kind for kind in ("lost", "doubled", "ownerless", "split", "astray") if getattr(found, kind)] == wrong


async def test_the_checker_sees_who_stands_in_no_queue_or_in_two(redis_client: Redis) -> None:
    """The control arm: open conversations must stand in their own team's queue and in no other."""
    for name, teams in {"c-00-x": ["care"], "c-00-none": [], "c-00-two": ["billing", "care"]}.items():
        await _put(redis_client, name, "new")
        for team in teams:
            await redis_client.zadd(f"hilo:{{p00}}:q:{team}", {name: 1})
    found = await compare(redis_client, {})
    assert sorted(line.partition(":")[0] for line in found.ownerless) == ["c-00-none", "c-00-two"]


async def _put(redis: Redis, name: str, state: str) -> None:
    record = {"id": name, "customer": "u-00-ada", "state": state, "ownership": {"team": "care"}}
    await redis.hset(f"hilo:{{p00}}:conv:{name}", mapping={"r": "1", "d": json.dumps(record)})


async def _point(redis: Redis, conversation: str | None) -> None:
    record = {"id": "u-00-ada", "open_conversation": conversation}
    await redis.hset("hilo:{p00}:cust:u-00-ada", mapping={"r": "1", "d": json.dumps(record)})
