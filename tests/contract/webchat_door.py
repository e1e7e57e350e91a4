"""The web chat's door: a visitor with two tabs, one that writes and one that reads, on lines that can be cut."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Self

import aiohttp

from channels.webchat.settings import WebchatSettings
from channels.webchat.visitor import visitor_of
from router.model.message import Handle
from tests.contract.doors import Door, Outbox
from tests.ports import free_ports
from tests.sandbox_process import SandboxProcess
from tests.tcp_proxy import Proxy, running_proxy
from tests.webchat import ORIGIN, Page, settings_for_tests

# What a page meets on a line that breaks, or at a chat that is not there: a frame that is no text is a TypeError.
LOST = (aiohttp.ClientError, OSError, TimeoutError, TypeError)


class VisitorsPage(Door):
    """A visitor of a page that embeds the chat."""

    channel = "webchat"
    starts_without = False
    finds = True

    def __init__(self, sandbox: SandboxProcess) -> None:
        super().__init__(sandbox)
        (self._port,) = free_ports(1)
        self._outbox = Outbox(self._hand_over)
        self._token = ""
        self._writing: Page | None = None
        self._reading: Page | None = None
        self._read: list[dict[str, str]] = []

    async def __aenter__(self) -> Self:
        self._http = await self._stack.enter_async_context(aiohttp.ClientSession())
        self._proxy: Proxy = await self._stack.enter_async_context(running_proxy(self._port))
        self._outbox.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._outbox.close()
        await super().__aexit__()

    @property
    def settings(self) -> WebchatSettings:
        """On a port that stays the same, as pages know it."""
        return settings_for_tests(listen=f"127.0.0.1:{self._port}", per_minute=6000)

    @property
    def handle(self) -> Handle:
        """The visitor."""
        return Handle("chat", visitor_of(self._token) or "")

    async def customer_writes(self, key: str, text: str) -> None:
        """Put it into the page's storage, which sends it until it is accepted."""
        self._outbox.put(key, text)

    async def customer_reads(self) -> list[str]:
        """The team's lines, as a tab has them that asks for what it does not have yet whenever its line broke."""
        try:
            if self._reading is None:
                self._reading = await self._page(after=self._read[-1]["position"] if self._read else "")
            await self._reading.answered_all()
        except LOST:
            self._keep_what_was_read()
            self._reading = None
        else:
            self._keep_what_was_read()
        return [line["text"] for line in self._read if line["side"] == "team"]

    async def told(self) -> int:
        """How many the page may forget."""
        return self._outbox.taken

    def break_connection(self) -> None:
        """Cut the lines of both tabs."""
        self._proxy.cut()

    @asynccontextmanager
    async def out_of_reach(self) -> AsyncIterator[None]:
        """Another program has the port."""
        async with await asyncio.start_server(lambda *_: None, "127.0.0.1", self._port):
            yield

    def _keep_what_was_read(self) -> None:
        if self._reading:
            self._read += self._reading.lines
            self._reading.heard.clear()

    async def _hand_over(self, key: str, text: str) -> bool:
        try:
            self._writing = self._writing or await self._page()
            answer = await self._writing.says_and_waits(text, key)
        except LOST:
            self._writing = None
            return False
        return bool(answer["type"] == "accepted")

    async def _page(self, after: str = "") -> Page:
        address = f"http://127.0.0.1:{self._proxy.port}/chat"
        page = Page(await self._http.ws_connect(address, headers={"Origin": ORIGIN}))
        await page.send(type="hello", token=self._token, after=after, language="es")
        welcome = await page.next("welcome")
        self._token = welcome["token"] or self._token
        return page
