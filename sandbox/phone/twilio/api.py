"""The REST API on a port of its own: routes, and what every request goes through before its handler."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Awaitable, Callable

import aiohttp
from aiohttp import web

from sandbox.phone.twilio.faults import TwilioFaults
from sandbox.phone.twilio.problems import Refused, invalid, not_found
from sandbox.phone.twilio.render import calls_path
from sandbox.phone.twilio.resource import CallResource

Handler = Callable[[web.Request], Awaitable[web.Response]]
_MESSAGES = {429: "Too Many Requests", 500: "Internal Server Error", 503: "Service Unavailable"}


class Api:
    """The application. `faults` may be replaced at any time; `is_away` says whether anybody is there at all."""

    def __init__(self, resource: CallResource, account: str, token: str, is_away: Callable[[], bool]) -> None:
        self.faults = TwilioFaults()
        self._resource = resource
        self._account = account
        self._token = token
        self._is_away = is_away

    def app(self) -> web.Application:
        """The application that serves all of it."""
        app, path, resource = web.Application(), calls_path(self._account), self._resource
        routes: list[tuple[str, str, str, Handler]] = [
            ("create", "POST", f"{path}.json", resource.create),
            ("list", "GET", f"{path}.json", self._list),
            ("fetch", "GET", f"{path}/{{sid}}.json", resource.fetch),
            ("update", "POST", f"{path}/{{sid}}.json", resource.update),
            ("update", "DELETE", f"{path}/{{sid}}.json", resource.delete),
            ("events", "GET", f"{path}/{{sid}}/Events.json", self._events),
        ]
        for endpoint, method, route, handler in routes:
            app.router.add_route(method, route, self._guarded(endpoint, handler))
        app.router.add_route("*", "/{path:.*}", self._guarded("", _unknown))
        return app

    async def _list(self, request: web.Request) -> web.Response:
        return await self._resource.list(request, self.faults.unlisted_seconds)

    async def _events(self, request: web.Request) -> web.Response:
        return await self._resource.events(request, self.faults.events_seconds)

    def _guarded(self, endpoint: str, handler: Handler) -> Handler:
        """`handler` behind the faults of `endpoint` and the account's credentials."""

        async def guarded(request: web.Request) -> web.Response:
            faults = self.faults
            if faults.delay_seconds and faults.concerns(endpoint):
                await asyncio.sleep(faults.delay_seconds)
            if self._is_away() or faults.strikes("cut_before", endpoint):
                return _cut(request)
            if faults.strikes("refuse_next", endpoint):
                return self._refusal().response()
            response = await self._answer(handler, request)
            if response.status >= 400:
                return response
            if faults.strikes("stall_next", endpoint):
                await asyncio.sleep(faults.stall_seconds)
            return _cut(request) if faults.strikes("cut_after", endpoint) else response

        return guarded

    async def _answer(self, handler: Handler, request: web.Request) -> web.Response:
        try:
            if not self._is_ours(request):
                raise Refused(401, 20003, "Authenticate")
            return await handler(request)
        except Refused as refusal:
            return refusal.response()

    def _is_ours(self, request: web.Request) -> bool:
        """Whether it has the account's SID and token (https://www.twilio.com/docs/usage/requests-to-twilio)."""
        given = request.headers.get("Authorization", "")
        return hmac.compare_digest(given.encode(), aiohttp.encode_basic_auth(self._account, self._token).encode())

    def _refusal(self) -> Refused:
        status = self.faults.status
        code = 20429 if status == 429 else 20000 + status
        return Refused(status, code, _MESSAGES.get(status, "Error"), self.faults.retry_after)


async def _unknown(request: web.Request) -> web.Response:
    if request.method not in ("GET", "POST", "DELETE"):
        raise invalid(20004, "Method not allowed")
    raise not_found(request.path)


def _cut(request: web.Request) -> web.Response:
    """The connection is gone before a byte of the answer was written."""
    if request.transport:
        request.transport.abort()
    return web.Response()
