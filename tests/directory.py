"""A directory in a test's hand, and a running core that asks it."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta

from directory.contract import Changed, Directory, Entry
from directory.marks import mark_of
from router.asker.asker import Asker
from router.model.errors import TemporaryError
from router.model.fact import Fact
from router.model.ids import PARTITIONS
from router.model.message import Handle
from router.store.connection import Connection
from rules.engine import RuleBook
from tests.core import POLICY, TEAMS, Core, running_core

ASKING = replace(POLICY, directory_refresh=timedelta(hours=1))


@dataclass
class Shelf:
    """A directory that can be away, slow, or faulty; `known` goes by marks, `asked` keeps who was looked for."""

    known: dict[str, Entry] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    fault: Exception | None = None
    at_once: int = 0
    most_at_once: int = 0
    opened: asyncio.Event = field(default_factory=asyncio.Event)
    changes: "asyncio.Queue[Changed]" = field(default_factory=asyncio.Queue)
    name: str = "shelf"

    def __post_init__(self) -> None:
        self.opened.set()

    async def open(self) -> None:
        """Nothing to do."""

    async def look_up(self, handles: Sequence[Handle], facts: Sequence[Fact]) -> Entry | None:
        """What is known of the first of `handles`."""
        self.asked.append(str(handles[0]))
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            await self.opened.wait()
            if self.fault:
                raise self.fault
        finally:
            self.at_once -= 1
        return next((self.known[mark] for handle in handles if (mark := mark_of(handle)) in self.known), None)

    async def changed(self) -> Changed:
        """What the test puts."""
        return await self.changes.get()

    def why_away(self) -> str:
        """Nothing."""
        return ""

    async def close(self) -> None:
        """Nothing to do."""

    def goes_away(self) -> None:
        """Nobody is answered from now on."""
        self.fault = TemporaryError("it is away")


@asynccontextmanager
async def asking(core: Core, shelf: Directory, at_once: int = 4) -> AsyncIterator[Asker]:
    """An asker at work for `core`."""
    connection = Connection(core.connection.url)
    asker = Asker(connection, core.clock, core.leases, shelf, core.inbox, core.records, list(TEAMS), at_once)
    task = asyncio.create_task(asker.run())
    try:
        yield asker
    finally:
        asker.stop()
        await task
        await connection.close()


@asynccontextmanager
async def core_with(url: str, book: RuleBook) -> AsyncIterator[Core]:
    """A core that wants to know who writes."""
    async with running_core(url, rulebook=book, policy=ASKING) as core:
        yield core


def places() -> range:
    """All partitions."""
    return range(PARTITIONS)
