"""Tells a page that something has happened; what it was, the page reads for itself."""

from __future__ import annotations

import asyncio

from aiohttp import web

_KEEP_ALIVE_SECONDS = 15


class Live:
    """Counts what happens, and wakes those who watch."""

    def __init__(self) -> None:
        self._changes = 0
        self._changed = asyncio.Condition()
        self._waking: set[asyncio.Task[None]] = set()

    async def stream(self, request: web.Request) -> web.StreamResponse:
        """Server-sent events: `changes` at once, and each time that anything happens."""
        stream = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
        await stream.prepare(request)
        seen = -1
        while True:
            try:
                async with asyncio.timeout(_KEEP_ALIVE_SECONDS), self._changed:
                    await self._changed.wait_for(lambda seen=seen: self._changes != seen)  # type: ignore[misc]
                    seen = self._changes
                await stream.write(f"event: changes\ndata: {seen}\n\n".encode())
            except TimeoutError:
                await stream.write(b": still here\n\n")

    def wake(self) -> None:
        """Something has happened."""
        self._changes += 1
        if not self._waking:
            task = asyncio.get_running_loop().create_task(self._notify())
            self._waking.add(task)
            task.add_done_callback(self._waking.discard)

    async def _notify(self) -> None:
        async with self._changed:
            self._changed.notify_all()
