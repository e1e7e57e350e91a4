"""Messages that come at random instants (Poisson), made by one process, and a process that takes each as it comes.

`python -m bench.arrivals hilo|noop URL RATE SECONDS` takes them and prints the percentiles; it starts the other, with
`hilo-load` or `noop-load`.
"""

import asyncio
import json
import random
import sys
import time
from collections.abc import AsyncIterator
from datetime import timedelta

from bench.load import customers_of, messages
from bench.peers.stopwatch import Stopwatch
from bench.rig import AT_ONCE, Rig, committed, connected
from bench.side import book
from router.logs import configure_logs
from router.model.event import MessageArrived
from router.model.message import InboundMessage
from router.store import metrics, wire
from router.store.connection import xread
from rules.language import warm

STREAM = "bench:noop"
BLOCK = timedelta(seconds=1)


class Recorder:
    """Stands where the histogram stands and keeps each value, since a histogram has only its buckets."""

    def __init__(self) -> None:
        self.values: list[float] = []

    def observe(self, value: float) -> None:
        self.values.append(value)


async def hilo(rig: Rig, rate: int, seconds: int) -> str:
    """One worker, from accepted to committed."""
    recorder = Recorder()
    metrics.LAG_SECONDS = recorder  # type: ignore[assignment]
    await asyncio.to_thread(warm)
    watch, rules = Stopwatch(rig.connection.url, rate * seconds), book()
    watch.start()
    async with rig.worker(rules):
        await _load("hilo-load", rig, rate, seconds)
        while committed() < rate * seconds:  # noqa: ASYNC110 - a counter rings no bell
            await asyncio.sleep(0.05)
    return reading(recorder.values, watch)


async def noop(rig: Rig, rate: int, seconds: int) -> str:
    """Plain redis-py, from just before XADD to just after XDEL."""
    lags: list[float] = []
    watch = Stopwatch(rig.connection.url, rate * seconds)
    watch.start()

    async def consume() -> None:
        cursor = "0-0"
        while len(lags) < rate * seconds:
            for _, entries in await xread(rig.connection.blocking, {STREAM: cursor}, count=100, block=BLOCK):
                await rig.connection.commands.xdel(STREAM, *(identifier for identifier, _ in entries))
                now = time.time()
                lags.extend(now - float(fields[b"at"]) for _, fields in entries)
                cursor = wire.text(entries[-1][0])

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(consume())
        tasks.create_task(_load("noop-load", rig, rate, seconds))
    return reading(lags, watch)


def reading(seconds: list[float], watch: Stopwatch) -> str:
    """The p50 and p99 in ms, without the first tenth, in which everything warms up, and what the stopwatch tells."""
    ordered = sorted(seconds[len(seconds) // 10 :])
    shares = {name: ordered[int(len(ordered) * share)] * 1e3 for name, share in (("p50", 0.5), ("p99", 0.99))}
    return json.dumps(shares | json.loads(watch.stop()))


async def hilo_load(rig: Rig, rate: int, seconds: int) -> None:
    """Messages into the inbox."""
    slots = asyncio.Semaphore(AT_ONCE)

    async def accept(message: InboundMessage) -> None:
        async with slots:
            await rig.inbox.accept(MessageArrived(message), message.key)

    async with asyncio.TaskGroup() as tasks:
        async for message in _arriving(rate, seconds):
            tasks.create_task(accept(message))


async def noop_load(rig: Rig, rate: int, seconds: int) -> None:
    """The same messages into a stream, as they are."""
    slots = asyncio.Semaphore(AT_ONCE)

    async def add(data: bytes) -> None:
        async with slots:
            await rig.connection.commands.xadd(STREAM, {"at": repr(time.time()), "m": data})

    async with asyncio.TaskGroup() as tasks:
        async for message in _arriving(rate, seconds):
            tasks.create_task(add(wire.encode(message)))


async def _arriving(rate: int, seconds: int) -> AsyncIterator[InboundMessage]:
    source, count = random.Random(rate), rate * seconds
    ready = list(messages(count, customers_of(count)))
    due = time.perf_counter()
    for message in ready:
        due += source.expovariate(rate)
        await asyncio.sleep(max(due - time.perf_counter(), 0))
        yield message


async def _load(name: str, rig: Rig, rate: int, seconds: int) -> None:
    """Let another process make the load. RuntimeError if it fails."""
    arguments = ("-m", "bench.arrivals", name, rig.connection.url, str(rate), str(seconds))
    writer = await asyncio.create_subprocess_exec(sys.executable, *arguments)
    if await writer.wait():
        raise RuntimeError("the process that makes the load failed; its words are above")


async def main(name: str, url: str, rate: int, seconds: int) -> None:
    """Run one of the four."""
    async with connected(url) as rig:
        done = await {"hilo": hilo, "noop": noop, "hilo-load": hilo_load, "noop-load": noop_load}[name](
            rig, rate, seconds
        )
    if done:
        print(done, flush=True)


if __name__ == "__main__":
    configure_logs("info")
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])))
