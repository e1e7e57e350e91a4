"""The ticker: moves what is due to the stream of each partition whose lease this router holds."""

import asyncio

import structlog
from redis.exceptions import RedisError

from router.store.lease import Leases
from router.store.schedule import AT_ONCE, Schedule

log = structlog.get_logger()

PERIOD_SECONDS = 0.2


class Ticker:
    """Ticks until `stop`; what fell due while nobody ticked is moved at once, the earliest first."""

    def __init__(self, schedule: Schedule, leases: Leases) -> None:
        self._schedule = schedule
        self._leases = leases
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Tick every partition held, several times a second."""
        while not self._stopping.is_set():
            try:
                is_more = await self.tick()
            except (RedisError, OSError) as error:
                log.warning("timers_not_moved", error=str(error))
                is_more = False
            if not is_more:
                await asyncio.sleep(PERIOD_SECONDS)

    async def tick(self) -> bool:
        """Move what is due now; whether there may be more of it."""
        moved = [await self._schedule.tick(partition, token) for partition, token in dict(self._leases.held).items()]
        return AT_ONCE in moved

    def stop(self) -> None:
        """Let `run` return."""
        self._stopping.set()
