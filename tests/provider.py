"""A provider with faults for the sender's tests, and a host at work on it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from channels.contract import Arrival
from channels.host import ChannelHost
from router.model.conversation import Conversation
from router.model.errors import HiloError
from router.model.ids import PARTITIONS
from router.model.message import ChannelName, DeliveryState, OutboundMessage, Receipt
from router.store.connection import Connection
from router.store.outbound import ChannelLease, Outbound
from router.store.pace import SendLimit
from tests.core import Core
from tests.waiting import eventually

LIFE = timedelta(seconds=2)


class Provider:
    """A provider with faults; `took` is the truth: what it really took, in order."""

    name = ChannelName("webchat")
    send_limit: SendLimit | None = None

    def __init__(self, core: Core) -> None:
        self.took: list[str] = []
        self.called_at: list[str] = []
        self.faults: list[Exception] = []
        self.start_fault: Exception | None = None
        self.starts = asyncio.Event()
        self.starts.set()
        self.is_started = False
        self.hangs = asyncio.Event()
        self.hangs.set()
        self.knows: bool | Exception = True
        self._clock = core.clock

    async def start(self) -> None:
        """Nothing to open, unless it is to take its time, or to fail."""
        await self.starts.wait()
        if self.start_fault:
            raise self.start_fault
        self.is_started = True

    async def stop(self) -> None:
        """Nothing to close."""

    async def receive(self) -> AsyncIterator[Arrival]:
        """Nothing ever arrives."""
        await asyncio.Event().wait()
        yield Arrival("", None)  # type: ignore[arg-type]

    async def settle(self, arrival: Arrival) -> None:
        """Nothing arrives."""

    async def refuse(self, arrival: Arrival, error: HiloError) -> None:
        """Nothing arrives."""

    async def send(self, message: OutboundMessage) -> Receipt:
        """Take it, or fail as told; what is taken is taken, even where the answer then hangs."""
        self.called_at.append(message.text)
        if self.faults:
            raise self.faults.pop(0)
        self.took.append(message.text)
        await self.hangs.wait()
        return self._receipt(message)

    async def find(self, message: OutboundMessage) -> Receipt | None:
        """Whether it took it, as far as it knows."""
        if isinstance(self.knows, Exception):
            raise self.knows
        return self._receipt(message) if self.knows and message.text in self.took else None

    def _receipt(self, message: OutboundMessage) -> Receipt:
        return Receipt(message.id, message.conversation, DeliveryState.SENT, self._clock.now())


class MailProvider(Provider):
    """The same, for mail."""

    name = ChannelName("email")


@asynccontextmanager
async def sending(core: Core, provider: Provider, connection: Connection | None = None) -> AsyncIterator[ChannelHost]:
    """A host of the channel, at work; on the way out it is stopped as a process is that is told to stop."""
    there = connection or core.connection
    outbound = Outbound(there, core.clock, provider.name, PARTITIONS)
    lease = ChannelLease(there, provider.name, LIFE)
    host = ChannelHost(provider, core.inbox, outbound, lease, LIFE, core.clock)
    task = asyncio.create_task(host.run())
    await host.ready.wait()
    try:
        yield host
    finally:
        host.stop()
        provider.hangs.set()
        async with asyncio.timeout(10):
            await task


async def deliveries(core: Core, conversation: Conversation) -> list[str]:
    """The states that the timeline tells, in order."""
    return [e.detail["state"] for e in await core.timeline(conversation.id) if e.kind == "delivery"]


async def until_told(core: Core, conversation: Conversation, *states: str) -> None:
    """Return once the timeline tells exactly these states."""

    async def are_told() -> bool:
        return await deliveries(core, conversation) == list(states)

    await eventually(are_told, f"{states} in the timeline")


async def called(provider: Provider, times: int) -> bool:
    """Whether the provider was called so often."""
    return len(provider.called_at) >= times
