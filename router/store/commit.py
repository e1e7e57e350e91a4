"""The one door: a batch's effects in one atomic script."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

import msgspec

from router.core.calls.board import board_score
from router.core.queue import queue_score
from router.model.clock import milliseconds
from router.model.conversation import Conversation
from router.model.customer import Customer
from router.model.decision import Decision, EntryKind, MovingState, Outcome, OutcomeKind
from router.model.errors import Fenced, PermanentError
from router.model.event import CallReported, Event
from router.model.ids import ConversationId, CustomerId, EventId
from router.store import keys, wire
from router.store.connection import Call, Connection, Script, lua

WAITS_KEPT = "20"
# While the directory is away the latest wait: the older are asked anew when their customer writes again.
LOOK_UPS_KEPT = "5000"
OUTCOME_SECONDS = "86400"
TYPES = {
    "HSET": "hash",
    "HDEL": "hash",
    "ZADD": "zset",
    "ZREM": "zset",
    "RPUSH": "list",
    "LPUSH": "list",
    "XADD": "stream",
    "SET": "string",
    "HINCRBY": "hash",
    "HSETNX": "hash",
}
# What one call of a script can hand on is limited: a timeline that is written whole goes in pieces.
AT_ONCE = 500
# How long the way from a conversation that is part of another stays, and what was taken there meanwhile is known.
WAY_SECONDS = str(90 * 24 * 3600)
BACK_SECONDS = str(30 * 24 * 3600)
# What the feed calls a conversation's becoming part of another.
MERGED = "merged"


class CommitResult(StrEnum):
    """What the script found; only OK has written anything."""

    OK = "ok"
    GONE = "gone"
    CONFLICT = "conflict"


@dataclass(slots=True)
class Batch:
    """The decisions of one partition's batch, gathered into the writes of one script.

    `base` holds the records as they were read; a record decided upon several times is written once, as it is at last.
    """

    partition: int
    token: str
    now: datetime
    events: list[EventId] = field(default_factory=list)
    base: dict[str, int] = field(default_factory=dict)
    conversations: dict[ConversationId, tuple[Conversation | None, Conversation]] = field(default_factory=dict)
    customers: dict[CustomerId, Customer] = field(default_factory=dict)
    timelines: dict[ConversationId, list[str]] = field(default_factory=dict)
    stories: dict[ConversationId, list[str]] = field(default_factory=dict)
    writes: list[tuple[str, ...]] = field(default_factory=list)

    def read(self, suffix: str, revision: int) -> None:
        """Note that the record `suffix` was read at `revision` (0: there was none)."""
        self.base.setdefault(suffix, revision)

    def add(
        self, event: Event, decision: Decision, before: Conversation | None, counts: Mapping[str, int] | None = None
    ) -> None:
        """Add what follows from `event`: all of it, or nothing where this raises since some can't be written down.

        `counts` are messages that came here from another customer's, or went there.
        """
        entries = [_text(entry) for entry in decision.entries]
        story = None if decision.story is None else [_text(entry) for entry in decision.story]
        writes = [*_written(event, decision, entries), *_owed(decision, self.now), *_counted(event, counts or {})]
        self.events.append(event.id)
        self.writes += writes
        if decision.conversation:
            name = decision.conversation.id
            first = self.conversations.get(name, (before, None))[0]
            self.conversations[name] = (first, decision.conversation)
            if story is not None:
                self.stories[name], self.timelines[name] = story, []
            self.timelines.setdefault(name, []).extend(entries)
        if decision.customer:
            self.customers[decision.customer.id] = decision.customer

    def dead(self, event: EventId, fields: Mapping[bytes, bytes], error: str) -> None:
        """Set an event aside as it came, with the `error` that it raised; whoever waits for it is told."""
        self.events.append(event)
        flat = (part.decode("utf-8", "replace") for pair in fields.items() for part in pair)
        self._write("XADD", keys.DEAD, "*", "event", event, "error", error, *flat)
        key = fields.get(b"key", b"").decode("utf-8", "replace")
        if key:
            self._write("HSET", keys.outcome(key), "o", _text(Outcome(OutcomeKind.REFUSED, reason="dead_letter")))
            self._write("EXPIRE", keys.outcome(key), OUTCOME_SECONDS)
            self._write("XADD", keys.FEED, "*", "k", key)

    def packed(self) -> bytes:
        """The batch as the script reads it."""
        writes = [*self.writes, *self._records()]
        types = {suffix: TYPES[command] for command, suffix, *_ in writes if command in TYPES}
        return msgspec.msgpack.encode(
            {
                "e": self.events,
                "x": [(suffix, str(revision)) for suffix, revision in self.base.items()],
                "t": list(types.items()),
                "w": writes,
            }
        )

    def _records(self) -> Iterable[tuple[str, ...]]:
        for customer in self.customers.values():
            pointer = customer.open_conversation or ""
            yield ("HSET", keys.customer(customer.id), "r", str(customer.revision), "d", _text(customer), "p", pointer)
        for before, after in self.conversations.values():
            pointer = after.customer
            yield ("HSET", keys.conversation(after.id), "r", str(after.revision), "d", _text(after), "p", pointer)
            yield from queue_moves(before, after)
            yield from call_moves(before, after)
            yield from _way(before, after)
        for name, story in self.stories.items():
            yield ("DEL", keys.timeline(name))
            for start in range(0, len(story), AT_ONCE):
                yield ("RPUSH", keys.timeline(name), *story[start : start + AT_ONCE])
        for name, entries in self.timelines.items():
            if entries:
                yield ("RPUSH", keys.timeline(name), *entries)
        yield ("SET", keys.HIGH_WATER, str(milliseconds(self.now)))

    def _write(self, command: str, suffix: str, *arguments: str) -> None:
        self.writes.append((command, suffix, *arguments))


def _written(event: Event, decision: Decision, entries: Sequence[str]) -> Iterable[tuple[str, ...]]:
    """The writes of one event, but for the records and timelines, which are written once for all of a batch."""
    if event.conversation and not decision.conversation:
        # What is told of a conversation that has left Redis follows it into history.
        for entry in entries:
            yield ("XADD", keys.ARCHIVE, "*", "c", event.conversation, "e", entry)
    for message in decision.outbound:
        yield ("XADD", keys.outbound(message.channel), "*", "m", _text(message))
    if decision.cancelled:
        yield ("ZREM", keys.TIMERS, *map(_text, decision.cancelled))
    for timer in decision.timers:
        yield ("ZADD", keys.TIMERS, str(milliseconds(timer.due_at)), _text(timer))
    for look_up in decision.look_ups:
        bound = ("MAXLEN", "~", LOOK_UPS_KEPT)
        yield ("XADD", keys.LOOK_UPS, *bound, "*", "customer", look_up.customer, "l", _text(look_up))
    for wait in decision.waits:
        yield ("LPUSH", keys.waits(wait.team), str(wait.seconds))
        yield ("LTRIM", keys.waits(wait.team), "0", WAITS_KEPT)
    for seen in decision.guarded:
        yield ("HINCRBY", keys.guard(seen.team), keys.guarded(seen.kind, seen.became), "1")
    for each in decision.tallies:
        yield ("HINCRBY", keys.tally(each.team), keys.tallied(each.what, each.became), "1")
    yield from _told(event, decision)


def _owed(decision: Decision, now: datetime) -> Iterable[tuple[str, ...]]:
    """The writes of what is owed to others, and of where the customer's arrivals go from now on."""
    for errand in decision.errands:
        fields = wire.errand_fields(errand, now)
        yield ("XADD", keys.ERRANDS, "*", *(wire.text(part) for pair in fields.items() for part in pair))
    if moving := decision.moving:
        value = " ".join((moving.state, moving.to or "-", *moving.formers))
        ends = ("EX", BACK_SECONDS) if moving.state is MovingState.BACK else ()
        yield ("SET", keys.moved(moving.customer), value, *ends)


def _counted(event: Event, counts: Mapping[str, int]) -> Iterable[tuple[str, ...]]:
    """The writes that count what came from another customer's, or went there."""
    for name, count in counts.items():
        yield ("HINCRBY", keys.COUNTS, name, str(count))
    if counts:
        yield ("HSETNX", keys.COUNTS, keys.COUNTED_SINCE, event.id)


def _way(before: Conversation | None, after: Conversation) -> Iterable[tuple[str, ...]]:
    """The writes that let the way to a conversation's story end some day, and never the story itself."""
    if after.part_of and after.joined:
        yield ("EXPIRE", keys.conversation(after.id), WAY_SECONDS)
    elif before and before.part_of and not after.part_of:
        yield ("PERSIST", keys.conversation(after.id))


def _told(event: Event, decision: Decision) -> Iterable[tuple[str, ...]]:
    """The writes that tell who waits for the outcome, and who follows the feed."""
    outcome = decision.outcome
    if event.key:
        yield ("HSET", keys.outcome(event.key), "o", _text(outcome))
        yield ("EXPIRE", keys.outcome(event.key), OUTCOME_SECONDS)
    if not (decision.conversation or event.key):
        return
    kinds: list[str] = [entry.kind for entry in decision.entries]
    if decision.conversation and decision.conversation.part_of:
        # Nothing is told in its timeline, which goes on elsewhere; but who has it open has to go along.
        kinds.append(MERGED)
    if not kinds and isinstance(event.body, CallReported):
        # That a phone rings is no line of the timeline, and whoever waits for it wants to see it.
        kinds.append(EntryKind.CALL)
    fields = {"c": outcome.conversation or "", "k": event.key, "n": ",".join(kinds)}
    present = (part for pair in fields.items() if pair[1] for part in pair)
    yield ("XADD", keys.FEED, "*", "r", str(outcome.revision), *present)


def queue_moves(before: Conversation | None, after: Conversation) -> Iterable[tuple[str, ...]]:
    """The writes that put `after` where it belongs: in one team's queue or in none, and at last in history."""
    if before and before.is_queued and (not after.is_queued or before.ownership.team != after.ownership.team):
        yield ("ZREM", keys.queue(before.ownership.team), before.id)
    if after.is_queued and not _stands_there(before, after):
        yield ("ZADD", keys.queue(after.ownership.team), str(queue_score(after)), after.id)
    if after.is_closed:
        yield ("XADD", keys.ARCHIVE, "*", "c", after.id)


def call_moves(before: Conversation | None, after: Conversation) -> Iterable[tuple[str, ...]]:
    """The writes that put `after` on the board of calls, at its place, or take it off."""
    was, score = board_score(before) if before else None, board_score(after)
    if score is None and was is not None:
        yield ("ZREM", keys.CALLS, after.id)
    if score is not None and score != was:
        yield ("ZADD", keys.CALLS, str(score), after.id)


def _stands_there(before: Conversation | None, after: Conversation) -> bool:
    """Whether `before` left it at the place where `after` belongs."""
    if before is None or not before.is_queued or before.ownership.team != after.ownership.team:
        return False
    return queue_score(before) == queue_score(after)


class Committer:
    """Commits batches."""

    def __init__(self, connection: Connection) -> None:
        self._script = Script(connection, lua("commit"))

    async def commit(self, batch: Batch) -> tuple[CommitResult, Sequence[EventId]]:
        """OK if all was written; GONE with the events that were committed before, or CONFLICT: then nothing was.

        Raises Fenced when the lease has passed to another worker, PermanentError when a key holds what it should not.
        A commit that is tried again after it succeeded answers GONE and changes nothing.
        """
        names, *arguments = _call(batch)
        answer = [part.decode() for part in await self._script(names, *arguments)]
        if answer[0] == "fenced":
            raise Fenced(f"partition {batch.partition} is another worker's now")
        if answer[0] == "type":
            raise PermanentError(f"{keys.key(batch.partition, answer[1])} holds something that Hilo did not write")
        return CommitResult(answer[0]), [EventId(identifier) for identifier in answer[1:]]

    async def commit_each(self, batches: Sequence[Batch]) -> list[bool]:
        """For each batch whether all of it was written at once; where not, nothing of it was, and `commit` says why.

        Raises redis' errors when the server is away: then nobody knows, and `commit` says it later.
        """
        answers = await self._script.each([_call(batch) for batch in batches])
        return [isinstance(answer, list) and answer[0] == b"ok" for answer in answers]


def _call(batch: Batch) -> Call:
    return [keys.key(batch.partition, keys.LEASE)], batch.token, batch.packed()


def _text(value: object) -> str:
    return wire.encode(value).decode()
