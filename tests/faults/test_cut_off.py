"""Routers cut off from Redis for longer than their leases: others take over, and who comes back is too late."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from redis.asyncio import Redis

from tests.checker import PARTITIONS, Found, compare
from tests.ground import PATIENCE, Ground, ground
from tests.load import routers_config, seed, size
from tests.redis_door import Door, redis_door
from tests.waiting import eventually
from tests.zygote import Router

CUTS, MESSAGES = size("HILO_CUTS", 3), size("HILO_CUT_MESSAGES", 1_500)
TOO_LATE = ("lease_lost", "worker_fenced")

pytestmark = [pytest.mark.alone, pytest.mark.timeout(PATIENCE)]


@pytest.mark.parametrize("is_silent", [True, False])
async def test_a_router_that_is_cut_off_is_replaced_and_writes_nothing_when_it_returns(
    tmp_path: Path, redis_url: str, redis_client: Redis, is_silent: bool
) -> None:
    async with _cut_off(tmp_path, redis_url, redis_client, is_silent) as (field, door, lone):
        # when one router's line is silent, or breaks at each try, until the other one has all partitions
        traffic = await field.under_fire(MESSAGES, CUTS, lambda: _cut(field, door, lone, is_silent))
        # then nothing is lost or done twice
        assert await field.judged(traffic) == Found()
        # and it was told that it came too late
        assert sum(lone.said().count(word) for word in TOO_LATE) >= CUTS


async def test_without_its_guards_who_returns_writes_again(tmp_path: Path, redis_url: str, redis_client: Redis) -> None:
    """The control arm: what was under way when the line fell silent arrives late, and is written."""
    async with _cut_off(tmp_path, redis_url, redis_client, True, "unguarded") as (field, door, lone):
        traffic = await field.under_fire(MESSAGES, 2 * CUTS, lambda: _cut(field, door, lone, True))
        await eventually(field.is_read, "all read", PATIENCE)
        found = await compare(redis_client, traffic.sent, traffic.commands)
    assert found.doubled


async def _cut(field: Ground, door: Door, lone: Router, is_silent: bool) -> None:
    """Cut `lone` off until it holds nothing any more."""

    async def is_at_work() -> bool:
        return lone.pid in (await field.holders()).values()

    async def is_replaced() -> bool:
        holders = await field.holders()
        return len(holders) == PARTITIONS and lone.pid not in holders.values()

    await eventually(is_at_work, "the one by the door holds something", 30)
    if is_silent:
        door.is_open.clear()
    else:
        door.passing = lambda _data: None
    field.strikes += 1
    await eventually(is_replaced, "the other one has everything", 30)
    await asyncio.sleep(field.chance.random())
    door.passing = bytes
    door.is_open.set()


@asynccontextmanager
async def _cut_off(
    folder: Path, url: str, redis: Redis, is_silent: bool, harm: str = ""
) -> AsyncIterator[tuple[Ground, Door, Router]]:
    """A ground with one router beside one that has a line of its own."""
    chance = random.Random(seed())
    async with (
        redis_door(url) as door,
        ground(folder, redis, url, chance, [routers_config(folder, url)], harm) as field,
    ):
        lone = await field.nest.fork(routers_config(folder, door.url, "by-the-door"), harm)
        await field.begin(1)
        yield field, door, lone
        door.is_open.set()
