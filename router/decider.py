"""The decider: makes of a partition's entries the batch that is to be committed. It reads, and writes nothing."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from router.core.context import Context, Policy
from router.core.decide import decide
from router.core.identity.passing import opened
from router.model.clock import Clock, from_milliseconds
from router.model.decision import Decision
from router.model.errors import PermanentError
from router.model.event import Event
from router.model.ids import EventId, TeamId
from router.model.team import Team
from router.store import keys, metrics, wire
from router.store.commit import Batch
from router.store.connection import Connection, Entry
from router.store.passages import moved_messages
from router.store.presence import Presence
from router.store.records import Records
from router.store.snapshot import Snapshot, Snapshots
from router.store.team_loads import Loads, TeamLoads
from rules.engine import RuleBook
from rules.fact_kinds import FactKinds
from rules.guard.book import GuardBook

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Held:
    """A partition under this worker, by the token of its lease."""

    partition: int
    token: str


@dataclass(frozen=True, slots=True)
class Books:
    """All of ops' that decides: the rules, what replies are read by, and the facts that they named."""

    rules: RuleBook
    guard: GuardBook
    kinds: FactKinds


@dataclass(slots=True)
class Decided:
    """What a partition's entries came to: the `batch` that is to be committed, and what was decided in it."""

    held: Held
    batch: Batch
    events: list[Event] = field(default_factory=list)
    decisions: list[tuple[Event, Decision]] = field(default_factory=list)

    def count(self, now: datetime) -> None:
        """Tell metrics and log that it is committed: one line, with event, kind, outcome and conversation of each."""
        kinds = [wire.NAMES[type(event.body)] for event, _ in self.decisions]
        for kind, count in Counter(kinds).items():
            metrics.COMMITTED.labels(kind).inc(count)
        for seen in (seen for _, decision in self.decisions for seen in decision.guarded):
            metrics.GUARD.labels(seen.team, seen.kind, seen.became).inc()
        for owed in (owed for _, decision in self.decisions for owed in decision.tallies):
            metrics.TALLIES.labels(owed.team, owed.what, owed.became).inc()
        for event, _ in self.decisions:
            metrics.LAG_SECONDS.observe(max((now - event.accepted_at).total_seconds(), 0.0))
        told = [
            f"{event.id} {kind} {decision.outcome.kind} {decision.outcome.conversation or '-'}"
            for kind, (event, decision) in zip(kinds, self.decisions, strict=True)
        ]
        log.info("committed", partition=self.held.partition, events=told)


class Decider:
    """Reads what entries are about and decides upon them, each after those before it."""

    def __init__(
        self, connection: Connection, clock: Clock, partitions: int, teams: Mapping[TeamId, Team], policy: Policy
    ) -> None:
        self._redis = connection.commands
        self._clock = clock
        self._teams = teams
        self._policy = policy
        self._snapshots = Snapshots(connection)
        self._loads = TeamLoads(Records(connection, partitions), Presence(connection, clock), teams)
        self._high_water: dict[Held, datetime] = {}

    async def decided(self, read: Mapping[Held, list[Entry]], books: Books) -> list[Decided]:
        """What the entries of each partition came to; one that can't be read or decided is a dead letter in it.

        Raises NewerVersion for what a newer Hilo wrote.
        """
        found = [await self._read(held, entries) for held, entries in read.items()]
        snapshots = await self._snapshots.of_each([(each.held.partition, each.events) for each in found])
        loads = await self._loads.now()
        for each, snapshot in zip(found, snapshots, strict=True):
            snapshot.note(each.batch)
            self._decide_all(each, snapshot, dict(read[each.held]), books, loads)
            # Others of this process, such as the keeper of the leases, are not to wait for a whole round.
            await asyncio.sleep(0)
        return found

    async def aside(self, held: Held, entry: Entry, error: str) -> Decided:
        """`entry` as a dead letter."""
        decided = Decided(held, Batch(held.partition, held.token, await self._now(held)))
        _set_aside(decided.batch, entry, error)
        return decided

    def forget(self, held: Held) -> None:
        """`held` is ours no longer."""
        self._high_water.pop(held, None)

    async def _read(self, held: Held, entries: list[Entry]) -> Decided:
        decided = Decided(held, Batch(held.partition, held.token, await self._now(held)))
        for identifier, fields in entries:
            try:
                decided.events.append(wire.read_event(identifier, held.partition, fields))
            except PermanentError as error:
                _set_aside(decided.batch, (identifier, fields), str(error))
        return decided

    def _decide_all(
        self,
        decided: Decided,
        snapshot: Snapshot,
        raw: Mapping[bytes, Mapping[bytes, bytes]],
        books: Books,
        loads: Loads,
    ) -> None:
        for event in decided.events:
            try:
                decided.decisions.append((event, self._decide(decided.batch, snapshot, event, books, loads)))
            except Exception as error:  # noqa: BLE001 - decide is pure: whatever it raises, it would raise again
                entry = event.id.encode(), dict(raw[event.id.encode()])
                _set_aside(decided.batch, entry, f"{type(error).__name__}: {error}")

    def _decide(self, batch: Batch, snapshot: Snapshot, event: Event, books: Books, loads: Loads) -> Decision:
        was, event = event, opened(event, snapshot.customer_of(event))
        conversation, story = snapshot.conversation_of(event), snapshot.story_of(event)
        customer = snapshot.customer_of(event)
        context = Context(self._teams, self._policy, customer, loads, guard=books.guard, kinds=books.kinds, story=story)
        decision = decide(conversation, event, context, books.rules, batch.now)
        batch.add(event, decision, conversation, moved_messages(was, decision, story))
        snapshot.apply(decision)
        return decision

    async def _now(self, held: Held) -> datetime:
        """The clock's instant, never before one that was decided at in this partition, whoever worked on it."""
        latest = self._high_water.get(held)
        if latest is None:
            known = await self._redis.get(keys.key(held.partition, keys.HIGH_WATER))
            latest = from_milliseconds(int(known)) if known else self._clock.now()
        self._high_water[held] = max(latest, self._clock.now())
        return self._high_water[held]


def _set_aside(batch: Batch, entry: Entry, error: str) -> None:
    identifier, fields = entry
    name = f"{batch.partition:02d}-{wire.text(identifier)}"
    log.error("dead_letter", event_id=name, error=error.split(":")[0], hint="hilo keeps it for a person to look at")
    metrics.DEAD_LETTERS.inc()
    batch.dead(EventId(wire.text(identifier)), fields, error)
