"""The archive's tables, and how a file of an older version becomes one of this."""

import os
import sqlite3
import time
from pathlib import Path

from router.model.errors import TemporaryError

FILE = "history.db"
BUSY_SECONDS = 10.0
# SQLite's extended codes carry the primary one in their lowest byte.
PRIMARY_CODE = 0xFF
MEND = (
    f"Put {FILE} back from a backup; or move it away, with {FILE}-wal and {FILE}-shm beside it, and start again: a new "
    "archive begins then, and what the old one holds can be read with the `sqlite3` program's `.recover`"
)

# Each step leads from its place's version to the next one; a file that is there runs those that it has not seen.
STEPS = (
    """
CREATE TABLE conversations (
  id TEXT PRIMARY KEY, customer TEXT NOT NULL, channels TEXT NOT NULL, team TEXT NOT NULL,
  opened_at TEXT NOT NULL, closed_at TEXT NOT NULL, subject TEXT NOT NULL, beginning TEXT NOT NULL,
  revision INTEGER NOT NULL, record TEXT NOT NULL);
CREATE INDEX of_customer ON conversations (customer, closed_at);
CREATE TABLE entries (
  conversation TEXT NOT NULL REFERENCES conversations (id), number INTEGER NOT NULL, id TEXT NOT NULL,
  kind TEXT NOT NULL, at TEXT NOT NULL, actor TEXT NOT NULL, text TEXT NOT NULL, channel TEXT NOT NULL,
  message TEXT NOT NULL, detail TEXT NOT NULL, PRIMARY KEY (conversation, number), UNIQUE (conversation, id));
CREATE INDEX heard ON entries (channel) WHERE kind = 'message_in';
""",
    "ALTER TABLE entries ADD COLUMN attachments TEXT NOT NULL DEFAULT '[]'",
    # Conversations that were erased: what a feeder has in its hands of them is not kept again. Ids, nothing personal.
    "CREATE TABLE erased (id TEXT PRIMARY KEY)",
)


class ArchiveAway(TemporaryError):
    """The archive can't be read or written now; what is to go there stays in Redis."""


class ArchiveBroken(ArchiveAway):
    """The archive's file can't be opened, and waiting changes nothing: the text says what a person can do."""


def opened(folder: Path) -> sqlite3.Connection:
    """The archive in `folder`, made where there is none. Raises ArchiveAway, ArchiveBroken.

    Redis forgets what the archive holds, so a commit returns only once it is on the disk (synchronous FULL).
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        # What customers wrote is nobody else's; SQLite gives its other files the rights of this one.
        os.close(os.open(folder / FILE, os.O_CREAT | os.O_RDWR, 0o600))
        (folder / FILE).chmod(0o600)
        database = sqlite3.connect(folder / FILE, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    except (sqlite3.Error, OSError) as error:
        raise not_opened(folder, error) from error
    try:
        _keep_a_log(database)
        database.execute("PRAGMA synchronous = FULL")
        database.execute("PRAGMA foreign_keys = ON")
        # What is overwritten or deleted is not left to be read in the file's free room.
        database.execute("PRAGMA secure_delete = ON")
        _bring_up_to_date(database)
    except (sqlite3.Error, ArchiveBroken) as error:
        database.close()
        raise not_opened(folder, error) from error
    return database


def not_opened(folder: Path, error: Exception) -> ArchiveAway:
    """What is told of an `error` in opening the archive in `folder`."""
    told = f"the archive in {folder} can't be opened: {error}"
    if isinstance(error, ArchiveBroken):
        return ArchiveBroken(told)
    if getattr(error, "sqlite_errorcode", 0) & PRIMARY_CODE in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return ArchiveBroken(f"{told}. {MEND}")
    return ArchiveAway(told)


def _keep_a_log(database: sqlite3.Connection) -> None:
    """Switch to a write-ahead log; SQLite waits for nobody here who makes the same new file at the same time."""
    until = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            database.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)
        else:
            return


def _bring_up_to_date(database: sqlite3.Connection) -> None:
    # Two processes may open a new file at once: the second waits here, and finds it made.
    database.execute("BEGIN IMMEDIATE")
    (version,) = database.execute("PRAGMA user_version").fetchone()
    if version > len(STEPS):
        raise ArchiveBroken(f"it is of version {version}, and this Hilo knows {len(STEPS)}: use a newer one")
    for step in STEPS[version:]:
        for statement in filter(str.strip, step.split(";")):
            database.execute(statement)
    database.execute(f"PRAGMA user_version = {len(STEPS)}")
    database.execute("COMMIT")
