"""The sandbox as a whole: starts the mail server, X, the telephone exchange and the page, and stops them again."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from aiohttp import web

from sandbox.faults import Faults
from sandbox.imap import ImapServer
from sandbox.mail_client import MailClient
from sandbox.mail_store import MailStore
from sandbox.page import Page
from sandbox.phone.service import PhoneService
from sandbox.phone.twilio.store import CallStore
from sandbox.post_office import PostOffice
from sandbox.settings import Settings
from sandbox.smtp import start_smtp
from sandbox.x.service import XService
from sandbox.x.store import XStore

_Started = TypeVar("_Started")


class StartError(Exception):
    """The sandbox can't start; its text says why in a plain sentence."""


@dataclass(frozen=True, slots=True)
class Ready:
    """Where the sandbox listens."""

    page: str
    smtp: str
    imap: str
    x: str
    phone: str


class Sandbox:
    """`async with Sandbox(settings) as sandbox` runs everything; `sandbox.ready` says where."""

    ready: Ready

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Start bottom-up. Raises StartError, with nothing left running."""
        try:
            self.ready = await self._start()
        except BaseException:
            await self._stack.aclose()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop top-down."""
        await self._stack.aclose()

    async def _start(self) -> Ready:
        settings, faults = self._settings, Faults()
        office = PostOffice(self._open_store())
        imap = ImapServer(settings, office, faults)
        smtp_port = self._watch(await _bound("SMTP", settings.smtp_port, start_smtp(settings, office, faults)))
        imap_port = self._watch(await _bound("IMAP", settings.imap_port, imap.start()))
        self._stack.callback(imap.drop_connections)
        client = MailClient(settings.host, smtp_port, imap_port, settings.password)
        x = XService(settings, self._open_x_store())
        self._stack.push_async_callback(x.close)
        x_port = await self._serve(x.api.app(), "X", settings.x_port)
        x.start(f"http://{settings.host}:{x_port}")
        phone = await self._start_phone()
        page = Page(settings, office, imap, faults, client, x, phone)
        page_port = await self._serve(page.app(), "the page", settings.page_port)
        return Ready(
            page=f"http://{settings.host}:{page_port}/sandbox",
            smtp=f"{settings.host}:{smtp_port}",
            imap=f"{settings.host}:{imap_port}",
            x=x.api.base_url,
            phone=phone.twilio.calls.base_url,
        )

    async def _start_phone(self) -> PhoneService:
        store = self._opened(CallStore, "phone.db")
        self._stack.callback(store.close)
        phone = PhoneService(self._settings, store)
        self._stack.push_async_callback(phone.close)
        port = await self._serve(phone.app(), "the telephone exchange", self._settings.phone_port)
        phone.twilio.calls.base_url = f"http://{self._settings.host}:{port}"
        return phone

    def _open_store(self) -> MailStore:
        store = self._opened(MailStore, "mail.db")
        self._stack.callback(store.close)
        return store

    def _open_x_store(self) -> XStore:
        store = self._opened(XStore, "x.db")
        self._stack.callback(store.close)
        return store

    def _opened(self, store: Callable[[Path], _Started], name: str) -> _Started:
        path = self._settings.data
        try:
            path.mkdir(parents=True, exist_ok=True)
            return store(path / name)
        except (OSError, sqlite3.OperationalError) as error:
            why = f"the data folder {path} can't be used: it can't be written, or another sandbox has it"
            raise StartError(f"{why} ({error})") from error

    def _watch(self, server: asyncio.Server) -> int:
        """Have `server` closed at the end; its port."""
        self._stack.callback(server.close)
        return int(server.sockets[0].getsockname()[1])

    async def _serve(self, app: web.Application, what: str, port: int) -> int:
        """Serve `app` until the end; its port."""
        # The live refresh never ends by itself, so its handlers are cancelled rather than waited for.
        runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.2)
        await runner.setup()
        self._stack.push_async_callback(runner.cleanup)
        site = web.TCPSite(runner, self._settings.host, port)
        await _bound(what, port, site.start())
        return int(runner.addresses[0][1])


async def _bound(what: str, port: int, start: Awaitable[_Started]) -> _Started:
    """What `start` gives. Raises StartError if the port is taken."""
    try:
        return await start
    except OSError as error:
        raise StartError(f"port {port} for {what} can't be had on 127.0.0.1 ({error.strerror or error})") from error
