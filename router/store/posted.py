"""What a channel has handed over part by part: the provider's ids of each message's parts, and whose each id is."""

from collections.abc import Sequence
from datetime import timedelta

from router.model.ids import MessageId
from router.store import keys
from router.store.connection import Connection, Script
from router.store.wire import text

# Longer than a message is tried, and than any doubt about it is looked into.
KEPT = timedelta(days=3)
# KEYS: the message's parts, the holder of each part  ARGV: the ids, the message, seconds
KEEP = """
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[3])
for number = 2, #KEYS do redis.call('SET', KEYS[number], ARGV[2], 'EX', ARGV[3]) end
return 1
"""


class Posted:
    """The parts that one channel has handed over lately."""

    def __init__(self, connection: Connection, channel: str) -> None:
        self._redis = connection.commands
        self._channel = channel
        self._keep = Script(connection, KEEP)

    async def of(self, message: MessageId) -> tuple[str, ...]:
        """The provider's ids of the parts of `message` that have left, in order."""
        found = await self._redis.get(self._parts(message))
        return tuple(text(found).split()) if found else ()

    async def keep(self, message: MessageId, identifiers: Sequence[str]) -> None:
        """Keep, all or nothing, that those parts of `message` have left and are its own; the same twice is once."""
        names = [self._parts(message), *(self._holder(each) for each in identifiers)]
        await self._keep(names, " ".join(identifiers), message, int(KEPT.total_seconds()))

    async def holders(self, identifiers: Sequence[str]) -> dict[str, str]:
        """Whose those of `identifiers` are that belong to a message."""
        found: dict[str, str] = {}
        for each in identifiers:
            if holder := await self._redis.get(self._holder(each)):
                found[each] = text(holder)
        return found

    def _parts(self, message: MessageId) -> str:
        return keys.channel(self._channel, f"posted:{message}")

    def _holder(self, identifier: str) -> str:
        return keys.channel(self._channel, f"posted-as:{identifier}")
