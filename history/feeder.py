"""The feeder: closed conversations go to the archive, and only then leave Redis.

Each commit of a closed conversation put it on its partition's `arch` stream. What stands there is not done yet, so a
feeder that died is followed by one that begins anew; what it had archived is archived again, which changes nothing.
"""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from importlib import resources
from typing import Any

import msgspec
import structlog
from redis.exceptions import RedisError

from history.archive import Archive, Glance, Late, Story
from history.closed import ask_for_closed
from history.reading import MOST_BYTES, Part, Reader, Unreadable
from history.schema import ArchiveAway
from router.model.clock import Clock, milliseconds
from router.model.decision import TimelineEntry
from router.model.errors import PermanentError
from router.model.ids import ConversationId
from router.store import keys, metrics, wire
from router.store.connection import Connection, Entry, Script
from router.store.outbound import ChannelLease

log = structlog.get_logger()

AT_ONCE = 50
PERIOD_SECONDS = 1.0
AWAY_SECONDS = 5.0
# Who follows the feed (desks, chats) finds the conversation closed before it is gone.
GRACE = timedelta(seconds=10)


@dataclass(slots=True)
class Batch:
    """What a partition's stream asks for: conversations to take, each with the entries that name it, and late words."""

    named: dict[ConversationId, list[str]] = field(default_factory=dict)
    late: dict[str, Late] = field(default_factory=dict)
    revisions: dict[ConversationId, str] = field(default_factory=dict)
    counts: dict[ConversationId, Counter[str]] = field(default_factory=dict)

    def note(self, part: Part) -> None:
        """Note what is to be forgotten once `part` is in the archive: at the revision that its first part had."""
        self.revisions.setdefault(part.name, part.revision)
        self.counts.setdefault(part.name, Counter()).update(part.counts)


class Feeder:
    """Feeds the archive until `stop`; of several, the holder of the lease."""

    def __init__(
        self,
        connection: Connection,
        archive: Archive,
        lease: ChannelLease,
        clock: Clock,
        partitions: int,
        grace: timedelta = GRACE,
        most_bytes: int = MOST_BYTES,
    ) -> None:
        self._redis = connection.commands
        self._archive = archive
        self._lease = lease
        self._clock = clock
        self._partitions = partitions
        self._grace = grace
        source = resources.files("history").joinpath("forget.lua").read_text(encoding="utf-8")
        self._forget = Script(connection, source)
        self._reader = Reader(connection, most_bytes)
        self._unreadable: set[tuple[int, str]] = set()
        self._has_sought = False
        self._trouble = ""
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Archive what closes; a store or a disk that goes away is waited for, and nothing is forgotten meanwhile."""
        while not self._stopping.is_set():
            pause = PERIOD_SECONDS
            try:
                # The lease only spares two of them the same work: whoever forgets has made sure of the archive before.
                if await self._lease.take():
                    # Also where nothing has closed: what is wrong is told before it is needed.
                    await self._archive.open()
                    await self._seek()
                    pause = 0.0 if await self.feed() else pause
                    self._tell_of("")
            except (RedisError, OSError) as error:
                log.warning("history_interrupted", error=str(error))
            except ArchiveAway as error:
                self._tell_of(str(error))
                pause = AWAY_SECONDS
            await self._wait(pause)
        await self._hand_back()

    def stop(self) -> None:
        """Let `run` return after the batch at hand."""
        self._stopping.set()

    @property
    def why_waiting(self) -> str:
        """Why nothing can be archived now, in plain words; empty while it can."""
        return f"history waits: {self._trouble}" if self._trouble else ""

    def _tell_of(self, trouble: str) -> None:
        """Say once what is wrong with the archive, and once that it is over."""
        if trouble != self._trouble and trouble:
            hint = "closed conversations stay in Redis meanwhile; is the disk full? It goes on by itself"
            log.error("history_not_written", error=trouble, hint=hint)
        elif trouble != self._trouble:
            log.info("history_written_again")
        metrics.HISTORY_AWAY.set(bool(trouble))
        self._trouble = trouble

    async def _seek(self) -> None:
        """Once, ask for what closed before its closing asked for it: a version before history wrote it."""
        if not self._has_sought and (asked := await ask_for_closed(self._redis)):
            log.info("history_asked", count=asked, hint="they closed before there was a history")
        self._has_sought = True

    async def feed(self) -> bool:
        """Archive what has closed, a batch of each partition; whether there may be more."""
        latest = "+" if not self._grace else str(milliseconds(self._clock.now() - self._grace))
        async with self._redis.pipeline(transaction=False) as pipe:
            for partition in range(self._partitions):
                count = AT_ONCE + sum(1 for known, _ in self._unreadable if known == partition)
                pipe.xrange(keys.key(partition, keys.ARCHIVE), max=latest, count=count)
                pipe.xlen(keys.key(partition, keys.ARCHIVE))
            found: list[Any] = await pipe.execute()
        metrics.HISTORY_WAITING.set(sum(found[1::2]))
        is_more = False
        for partition, entries in enumerate(found[0::2]):
            fresh = [entry for entry in entries if (partition, wire.text(entry[0])) not in self._unreadable]
            is_left = bool(fresh) and await self._take(partition, fresh)
            is_more = is_more or is_left or len(fresh) >= AT_ONCE
        return is_more

    async def _take(self, partition: int, entries: list[Entry]) -> bool:
        """Archive what `entries` ask for and as much as fits; whether some of it is left for the next time."""
        batch = self._asked(partition, entries)
        names = list(batch.named)
        parts = await self._reader.parts(partition, names)
        stories: list[Story] = []
        for part in parts:
            if isinstance(part, Unreadable):
                self._leave(partition, batch.named.pop(part.name), f"conversation {part.name}: {part.error}")
            elif not part.is_whole:
                await self._take_long(partition, batch, part)
            elif part.conversation:
                batch.note(part)
                stories.append(Story(part.conversation, part.entries))
        left = names[len(parts) :]
        for name in left:
            del batch.named[name]
        unknown = await self._archive.keep(stories, list(batch.late.values()))
        for late in unknown:
            log.warning("history_unknown", conversation=late.conversation, kind=late.entry.kind, **late.entry.detail)
        await self._forgotten(partition, batch)
        return bool(left)

    async def _take_long(self, partition: int, batch: Batch, part: Part | Unreadable) -> None:
        """Archive a conversation part by part; killed in between, it is archived from the beginning once more."""
        start, before = 0, Glance()
        while isinstance(part, Part) and part.conversation:
            batch.note(part)
            await self._archive.keep([Story(part.conversation, part.entries, start, before, part.is_whole)])
            if part.is_whole:
                return
            start, before = start + len(part.entries), before.after(part.entries)
            (part,) = await self._reader.parts(partition, [part.name], start)
        # It went while it was read, or can't be read to its end: the next look tells which.
        entries = batch.named.pop(part.name)
        if isinstance(part, Unreadable):
            self._leave(partition, entries, f"conversation {part.name}: {part.error}")

    def _asked(self, partition: int, entries: list[Entry]) -> Batch:
        batch = Batch()
        for identifier, fields in entries:
            name = wire.text(identifier)
            try:
                conversation = ConversationId(fields[b"c"].decode())
                if b"e" in fields:
                    batch.late[name] = Late(conversation, wire.decode(TimelineEntry, fields[b"e"]))
                else:
                    batch.named.setdefault(conversation, []).append(name)
            except (KeyError, UnicodeDecodeError, PermanentError) as error:
                self._leave(partition, [name], f"an entry of the archive's stream: {error}")
        return batch

    async def _forgotten(self, partition: int, batch: Batch) -> None:
        """Remove from Redis what the archive holds; what changed meanwhile stays, and is archived anew."""
        names = [keys.key(partition, keys.ARCHIVE), keys.key(partition, keys.COUNTS)]
        told = []
        for name, entries in batch.named.items():
            names += [keys.key(partition, keys.conversation(name)), keys.key(partition, keys.timeline(name))]
            counts = batch.counts.get(name, Counter())
            told.append((batch.revisions.get(name, ""), entries, list(counts.items())))
        gone = await self._forget(names, msgspec.msgpack.encode(told), *batch.late)
        done = [name for name, is_gone in zip(batch.named, gone, strict=True) if is_gone and name in batch.revisions]
        metrics.HISTORY_ARCHIVED.inc(len(done))
        for name in done:
            log.info("archived", conversation=name)

    def _leave(self, partition: int, entries: list[str], what: str) -> None:
        """What can't be read stays where it is, for a newer Hilo or for a person; its neighbours go on."""
        self._unreadable.update((partition, entry) for entry in entries)
        hint = "it stays in Redis, and is tried again when history starts anew"
        log.error("history_unreadable", partition=partition, error=what, hint=hint)

    async def _wait(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._stopping.wait(), seconds)
        except TimeoutError:
            return

    async def _hand_back(self) -> None:
        try:
            await self._lease.release()
        except (RedisError, OSError) as error:
            log.warning("history_lease_left", error=str(error), hint="it expires by itself")
