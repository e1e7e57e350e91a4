"""Waiting for something, but no longer than a call lasts."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from sandbox.phone.leg import Leg, What


async def unless_over(leg: Leg, work: Coroutine[Any, Any, Any]) -> None:
    """Let `work` run to its end, or stop it when `leg` ends."""
    await first_of([work, leg.over()])


async def first_of(works: list[Coroutine[Any, Any, Any]]) -> int:
    """Which of `works` was done first; the others are stopped. What it raised is raised."""
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        index = next(index for index, task in enumerate(tasks) if task.done())
        tasks[index].result()
        return index
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def reached(leg: Leg) -> bool:
    """Whether somebody, or a machine, has answered; False once it ended without."""
    async for event in leg.events():
        if event.what in (What.ANSWERED, What.VOICEMAIL):
            return True
    return False
