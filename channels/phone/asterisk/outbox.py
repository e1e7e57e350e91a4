"""What is to be reported, oldest first, until it is safe with Hilo."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import structlog

from channels.phone.provider import IncomingReport, Reported
from router.model.clock import Clock
from router.model.errors import HiloError, PermanentError

log = structlog.get_logger()

Report = Reported | IncomingReport
REST = timedelta(seconds=1)


class Outbox:
    """Reports that wait."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._waiting: dict[str, Report] = {}
        self._came = asyncio.Event()
        self._is_refused = False

    def put(self, report: Report) -> None:
        """Report it, unless it waits already."""
        self._waiting.setdefault(report.key, report)
        self._came.set()

    async def stream(self) -> AsyncIterator[Report]:
        """Each report, the same one again until it is settled or refused for good."""
        while True:
            while not self._waiting:
                self._came.clear()
                await self._came.wait()
            yield next(iter(self._waiting.values()))
            if self._is_refused:
                self._is_refused = False
                await self._clock.sleep(REST)

    def settled(self, report: Report) -> None:
        """It is safe."""
        self._waiting.pop(report.key, None)

    def refused(self, report: Report, error: HiloError) -> bool:
        """It could not be held; whether it is left, since it never can be."""
        if not isinstance(error, PermanentError):
            self._is_refused = True
            return False
        log.error("call_report_left", key=report.key, call=report.report.call, error=str(error))
        self.settled(report)
        return True
