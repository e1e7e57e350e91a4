"""Calls: what a provider is told to do, how far a call has come, and what became of it."""

from datetime import datetime
from enum import StrEnum

from router.model.ids import AgentId, CallbackId, MessageId
from router.model.message import Handle
from router.model.value import Value

# The kind of the handle of a telephone number, in E.164 (ITU-T E.164: `+` and at most 15 digits).
PHONE = "phone"
TRIES_KEPT = 10


class CallStatus(StrEnum):
    """How far a call has come, in its order, or how it ended.

    `AGENT_RINGING` and `AGENT_ANSWERED` are of our own side, before the customer is rung. `TALKING`: both are on the
    line. What comes after that is an end: `ENDED` (they hung up), `DROPPED` (the line fell), and the ends of a call in
    which nobody talked. `AGENT_AWAY`: the agent's own phone was not answered, and the customer was not rung.
    `IN_DOUBT`: it can't be known whether the customer was rung. A person chooses.
    """

    ORDERED = "ordered"
    AGENT_RINGING = "agent_ringing"
    AGENT_ANSWERED = "agent_answered"
    RINGING = "ringing"
    TALKING = "talking"
    ENDED = "ended"
    DROPPED = "dropped"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    VOICEMAIL = "voicemail"
    WRONG_NUMBER = "wrong_number"
    FAILED = "failed"
    AGENT_AWAY = "agent_away"
    IN_DOUBT = "in_doubt"

    @property
    def is_over(self) -> bool:
        """Whether nobody is on the line, nor rung, any more."""
        return self not in UNDER_WAY

    @property
    def rank(self) -> int:
        """What comes later in a call has more: reports come in any order, and none takes a call back."""
        return UNDER_WAY.index(self) if self in UNDER_WAY else len(UNDER_WAY)


UNDER_WAY = (
    CallStatus.ORDERED,
    CallStatus.AGENT_RINGING,
    CallStatus.AGENT_ANSWERED,
    CallStatus.RINGING,
    CallStatus.TALKING,
)
# The customer was rung, and nobody talked with them: the policy says when it is tried again.
UNANSWERED = (CallStatus.BUSY, CallStatus.NO_ANSWER, CallStatus.VOICEMAIL, CallStatus.FAILED)


class CallDirection(StrEnum):
    """Who rang whom: we the customer (`OUT`), or they us."""

    OUT = "out"
    IN = "in"


class Call(Value, frozen=True):
    """The conversation's call that is under way, or the latest one.

    `id` is that of the message that ordered it, of an incoming one the key of its message. `reference` is the
    provider's own id. `seconds` is how long they talked, `recording` a link, never the sound. A call that is over is
    the agent's until it is `wrapped_at`. `checked_at` is when the agent confirmed who an incoming caller is: a number
    proves nothing. Who rings back before `grace_until` lands with the same agent. Nobody has said anything of it by
    `watched_until`: then it is in doubt. `beside` is the call by which the customer rang us while this one of ours was
    under way, as long as it is not known what became of that.
    """

    id: MessageId
    direction: CallDirection
    status: CallStatus
    at: datetime
    number: Handle
    callback: CallbackId | None = None
    agent: AgentId | None = None
    agent_name: str = ""
    device: Handle | None = None
    reference: str = ""
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    seconds: int | None = None
    reason: str = ""
    recording: str = ""
    disposition: str = ""
    wrapped_at: datetime | None = None
    checked_at: datetime | None = None
    grace_until: datetime | None = None
    watched_until: datetime | None = None
    beside: MessageId | None = None

    @property
    def is_busy(self) -> bool:
        """Whether it still has its agent's time: they talk, or have not wrapped up."""
        return self.agent is not None and self.wrapped_at is None


class CallReport(Value, frozen=True):
    """What a provider, or an agent who dialled by hand, says of the call `call`.

    Of an outgoing one `call` is the id of the message that ordered it. `agent` is who took an incoming one.
    """

    call: MessageId
    status: CallStatus
    at: datetime
    reference: str = ""
    seconds: int | None = None
    reason: str = ""
    recording: str = ""
    agent: AgentId | None = None
    agent_name: str = ""


class CallbackReason(StrEnum):
    """Why we owe a call."""

    ASKED = "asked"
    RULE = "rule"
    AGENT = "agent"
    MISSED = "missed"
    DROPPED = "dropped"
    PROMISE = "promise"


class CallOffer(Value, frozen=True):
    """One agent is asked to make the call, until `until`; then it goes to the next."""

    agent: AgentId
    until: datetime
    name: str = ""


class Try(Value, frozen=True):
    """What became of one attempt."""

    at: datetime
    status: CallStatus
    agent: AgentId | None = None


class Disposition(StrEnum):
    """The outcome that an agent records at wrap-up."""

    SOLVED = "solved"
    FOLLOW_UP = "follow_up"
    CALL_AGAIN = "call_again"
    NOT_REACHED = "not_reached"
    WRONG_NUMBER = "wrong_number"
    OTHER = "other"
