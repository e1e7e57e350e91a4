"""Waiting for what becomes of a command: the feed says that it is decided, the record says how."""

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from router.model.decision import Outcome
from router.store import keys
from router.store.connection import Connection
from router.store.records import Records

PATIENCE = timedelta(seconds=2)


class Outcomes:
    """Who waits for which command's outcome, in this process."""

    def __init__(self, connection: Connection, records: Records) -> None:
        self._redis = connection.commands
        self._records = records
        self._waiting: defaultdict[str, set[asyncio.Future[None]]] = defaultdict(set)

    def tell(self, key: str) -> None:
        """The command with that key is decided."""
        for waiting in self._waiting.get(key, ()):
            if not waiting.done():
                waiting.set_result(None)

    @contextmanager
    def expecting(self, key: str) -> Iterator[asyncio.Future[None]]:
        """What is done once the command is decided; to be held before it is given, so that nothing is missed."""
        decided: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[key].add(decided)
        try:
            yield decided
        finally:
            self._waiting[key].discard(decided)
            if not self._waiting[key]:
                del self._waiting[key]

    async def get(self, partition: int, key: str, decided: asyncio.Future[None]) -> Outcome | None:
        """The outcome, waited for as long as a caller is made to wait; None if that was not enough."""
        await asyncio.wait([decided], timeout=PATIENCE.total_seconds())
        return await self._records.outcome(partition, key)

    async def look(self, partition: int, key: str) -> tuple[bool, Outcome | None]:
        """Whether there is a command with that key, and its outcome if it is decided."""
        outcome = await self._records.outcome(partition, key)
        if outcome:
            return True, outcome
        return bool(await self._redis.exists(keys.key(partition, keys.outcome(key)))), None
