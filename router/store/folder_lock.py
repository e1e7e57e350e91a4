"""Locks on files: one Hilo on a data folder, one Redis server on its data."""

import fcntl
import os
from pathlib import Path
from types import TracebackType
from typing import Self

from router.model.errors import StartError


class FolderInUse(StartError):
    """Another Hilo works on the data folder."""


class FolderLock:
    """Keeps a second Hilo off a data folder; held by the process that runs everything there, not by its children."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = FileLock(folder / "hilo.lock")

    def acquire(self) -> None:
        """Hold the folder. Raises FolderInUse, which names the holder, or StartError if it can't be written."""
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            taken = self._lock.take()
        except OSError as error:
            raise unusable(self._folder, error) from error
        if not taken:
            raise FolderInUse(_in_use(self._folder, self._lock.note()))
        self._lock.write(str(os.getpid()))

    def release(self) -> None:
        """Let another Hilo have the folder."""
        self._lock.drop()

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.release()


class FileLock:
    """An exclusive flock(2), held until every process that has the open file has closed it.

    A child that is given `descriptor` goes on holding the lock when its parent dies.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    @property
    def descriptor(self) -> int:
        """The open, locked file. Raises ValueError while it is not held."""
        if self._descriptor is None:
            raise ValueError(f"{self._path} is not locked")
        return self._descriptor

    def take(self) -> bool:
        """Whether the lock is held now, by this call or an earlier one; it does not wait. Raises OSError."""
        if self._descriptor is None:
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(descriptor)
                return False
            self._descriptor = descriptor
        return True

    def drop(self) -> None:
        """Close the file; a child that shares it keeps the lock (LOCK_UN would take it from the child, too)."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def write(self, text: str) -> None:
        """Leave `text` for those who find the lock held."""
        os.ftruncate(self.descriptor, 0)
        os.pwrite(self.descriptor, text.encode(), 0)

    def note(self) -> str:
        """What the holder wrote; empty when it has not yet."""
        return self._path.read_text(encoding="utf-8").strip()


def unusable(folder: Path, error: OSError) -> StartError:
    """The error to raise when `folder` could not be written, in words that say what to do."""
    return StartError(
        f"The data folder {folder} cannot be used: {error.strerror or error}. "
        "Give Hilo's user the right to write there (and free space), or name another folder as `data` in config.yaml."
    )


def _in_use(folder: Path, holder: str) -> str:
    who = f"Another Hilo (process {holder})" if holder else "Another Hilo"
    return f"{who} already works on the data folder {folder}. Stop it first, or name another folder as `data`."
