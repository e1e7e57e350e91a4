"""ARI on a port of its own: routes, and what every request goes through before its handler."""

from __future__ import annotations

import base64
import binascii
import secrets
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from sandbox.phone.ari.faults import AriFaults
from sandbox.phone.ari.hub import Hub
from sandbox.phone.ari.problems import Refused
from sandbox.phone.ari.requests import Requests
from sandbox.phone.ari.switch import Switch
from sandbox.phone.exchange import Exchange

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_REMEMBERED = 2000


class Ari:
    """Asterisk on `exchange`, for who knows `user` and `password`. `faults` may be replaced at any time.

    The application `app` gets the calls to the numbers of `serve`. `asked` is every request, for tests.
    """

    def __init__(self, exchange: Exchange, user: str, password: str, app: str = "hilo") -> None:
        self.faults = AriFaults()
        self.hub = Hub(exchange.clock, lambda: self.faults)
        self.switch = Switch(exchange, self.hub, app)
        self.requests = Requests(self.switch, self.hub)
        self.asked: list[dict[str, Any]] = []
        self._known = f"{user}:{password}"

    def serve(self, number: str) -> None:
        """Calls to the company's `number` come to the application."""
        self.switch.exchange.serve(number, self.switch.incoming)

    def break_with(self, faults: AriFaults) -> None:
        """Put `faults` in force, in the place of those before."""
        self.faults = faults
        if faults.away or faults.cut_socket:
            self.hub.cut()

    async def close(self) -> None:
        """Close the sockets; the calls stay as they are."""
        await self.switch.close()
        await self.hub.close()

    def add_to(self, app: web.Application) -> None:
        """Have `app` serve all of it, below `/ari`."""
        for method, path, handler in self._routes():
            app.router.add_route(method, "/ari" + path, self._guarded(f"{method} {path}", handler))

    def _routes(self) -> list[tuple[str, str, Handler]]:
        do = self.requests
        return [
            ("GET", "/events", self._events),
            ("GET", "/channels", do.channels),
            ("POST", "/channels", do.originate),
            ("GET", "/channels/{id}", do.channel),
            ("DELETE", "/channels/{id}", do.hang_up),
            ("POST", "/channels/{id}/ring", do.ring),
            ("DELETE", "/channels/{id}/ring", do.ring),
            ("POST", "/channels/{id}/answer", do.answer),
            ("POST", "/channels/{id}/continue", do.go_on),
            ("GET", "/channels/{id}/variable", do.variable),
            ("POST", "/channels/{id}/play", do.play),
            ("GET", "/playbacks/{id}", do.playback),
            ("DELETE", "/playbacks/{id}", do.hush),
            ("GET", "/bridges", do.bridges),
            ("GET", "/bridges/{id}", do.bridge),
            ("POST", "/bridges/{id}", do.make_bridge),
            ("DELETE", "/bridges/{id}", do.end_bridge),
            ("POST", "/bridges/{id}/addChannel", do.add_channel),
            ("POST", "/bridges/{id}/record", do.record),
        ]

    def _guarded(self, operation: str, handler: Handler) -> Handler:
        """`handler` behind the faults and the password."""

        async def guarded(request: web.Request) -> web.StreamResponse:
            if self.faults.away or self.faults.strikes("cut_before", operation):
                return _cut(request)
            if self.faults.strikes("refuse_next", operation):
                return Refused(self.faults.status, "The sandbox refuses this, as asked").response()
            if not self._is_known(request):
                return web.json_response({"message": "Authentication required"}, status=401)
            self.asked.append({"operation": operation, "query": dict(request.query)})
            del self.asked[:-_REMEMBERED]
            try:
                response = await handler(request)
            except Refused as refusal:
                return refusal.response()
            return _cut(request) if self.faults.strikes("cut_after", operation) else response

        return guarded

    async def _events(self, request: web.Request) -> web.StreamResponse:
        apps = [each for each in request.query.get("app", "").split(",") if each]
        if not apps:
            raise Refused(400, "HTTP request is missing param: [app]")
        return await self.hub.serve(request, apps)

    def _is_known(self, request: web.Request) -> bool:
        given = request.query.get("api_key", "")
        kind, _, encoded = request.headers.get("Authorization", "").partition(" ")
        if kind.lower() == "basic":
            try:
                given = base64.b64decode(encoded, validate=True).decode()
            except (binascii.Error, UnicodeDecodeError):
                return False
        return secrets.compare_digest(given.encode(), self._known.encode())


def _cut(request: web.Request) -> web.Response:
    """The connection is gone before a byte of the answer was written."""
    if request.transport:
        request.transport.abort()
    return web.Response()
