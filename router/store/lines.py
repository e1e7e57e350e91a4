"""How far a provider has driven each call that is under way, in its own words: what it finds after a crash."""

from collections.abc import Mapping
from typing import Any

from router.store import keys
from router.store.connection import Connection
from router.store.wire import text


class Lines:
    """One channel's calls, by their ids; who is called is not in it. Each write is the same twice."""

    def __init__(self, connection: Connection, channel: str) -> None:
        self._redis = connection.commands
        self._key = keys.channel(channel, "lines")

    async def keep(self, call: str, words: str) -> None:
        """Keep `words` of `call` instead of what was kept before."""
        await self._redis.hset(self._key, call, words)

    async def drop(self, call: str) -> None:
        """Forget `call`. Harmless if nothing is known of it."""
        await self._redis.hdel(self._key, call)

    async def all(self) -> Mapping[str, str]:
        """What is kept, by call."""
        found: Mapping[Any, Any] = await self._redis.hgetall(self._key)
        return {text(call): text(words) for call, words in found.items()}
