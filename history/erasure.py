"""What the archive holds of a person: read whole, and erased so that the file's bytes do not hold it either."""

import sqlite3
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec

from history.archive import TOLD, entry_of
from history.schema import ArchiveAway, opened
from router.model.conversation import Conversation
from router.model.decision import TimelineEntry
from router.model.ids import ConversationId, CustomerId
from router.store import wire

PATIENCE_SECONDS = 30.0
AT_ONCE = 10_000

FORGET_MENTIONS = """
UPDATE entries SET detail = json_remove(detail, '$.handle')
WHERE detail LIKE '%"handle":%' AND kind NOT IN ('message_in', 'message_out', 'edited', 'note')
  AND (json_extract(detail, '$.customer') IN (SELECT value FROM json_each(?))
    OR json_extract(detail, '$.conversation') IN (SELECT id FROM erased))
"""


class ArchivedPerson:
    """One person's part of the archive in `folder`, through a connection of its own; blocking.

    It works beside a feeder and desks that have the same file open. All may raise ArchiveAway.
    """

    def __init__(self, folder: Path, customers: Collection[CustomerId]) -> None:
        self._folder = folder
        self._customers = msgspec.json.encode(sorted(customers)).decode()
        self._database = opened(folder)

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()

    def stories(self) -> list[tuple[Conversation, Sequence[TimelineEntry]]]:
        """Their conversations with their timelines, the eldest first."""
        query = "SELECT id, record FROM conversations WHERE customer IN (SELECT value FROM json_each(?)) ORDER BY id"
        with self._told():
            rows = self._database.execute(query, [self._customers]).fetchall()
            return [(wire.decode(Conversation, record), self._entries(name)) for name, record in rows]

    def owner_of(self, conversation: ConversationId) -> CustomerId | None:
        """Whose the conversation is; None if it is not here."""
        query = "SELECT customer FROM conversations WHERE id = ?"
        with self._told():
            row = self._database.execute(query, [conversation]).fetchone()
        return CustomerId(row[0]) if row else None

    def erase(self, conversations: Collection[ConversationId]) -> int:
        """Erase `conversations` and all of theirs, in one transaction, and take none of them again; how many."""
        named = msgspec.json.encode(sorted(conversations)).decode()
        theirs = "SELECT id FROM conversations WHERE customer IN (SELECT value FROM json_each(?))"
        with self._told():
            self._database.execute("BEGIN IMMEDIATE")
            self._database.execute("INSERT OR IGNORE INTO erased SELECT value FROM json_each(?)", [named])
            self._database.execute(f"INSERT OR IGNORE INTO erased {theirs}", [self._customers])
            self._database.execute("DELETE FROM entries WHERE conversation IN (SELECT id FROM erased)")
            # What others' conversations tell of them, that they were taken for one, goes with them; ids lead nowhere.
            self._database.execute(FORGET_MENTIONS, [self._customers])
            gone = self._database.execute("DELETE FROM conversations WHERE id IN (SELECT id FROM erased)").rowcount
            self._database.execute("COMMIT")
            return gone

    def named_elsewhere(self, digests: Collection[str]) -> set[str]:
        """Which of the files with these digests the conversations of others name."""
        found: set[str] = set()
        query = """
            SELECT entries.attachments || entries.detail
            FROM entries JOIN conversations ON conversations.id = entries.conversation
            WHERE customer NOT IN (SELECT value FROM json_each(?))
              AND (attachments <> '[]' OR detail LIKE '%"original"%' OR detail LIKE '%"html"%')
        """
        with self._told():
            cursor = self._database.execute(query, [self._customers])
            while rows := cursor.fetchmany(AT_ONCE):
                found |= {digest for (told,) in rows for digest in digests if digest in told}
        return found

    def forget_bytes(self) -> None:
        """Write the file anew and empty its log, so that nothing of what was ever deleted is left in either."""
        with self._told():
            self._database.execute("VACUUM")
            deadline = time.monotonic() + PATIENCE_SECONDS
            while self._database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
                # Somebody reads just now: their look at the archive ends.
                if time.monotonic() > deadline:
                    raise ArchiveAway(f"the archive in {self._folder} is read without a pause: run it again later")
                time.sleep(0.1)

    def _entries(self, name: str) -> list[TimelineEntry]:
        return [entry_of(row) for row in self._database.execute(TOLD, [name, 0, -1, -1]).fetchall()]

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            if self._database.in_transaction:
                self._database.execute("ROLLBACK")
            raise ArchiveAway(
                f"the archive in {self._folder} can't be changed: {error}. It needs as much free disk as it takes"
            ) from error
