"""The archive: closed conversations with their timelines, in one SQLite file in the data folder.

What is written twice is there once: a conversation by its id, its latest revision staying; an entry by its id.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TypeVar

import msgspec
import structlog

from history.schema import ArchiveAway, opened
from router.model.conversation import Conversation
from router.model.decision import EntryKind, TimelineEntry
from router.model.ids import ConversationId, CustomerId, TeamId
from router.model.message import Attachment
from router.store import wire

log = structlog.get_logger()

T = TypeVar("T")
Place = tuple[int, int]
BEGINNING_LENGTH = 160
KEEP = """
INSERT INTO conversations (id, customer, channels, team, opened_at, closed_at, subject, beginning, revision, record)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET customer = excluded.customer, channels = excluded.channels, team = excluded.team,
  closed_at = excluded.closed_at, subject = excluded.subject, beginning = excluded.beginning,
  revision = excluded.revision, record = excluded.record
  WHERE excluded.revision > revision OR (excluded.revision = revision AND ?)
"""
# Entries never change once they are told, so the first writing of one is as good as any.
TELL = """
INSERT OR IGNORE INTO entries (conversation, number, id, kind, at, actor, text, channel, message, detail, attachments)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
TELL_LAST = """
INSERT OR IGNORE INTO entries (conversation, number, id, kind, at, actor, text, channel, message, detail, attachments)
SELECT ?, coalesce(max(number), -1) + 1, ?, ?, ?, ?, ?, ?, ?, ?, ? FROM entries WHERE conversation = ?
"""
TOLD = """
SELECT id, kind, at, actor, text, channel, message, detail, attachments FROM entries
WHERE conversation = ? AND number >= ? AND (? < 0 OR number <= ?) ORDER BY number
"""
OF_CUSTOMER = """
SELECT id, team, subject, beginning, channels, opened_at, closed_at FROM conversations
WHERE customer IN (SELECT value FROM json_each(?)) AND id <> ?
AND (? IS NULL OR team IN (SELECT value FROM json_each(?)))
ORDER BY closed_at DESC, id DESC LIMIT ?
"""
# An entry's id is its event's place in the stream, `milliseconds-sequence`, a dot and a number; what came from another
# partition's timeline has one more dot, and was counted as it came.
COUNTED = """
SELECT channel, count(*) FROM entries
WHERE kind = 'message_in' AND conversation >= ? AND conversation < ?
  AND (id LIKE '%.%.%'
    OR (CAST(id AS INTEGER), CAST(substr(id, instr(id, '-') + 1) AS INTEGER)) BETWEEN (?, ?) AND (?, ?))
  AND conversation NOT IN (SELECT value FROM json_each(?))
GROUP BY channel
"""


@dataclass(frozen=True, slots=True)
class Glance:
    """What a list of former conversations tells of one: the first message, its channels, when it closed."""

    beginning: str | None = None
    channels: tuple[str, ...] = ()
    closed_at: datetime | None = None

    def after(self, entries: Sequence[TimelineEntry]) -> "Glance":
        """The same once `entries` follow."""
        messages = heard(entries)
        beginning = " ".join(messages[0].text.split())[:BEGINNING_LENGTH] if messages else None
        closed = [entry.at for entry in entries if entry.kind is EntryKind.CLOSED]
        return Glance(
            beginning if self.beginning is None else self.beginning,
            tuple(dict.fromkeys((*self.channels, *(entry.channel for entry in messages)))),
            closed[-1] if closed else self.closed_at,
        )


@dataclass(frozen=True, slots=True)
class Story:
    """A closed conversation with its whole timeline.

    Or with the part of a long one that begins with the entry number `start`, after those that `before` tells of; the
    parts are kept one after another, the first one first, and only the one that `is_last` makes it whole.
    """

    conversation: Conversation
    entries: Sequence[TimelineEntry]
    start: int = 0
    before: Glance = Glance()
    is_last: bool = True


@dataclass(frozen=True, slots=True)
class Late:
    """Something told of a conversation that had left Redis already: a receipt, mostly."""

    conversation: ConversationId
    entry: TimelineEntry


@dataclass(frozen=True, slots=True)
class Former:
    """A former conversation at a glance; `beginning` is how the customer's first message begins."""

    id: ConversationId
    team: TeamId
    subject: str
    beginning: str
    channels: tuple[str, ...]
    opened_at: datetime
    closed_at: datetime


class Archive:
    """Keeps and finds former conversations; one thread of its own talks to SQLite. All may raise ArchiveAway."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="history")
        self._database: sqlite3.Connection | None = None

    async def open(self) -> None:
        """Open the file, if it is not, rather than at the first question, to learn what is wrong with it."""
        await self._do(lambda database: None)

    async def close(self) -> None:
        """Let go of the file."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._closed)
        self._thread.shutdown()

    async def keep(self, stories: Sequence[Story], late: Sequence[Late] = ()) -> list[Late]:
        """Hold all of it, on the disk once this returns, or nothing; the `late` of unknown conversations come back."""
        return await self._do(lambda database: _kept(database, stories, late))

    async def conversation(self, identifier: ConversationId) -> Conversation | None:
        """The conversation as it was when it left, or None."""
        query = "SELECT record FROM conversations WHERE id = ?"
        row = await self._do(lambda database: database.execute(query, [identifier]).fetchone())
        return wire.decode(Conversation, row[0]) if row else None

    async def timeline(self, identifier: ConversationId, start: int = 0, end: int = -1) -> list[TimelineEntry]:
        """The conversation's entries from number `start` to `end` (both included; -1 is the latest), oldest first."""
        rows = await self._do(lambda database: database.execute(TOLD, [identifier, start, end, end]).fetchall())
        return [entry_of(row) for row in rows]

    async def timeline_length(self, identifier: ConversationId) -> int:
        """How many entries the conversation's timeline has."""
        query = "SELECT count(*) FROM entries WHERE conversation = ?"
        return int(await self._do(lambda database: database.execute(query, [identifier]).fetchone()[0]))

    async def of_customer(
        self,
        customer: CustomerId,
        limit: int,
        *,
        teams: Collection[TeamId] | None = None,
        besides: str = "",
        others: Collection[CustomerId] = (),
    ) -> list[Former]:
        """The customer's former conversations, the one that closed last first, at most `limit`.

        Those of `others`, who are part of them, are theirs too. Of `teams` alone, if any are named, and without the
        conversation `besides`.
        """
        told = None if teams is None else msgspec.json.encode(list(teams)).decode()
        names = msgspec.json.encode([customer, *others]).decode()
        wanted = [names, besides, told, told, limit]
        rows = await self._do(lambda database: database.execute(OF_CUSTOMER, wanted).fetchall())
        return [_former(row) for row in rows]

    async def counts(self) -> Mapping[str, int]:
        """How many inbound messages of each channel are in the archive."""
        query = "SELECT channel, count(*) FROM entries WHERE kind = 'message_in' GROUP BY channel"
        return dict(await self._do(lambda database: database.execute(query).fetchall()))

    async def known(self, names: Collection[ConversationId]) -> set[ConversationId]:
        """Which of `names` are conversations in the archive."""
        query = "SELECT id FROM conversations WHERE id IN (SELECT value FROM json_each(?))"
        told = msgspec.json.encode(list(names)).decode()
        return {ConversationId(row[0]) for row in await self._do(lambda d: d.execute(query, [told]).fetchall())}

    async def counted(
        self, partition: int, span: tuple[Place, Place], besides: Collection[ConversationId]
    ) -> Mapping[str, int]:
        """How many inbound messages of each channel the partition's conversations have, those of `besides` left out.

        Only of events from the first of `span` to the second are they, by their places in the partition's stream.
        """
        told = msgspec.json.encode(list(besides)).decode()
        # A dot is what comes after a hyphen: the range is all ids of the partition, in the order of the primary key.
        wanted = [f"c-{partition:02d}-", f"c-{partition:02d}.", *span[0], *span[1], told]
        return dict(await self._do(lambda database: database.execute(COUNTED, wanted).fetchall()))

    async def _do(self, work: Callable[[sqlite3.Connection], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._done, work)

    def _done(self, work: Callable[[sqlite3.Connection], T]) -> T:
        if self._database is None:
            self._database = opened(self._folder)
        try:
            return work(self._database)
        except sqlite3.Error as error:
            # The next one begins with a file that is opened anew: what is broken in this connection ends with it.
            self._closed()
            raise ArchiveAway(f"the archive in {self._folder} does not work: {error}") from error
        except Exception:
            # A fault of ours must not leave half of a transaction open either.
            self._closed()
            raise

    def _closed(self) -> None:
        database, self._database = self._database, None
        if database is None:
            return
        try:
            database.close()
        except sqlite3.Error as error:
            # What was committed is in the file or in its log, and whoever opens it next finds it there.
            log.warning("history_not_closed", error=str(error), hint="it is opened anew")


def heard(entries: Sequence[TimelineEntry]) -> list[TimelineEntry]:
    """What of `entries` the customer wrote."""
    return [entry for entry in entries if entry.kind is EntryKind.MESSAGE_IN]


def _kept(database: sqlite3.Connection, stories: Sequence[Story], late: Sequence[Late]) -> list[Late]:
    # Closing the connection rolls back what an error left half done.
    database.execute("BEGIN IMMEDIATE")
    for story in stories:
        if is_erased(database, story.conversation.id):
            continue
        # A part's row is as the first one tells it, and as all of them do once the last is there.
        if story.start == 0 or story.is_last:
            database.execute(KEEP, (*_conversation_row(story), story.start > 0))
        name = story.conversation.id
        rows = ((name, number, *_entry_row(e)) for number, e in enumerate(story.entries, story.start))
        database.executemany(TELL, rows)
    unknown = [each for each in late if not _told(database, each)]
    database.execute("COMMIT")
    return unknown


def is_erased(database: sqlite3.Connection, identifier: ConversationId) -> bool:
    """Whether the conversation was erased: nothing is kept of it again, whoever had read it before."""
    return database.execute("SELECT 1 FROM erased WHERE id = ?", [identifier]).fetchone() is not None


def _told(database: sqlite3.Connection, late: Late) -> bool:
    """Whether the conversation is known; then the entry is its last one, if it was not there yet."""
    if not database.execute("SELECT 1 FROM conversations WHERE id = ?", [late.conversation]).fetchone():
        return False
    database.execute(TELL_LAST, [late.conversation, *_entry_row(late.entry), late.conversation])
    return True


def _conversation_row(story: Story) -> tuple[str | int, ...]:
    conversation, glance = story.conversation, story.before.after(story.entries)
    return (
        conversation.id,
        conversation.customer,
        ",".join(glance.channels),
        conversation.ownership.team,
        conversation.created_at.isoformat(),
        (glance.closed_at or conversation.updated_at).isoformat(),
        conversation.subject,
        conversation.preview if glance.beginning is None else glance.beginning,
        conversation.revision,
        wire.encode(conversation).decode(),
    )


def _entry_row(entry: TimelineEntry) -> tuple[str, ...]:
    detail = msgspec.json.encode(entry.detail).decode()
    moment, files = entry.at.isoformat(), msgspec.json.encode(entry.attachments).decode()
    return (entry.id, entry.kind, moment, entry.actor, entry.text, entry.channel, entry.message, detail, files)


def entry_of(row: tuple[str, ...]) -> TimelineEntry:
    """The entry that a row of `TOLD` holds."""
    identifier, kind, at, *words, detail, files = row
    actor, text, channel, message = words
    known, attached = wire.decode(dict[str, str], detail), wire.decode(tuple[Attachment, ...], files)
    moment = datetime.fromisoformat(at)
    return TimelineEntry(identifier, EntryKind(kind), moment, actor, text, channel, message, known, attached)


def _former(row: tuple[str, ...]) -> Former:
    identifier, team, subject, beginning, channels, opened_at, closed_at = row
    return Former(
        ConversationId(identifier),
        TeamId(team),
        subject,
        beginning,
        tuple(filter(None, channels.split(","))),
        datetime.fromisoformat(opened_at),
        datetime.fromisoformat(closed_at),
    )
