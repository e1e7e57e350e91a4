"""Several sources as one: none of them goes on before what it brought is dealt with."""

import asyncio
from collections.abc import AsyncIterator
from typing import TypeVar

from router.store.tasks import end_task

T = TypeVar("T")


async def merged(*sources: AsyncIterator[T]) -> AsyncIterator[T]:
    """Yield what each of `sources` brings, as it comes; what one of them raises is raised."""
    queue: asyncio.Queue[tuple[T, asyncio.Event]] = asyncio.Queue(1)
    tasks = [asyncio.create_task(_pump(source, queue)) for source in sources]
    try:
        while True:
            getting = asyncio.create_task(queue.get())
            try:
                await asyncio.wait({getting, *tasks}, return_when=asyncio.FIRST_COMPLETED)
                if not getting.done():
                    for task in tasks:
                        if task.done():
                            task.result()
                    tasks = [task for task in tasks if not task.done()]
                    continue
            finally:
                if not getting.done():
                    getting.cancel()
            item, done = getting.result()
            yield item
            done.set()
    finally:
        for task in tasks:
            await end_task(task)


async def _pump(source: AsyncIterator[T], queue: "asyncio.Queue[tuple[T, asyncio.Event]]") -> None:
    async for item in source:
        done = asyncio.Event()
        await queue.put((item, done))
        await done.wait()
