"""The embedded server's own log file, kept short."""

import re
from pathlib import Path

import structlog

log = structlog.get_logger()

LARGEST = 1024 * 1024
"""Bytes after which a new file is begun; one old file is kept beside it."""

TORN_TAIL = "Truncating the AOF"

# "9919:M 23 Nov 2026 17:57:03.515 * " or "9919:signal-handler (1795456624) ".
_PREFIX = re.compile(r"^\d+:\S+ (?:\(\d+\) |.*?\d\d:\d\d:\d\d\.\d+ [.\-*#] )")


class ServerLog:
    """Where the server writes; it opens the file for each line, so that the file can be moved under it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def size(self) -> int:
        """Bytes in the file now; 0 when there is none. Raises OSError."""
        return self.path.stat().st_size if self.path.exists() else 0

    def since(self, start: int) -> list[str]:
        """The lines from byte `start` on, without the server's prefix of process and time. Raises OSError."""
        with self.path.open("rb") as file:
            file.seek(start)
            text = file.read(LARGEST).decode(errors="replace")
        return [_PREFIX.sub("", line) for line in text.splitlines() if line.strip()]

    def last_words(self, start: int = 0) -> str:
        """The last lines from byte `start` on, or why they can't be read: for an error's text."""
        try:
            return "\n".join(self.since(max(start, self.size() - 4096))[-4:])
        except OSError as error:
            return f"({self.path} cannot be read: {error})"

    def rotate(self) -> None:
        """Begin a new file if this one has grown too large."""
        try:
            if self.size() > LARGEST:
                self.path.replace(self.path.with_name(f"{self.path.name}.1"))
        except OSError as error:
            log.warning("redis_log_not_rotated", path=str(self.path), error=str(error))
