"""What is to be done next on a line: a pure question to how far it has come, and how its two legs stand.

It is asked after every event and every look, and the answer goes by what *is*, not by what was told last: an event that
comes twice, late or never changes nothing.
"""

from dataclasses import dataclass
from enum import StrEnum

from channels.phone.asterisk import causes
from channels.phone.asterisk.leg import Leg
from channels.phone.asterisk.line import Line, Stage
from router.model.call import CallStatus


class Do(StrEnum):
    """What is to be done."""

    WAIT = "wait"
    ASK = "ask"
    BRIEF = "brief"
    RING_CUSTOMER = "ring_customer"
    CONNECT = "connect"
    END = "end"


@dataclass(frozen=True, slots=True)
class Step:
    """What is to be done; at an end `status` says how it went, and `reason` why."""

    do: Do
    status: CallStatus | None = None
    reason: str = ""


WAIT = Step(Do.WAIT)
UNSEEN = "it ended while Asterisk could not be heard"


def next_step(line: Line, agent: Leg, customer: Leg, *, is_briefed: bool = False, briefs: bool = False) -> Step:
    """What is to be done on `line` now. `briefs`: the agent is to hear a briefing first; `is_briefed`: they have."""
    match line.stage:
        case Stage.TALKING:
            return _talking(agent, customer)
        case Stage.OVER:
            return WAIT
        case Stage.CUSTOMER:
            return _ringing(agent, customer)
    if not line.is_out:
        return _came_in(line, agent, customer)
    return _before(line, agent, is_briefed=is_briefed, briefs=briefs)


def _before(line: Line, agent: Leg, *, is_briefed: bool, briefs: bool) -> Step:
    """The agent's phone rings, or they hear the briefing: the customer has not been rung."""
    if agent.is_gone:
        return Step(Do.END, CallStatus.AGENT_AWAY, agent.words or UNSEEN)
    if not agent.is_ready:
        return WAIT
    if line.stage is Stage.AGENT and briefs:
        return Step(Do.BRIEF)
    return Step(Do.RING_CUSTOMER) if line.stage is Stage.AGENT or is_briefed else WAIT


def _ringing(agent: Leg, customer: Leg) -> Step:
    """The customer has been rung, or was about to be when we fell."""
    if customer.is_gone:
        if customer.cause is None:
            return Step(Do.END, CallStatus.IN_DOUBT, UNSEEN)
        status = causes.unanswered(customer.cause, customer.dialled, has_rung=customer.has_rung)
        return Step(Do.END, status, customer.words)
    if agent.is_gone:
        return Step(Do.END, CallStatus.FAILED, "the agent hung up before the customer was there")
    return Step(Do.CONNECT) if customer.is_ready and agent.is_ready else WAIT


def _talking(agent: Leg, customer: Leg) -> Step:
    """Both talk. The leg that ended with a cause of its own tells why: we hang up the other one ourselves."""
    gone = [leg for leg in (customer, agent) if leg.is_gone]
    if not gone:
        return WAIT
    told = [leg for leg in gone if leg.cause is not None]
    fell = [leg for leg in told if causes.talked(leg.cause or 0) is CallStatus.DROPPED]
    if fell:
        return Step(Do.END, CallStatus.DROPPED, fell[0].words)
    return Step(Do.END, CallStatus.ENDED, told[0].words if told else UNSEEN)


def _came_in(line: Line, agent: Leg, customer: Leg) -> Step:
    """A caller waits: for our answer whom they go to, or for that agent."""
    if customer.is_gone:
        return Step(Do.END, CallStatus.NO_ANSWER, "the caller hung up")
    if line.stage is Stage.ASKING:
        return Step(Do.ASK)
    if agent.is_gone:
        return Step(Do.END, CallStatus.NO_ANSWER, agent.words or UNSEEN)
    return Step(Do.CONNECT) if agent.is_ready and customer.is_ours else WAIT
