"""A directory in a file, CSV or YAML, in force within seconds of a change; with a mistake in it the one of before.

What the file is (its size and instants) is looked at again and again, as the rules are: that sees a file replaced by
another one as well as one that was written over.
"""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import structlog

from directory.book import Book, changed, read_book
from directory.contract import Changed, Entry
from directory.settings import FileSettings
from router.model.errors import TemporaryError
from router.model.fact import Fact
from router.model.message import Handle
from rules.problems import SourceError

log = structlog.get_logger()

LOOK_SECONDS = 0.5
# One that is being written is read once it has been the same for so long.
SETTLE_SECONDS = 0.3
Glance = tuple[int, ...]


class FileDirectory:
    """The file's customers."""

    name = "file"

    def __init__(self, settings: FileSettings, region: str = "") -> None:
        self._settings = settings
        self._region = region
        self._book: Book | None = None
        self._seen: Glance = ()
        self._problem = "the file has not been read yet"

    async def open(self) -> None:
        """Read the file. One that is broken is told, and read once it is mended: nobody waits for it."""
        self._seen = await asyncio.to_thread(glance_at, self._settings.path)
        await self._read()

    async def look_up(self, handles: Sequence[Handle], facts: Sequence[Fact]) -> Entry | None:
        """The customer of the first of these that one row alone has. Raises TemporaryError while there is no file."""
        if self._book is None:
            raise TemporaryError(self._problem)
        return self._book.look_up(handles, facts)

    async def changed(self) -> Changed:
        """Return once rows have changed."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            seen = await asyncio.to_thread(glance_at, self._settings.path)
            if seen == self._seen or not await self._is_settled(seen):
                continue
            self._seen, before = seen, self._book
            if not await self._read():
                continue
            assert self._book
            found = await asyncio.to_thread(changed, before, self._book)
            if found.ids:
                return found

    def why_away(self) -> str:
        """What is wrong with the file, if it is refused."""
        return self._problem

    async def close(self) -> None:
        """Forget it."""
        self._book = None

    async def _is_settled(self, seen: Glance) -> bool:
        await asyncio.sleep(SETTLE_SECONDS)
        return seen == await asyncio.to_thread(glance_at, self._settings.path)

    async def _read(self) -> bool:
        """Whether the file is in force as it is now."""
        try:
            self._book = await asyncio.to_thread(read_book, self._settings, self._region)
        except SourceError as error:
            places = [f"{each.file}:{each.line}: {each.message}" for each in error.problems]
            self._problem = f"the directory's file is refused: {places[0]}"
            hint = "the one of before goes on" if self._book else "nobody is known until it is mended"
            log.error("directory_refused", problems=places, hint=hint)
            return False
        self._problem = ""
        book = self._book
        log.info("directory_read", customers=len(book.entries), shared=book.shared, unread=book.unread)
        return True


def glance_at(path: Path) -> Glance:
    """What tells the file at `path` from another one there; nothing where there is none."""
    try:
        found = path.stat()
    except OSError:
        return ()
    return found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino
