"""The clock of an installation: Redis' own time, so that all processes agree, whatever their machines say."""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import structlog
from redis.exceptions import RedisError

from router.model.clock import from_milliseconds
from router.store import keys
from router.store.connection import Connection, Script

log = structlog.get_logger()

PERIOD_SECONDS = 5.0
JUMP = timedelta(minutes=2)
SLOW = timedelta(seconds=1)
# A cluster has a clock for each node: a script that names a key asks the same one for all processes.
TIME = "return redis.call('TIME')"


class RedisClock:
    """Redis' time, asked for now and then and carried on by the machine's steady clock; it never goes back.

    A jump of over two minutes is believed once a second reading agrees, and `wall`, the machine's own time, does too.
    Until then the clock goes on as if there were none: nothing fires early, and nothing waits.
    """

    def __init__(self, connection: Connection, wall: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._time = Script(connection, TIME)
        self._wall = wall
        self._ahead: timedelta = wall() - _steady()
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
        self._ahead = (await self._reading())[0]
        if abs(differ := self._ahead + _steady() - self._wall()) > JUMP:
            hint = "Redis' time is taken; set the clock that is wrong, then start Hilo again"
            log.error("clocks_differ", redis_ahead_by=str(differ), hint=hint)

    async def read(self) -> None:
        """Ask once. Raises redis' errors when the server is away."""
        ahead, took = await self._reading()
        # What was long on its way says little of how late it is now.
        if took <= SLOW:
            self._believe(ahead)

    async def run(self) -> None:
        """Ask again every few seconds, until `stop`."""
        while not self._stopping.is_set():
            try:
                await self.read()
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

    async def _reading(self) -> tuple[timedelta, timedelta]:
        """How far Redis' time is ahead of the steady clock, and how long it took to learn it."""
        asked = _steady()
        seconds, microseconds = map(int, await self._time([keys.META]))
        took = _steady() - asked
        return from_milliseconds(seconds * 1000 + microseconds / 1000) - (asked + took / 2), took

    def _believe(self, ahead: timedelta) -> None:
        if abs(ahead - self._ahead) <= JUMP:
            self._ahead, self._doubted = ahead, None
            return
        if self._doubted is None or abs(ahead - self._doubted) > JUMP:
            hint = "not followed unless a second reading and this machine's own time agree; look at the server's clock"
            log.error("clock_jumped", by=str(ahead - self._ahead), hint=hint)
            self._doubted = ahead
            return
        if abs(_steady() + ahead - self._wall()) <= JUMP:
            log.warning("clock_followed", by=str(ahead - self._ahead))
            self._ahead, self._doubted = ahead, None


def _steady() -> datetime:
    """An instant that moves with time and never jumps; where it stands means nothing."""
    return datetime.fromtimestamp(time.monotonic(), UTC)
