"""Where the sides run: each on a fresh server of its own, which begins with the same data every time."""

import asyncio
import json
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from router.store.connection import Connection
from router.store.server import EmbeddedServer

TOP = Path(__file__).parent.parent
# Beside the sources rather than with the temporary files, which may lie in memory, where a sync costs nothing.
BENCH = TOP / ".bench"
LOGS = BENCH / "logs"
PATIENCE = 300.0


class SideFailed(Exception):
    """A side ended in another way than by its reading; the text says where its words are."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What one side took in one round; processor's time in µs for each message."""

    messages: int
    seconds: float
    python_us: float
    server_us: float

    @property
    def rate(self) -> float:
        """Messages a second."""
        return self.messages / self.seconds


@dataclass(frozen=True, slots=True)
class Command:
    """A process to run on the server of a side: `arguments` come after the interpreter's path, `{url}` is filled in."""

    arguments: Sequence[str]
    python: Path = Path(sys.executable)


@dataclass(slots=True)
class Ground:
    """Servers in `folder`, whose data is prepared once for each name and copied for each round."""

    folder: Path
    fsync: str = "always"
    _prepared: dict[str, Path] = field(default_factory=dict)

    async def prepare(self, name: str, command: Command, after: str | None = None) -> None:
        """Keep as `name` what `command` leaves on an empty server, or on one that begins as `after`."""
        if name not in self._prepared:
            home = self._fresh(after)
            async with EmbeddedServer(home) as server:
                await _run(command, server.url, LOGS / f"{name}.log")
            self._prepared[name] = home

    async def measure(self, name: str, command: Command, begin: str | None) -> Reading:
        """The reading of `command` on a fresh server that begins as `begin` (None: empty)."""
        async with self.server(begin) as url:
            return await self.run(command, url, name)

    async def run(self, command: Command, url: str, name: str) -> Reading:
        """The reading of `command` on the server at `url`; its log is `name`'s."""
        found = await self.said(command, url, name)
        return Reading(int(found["messages"]), found["seconds"], found["python_us"], found["server_us"])

    async def said(self, command: Command, url: str, name: str) -> dict[str, float]:
        """What `command` on the server at `url` says as its reading; SideFailed if it fails."""
        return await _run(command, url, LOGS / f"{name}.log")

    @asynccontextmanager
    async def server(self, begin: str | None = None) -> AsyncIterator[str]:
        """A fresh server's URL, with the ground's `fsync`; gone afterwards."""
        home = self._fresh(begin)
        try:
            async with EmbeddedServer(home) as server:
                connection = Connection(server.url)
                await connection.commands.config_set("appendfsync", self.fsync)
                await connection.close()
                yield server.url
        finally:
            shutil.rmtree(home)

    def _fresh(self, begin: str | None) -> Path:
        home = Path(tempfile.mkdtemp(dir=self.folder))
        if begin is not None:
            shutil.copytree(self._prepared[begin], home, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.sock*"))
        return home


@asynccontextmanager
async def ground() -> AsyncIterator[Ground]:
    """A ground in a folder of its own under `.bench`, gone afterwards; the logs stay in `.bench/logs`."""
    LOGS.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="run-", dir=BENCH) as folder:
        yield Ground(Path(folder))


async def _run(command: Command, url: str, log: Path) -> dict[str, float]:
    """What the process says in its reading; SideFailed if it fails or says nothing for PATIENCE."""
    arguments = [argument.replace("{url}", url) for argument in command.arguments]
    with log.open("wb") as errors:
        process = await asyncio.create_subprocess_exec(
            str(command.python), *arguments, cwd=TOP, stdout=asyncio.subprocess.PIPE, stderr=errors
        )
        try:
            async with asyncio.timeout(PATIENCE):
                output, _ = await process.communicate()
        except TimeoutError:
            process.kill()
            await process.wait()
            raise SideFailed(f"{' '.join(arguments[:3])} took longer than {PATIENCE:.0f} s; see {log}") from None
    # The reading is the last line of its form: what started the process may have its own words around it.
    lines = [line for line in output.decode().splitlines() if line.startswith("{")]
    if process.returncode or not lines:
        raise SideFailed(f"{' '.join(arguments[:3])} failed (exit {process.returncode}); see {log}")
    found: dict[str, float] = json.loads(lines[-1])
    return found
