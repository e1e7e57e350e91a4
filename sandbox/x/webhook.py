"""Deliveries to webhooks: signed, checked by a challenge (CRC), and no more reliable than X's own."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any

import aiohttp

from sandbox.x.events import event_of
from sandbox.x.faults import WebhookFaults
from sandbox.x.problems import invalid
from sandbox.x.records import Webhook, is_loopback
from sandbox.x.world import Happening, World

# X waits so long for the answer to a challenge.
_CHALLENGE = aiohttp.ClientTimeout(total=3)
_DELIVERY = aiohttp.ClientTimeout(total=10)
# So many deliveries are on their way at once; their order is nobody's promise.
_AT_ONCE = 20


class Webhooks:
    """The webhooks of the app. Nothing is sent again: what is lost is lost."""

    def __init__(
        self, world: World, secret: str, media_url: Callable[[], str], faults: Callable[[], WebhookFaults]
    ) -> None:
        self._world = world
        self._store = world.store
        self._secret = secret.encode()
        self._media_url = media_url
        self._faults = faults
        self._held: list[bytes] = []
        self._slots = asyncio.Semaphore(_AT_ONCE)
        self._tasks: set[asyncio.Task[None]] = set()
        self.delivered = 0
        self.failed = 0
        world.listeners.append(self._on)

    async def close(self) -> None:
        """Give up what is on its way."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def register(self, url: str, *, subscribed: bool = False) -> Webhook:
        """The new webhook. Raises Refused if it does not answer the challenge, or is not on this machine."""
        if not is_loopback(url):
            raise invalid(
                "The sandbox delivers to addresses of this machine only, such as http://127.0.0.1:8427/x", url=url
            )
        known = {webhook.url: webhook for webhook in self._store.webhooks()}
        webhook = known.get(url) or Webhook(self._store.ids.now(), url, time.time(), is_valid=True, is_subscribed=False)
        if not await self._answers(url):
            raise invalid("CrcValidationFailed: the webhook did not answer the challenge as it should", url=url)
        webhook = replace(webhook, is_valid=True, is_subscribed=webhook.is_subscribed or subscribed)
        self._store.put_webhook(webhook)
        return webhook

    async def check(self, webhook: Webhook) -> Webhook:
        """Challenge it anew; one that fails hears no more until it has passed again."""
        checked = replace(webhook, is_valid=await self._answers(webhook.url))
        self._store.put_webhook(checked)
        return checked

    async def check_all(self) -> list[Webhook]:
        """Challenge all of them, as X does every half hour or so."""
        return [await self.check(webhook) for webhook in self._store.webhooks()]

    def subscribe(self, webhook: Webhook) -> None:
        """Have the company's account told to `webhook`."""
        self._store.put_webhook(replace(webhook, is_subscribed=True))

    def signature(self, content: bytes) -> str:
        """The signature over `content`, of a delivery or of a challenge."""
        digest = hmac.new(self._secret, content, hashlib.sha256).digest()
        return "sha256=" + base64.b64encode(digest).decode()

    async def _answers(self, url: str) -> bool:
        token = secrets.token_urlsafe(24)
        try:
            async with (
                aiohttp.ClientSession(timeout=_CHALLENGE) as session,
                session.get(url, params={"crc_token": token}, allow_redirects=False) as response,
            ):
                answer = await response.json(content_type=None) if response.status == 200 else None
        except (aiohttp.ClientError, TimeoutError, ValueError):
            return False
        given = answer.get("response_token") if isinstance(answer, dict) else None
        return isinstance(given, str) and hmac.compare_digest(given.encode(), self.signature(token.encode()).encode())

    def _on(self, happening: Happening) -> None:
        hearing = [one for one in self._store.webhooks() if one.is_valid and one.is_subscribed]
        if not hearing:
            return
        event = event_of(happening, self._store, self._world.company, self._media_url())
        if event is None:
            return
        body = json.dumps(event, ensure_ascii=False).encode()
        for content in self._spoilt(body):
            for webhook in hearing:
                self._spawn(self._deliver(webhook.url, content, self._faults().delay_seconds))

    def _spoilt(self, body: bytes) -> list[bytes]:
        """What is to be sent now: nothing, this, this twice, or with it what was kept back, in the wrong order."""
        faults = self._faults()
        if faults.lose_next:
            faults.lose_next -= 1
            return []
        if faults.double_next:
            faults.double_next -= 1
            return [body, body]
        self._held.append(body)
        if len(self._held) < faults.reverse:
            return []
        sent, self._held = self._held[::-1], []
        return sent

    async def _deliver(self, url: str, body: bytes, delay: float) -> None:
        await asyncio.sleep(delay)
        async with self._slots:
            is_taken = await self._is_taken(url, body)
        self.delivered += is_taken
        self.failed += not is_taken

    async def _is_taken(self, url: str, body: bytes) -> bool:
        headers = {"Content-Type": "application/json", "x-twitter-webhooks-signature": self.signature(body)}
        try:
            async with (
                aiohttp.ClientSession(timeout=_DELIVERY) as session,
                session.post(url, data=body, headers=headers, allow_redirects=False) as response,
            ):
                return 200 <= response.status < 300
        except (aiohttp.ClientError, TimeoutError):
            return False

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
