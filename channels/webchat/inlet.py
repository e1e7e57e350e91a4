"""What the pages sent, on its way to the host: bounded, each thing once at a time, and every visitor in turn."""

import asyncio
from collections import OrderedDict, deque
from collections.abc import AsyncIterator

from channels.contract import Arrival

WAITING = 1000
PATIENCE_SECONDS = 10.0


class Inlet:
    """Arrivals under way, each under a name; what is under way is not taken twice.

    A visitor who sends much waits behind themselves: those who wait are served in turn, one arrival each.
    """

    def __init__(self) -> None:
        self._lanes: OrderedDict[str, deque[Arrival]] = OrderedDict()
        self._waiting = 0
        self._filled = asyncio.Event()
        self._under_way: dict[str, tuple[str, float]] = {}

    def is_under_way(self, name: str) -> bool:
        """Whether `name` was offered and not done yet; after ten seconds the host may have forgotten it."""
        known = self._under_way.get(name)
        return known is not None and asyncio.get_running_loop().time() - known[1] < PATIENCE_SECONDS

    def offer(self, name: str, visitor: str, arrival: Arrival) -> bool:
        """Whether there was room for `arrival`, which came from `visitor`."""
        if self._waiting >= WAITING:
            return False
        self._under_way[name] = (visitor, asyncio.get_running_loop().time())
        self._lanes.setdefault(visitor, deque()).append(arrival)
        self._waiting += 1
        self._filled.set()
        return True

    def visitor_of(self, name: str) -> str | None:
        """Whose `name` is, while it is under way."""
        known = self._under_way.get(name)
        return known[0] if known else None

    def done(self, name: str) -> None:
        """`name` may be offered again."""
        self._under_way.pop(name, None)

    async def arrivals(self) -> AsyncIterator[Arrival]:
        """What was offered, each visitor's oldest first, until cancelled."""
        # Whoever read before has stopped: what was in their hands will not be done.
        self._under_way.clear()
        while True:
            while not self._lanes:
                self._filled.clear()
                await self._filled.wait()
            yield self._next()

    def _next(self) -> Arrival:
        visitor, lane = self._lanes.popitem(last=False)
        arrival = lane.popleft()
        if lane:
            self._lanes[visitor] = lane
        self._waiting -= 1
        return arrival
