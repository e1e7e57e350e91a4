"""Ending a task that talks to Redis."""

import asyncio
from typing import Any

AGAIN_AFTER = 0.5
"""Seconds after which a cancellation that did not end the task is repeated."""


async def end_task(task: asyncio.Task[Any]) -> None:
    """Cancel `task` until it has ended, however it ends.

    One cancellation is not enough: each send of redis-py is an `asyncio.wait_for`, which in Python 3.11 drops a
    cancellation that arrives as the send completes. So the task may have to be told again at its next wait.
    """
    while not task.done():
        task.cancel()
        await asyncio.wait([task], timeout=AGAIN_AFTER)
