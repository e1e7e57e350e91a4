"""The worker: reads the partitions whose lease this router holds, decides, commits.

Each partition has a loop of its own. It reads with plain XREAD from a cursor in memory: what is still in the stream is
what is not yet done. After a take-over or an error it reads from the beginning. All that it writes goes through the
commit script.
"""

import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from redis.exceptions import RedisError, ResponseError

from router.core.context import Context, Policy
from router.core.decide import decide
from router.model.clock import Clock, from_milliseconds
from router.model.decision import Decision
from router.model.errors import Fenced, NewerVersion, PermanentError
from router.model.event import Event
from router.model.ids import EventId, TeamId
from router.model.team import Team
from router.store import keys, metrics, wire
from router.store.commit import Batch, CommitResult, Committer
from router.store.connection import Connection, Entry, xread
from router.store.lease import Leases
from router.store.presence import Presence
from router.store.records import Records
from router.store.snapshot import Snapshot, Snapshots
from router.store.team_loads import Loads, TeamLoads
from rules.engine import RuleBook
from rules.language import warm

log = structlog.get_logger()

AT_ONCE = 100
BLOCK = timedelta(milliseconds=500)
GLANCE_SECONDS = 0.05
PAUSE_SECONDS = 0.2
NEWER_SECONDS = 5.0
ATTEMPTS = 5
BEGINNING = "0-0"


@dataclass(frozen=True, slots=True)
class Held:
    """A partition under this worker, by the token of its lease."""

    partition: int
    token: str


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
        self._connection = connection
        self._clock = clock
        self.leases = leases
        self._teams = teams
        self._policy = policy
        self._snapshots = Snapshots(connection)
        self._loads = TeamLoads(Records(connection, partitions), Presence(connection, clock), teams)
        self._committer = Committer(connection)
        self._work: dict[Held, asyncio.Task[None]] = {}
        self._high_water: dict[Held, datetime] = {}
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Work until `stop`; a server that goes away is waited for. Raises what ended a partition's work unforeseen."""
        await asyncio.to_thread(warm)
        try:
            while not self._stopping.is_set():
                self._adopt()
                await asyncio.sleep(GLANCE_SECONDS)
        finally:
            self._stopping.set()
            await asyncio.gather(*self._work.values(), return_exceptions=True)

    def stop(self) -> None:
        """Let `run` return after the batches at hand."""
        self._stopping.set()

    def _adopt(self) -> None:
        """Follow the leases: each partition under its token has a task of its own, which ends with the lease."""
        for held in [held for held, task in self._work.items() if task.done()]:
            self._high_water.pop(held, None)
            self._work.pop(held).result()
        for partition, token in self.leases.held.items():
            held = Held(partition, token)
            if held not in self._work:
                self._work[held] = asyncio.create_task(self._follow(held), name=f"partition {partition}")
        metrics.PARTITIONS_HELD.set(len(self._work))

    async def _follow(self, held: Held) -> None:
        """Work on one partition for as long as it is ours."""
        cursor = BEGINNING
        while not self._stopping.is_set() and self.leases.held.get(held.partition) == held.token:
            try:
                entries = await self._read(held, cursor)
                if entries:
                    await self._take(held, entries)
                    cursor = wire.text(entries[-1][0])
            except NewerVersion as error:
                log.error("newer_version", partition=held.partition, error=str(error), hint="a newer router takes it")
                await self.leases.release(held.partition)
                await asyncio.sleep(NEWER_SECONDS)
            except (RedisError, OSError) as error:
                log.warning("worker_interrupted", partition=held.partition, error=str(error))
                cursor = BEGINNING
                await asyncio.sleep(PAUSE_SECONDS)

    async def _read(self, held: Held, cursor: str) -> list[Entry]:
        name = keys.key(held.partition, keys.INBOUND)
        found = await xread(self._connection.blocking, {name: cursor}, count=AT_ONCE, block=BLOCK)
        return found[0][1] if found else []

    async def _take(self, held: Held, entries: list[Entry]) -> None:
        try:
            await self._commit(held, entries)
        except Fenced:
            log.warning("worker_fenced", partition=held.partition, hint="another router works on it now")
            metrics.REPEATED.labels("fenced").inc()
            self.leases.lose(held.partition, held.token)

    async def _commit(self, held: Held, entries: list[Entry]) -> None:
        """Decide and commit `entries`; what was committed meanwhile is left out, what changed is read again.

        What can't be read or written, or never agrees with what is there, is found one by one and set aside.
        """
        for _ in range(ATTEMPTS):
            try:
                batch, decided = await self._decided(held, entries)
                with metrics.COMMIT_SECONDS.time():
                    result, gone = await self._committer.commit(batch)
            except (PermanentError, ResponseError) as error:
                if isinstance(error, ResponseError) and "WRONGTYPE" not in str(error):
                    raise
                await self._isolate(held, entries, str(error))
                return
            if result is CommitResult.OK:
                self._count(held, decided)
                return
            metrics.REPEATED.labels(result).inc()
            entries = [entry for entry in entries if EventId(wire.text(entry[0])) not in gone]
            if not entries:
                return
        await self._isolate(held, entries, "what it is about changed at each attempt")

    async def _decided(self, held: Held, entries: list[Entry]) -> tuple[Batch, list[tuple[Event, Decision]]]:
        """The batch of all decisions; an event that can't be read or decided is a dead letter in it."""
        now = await self._now(held)
        batch = Batch(held.partition, held.token, now)
        events: list[Event] = []
        for identifier, fields in entries:
            try:
                events.append(wire.read_event(identifier, held.partition, fields))
            except PermanentError as error:
                self._set_aside(batch, (identifier, fields), str(error))
        snapshot = await self._snapshots.of(held.partition, events)
        snapshot.note(batch)
        raw = dict(entries)
        decided: list[tuple[Event, Decision]] = []
        rulebook, loads = self.rulebook, await self._loads.now()
        for event in events:
            try:
                decided.append((event, self._decide(batch, snapshot, event, rulebook, loads)))
            except Exception as error:  # noqa: BLE001 - decide is pure: whatever it raises, it would raise again
                self._set_aside(batch, (event.id.encode(), raw[event.id.encode()]), f"{type(error).__name__}: {error}")
        return batch, decided

    def _decide(self, batch: Batch, snapshot: Snapshot, event: Event, rulebook: RuleBook, loads: Loads) -> Decision:
        conversation = snapshot.conversation_of(event)
        context = Context(self._teams, self._policy, snapshot.customer_of(event), loads)
        decision = decide(conversation, event, context, rulebook, batch.now)
        batch.add(event, decision, conversation)
        snapshot.apply(decision)
        return decision

    async def _isolate(self, held: Held, entries: list[Entry], error: str) -> None:
        """Commit `entries` one by one, so that what can't be committed is a dead letter and its neighbours are not."""
        if len(entries) > 1:
            for entry in entries:
                await self._commit(held, [entry])
            return
        batch = Batch(held.partition, held.token, await self._now(held))
        self._set_aside(batch, entries[0], error)
        await self._committer.commit(batch)

    def _set_aside(self, batch: Batch, entry: Entry, error: str) -> None:
        identifier, fields = entry
        name = f"{batch.partition:02d}-{wire.text(identifier)}"
        log.error("dead_letter", event_id=name, error=error.split(":")[0], hint="hilo keeps it for a person to look at")
        metrics.DEAD_LETTERS.inc()
        batch.dead(EventId(wire.text(identifier)), fields, error)

    async def _now(self, held: Held) -> datetime:
        """The clock's instant, never before one that was decided at in this partition, whoever worked on it."""
        latest = self._high_water.get(held)
        if latest is None:
            known = await self._connection.commands.get(keys.key(held.partition, keys.HIGH_WATER))
            latest = from_milliseconds(int(known)) if known else self._clock.now()
        self._high_water[held] = max(latest, self._clock.now())
        return self._high_water[held]

    def _count(self, held: Held, decided: list[tuple[Event, Decision]]) -> None:
        """Tell metrics and log: one line a batch, with event, kind, outcome and conversation of each."""
        now = self._clock.now()
        kinds = [wire.NAMES[type(event.body)] for event, _ in decided]
        for kind, count in Counter(kinds).items():
            metrics.COMMITTED.labels(kind).inc(count)
        for event, _ in decided:
            metrics.LAG_SECONDS.observe(max((now - event.accepted_at).total_seconds(), 0.0))
        told = [
            f"{event.id} {kind} {decision.outcome.kind} {decision.outcome.conversation or '-'}"
            for kind, (event, decision) in zip(kinds, decided, strict=True)
        ]
        log.info("committed", partition=held.partition, events=told)
