"""The kept files of who is erased: removed where nobody else's records name them.

A file is first set aside under another name, and looked for once more when whatever was just coming in is in: so the
same file from another customer, in that very moment, is not lost. Set aside, it is written anew if it comes again.
"""

import asyncio
from collections.abc import Collection
from contextlib import closing
from pathlib import Path

from history.erasure import ArchivedPerson
from router.model.ids import CustomerId
from router.store.connection import Connection
from router.store.personal.references import named

ASIDE = ".erasing-"


class FilesOf:
    """The files of who is erased, in `folder`; `history` is the archive's folder, where it is at hand."""

    def __init__(self, connection: Connection, folder: Path, history: Path | None) -> None:
        self._connection = connection
        self._folder = folder
        self._history = history

    async def set_aside(self, customers: Collection[CustomerId], digests: Collection[str]) -> list[str]:
        """Set aside those that nobody else names; the others, which stay."""
        left = await self._named(customers, digests)
        for digest in set(digests) - left:
            path = self._folder / digest
            if path.exists():
                path.rename(self._aside(digest))
        return sorted(left)

    async def remove(self, customers: Collection[CustomerId], digests: Collection[str]) -> list[str]:
        """Remove what is set aside, and bring back what somebody else names by now; the digests of what stays."""
        left = await self._named(customers, digests)
        for digest in digests:
            aside, path = self._aside(digest), self._folder / digest
            if not aside.exists():
                continue
            if digest in left and not path.exists():
                aside.rename(path)
            else:
                aside.unlink()
        return sorted(left)

    async def _named(self, customers: Collection[CustomerId], digests: Collection[str]) -> set[str]:
        """What others name: in Redis, where nothing of those who are erased is left, and in the archive."""
        if not digests:
            return set()
        found = await named(self._connection, digests)
        return found | await asyncio.to_thread(self._archived, customers, set(digests) - found)

    def _archived(self, customers: Collection[CustomerId], digests: Collection[str]) -> set[str]:
        if self._history is None:
            return set()
        with closing(ArchivedPerson(self._history, customers)) as person:
            return person.named_elsewhere(digests)

    def _aside(self, digest: str) -> Path:
        return self._folder / f"{ASIDE}{digest}"
