"""What a channel itself must remember: small named values (a mailbox' cursor), durable like everything else."""

from datetime import timedelta

from router.store import keys
from router.store.connection import Connection
from router.store.wire import text


class Shelf:
    """A channel's named values."""

    def __init__(self, connection: Connection, channel: str) -> None:
        self.connection = connection
        self._redis = connection.commands
        self._channel = channel

    async def get(self, name: str) -> str | None:
        """The value put under `name`, or None."""
        value = await self._redis.get(keys.channel(self._channel, f"shelf:{name}"))
        return None if value is None else text(value)

    async def put(self, name: str, value: str, keep: timedelta | None = None) -> None:
        """Keep `value` under `name`: for so long, or for good."""
        await self._redis.set(keys.channel(self._channel, f"shelf:{name}"), value, px=keep)
