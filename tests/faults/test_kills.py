"""The main proof: routers killed again and again under a load, and nothing lost, doubled, out of order or ownerless."""

import asyncio
import random
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from redis.asyncio import Redis

from router.store.connection import Connection
from router.store.wire import text
from tests.checker import PARTITIONS, Found, compare
from tests.load import Traffic, routers_config, seed, size
from tests.processes import hilo
from tests.redis_door import Passing, redis_door
from tests.waiting import eventually
from tests.zygote import Router, Zygote, zygote

KILLS, MESSAGES = size("HILO_KILLS", 60), size("HILO_MESSAGES", 6_000)
ROUTERS = 4
# One answer in so many is lost, to the customers' side and to one router in two.
LOST = 500
PATIENCE = 300
TWICE = """
local found = {}
for _, name in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  if redis.call('ZSCORE', KEYS[2], name) then found[#found + 1] = name end
end
return found
"""


@pytest.mark.timeout(PATIENCE + 300)
async def test_routers_that_are_killed_at_random_lose_nothing(
    tmp_path: Path, redis_url: str, redis_client: Redis
) -> None:
    # given four routers, customers who write, agents who answer, timers that fall due, answers that get lost
    chance = random.Random(seed())
    async with _ground(tmp_path, redis_url, redis_client, chance) as ground:
        # when routers are killed at random while they are at work, and each is replaced by a new one
        traffic = await ground.under_fire(MESSAGES, KILLS)
        await ground.until_quiet(traffic)
        sys.stdout.write(f"{ground.told(traffic)}\n")
        # then every message is there once, in order, with one owner, and every reply is on its way once
        found = await compare(redis_client, traffic.sent, traffic.commands)
        assert found == Found()
        assert ground.in_two_queues == []
        assert await ground.audit() == 0


@pytest.mark.parametrize("harm", ["unguarded", "piecemeal"])
@pytest.mark.timeout(PATIENCE)
async def test_without_its_guards_the_same_leaves_damage(
    tmp_path: Path, redis_url: str, redis_client: Redis, harm: str
) -> None:
    """The control arm: commits without their guards under lost answers, or effect by effect under kills."""
    chance = random.Random(seed())
    async with _ground(tmp_path, redis_url, redis_client, chance, harm) as ground:
        traffic = await ground.under_fire(1_000, 12)
        await eventually(ground.is_read, "all read", PATIENCE)
        found = await compare(redis_client, traffic.sent, traffic.commands)
    assert found.doubled


class Ground:
    """Routers on one server, some of them by a line that loses answers, and who shoots at them."""

    def __init__(self, redis: Redis, chance: random.Random, nest: Zygote, configs: Sequence[Path], harm: str) -> None:
        self._redis = redis
        self._chance = chance
        self._nest = nest
        self._configs = configs
        self._harm = harm
        self._began = asyncio.get_running_loop().time()
        self.line: Connection | None = None
        self.kills = self.at_work = 0
        self.in_two_queues: list[str] = []

    async def under_fire(self, count: int, kills: int) -> Traffic:
        """What was sent, once all is written and so many routers were killed, each within the first of it."""
        assert self.line
        for _ in range(ROUTERS):
            await self._fork()
        await eventually(self._are_all_held, "all partitions held", 30)
        traffic = Traffic(self.line, random.Random(self._chance.random()), count, max(count // 10, 1))
        points = sorted(self._chance.sample(range(count), kills))
        traffic.limit = points[0]
        work = [asyncio.create_task(traffic.run()), asyncio.create_task(self._watch())]
        try:
            for point in points:
                traffic.limit = point + count // kills
                await traffic.has_reached(point)
                await self._kill_one()
            traffic.limit = count
            await work[0]
        finally:
            for task in work:
                task.cancel()
            ended = await asyncio.gather(*work, return_exceptions=True)
        for error in ended:
            if isinstance(error, Exception):
                raise error
        return traffic

    async def until_quiet(self, traffic: Traffic) -> None:
        """Return once nothing waits and no timer runs."""

        async def quiet() -> bool:
            timers = [await self._redis.zcard(f"hilo:{{p{p:02d}}}:tm") for p in range(PARTITIONS)]
            return not sum(timers) and await self.is_read()

        await eventually(quiet, "all done", PATIENCE)

    async def is_read(self) -> bool:
        """Whether no event waits."""
        return not sum([await self._redis.xlen(f"hilo:{{p{p:02d}}}:in") for p in range(PARTITIONS)])

    async def audit(self) -> int:
        """The exit code of `hilo audit`, which is told."""
        async with hilo("audit", config=self._configs[0]) as process:
            code = await process.wait(120)
        sys.stdout.write(process.output())
        return code

    def told(self, traffic: Traffic) -> str:
        """What was done, in a line."""
        seconds = asyncio.get_running_loop().time() - self._began
        return (
            f"{self.kills} kills, {self.at_work} of them with work at hand; {traffic.count} messages, "
            f"{len(traffic.commands)} commands, {traffic.unanswered} unanswered; {seconds:.0f} s"
        )

    async def _fork(self) -> None:
        await self._nest.fork(self._chance.choice(self._configs), self._harm)

    async def _kill_one(self) -> None:
        """Kill a router that holds a partition, at some moment, and begin another one."""
        victim, held = await eventually(self._victim, "a router at work", 30)
        await asyncio.sleep(self._chance.expovariate(10))
        waiting = sum([await self._redis.xlen(f"hilo:{{p{p:02d}}}:in") for p in held])
        await self._nest.kill(victim)
        self.kills += 1
        self.at_work += waiting > 0
        await self._fork()

    async def _victim(self) -> tuple[Router, list[int]] | None:
        holders = await self._holders()
        holding = [router for router in self._nest.routers if router.pid in holders.values()]
        if not holding:
            return None
        victim = self._chance.choice(holding)
        return victim, [partition for partition, pid in holders.items() if pid == victim.pid]

    async def _holders(self) -> dict[int, int]:
        """The process that holds each partition, by the name that its lease gives."""
        tokens = [await self._redis.get(f"hilo:{{p{p:02d}}}:lease") for p in range(PARTITIONS)]
        return {partition: int(text(token).split(".")[1]) for partition, token in enumerate(tokens) if token}

    async def _are_all_held(self) -> bool:
        return len(await self._holders()) == PARTITIONS

    async def _watch(self) -> None:
        """Look, again and again, whether a conversation stands in two teams' queues."""
        while True:
            for partition in range(PARTITIONS):
                queues = [f"hilo:{{p{partition:02d}}}:q:{team}" for team in ("care", "billing")]
                found = await self._redis.eval(TWICE, 2, *queues)
                self.in_two_queues += [text(name) for name in found]
                await asyncio.sleep(0.05)


@asynccontextmanager
async def _ground(folder: Path, url: str, redis: Redis, chance: random.Random, harm: str = "") -> AsyncIterator[Ground]:
    configs = [routers_config(folder, url)]
    async with zygote(folder / "routers") as nest, redis_door(url) as door:
        configs.append(routers_config(folder, door.url, "by-the-door"))
        if harm == "unguarded":
            # Killed routers alone do no harm here: all of a commit is one script. Lost answers do.
            configs = configs[1:]
        door.passing = _losing(chance, LOST // 10 if harm else LOST)
        ground = Ground(redis, chance, nest, configs, harm)
        ground.line = Connection(door.url)
        try:
            yield ground
        finally:
            await ground.line.close()


def _losing(chance: random.Random, one_in: int) -> Passing:
    """A line that breaks instead of one answer in so many."""
    return lambda data: data if chance.randrange(one_in) else None
