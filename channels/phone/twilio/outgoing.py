"""What Twilio says of a call that we ordered, and what it is answered: whom to ring, and whom to let go."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta

import structlog

from channels.phone.provider import IncomingReport, Reported
from channels.phone.settings import TwilioSettings
from channels.phone.told import Told as Waiting
from channels.phone.tools import Tools
from channels.phone.twilio.addresses import About, Addresses
from channels.phone.twilio.client import TwilioClient
from channels.phone.twilio.door import Door, Told
from channels.phone.twilio.looking import Looking
from channels.phone.twilio.statuses import Became, instant, is_machine, of_agent, of_customer
from channels.phone.twilio.twiml import Words, dialling, hangup, language_of
from router.model.call import CallReport, CallStatus
from router.model.errors import HiloError, PermanentError, TemporaryError
from router.model.message import OutboundMessage

log = structlog.get_logger()

# Twilio waits for our answer, and not for long.
LOOK_SECONDS = 5.0
EVENTS = "initiated ringing answered completed"
# What was told of a machine is remembered so long as the end of the same call may be on its way.
REMEMBERED = 1000


class Outgoing:
    """Answers for the calls that we ordered."""

    def __init__(
        self,
        settings: TwilioSettings,
        addresses: Addresses,
        words: Words,
        client: TwilioClient,
        looking: Looking,
        tools: Tools,
        told: "Waiting[Reported | IncomingReport]",
    ) -> None:
        self._settings = settings
        self._addresses = addresses
        self._words = words
        self._client = client
        self._looking = looking
        self._tools = tools
        self._told = told
        self._machines: dict[str, bool] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def open(self, door: Door) -> None:
        """Answer at `door`."""
        door.add("/answer", self._whispers)
        door.add("/accept", self._dials)
        door.add("/agent", self._of_agent)
        door.add("/customer", self._of_customer)
        door.add("/machine", self._of_machine)
        door.add("/dialled", self._dialled)
        door.add("/recording", self._recorded)

    async def stop(self) -> None:
        """Give up what is under way."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def let_go(self, call: str) -> None:
        """Hang up on the customer's side, by and by."""
        task = asyncio.create_task(self._hang_up(call))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _whispers(self, told: Told) -> str | None:
        """The agent's phone was answered: by them, if they press a key."""
        about, order = told.about, await self._order(told)
        if order is None or about is None:
            return hangup()
        accept = self._addresses.of("/accept", about.query)
        return self._words.whisper(order.text, language_of(order.language), accept)

    async def _dials(self, told: Told) -> str | None:
        """The agent pressed a key: the customer is rung."""
        about = told.about
        call = await self._tools.calls.of(about.order) if about else None
        order = call.order if call else None
        if call is None or order is None or about is None or not told.form.get("Digits"):
            return hangup()
        if not await self._tools.wanted.may_go_on(order.id, order.conversation):
            # It was in doubt, and another call was ordered in its place: whoever that one rings is rung once.
            log.info("call_not_wanted", call=order.id)
            return hangup()
        await self._tools.calls.accepted(call, self._tools.clock.now())
        return dialling(order.recipient, self._dial(about), self._leg(about))

    def _dial(self, about: About) -> Mapping[str, str]:
        dial = {
            "callerId": self._settings.number,
            "timeout": seconds_of(self._settings.ring),
            "action": self._addresses.of("/dialled", about.query),
            "method": "POST",
        }
        if self._settings.record:
            recording = self._addresses.of("/recording", about.query)
            dial |= {"record": "record-from-answer-dual", "recordingStatusCallback": recording}
        return dial

    def _leg(self, about: About) -> Mapping[str, str]:
        leg = {
            "statusCallback": self._addresses.of("/customer", about.query),
            "statusCallbackMethod": "POST",
            "statusCallbackEvent": EVENTS,
        }
        if self._settings.machine_detection:
            machine = self._addresses.of("/machine", about.query)
            leg |= {"machineDetection": "Enable", "amdStatusCallback": machine, "amdStatusCallbackMethod": "POST"}
        return leg

    async def _of_agent(self, told: Told) -> str | None:
        """How far the call to the agent has come."""
        status = told.form.get("CallStatus", "")
        if status == "completed":
            # Whether the customer was rung is told by the call to them. Where there was none, nobody else tells.
            became = await self._end_of(told)
        else:
            became = of_agent(status)
        if about := told.about:
            # Even where nothing follows from it, it tells which call is the order's.
            await self._tools.placed.keep(about.order, (told.call,))
        if became:
            await self._safe(told, became)
        return None

    async def _end_of(self, told: Told) -> Became | None:
        """What became of a call whose agent's side is over; None if Twilio can't be asked: it is looked at later."""
        about = told.about
        if about is None:
            return None
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                return await self._looking.became(told.call, about.order)
        except (TemporaryError, TimeoutError) as error:
            log.info("call_looked_at_later", call=told.call, error=str(error) or "it took too long")
            return None

    async def _of_customer(self, told: Told) -> str | None:
        """How far the call to the customer has come."""
        became = of_customer(told.form.get("CallStatus", ""), told.form)
        if became:
            await self._safe(told, await self._heard(told.call, became, told.form.get("AnsweredBy", "")))
        return None

    async def _dialled(self, told: Told) -> str | None:
        """The call to the customer is over; who is still on the line is let go."""
        status = told.form.get("DialCallStatus", "")
        became = of_customer("completed" if status == "answered" else status, {**told.form, "SipResponseCode": ""})
        if became and became.status not in (CallStatus.FAILED, CallStatus.RINGING, CallStatus.TALKING):
            child = told.form.get("DialCallSid", "")
            heard = await self._heard(child, became, "")
            await self._safe(told, heard, key=f"{child or told.call} {status}")
        # Why a call failed is known by the customer's side only, which tells it by itself.
        return hangup()

    async def _of_machine(self, told: Told) -> str | None:
        """Who took the customer's call: a machine is hung up on, once that is safe."""
        answered_by = told.form.get("AnsweredBy", "")
        self._remember(told.call, is_machine(answered_by))
        if is_machine(answered_by):
            await self._safe(told, Became(CallStatus.VOICEMAIL, answered_by if answered_by == "fax" else ""))
            self.let_go(told.call)
        return None

    async def _recorded(self, told: Told) -> str | None:
        """Where the recording is: the link is kept, never the sound."""
        url, about = told.form.get("RecordingUrl", ""), told.about
        if about and url.startswith(("https://", f"{self._settings.base_url}/")):
            at = instant(told.form, self._tools.clock.now())
            report = CallReport(about.order, CallStatus.ENDED, at, reference=told.call, recording=url[:500])
            await self._told.safe(Reported(f"{told.call} recording", report, about.conversation))
        return None

    async def _hang_up(self, call: str) -> None:
        """Hang up on the customer's side; where that fails the agent does."""
        try:
            await self._client.post(f"/Calls/{call}.json", [("Status", "completed")])
        except HiloError as error:
            log.warning("machine_not_hung_up_on", call=call, error=str(error), hint="the agent hangs up")

    async def _heard(self, call: str, became: Became, answered_by: str) -> Became:
        """`became`, unless it was a machine that took the call: Twilio's word of that may have been lost."""
        if became.status is not CallStatus.ENDED or not self._settings.machine_detection or not call:
            return became
        if call not in self._machines:
            try:
                answered_by = answered_by or await self._looking.answered_by(call)
            except HiloError as error:
                log.warning("machine_unknown", call=call, error=str(error), hint="taken for a person")
            self._remember(call, is_machine(answered_by))
        return Became(CallStatus.VOICEMAIL) if self._machines[call] else became

    def _remember(self, call: str, is_one: bool) -> None:
        self._machines[call] = is_one or self._machines.get(call, False)
        while len(self._machines) > REMEMBERED:
            del self._machines[next(iter(self._machines))]

    async def _safe(self, told: Told, became: Became, key: str = "") -> None:
        """Return once it is held that the call has come so far. Raises PermanentError for what names no order."""
        about = told.about
        if about is None:
            raise PermanentError("the address that was called names no order of ours")
        at = instant(told.form, self._tools.clock.now())
        report = CallReport(about.order, became.status, at, told.parent, seconds=became.seconds, reason=became.reason)
        status = told.form.get("CallStatus", "")
        # It has no instant in its signature: the same word about the same call is the same, however often it comes.
        key = key or f"{told.call} {status if became.status is not CallStatus.VOICEMAIL else 'machine'}"
        if parent := told.form.get("ParentCallSid", ""):
            await self._tools.placed.keep(about.order, (parent,))
        await self._told.safe(Reported(key, report, about.conversation))

    async def _order(self, told: Told) -> OutboundMessage | None:
        """The order that it is about, if its call is still under way. Raises redis' errors."""
        about = told.about
        call = await self._tools.calls.of(about.order) if about else None
        return call.order if call else None


def seconds_of(length: timedelta) -> str:
    """`length` as Twilio takes it."""
    return str(int(length.total_seconds()))
