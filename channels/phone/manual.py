"""No exchange at all: the agent dials from a `tel:` link, and says at the desk what happened."""

import asyncio
from collections.abc import AsyncIterator

from channels.phone.provider import Desk, IncomingReport, Reported
from router.model.errors import HiloError
from router.model.message import OutboundMessage


class ManualProvider:
    """Keeps the contract by doing nothing: nobody is rung by it, so nothing is ever in doubt."""

    async def start(self, desk: Desk) -> None:
        """There is nothing to open."""

    async def stop(self) -> None:
        """There is nothing to close."""

    async def reports(self) -> AsyncIterator[Reported | IncomingReport]:
        """Yield nothing, until cancelled: what becomes of a call is an agent's word."""
        nothing: tuple[Reported, ...] = ()
        for report in nothing:
            yield report
        await asyncio.Event().wait()

    async def settle(self, report: Reported | IncomingReport) -> None:
        """There are none."""

    async def refuse(self, report: Reported | IncomingReport, error: HiloError) -> None:
        """There are none."""

    async def place(self, order: OutboundMessage) -> str:
        """No id: there is no call yet, the agent sees the number and dials."""
        return ""

    async def find(self, order: OutboundMessage) -> str | None:
        """None: to show the agent the number once more rings nobody."""
        return None

    async def look(self, order: OutboundMessage, call: str) -> Reported | None:
        """There is nobody to ask."""
        return None
