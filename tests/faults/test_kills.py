"""The main proof: routers killed again and again under a load, and nothing lost, doubled, out of order or ownerless."""

import random
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from redis.asyncio import Redis

from tests.checker import Found, compare
from tests.ground import PATIENCE, Ground, ground
from tests.load import routers_config, seed, size
from tests.redis_door import redis_door
from tests.waiting import eventually

KILLS, MESSAGES = size("HILO_KILLS", 200), size("HILO_MESSAGES", 20_000)
ROUTERS = 4
# One answer in so many is lost, to customers and agents and to one router in two.
LOST = 500

pytestmark = pytest.mark.alone


@pytest.mark.timeout(2 * PATIENCE)
async def test_routers_that_are_killed_at_random_lose_nothing(
    tmp_path: Path, redis_url: str, redis_client: Redis
) -> None:
    # given four routers, customers who write, agents who answer, timers that fall due, answers that get lost
    chance, losing = random.Random(seed()), Losing(LOST)
    async with _ground(tmp_path, redis_url, redis_client, chance, losing) as field:
        await field.begin(ROUTERS)
        # when routers are killed at random while they are at work, and each is replaced by a new one
        traffic = await field.under_fire(MESSAGES, KILLS, field.kill_one)
        # then every message is there once, in order, with one owner, and every reply is on its way once
        assert await field.judged(traffic) == Found()
    sys.stdout.write(f"{losing.lost} answers lost\n")


@pytest.mark.parametrize("harm", ["unguarded", "piecemeal"])
@pytest.mark.timeout(PATIENCE)
async def test_without_its_guards_the_same_leaves_damage(
    tmp_path: Path, redis_url: str, redis_client: Redis, harm: str
) -> None:
    """The control arm: commits without their guards under lost answers, or effect by effect under kills."""
    chance = random.Random(seed())
    async with _ground(tmp_path, redis_url, redis_client, chance, Losing(LOST // 10), harm) as field:
        await field.begin(ROUTERS)
        traffic = await field.under_fire(1_000, 12, field.kill_one)
        await eventually(field.is_read, "all read", PATIENCE)
        found = await compare(redis_client, traffic.sent, traffic.commands)
    assert found.doubled


class Losing:
    """A line that breaks instead of one answer in so many; `lost` counts them."""

    def __init__(self, one_in: int) -> None:
        self._one_in = one_in
        self.lost = 0

    def __call__(self, data: bytes) -> bytes | None:
        """What goes through, if anything does."""
        if random.randrange(self._one_in):
            return data
        self.lost += 1
        return None


@asynccontextmanager
async def _ground(
    folder: Path, url: str, redis: Redis, chance: random.Random, losing: Losing, harm: str = ""
) -> AsyncIterator[Ground]:
    async with redis_door(url) as door:
        configs = [routers_config(folder, url), routers_config(folder, door.url, "by-the-door")]
        # Killed routers alone do no harm where all of a commit is one script. Lost answers do.
        chosen = configs[1:] if harm == "unguarded" else configs
        async with ground(folder, redis, door.url, chance, chosen, harm) as field:
            door.passing = losing
            yield field
