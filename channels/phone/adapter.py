"""The phone channel: orders to ring somebody out, what became of calls in, and who rings us."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta

import structlog
from redis.exceptions import RedisError

from channels.contract import Arrival
from channels.phone.door import IncomingDoor
from channels.phone.merged import merged
from channels.phone.provider import IncomingReport, Provider, Reported
from channels.phone.providers import provider_for
from channels.phone.reception import Reception, let_go
from channels.phone.server import PhoneServer
from channels.phone.settings import CHANNEL, PhoneSettings
from channels.phone.told import Told
from channels.phone.tools import Tools
from channels.phone.wanted import Wanted
from channels.phone.watch import Watch
from channels.services import Services
from router.model.errors import HiloError, PermanentError, TemporaryError
from router.model.event import CallReported, MessageArrived
from router.model.ids import MessageId
from router.model.message import DeliveryState, OutboundMessage, Receipt
from router.store.lines import Lines
from router.store.open_calls import OpenCall, OpenCalls
from router.store.pace import SendLimit
from router.store.posted import Posted

log = structlog.get_logger()

# An agent said that they call now: later nobody's phone is to ring out of the blue, at what may be night. It is less
# than what the core waits for a word (`silent`, two minutes): then a person may have the customer called again.
RINGS_WITHIN = timedelta(seconds=90)
NO_CALL = "this is a text, and a phone takes calls only: answer on another channel, or call"
NOT_WANTED = "meanwhile somebody has said what became of this call, or another one is made instead: nobody was rung"
TOO_LATE = "the exchange could not be reached in time, and nobody was rung: take the call again"


@dataclass(frozen=True, slots=True, eq=False)
class PhoneArrival(Arrival):
    """An arrival that knows which report of which source it is."""

    told: Reported | IncomingReport | MessageArrived


class PhoneAdapter:
    """Keeps the contract of a channel for one telephone exchange."""

    name = CHANNEL

    def __init__(self, settings: PhoneSettings, services: Services) -> None:
        connection = services.shelf.connection
        # Numbers without a country are of the same one wherever they are read.
        settings = settings.model_copy(update={"region": settings.region or services.region or None})
        self._clock = services.clock
        self._shifts = services.shifts
        self._calls, self._placed = OpenCalls(connection, CHANNEL), Posted(connection, CHANNEL)
        self._server = PhoneServer(settings)
        self._wanted = Wanted(services.records)
        lines = Lines(connection, CHANNEL)
        tools = Tools(services.clock, self._server, self._calls, self._placed, lines, self._wanted)
        self._provider: Provider = provider_for(settings, tools)
        self._told: Told[PhoneArrival] = Told()
        self._reception = Reception(services, self._calls, self._hold)
        IncomingDoor(settings, services, self._reception, self._calls, self._report).open(self._server, self._provider)
        self._watch = Watch(self._provider, self._calls, self._placed, services.clock)

    @property
    def send_limit(self) -> SendLimit | None:
        """None: an exchange says by itself when it is asked too often."""
        return None

    @property
    def port(self) -> int:
        """Where exchanges reach us, once it is open."""
        return self._server.port

    async def start(self) -> None:
        """Listen for the exchange. Raises StartError if the port can't be had."""
        await self._server.start()
        await self._provider.start(self._reception)

    async def stop(self) -> None:
        """Close the port and all connections."""
        await self._server.stop()
        await self._provider.stop()

    async def receive(self) -> AsyncIterator[Arrival]:
        """Yield who rings us and what became of calls, as it comes, until cancelled."""
        async for arrival in merged(self._told.items(), self._reported(), self._looked()):
            yield arrival

    async def settle(self, arrival: Arrival) -> None:
        """Let whoever told it be answered; a call that is over is not looked at any more."""
        assert isinstance(arrival, PhoneArrival)
        told = arrival.told
        if isinstance(told, Reported | IncomingReport) and told.report.status.is_over:
            await self._end(told.report.call)
        if not self._told.settle(arrival) and isinstance(told, Reported | IncomingReport):
            await self._provider.settle(told)

    async def refuse(self, arrival: Arrival, error: HiloError) -> None:
        """Let whoever told it come again."""
        assert isinstance(arrival, PhoneArrival)
        told = arrival.told
        if not self._told.refuse(arrival, error) and isinstance(told, Reported | IncomingReport):
            await self._provider.refuse(told, error)

    async def send(self, message: OutboundMessage) -> Receipt:
        """Have the agent's phone ring, and then the customer's.

        Raises PermanentError for what is no call, was ordered too long ago to ring anybody now, or is not to be made
        any more: while it was put off it may have come in doubt, and been ordered anew.
        """
        if message.order is None:
            raise PermanentError(NO_CALL)
        if self._clock.now() - message.created_at > RINGS_WITHIN:
            raise PermanentError(TOO_LATE)
        if not await self._may_begin(message):
            raise PermanentError(NOT_WANTED)
        await self._begin(message)
        try:
            reference = await self._provider.place(message)
        except (TemporaryError, PermanentError):
            await self._end(message.id)
            raise
        return await self._sent(message, reference)

    async def find(self, message: OutboundMessage) -> Receipt | None:
        """What is known of its call, or what the exchange tells."""
        if message.order is None:
            return None
        try:
            known = await self._placed.of(message.id)
        except (RedisError, OSError) as error:
            raise _away(error) from error
        reference = known[0] if known else await self._provider.find(message)
        if reference is None:
            await self._end(message.id)
            return None
        return await self._sent(message, reference)

    async def _may_begin(self, message: OutboundMessage) -> bool:
        try:
            return await self._wanted.may_begin(message.id, message.conversation)
        except (RedisError, OSError) as error:
            raise _away(error) from error

    async def _begin(self, message: OutboundMessage) -> None:
        """Keep that somebody is about to be rung, before they are."""
        try:
            await self._calls.begin(OpenCall(message.id, self._clock.now(), message))
        except (RedisError, OSError) as error:
            raise _away(error) from error

    async def _sent(self, message: OutboundMessage, reference: str) -> Receipt:
        """The receipt; that a call is placed is true also where it can't be written down."""
        try:
            if reference:
                await self._placed.keep(message.id, (reference,))
            else:
                await self._calls.end(message.id)
        except (RedisError, OSError) as error:
            log.warning("call_not_kept", message=message.id, error=str(error), hint="its webhooks, or a look, tell it")
        state = DeliveryState.SENT
        return Receipt(message.id, message.conversation, state, self._clock.now(), reference=reference)

    async def _end(self, call: MessageId) -> None:
        try:
            known = await self._calls.of(call)
            await self._calls.end(call)
            if known:
                await let_go(self._shifts, known)
        except (RedisError, OSError) as error:
            log.warning("call_still_looked_at", call=call, error=str(error), hint="nothing comes of it but a look more")

    async def _hold(self, body: MessageArrived, key: str) -> None:
        """Return once the inbox holds that somebody rings us."""
        await self._told.safe(PhoneArrival(key, body, body))

    async def _report(self, report: IncomingReport) -> None:
        """Return once the inbox holds what became of a call that came in, told at our own door."""
        await self._told.safe(await self._arrival(report))

    async def _reported(self) -> AsyncIterator[PhoneArrival]:
        async for report in self._provider.reports():
            yield await self._arrival(report)

    async def _looked(self) -> AsyncIterator[PhoneArrival]:
        async for report in self._watch.reports():
            yield await self._arrival(report)

    async def _arrival(self, report: Reported | IncomingReport) -> PhoneArrival:
        if isinstance(report, Reported):
            return PhoneArrival(report.key, CallReported(report.report, None, report.conversation), report)
        known = await self._calls.of(report.report.call)
        led_to = known.conversation if known else None
        return PhoneArrival(report.key, CallReported(report.report, report.caller, led_to), report)


def _away(error: Exception) -> TemporaryError:
    return TemporaryError(f"the store can't keep what is rung: {error}", is_about_message=True)
