"""Who rings the company's number at Twilio: sent to the agent who knows them, and what became of that."""

from collections.abc import Mapping
from datetime import timedelta

from channels.phone.numbers import number_of, withheld
from channels.phone.provider import Answer, Desk, IncomingReport, Reported
from channels.phone.provider import Incoming as Ringing
from channels.phone.settings import TwilioSettings
from channels.phone.told import Told as Waiting
from channels.phone.tools import Tools
from channels.phone.twilio.addresses import Addresses
from channels.phone.twilio.door import Door, Told
from channels.phone.twilio.statuses import OVER, UNANSWERED, duration, instant
from channels.phone.twilio.twiml import Words, connect, dialling, hangup, language_of
from router.model.call import CallReport, CallStatus
from router.model.errors import TemporaryError
from router.model.ids import AgentId, MessageId
from router.model.message import Handle


class Incoming:
    """Answers for calls to one number; `desk` knows who takes them."""

    def __init__(
        self,
        settings: TwilioSettings,
        addresses: Addresses,
        words: Words,
        tools: Tools,
        told: "Waiting[Reported | IncomingReport]",
    ) -> None:
        self._settings = settings
        self._addresses = addresses
        self._words = words
        self._tools = tools
        self._told = told
        self.desk: Desk | None = None

    def open(self, door: Door) -> None:
        """Answer at `door`."""
        door.add("/incoming", self._rings)
        door.add("/incoming/whisper", self._whispers)
        door.add("/incoming/accept", self._accepts)
        door.add("/incoming/agent", self._of_agent)
        door.add("/incoming/dialled", self._dialled)
        door.add("/incoming/over", self._over)

    async def _rings(self, told: Told) -> str | None:
        """Somebody rings us: the agent's phone rings, or they hear that nobody can take it."""
        if self.desk is None:
            raise TemporaryError("the channel is not open yet")
        now = self._tools.clock.now()
        caller = number_of(told.form.get("From", ""))
        answer = await self.desk.incoming(Ringing(told.call, caller, told.form.get("To", ""), now))
        if answer.device is None:
            await self._safe(told, CallStatus.NO_ANSWER, "nobody")
            return self._words.nobody(language_of(answer.language))
        return dialling(answer.device, self._dial(answer), self._leg(answer))

    def _dial(self, answer: Answer) -> Mapping[str, str]:
        action = self._addresses.of("/incoming/dialled", {"l": language_of(answer.language)})
        return {"timeout": _seconds(self._settings.ring), "action": action, "method": "POST"}

    def _leg(self, answer: Answer) -> Mapping[str, str]:
        who = {"a": answer.agent, "l": language_of(answer.language)}
        return {
            "url": self._addresses.of("/incoming/whisper", who),
            "method": "POST",
            "statusCallback": self._addresses.of("/incoming/agent", {}),
            "statusCallbackMethod": "POST",
            "statusCallbackEvent": "completed",
        }

    async def _whispers(self, told: Told) -> str | None:
        """The agent's phone was answered: by them, if they press a key."""
        accept = self._addresses.of("/incoming/accept", told.query)
        return self._words.whisper("", language_of(told.query.get("l", "")), accept)

    async def _accepts(self, told: Told) -> str | None:
        """The agent pressed a key, and is connected with the caller."""
        if not told.form.get("Digits"):
            return hangup()
        call = await self._tools.calls.of(MessageId(told.parent))
        if call:
            await self._tools.calls.accepted(call, self._tools.clock.now())
        agent = AgentId(told.query.get("a", ""))
        # Addresses are written down by Twilio and by proxies: nobody's name is in them.
        name = call.agent_name if call and call.agent == agent else ""
        await self._safe(told, CallStatus.TALKING, "taken", agent=agent or None, name=name)
        return connect()

    async def _of_agent(self, told: Told) -> str | None:
        """The agent's side is over: nobody took the call, where it was never answered."""
        if told.form.get("CallStatus") in UNANSWERED:
            await self._safe(told, CallStatus.NO_ANSWER, "missed")
        return None

    async def _dialled(self, told: Told) -> str | None:
        """The caller and the agent are apart again, or never were connected: then the caller hears so."""
        is_connected = told.form.get("DialBridged", "true").lower() != "false"
        if is_connected and told.form.get("DialCallStatus") in ("completed", "answered"):
            await self._safe(told, CallStatus.ENDED, "ended", seconds=duration(told.form))
            return hangup()
        await self._safe(told, CallStatus.NO_ANSWER, "missed")
        return self._words.nobody(language_of(told.query.get("l", "")))

    async def _over(self, told: Told) -> str | None:
        """The caller has hung up, as the number's own status callback tells, where that is set at Twilio."""
        if told.form.get("CallStatus") in OVER:
            call = await self._tools.calls.of(MessageId(told.parent))
            is_talked = call is not None and call.accepted_at is not None
            # Of a call that is not under way any more the end is known.
            if call and is_talked:
                await self._safe(told, CallStatus.ENDED, "ended", seconds=duration(told.form))
            elif call:
                await self._safe(told, CallStatus.NO_ANSWER, "missed")
        return None

    async def _safe(
        self,
        told: Told,
        status: CallStatus,
        key: str,
        *,
        agent: AgentId | None = None,
        name: str = "",
        seconds: int | None = None,
    ) -> None:
        """Return once it is held that the caller's call has come so far."""
        report = CallReport(
            MessageId(told.parent),
            status,
            instant(told.form, self._tools.clock.now()),
            reference=told.parent,
            seconds=seconds,
            agent=agent,
            agent_name=name[:100],
        )
        await self._told.safe(IncomingReport(f"{told.parent} {key}", report, await self._caller(told)))

    async def _caller(self, told: Told) -> Handle:
        call = await self._tools.calls.of(MessageId(told.parent))
        return (call and call.caller) or number_of(told.form.get("From", "")) or withheld(told.parent)


def _seconds(length: timedelta) -> str:
    return str(int(length.total_seconds()))
