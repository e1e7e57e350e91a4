"""The embedded Redis: started, watched, restarted with its data and stopped by Hilo itself."""

import asyncio
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

import structlog
from redis.exceptions import RedisError

from router.model.errors import StartError
from router.store.folder_lock import FileLock, FolderLock, unusable
from router.store.server_binary import choose_server
from router.store.server_control import Answer, ask, shut_down
from router.store.server_log import TORN_TAIL, ServerLog
from router.store.server_process import GLANCE, Place, RunningServer, adopt, launch
from router.store.server_socket import place_socket, server_home, server_url, socket_path
from router.store.tasks import end_task

__all__ = ["EmbeddedServer", "socket_path"]

log = structlog.get_logger()

STOP_PATIENCE = 10.0
"""Seconds that the server has to end by itself before it is killed."""

STEADY = 10.0
"""A server that lived for so many seconds is restarted at once; one that did not, after a growing pause."""

LONGEST_PAUSE = 15.0
LOG_INTERVAL = 60.0


class EmbeddedServer:
    """One Redis server on a data folder, on a private unix socket; use as `async with`, or `start` and `stop`.

    It fsyncs before it acknowledges. One that a killed Hilo left running is adopted, one that dies is restarted.
    """

    def __init__(self, folder: Path, *, patience: timedelta = timedelta(seconds=30)) -> None:
        """`patience` is how long a server may give no sign of life before it counts as stuck."""
        self._patience = patience.total_seconds()
        self._folder = folder
        self._home = server_home(folder)
        # The first is ours alone; the second we share with the server, which holds it on when we die.
        self._ownership = FolderLock(self._home)
        self._lock = FileLock(self._home / "server.lock")
        self._log = ServerLog(self._home / "redis.log")
        self._server: RunningServer | None = None
        self._supervisor: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        """Where clients connect: `unix://` and the socket's path."""
        return server_url(self._folder)

    @property
    def pid(self) -> int:
        """The process ID of the server that runs, or ran last. Raises ValueError before the first start."""
        if self._server is None:
            raise ValueError("the embedded server has not been started")
        return self._server.pid

    async def start(self) -> None:
        """Start or adopt the server; return once it serves with its data and the settings that must hold.

        Raises FolderInUse when another Hilo runs it, StartError; their text says what to do.
        """
        self._ownership.acquire()
        try:
            self._home.chmod(0o700)
            self._server = await self._open()
        except BaseException as error:
            self._let_go()
            if isinstance(error, OSError):
                raise unusable(self._folder, error) from error
            if isinstance(error, RedisError):
                raise StartError(f"The Redis server on {self._home} failed as it started: {error}") from error
            raise
        self._supervisor = asyncio.create_task(self._supervise(self._server))

    async def stop(self) -> None:
        """End the server: cleanly, or by its process ID when it has not ended after STOP_PATIENCE."""
        if self._supervisor is None or self._server is None:
            return
        await end_task(self._supervisor)
        self._supervisor = None
        await _end(self._server, socket_path(self._folder))
        self._let_go()
        log.info("redis_stopped", pid=self.pid)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await self.stop()

    def _let_go(self) -> None:
        self._lock.drop()
        self._ownership.release()

    async def _open(self) -> RunningServer:
        """Launch a server if the lock on the data is free, else adopt the one that holds it."""
        loop = asyncio.get_running_loop()
        last_seen = loop.time()
        while loop.time() - last_seen < self._patience:
            if self._lock.take():
                return await self._launch()
            answer = await ask(socket_path(self._folder))
            if answer is Answer.READY and (server := await self._adopt()):
                return server
            if answer is Answer.LOADING:
                last_seen = loop.time()
            await asyncio.sleep(GLANCE)
        raise StartError(
            f"A Redis server (process {self._lock.note() or 'unknown'}) holds the data in {self._home}, "
            "but does not answer. End that process and start Hilo again; what it acknowledged is on the disk."
        )

    async def _adopt(self) -> RunningServer | None:
        """The server that holds the lock, ours from now on; None when it ends just now."""
        try:
            server = await adopt(self._home, socket_path(self._folder), self._lock)
        except RedisError as error:
            log.warning("redis_not_adopted", error=str(error), hint="looking again")
            return None
        log.warning("redis_adopted", pid=server.pid, hint="it was left running by a Hilo that died")
        return server

    async def _launch(self) -> RunningServer:
        binary = await choose_server(self._home)
        self._log.rotate()
        start = self._log.size()
        place = Place(self._home, place_socket(self._folder), self._lock, self._log)
        server = await launch(binary, place, self._patience)
        log.info("redis_started", pid=server.pid, release=str(binary.release))
        for line in self._log.since(start):
            if TORN_TAIL in line:
                log.warning("redis_torn_tail", said=line, hint="a half-written last command was dropped")
        return server

    async def _supervise(self, server: RunningServer) -> None:
        """Restart the server whenever it ends, until cancelled."""
        loop = asyncio.get_running_loop()
        failures = 0
        while True:
            since = loop.time()
            await self._until_ended(server)
            lived = loop.time() - since
            failures = 0 if lived >= STEADY else failures + 1
            log.error("redis_died", pid=server.pid, said=self._log.last_words())
            server = self._server = await self._reopen(failures)

    async def _until_ended(self, server: RunningServer) -> None:
        """Return once the server has ended; meanwhile keep its log short."""
        while True:
            try:
                # Not wait_for, which in Python 3.11 forgets a cancellation that comes as the server ends.
                async with asyncio.timeout(LOG_INTERVAL):
                    return await server.wait()
            except TimeoutError:
                self._log.rotate()

    async def _reopen(self, failures: int) -> RunningServer:
        """Try until a server runs again, at first at once, then with pauses that grow to LONGEST_PAUSE."""
        while True:
            pause = min(LONGEST_PAUSE, 0.1 * 2**failures) if failures > 1 else 0.0
            if pause:
                log.warning("redis_keeps_dying", seconds=pause, hint="waiting so long before the next start")
            await asyncio.sleep(pause)
            try:
                return await self._open()
            except (StartError, RedisError, OSError) as error:
                log.error("redis_not_restarted", error=str(error))
                failures += 1


async def _end(server: RunningServer, socket: Path) -> None:
    try:
        async with asyncio.timeout(STOP_PATIENCE):
            await shut_down(socket)
            await server.wait()
    except (TimeoutError, RedisError) as error:
        log.warning("redis_killed", pid=server.pid, error=str(error), hint="it did not end when asked to")
        server.kill()
        await server.wait()
