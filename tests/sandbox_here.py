"""The sandbox in the test's own process: what does not need `kill -9` is cheaper so."""

from types import TracebackType
from typing import Self

from pydantic import TypeAdapter

from sandbox.server import Sandbox
from sandbox.settings import Settings
from tests.sandbox_process import SandboxProcess


class SandboxHere(SandboxProcess):
    """`async with SandboxHere() as sandbox:`, and then as with a SandboxProcess, save what concerns the process."""

    async def __aenter__(self) -> Self:
        """Start it in this event loop."""
        self._sandbox = Sandbox(TypeAdapter(Settings).validate_python(self._settings))
        ready = (await self._sandbox.__aenter__()).ready
        self.page_url, self.x_url, self.phone_url = ready.page, ready.x, ready.phone
        self.smtp_port, self.imap_port = (int(where.rpartition(":")[2]) for where in (ready.smtp, ready.imap))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._sandbox.__aexit__(kind, error, trace)
        if self._temporary:
            self._temporary.cleanup()
