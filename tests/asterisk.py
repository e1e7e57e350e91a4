"""What tests of Asterisk need: the sandbox's exchange behind ARI, the provider on it, and what it reported."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from channels.phone.asterisk.provider import AsteriskProvider
from channels.phone.asterisk.settings import AsteriskSettings
from channels.phone.provider import Answer, Incoming, IncomingReport, Reported
from channels.phone.server import PhoneServer
from channels.phone.settings import CHANNEL, PhoneSettings
from channels.phone.tools import Tools
from channels.phone.wanted import Wanted
from router.model.call import CallReport, CallStatus
from router.model.errors import HiloError, TemporaryError
from router.model.ids import PARTITIONS, AgentId, CallbackId, ConversationId, MessageId
from router.model.message import CallOrder, Handle, OutboundMessage
from router.model.secret import Secret
from router.store.connection import Connection
from router.store.lines import Lines
from router.store.open_calls import OpenCall, OpenCalls
from router.store.posted import Posted
from router.store.records import Records
from router.store.tasks import end_task
from sandbox.phone.ari.api import Ari
from sandbox.phone.clock import RunningClock
from sandbox.phone.exchange import Exchange
from sandbox.phone.leg import Leg
from sandbox.phone.lines import Behaviour, Does
from tests.waiting import eventually

# A second of the calls is a fiftieth of one here: nothing waits, and nothing is held.
SPEED = 50.0
USER, PASSWORD = "hilo", "made in the test"
OURS = "+5078331111"
CUSTOMER = Handle("phone", "+50761234567")
DEVICE = Handle("sip", "101")
CONVERSATION = ConversationId("c-07-ana")
ANSWERS = Behaviour(Does.ANSWER, after=1)


@dataclass
class Front:
    """The desk as a provider sees it: whom callers go to, and who rang."""

    calls: OpenCalls
    answer: Answer = field(default_factory=lambda: Answer(DEVICE, CONVERSATION, "a-1", "Eva"))
    error: HiloError | None = None
    rang: list[Incoming] = field(default_factory=list)

    async def incoming(self, call: Incoming) -> Answer:
        """What the test wants, once it is held."""
        if self.error:
            raise self.error
        self.rang.append(call)
        agent = AgentId(self.answer.agent) if self.answer.agent else None
        opened = OpenCall(MessageId(call.call), call.at, None, call.caller, None, agent, self.answer.agent_name)
        await self.calls.begin(opened)
        return self.answer


class Pbx:
    """The sandbox's Asterisk on a port of its own, which may be closed for a while."""

    def __init__(self) -> None:
        self.clock = RunningClock(SPEED)
        self.exchange = Exchange(self.clock)
        self.ari = Ari(self.exchange, USER, PASSWORD)
        self.ari.serve(OURS)
        self.exchange.behave("sip:101", ANSWERS)
        self.url = ""
        self._runner: web.AppRunner | None = None

    async def open(self) -> None:
        """Listen."""
        app = web.Application()
        self.ari.add_to(app)
        self._runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def close(self) -> None:
        """Stop."""
        await self.ari.close()
        await self.exchange.close()
        if self._runner:
            await self._runner.cleanup()

    def rings(self, number: str) -> int:
        """How often that number was rung, or would have been."""
        return sum(leg.callee == number for leg in self.exchange.legs.values())

    async def leg(self, number: str) -> Leg:
        """The call that a phone is in now."""

        async def look() -> Leg | None:
            return next(iter(self.exchange.live_legs(number)), None)

        return await eventually(look, f"a call of {number}")


@dataclass
class Line:
    """One provider, as one process of Hilo runs it; `told` is what it has reported and was settled."""

    pbx: Pbx
    provider: AsteriskProvider
    front: Front
    calls: OpenCalls
    told: list[Reported | IncomingReport] = field(default_factory=list)

    @property
    def statuses(self) -> list[CallStatus]:
        """What was reported, in order."""
        return [each.report.status for each in self.told]

    async def until(self, status: CallStatus) -> CallReport:
        """The first report of `status`."""

        async def look() -> CallReport | None:
            return next((each.report for each in self.told if each.report.status is status), None)

        return await eventually(look, f"{status}, of {self.statuses}")

    async def order(self, name: str = "m-07-order", **changes: Any) -> OutboundMessage:
        """An order to ring the agent, then the customer; known as the adapter makes it known."""
        fields: dict[str, Any] = {"recipient": CUSTOMER, "text": "", "device": DEVICE} | changes
        message = OutboundMessage(
            id=MessageId(name),
            conversation=CONVERSATION,
            channel=CHANNEL,
            account="main",
            recipient=fields["recipient"],
            text=fields["text"],
            created_at=self.pbx.clock.now(),
            order=CallOrder(CallbackId("k-1"), AgentId("a-1"), "Eva", fields["device"]),
        )
        await self.calls.begin(OpenCall(message.id, message.created_at, message))
        return message

    async def placed(self, order: OutboundMessage) -> str:
        """The provider's id of `order`'s call, once Asterisk is connected."""

        async def place() -> str | None:
            try:
                return await self.provider.place(order)
            except TemporaryError:
                return None

        return await eventually(place, "a call placed")

    async def ready(self) -> None:
        """Once Asterisk is connected, and looked at."""

        async def look() -> bool:
            return self.provider.is_ready

        await eventually(look, "connected")


@asynccontextmanager
async def pbx() -> AsyncIterator[Pbx]:
    """The sandbox's Asterisk."""
    made = Pbx()
    await made.open()
    try:
        yield made
    finally:
        await made.close()


@asynccontextmanager
async def hilo(
    asterisk: Pbx, url: str, *, settles: Callable[[], bool] = lambda: True, **settings: Any
) -> AsyncIterator[Line]:
    """A process of Hilo's with the provider, until it is left, as by a crash: it says goodbye to nobody."""
    async with AsyncExitStack() as stack:
        connection = Connection(url)
        stack.push_async_callback(connection.close)
        # Long, so that a machine that is busy lets no phone stop ringing before the test has played it.
        rings = {"agent_rings": "5m", "customer_rings": "5m"}
        fields = rings | {"url": asterisk.url, "user": USER, "password": Secret.of(PASSWORD), "caller_id": OURS}
        slice_ = AsteriskSettings.model_validate(fields | {"numbers": "PJSIP/{number}@trunk"} | settings)
        calls = OpenCalls(connection, CHANNEL)
        server = PhoneServer(PhoneSettings())
        wanted, lines = Wanted(Records(connection, PARTITIONS)), Lines(connection, CHANNEL)
        tools = Tools(asterisk.clock, server, calls, Posted(connection, CHANNEL), lines, wanted)
        provider = AsteriskProvider(slice_, tools, "PA")
        line = Line(asterisk, provider, Front(calls), calls)
        await provider.start(line.front)
        stack.push_async_callback(provider.stop)
        collecting = asyncio.create_task(_collect(line, settles))
        stack.push_async_callback(end_task, collecting)
        yield line


async def _collect(line: Line, settles: Callable[[], bool]) -> None:
    async for report in line.provider.reports():
        if settles():
            line.told.append(report)
            await line.provider.settle(report)
        else:
            await line.provider.refuse(report, TemporaryError("the store is away"))


EVERYTHING = [
    CallStatus.AGENT_RINGING,
    CallStatus.AGENT_ANSWERED,
    CallStatus.RINGING,
    CallStatus.TALKING,
    CallStatus.ENDED,
]


async def rings(asterisk: Pbx, line: Line, order: OutboundMessage) -> Leg:
    """`order` placed, and the customer's phone that rings."""
    await line.placed(order)
    await line.until(CallStatus.RINGING)
    return await asterisk.leg(CUSTOMER.address)


async def nothing_left(asterisk: Pbx) -> None:
    """Once nobody is rung, nobody waits, and no bridge is there."""

    async def look() -> bool:
        return not asterisk.ari.switch.channels and not asterisk.ari.switch.bridges

    await eventually(look, "nothing left at Asterisk")
