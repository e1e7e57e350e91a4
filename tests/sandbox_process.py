"""The sandbox as the tests use it: a process of its own on free ports, ended by its process ID."""

import asyncio
import json
import sys
import tempfile
from asyncio.subprocess import PIPE, Process
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import aiohttp

_START_SECONDS = 20
_STOP_SECONDS = 10
# Four different ones, so that nobody takes one for the other.
X_KEYS = {
    "x_consumer_key": "the-consumer-key",
    "x_consumer_secret": "the-consumer-secret",
    "x_access_token": "4400000001-the-access-token",
    "x_access_token_secret": "the-access-token-secret",
}


class SandboxProcess:
    """`async with SandboxProcess() as sandbox:` runs `python -m sandbox` in a temporary folder.

    `data` names a folder to keep the mail in, so that a second one finds what the first left; `settings` are the
    sandbox's own (`chat_url=…`, `desk_url=…`, and ports, which are free ones unless given).
    """

    page_url: str
    smtp_port: int
    imap_port: int
    x_url: str
    phone_url: str
    pid: int

    def __init__(self, data: Path | None = None, **settings: Any) -> None:
        self._temporary = None if data else tempfile.TemporaryDirectory(prefix="hilo-sandbox-")
        self.data = data or Path(self._temporary.name if self._temporary else "")
        self._settings: dict[str, Any] = {"page_port": 0, "smtp_port": 0, "imap_port": 0}
        self._settings |= {"x_port": 0, "phone_port": 0}
        self._settings |= {**X_KEYS, **settings, "data": str(self.data)}
        self._process: Process | None = None

    async def __aenter__(self) -> Self:
        """Start, and wait until it says that it is ready."""
        command = [sys.executable, "-m", "sandbox", "--json", json.dumps(self._settings)]
        self._process = process = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE)
        self.pid = process.pid
        try:
            assert process.stdout is not None
            line = await asyncio.wait_for(process.stdout.readline(), _START_SECONDS)
            ready = json.loads(line or "{}")
            self.page_url = ready["page"]
            self.x_url, self.phone_url = ready["x"], ready["phone"]
            self.smtp_port, self.imap_port = (int(ready[name].rpartition(":")[2]) for name in ("smtp", "imap"))
        except BaseException:
            await self.kill()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()
        if self._temporary:
            self._temporary.cleanup()

    @property
    def base_url(self) -> str:
        """The page's address without its path, which is its origin too."""
        return self.page_url.removesuffix("/sandbox")

    async def stop(self) -> None:
        """End it in good order, with force if it does not listen; nothing happens if it has ended."""
        if self._process is None or self._process.returncode is not None:
            return
        self._process.terminate()
        try:
            await asyncio.wait_for(self._process.wait(), _STOP_SECONDS)
        except TimeoutError:
            await self.kill()

    async def kill(self) -> None:
        """End it as `kill -9` does."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()

    async def close_input(self) -> int:
        """End its standard input, as the death of who started it does; its exit code."""
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.close()
        return await asyncio.wait_for(self._process.wait(), _STOP_SECONDS)

    async def write(self, sender: str, text: str, **more: Any) -> str:
        """Send a mail as a customer (`to`, `subject`, `name`, `html`, `in_reply_to`, `references`); its Message-ID."""
        mail = {"from": sender, "to": "care@hilo.example", "subject": "Hello", "text": text, **more}
        answer = await self._ask("POST", "/sandbox/mail", json=mail)
        return str(answer["message_id"])

    async def mails(self, address: str, mailbox: str = "INBOX") -> list[dict[str, Any]]:
        """The mails of `address`, oldest first, read by IMAP."""
        mails: list[dict[str, Any]] = await self._ask(
            "GET", "/sandbox/mail", params={"address": address, "mailbox": mailbox}
        )
        return mails

    async def wait_for_mails(self, address: str, count: int = 1, seconds: float = 10) -> list[dict[str, Any]]:
        """The mails of `address` once there are `count`. Raises TimeoutError."""
        async with asyncio.timeout(seconds):
            while len(mails := await self.mails(address)) < count:  # noqa: ASYNC110 - the mailbox is another process
                await asyncio.sleep(0.05)
        return mails

    async def tweet(self, sender: str, text: str, **more: Any) -> str:
        """Post as a customer (`in_reply_to`, `quote`, `media`, `followers`, `hidden`, …); the post's id."""
        answer = await self._ask("POST", "/sandbox/x/posts", json={"from": sender, "text": text, **more})
        return str(answer["id"])

    async def dm(self, sender: str, text: str, **more: Any) -> str:
        """Write the company a direct message as a customer; its id."""
        answer = await self._ask("POST", "/sandbox/x/messages", json={"from": sender, "text": text, **more})
        return str(answer["id"])

    async def x(self, path: str, **body: Any) -> Any:
        """Ask `/sandbox/x/…`: POST if there is a body (`reveal`, `many`, `posts/ID/delete`), else GET (`posts`)."""
        if body or path == "reveal" or path.endswith("/delete"):
            return await self._ask("POST", f"/sandbox/x/{path}", json=body)
        return await self._ask("GET", f"/sandbox/x/{path}")

    async def phone(self, path: str = "", **body: Any) -> Any:
        """Ask `/sandbox/phone/…`: POST if there is a body (`ring`, `act`, `lines`, `company`), else GET: everything.

        `from` is written `sender`, as Python has a `from` of its own.
        """
        if "sender" in body:
            body["from"] = body.pop("sender")
        return await self._ask("POST" if body else "GET", f"/sandbox/phone/{path}".rstrip("/"), json=body or None)

    async def rings(self, number: str, seconds: float = 10) -> dict[str, Any]:
        """The call that rings at `number`, once it does. Raises TimeoutError."""
        async with asyncio.timeout(seconds):
            while True:
                legs = (await self.phone())["legs"]
                ringing = [leg for leg in legs if leg["phone"] == number and leg["state"] == "ringing"]
                if ringing:
                    return dict(ringing[0])
                await asyncio.sleep(0.02)

    async def fault(self, **faults: Any) -> dict[str, Any]:
        """Break something: `fault(smtp={"refuse_next": 1})`, `fault(imap={"drop_connections": True})`."""
        answer: dict[str, Any] = await self._ask("POST", "/sandbox/faults", json=faults)
        return answer

    async def _ask(self, method: str, path: str, **how: Any) -> Any:
        async with (
            aiohttp.ClientSession() as session,
            session.request(method, self.base_url + path, **how) as response,
        ):
            answer = await response.json(content_type=None)
            assert response.status == 200, answer
            return answer
