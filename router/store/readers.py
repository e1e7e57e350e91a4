"""Who reads the feed and how far they have come: it is kept for the slowest of them.

Who does not come by for a day is dropped, aloud; a process of this machine that is gone, at once.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from redis.exceptions import RedisError

from router.model.clock import Clock
from router.model.errors import PermanentError
from router.store import feed, keys, wire
from router.store.connection import Connection
from router.store.holder import holder_name, is_dead

log = structlog.get_logger()

DROPPED_AFTER = timedelta(hours=24)
PERIOD_SECONDS = 5.0
GLANCE_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a reader of the feed stands, and when it last said so."""

    position: str
    at: datetime


def reader_name(part: str) -> str:
    """A name for the one reader of `part` in this process; a reader that outlives its process has one of its own."""
    return f"{part}@{holder_name()}"


class Readers:
    """The readers of the feed; each comes by every few seconds."""

    def __init__(self, connection: Connection, clock: Clock) -> None:
        self._redis = connection.commands
        self._clock = clock

    async def tell(self, name: str, position: str) -> None:
        """`name` has read up to `position`."""
        await self._redis.hset(keys.READERS, name, wire.encode(Mark(position, self._clock.now())))

    async def keep_telling(self, name: str, position: Callable[[], str]) -> None:
        """Tell every few seconds how far `name` has come, for ever, once there is a position. Raises redis' errors."""
        while True:
            here = position()
            if here:
                await self.tell(name, here)
            await asyncio.sleep(PERIOD_SECONDS if here else GLANCE_SECONDS)

    async def leave(self, name: str) -> None:
        """`name` reads no more. While the store is away nobody is told: the dead are found out."""
        try:
            await self._redis.hdel(keys.READERS, name)
        except (RedisError, OSError) as error:
            log.debug("feed_reader_not_left", reader=name, error=str(error))

    async def slowest(self, partitions: int) -> list[str] | None:
        """In each partition the stream id that all have read; None without readers. Raises redis' errors."""
        positions = []
        for raw, data in (await self._redis.hgetall(keys.READERS)).items():
            name = wire.text(raw)
            mark = self._mark(data, partitions)
            if mark is None or is_dead(name.rpartition("@")[2]):
                await self.leave(name)
            elif self._clock.now() - mark.at > DROPPED_AFTER:
                log.warning("feed_reader_dropped", reader=name, last_seen=mark.at.isoformat(), hint="it will read anew")
                await self.leave(name)
            else:
                positions.append(mark.position)
        return feed.least(positions, partitions) if positions else None

    @staticmethod
    def _mark(data: bytes | str, partitions: int) -> Mark | None:
        """The mark in `data`; None for one that can't be read, or is of another feed: it holds nothing back."""
        try:
            mark = wire.decode(Mark, data)
            feed.least([mark.position], partitions)
        except PermanentError:
            return None
        return mark
