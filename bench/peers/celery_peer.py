"""Celery on its Redis broker: four threads, 100 messages fetched ahead by each, no results, no events."""

import threading
from collections.abc import Callable
from typing import Any

from celery import Celery

TASK = "noop"


async def fill(url: str, payloads: list[dict[str, Any]]) -> None:
    """Enqueue all."""
    app = _app(url)
    with app.producer_pool.acquire() as producer:
        for payload in payloads:
            app.send_task(TASK, (payload,), producer=producer, ignore_result=True)


def work(url: str, handled: Callable[[int], None], _variant: str) -> None:
    """Handle them."""
    app, one_at_a_time = _app(url), threading.Lock()

    def noop(_message: dict[str, Any]) -> None:
        with one_at_a_time:
            handled(1)

    app.task(name=TASK, ignore_result=True)(noop)
    quiet = ("--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel=WARNING")
    app.worker_main(["worker", "--pool=threads", "--concurrency=4", *quiet])


def _app(url: str) -> Any:
    app = Celery("bench", broker=url.replace("unix://", "redis+socket://"))
    app.conf.update(
        task_ignore_result=True,
        worker_prefetch_multiplier=100,
        broker_connection_retry_on_startup=True,
        worker_send_task_events=False,
    )
    return app
