"""taskiq on taskiq-redis' stream broker, 100 tasks at once."""

from collections.abc import Callable
from typing import Any

import uvloop
from taskiq.api import run_receiver_task
from taskiq_redis import RedisStreamBroker

TASK = "noop"


async def fill(url: str, payloads: list[dict[str, Any]]) -> None:
    """Enqueue all."""
    broker = RedisStreamBroker(url, consumer_id="0")

    async def noop(_message: dict[str, Any]) -> None:
        """Stand for the worker's task."""

    task = broker.register_task(noop, task_name=TASK)
    await broker.startup()
    for payload in payloads:
        await task.kiq(payload)
    await broker.shutdown()


def work(url: str, handled: Callable[[int], None], _variant: str) -> None:
    """Handle them."""
    broker = RedisStreamBroker(url, consumer_id="0")

    async def noop(_message: dict[str, Any]) -> None:
        handled(1)

    async def run() -> None:
        broker.is_worker_process = True
        broker.register_task(noop, task_name=TASK)
        await run_receiver_task(broker, max_async_tasks=100, run_startup=True)

    uvloop.run(run())
