"""What may stand in the body of a request about calls and promises: each kind, and the command that it becomes."""

from datetime import datetime
from typing import Annotated

import msgspec

from desk.body import Body, CommandBody, Instant, ShortText, ahead
from desk.problems import Problem
from router.model.call import PHONE, CallStatus, Disposition
from router.model.event import (
    CallbackDropped,
    CallbackSet,
    CallDeclined,
    CallerChecked,
    CallLogged,
    CallTaken,
    CallWrapped,
    Command,
    PromiseMade,
    PromiseMoved,
    PromiseSettled,
)
from router.model.ids import CallbackId, MessageId, PromiseId
from router.model.message import Handle
from router.model.promise import PromiseKind, PromiseState
from router.model.team import Agent

# What an agent may say of a call that they dialled by hand, or of one in doubt.
LOGGED = (
    CallStatus.RINGING,
    CallStatus.TALKING,
    CallStatus.ENDED,
    CallStatus.DROPPED,
    CallStatus.BUSY,
    CallStatus.NO_ANSWER,
    CallStatus.VOICEMAIL,
    CallStatus.WRONG_NUMBER,
    CallStatus.FAILED,
)
Seconds = Annotated[int, msgspec.Meta(ge=0, le=24 * 3600)]


class SetCallback(Body, frozen=True):
    """We call the customer, or when and where we do instead; `number` as people write it."""

    number: ShortText = ""
    from_at: Instant | None = None
    until: Instant | None = None
    consent: ShortText = ""
    note: ShortText = ""
    is_mine: bool = False

    def command(self, agent: Agent, now: datetime) -> Command:
        """The callback, its number as it was written yet; its window is still to come."""
        until = ahead(self.until, now) if self.until else None
        from_at = self.from_at.astimezone(now.tzinfo) if self.from_at else None
        if from_at and until and from_at >= until:
            raise Problem("window_turned")
        number = Handle(PHONE, self.number) if self.number.strip() else None
        return CallbackSet(agent, number, from_at, until, self.consent, self.note, self.is_mine)


class DropCallback(Body, frozen=True):
    """The call is not owed any more."""

    reason: ShortText

    def command(self, agent: Agent, now: datetime) -> Command:
        """The dropping; it needs a reason."""
        if not self.reason.strip():
            raise Problem("callback_reason_needed")
        return CallbackDropped(agent, self.reason)


class TakeCall(Body, frozen=True):
    """The agent makes the call now."""

    callback: ShortText

    def command(self, agent: Agent, now: datetime) -> Command:
        """The taking."""
        return CallTaken(agent, CallbackId(self.callback))


class DeclineCall(Body, frozen=True):
    """The agent can't make the call that was offered to them."""

    callback: ShortText

    def command(self, agent: Agent, now: datetime) -> Command:
        """The declining."""
        return CallDeclined(agent, CallbackId(self.callback))


class LogCall(Body, frozen=True):
    """How far a call has come that the agent dialled by hand, or what became of one in doubt."""

    call: ShortText
    status: CallStatus
    seconds: Seconds | None = None
    reason: ShortText = ""

    def command(self, agent: Agent, now: datetime) -> Command:
        """The report."""
        if self.status not in LOGGED:
            raise Problem("malformed", detail=f"status is one of {', '.join(LOGGED)}")
        return CallLogged(agent, MessageId(self.call), self.status, self.seconds, self.reason)


class WrapUp(Body, frozen=True):
    """What came of a call."""

    call: ShortText
    disposition: Disposition
    note: str = ""

    def command(self, agent: Agent, now: datetime) -> Command:
        """The wrap-up."""
        return CallWrapped(agent, MessageId(self.call), self.disposition, self.note)


class CheckCaller(Body, frozen=True):
    """The caller is the customer: the agent has made sure."""

    call: ShortText

    def command(self, agent: Agent, now: datetime) -> Command:
        """The check."""
        return CallerChecked(agent, MessageId(self.call))


class MakePromise(Body, frozen=True):
    """The agent promised the customer something."""

    kind: PromiseKind
    due_at: Instant
    text: ShortText = ""
    from_at: Instant | None = None
    vague: bool = False

    def command(self, agent: Agent, now: datetime) -> Command:
        """The promise."""
        due_at = ahead(self.due_at, now)
        from_at = self.from_at.astimezone(now.tzinfo) if self.from_at else None
        if from_at and from_at >= due_at:
            raise Problem("window_turned")
        return PromiseMade(agent, self.kind, due_at, self.text, from_at, self.vague)


class SettlePromise(Body, frozen=True):
    """A promise was kept, was not, or is none."""

    promise: ShortText
    state: PromiseState
    note: ShortText = ""

    def command(self, agent: Agent, now: datetime) -> Command:
        """The settling."""
        if self.state is PromiseState.OPEN:
            raise Problem("malformed", detail="state is kept, broken or dropped")
        return PromiseSettled(agent, PromiseId(self.promise), self.state, self.note)


class MovePromise(Body, frozen=True):
    """Another time was agreed on for a promise."""

    promise: ShortText
    due_at: Instant
    from_at: Instant | None = None

    def command(self, agent: Agent, now: datetime) -> Command:
        """The move."""
        due_at = ahead(self.due_at, now)
        from_at = self.from_at.astimezone(now.tzinfo) if self.from_at else None
        if from_at and from_at >= due_at:
            raise Problem("window_turned")
        return PromiseMoved(agent, PromiseId(self.promise), due_at, from_at)


CALL_COMMANDS: dict[str, type[CommandBody]] = {
    "callback": SetCallback,
    "callback/drop": DropCallback,
    "call/take": TakeCall,
    "call/decline": DeclineCall,
    "call/log": LogCall,
    "call/wrap_up": WrapUp,
    "call/check": CheckCaller,
    "promises": MakePromise,
    "promises/settle": SettlePromise,
    "promises/move": MovePromise,
}
