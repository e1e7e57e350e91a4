"""A running server process: one that we started, or one that a Hilo which died has left behind."""

import asyncio
import os
import signal
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import structlog

from router.model.errors import StartError
from router.store.folder_lock import FileLock
from router.store.server_binary import ServerBinary, record_writer
from router.store.server_control import SETTINGS, Answer, ask, hold_settings, process_of
from router.store.server_log import ServerLog

log = structlog.get_logger()

GLANCE = 0.02
GLANCE_AT_ORPHAN = 0.2
"""Seconds between two looks at a server."""

PASSED_ON = ("PATH", "LD_LIBRARY_PATH", "LD_PRELOAD", "TZ")
"""What the server sees of our environment: no secrets, and no locale that it might not know."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a server works: its folder, its socket, the lock on its data, its log."""

    home: Path
    socket: Path
    lock: FileLock
    log: ServerLog


class RunningServer(Protocol):
    """A server that holds the lock on its data."""

    @property
    def pid(self) -> int:
        """Its process ID."""

    async def wait(self) -> None:
        """Return once it has ended and the lock is ours; may be cancelled."""

    def kill(self) -> None:
        """End it at once (SIGKILL); what it acknowledged is on the disk."""


class LaunchedServer:
    """A server that is our child."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @property
    def pid(self) -> int:
        """Its process ID."""
        return self._process.pid

    async def wait(self) -> None:
        """Return once it has ended; the lock was ours all along."""
        await self._process.wait()

    def kill(self) -> None:
        """End it at once (SIGKILL)."""
        if self._process.returncode is None:
            self._process.kill()


class AdoptedServer:
    """A server whose parent died; that it has ended shows in its lock, since it is no child of ours."""

    def __init__(self, pid: int, lock: FileLock) -> None:
        self.pid = pid
        self._lock = lock

    async def wait(self) -> None:
        """Return once it has ended and we hold its lock."""
        # No other process can tell us of the lock: only looking does.
        while not self._lock.take():  # noqa: ASYNC110
            await asyncio.sleep(GLANCE_AT_ORPHAN)

    def kill(self) -> None:
        """End it at once (SIGKILL), unless it has ended and its process ID may be another's."""
        if not self._lock.take():
            # The lock may be held for a moment longer by the server's own child, which rewrites the append-only file.
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)


async def launch(binary: ServerBinary, place: Place, patience: float) -> LaunchedServer:
    """Start `binary` at `place`; return once it serves there with the settings that must hold.

    It may be silent for `patience` seconds. The child shares the lock: while it lives no second one starts on its data,
    whatever becomes of us.
    Raises StartError with the server's last words when it ends or is stuck, OSError; then it does not run.
    """
    start = place.log.size()
    with place.log.path.open("ab") as output:
        process = await asyncio.create_subprocess_exec(
            binary.path,
            *_arguments(place),
            cwd=place.home,
            env={"LC_ALL": "C"} | {name: os.environ[name] for name in PASSED_ON if name in os.environ},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            pass_fds=(place.lock.descriptor,),
            # A session of its own: Ctrl+C in the terminal reaches us alone, and we stop it in order.
            start_new_session=True,
            umask=0o077,
        )
    server = LaunchedServer(process)
    try:
        place.lock.write(str(server.pid))
        if not await _is_served(process, place.socket, patience):
            raise StartError(f"{binary} did not start on {place.home}. It said:\n{place.log.last_words(start)}")
        await hold_settings(place.socket, place.home)
        record_writer(place.home, binary.release)
    except BaseException:
        server.kill()
        await process.wait()
        raise
    return server


async def adopt(home: Path, socket: Path, lock: FileLock) -> AdoptedServer:
    """Take over the server at `socket`, which serves, and set its settings right. Raises StartError, RedisError."""
    await hold_settings(socket, home)
    return AdoptedServer(await process_of(socket), lock)


def _arguments(place: Place) -> list[str]:
    own = {"dir": place.home, "unixsocket": place.socket, "logfile": place.log.path, "daemonize": "no"}
    return [part for name, value in (SETTINGS | own).items() for part in (f"--{name}", str(value))]


async def _is_served(process: asyncio.subprocess.Process, socket: Path, patience: float) -> bool:
    """Whether the server comes to serve; False once it has ended, or given no sign of life for `patience` seconds."""
    loop = asyncio.get_running_loop()
    last_seen = loop.time()
    is_told = False
    while process.returncode is None and loop.time() - last_seen < patience:
        answer = await ask(socket)
        if answer is Answer.READY:
            return True
        if answer is Answer.LOADING:
            last_seen = loop.time()
            if not is_told:
                log.info("redis_loading", pid=process.pid, hint="reading its data, which may take a while")
            is_told = True
        await asyncio.sleep(GLANCE)
    return False
