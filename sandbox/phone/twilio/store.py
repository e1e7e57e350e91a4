"""What the sandbox's Twilio remembers: the calls, so that they can be looked up after a restart. SQLite."""

from __future__ import annotations

import json
import sqlite3
from datetime import datetime
from pathlib import Path
from typing import Any

from sandbox.phone.twilio.records import Call, Status

_SCHEMA = "CREATE TABLE IF NOT EXISTS call (sid TEXT PRIMARY KEY, number INTEGER NOT NULL, body TEXT NOT NULL)"
_TEXTS = ("sid", "sender", "to", "direction", "parent", "answered_by", "recording")
_INSTANTS = ("created_at", "started_at", "ended_at", "updated_at")


class CallStore:
    """The one file. Raises sqlite3.OperationalError if another sandbox holds it."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, timeout=0.5, isolation_level=None)
        # Two sandboxes on one file would each ring for themselves.
        self._db.execute("PRAGMA locking_mode = EXCLUSIVE")
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._db.execute(_SCHEMA)

    def close(self) -> None:
        """Release the file."""
        self._db.close()

    def put(self, call: Call) -> None:
        """Keep a call as it is now."""
        body = json.dumps(_written(call))
        known = "INSERT INTO call VALUES (?, (SELECT coalesce(max(number), 0) + 1 FROM call), ?)"
        self._db.execute(f"{known} ON CONFLICT (sid) DO UPDATE SET body = excluded.body", [call.sid, body])

    def delete(self, sid: str) -> None:
        """Forget a call."""
        self._db.execute("DELETE FROM call WHERE sid = ?", [sid])

    def calls(self) -> list[Call]:
        """All of them, the oldest first. What was under way when the sandbox ended is over."""
        rows = self._db.execute("SELECT body FROM call ORDER BY number").fetchall()
        return [_over(_read(json.loads(row[0]))) for row in rows]


def _written(call: Call) -> dict[str, Any]:
    body: dict[str, Any] = {name: getattr(call, name) for name in _TEXTS}
    body |= {name: moment and moment.isoformat() for name in _INSTANTS for moment in [getattr(call, name)]}
    numbers = {"seconds": call.seconds, "recorded_seconds": call.recorded_seconds}
    return body | numbers | {"status": call.status, "events": call.events}


def _read(body: dict[str, Any]) -> Call:
    for name in _INSTANTS:
        body[name] = body[name] and datetime.fromisoformat(body[name])
    return Call(**{**body, "status": Status(body["status"])})


def _over(call: Call) -> Call:
    if not call.status.is_final:
        call.status = Status.COMPLETED if call.status is Status.IN_PROGRESS else Status.FAILED
        call.ended_at = call.updated_at
    return call
