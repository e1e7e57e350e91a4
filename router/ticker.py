"""The ticker: moves what is due to the stream of each partition whose lease this router holds."""

import asyncio
from datetime import timedelta

import structlog
from redis.exceptions import RedisError

from router.store.lease import Leases
from router.store.schedule import Moved, Schedule

log = structlog.get_logger()

PERIOD_SECONDS = 0.2


class Ticker:
    """Ticks until `stop`; what fell due while nobody ticked is moved at once, the earliest first."""

    def __init__(self, schedule: Schedule, leases: Leases) -> None:
        self._schedule = schedule
        self._leases = leases
        self._late = 0
        self._most = timedelta()
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Tick every partition held, several times a second."""
        while not self._stopping.is_set():
            try:
                moved = await self.tick()
            except (RedisError, OSError) as error:
                log.warning("timers_not_moved", error=str(error))
                moved = Moved()
            # Where more is due and there is room for it, the next tick comes at once.
            await asyncio.sleep(0 if moved.is_more and moved.count else PERIOD_SECONDS)

    async def tick(self) -> Moved:
        """What was moved of all that is due now; those that came late are told once they are over."""
        moved = await self._schedule.tick(dict(self._leases.held))
        if moved.late:
            self._late += moved.late
            self._most = max(self._most, moved.most)
        elif self._late and not moved.is_more:
            hint = "they were due while no router worked on them; all have fired now, the oldest first"
            log.warning("timers_late", count=self._late, most_seconds=round(self._most.total_seconds()), hint=hint)
            self._late, self._most = 0, timedelta()
        return moved

    def stop(self) -> None:
        """Let `run` return."""
        self._stopping.set()
