"""The clock of an installation: Redis' own time, so that all processes agree, whatever their machines say."""

import asyncio
import time
from datetime import UTC, datetime, timedelta

import structlog
from redis.exceptions import RedisError

from router.model.clock import from_milliseconds
from router.store.connection import Connection

log = structlog.get_logger()

PERIOD_SECONDS = 5.0
JUMP = timedelta(minutes=2)


class RedisClock:
    """Redis' time, asked for now and then and carried on by the machine's steady clock; it never goes back.

    A jump of over two minutes is believed only once a second reading agrees: until then timers wait, nothing else does.
    """

    def __init__(self, connection: Connection) -> None:
        self._redis = connection.commands
        self._ahead: timedelta = datetime.now(UTC) - _steady()
        self._doubted: timedelta | None = None
        self._latest = datetime.fromtimestamp(0, UTC)
        self._stopping = asyncio.Event()

    def now(self) -> datetime:
        """The present instant, in UTC; it never goes back."""
        self._latest = max(self._latest, _steady() + self._ahead)
        return self._latest

    async def sleep(self, duration: timedelta) -> None:
        """Return once `duration` has passed."""
        await asyncio.sleep(duration.total_seconds())

    async def begin(self) -> None:
        """Take Redis' time as it is. Raises redis' errors when the server is away."""
        self._ahead = await self._reading()

    async def run(self) -> None:
        """Ask again every few seconds, until `stop`."""
        while not self._stopping.is_set():
            try:
                self._believe(await self._reading())
            except (RedisError, OSError) as error:
                log.debug("clock_not_read", error=str(error))
            try:
                async with asyncio.timeout(PERIOD_SECONDS):
                    await self._stopping.wait()
            except TimeoutError:
                continue

    def stop(self) -> None:
        """Let `run` return."""
        self._stopping.set()

    async def _reading(self) -> timedelta:
        """How far Redis' time is ahead of the steady clock."""
        seconds, microseconds = await self._redis.time()
        return from_milliseconds(seconds * 1000 + microseconds / 1000) - _steady()

    def _believe(self, ahead: timedelta) -> None:
        if abs(ahead - self._ahead) > JUMP and (self._doubted is None or abs(ahead - self._doubted) > JUMP):
            log.error("clock_jumped", by=str(ahead - self._ahead), hint="held until a second reading agrees")
            self._doubted = ahead
            return
        self._ahead, self._doubted = ahead, None


def _steady() -> datetime:
    """An instant that moves with time and never jumps; where it stands means nothing."""
    return datetime.fromtimestamp(time.monotonic(), UTC)
