"""What a webhook brings waits here until the inbox holds it: only then its sender is told "received"."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from router.model.errors import HiloError, Refusal

T = TypeVar("T")
# Twilio waits no longer than 15 s for an answer, and nobody who rings should hear silence for as long.
SAFE_SECONDS = 5.0


@dataclass(slots=True, eq=False)
class _Waiting(Generic[T]):
    item: T
    safe: "asyncio.Future[None]"


class Told(Generic[T]):
    """One after the other, in the order in which they came; an item is known by what it is, not by what it says."""

    def __init__(self) -> None:
        self._waiting: deque[_Waiting[T]] = deque()
        self._taken: dict[int, _Waiting[T]] = {}
        self._filled = asyncio.Event()

    async def safe(self, item: T, within: float = SAFE_SECONDS) -> None:
        """Return once `item` is held durably.

        Raises Refusal if that takes longer than `within` seconds, what it was refused with, or who waits may go: then
        it may have been held all the same, and has to come again.
        """
        waiting = _Waiting(item, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        self._filled.set()
        try:
            async with asyncio.timeout(within):
                await waiting.safe
        except TimeoutError:
            raise Refusal("it could not be kept in time: it has to come again") from None

    async def items(self) -> AsyncIterator[T]:
        """Yield what came, each once; whose sender has gone meanwhile is left out."""
        while True:
            while self._waiting:
                waiting = self._waiting.popleft()
                if waiting.safe.done():
                    continue
                self._taken[id(waiting.item)] = waiting
                try:
                    yield waiting.item
                finally:
                    self._taken.pop(id(waiting.item), None)
            self._filled.clear()
            await self._filled.wait()

    def settle(self, item: T) -> bool:
        """`item` is held; False where it was none of these."""
        waiting = self._taken.get(id(item))
        if waiting and not waiting.safe.done():
            waiting.safe.set_result(None)
        return waiting is not None

    def refuse(self, item: T, error: HiloError) -> bool:
        """`item` can't be held: `error` is raised to who waits. False where it was none of these."""
        waiting = self._taken.get(id(item))
        if waiting and not waiting.safe.done():
            waiting.safe.set_exception(error)
        return waiting is not None
