"""The verb Dial: rings one or more, joins the first who answers with the caller, and says what became of it.

https://www.twilio.com/docs/voice/twiml/dial, …/number and …/sip.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from sandbox.phone.lines import number_of
from sandbox.phone.twilio.calls import Calls
from sandbox.phone.twilio.parameters import parameters, recorded, rfc2822
from sandbox.phone.twilio.records import Call, Detection, Hook, Status, new_sid
from sandbox.phone.twilio.twiml import Document, Verb
from sandbox.phone.twilio.waiting import first_of, reached
from sandbox.phone.twilio.wishes import hook_of, is_number

_Whisper = Callable[[Call, Hook], Coroutine[Any, Any, None]]
_TIMEOUT = 30
_MOST = 10


class Dialler:
    """Runs it. `whisper` plays TwiML to the one who was rung before the two are joined."""

    def __init__(self, calls: Calls, whisper: _Whisper) -> None:
        self._calls = calls
        self._whisper = whisper

    async def run(self, call: Call, verb: Verb, document: Document) -> dict[str, str]:
        """What became of it: DialCallStatus, DialCallSid and, if they talked, DialCallDuration and the recording."""
        if verb.given("answerOnBridge") != "true":
            self._calls.take(call)
        nouns = self._nouns(call, verb)
        if not nouns:
            return {"DialCallStatus": Status.FAILED, "DialBridged": "false"}
        children = [self._ring(call, verb, noun, document) for noun in nouns]
        is_bridged, winner = False, None
        try:
            winner = await self._first_to_answer(call, children)
            if winner is not None:
                is_bridged = await self._joined(call, winner, nouns[children.index(winner)], document)
        finally:
            # Also where the script was replaced by another: whoever rings or talks within this Dial is let go.
            for child in children:
                self._calls.exchange.hang_up(child.line)
        shown = winner or children[-1]
        await self._told(shown)
        return self._outcome(call, verb, shown, document, is_bridged=is_bridged)

    def _nouns(self, call: Call, verb: Verb) -> list[Verb]:
        """Whom to ring. None, with an alert, where one can't be rung or the caller id is not ours to show."""
        nouns = [noun for noun in verb.inner if noun.name in ("Number", "Sip")] or [Verb("Number", {}, verb.text)]
        wrong = [noun.text for noun in nouns if not is_number(_number(noun))]
        if wrong or len(nouns) > _MOST:
            self._calls.alert(call, 13224, f"Dial: invalid phone number {wrong}")
            return []
        shown = verb.given("callerId")
        ours = {number_of(call.sender), number_of(call.to), self._calls.own_number}
        if shown and number_of(shown) not in ours:
            self._calls.alert(call, 13214, f"Dial: invalid callerId {shown}")
            return []
        return nouns

    def _ring(self, call: Call, verb: Verb, noun: Verb, document: Document) -> Call:
        callback = noun.given("statusCallback")
        return self._calls.dial(
            sender=number_of(verb.given("callerId") or call.sender),
            to=_number(noun),
            timeout=int(verb.number("timeout", _TIMEOUT)),
            hook=hook_of(noun.attributes, document.address(callback)) if callback else None,
            parent=call,
        )

    async def _first_to_answer(self, call: Call, children: Sequence[Call]) -> Call | None:
        """The child that was answered first; None if none was, or the caller gave up."""
        waiting = list(children)
        while waiting:
            index = await first_of([call.line.over(), *(reached(child.line) for child in waiting)])
            if index == 0:
                return None
            child = waiting.pop(index - 1)
            if child.line.answered_at is not None:
                for other in waiting:
                    self._calls.end(other)
                return child
        return None

    async def _joined(self, call: Call, child: Call, noun: Verb, document: Document) -> bool:
        """Whether the two were joined; returns when they are no longer."""
        if detection := _detection(noun, document):
            self._calls.detected(child, detection)
        if noun.given("url"):
            hook = Hook(document.address(noun.given("url")), noun.given("method", "POST").upper())
            await first_of([self._whisper(child, hook), child.line.over(), call.line.over()])
        self._calls.take(call)
        if child.line.is_over or call.line.is_over:
            return False
        self._calls.exchange.bridge(call.line, child.line)
        await first_of([call.line.over(), child.line.over()])
        return True

    async def _told(self, child: Call) -> None:
        """The child's own end has been noted, which what follows speaks of."""
        await child.done.wait()

    def _outcome(self, call: Call, verb: Verb, child: Call, document: Document, *, is_bridged: bool) -> dict[str, str]:
        told: dict[str, str] = {
            "DialCallStatus": child.status,
            "DialCallSid": child.sid,
            "DialBridged": str(is_bridged).lower(),
        }
        if child.status is Status.COMPLETED:
            told["DialCallDuration"] = str(child.seconds or 0)
        if is_bridged and verb.given("record", "do-not-record") not in ("do-not-record", "false"):
            told |= self._recording(call, verb, child, document)
        return told

    def _recording(self, call: Call, verb: Verb, child: Call, document: Document) -> dict[str, str]:
        """Where the recording is; it is told once more to `recordingStatusCallback`. There is no sound behind it."""
        calls = self._calls
        call.recording, call.recorded_seconds = new_sid("RE"), child.seconds
        where = recorded(call, calls.account, calls.base_url)
        if callback := verb.given("recordingStatusCallback"):
            hook = Hook(document.address(callback), verb.given("recordingStatusCallbackMethod", "POST").upper())
            about = parameters(call, calls.account)
            fields = {name: about[name] for name in ("AccountSid", "CallSid")} | where
            fields |= {"RecordingStatus": "completed", "RecordingChannels": "1", "RecordingSource": "DialVerb"}
            calls.tell(call, hook, fields | {"RecordingStartTime": rfc2822(child.line.answered_at or call.created_at)})
        return where


def _number(noun: Verb) -> str:
    return noun.text if noun.name == "Sip" else number_of(noun.text)


def _detection(noun: Verb, document: Document) -> Detection | None:
    wanted = noun.given("machineDetection").lower()
    if wanted not in ("enable", "detectmessageend"):
        return None
    callback = noun.given("amdStatusCallback")
    hook = Hook(document.address(callback), noun.given("amdStatusCallbackMethod", "POST")) if callback else None
    return Detection(wanted != "enable", is_asynchronous=True, hook=hook)
