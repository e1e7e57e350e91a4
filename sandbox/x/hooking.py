"""The API for webhooks and for the subscription of the company's account to them."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from sandbox.x.bodies import json_of
from sandbox.x.problems import Refused, invalid, plain
from sandbox.x.query import identifier
from sandbox.x.records import Webhook, shown_time
from sandbox.x.store import XStore
from sandbox.x.webhook import Webhooks


class Hooking:
    """The handlers."""

    def __init__(self, store: XStore, webhooks: Webhooks) -> None:
        self._store = store
        self._webhooks = webhooks

    async def list(self, request: web.Request) -> web.Response:
        """GET /2/webhooks."""
        shown = [shown_webhook(webhook) for webhook in self._store.webhooks()]
        return web.json_response({**({"data": shown} if shown else {}), "meta": {"result_count": len(shown)}})

    async def create(self, request: web.Request) -> web.Response:
        """POST /2/webhooks."""
        url = (await json_of(request)).get("url")
        if not isinstance(url, str):
            raise invalid("$.url: is missing but it is required")
        webhook = await self._webhooks.register(url)
        return web.json_response({"data": shown_webhook(webhook)})

    async def validate(self, request: web.Request) -> web.Response:
        """PUT /2/webhooks/{id}."""
        webhook = await self._webhooks.check(self._webhook(request))
        return web.json_response({"data": {"valid": webhook.is_valid}})

    async def delete(self, request: web.Request) -> web.Response:
        """DELETE /2/webhooks/{id}."""
        self._store.drop_webhook(self._webhook(request).id)
        return web.json_response({"data": {"deleted": True}})

    async def subscribe(self, request: web.Request) -> web.Response:
        """POST /2/account_activity/webhooks/{id}/subscriptions/all."""
        self._webhooks.subscribe(self._webhook(request))
        return web.json_response({"data": {"subscribed": True}})

    async def is_subscribed(self, request: web.Request) -> web.Response:
        """GET /2/account_activity/webhooks/{id}/subscriptions/all."""
        return web.json_response({"data": {"subscribed": self._webhook(request).is_subscribed}})

    def _webhook(self, request: web.Request) -> Webhook:
        webhook_id = identifier("webhook_id", request.match_info["webhook_id"])
        for webhook in self._store.webhooks():
            if webhook.id == webhook_id:
                return webhook
        raise Refused(404, plain(404, "Not Found", "There is no such webhook.").body)


def shown_webhook(webhook: Webhook) -> dict[str, Any]:
    """A webhook as the API shows it."""
    created_at = shown_time(webhook.created_at)
    return {"id": str(webhook.id), "url": webhook.url, "valid": webhook.is_valid, "created_at": created_at}
