"""Calls by Twilio: it rings the agent, tells them what it is about, and then rings the customer."""

from collections.abc import AsyncIterator

from aiohttp import web

from channels.phone.provider import Desk, IncomingReport, Reported
from channels.phone.settings import TwilioSettings
from channels.phone.told import Told as Waiting
from channels.phone.tools import Tools
from channels.phone.twilio.addresses import About, Addresses
from channels.phone.twilio.client import TwilioClient
from channels.phone.twilio.door import Door
from channels.phone.twilio.incoming import Incoming
from channels.phone.twilio.looking import Looking
from channels.phone.twilio.outgoing import EVENTS, Outgoing, seconds_of
from channels.phone.twilio.statuses import Became
from channels.phone.twilio.twiml import Words, address_of
from router.model.call import CallReport
from router.model.errors import HiloError, PermanentError, UnknownOutcome
from router.model.message import OutboundMessage


class TwilioProvider:
    """Keeps the contract of a provider for one account at Twilio."""

    def __init__(self, settings: TwilioSettings, tools: Tools) -> None:
        self._settings = settings
        self._tools = tools
        self._client = TwilioClient(settings)
        self._addresses = Addresses(settings.public_url)
        self._looking = Looking(settings, self._client, tools)
        self._told: Waiting[Reported | IncomingReport] = Waiting()
        words = Words(settings.voices)
        self._incoming = Incoming(settings, self._addresses, words, tools, self._told)
        self._outgoing = Outgoing(settings, self._addresses, words, self._client, self._looking, tools, self._told)
        self._door = Door(settings, self._addresses, tools.server)
        self._incoming.open(self._door)
        self._outgoing.open(self._door)

    async def start(self, desk: Desk) -> None:
        """Answer those who ring us, by `desk`. Twilio out of reach is no reason not to start."""
        self._incoming.desk = desk

    async def stop(self) -> None:
        """Close all connections."""
        await self._outgoing.stop()
        await self._client.close()

    async def is_ours(self, request: web.Request, body: bytes) -> bool:
        """Whether Twilio signed `request`, whose `body` is JSON."""
        return await self._door.is_ours(request, body)

    async def reports(self) -> AsyncIterator[Reported | IncomingReport]:
        """Yield what Twilio's webhooks tell; each is answered once it is settled."""
        async for report in self._told.items():
            yield report

    async def settle(self, report: Reported | IncomingReport) -> None:
        """Let the webhook be answered."""
        self._told.settle(report)

    async def refuse(self, report: Reported | IncomingReport, error: HiloError) -> None:
        """Let the webhook be answered with 503: Twilio comes again, and if not, the call is looked at."""
        self._told.refuse(report, error)

    async def place(self, order: OutboundMessage) -> str:
        """The SID of the call to the agent, from which the customer is dialled once the agent has pressed a key."""
        if order.order is None or order.order.device is None:
            raise PermanentError("this agent has no phone in Hilo's settings: give them one (`phone`) to place calls")
        about = About(order.id, order.conversation).query
        form = [
            ("To", address_of(order.order.device)),
            ("From", self._settings.number),
            ("Url", self._addresses.of("/answer", about)),
            ("Method", "POST"),
            ("StatusCallback", self._addresses.of("/agent", about)),
            ("StatusCallbackMethod", "POST"),
            *(("StatusCallbackEvent", event) for event in EVENTS.split()),
            ("Timeout", seconds_of(self._settings.ring)),
        ]
        sid = (await self._client.post("/Calls.json", form)).get("sid")
        if not isinstance(sid, str) or not sid:
            raise UnknownOutcome("Twilio took the call, and did not say which it is")
        return sid

    async def find(self, order: OutboundMessage) -> str | None:
        """The SID of the call that was begun for `order`, by Twilio's list and what it has called us for."""
        return await self._looking.find(order)

    async def look(self, order: OutboundMessage, call: str) -> Reported | None:
        """How far the call has come, by Twilio's word."""
        became = await self._looking.became(call, order.id)
        if became and became.machine:
            self._outgoing.let_go(became.machine)
        return self._report(About(order.id, order.conversation), call, became) if became else None

    def _report(self, about: About, call: str, became: Became) -> Reported:
        report = CallReport(
            about.order, became.status, self._tools.clock.now(), call, seconds=became.seconds, reason=became.reason
        )
        return Reported(f"{call} looked {became.status}", report, about.conversation)
