"""The files that came with messages, kept under their digests in the data folder."""

import errno
import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from router.model.errors import PermanentError, Refusal, StoreFull, TemporaryError
from router.model.message import Attachment

DIGEST = re.compile("[0-9a-f]{64}")
FULL = (errno.ENOSPC, errno.EDQUOT)
# What a file that somebody brings leaves free for those that customers send, and for the store beside it.
RESERVE = 256 * 2**20


class Files:
    """A folder of files, each named by its digest: the same file twice is kept once. Without a folder none is kept."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def keep(self, contents: Mapping[str, bytes]) -> None:
        """Return once each of `contents` (digest to bytes) is on disk. Raises Refusal if it can't be."""
        if self._folder is None:
            return
        with _refused(self._folder):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            written = [_written(self._folder, digest, content) for digest, content in contents.items()]
            if any(written):
                _flush(self._folder)

    def incoming(self) -> "Incoming":
        """A file that comes piece by piece. Raises Refusal if none can be kept."""
        if self._folder is None:
            raise Refusal("no files are kept here")
        return Incoming(self._folder)

    def path(self, digest: str) -> Path | None:
        """Where the file with that digest lies, or None if it is not here."""
        if self._folder is None or not DIGEST.fullmatch(digest):
            return None
        path = self._folder / digest
        return path if path.is_file() else None

    def read(self, file: Attachment) -> bytes:
        """The bytes of `file`. Raises PermanentError if they are not here, TemporaryError if they can't be read now."""
        if self._folder is None or not DIGEST.fullmatch(file.digest):
            raise PermanentError(f"the file {file.name!r} is not kept here: attach it anew")
        try:
            return (self._folder / file.digest).read_bytes()
        except FileNotFoundError:
            raise PermanentError(f"the file {file.name!r} is no longer here: attach it anew") from None
        except OSError as error:
            raise TemporaryError(f"the file {file.name!r} can't be read: {error.strerror}") from error


class Incoming:
    """A file on its way in: kept under its digest once it is whole; `drop` leaves no trace of one that is not.

    Every step raises Refusal if the file can't be kept.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._sum = hashlib.sha256()
        self.size = 0
        with _refused(folder):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if shutil.disk_usage(folder).free < RESERVE:
                raise StoreFull(f"the disk with {folder} is nearly full: make room there")
            handle, name = tempfile.mkstemp(prefix=".new-", dir=folder)
        self._file, self._path = os.fdopen(handle, "wb"), Path(name)

    def write(self, piece: bytes) -> None:
        """Take the next `piece`."""
        self._sum.update(piece)
        self.size += len(piece)
        with _refused(self._folder):
            self._file.write(piece)

    def keep(self) -> str:
        """The digest of the file, once it is on disk for good."""
        digest = self._sum.hexdigest()
        with _refused(self._folder):
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            self._path.replace(self._folder / digest)
            _flush(self._folder)
        return digest

    def drop(self) -> None:
        """Forget it, unless it is kept."""
        with _refused(self._folder):
            self._path.unlink(missing_ok=True)
            # What was not written yet needs no room any more, but the file still tries to write it as it closes.
            self._file.close()


@contextmanager
def _refused(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        refusal = StoreFull if error.errno in FULL else Refusal
        raise refusal(f"the files of a message can't be kept in {folder}: {error.strerror}") from error


def _written(folder: Path, digest: str, content: bytes) -> bool:
    """Whether the file was new; a name stands for a whole file only, since it is given last."""
    path = folder / digest
    if path.exists():
        return False
    handle, name = tempfile.mkstemp(prefix=".new-", dir=folder)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return True


def _flush(folder: Path) -> None:
    """Make the names in `folder` as durable as the files."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
