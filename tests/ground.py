"""The ground of the faults' tests: routers at work under a load, something that goes wrong, and who judges it."""

import asyncio
import random
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from redis.asyncio import Redis
from redis.exceptions import RedisError

from router.store.connection import Connection
from router.store.tasks import end_task
from router.store.wire import text
from tests.checker import PARTITIONS, Found, compare
from tests.load import Traffic, size
from tests.log_scan import Said
from tests.processes import hilo
from tests.waiting import eventually
from tests.zygote import Router, Zygote, zygote

# Seconds; long runs need more.
PATIENCE = size("HILO_PATIENCE", 300)
TWICE = """
local found = {}
for _, name in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  if redis.call('ZSCORE', KEYS[2], name) then found[#found + 1] = name end
end
return found
"""


class Ground:
    """Routers on one server, customers and agents on the same, and what goes wrong meanwhile."""

    def __init__(
        self,
        redis: Redis,
        line: Connection,
        chance: random.Random,
        nest: Zygote,
        configs: Sequence[Path],
        harm: str = "",
    ) -> None:
        """`line` is the customers' and agents' connection; each router has one of `configs`, by chance."""
        self.redis = redis
        self.chance = chance
        self.nest = nest
        self.line = line
        self._configs = configs
        self._harm = harm
        self._began = asyncio.get_running_loop().time()
        self.traffic = Traffic(line, chance, 0, 0)
        self.strikes = self.at_work = 0
        self.in_two_queues: list[str] = []

    async def begin(self, count: int) -> None:
        """Start `count` routers; return once they hold all partitions."""
        for _ in range(count):
            await self.fork()
        await eventually(self._are_all_held, "all partitions held", 30)

    async def under_fire(self, count: int, strikes: int, strike: Callable[[], Awaitable[None]]) -> Traffic:
        """What was sent, once `count` messages are written and `strike` was called so often at random points of it.

        Raises what a part of it raised.
        """
        traffic = self.traffic = Traffic(self.line, random.Random(self.chance.random()), count, max(count // 10, 1))
        points = sorted(self.chance.sample(range(count), strikes))
        traffic.limit = points[0]
        work = [asyncio.create_task(traffic.run()), asyncio.create_task(self._watch())]
        try:
            for point in points:
                # Those who write do not run ahead of what goes wrong.
                traffic.limit = point + count // strikes
                reached = asyncio.create_task(traffic.has_reached(point))
                # Who writes no more will never get there.
                await asyncio.wait({reached, work[0]}, return_when=asyncio.FIRST_COMPLETED)
                if work[0].done():
                    await end_task(reached)
                    work[0].result()
                await strike()
            traffic.limit = count
            await work[0]
        finally:
            # Told once, a task that talks to Redis may not hear it.
            await asyncio.gather(*map(end_task, work))
        for task in work:
            if not task.cancelled():
                task.result()
        return traffic

    async def judged(self, traffic: Traffic, *, with_commands: bool = True) -> Found:
        """What is wrong once all is quiet; AssertionError if `hilo audit` finds something, or a router has ended."""
        await self._until_quiet()
        sys.stdout.write(f"{self._told(traffic)}\n")
        found = await compare(self.redis, traffic.sent, traffic.commands if with_commands else None)
        for router in tuple(self.nest.routers):
            await self.nest.signal(router, signal.SIGCONT)
        assert self.in_two_queues == []
        assert await self._audit() == 0
        return found

    async def _until_quiet(self) -> None:
        """Return once nothing waits and no timer runs."""

        async def quiet() -> bool:
            timers = [await self.redis.zcard(f"hilo:{{p{p:02d}}}:tm") for p in range(PARTITIONS)]
            return not sum(timers) and await self.is_read()

        await eventually(quiet, "all done", PATIENCE)

    async def is_read(self) -> bool:
        """Whether no event waits."""
        return not sum([await self.redis.xlen(f"hilo:{{p{p:02d}}}:in") for p in range(PARTITIONS)])

    async def _audit(self) -> int:
        """The exit code of `hilo audit`, which is told."""
        async with hilo("audit", config=self._configs[0]) as process:
            code = await process.wait(120)
        sys.stdout.write(process.output())
        return code

    def _told(self, traffic: Traffic) -> str:
        """What was done, in a line."""
        seconds = asyncio.get_running_loop().time() - self._began
        return (
            f"{self.strikes} faults, {self.at_work} of them kills with work at hand; {traffic.count} messages, "
            f"{len(traffic.commands)} commands, {traffic.unanswered} unanswered; {seconds:.0f} s"
        )

    async def fork(self) -> None:
        """Start a router."""
        await self.nest.fork(self.chance.choice(self._configs), self._harm)

    async def kill_one(self) -> None:
        """Kill a router that holds a partition, at some moment, and begin another one."""
        victim, held = await eventually(self._victim, "a router at work", 30)
        await asyncio.sleep(self.chance.expovariate(10))
        waiting = sum([await self.redis.xlen(f"hilo:{{p{p:02d}}}:in") for p in held])
        await self.nest.kill(victim)
        self.strikes += 1
        self.at_work += waiting > 0
        await self.fork()

    async def _victim(self) -> tuple[Router, list[int]] | None:
        holders = await self.holders()
        holding = [router for router in self.nest.routers if router.pid in holders.values()]
        if not holding:
            return None
        victim = self.chance.choice(holding)
        return victim, [partition for partition, pid in holders.items() if pid == victim.pid]

    async def holders(self) -> dict[int, int]:
        """The process that holds each partition, by the name that its lease gives."""
        tokens = [await self.redis.get(f"hilo:{{p{p:02d}}}:lease") for p in range(PARTITIONS)]
        return {partition: int(text(token).split(".")[1]) for partition, token in enumerate(tokens) if token}

    async def _are_all_held(self) -> bool:
        return len(await self.holders()) == PARTITIONS

    async def _watch(self) -> None:
        """Look, again and again, whether a conversation stands in two teams' queues."""
        while True:
            for partition in range(PARTITIONS):
                queues = [f"hilo:{{p{partition:02d}}}:q:{team}" for team in ("care", "billing")]
                # A server that is away is what some tests are about.
                with suppress(RedisError, OSError):
                    found = await self.redis.eval(TWICE, 2, *queues)
                    self.in_two_queues += [text(name) for name in found]
                await asyncio.sleep(0.05)


@asynccontextmanager
async def ground(
    folder: Path, redis: Redis, url: str, chance: random.Random, configs: Sequence[Path], harm: str = ""
) -> AsyncIterator[Ground]:
    """A ground on the server that `redis` looks at; customers and agents reach it by `url`."""
    line = Connection(url)
    try:
        async with zygote(folder / "routers") as nest:
            yield Ground(redis, line, chance, nest, configs, harm)
        said = Said()
        await said.learn(configs[0])
        said.check((folder / "routers").glob("*.log"))
    finally:
        await line.close()
