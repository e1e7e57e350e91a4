"""The provider `asterisk`: an exchange of the company's own rings the agent, then the customer, and joins them."""

import asyncio
from collections.abc import AsyncIterator

import structlog
from msgspec.structs import replace
from redis.exceptions import RedisError

from channels.phone.asterisk.book import Book, Entry, whom
from channels.phone.asterisk.client import INTERNAL, Client, Refused
from channels.phone.asterisk.doing import Doing
from channels.phone.asterisk.driving import Driver
from channels.phone.asterisk.endpoints import endpoint_of
from channels.phone.asterisk.line import Line, Stage, agent_leg
from channels.phone.asterisk.outbox import Outbox
from channels.phone.asterisk.settings import AsteriskSettings
from channels.phone.asterisk.socket import Socket
from channels.phone.asterisk.telling import Teller
from channels.phone.provider import Desk, IncomingReport, Reported
from channels.phone.tools import Tools
from router.model.call import CallDirection, CallReport, CallStatus
from router.model.errors import HiloError, PermanentError, TemporaryError, UnknownOutcome
from router.model.ids import MessageId
from router.model.message import OutboundMessage
from router.store.tasks import end_task

log = structlog.get_logger()


class AsteriskProvider:
    """Keeps the contract of a telephone provider for one Asterisk."""

    def __init__(self, settings: AsteriskSettings, tools: Tools, region: str | None = None) -> None:
        self._settings = settings
        self._clock = tools.clock
        self._placed = tools.placed
        self._client = Client(settings)
        self._outbox = Outbox(tools.clock)
        self._book = Book(tools.lines, tools.calls)
        teller = Teller(self._outbox, tools.clock, settings.recordings)
        self._doing = Doing(settings, self._client, self._book, teller, tools)
        self._driver = Driver(settings.app, region, self._client, self._book, self._doing, teller, tools.clock)
        self._socket = Socket(self._client, tools.clock, self._driver.hear, self._driver.look_at_all)
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self, desk: Desk) -> None:
        """Begin to listen; Asterisk out of reach is no reason not to start: it is tried until it answers."""
        self._doing.desk = desk
        self._tasks = [
            asyncio.create_task(self._socket.listen()),
            asyncio.create_task(self._driver.look_now_and_then()),
        ]

    async def stop(self) -> None:
        """Hang up on nobody: who talks goes on, and whoever starts next finds them."""
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            await end_task(task)
        await self._driver.stop()
        await self._client.close()

    def reports(self) -> AsyncIterator[Reported | IncomingReport]:
        """What became of calls, each again until it is settled."""
        return self._outbox.stream()

    async def settle(self, report: Reported | IncomingReport) -> None:
        """It is safe: after its end a call is forgotten here."""
        self._outbox.settled(report)
        if not report.report.status.is_over:
            return
        if entry := self._book.get(report.report.call):
            # At once: whoever holds the lock may be about to tell it again.
            entry.is_safe = True
            async with self._book.lock(entry.line.id):
                if entry.is_clean:
                    await self._dropped(entry)

    async def refuse(self, report: Reported | IncomingReport, error: HiloError) -> None:
        """It comes again after a pause; after a PermanentError it is left."""
        if self._outbox.refused(report, error):
            await self.settle(report)

    async def place(self, order: OutboundMessage) -> str:
        """Ring the agent by a channel whose id follows from the order's: Asterisk takes it once."""
        line = self._line_of(order)
        for handle in (line.device, order.recipient):
            if handle:
                endpoint_of(handle, self._settings)
        self._check_ready()
        async with self._book.lock(line.id):
            known = self._book.get(line.id)
            try:
                if (known and known.line.is_placed) or await self._placed.of(order.id):
                    return line.agent_leg
                entry = await self._book.keep(line, whom(order))
            except (RedisError, OSError) as error:
                raise TemporaryError(f"the store is away, so nobody was rung: {error}") from error
            entry.is_heard = True
            return await self._begun(entry)

    async def find(self, order: OutboundMessage) -> str | None:
        """Where the order was begun its agent's channel is known, here or at Asterisk.

        None where it is not: the agent's phone may have rung for a moment, but the customer's surely never did.
        """
        try:
            await self._driver.load()
        except (RedisError, OSError) as error:
            raise TemporaryError(f"the store can't tell what was begun: {error}") from error
        async with self._book.lock(order.id):
            entry = self._book.get(order.id)
            if entry and entry.line.is_placed:
                return entry.line.agent_leg
            try:
                if placed := await self._placed.of(order.id):
                    return placed[0]
                if await self._client.channel(agent_leg(self._settings.app, order.id)):
                    entry = entry or await self._book.keep(self._line_of(order), whom(order))
                    await self._doing.begun(entry)
                    await self._driver.see(entry)
                    return entry.line.agent_leg
                if entry:
                    await self._book.drop(order.id)
            except (RedisError, OSError) as error:
                raise TemporaryError(f"the store can't tell what was begun: {error}") from error
        return None

    async def look(self, order: OutboundMessage, call: str) -> Reported | None:
        """Look how it stands: what is new goes by `reports`. A call of which nothing is left is in doubt."""
        if self._book.get(order.id):
            await self._driver.look(order.id)
            return None
        self._check_ready()
        line = replace(self._line_of(order), is_placed=True, stage=Stage.CUSTOMER)
        try:
            for leg in (line.agent_leg, line.customer_leg):
                if await self._client.channel(leg):
                    await self._client.hang_up(leg)
        except PermanentError as error:
            raise TemporaryError(str(error)) from error
        reason = "nothing is known of it any more: ask the agent, or the customer"
        report = CallReport(MessageId(line.id), CallStatus.IN_DOUBT, self._clock.now(), call, reason=reason)
        return Reported(f"{line.id}:{CallStatus.IN_DOUBT}", report, order.conversation)

    def _line_of(self, order: OutboundMessage) -> Line:
        if order.order is None or order.order.device is None:
            raise PermanentError("the agent has no phone that Asterisk could ring: give them one in the configuration")
        return Line(
            id=order.id,
            prefix=self._settings.app,
            direction=CallDirection.OUT,
            stage=Stage.AGENT,
            began_at=self._clock.now(),
            device=order.order.device,
            agent=order.order.agent,
            agent_name=order.order.agent_name,
        )

    @property
    def is_ready(self) -> bool:
        """Whether Asterisk gives us its channels, and what was under way before is known."""
        return self._socket.is_open and self._driver.has_loaded

    def _check_ready(self) -> None:
        if not self.is_ready:
            raise TemporaryError("Asterisk is not connected: who answered would be hung up on")

    async def _begun(self, entry: Entry) -> str:
        try:
            await self._doing.ring_agent(entry)
        except TemporaryError:
            await self._dropped(entry)
            raise
        except Refused as error:
            if error.status < INTERNAL:
                await self._dropped(entry)
                raise
            # "Allocation failed": the agent's phone is not registered. Nobody was rung, and the next agent is asked.
            await self._away(entry, str(error))
            return entry.line.agent_leg
        try:
            await self._doing.begun(entry)
        except (RedisError, OSError) as error:
            raise UnknownOutcome(f"the call was begun, and the store is away: {error}") from error
        return entry.line.agent_leg

    async def _away(self, entry: Entry, reason: str) -> None:
        try:
            await self._doing.begun(entry)
            await self._doing.end(entry, CallStatus.AGENT_AWAY, reason)
        except (HiloError, RedisError, OSError) as error:
            log.warning("call_waits", call=entry.line.id, error=str(error), hint="looked at again")

    async def _dropped(self, entry: Entry) -> None:
        """Forget it; where the store is away it is found again, and looked at, which does no harm."""
        try:
            await self._book.drop(entry.line.id)
        except (RedisError, OSError) as error:
            log.warning("line_not_dropped", call=entry.line.id, error=str(error), hint="looked at again")
