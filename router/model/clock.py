"""Time comes from a `Clock`, so that tests own it."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Where `now` comes from and how to wait."""

    def now(self) -> datetime:
        """The present instant, in UTC; it never goes back."""

    async def sleep(self, duration: timedelta) -> None:
        """Return once `duration` has passed."""


class SystemClock:
    """The machine's clock, held still where it would go back."""

    def __init__(self) -> None:
        self._latest = datetime.fromtimestamp(0, UTC)

    def now(self) -> datetime:
        """The present instant, in UTC; it never goes back."""
        self._latest = max(self._latest, datetime.now(UTC))
        return self._latest

    async def sleep(self, duration: timedelta) -> None:
        """Return once `duration` has passed."""
        await asyncio.sleep(duration.total_seconds())


def milliseconds(instant: datetime) -> int:
    """`instant` in whole milliseconds since 1970, as Redis' scores and stream ids have it."""
    return round(instant.timestamp() * 1000)


def from_milliseconds(value: float) -> datetime:
    """The instant, in UTC, that `value` milliseconds since 1970 stand for."""
    return datetime.fromtimestamp(value / 1000, UTC)
