"""A clock in the test's hand."""

import asyncio
from datetime import UTC, datetime, timedelta

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


class HeldClock:
    """Stands still until the test moves it on; whoever sleeps wakes when their instant has come."""

    def __init__(self, now: datetime = MONDAY) -> None:
        self._now = now
        self._moved = asyncio.Condition()
        self._wakes: list[datetime] = []

    def now(self) -> datetime:
        """The instant that the test set."""
        return self._now

    async def sleep(self, duration: timedelta) -> None:
        """Return once the test has moved the clock on by `duration`."""
        until = self._now + duration
        self._wakes.append(until)
        try:
            async with self._moved:
                await self._moved.wait_for(lambda: self._now >= until)
        finally:
            self._wakes.remove(until)

    async def has_asleep(self, count: int) -> bool:
        """Whether `count` sleep now. Who moves the clock on before they do moves also what they then wait for."""
        return sum(until > self._now for until in self._wakes) == count

    async def advance(self, duration: timedelta) -> None:
        """Move the clock on."""
        async with self._moved:
            self._now += duration
            self._moved.notify_all()
