"""The email channel as tests use it: alone, with the inbox in the test's hand, or under its host beside a core."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from channels.contract import Arrival
from channels.email.adapter import EmailAdapter
from channels.email.settings import EmailSettings
from channels.host import ChannelHost
from channels.services import Services
from router.model.clock import Clock, SystemClock
from router.model.event import MessageArrived
from router.model.ids import PARTITIONS, ConversationId, MessageId
from router.model.message import ChannelName, Handle, InboundMessage, OutboundMessage
from router.model.secret import Secret
from router.store.connection import Connection
from router.store.feed import Feed
from router.store.fullness import Bounds
from router.store.inbox import Accepted, Inbox
from router.store.live import LiveChannel
from router.store.outbound import ChannelLease, Outbound
from router.store.records import Records
from router.store.shelf import Shelf
from router.store.tasks import end_task
from router.store.transcript import Transcripts
from router.store.visitors import Visitors
from tests.core import TEAMS, Core, running_core
from tests.room import watched_room

CARE_ADDRESS = "care@hilo.example"
MADE_IN_THE_TEST = b"a secret of the test's own, 32 by"
LEASE = timedelta(seconds=10)


def settings_for_tests(*, imap: tuple[int, str, str] | None = None, smtp_port: int = 1, **more: Any) -> EmailSettings:
    """Settings for loopback; `imap` is port, user and password."""
    if imap:
        port, user, password = imap
        more["imap"] = {
            "host": "127.0.0.1",
            "port": port,
            "tls": "none",
            "user": user,
            "password": Secret.of(password),
            **more.pop("imap_more", {}),
        }
    smtp = {"host": "127.0.0.1", "port": smtp_port, "tls": "none"}
    return EmailSettings.model_validate({"address": CARE_ADDRESS, "name": "Atención", "smtp": smtp, **more})


def listening(protocol: str = "lmtp", at: str = "127.0.0.1:0", **more: Any) -> EmailSettings:
    """Settings of a listener, on a free port unless told otherwise."""
    return settings_for_tests(lmtp={"listen": at, "protocol": protocol}, **more)


def services_on(connection: Connection, clock: Clock | None = None) -> Services:
    """What the host lends to the adapter."""
    return Services(
        clock=clock or SystemClock(),
        shelf=Shelf(connection, "email"),
        transcripts=Transcripts(connection),
        visitors=Visitors(connection),
        live=LiveChannel(connection),
        records=Records(connection, PARTITIONS),
        feed=Feed(connection, PARTITIONS),
        teams=TEAMS,
        secret=MADE_IN_THE_TEST,
    )


def raw_mail(
    text: str = "Hola", *, number: int | str = 1, sender: str = "Ana <ana@example.org>", headers: str = ""
) -> bytes:
    """A mail as a customer's program sends it."""
    head = f"From: {sender}\r\nTo: {CARE_ADDRESS}\r\nSubject: Pedido {number}\r\nMessage-ID: <{number}@example.org>\r\n"
    return f"{head}{headers}Content-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n".encode()


def reply(text: str = "Llega mañana.", **more: Any) -> OutboundMessage:
    """A reply as the sender hands it to the adapter."""
    message = OutboundMessage(
        id=MessageId("o-07-abc1"),
        conversation=ConversationId("c-07-abc0"),
        channel=ChannelName("email"),
        account=CARE_ADDRESS,
        recipient=Handle("email", "ana@example.org"),
        text=text,
        created_at=datetime(2026, 11, 23, 9, 0, 0, 123456, tzinfo=UTC),
        author="Ana",
        team="Facturación",
        signature="Lunes a viernes, de 9 a 18",
        subject="Pedido 41",
        references=("<first@example.org>", "<last@example.org>"),
        language="es",
    )
    return replace(message, **more)


@dataclass
class Post:
    """An adapter that receives, and what came; the test says what becomes of each arrival."""

    adapter: EmailAdapter
    inbox: Inbox
    arrived: "asyncio.Queue[Arrival]"

    async def next(self, seconds: float = 15) -> Arrival:
        """The next arrival."""
        async with asyncio.timeout(seconds):
            return await self.arrived.get()

    async def take(self, seconds: float = 15) -> InboundMessage:
        """The next message, settled, without an inbox."""
        arrival = await self.next(seconds)
        await self.adapter.settle(arrival)
        return message_in(arrival)

    async def accept(self, seconds: float = 15) -> tuple[InboundMessage, Accepted]:
        """The next message, held by the inbox and settled, as the host does it."""
        arrival = await self.next(seconds)
        accepted = await self.inbox.accept(arrival.body, arrival.key)
        await self.adapter.settle(arrival)
        return message_in(arrival), accepted


def message_in(arrival: Arrival) -> InboundMessage:
    """The message that arrived."""
    assert isinstance(arrival.body, MessageArrived)
    return arrival.body.message


@asynccontextmanager
async def receiving(url: str, settings: EmailSettings, folder: Path | None = None) -> AsyncIterator[Post]:
    """The adapter alone, at work on the Redis at `url`."""
    connection = Connection(url)
    services = services_on(connection)
    adapter = EmailAdapter(settings, services, folder)
    arrived: asyncio.Queue[Arrival] = asyncio.Queue(1)

    async def receive() -> None:
        async for arrival in adapter.receive():
            await arrived.put(arrival)

    await adapter.start()
    task = asyncio.create_task(receive())
    try:
        yield Post(adapter, Inbox(connection, services.clock), arrived)
    finally:
        await end_task(task)
        await adapter.stop()
        await connection.close()


@asynccontextmanager
async def running_email(
    url: str, settings: EmailSettings, bounds: Bounds | None = None, folder: Path | None = None
) -> AsyncIterator[tuple[Core, EmailAdapter]]:
    """The channel under its host, beside a core; it takes no more than `bounds` allow, and keeps files in `folder`."""
    async with running_core(url, clock=SystemClock()) as core, open_email(url, settings, bounds, folder) as adapter:
        yield core, adapter


@asynccontextmanager
async def open_email(
    url: str, settings: EmailSettings, bounds: Bounds | None = None, folder: Path | None = None
) -> AsyncIterator[EmailAdapter]:
    """The channel alone under its host, for a core that runs on the same Redis."""
    connection, clock = Connection(url), SystemClock()
    adapter = EmailAdapter(settings, services_on(connection, clock), folder)
    outbound = Outbound(connection, clock, "email", PARTITIONS)
    lease = ChannelLease(connection, "email", LEASE)
    async with watched_room(connection, bounds) as room:
        host = ChannelHost(adapter, Inbox(connection, clock, room=room), outbound, lease, LEASE, clock)
        task = asyncio.create_task(host.run())
        try:
            async with asyncio.timeout(10):
                await host.ready.wait()
            yield adapter
        finally:
            host.stop()
            await task
            await connection.close()
