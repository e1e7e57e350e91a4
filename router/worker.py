"""The worker: reads the partitions whose lease this router holds, decides, commits.

It works in two lanes, so that while the server commits what one has decided the other decides. A lane reads all of its
partitions with one plain XREAD, always from the beginning: what is still in a stream is what is not yet done, also
where a server has gone back to before a commit (promoted, or restarted after a power cut). All that it writes goes
through the commit script, a script for each partition, those of one round on one way to the server and back. On a
cluster each partition has a lane of its own: its server may be away while the others are there.
"""

import asyncio
import gc
from collections.abc import Collection, Mapping
from datetime import timedelta

import structlog
from redis.exceptions import RedisError, ResponseError

from router.core.context import Policy
from router.decider import Books, Decider, Held
from router.model.clock import Clock
from router.model.errors import Fenced, NewerVersion, PermanentError
from router.model.ids import EventId, TeamId
from router.model.team import Team
from router.store import keys, metrics, wire
from router.store.commit import CommitResult, Committer
from router.store.connection import Connection, Entry
from router.store.following import Reader
from router.store.lease import Leases
from rules.engine import RuleBook
from rules.fact_kinds import NO_KINDS
from rules.guard.book import shipped_book
from rules.language import warm

log = structlog.get_logger()

LANES = 2
# So many entries of one partition, and so many of all in one round of a lane: a loop that decides does nothing else.
AT_ONCE = 100
IN_A_ROUND = 240
BLOCK = timedelta(milliseconds=250)
GLANCE_SECONDS = 0.05
PAUSE_SECONDS = 0.2
NEWER_SECONDS = 5.0
ATTEMPTS = 5
BEGINNING = "0-0"
# Objects made before the young ones are looked at for cycles; a round of a lane makes some ten thousand, without any.
YOUNG = 20_000


class Worker:
    """Turns events into committed decisions, until `stop`."""

    def __init__(
        self,
        connection: Connection,
        clock: Clock,
        leases: Leases,
        partitions: int,
        teams: Mapping[TeamId, Team],
        policy: Policy,
        rulebook: RuleBook,
    ) -> None:
        self.rulebook = rulebook
        self.guard = shipped_book()
        self.kinds = NO_KINDS
        self.leases = leases
        self._connection = connection
        self._clock = clock
        self._decider = Decider(connection, clock, partitions, teams, policy)
        self._committer = Committer(connection)
        self._lanes = partitions if connection.is_cluster else LANES
        self._parked: dict[int, float] = {}
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Work until `stop`; a server that goes away is waited for. Raises what ended a lane unforeseen."""
        await asyncio.to_thread(warm)
        _spare_the_collector()
        lanes = [asyncio.create_task(self._work(lane), name=f"lane {lane}") for lane in range(self._lanes)]
        try:
            await asyncio.gather(*lanes)
        finally:
            self._stopping.set()
            await asyncio.gather(*lanes, return_exceptions=True)

    def stop(self) -> None:
        """Let `run` return after the batches at hand."""
        self._stopping.set()

    @property
    def _books(self) -> Books:
        """Those in force now: each may be replaced between two rounds."""
        return Books(self.rulebook, self.guard, self.kinds)

    async def _work(self, lane: int) -> None:
        """Work on the lane's share of the partitions held, for as long as each is ours."""
        reader = Reader(self._connection)
        known: frozenset[Held] = frozenset()
        try:
            while not self._stopping.is_set():
                ours = self._ours(lane)
                for held in known - ours:
                    self._decider.forget(held)
                known = ours
                if not ours:
                    await asyncio.sleep(GLANCE_SECONDS)
                    continue
                try:
                    await self._take(await self._read(reader, ours))
                except (RedisError, OSError) as error:
                    log.warning("worker_interrupted", lane=lane, error=str(error))
                    if "WRONGTYPE" in str(error):
                        await self._park_unreadable(ours)
                    await asyncio.sleep(PAUSE_SECONDS)
        finally:
            await reader.close()

    def _ours(self, lane: int) -> frozenset[Held]:
        """The partitions of the lane that are ours now and do not rest."""
        now = asyncio.get_running_loop().time()
        leases = self.leases.held
        metrics.PARTITIONS_HELD.set(len(leases))
        return frozenset(
            Held(partition, token)
            for partition, token in leases.items()
            if partition % self._lanes == lane and self._parked.get(partition, now) <= now
        )

    async def _read(self, reader: Reader, ours: Collection[Held]) -> dict[Held, list[Entry]]:
        names = {keys.key(held.partition, keys.INBOUND): held for held in ours}
        streams = dict.fromkeys(names, BEGINNING)
        count = min(AT_ONCE, max(IN_A_ROUND // len(streams), 1))
        found = await reader.read(streams, count=count, block=BLOCK)
        return {names[name]: entries for name, entries in found}

    async def _take(self, read: Mapping[Held, list[Entry]]) -> None:
        """Decide and commit a round.

        A partition with which that does not succeed at once is taken alone, so that it keeps no other from its work.
        """
        if not read:
            return
        try:
            found = await self._decider.decided(read, self._books)
            with metrics.COMMIT_SECONDS.time():
                committed = await self._committer.commit_each([each.batch for each in found])
        except (PermanentError, NewerVersion, ResponseError):
            # Which partition it is about shows when each is taken alone.
            for held, entries in read.items():
                await self._alone(held, entries)
            return
        now = self._clock.now()
        for each, is_done in zip(found, committed, strict=True):
            if is_done:
                each.count(now)
            else:
                await self._alone(each.held, read[each.held])

    async def _alone(self, held: Held, entries: list[Entry]) -> None:
        """Decide and commit `entries`; where that fails, the partition rests for a moment, and is read anew."""
        try:
            await self._commit(held, entries)
        except Fenced:
            log.warning("worker_fenced", partition=held.partition, hint="another router works on it now")
            metrics.REPEATED.labels("fenced").inc()
            self.leases.lose(held.partition, held.token)
        except NewerVersion as error:
            log.error("newer_version", partition=held.partition, error=str(error), hint="a newer router takes it")
            self._park(held, NEWER_SECONDS)
            await self.leases.release(held.partition)
        except (RedisError, OSError, PermanentError) as error:
            log.warning("worker_interrupted", partition=held.partition, error=str(error))
            self._park(held, PAUSE_SECONDS)

    def _park(self, held: Held, seconds: float) -> None:
        self._parked[held.partition] = asyncio.get_running_loop().time() + seconds

    async def _park_unreadable(self, ours: Collection[Held]) -> None:
        """Let those of `ours` rest whose stream is none, so that the others can be read."""
        for held in ours:
            try:
                await self._connection.commands.xlen(keys.key(held.partition, keys.INBOUND))
            except (RedisError, OSError) as error:
                if "WRONGTYPE" in str(error):
                    log.error("partition_unreadable", partition=held.partition, hint="hilo audit tells more")
                    self._park(held, NEWER_SECONDS)

    async def _commit(self, held: Held, entries: list[Entry]) -> None:
        """Decide and commit `entries`; what was committed meanwhile is left out, what changed is read again.

        What can't be read or written, or never agrees with what is there, is found one by one and set aside.
        """
        for _ in range(ATTEMPTS):
            try:
                (decided,) = await self._decider.decided({held: entries}, self._books)
                result, gone = await self._committer.commit(decided.batch)
            except (PermanentError, ResponseError) as error:
                if isinstance(error, ResponseError) and "WRONGTYPE" not in str(error):
                    raise
                await self._isolate(held, entries, str(error))
                return
            if result is CommitResult.OK:
                decided.count(self._clock.now())
                return
            metrics.REPEATED.labels(result).inc()
            entries = [entry for entry in entries if EventId(wire.text(entry[0])) not in gone]
            if not entries:
                return
        await self._isolate(held, entries, "what it is about changed at each attempt")

    async def _isolate(self, held: Held, entries: list[Entry], error: str) -> None:
        """Commit `entries` one by one, so that what can't be committed is a dead letter and its neighbours are not."""
        if len(entries) > 1:
            for entry in entries:
                await self._commit(held, [entry])
            return
        decided = await self._decider.aside(held, entries[0], error)
        await self._committer.commit(decided.batch)


def _spare_the_collector() -> None:
    """Let the collector of cycles look at what is made from now on, and less often.

    The rules and modules, which are there by now, stay: to look at them again and again is a tenth of a worker's time,
    and each whole look is a pause for every message that waits.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG)
