"""What is done at Asterisk, step by step: each is written down first, and may be done again after a crash."""

from datetime import timedelta
from urllib.parse import quote

import structlog
from msgspec.structs import replace
from redis.exceptions import RedisError

from channels.phone.asterisk.book import Book, Entry
from channels.phone.asterisk.client import Client, Refused
from channels.phone.asterisk.endpoints import endpoint_of
from channels.phone.asterisk.line import Line, Stage
from channels.phone.asterisk.settings import AsteriskSettings
from channels.phone.asterisk.steps import Do, Readiness, Step
from channels.phone.asterisk.telling import Teller
from channels.phone.provider import Desk, Incoming
from channels.phone.tools import Tools
from router.model.call import PHONE, CallStatus
from router.model.errors import PermanentError, TemporaryError
from router.model.ids import MessageId
from router.model.message import Handle

log = structlog.get_logger()

# Longer than it takes to hear what is to be pressed, shorter than a voicemail records.
KEY_WITHIN = timedelta(seconds=20)
MACHINE = "MACHINE"
ANSWERED_BY = "AMDSTATUS"
CALL_VARIABLE = "HILO_CALL"


class Doing:
    """Does the steps of lines; whoever calls it holds the line's lock."""

    def __init__(self, settings: AsteriskSettings, client: Client, book: Book, teller: Teller, tools: Tools) -> None:
        self._settings = settings
        self._client = client
        self._book = book
        self._teller = teller
        self._clock = tools.clock
        self._placed = tools.placed
        self._wanted = tools.wanted
        self.desk: Desk | None = None

    def readiness(self, entry: Entry) -> Readiness:
        """Whether the agent who has answered may be joined with the customer."""
        line = entry.line
        needs_key = line.device is not None and line.device.kind == PHONE and not entry.has_key
        if line.stage is Stage.AGENT:
            return Readiness.NEEDS if needs_key or self._briefing(entry) else Readiness.READY
        if needs_key:
            is_late = line.since is not None and self._clock.now() > line.since + KEY_WITHIN
            if is_late:
                return Readiness.SILENT
            return Readiness.NEEDS if entry.is_silent else Readiness.HEARS
        return Readiness.READY if entry.has_key or entry.is_briefed else Readiness.HEARS

    async def do(self, entry: Entry, step: Step) -> None:
        """Do `step`. Raises TemporaryError, UnknownOutcome or redis' errors: then the line has to be looked at."""
        match step.do:
            case Do.ASK:
                await self._ask(entry)
            case Do.BRIEF:
                await self._brief(entry)
            case Do.RING_CUSTOMER:
                await self._ring_customer(entry)
            case Do.CONNECT:
                await self._connect(entry)
            case Do.END:
                await self.end(entry, step.status or CallStatus.FAILED, step.reason)

    async def ring_agent(self, entry: Entry) -> None:
        """Have the agent's phone ring. Raises as the client does."""
        line = entry.line
        assert line.device
        caller = entry.whom.number if entry.whom else None
        shown = self._settings.caller_id if line.is_out else caller.address if caller else ""
        await self._originate(line, line.agent_leg, line.device, shown, self._settings.agent_rings.total_seconds())

    async def begun(self, entry: Entry) -> None:
        """Asterisk has begun it: that is kept for as long as anybody may ask. Raises redis' errors."""
        line = replace(entry.line, is_placed=True)
        if line.is_out:
            await self._placed.keep(MessageId(line.id), [line.agent_leg])
        await self._book.keep(line)

    async def end(self, entry: Entry, status: CallStatus, reason: str = "") -> None:
        """The call is over: that is written down, told, and all that is left of it at Asterisk ended."""
        line, now = entry.line, self._clock.now()
        seconds = round((now - line.answered_at).total_seconds()) if line.answered_at else None
        report = self._teller.report(line, status, now, seconds, reason)
        entry = await self._book.keep(replace(line, stage=Stage.OVER, end=report))
        log.info("call_over", call=line.id, status=status, reason=reason)
        self._teller.tell_end(entry)
        await self.clean(entry)

    async def clean(self, entry: Entry) -> None:
        """Let nobody be rung, and nobody wait, for a call that is over. Raises as the client does."""
        line = entry.line
        reason = "no_answer" if line.end and line.end.status is CallStatus.NO_ANSWER else "normal"
        if not entry.agent.is_gone:
            await self._client.hang_up(line.agent_leg)
        if not entry.customer.is_gone:
            await self._client.hang_up(line.customer_leg, reason)
        await self._client.end_bridge(line.bridge)
        entry.is_clean = True
        if entry.is_safe:
            await self._book.drop(line.id)

    async def _ask(self, entry: Entry) -> None:
        """Ask Hilo whom the caller goes to, and ring that agent; the caller hears ringing meanwhile."""
        line = entry.line
        assert self.desk
        await self._client.do(line.id, "ring")
        try:
            answer = await self.desk.incoming(Incoming(line.id, self._number(entry), line.called, line.began_at))
        except (TemporaryError, RedisError, OSError) as error:
            log.warning("caller_sent_on", call=line.id, error=str(error), hint="the dialplan goes on without Hilo")
            await self._client.do(line.id, "continue")
            await self._book.drop(line.id)
            return
        known = replace(line, device=answer.device, agent=answer.agent, agent_name=answer.agent_name)
        if answer.device is None:
            await self.end(await self._book.keep(known), CallStatus.NO_ANSWER, "nobody was there")
            return
        # Before the phone rings: whoever comes after us finds that it does.
        entry = await self._book.keep(replace(known, stage=Stage.AGENT, is_placed=True))
        try:
            await self.ring_agent(entry)
        except PermanentError as error:
            await self.end(entry, CallStatus.NO_ANSWER, str(error))
        except TemporaryError:
            await self._book.keep(line)
            raise
        else:
            self._teller.tell(entry, CallStatus.RINGING)

    async def _brief(self, entry: Entry) -> None:
        """Let the agent hear the briefing and, at a telephone number, that a key is to be pressed: until it is."""
        line = entry.line
        media = [self._briefing(entry)]
        if line.device is not None and line.device.kind == PHONE:
            media.append(self._settings.confirm)
        entry = await self._book.keep(replace(line, stage=Stage.BRIEFING, since=line.since or self._clock.now()))
        entry.is_silent = False
        if line.is_out:
            self._teller.tell(entry, CallStatus.AGENT_ANSWERED)
        query = {"media": ",".join(filter(None, media)), "playbackId": line.playback}
        try:
            await self._client.do(line.agent_leg, "play", **query)
        except Refused as error:
            # They have just gone; how they stand is seen by looking.
            raise TemporaryError(str(error)) from error

    def _briefing(self, entry: Entry) -> str:
        """The media URI of what the agent is to hear of the customer; empty where there is nothing, or no more."""
        line, whom, template = entry.line, entry.whom, self._settings.briefing
        if not template or not line.is_out or whom is None or not whom.text or entry.is_briefed:
            return ""
        language = quote(whom.language, safe="")
        return template.replace("{language}", language).replace("{text}", quote(whom.text, safe=""))

    async def _ring_customer(self, entry: Entry) -> None:
        """Ring the customer: written down first, so that no crash makes it happen twice."""
        line, number = entry.line, self._number(entry)
        self._teller.tell(entry, CallStatus.AGENT_ANSWERED)
        if number is None:
            await self.end(entry, CallStatus.FAILED, "nothing is known of the customer any more")
            return
        if entry.whom and not await self._wanted.may_go_on(MessageId(line.id), entry.whom.conversation):
            # It was in doubt, and another call was ordered in its place: whoever that one rings is rung once.
            await self.end(entry, CallStatus.FAILED, "another call is made instead")
            return
        await self._hush(line)
        entry = await self._book.keep(replace(line, stage=Stage.CUSTOMER))
        seconds = self._settings.customer_rings.total_seconds()
        try:
            await self._originate(line, line.customer_leg, number, self._settings.caller_id, seconds)
        except TemporaryError:
            # Surely nobody was rung: it is as before.
            await self._book.keep(replace(line, stage=Stage.AGENT))
            raise
        except PermanentError as error:
            await self.end(entry, CallStatus.FAILED, str(error))
            return
        self._teller.tell(entry, CallStatus.RINGING)
        await self._ring_back(line)

    async def _hush(self, line: Line) -> None:
        if line.stage is Stage.BRIEFING:
            await self._client.hush(line.playback)

    async def _ring_back(self, line: Line) -> None:
        """Let the agent hear that it rings."""
        try:
            await self._client.do(line.agent_leg, "ring")
        except Refused as error:
            log.info("no_ringing_for_agent", call=line.id, error=str(error))

    async def _connect(self, entry: Entry) -> None:
        line = entry.line
        if line.is_out and not await self._is_person(entry):
            return
        try:
            if not line.is_out:
                await self._hush(line)
                await self._client.do(line.customer_leg, "answer")
            else:
                await self._client.silence_ringing(line.agent_leg)
            await self.join(line)
        except Refused as error:
            # One has just gone, or is not ours yet; how it stands is seen by looking.
            raise TemporaryError(str(error)) from error
        entry = await self._book.keep(replace(line, stage=Stage.TALKING, answered_at=self._clock.now()))
        self._teller.tell(entry, CallStatus.TALKING, entry.line.answered_at)
        if self._settings.recordings:
            await self._record(line)

    async def join(self, line: Line) -> None:
        """Let both talk. Raises as the client does."""
        await self._client.join(line.bridge, line.agent_leg, line.customer_leg)

    async def _record(self, line: Line) -> None:
        try:
            await self._client.record(line.bridge)
        except Refused as error:
            log.warning("call_not_recorded", call=line.id, error=str(error))

    async def _is_person(self, entry: Entry) -> bool:
        """Whether the customer may be connected now: nobody knows of a machine that answered."""
        line, screen = entry.line, self._settings.screen
        answered_by = await self._client.variable(line.customer_leg, ANSWERED_BY)
        if answered_by == MACHINE:
            await self.end(entry, CallStatus.VOICEMAIL, "a machine answered")
            return False
        if not screen or answered_by or line.is_screened:
            return True
        entry = await self._book.keep(replace(line, is_screened=True))
        # It leaves our hands, and comes back as a new arrival.
        entry.customer = entry.customer.left()
        try:
            await self._client.do(line.customer_leg, "continue", context=screen, extension="s", priority="1")
        except Refused as error:
            raise TemporaryError(str(error)) from error
        return False

    async def _originate(self, line: Line, name: str, to: Handle, shown: str, seconds: float) -> None:
        endpoint = endpoint_of(to, self._settings)
        query = {"appArgs": f"{name.rpartition('.')[2]},{line.id}", "timeout": str(round(seconds))}
        if shown:
            query["callerId"] = shown
        await self._client.originate(name, endpoint, {CALL_VARIABLE: line.id}, **query)

    def _number(self, entry: Entry) -> Handle | None:
        return entry.whom.number if entry.whom else None
