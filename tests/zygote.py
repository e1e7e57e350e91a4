"""Routers by the hundred: a process that has read all of Hilo's code once, and forks one router after another.

Each is what `hilo router` runs, in a process of its own with its own connections; only the second that Python takes to
read the code is saved. They are told to stop, and killed, by the process that forked them: an id is never another's.
"""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from router.daemon import Daemon, Part
from router.logs import configure_logs
from router.settings import load_settings
from rules.language import warm
from tests.harm import HARMS

ENDED = -1


@dataclass(frozen=True)
class Router:
    """A forked router; what it says is kept in `output`."""

    pid: int
    output: Path

    def said(self) -> str:
        """What it has said so far."""
        return self.output.read_text(encoding="utf-8", errors="replace")


class Zygote:
    """Forks routers on the configurations in `folder`; what still runs at the end is killed."""

    def __init__(self, process: asyncio.subprocess.Process, folder: Path) -> None:
        self._process = process
        self._folder = folder
        self._turn = asyncio.Lock()
        self._count = 0
        self.routers: list[Router] = []

    async def fork(self, config: Path, harm: str = "") -> Router:
        """A new router on `config`, starting; with `harm` it lacks what should protect it."""
        self._count += 1
        output = self._folder / f"router-{self._count}.log"
        pid = await self._ask({"do": "fork", "config": str(config), "output": str(output), "harm": harm})
        router = Router(pid, output)
        self.routers.append(router)
        return router

    async def signal(self, router: Router, number: signal.Signals) -> None:
        """Send it a signal; a killed one is gone afterwards. AssertionError with what it said if it had ended."""
        sent = await self._ask({"do": "signal", "pid": router.pid, "number": int(number)})
        assert sent != ENDED, f"router {router.pid} ended by itself:\n{router.said()[-4000:]}"
        if number == signal.SIGKILL:
            self.routers.remove(router)

    async def kill(self, router: Router) -> None:
        """Kill it as a power cut would."""
        await self.signal(router, signal.SIGKILL)

    async def _ask(self, order: dict[str, Any]) -> int:
        assert self._process.stdin
        assert self._process.stdout
        async with self._turn:
            self._process.stdin.write(json.dumps(order).encode() + b"\n")
            await self._process.stdin.drain()
            async with asyncio.timeout(30):
                return int(await self._process.stdout.readline())


@asynccontextmanager
async def zygote(folder: Path) -> AsyncIterator[Zygote]:
    """One that is ready to fork; the logs of its routers lie in `folder`."""
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
    with (folder / "zygote.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.zygote"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
            cwd=Path(__file__).parents[1],
        )
    assert process.stdin
    try:
        yield Zygote(process, folder)
    finally:
        process.stdin.close()
        await process.wait()


def main() -> None:
    """Follow the orders on standard input, one a line; at its end kill what still runs."""
    warm()
    alive: set[int] = set()
    for line in sys.stdin:
        order = json.loads(line)
        answer = _signal(alive, **order) if order.pop("do") == "signal" else _fork(alive, **order)
        sys.stdout.write(f"{answer}\n")
        sys.stdout.flush()
    for pid in alive:
        os.kill(pid, signal.SIGKILL)


def _fork(alive: set[int], config: str, output: str, harm: str) -> int:
    pid = os.fork()
    if not pid:
        _route(config, output, harm)
    alive.add(pid)
    return pid


def _signal(alive: set[int], pid: int, number: int) -> int:
    """The router's id, or ENDED. It was not waited for before, so the id is still its own."""
    if pid not in alive or os.waitpid(pid, os.WNOHANG)[0]:
        alive.discard(pid)
        return ENDED
    os.kill(pid, number)
    if number == signal.SIGKILL:
        os.waitpid(pid, 0)
        alive.discard(pid)
    return pid


def _route(config: str, output: str, harm: str) -> NoReturn:
    """Be a router until the end."""
    with suppress(OSError), Path(output).open("wb") as file:
        for stream in (sys.stdout, sys.stderr):
            os.dup2(file.fileno(), stream.fileno())
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    code = 1
    try:
        configure_logs("WARNING")
        if harm:
            HARMS[harm]()
        daemon = Daemon(load_settings(Path(config), with_secrets=False), frozenset({Part.ROUTER}))
        asyncio.run(daemon.run(lambda: None))
        code = 0
    finally:
        # Whatever happened was told; what the parent has open is not ours to close.
        sys.excepthook(*sys.exc_info()) if code else None
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    main()
