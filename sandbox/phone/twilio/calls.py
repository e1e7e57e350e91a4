"""The calls of the account: made, driven by what becomes of their legs, told to whom asked, and kept."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Coroutine
from typing import Any

from sandbox.phone.clock import seconds
from sandbox.phone.exchange import Exchange
from sandbox.phone.leg import Direction, Ending, Leg, What
from sandbox.phone.twilio.hooks import Fetched, Hooks
from sandbox.phone.twilio.parameters import parameters, progress, rfc2822
from sandbox.phone.twilio.records import Call, Detection, Hook, Status, new_sid, status_after
from sandbox.phone.twilio.store import CallStore

_EVENTS = {
    Status.INITIATED: "initiated",
    Status.RINGING: "ringing",
    Status.IN_PROGRESS: "answered",
}
# So many of the requests for a call are kept, as Call Events shows them.
_MOST_EVENTS = 50


class Calls:
    """All of them. `sid` order is the order in which they began."""

    def __init__(self, exchange: Exchange, store: CallStore, hooks: Hooks, account: str, own_number: str) -> None:
        self.exchange = exchange
        self.account = account
        self.own_number = own_number
        self.hooks = hooks
        self.base_url = ""
        self.alerts: list[dict[str, object]] = []
        self._store = store
        self._calls: dict[str, Call] = {call.sid: call for call in store.calls()}
        self._tasks: set[asyncio.Task[None]] = set()

    async def close(self) -> None:
        """Leave the calls as they are."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def get(self, sid: str) -> Call | None:
        """The call of that identifier."""
        return self._calls.get(sid)

    def all(self) -> list[Call]:
        """The calls, the oldest first."""
        return list(self._calls.values())

    def delete(self, call: Call) -> None:
        """Forget a call that is over."""
        del self._calls[call.sid]
        self._store.delete(call.sid)

    def dial(
        self, sender: str, to: str, timeout: int, hook: Hook | None, parent: Call | None = None, recorded: bool = False
    ) -> Call:
        """A call that rings `to`; `parent` where a Dial makes it."""
        direction = "outbound-dial" if parent else "outbound-api"
        call = self._new(sender, to, direction, hook)
        call.parent = parent.sid if parent else None
        call.recording = new_sid("RE") if recorded else None
        call.leg = self.exchange.dial(sender, to, seconds(timeout))
        call.started_at = call.created_at
        self._tell(call, Status.INITIATED)
        self._keep(call)
        self.spawn(self._follow(call))
        return call

    def incoming(self, leg: Leg, hook: Hook | None) -> Call:
        """A call that came in, and rings."""
        call = self._new(leg.caller, leg.callee, "inbound", hook)
        call.leg, call.status, call.started_at = leg, Status.RINGING, call.created_at
        self._keep(call)
        self.spawn(self._follow(call))
        return call

    def take(self, call: Call) -> None:
        """Answer a call that came in; one that is answered stays so."""
        if call.line.direction is Direction.IN:
            self.exchange.answer(call.line)
            self._answered(call)

    def end(self, call: Call, *, cancels: bool = False) -> None:
        """Hang up, or stop ringing."""
        call.is_canceled = cancels and call.line.answered_at is None
        self.exchange.hang_up(call.line)

    def reject(self, call: Call, *, is_busy: bool) -> None:
        """Refuse a call that came in, before it was answered: to Twilio such a call is busy, or was not answered."""
        self.exchange.hang_up(call.line, Ending.BUSY if is_busy else Ending.BY_US)

    def detected(self, call: Call, detection: Detection) -> None:
        """Say who has answered, where machine detection was asked for."""
        end = "machine_end_beep" if detection.waits_for_end else "machine_start"
        call.answered_by = end if call.line.is_machine else "human"
        self._keep(call)
        if detection.hook:
            told = {"CallSid": call.sid, "AccountSid": self.account, "AnsweredBy": call.answered_by}
            self.tell(call, detection.hook, told | {"MachineDetectionDuration": "0"})

    async def ask(self, call: Call, hook: Hook, more: dict[str, str] | None = None) -> Fetched:
        """What `hook` answers when it is told of `call`."""
        fields = parameters(call, self.account) | (more or {})
        fetched = await self.hooks.fetch(hook.url, hook.method, fields)
        self._note(call, hook, fields, fetched.status)
        return fetched

    def tell(self, call: Call, hook: Hook, fields: dict[str, str]) -> None:
        """Tell `hook`, by and by."""
        self.hooks.tell(hook.url, hook.method, fields)
        self._note(call, hook, fields, None)

    def alert(self, call: Call, code: int, why: str) -> None:
        """Note what the customer of Twilio's did wrong, as its debugger does."""
        self.alerts.append({"error_code": code, "call": call.sid, "text": why})
        del self.alerts[:-_MOST_EVENTS]

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run `work` beside everything else, until the sandbox ends."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _follow(self, call: Call) -> None:
        """Bring the status after the leg, to its end."""
        async for event in call.line.events():
            if event.what is What.RINGING and call.status is Status.QUEUED:
                self._becomes(call, Status.RINGING)
            elif event.what in (What.ANSWERED, What.VOICEMAIL):
                self._answered(call)
        leg = call.line
        call.ended_at = leg.ended_at
        if leg.answered_at is not None:
            call.seconds = leg.talked_seconds
            call.recorded_seconds = call.seconds if call.recorded_seconds is None else call.recorded_seconds
        self._becomes(call, status_after(call))

    def _answered(self, call: Call) -> None:
        if call.status in (Status.QUEUED, Status.RINGING):
            self._becomes(call, Status.IN_PROGRESS)

    def _becomes(self, call: Call, status: Status) -> None:
        call.status = status
        self._tell(call, status)
        self._keep(call)
        if status.is_final:
            call.done.set()

    def _tell(self, call: Call, status: Status) -> None:
        """Tell the status callback, if it wants to hear of it; the numbers count what is told."""
        if call.hook and _EVENTS.get(status, "completed") in call.hook.events:
            fields = progress(call, self.account, status, self.exchange.clock.now(), self.base_url)
            call.sequence += 1
            self.tell(call, call.hook, fields)

    def _new(self, sender: str, to: str, direction: str, hook: Hook | None) -> Call:
        return Call(new_sid("CA"), sender, to, direction, self.exchange.clock.now(), hook=hook)

    def _keep(self, call: Call) -> None:
        call.updated_at = self.exchange.clock.now()
        self._calls[call.sid] = call
        self._store.put(call)

    def _note(self, call: Call, hook: Hook, fields: dict[str, str], status: int | None) -> None:
        told = {_snake(name): value for name, value in fields.items()}
        request = {"method": hook.method, "url": hook.url, "parameters": told}
        response = {"response_code": status, "date_created": rfc2822(self.exchange.clock.now())}
        call.events.append({"request": request, "response": response})
        del call.events[:-_MOST_EVENTS]


def _snake(name: str) -> str:
    """`CallSid` as `call_sid`, as Call Events writes names."""
    return re.sub("(?<!^)(?=[A-Z])", "_", name).lower()
