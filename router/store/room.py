"""Whether there is room for more: who brings something asks here first, and is refused at the door rather than inside.

The answer is what the last look saw, a second ago at most, so it costs no round trip. What the server itself refuses,
and that it does not answer in time, shuts the door at once. All that was taken goes on: what is committed, settled or
deleted asks nobody.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from enum import StrEnum
from pathlib import Path

import structlog
from redis import exceptions as redis

from router.model.errors import StoreClosed, StoreFull
from router.store import metrics
from router.store.connection import Connection
from router.store.fullness import Bounds, Eye, Fullness

log = structlog.get_logger()

PERIOD_SECONDS = 1.0
GLANCE_SECONDS = 0.25
"""Seconds between two looks, and while the store does not answer."""

HELD_SECONDS = 5.0
"""How long a refusal of the server's own counts: what the look sees need not explain it."""

AGAIN_SECONDS = 5.0
OPENS_BELOW = 0.8
"""The share of the allowed backlog below which the door opens again."""
SLACK = 0.03
"""The share of the memory by which it has to fall below its bound before the door opens again."""


class Door(StrEnum):
    """Who wants something written: a customer's channel, or an agent."""

    ARRIVALS = "arrivals"
    COMMANDS = "commands"


class Room:
    """Knows how full the store is; looks until `stop`."""

    def __init__(
        self, connection: Connection, partitions: int, bounds: Bounds | None = None, folder: Path | None = None
    ) -> None:
        self._bounds = bounds or Bounds()
        self._eye = Eye(connection, partitions, self._bounds, folder)
        self._closed: dict[Door, StoreClosed] = {}
        self._seen = Fullness()
        self._is_filling = False
        self._silence: StoreClosed | None = None
        self._refusal: StoreClosed | None = None
        self._refused_at = 0.0
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Look every second until `stop`."""
        while not self._stopping.is_set():
            await self.look()
            try:
                await asyncio.wait_for(self._stopping.wait(), GLANCE_SECONDS if self._silence else PERIOD_SECONDS)
            except TimeoutError:
                continue

    def stop(self) -> None:
        """Let `run` return."""
        self._stopping.set()

    def why_closed(self, door: Door) -> str:
        """Why nothing, or not all, is taken through `door` now, in plain words; empty if it is open to all."""
        closed = self._closed.get(door)
        return str(closed) if closed else self._seen.lacking

    @asynccontextmanager
    async def entering(self, door: Door) -> AsyncIterator[None]:
        """Write something new within. Raises StoreClosed where it may not be, redis' errors.

        Also where it took too long: then it may have been written, and the repeat changes nothing.
        """
        if closed := self._closed.get(door):
            raise type(closed)(str(closed), AGAIN_SECONDS)
        try:
            async with asyncio.timeout(self._bounds.patience):
                yield
        except TimeoutError as error:
            raise self._fell_silent("the store is slow: try again in a moment") from error
        except (redis.ConnectionError, redis.TimeoutError):
            self._fell_silent("the store is away: try again in a moment")
            raise
        except redis.ResponseError as error:
            refusal = refused_by_server(error)
            if refusal is None:
                raise
            self._refusal, self._refused_at = refusal, asyncio.get_running_loop().time()
            self._decide()
            raise refusal from error

    async def look(self) -> None:
        """See once how full the store is, and open or close the doors by it."""
        try:
            async with asyncio.timeout(self._bounds.patience):
                seen = await self._eye.look()
        except (redis.RedisError, OSError):
            self._fell_silent("the store does not answer: try again in a moment")
            return
        self._silence = None
        if self._refusal and asyncio.get_running_loop().time() - self._refused_at > HELD_SECONDS:
            self._refusal = None
        if seen.evicted > self._seen.evicted:
            log.error("redis_evicted", keys=seen.evicted, hint="set maxmemory-policy noeviction: messages may be lost")
        _tell_replicas(self._seen, seen)
        self._seen = seen
        metrics.STORE_FULL_RATIO.set(seen.memory)
        metrics.BACKLOG.set(seen.backlog)
        self._warn()
        self._decide()

    def _fell_silent(self, why: str) -> StoreClosed:
        self._silence = StoreClosed(why, AGAIN_SECONDS)
        self._decide()
        return StoreClosed(why, AGAIN_SECONDS)

    def _decide(self) -> None:
        for door in Door:
            was_closed = door in self._closed
            found = self._silence or self._refusal or too_full(self._seen, self._bounds, door, was_closed=was_closed)
            if found and not was_closed:
                log.warning("store_closed", door=door, reason=str(found), hint="opens again by itself")
            elif was_closed and not found:
                log.info("store_open", door=door)
            self._closed.pop(door, None)
            if found:
                self._closed[door] = found

    def _warn(self) -> None:
        """Say once that it fills, long before anything is refused."""
        is_filling = self._seen.memory > self._bounds.warn - (SLACK if self._is_filling else 0)
        if is_filling and not self._is_filling:
            hint = "give Redis more memory, or close conversations that are done"
            log.warning("store_filling", memory=f"{self._seen.memory:.0%}", hint=hint)
        self._is_filling = is_filling


def _tell_replicas(before: Fullness, now: Fullness) -> None:
    """Say where replicas are away on some primaries of several; where none has enough the door closes, and says so."""
    if now.lacking == before.lacking or not now.is_kept:
        return
    if now.lacking:
        log.warning("replicas_away", reason=now.lacking, hint="what is meant for that primary waits at its source")
    else:
        log.info("replicas_back")


def too_full(seen: Fullness, bounds: Bounds, door: Door, *, was_closed: bool) -> StoreClosed | None:
    """Why there is no room for what comes through `door`; a door that was closed opens a little below its bound."""
    most = bounds.refuse if door is Door.ARRIVALS else bounds.refuse_commands
    if seen.memory > most - (SLACK if was_closed else 0):
        return StoreFull(f"the store is full ({seen.memory:.0%} of its memory): try again in a moment", AGAIN_SECONDS)
    if not seen.is_written:
        return StoreFull("the store can't write to its disk: try again in a moment", AGAIN_SECONDS)
    if not seen.is_kept:
        return StoreClosed(f"{seen.lacking}: try again in a moment", AGAIN_SECONDS)
    if door is Door.COMMANDS:
        return None
    if seen.free_disk is not None and seen.free_disk < seen.needed_disk:
        free = f"{seen.free_disk // 10**6} of {seen.needed_disk // 10**6} MB free"
        return StoreFull(f"the store's disk is full ({free}): try again in a moment", AGAIN_SECONDS)
    if seen.backlog > bounds.backlog * (OPENS_BELOW if was_closed else 1):
        return StoreClosed(f"{seen.backlog} events wait already: try again in a moment", AGAIN_SECONDS)
    return None


def refused_by_server(error: redis.ResponseError) -> StoreClosed | None:
    """What a source is told where the server itself takes no writes now; None for every other error."""
    if isinstance(error, redis.OutOfMemoryError):
        return StoreFull("the store's memory is full: try again in a moment", AGAIN_SECONDS)
    if str(error).startswith("MISCONF"):
        return StoreFull("the store can't write to its disk: try again in a moment", AGAIN_SECONDS)
    if str(error).startswith("NOREPLICAS"):
        return StoreClosed("the store's replicas are away: try again in a moment", AGAIN_SECONDS)
    return None
