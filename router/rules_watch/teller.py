"""Tells the desk, wherever it runs, how it stands with this router's rules."""

import asyncio
from contextlib import suppress
from typing import Protocol

import structlog
from redis.exceptions import RedisError

from router.store.rules_status import LIFE, RulesBoard, RulesStatus

log = structlog.get_logger()

BEAT_SECONDS = LIFE.total_seconds() / 3
AGAIN_SECONDS = 0.5


class Watched(Protocol):
    """What keeps to files, and says how it stands with them."""

    status: RulesStatus
    changed: asyncio.Event


class RulesTeller:
    """Tells the status of `watch` as that of `router`, at each change and now and then, until `stop`."""

    def __init__(self, board: RulesBoard, router: str, watch: Watched) -> None:
        self._board = board
        self._router = router
        self._watch = watch
        self._stopping = False

    async def run(self) -> None:
        """Tell it until `stop`; then take it back. A server that goes away is told once it is back."""
        is_told = True
        while not self._stopping:
            self._watch.changed.clear()
            try:
                await self._board.tell(self._router, self._watch.status)
                is_told = True
            except (RedisError, OSError) as error:
                if is_told:
                    log.warning("rules_not_told", error=str(error), hint="goes on by itself")
                is_told = False
            with suppress(TimeoutError):
                await asyncio.wait_for(self._watch.changed.wait(), BEAT_SECONDS if is_told else AGAIN_SECONDS)
        with suppress(RedisError, OSError):
            await self._board.withdraw(self._router)

    def stop(self) -> None:
        """Let `run` return."""
        self._stopping = True
        self._watch.changed.set()
