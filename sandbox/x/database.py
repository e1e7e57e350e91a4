"""The file in which the sandbox's X lies: SQLite. What was kept survives `kill -9` (write-ahead log)."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_SCHEMA = """
CREATE TABLE IF NOT EXISTS user (
  id INTEGER PRIMARY KEY, username TEXT NOT NULL UNIQUE COLLATE NOCASE, name TEXT NOT NULL, created_at REAL NOT NULL,
  verified INTEGER NOT NULL, followers INTEGER NOT NULL, following INTEGER NOT NULL, takes_dms INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS post (
  id INTEGER PRIMARY KEY, author INTEGER NOT NULL, text TEXT NOT NULL, created_at REAL NOT NULL,
  conversation INTEGER NOT NULL, original INTEGER NOT NULL, reply_to INTEGER, reply_to_user INTEGER, quotes INTEGER,
  reposts INTEGER, urls TEXT NOT NULL, media TEXT NOT NULL, is_long INTEGER NOT NULL, is_visible INTEGER NOT NULL,
  is_deleted INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS post_author ON post (author, id);
CREATE INDEX IF NOT EXISTS post_conversation ON post (conversation, id);
CREATE INDEX IF NOT EXISTS post_original ON post (original, id);
CREATE TABLE IF NOT EXISTS mention (
  user INTEGER NOT NULL, post INTEGER NOT NULL, PRIMARY KEY (user, post)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS message (
  id INTEGER PRIMARY KEY, sender INTEGER NOT NULL, recipient INTEGER NOT NULL, text TEXT NOT NULL,
  created_at REAL NOT NULL, urls TEXT NOT NULL, media TEXT NOT NULL, is_visible INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS media (
  id INTEGER PRIMARY KEY, kind TEXT NOT NULL, content_type TEXT NOT NULL, content BLOB NOT NULL,
  alt_text TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS webhook (
  id INTEGER PRIMARY KEY, url TEXT NOT NULL UNIQUE, created_at REAL NOT NULL, is_valid INTEGER NOT NULL,
  is_subscribed INTEGER NOT NULL);
"""


class Database:
    """The open file, and its transactions."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, timeout=0.5, isolation_level=None)
        # Two sandboxes on one file would give the same id twice.
        self._db.execute("PRAGMA locking_mode = EXCLUSIVE")
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._db.executescript(_SCHEMA)
        self._in_transaction = False

    def close(self) -> None:
        """Release the file."""
        self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All of what is done inside, or nothing of it; thousands of posts go in with one write to the disk."""
        if self._in_transaction:
            yield
            return
        self._db.execute("BEGIN IMMEDIATE")
        self._in_transaction = True
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        else:
            self._db.execute("COMMIT")
        finally:
            self._in_transaction = False

    def _one(self, query: str, *values: Any) -> Any:
        return self._db.execute(query, values).fetchone()
