"""Hilo's own processes for tests: started as a person starts them, ended by PID whatever happens."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.log_scan import Said

HILO = Path(sys.executable).parent / "hilo"


class HiloProcess:
    """One `hilo …`; its output is kept in a file beside its configuration."""

    def __init__(self, process: asyncio.subprocess.Process, output: Path) -> None:
        self._process = process
        self._output = output

    @property
    def pid(self) -> int:
        """The process' id."""
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """Whether it has not ended."""
        return self._process.returncode is None

    def output(self) -> str:
        """What it has said so far."""
        return self._output.read_text(encoding="utf-8", errors="replace")

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal."""
        os.kill(self.pid, number)

    async def says(self, words: str, seconds: float = 40.0) -> None:
        """Return once its output has `words`; AssertionError with all of it if it ends or is silent for too long."""
        deadline = asyncio.get_running_loop().time() + seconds
        while words not in self.output():
            late = asyncio.get_running_loop().time() > deadline
            assert self.is_running, f"it ended before it said {words!r}:\n{self.output()}"
            assert not late, f"it did not say {words!r}:\n{self.output()}"
            await asyncio.sleep(0.05)

    async def wait(self, seconds: float = 20.0) -> int:
        """Its exit code."""
        return await asyncio.wait_for(self._process.wait(), seconds)

    async def end(self) -> None:
        """End it: politely, then by force."""
        if not self.is_running:
            return
        self._process.send_signal(signal.SIGCONT)
        self._process.terminate()
        try:
            await self.wait()
        except TimeoutError:
            self._process.kill()
            await self._process.wait()


@asynccontextmanager
async def hilo(*arguments: str, config: Path, environment: dict[str, str] | None = None) -> AsyncIterator[HiloProcess]:
    """`hilo ARGUMENTS --config CONFIG`, running; AssertionError if its log tells what somebody wrote, or who."""
    output = config.parent / f"{'-'.join(arguments)}-{os.urandom(3).hex()}.log"
    with output.open("wb") as file:
        process = await asyncio.create_subprocess_exec(
            str(HILO),
            *arguments,
            "--config",
            str(config),
            stdout=file,
            stderr=file,
            stdin=asyncio.subprocess.DEVNULL,
            env={**os.environ, **(environment or {})},
        )
    started, said = HiloProcess(process, output), Said()
    try:
        yield started
        await said.learn(config)
    finally:
        await started.end()
    said.check([output])


def router_config(folder: Path, redis_url: str) -> Path:
    """A configuration for routers alone on the server at `redis_url`, with leases as short as they may be."""
    rules = folder / "rules"
    rules.mkdir(parents=True)
    (rules / "10-words.yaml").write_text(
        "rules:\n  - {name: invoices, when: {text: {any: [factura]}}, then: {team: billing}}\n", encoding="utf-8"
    )
    path = folder / "config.yaml"
    path.write_text(
        f"data: data\nredis: {{url: '{redis_url}', lease: 1s}}\n"
        "teams: {care: {name: Care}, billing: {name: Billing}}\n"
        "rules: {folder: rules, default_team: care}\n",
        encoding="utf-8",
    )
    return path
