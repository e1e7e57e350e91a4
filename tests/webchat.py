"""A running web chat for tests: the adapter under its host beside a core at work, and a page that talks to it."""

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import aiohttp

from channels.host import ChannelHost
from channels.services import Services
from channels.webchat.adapter import WebchatAdapter
from channels.webchat.settings import WebchatSettings
from channels.webchat.visitor import visitor_of
from router.model.clock import SystemClock
from router.model.ids import PARTITIONS, ConversationId, MessageId
from router.model.message import ChannelName, Handle, OutboundMessage
from router.store.connection import Connection
from router.store.feed import Feed
from router.store.fullness import Bounds
from router.store.inbox import Inbox
from router.store.live import LiveChannel
from router.store.outbound import ChannelLease, Outbound
from router.store.readers import Readers
from router.store.records import Records
from router.store.room import Door, Room
from router.store.shelf import Shelf
from router.store.transcript import Transcripts
from router.store.visitors import Visitors
from tests.core import CARE, TEAMS, Core, running_core
from tests.room import watched_room
from tests.waiting import eventually

Frame = dict[str, Any]
ORIGIN = "https://www.shop.example"
LEASE = timedelta(seconds=10)
MADE_IN_THE_TEST = b"a secret of the test's own, 32 by"


@dataclass(frozen=True)
class Chat:
    """The chat, and the core that it feeds."""

    core: Core
    adapter: WebchatAdapter
    services: Services
    http: aiohttp.ClientSession
    room: Room

    @property
    def url(self) -> str:
        return self.adapter.url

    async def page(
        self, token: str = "", *, after: str = "", language: str = "es", name: str = "", identity: str = ""
    ) -> "Page":
        """A visitor's page that has been welcomed."""
        page = await self.socket()
        await page.send(type="hello", token=token, after=after, language=language, name=name, identity=identity)
        page.welcome = await page.next("welcome")
        page.token = page.welcome["token"] or token
        return page

    async def socket(self, headers: Mapping[str, str] | None = None) -> "Page":
        """A socket on which nothing was said yet."""
        return Page(await self.http.ws_connect(f"{self.url}/chat", headers={"Origin": ORIGIN, **(headers or {})}))

    async def is_closed(self) -> bool:
        """Whether customers find no room."""
        return bool(self.room.why_closed(Door.ARRIVALS))

    async def conversation_of(self, text: str) -> ConversationId:
        """The conversation in whose timeline `text` is, once it is there."""

        async def look() -> ConversationId | None:
            for conversation in await self.core.records.queue(CARE):
                if any(entry.text == text for entry in await self.core.timeline(conversation.id)):
                    return conversation.id
            return None

        found = await eventually(look, f"{text!r} in a timeline")
        assert found is not None
        return found

    async def heard(self, text: str) -> list[str]:
        """What the customer who wrote `text` wrote in all, once the timeline holds it."""
        entries = await self.core.timeline(await self.conversation_of(text))
        return [entry.text for entry in entries if entry.kind.value == "message_in"]

    async def until(self, conversation: ConversationId, kind: str) -> None:
        """Return once the timeline holds an entry of that kind or state."""
        await eventually(lambda: self.has(conversation, kind), kind)

    async def has(self, conversation: ConversationId, kind: str) -> bool:
        """Whether the timeline holds an entry of that kind or state."""
        return kind in await self.kinds(conversation)

    async def kinds(self, conversation: ConversationId) -> list[str]:
        """The timeline in short: kinds, with the state for what became of a message."""
        entries = await self.core.timeline(conversation)
        return [str(entry.detail.get("state", entry.kind.value)) for entry in entries]


@dataclass
class Page:
    """A page as the server sees it: it speaks the protocol and keeps nothing by itself but what it heard."""

    socket: aiohttp.ClientWebSocketResponse
    token: str = ""
    welcome: Frame = field(default_factory=dict)
    heard: list[Frame] = field(default_factory=list)

    async def send(self, **frame: object) -> None:
        # As browsers write it: UTF-8, not escapes.
        await self.socket.send_str(json.dumps(frame, ensure_ascii=False))

    async def says(self, text: str, key: str = "") -> str:
        """The key under which `text` went out; whether it was accepted is another question."""
        key = key or new_key()
        await self.send(type="message", key=key, text=text)
        return key

    async def says_and_waits(self, text: str, key: str = "") -> Frame:
        """What is answered to `text`."""
        key = await self.says(text, key)
        return await self.next("accepted", "refused", "error", key=key)

    async def next(self, *kinds: str, seconds: float = 10.0, **content: object) -> Frame:
        """The next frame of one of `kinds` that has that content; what came before it is kept in `heard`."""
        async with asyncio.timeout(seconds):
            while True:
                frame: Frame = await self.socket.receive_json()
                self.heard.append(frame)
                if frame["type"] in kinds and content.items() <= frame.items():
                    return frame

    async def line(self, text: str) -> Frame:
        """The line of the transcript with that text, once it is pushed; what was pushed before counts too."""
        while True:
            for line in self.lines:
                if line["text"] == text:
                    return line
            await self.next("lines", "welcome")

    async def closed(self, seconds: float = 10.0) -> int | None:
        """The code with which the server closes the socket."""
        async with asyncio.timeout(seconds):
            while not self.socket.closed:
                message = await self.socket.receive()
                if message.type is aiohttp.WSMsgType.TEXT:
                    self.heard.append(message.json())
        return self.socket.close_code

    async def leave(self) -> None:
        await self.socket.close()

    def cut(self) -> None:
        """The line breaks without a word."""
        connection = self.socket._response.connection
        assert connection is not None
        assert isinstance(connection.transport, asyncio.WriteTransport)
        connection.transport.abort()

    async def answered_all(self) -> None:
        """Return once the server has read all that was sent before."""
        await self.send(type="ping")
        await self.next("pong")

    @property
    def visitor(self) -> str:
        """What the store knows the visitor by."""
        return visitor_of(self.token) or ""

    @property
    def first_texts(self) -> list[str]:
        """The texts that the page was welcomed with."""
        return [line["text"] for line in self.welcome["lines"]]

    @property
    def lines(self) -> list[Frame]:
        """All lines that came, in the order in which they came."""
        return [line for frame in self.heard for line in frame.get("lines", ())]

    @property
    def texts(self) -> list[str]:
        """Their texts."""
        return [line["text"] for line in self.lines]


def new_key() -> str:
    return secrets.token_hex(16)


def written_by_the_team(
    conversation: ConversationId, recipient: Handle, identifier: str, text: str = "Buenos días"
) -> OutboundMessage:
    """A message as the sender hands it to the adapter."""
    return OutboundMessage(
        id=MessageId(identifier),
        conversation=conversation,
        channel=ChannelName("webchat"),
        account="web",
        recipient=recipient,
        text=text,
        created_at=SystemClock().now(),
        author="Ana",
        team="Atención al cliente",
    )


@asynccontextmanager
async def running_chat(url: str, *, offers_email: bool = True, **settings: object) -> AsyncIterator[Chat]:
    """A chat at work on the Redis at `url` under the channel's host, beside a core."""
    answers_by = frozenset({"email"} if offers_email else ())
    chosen = settings_for_tests(**settings)
    async with running_core(url, clock=SystemClock()) as core, open_chat(core, url, chosen, answers_by) as chat:
        yield chat


@asynccontextmanager
async def open_chat(
    core: Core,
    url: str,
    settings: WebchatSettings,
    answers_by: frozenset[str] = frozenset({"email"}),
    bounds: Bounds | None = None,
) -> AsyncIterator[Chat]:
    """A chat at work beside `core`, which takes no more than `bounds` allow."""
    connection, clock = Connection(url), SystemClock()
    services = services_on(connection, clock, answers_by)
    adapter = WebchatAdapter(settings, services)
    lease = ChannelLease(connection, "webchat", LEASE)
    outbound = Outbound(connection, clock, "webchat", PARTITIONS)
    # The pages' side ends last, so that they hear the goodbye.
    async with (
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http,
        watched_room(connection, bounds) as room,
    ):
        host = ChannelHost(adapter, Inbox(connection, clock, room=room), outbound, lease, LEASE, clock)
        task = asyncio.create_task(host.run())
        try:
            async with asyncio.timeout(10):
                await host.ready.wait()
            yield Chat(core, adapter, services, http, room)
        finally:
            host.stop()
            await task
            await connection.close()


def settings_for_tests(**settings: object) -> WebchatSettings:
    """Settings on a port that is free, for pages of ORIGIN."""
    return WebchatSettings.model_validate({"listen": "127.0.0.1:0", "origins": [ORIGIN], **settings})


def services_on(connection: Connection, clock: SystemClock, answers_by: frozenset[str]) -> Services:
    """What the host lends to the adapter."""
    return Services(
        clock=clock,
        shelf=Shelf(connection, "webchat"),
        transcripts=Transcripts(connection),
        visitors=Visitors(connection),
        live=LiveChannel(connection),
        records=Records(connection, PARTITIONS),
        feed=Feed(connection, PARTITIONS),
        readers=Readers(connection, clock),
        teams=TEAMS,
        secret=MADE_IN_THE_TEST,
        default_team=CARE,
        answers_by=answers_by,
    )
