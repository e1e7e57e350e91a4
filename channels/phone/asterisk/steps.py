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


class Readiness(StrEnum):
    """Whether the agent who has answered may be joined with the customer.

    `NEEDS`: they are to hear something first. `HEARS`: they do, or a key is waited for. `SILENT`: no key came.
    """

    NEEDS = "needs"
    HEARS = "hears"
    SILENT = "silent"
    READY = "ready"


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
NO_KEY = "no key was pressed: a machine answered, or nobody listened"
UNSEEN = "it ended while Asterisk could not be heard"


def next_step(line: Line, agent: Leg, customer: Leg, readiness: Readiness = Readiness.READY) -> Step:
    """What is to be done on `line` now; `readiness` is the agent's, once they have answered."""
    match line.stage:
        case Stage.TALKING:
            return _talking(agent, customer)
        case Stage.OVER:
            return WAIT
        case Stage.CUSTOMER:
            return _ringing(agent, customer)
    if not line.is_out:
        return _came_in(line, agent, customer, readiness)
    # The agent's phone rings, or they hear the briefing: the customer has not been rung.
    return _answered(agent, readiness, Do.RING_CUSTOMER, CallStatus.AGENT_AWAY)


def _answered(agent: Leg, readiness: Readiness, then: Do, otherwise: CallStatus) -> Step:
    """`then`, once the agent is there and ready; `otherwise` is how it ends without them."""
    if agent.is_gone:
        return Step(Do.END, otherwise, agent.words or UNSEEN)
    if not agent.is_ready:
        return WAIT
    match readiness:
        case Readiness.NEEDS:
            return Step(Do.BRIEF)
        case Readiness.SILENT:
            return Step(Do.END, otherwise, NO_KEY)
        case Readiness.READY:
            return Step(then)
    return WAIT


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


def _came_in(line: Line, agent: Leg, customer: Leg, readiness: Readiness) -> Step:
    """A caller waits: for our answer whom they go to, or for that agent."""
    if customer.is_gone:
        return Step(Do.END, CallStatus.NO_ANSWER, "the caller hung up")
    if line.stage is Stage.ASKING:
        return Step(Do.ASK)
    if agent.is_ready and not customer.is_ours:
        return WAIT
    return _answered(agent, readiness, Do.CONNECT, CallStatus.NO_ANSWER)
