"""The API v2 on a port of its own: routes, and what every request goes through before its handler."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from aiohttp import web

from sandbox.x.auth import Keys, Signatures
from sandbox.x.faults import XFaults
from sandbox.x.hooking import Hooking
from sandbox.x.limits import Limits
from sandbox.x.problems import Refused, plain
from sandbox.x.reading import Reading
from sandbox.x.render import Renderer
from sandbox.x.uploads import Uploads
from sandbox.x.webhook import Webhooks
from sandbox.x.world import World
from sandbox.x.writing import Writing

Handler = Callable[[web.Request], Awaitable[web.Response]]
_TITLES = {429: "Too Many Requests", 500: "Internal Server Error", 502: "Bad Gateway", 503: "Service Unavailable"}


class Api:
    """The application. `faults` may be replaced at any time."""

    def __init__(self, world: World, keys: Keys) -> None:
        self.faults = XFaults()
        self.base_url = ""
        self._signatures = Signatures(keys)
        self._limits = Limits()
        self._world = world
        renderer = Renderer(world.store, world.company.id, self._media_url)
        self.webhooks = Webhooks(world, keys.consumer_secret, self._media_url, lambda: self.faults.webhook)
        self._reading = Reading(world, renderer, lambda: self.faults)
        self._writing = Writing(world, lambda: self.faults)
        self._uploads = Uploads(world.store)
        self._hooking = Hooking(world.store, self.webhooks)

    def app(self) -> web.Application:
        """The application that serves all of it."""
        app = web.Application(client_max_size=32 * 1024 * 1024)
        for endpoint, method, path, handler in (*self._reading_routes(), *self._doing_routes()):
            app.router.add_route(method, path, self._guarded(endpoint, handler))
        app.router.add_get("/media/{key}", self._media)
        app.router.add_route("*", "/{path:.*}", _unknown)
        return app

    def _media_url(self) -> str:
        return f"{self.base_url}/media"

    def _reading_routes(self) -> list[tuple[str, str, str, Handler]]:
        read = self._reading
        return [
            ("me", "GET", "/2/users/me", read.me),
            ("user", "GET", "/2/users/by/username/{username}", read.user),
            ("users", "GET", "/2/users/by", read.users),
            ("users", "GET", "/2/users", read.users),
            ("user", "GET", r"/2/users/{id:\d+}", read.user),
            ("mentions", "GET", "/2/users/{id}/mentions", read.mentions),
            ("timeline", "GET", "/2/users/{id}/tweets", read.posts_of_user),
            ("search", "GET", "/2/tweets/search/recent", read.search),
            ("lookups", "GET", "/2/tweets", read.posts),
            ("lookup", "GET", "/2/tweets/{id}", read.post),
            ("dm_events", "GET", "/2/dm_events", read.messages),
            ("dm_conversation", "GET", "/2/dm_conversations/with/{participant_id}/dm_events", read.messages),
            ("dm_conversation", "GET", "/2/dm_conversations/{conversation_id}/dm_events", read.messages),
        ]

    def _doing_routes(self) -> list[tuple[str, str, str, Handler]]:
        write, uploads, hooks = self._writing, self._uploads, self._hooking
        subscription = "/2/account_activity/webhooks/{webhook_id}/subscriptions/all"
        return [
            ("post", "POST", "/2/tweets", write.post),
            ("delete", "DELETE", "/2/tweets/{id}", write.delete),
            ("dm_send", "POST", "/2/dm_conversations/with/{participant_id}/messages", write.message),
            ("dm_send", "POST", "/2/dm_conversations/{conversation_id}/messages", write.message),
            ("media", "POST", "/2/media/upload", uploads.upload),
            ("media", "POST", "/2/media/upload/initialize", uploads.initialize),
            ("media", "POST", "/2/media/upload/{id}/append", uploads.append),
            ("media", "POST", "/2/media/upload/{id}/finalize", uploads.finalize),
            ("webhooks", "GET", "/2/webhooks", hooks.list),
            ("webhooks", "POST", "/2/webhooks", hooks.create),
            ("webhooks", "PUT", "/2/webhooks/{webhook_id}", hooks.validate),
            ("webhooks", "DELETE", "/2/webhooks/{webhook_id}", hooks.delete),
            ("webhooks", "POST", subscription, hooks.subscribe),
            ("webhooks", "GET", subscription, hooks.is_subscribed),
        ]

    def _guarded(self, endpoint: str, handler: Handler) -> Handler:
        """`handler` behind the faults, the signature and the limit of `endpoint`."""

        async def guarded(request: web.Request) -> web.Response:
            if self.faults.delay_seconds and self.faults.concerns(endpoint):
                await asyncio.sleep(self.faults.delay_seconds)
            if self.faults.strikes("cut_before", endpoint):
                return _cut(request)
            if self.faults.strikes("refuse_next", endpoint):
                return self._refusal(endpoint)
            response = await self._answer(endpoint, handler, request)
            if response.status < 400 and self.faults.strikes("cut_after", endpoint):
                return _cut(request)
            return response

        return guarded

    async def _answer(self, endpoint: str, handler: Handler, request: web.Request) -> web.Response:
        if not await self._signatures.is_from_company(request):
            return plain(401, "Unauthorized").response()
        may_pass, headers = self._limits.take(endpoint, self.faults.limits)
        try:
            response = await handler(request) if may_pass else plain(429, "Too Many Requests").response()
        except Refused as refusal:
            response = refusal.response()
        response.headers.update(headers)
        return response

    def _refusal(self, endpoint: str) -> web.Response:
        status, title = self.faults.status, _TITLES.get(self.faults.status, "Error")
        if self.faults.body == "html":
            text = f"<html><body><h1>{status} {title}</h1></body></html>"
            response = web.Response(status=status, text=text, content_type="text/html")
        elif self.faults.body == "empty":
            response = web.Response(status=status)
        else:
            response = plain(status, title).response()
        if status == 429:
            response.headers.update(self._limits.exhausted(endpoint, self.faults.limits))
        return response

    async def _media(self, request: web.Request) -> web.Response:
        media = self._world.store.media(request.match_info["key"])
        if media is None:
            return web.Response(status=404)
        return web.Response(body=media.content, content_type=media.content_type)


async def _unknown(request: web.Request) -> web.Response:
    return plain(404, "Not Found").response()


def _cut(request: web.Request) -> web.Response:
    """The connection is gone before a byte of the answer was written."""
    if request.transport:
        request.transport.abort()
    return web.Response()
