"""streaq, 100 tasks at once, no results kept."""

from collections.abc import Callable
from typing import Any

from streaq import Worker

TASK = "noop"


async def fill(url: str, payloads: list[dict[str, Any]]) -> None:
    """Enqueue all."""
    worker = _worker(url)

    async def noop(_message: dict[str, Any]) -> None:
        """Stand for the worker's task."""

    task = worker.task(name=TASK, ttl=0, silent=True)(noop)
    async with worker:
        for start in range(0, len(payloads), 1_000):
            await worker.enqueue_many([task.enqueue(each) for each in payloads[start : start + 1_000]])


def work(url: str, handled: Callable[[int], None], _variant: str) -> None:
    """Handle them."""
    worker = _worker(url)

    async def noop(_message: dict[str, Any]) -> None:
        handled(1)

    worker.task(name=TASK, ttl=0, silent=True)(noop)
    worker.run_sync()


def _worker(url: str) -> Any:
    return Worker(redis_url=url, concurrency=100, handle_signals=False, anyio_kwargs={"use_uvloop": True})
