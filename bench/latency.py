"""The time from the inbox to committed, at a steady load that another process makes."""

import asyncio
import random
import sys
import time
from datetime import UTC, datetime

from bench.load import messages
from bench.rig import AT_ONCE, Rig
from router.logs import configure_logs
from router.model.clock import SystemClock
from router.model.event import MessageArrived
from router.model.message import InboundMessage
from router.store import metrics
from router.store.connection import Connection
from router.store.inbox import Accepted, Inbox

SECONDS = 10
CUSTOMERS = 2_000


class Recorder:
    """Stands where the histogram stands and keeps each value, since a histogram has only its buckets."""

    def __init__(self) -> None:
        self.values: list[float] = []

    def observe(self, value: float) -> None:
        self.values.append(value)


async def latency(rig: Rig, rate: int) -> str:
    """The line to print for `rate` messages a second, arriving at random instants (Poisson)."""
    recorder, usual = Recorder(), metrics.LAG_SECONDS
    metrics.LAG_SECONDS = recorder  # type: ignore[assignment]
    try:
        async with rig.worker():
            await asyncio.sleep(0.2)
            writer = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "bench.latency", rig.connection.url, str(rate), str(SECONDS)
            )
            if await writer.wait():
                raise RuntimeError("the process that makes the load failed; its words are above")
            await rig.until_done()
    finally:
        metrics.LAG_SECONDS = usual
    values = sorted(recorder.values)
    p50, p99 = (values[int(len(values) * share)] * 1000 for share in (0.50, 0.99))
    return f"  {rate:5,} messages/s for {SECONDS} s: p50 {p50:.2f} ms, p99 {p99:.2f} ms ({len(values):,} messages)"


async def _write(url: str, rate: int, seconds: int) -> None:
    connection = Connection(url)
    inbox = Inbox(connection, SystemClock())
    source = random.Random(rate)
    tasks: list[asyncio.Task[Accepted]] = []
    slots = asyncio.Semaphore(AT_ONCE)
    due = time.perf_counter()
    for message in messages(rate * seconds, CUSTOMERS, seed=10_000 + rate + datetime.now(UTC).microsecond):
        due += source.expovariate(rate)
        await asyncio.sleep(max(due - time.perf_counter(), 0))
        tasks.append(asyncio.create_task(_accept(inbox, slots, message)))
    await asyncio.gather(*tasks)
    await connection.close()


async def _accept(inbox: Inbox, slots: asyncio.Semaphore, message: InboundMessage) -> Accepted:
    async with slots:
        return await inbox.accept(MessageArrived(message), message.key)


if __name__ == "__main__":
    configure_logs("warning")
    asyncio.run(_write(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
