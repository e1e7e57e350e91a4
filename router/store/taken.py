"""What a channel has handed over and settled, by the provider's ids: for those that show the same again and again."""

from collections.abc import Sequence

from router.store import keys
from router.store.connection import Connection

# No provider shows so much again; what falls out is still known to the inbox, by its content.
MOST = 100_000


class Taken:
    """The settled ids of one feed of a channel; ids are numbers that grow with time."""

    def __init__(self, connection: Connection, channel: str, feed: str) -> None:
        self._redis = connection.commands
        self._key = keys.channel(channel, f"taken:{feed}")

    async def add(self, identifier: int) -> None:
        """Keep that `identifier` is settled; the same twice is once."""
        await self._redis.zadd(self._key, {str(identifier): _score(identifier)})

    async def known(self, identifiers: Sequence[int]) -> frozenset[int]:
        """Which of `identifiers` are settled."""
        if not identifiers:
            return frozenset()
        scores = await self._redis.zmscore(self._key, [str(each) for each in identifiers])
        return frozenset(each for each, score in zip(identifiers, scores, strict=True) if score is not None)

    async def forget_below(self, identifier: int) -> None:
        """Forget what is older than `identifier`, and the oldest of what is too much."""
        await self._redis.zremrangebyscore(self._key, "-inf", f"({_score(identifier)}")
        await self._redis.zremrangebyrank(self._key, 0, -MOST - 1)


def _score(identifier: int) -> int:
    """Scores are exact up to 53 bits only: the time alone, of ids that have it above their lowest 22."""
    return identifier >> 22
