"""The exchange's clock, so that a test may hold it or have it run faster."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """What tells the time and lets it pass."""

    def now(self) -> datetime:
        """The present instant (UTC)."""

    async def sleep(self, duration: timedelta) -> None:
        """Return once `duration` has passed on this clock."""


class RunningClock:
    """The system's time; with `speed` 60, a minute of calls passes in a second."""

    def __init__(self, speed: float = 1.0) -> None:
        self._speed = speed
        self._began_at = datetime.now(UTC)
        self._began = time.monotonic()

    def now(self) -> datetime:
        """The present instant (UTC), as far on as `speed` has brought it."""
        return self._began_at + timedelta(seconds=(time.monotonic() - self._began) * self._speed)

    async def sleep(self, duration: timedelta) -> None:
        """Return once `duration` has passed, which takes `duration / speed`."""
        await asyncio.sleep(duration.total_seconds() / self._speed)


def seconds(number: float) -> timedelta:
    """So many seconds, as a duration."""
    return timedelta(seconds=number)
