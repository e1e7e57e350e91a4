"""The trimmer: what grows by itself is kept within its bounds, in each partition whose lease this router holds.

The feed goes behind its slowest reader; what a channel has brought is forgotten once it can't come again, also where
nothing new arrives to make room. Dead letters are a person's to clear: many of them are told.
"""

import asyncio
from collections.abc import Sequence

import structlog
from redis.exceptions import RedisError

from router.model.clock import Clock, milliseconds
from router.store import keys, metrics
from router.store.connection import Connection, Script, lua
from router.store.inbox import forgotten_before
from router.store.lease import Leases
from router.store.readers import Readers

log = structlog.get_logger()

PERIOD_SECONDS = 5.0
KEPT = 5_000
MOST = 100_000
"""Entries of a partition's feed: the latest that are always kept, and how many it may have for a reader's sake."""

SEEN_AT_ONCE = 500
MANY_DEAD = 1_000


class Trimmer:
    """Trims until `stop`; `channels` are those whose arrivals are remembered."""

    def __init__(
        self,
        connection: Connection,
        clock: Clock,
        leases: Leases,
        partitions: int,
        channels: Sequence[str],
        kept: int = KEPT,
        most: int = MOST,
    ) -> None:
        self._clock = clock
        self._leases = leases
        self._partitions = partitions
        self._channels = channels
        self._kept = kept
        self._most = most
        self._readers = Readers(connection, clock)
        self._script = Script(connection, lua("trim"))
        self._has_many_dead = False
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Trim every few seconds, until `stop`; a server that goes away is waited for."""
        while not self._stopping.is_set():
            try:
                await self.trim()
            except (RedisError, OSError) as error:
                log.warning("not_trimmed", error=str(error), hint="tried again in a moment")
            try:
                await asyncio.wait_for(self._stopping.wait(), PERIOD_SECONDS)
            except TimeoutError:
                continue

    def stop(self) -> None:
        """Let `run` return."""
        self._stopping.set()

    async def trim(self) -> None:
        """Trim every partition held. Raises redis' errors."""
        held = dict(self._leases.held)
        if not held:
            return
        slowest = await self._readers.slowest(self._partitions)
        dead = 0
        for partition, token in held.items():
            place = slowest[partition] if slowest else ""
            dead += max(await self._partition(partition, token, place), 0)
        self._tell(dead)

    async def _partition(self, partition: int, token: str, place: str) -> int:
        """Trim one partition, a piece at a time so that nobody waits for long; how many dead letters it holds."""
        now = self._clock.now()
        seen = [keys.seen(channel) for channel in self._channels]
        names = [keys.key(partition, suffix) for suffix in (keys.LEASE, keys.FEED, keys.DEAD, *seen)]
        forget = [milliseconds(forgotten_before(channel, now)) for channel in self._channels]
        while True:
            dead, more = await self._script(names, token, place, self._kept, self._most, SEEN_AT_ONCE, *forget)
            if not more:
                return int(dead)

    def _tell(self, dead: int) -> None:
        metrics.DEAD_WAITING.set(dead)
        if dead > MANY_DEAD and not self._has_many_dead:
            log.error("many_dead_letters", count=dead, hint="nobody clears them: look what they have in common")
        self._has_many_dead = dead > MANY_DEAD
