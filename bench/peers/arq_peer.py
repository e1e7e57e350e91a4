"""arq, set for throughput: 100 jobs at once, 1,000 read at a time, polled every 10 ms, no results kept."""

import asyncio
from collections.abc import Callable
from typing import Any

import uvloop
from arq import create_pool, func
from arq.connections import RedisSettings
from arq.worker import Worker

TASK = "noop"


async def fill(url: str, payloads: list[dict[str, Any]]) -> None:
    """Enqueue all."""
    pool = await create_pool(RedisSettings.from_dsn(url))
    for start in range(0, len(payloads), 100):
        await asyncio.gather(*(pool.enqueue_job(TASK, each) for each in payloads[start : start + 100]))
    await pool.aclose()


def work(url: str, handled: Callable[[int], None], _variant: str) -> None:
    """Handle them."""

    async def noop(_context: Any, _message: dict[str, Any]) -> None:
        handled(1)

    async def run() -> None:
        worker = Worker(
            [func(noop, name=TASK)],
            redis_settings=RedisSettings.from_dsn(url),
            max_jobs=100,
            queue_read_limit=1_000,
            poll_delay=0.01,
            keep_result=0,
            log_results=False,
            handle_signals=False,
        )
        await worker.main()

    uvloop.run(run())
