"""A clock in the test's hand."""

import asyncio
from datetime import UTC, datetime, timedelta

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


class HeldClock:
    """Stands still until the test moves it on; whoever sleeps wakes when their instant has come."""

    def __init__(self, now: datetime = MONDAY) -> None:
        self._now = now
        self._moved = asyncio.Condition()

    def now(self) -> datetime:
        """The instant that the test set."""
        return self._now

    async def sleep(self, duration: timedelta) -> None:
        """Return once the test has moved the clock on by `duration`."""
        until = self._now + duration
        async with self._moved:
            await self._moved.wait_for(lambda: self._now >= until)

    async def advance(self, duration: timedelta) -> None:
        """Move the clock on."""
        async with self._moved:
            self._now += duration
            self._moved.notify_all()
