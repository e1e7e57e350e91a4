"""X as the sandbox runs it: the store, what happens in it, the API for the company and the one for the customers."""

from __future__ import annotations

from sandbox.settings import Settings
from sandbox.x.api import Api
from sandbox.x.auth import Keys
from sandbox.x.play import Play
from sandbox.x.store import XStore
from sandbox.x.world import World


class XService:
    """All parts, put together."""

    def __init__(self, settings: Settings, store: XStore) -> None:
        self.world = World(store, settings.x_username, settings.x_name)
        self.api = Api(self.world, _keys(settings))
        self.play = Play(self.world, self.api.webhooks)


def _keys(settings: Settings) -> Keys:
    """The app's keys. One that was not set is the password, which whoever runs the sandbox has at hand."""
    return Keys(
        settings.x_consumer_key or settings.password,
        settings.x_consumer_secret or settings.password,
        settings.x_access_token or settings.password,
        settings.x_access_token_secret or settings.password,
    )
