"""The sockets of applications. An event for one that is not connected is lost, as with Asterisk."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from datetime import timedelta
from typing import Any

from aiohttp import WSCloseCode, web

from sandbox.phone.ari.channel import Bridge, Channel, stamp
from sandbox.phone.ari.faults import AriFaults
from sandbox.phone.clock import Clock

ASTERISK_ID = "02:00:00:00:00:01"
_REMEMBERED = 2000
_KEPT_BACK_SECONDS = 3


class Hub:
    """Each application has one socket; who connects later takes it over. `told` is all that was sent, for tests."""

    def __init__(self, clock: Clock, faults: Callable[[], AriFaults]) -> None:
        self._clock = clock
        self._faults = faults
        self._sockets: dict[str, web.WebSocketResponse] = {}
        self._late: set[asyncio.Task[None]] = set()
        self._kept_back: list[tuple[str, dict[str, Any]]] = []
        self.told: list[dict[str, Any]] = []

    def has(self, app: str) -> bool:
        """Whether somebody is connected for `app`."""
        return app in self._sockets

    async def serve(self, request: web.Request, apps: list[str]) -> web.WebSocketResponse:
        """Hold the socket until it is closed."""
        socket = web.WebSocketResponse(protocols=("ari",))
        await socket.prepare(request)
        for app in apps:
            if old := self._sockets.get(app):
                await old.send_json(self._event(app, "ApplicationReplaced", {}))
                await old.close()
            self._sockets[app] = socket
        try:
            async for _ in socket:
                pass
        finally:
            for app in apps:
                if self._sockets.get(app) is socket:
                    del self._sockets[app]
        return socket

    def cut(self) -> None:
        """Every socket is gone, without a word; who was in the middle of a sentence is not asked."""
        for app, socket in tuple(self._sockets.items()):
            del self._sockets[app]
            transport = socket._req.transport if socket._req else None
            if transport:
                transport.abort()

    async def close(self) -> None:
        """Say goodbye to all."""
        for task in tuple(self._late):
            task.cancel()
        for socket in tuple(self._sockets.values()):
            await socket.close(code=WSCloseCode.GOING_AWAY)

    def tell(self, app: str, kind: str, **fields: Any) -> None:
        """Send an event to `app`; nobody there, nobody hears it."""
        event = self._event(app, kind, fields)
        faults = self._faults()
        if app in self._sockets and faults.cuts():
            self.cut()
        if app not in self._sockets or faults.loses():
            return
        self.told.append(event)
        del self.told[:-_REMEMBERED]
        self._kept_back.append((app, event))
        if len(self._kept_back) == 1 and faults.reverse:
            self._start(self._flush_later())
        if len(self._kept_back) >= faults.reverse:
            self._flush()

    def _event(self, app: str, kind: str, fields: Mapping[str, Any]) -> dict[str, Any]:
        now = stamp(self._clock.now())
        event: dict[str, Any] = {"type": kind, "application": app, "timestamp": now, "asterisk_id": ASTERISK_ID}
        event |= {name: each.shown() if isinstance(each, Channel | Bridge) else each for name, each in fields.items()}
        return event

    def _flush(self) -> None:
        kept, self._kept_back = self._kept_back[::-1], []
        self._start(self._send_all(kept))

    async def _flush_later(self) -> None:
        """What is kept back goes at last, also where no more comes."""
        await self._clock.sleep(timedelta(seconds=_KEPT_BACK_SECONDS))
        self._flush()

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._late.add(task)
        task.add_done_callback(self._late.discard)

    async def _send_all(self, events: list[tuple[str, dict[str, Any]]]) -> None:
        for app, event in events:
            await self._send(app, event)

    async def _send(self, app: str, event: dict[str, Any]) -> None:
        faults = self._faults()
        if faults.late_seconds:
            await self._clock.sleep(timedelta(seconds=faults.late_seconds))
        for _ in range(2 if faults.double_events else 1):
            socket = self._sockets.get(app)
            if socket is not None and not socket.closed:
                try:
                    await socket.send_json(event)
                except ConnectionError:
                    return
