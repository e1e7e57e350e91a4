"""What the contract's suite needs of a channel: a customer at its provider, and a line to it that can be broken."""

import asyncio
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from datetime import timedelta
from typing import Any, ClassVar, Self

from channels.contract import ChannelAdapter
from channels.host import ChannelHost
from channels.registry import adapter_for
from channels.services import Services
from router.model.clock import SystemClock
from router.model.ids import PARTITIONS, ConversationId, MessageId
from router.model.message import ChannelName, Handle, OutboundMessage
from router.store.connection import Connection
from router.store.feed import Feed
from router.store.inbox import Inbox
from router.store.live import LiveChannel
from router.store.outbound import ChannelLease, Outbound
from router.store.records import Records
from router.store.shelf import Shelf
from router.store.tasks import end_task
from router.store.transcript import Transcripts
from router.store.visitors import Visitors
from tests.core import CARE, TEAMS
from tests.sandbox_process import SandboxProcess

LEASE = timedelta(seconds=10)
MADE_IN_THE_TEST = b"a secret of the test's own, 32 by"


class Door(ABC):
    """One way in and out of a channel, with a customer on the other side; used as `async with`.

    `starts_without` says whether the channel starts while what it needs is out of reach, and waits for it, or raises
    StartError; `finds` whether `find` tells of what left, or None because sending again is harmless. Both as promised
    in the channel's README. `away` is who the log says is away, or back, where it is waited for.
    """

    channel: ClassVar[str]
    starts_without: ClassVar[bool]
    finds: ClassVar[bool]
    is_public: ClassVar[bool] = False
    away: ClassVar[str] = ""

    def __init__(self, sandbox: SandboxProcess) -> None:
        """`sandbox` is the mail server; each door has addresses and ports of its own."""
        self._sandbox = sandbox
        self._stack = AsyncExitStack()

    @abstractmethod
    async def __aenter__(self) -> Self:
        """Open the provider's side."""

    async def __aexit__(self, *_: object) -> None:
        """Close it."""
        await self._stack.aclose()

    @property
    @abstractmethod
    def settings(self) -> Any:
        """The adapter's slice of the configuration, the same at each restart."""

    @property
    @abstractmethod
    def handle(self) -> Handle:
        """The customer; known for sure once one message of theirs was taken."""

    def opened(self, url: str) -> None:
        """A new adapter is about to work for it on the Redis at `url`."""
        return

    @property
    def answers(self) -> tuple[str, ...]:
        """What a reply to the customer's latest message has to name, where the channel needs it to."""
        return ()

    @abstractmethod
    async def customer_writes(self, key: str, text: str) -> None:
        """Leave `text` with the source, which hands it over until it is told that it is safe; `key` has 8 letters."""

    async def customer_writes_again(self, key: str, text: str) -> None:
        """The source brings the same once more, as if the answer had been lost."""
        await self.customer_writes(key, text)

    @abstractmethod
    async def customer_reads(self) -> list[str]:
        """What the team wrote, as the customer sees it by now, oldest first."""

    @abstractmethod
    async def told(self) -> int:
        """Of how many messages the source was told that they are safe."""

    @abstractmethod
    def break_connection(self) -> None:
        """Cut every line to the provider, without a word to either side."""

    @abstractmethod
    def out_of_reach(self) -> AbstractAsyncContextManager[None]:
        """While it lasts, the channel can't have what it needs: its port, or its mailbox."""


class Outbox:
    """What pages and mail servers do: keep each message until it is taken, one at a time, and come again till then."""

    def __init__(self, hand_over: Callable[[str, str], Awaitable[bool]]) -> None:
        self._hand_over = hand_over
        self._waiting: deque[tuple[str, str]] = deque()
        self._filled = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self.taken = 0

    def put(self, key: str, text: str) -> None:
        """Keep `text` until it is taken."""
        self._waiting.append((key, text))
        self._filled.set()

    def open(self) -> None:
        """Begin to hand over."""
        self._task = asyncio.create_task(self._run())

    async def close(self) -> None:
        """End that, taken or not."""
        if self._task:
            await end_task(self._task)

    async def _run(self) -> None:
        while True:
            await self._filled.wait()
            if not await self._hand_over(*self._waiting[0]):
                await asyncio.sleep(0.1)
                continue
            self.taken += 1
            self._waiting.popleft()
            if not self._waiting:
                self._filled.clear()


def services_on(connection: Connection, channel: str) -> Services:
    """What the host lends to the adapter of `channel`."""
    return Services(
        clock=SystemClock(),
        shelf=Shelf(connection, channel),
        transcripts=Transcripts(connection),
        visitors=Visitors(connection),
        live=LiveChannel(connection),
        records=Records(connection, PARTITIONS),
        feed=Feed(connection, PARTITIONS),
        teams=TEAMS,
        secret=MADE_IN_THE_TEST,
        default_team=CARE,
        answers_by=frozenset({"email"}),
    )


@asynccontextmanager
async def adapter_at(url: str, door: Door) -> AsyncIterator[ChannelAdapter]:
    """A new adapter for `door`, not started, on the Redis at `url`."""
    connection = Connection(url)
    door.opened(url)
    try:
        yield adapter_for(door.channel, door.settings, services_on(connection, door.channel))
    finally:
        await connection.close()


@asynccontextmanager
async def hosted(url: str, adapter: ChannelAdapter, inbox_url: str = "") -> AsyncIterator[ChannelHost]:
    """`adapter` under a new host until the end; the inbox is on `inbox_url` where that is given. Raises StartError."""
    connection, inbox, clock = Connection(url), Connection(inbox_url or url), SystemClock()
    lease = ChannelLease(connection, adapter.name, LEASE)
    outbound = Outbound(connection, clock, adapter.name, PARTITIONS)
    host = ChannelHost(adapter, Inbox(inbox, clock), outbound, lease, LEASE, clock)
    task = asyncio.create_task(host.run())
    ready = asyncio.create_task(host.ready.wait())
    try:
        await asyncio.wait((task, ready), timeout=10, return_when=asyncio.FIRST_COMPLETED)
        assert ready.done() or task.done(), "the channel never opened"
        if not task.done():
            yield host
    finally:
        host.stop()
        ready.cancel()
        try:
            await task
        finally:
            await connection.close()
            await inbox.close()


@asynccontextmanager
async def running(url: str, door: Door, inbox_url: str = "") -> AsyncIterator[ChannelAdapter]:
    """A new adapter for `door` at work under a new host."""
    async with adapter_at(url, door) as adapter, hosted(url, adapter, inbox_url):
        yield adapter


def written_to(door: Door, conversation: ConversationId, text: str) -> OutboundMessage:
    """A reply as the sender hands it to the adapter."""
    return OutboundMessage(
        id=MessageId(f"o-{conversation[2:4]}-abc1"),
        conversation=conversation,
        channel=ChannelName(door.channel),
        account="main",
        recipient=door.handle,
        text=text,
        created_at=SystemClock().now(),
        author="Ana",
        team="Atención al cliente",
        references=door.answers,
        public=door.is_public,
    )
