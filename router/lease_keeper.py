"""The lease keeper: keeps this router's share of the partitions for as long as it runs."""

import asyncio

import structlog
from redis.exceptions import RedisError

from router.store.lease import Leases

log = structlog.get_logger()


class LeaseKeeper:
    """Keeps this router's leases, until `stop`; then hands them back."""

    def __init__(self, leases: Leases) -> None:
        self._leases = leases
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Balance the leases again and again, and hand them back at the end."""
        while not self._stopping.is_set():
            try:
                await self._leases.balance()
            except (RedisError, OSError) as error:
                log.warning("leases_not_renewed", error=str(error))
            try:
                await asyncio.wait_for(self._stopping.wait(), self._leases.period.total_seconds())
            except TimeoutError:
                continue
        try:
            await self._leases.leave()
        except (RedisError, OSError) as error:
            log.warning("leases_not_handed_back", error=str(error), hint="they expire by themselves")

    def stop(self) -> None:
        """Let `run` hand the leases back and return."""
        self._stopping.set()
