"""X as the sandbox runs it: the store, what happens in it, the API for the company and the one for the customers."""

from __future__ import annotations

import asyncio

from sandbox.settings import Settings
from sandbox.x.api import Api
from sandbox.x.auth import Keys
from sandbox.x.play import Play
from sandbox.x.problems import Refused
from sandbox.x.store import XStore
from sandbox.x.world import World

_AGAIN_SECONDS = 2.0


class XService:
    """All parts, put together."""

    def __init__(self, settings: Settings, store: XStore) -> None:
        self.world = World(store, settings.x_username, settings.x_name)
        self.api = Api(self.world, _keys(settings))
        self.play = Play(self.world, self.api.webhooks)
        self._webhook_url = settings.x_webhook_url
        self._registering: asyncio.Task[None] | None = None

    def start(self, base_url: str) -> None:
        """The API listens at `base_url`: register the webhook that the settings name, once it answers."""
        self.api.base_url = base_url
        if self._webhook_url:
            self._registering = asyncio.get_running_loop().create_task(self._register(self._webhook_url))

    async def close(self) -> None:
        """Stop delivering."""
        if self._registering:
            self._registering.cancel()
            await asyncio.gather(self._registering, return_exceptions=True)
        await self.api.webhooks.close()

    async def _register(self, url: str) -> None:
        """Try until it passes the challenge: whoever listens there may start after the sandbox."""
        while True:
            try:
                await self.api.webhooks.register(url, subscribed=True)
            except Refused:
                await asyncio.sleep(_AGAIN_SECONDS)
            else:
                return


def _keys(settings: Settings) -> Keys:
    """The app's keys. One that was not set is the password, which whoever runs the sandbox has at hand."""
    return Keys(
        settings.x_consumer_key or settings.password,
        settings.x_consumer_secret or settings.password,
        settings.x_access_token or settings.password,
        settings.x_access_token_secret or settings.password,
    )
