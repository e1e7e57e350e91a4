"""The audit of a whole store, partition by partition."""

import asyncio
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from redis.exceptions import ResponseError

from router.model.clock import from_milliseconds
from router.model.ids import TeamId
from router.store import keys
from router.store.audit import families
from router.store.audit.checks import checked
from router.store.audit.contents import Contents
from router.store.audit.counts import Cut, Cutter, Row, broken_stream, rows_of, summed, unbalanced
from router.store.audit.findings import Finding, Name, confirmed
from router.store.audit.history import History, differing, held, with_moved
from router.store.audit.keyspace import Keyspace, sorted_out
from router.store.audit.reading import Reader
from router.store.connection import Connection

PAUSE = 0.3
"""Seconds until what looks wrong is read again."""
LOOKS = 3
AT_ONCE = 2000
ALWAYS = (families.QUEUE, families.TIMERS, families.INBOUND, families.OUTBOUND, families.ATTEMPTS)
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Report:
    """What an audit found: `keys` looked at, the messages of each channel, what is wrong.

    `counted_since` is when the first message was counted, None where none was yet. `has_history` tells whether the
    archive itself was looked at, rather than what Redis has counted as gone there.
    """

    keys: int
    conversations: int
    counted_since: datetime | None
    rows: list[Row]
    findings: list[Finding]
    has_history: bool = False


class Audit:
    """Looks at everything, changes nothing; `teams` are those of the configuration, `history` where it is at hand."""

    def __init__(
        self,
        connection: Connection,
        partitions: int,
        teams: Collection[TeamId],
        pause: float = PAUSE,
        history: History | None = None,
    ) -> None:
        self._reader = Reader(connection)
        self._cutter = Cutter(connection)
        self._partitions = partitions
        self._teams = teams
        self._pause = pause
        self._history = history

    async def run(self, progress: Progress = lambda done, total: None) -> Report:
        """What is there; `progress` is told how many keys of how many are done."""
        cuts = [await self._cut(partition) for partition in range(self._partitions)]
        found = await self._reader.names(f"{families.PREFIX}*")
        inventory = sorted_out(found, self._partitions)
        findings: list[Finding] = []
        rows: list[Row] = []
        conversations, done = 0, 0
        for partition in range(self._partitions):
            names = inventory.partitions[partition]
            contents = await self._contents(partition, names)
            conversations += len(contents.conversations)
            findings += await self._confirmed(contents, names)
            counted, wrong = await self._counted(partition, cuts[partition], contents)
            rows, findings = [*rows, *counted], [*findings, *wrong]
            done += len(names)
            progress(done, len(found))
        findings += await Keyspace(self._reader, self._partitions, self._pause).wrong(inventory)
        progress(len(found), len(found))
        since = min((cut.since[0] for cut in cuts if isinstance(cut, Cut) and cut.since), default=None)
        began = None if since is None else from_milliseconds(since)
        return Report(len(found), conversations, began, summed(rows), findings, self._history is not None)

    async def _contents(self, partition: int, names: Iterable[Name], *, at_once: bool = False) -> Contents:
        """What is there, and what history holds of that which is named and not there."""
        contents = await self._reader.contents(partition, names, at_once=at_once)
        if self._history:
            contents.archived = await self._history.known(contents.missing())
        return contents

    async def _cut(self, partition: int) -> Cut | ResponseError:
        try:
            return await self._cutter.cut(partition)
        except ResponseError as error:
            return error

    async def _confirmed(self, contents: Contents, names: list[Name]) -> list[Finding]:
        """What is wrong in the partition at each look; each but the first is at what one transaction reads."""
        findings = checked(contents, self._teams)
        queues = [(families.QUEUE, str(team)) for team in self._teams]
        single = [(family, "") for family in (families.TIMERS, families.INBOUND, families.ARCHIVE)]
        always = [*(name for name in names if name[0] in ALWAYS), *queues, *single]
        for _ in range(LOOKS - 1):
            if not findings:
                return []
            await asyncio.sleep(self._pause)
            about = {name for finding in findings for name in finding.about}
            wanted = dict.fromkeys([*always, *await self._closure(contents.partition, about)])
            again = await self._contents(contents.partition, wanted, at_once=len(wanted) <= AT_ONCE)
            findings = confirmed(findings, checked(again, self._teams))
        return findings

    async def _closure(self, partition: int, about: set[Name]) -> set[Name]:
        """`about` with the customers, conversations and timelines that belong to what it names."""
        names = set(about)
        for _ in range(2):
            records = [name for name in names if name[0] in (families.CONVERSATION, families.CUSTOMER)]
            found = await self._reader.contents(partition, records)
            names |= {(families.CUSTOMER, each.customer) for each in found.conversations.values()}
            pointers = [each.open_conversation for each in found.customers.values()]
            names |= {(families.CONVERSATION, pointer) for pointer in pointers if pointer}
        return names | {(families.TIMELINE, name) for family, name in names if family == families.CONVERSATION}

    async def _counted(
        self, partition: int, cut: Cut | ResponseError, contents: Contents
    ) -> tuple[list[Row], list[Finding]]:
        """The partition's messages; where they don't add up they are counted anew, also if history took some meanwhile.

        If that goes on at each look, as many as it took are no finding.
        """
        rows: list[Row] = []
        for look in range(LOOKS):
            if look:
                await asyncio.sleep(self._pause)
                cut = await self._cut(partition)
                found = await self._reader.names(keys.key(partition, f"{families.TIMELINE}:*"))
                contents = await self._reader.contents(
                    partition, sorted_out(found, self._partitions).partitions[partition]
                )
            if isinstance(cut, ResponseError):
                rows, wrong, is_exact = [], [broken_stream(partition, cut)], True
            else:
                exact = rows_of(cut, contents.stories.values())
                rows, wrong = await self._settled(cut, contents, exact)
                is_exact = rows == exact
            if not wrong and is_exact:
                break
        return rows, wrong

    async def _settled(self, cut: Cut, contents: Contents, exact: list[Row]) -> tuple[list[Row], list[Finding]]:
        """The rows with what history took meanwhile, and what is wrong in them or with history itself."""
        found = await held(self._history, cut, contents) if self._history else None
        after = (await self._cutter.counted(cut.partition)).archived
        rows = with_moved(exact, {name: value - cut.archived.get(name, 0) for name, value in after.items()})
        wrong = unbalanced(cut.partition, rows)
        if found is not None:
            wrong += differing(cut.partition, found, cut.archived, after)
        return rows, wrong
