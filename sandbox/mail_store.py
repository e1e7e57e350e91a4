"""The mail on disk: mailboxes, their UIDs and each mail's bytes, in one SQLite file.

What was kept survives `kill -9` (write-ahead log). After a power cut the last mails may be missing: a sandbox bears it.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

_SCHEMA = """
CREATE TABLE IF NOT EXISTS mailbox (
  id INTEGER PRIMARY KEY, address TEXT NOT NULL, name TEXT NOT NULL,
  uid_validity INTEGER NOT NULL, last_uid INTEGER NOT NULL, UNIQUE (address, name));
CREATE TABLE IF NOT EXISTS mail (
  mailbox INTEGER NOT NULL REFERENCES mailbox (id) ON DELETE CASCADE, uid INTEGER NOT NULL,
  flags TEXT NOT NULL, arrived_at REAL NOT NULL, raw BLOB NOT NULL, PRIMARY KEY (mailbox, uid));
CREATE TABLE IF NOT EXISTS used (uid_validity INTEGER NOT NULL);
"""


@dataclass(frozen=True, slots=True)
class MailboxRow:
    """One mailbox of an address; `last_uid` is the highest UID that was ever given out in it."""

    id: int
    address: str
    name: str
    uid_validity: int
    last_uid: int


@dataclass(frozen=True, slots=True)
class MailRow:
    """One mail in a mailbox, its bytes as they came; `flags` are IMAP's, blank between them."""

    uid: int
    flags: str
    arrived_at: datetime
    raw: bytes


class MailStore:
    """The one file that keeps all mail. Raises sqlite3.OperationalError if another sandbox holds it."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, timeout=0.5, isolation_level=None)
        # Two sandboxes on one file would give the same UID to two mails.
        self._db.execute("PRAGMA locking_mode = EXCLUSIVE")
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._db.execute("PRAGMA foreign_keys = ON")
        self._db.executescript(_SCHEMA)

    def close(self) -> None:
        """Release the file."""
        self._db.close()

    def mailboxes(self, address: str) -> list[MailboxRow]:
        """The mailboxes of `address`; none if it has never had mail nor signed in."""
        rows = self._db.execute(
            "SELECT id, address, name, uid_validity, last_uid FROM mailbox WHERE address = ?", [address]
        )
        return [MailboxRow(*row) for row in rows]

    def create(self, address: str, name: str) -> MailboxRow:
        """Make an empty mailbox, with a UIDVALIDITY that was never used before (RFC 9051 section 2.3.1.1)."""
        with self._transaction():
            validity = self._next_uid_validity()
            cursor = self._db.execute(
                "INSERT INTO mailbox (address, name, uid_validity, last_uid) VALUES (?, ?, ?, 0)",
                [address, name, validity],
            )
        return MailboxRow(int(cursor.lastrowid or 0), address, name, validity, 0)

    def rename(self, mailbox: int, name: str) -> None:
        """Call a mailbox `name`."""
        self._db.execute("UPDATE mailbox SET name = ? WHERE id = ?", [name, mailbox])

    def drop(self, mailbox: int) -> None:
        """Remove a mailbox and all that is in it."""
        self._db.execute("DELETE FROM mailbox WHERE id = ?", [mailbox])

    def mails(self, mailbox: int) -> Iterator[MailRow]:
        """The mails of a mailbox, lowest UID first."""
        rows = self._db.execute(
            "SELECT uid, flags, arrived_at, raw FROM mail WHERE mailbox = ? ORDER BY uid", [mailbox]
        )
        for uid, flags, arrived_at, raw in rows:
            yield MailRow(uid, flags, datetime.fromtimestamp(arrived_at, UTC), raw)

    def keep(self, mailbox: int, mail: MailRow) -> None:
        """Add `mail` under its UID."""
        values = [mailbox, mail.uid, mail.flags, mail.arrived_at.timestamp(), mail.raw]
        with self._transaction():
            self._db.execute("INSERT INTO mail (mailbox, uid, flags, arrived_at, raw) VALUES (?, ?, ?, ?, ?)", values)
            self._raise_last_uid(mailbox, mail.uid)

    def copy(self, mailbox: int, uid: int, destination: int, new_uid: int) -> None:
        """Add a copy of a mail to `destination` under `new_uid`."""
        with self._transaction():
            self._db.execute(
                "INSERT INTO mail (mailbox, uid, flags, arrived_at, raw)"
                " SELECT ?, ?, flags, arrived_at, raw FROM mail WHERE mailbox = ? AND uid = ?",
                [destination, new_uid, mailbox, uid],
            )
            self._raise_last_uid(destination, new_uid)

    def move(self, mailbox: int, uid: int, destination: int, new_uid: int) -> None:
        """Take a mail over to `destination` under `new_uid`."""
        with self._transaction():
            self._db.execute(
                "UPDATE mail SET mailbox = ?, uid = ? WHERE mailbox = ? AND uid = ?",
                [destination, new_uid, mailbox, uid],
            )
            self._raise_last_uid(destination, new_uid)

    def set_flags(self, mailbox: int, uid: int, flags: str) -> None:
        """Replace the flags of a mail."""
        self._db.execute("UPDATE mail SET flags = ? WHERE mailbox = ? AND uid = ?", [flags, mailbox, uid])

    def remove(self, mailbox: int, uids: Iterable[int]) -> None:
        """Remove mails; those that are gone already are passed over."""
        with self._transaction():
            self._db.executemany("DELETE FROM mail WHERE mailbox = ? AND uid = ?", [(mailbox, uid) for uid in uids])

    def renumber(self, mailbox: int) -> int:
        """The new UIDVALIDITY of a mailbox whose mails now count from 1, as after a server's index was rebuilt."""
        with self._transaction():
            validity = self._next_uid_validity()
            uids = [
                uid for (uid,) in self._db.execute("SELECT uid FROM mail WHERE mailbox = ? ORDER BY uid", [mailbox])
            ]
            # From the lowest up, no new number meets an old one that is still taken: the nth UID is at least n.
            self._db.executemany(
                "UPDATE mail SET uid = ? WHERE mailbox = ? AND uid = ?",
                [(number, mailbox, uid) for number, uid in enumerate(uids, 1)],
            )
            self._db.execute(
                "UPDATE mailbox SET uid_validity = ?, last_uid = ? WHERE id = ?", [validity, len(uids), mailbox]
            )
        return validity

    def _next_uid_validity(self) -> int:
        """A number above all those used before: the time in seconds, or one more than the last."""
        (last,) = self._db.execute("SELECT max(uid_validity) FROM used").fetchone()
        validity = max(int(time.time()), (last or 0) + 1)
        self._db.execute("INSERT INTO used (uid_validity) VALUES (?)", [validity])
        return validity

    def _raise_last_uid(self, mailbox: int, uid: int) -> None:
        self._db.execute("UPDATE mailbox SET last_uid = max(last_uid, ?) WHERE id = ?", [uid, mailbox])

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")
