"""What the suite of telephone providers needs: an exchange with lines that behave, orders, and what was reported."""

import asyncio
import dataclasses
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from typing import Any, ClassVar, Self

from msgspec.structs import replace

from channels.host import ChannelHost
from channels.phone.adapter import PhoneAdapter
from channels.phone.settings import PhoneSettings
from channels.services import Services
from router.model.call import Call, CallDirection, CallStatus
from router.model.conversation import Conversation, ConversationState
from router.model.event import CallReported, DeliveryReported, MessageArrived
from router.model.ids import PARTITIONS, AgentId, CallbackId, ConversationId, CustomerId, MessageId
from router.model.message import CallOrder, ChannelName, DeliveryState, Handle, OutboundMessage
from router.model.team import Ownership
from router.store import keys, wire
from router.store.connection import Connection, xrange
from router.store.inbox import Inbox
from router.store.outbound import ChannelLease, Outbound
from sandbox.phone.exchange import Exchange
from sandbox.phone.lines import Behaviour, Does
from tests.clock import HeldClock
from tests.contract.doors import LEASE, services_on
from tests.core import CARE

COMPANY = "+5078331111"
AGENT, OTHER_AGENT = Handle("phone", "+50760000001"), Handle("phone", "+50760000002")
CUSTOMER = Handle("phone", "+50761234567")
PARTITION = 7
CONVERSATION = ConversationId("c-07-abc1")
# The agent answers at once, and presses the key that they are asked for.
THERE = Behaviour(Does.ANSWER, digits="1")
_numbers = count(1)


def order(device: Handle | None = AGENT, customer: Handle = CUSTOMER, **more: Any) -> OutboundMessage:
    """An order of its own; the callback that it is for is told by its number."""
    number = next(_numbers)
    found = OutboundMessage(
        id=MessageId(f"o-{PARTITION:02d}-{number:04d}"),
        conversation=CONVERSATION,
        channel=ChannelName("phone"),
        account="main",
        recipient=customer,
        text="Ada llama por la factura 41.",
        created_at=HeldClock().now(),
        language="es",
        order=CallOrder(CallbackId(f"k-07-{number:04d}"), AgentId("ana"), "Ana", device),
    )
    return replace(found, **more)


class Phones(ABC):
    """One provider, with an exchange behind it; used as `async with`, and started before any adapter is.

    `rings` says whether the provider rings anybody at all, `finds_exactly` whether it can always tell an order's call
    from others, `goes_on_alone` whether a call goes on, and its end can be asked for, while no Hilo is there.
    """

    rings: ClassVar[bool] = True
    finds_exactly: ClassVar[bool] = False
    goes_on_alone: ClassVar[bool] = True

    def __init__(self, clock: HeldClock) -> None:
        self.clock = clock
        self.exchange = Exchange(clock)
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Open the exchange."""
        self._stack.push_async_callback(self.exchange.close)
        await self.open(self._stack)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    @abstractmethod
    async def open(self, stack: AsyncExitStack) -> None:
        """Let the exchange speak as this provider does; `stack` closes what was opened."""

    @property
    @abstractmethod
    def settings(self) -> PhoneSettings:
        """The channel's slice of the configuration, the same at each restart."""

    @abstractmethod
    def break_with(self, **faults: Any) -> None:
        """Have the next things that are told come as `faults` say (`double_next`, `lose_next`, `reverse`, …)."""

    @abstractmethod
    def away(self, seconds: float) -> None:
        """Let the exchange be out of reach for so long; calls go on."""

    @abstractmethod
    def loses_the_answer(self) -> None:
        """The next order is taken, and the answer to it is lost."""

    @abstractmethod
    def refuses_the_next(self) -> None:
        """The next order is not taken for now, and the exchange says so."""

    @abstractmethod
    def unlists(self, seconds: float) -> None:
        """New calls are in no list of the exchange for so long, where it has one."""

    @abstractmethod
    async def others_ring(self, phone: Handle) -> None:
        """Somebody else rings that phone by the same exchange, from the same number: it can't be told for what."""

    def times_rung(self, phone: Handle) -> int:
        """How many calls there were to that phone."""
        return sum(leg.callee == phone.address for leg in self.exchange.legs.values())


@dataclass
class Office:
    """The channel at work under a real host on a real Redis, without a core: what it reports waits in the stream."""

    phones: Phones
    url: str
    connection: Connection
    clock: HeldClock

    async def commits(self, message: OutboundMessage) -> None:
        """Put an order into the outbound stream, as a commit does."""
        name = keys.key(PARTITION, keys.outbound("phone"))
        await self.connection.commands.xadd(name, {"m": wire.encode(message)})

    async def events(self) -> list[Any]:
        """What the inbox holds, oldest first."""
        entries = await xrange(self.connection.commands, keys.key(PARTITION, keys.INBOUND))
        return [wire.read_event(identifier, PARTITION, fields).body for identifier, fields in entries]

    async def everywhere(self) -> list[Any]:
        """What the inbox holds of all customers, those who ring us too."""
        found: list[Any] = []
        for partition in range(PARTITIONS):
            entries = await xrange(self.connection.commands, keys.key(partition, keys.INBOUND))
            found += [wire.read_event(identifier, partition, fields).body for identifier, fields in entries]
        return found

    async def calls(self) -> list[tuple[MessageId, CallStatus]]:
        """What was reported of calls that we ordered."""
        return [
            (each.report.call, each.report.status) for each in await self.events() if isinstance(each, CallReported)
        ]

    async def of(self, message: OutboundMessage) -> list[CallStatus]:
        """What was reported of one."""
        return [status for call, status in await self.calls() if call == message.id]

    async def end_of(self, message: OutboundMessage) -> CallStatus | None:
        """How it ended, as the core takes it: the first end that is reported."""
        return next((status for status in await self.of(message) if status.is_over), None)

    async def receipt_of(self, message: OutboundMessage) -> DeliveryState | None:
        """What became of the order itself."""
        for each in await self.events():
            if isinstance(each, DeliveryReported) and each.receipt.message == message.id:
                return each.receipt.state
        return None

    async def open_calls(self) -> int:
        """Of how many calls no end is known."""
        return int(await self.connection.commands.hlen(keys.channel("phone", "open")))

    async def passes(self, length: timedelta, step: timedelta = timedelta(seconds=1)) -> None:
        """Let time pass, in steps, each with a moment for what it brings."""
        left = length
        while left > timedelta():
            await self.clock.advance(min(step, left))
            left -= step
            await asyncio.sleep(0.01)

    async def until(self, look: Any, what: str, most: timedelta = timedelta(minutes=2)) -> Any:
        """What `look` finds, as time passes; AssertionError where it finds nothing within `most`."""
        until = self.clock.now() + most
        while not (found := await look()):
            assert self.clock.now() < until, f"never: {what}; reported: {await self.calls()}"
            await self.passes(timedelta(seconds=1))
        return found


@asynccontextmanager
async def office(url: str, phones: Phones) -> AsyncIterator[Office]:
    """An office without a channel at work yet."""
    connection = Connection(url)
    try:
        yield Office(phones, url, connection, phones.clock)
    finally:
        await connection.close()


@asynccontextmanager
async def at_work(
    place: Office, adapter_type: type[PhoneAdapter] = PhoneAdapter, inbox_url: str = "", **lent: Any
) -> AsyncIterator[PhoneAdapter]:
    """The channel under a host until the end: one life of its process."""
    connection, inbox_connection = Connection(place.url), Connection(inbox_url or place.url)
    adapter = adapter_type(place.phones.settings, services(connection, place.clock, **lent))
    inbox = Inbox(inbox_connection, place.clock)
    lease = ChannelLease(connection, adapter.name, LEASE)
    outbound = Outbound(connection, place.clock, adapter.name, PARTITIONS)
    host = ChannelHost(adapter, inbox, outbound, lease, LEASE, place.clock)
    task = asyncio.create_task(host.run())
    try:
        await asyncio.wait_for(host.ready.wait(), 10)
        yield adapter
    finally:
        host.stop()
        try:
            await task
        finally:
            await connection.close()
            await inbox_connection.close()


def services(connection: Connection, clock: HeldClock, **lent: Any) -> Services:
    """What the host lends, with the clock in the test's hand."""
    return dataclasses.replace(services_on(connection, "phone"), clock=clock, **lent)


def ringing(events: Sequence[Any]) -> list[MessageArrived]:
    """Who rang us, of `events`."""
    return [each for each in events if isinstance(each, MessageArrived) and each.message.call]


async def knows(place: Office, message: OutboundMessage, status: CallStatus = CallStatus.ORDERED) -> None:
    """The conversation of `message` is there, and has its call, which is so far."""
    assert message.order
    now, number = place.clock.now(), message.recipient
    call = Call(message.id, CallDirection.OUT, status, now, number, message.order.callback, device=message.order.device)
    owner, state = Ownership(CARE, now, "default"), ConversationState.OPEN
    conversation = Conversation(
        message.conversation, CustomerId("u-07-1"), state, owner, now, updated_at=now, call=call
    )
    name = keys.key(PARTITION, keys.conversation(message.conversation))
    await place.connection.commands.hset(name, mapping={"r": "1", "d": wire.encode(conversation)})
