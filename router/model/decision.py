"""A decision: the new conversation and the effects, as data."""

from datetime import datetime
from enum import StrEnum

from router.model.conversation import Conversation
from router.model.customer import Customer
from router.model.errand import Errand
from router.model.event import TimerKind
from router.model.fact import Fact
from router.model.finding import Finding, FindingKind, Offer
from router.model.ids import ConversationId, CustomerId, TeamId
from router.model.message import Handle, OutboundMessage
from router.model.promise import Tally
from router.model.timeline import EntryKind, TimelineEntry
from router.model.value import Value

__all__ = [
    "ANY_TURN",
    "Decision",
    "EntryKind",
    "Moving",
    "MovingState",
    "Outcome",
    "OutcomeKind",
    "TimelineEntry",
    "Timer",
    "Wait",
]


ANY_TURN = -1
"""The turn of a timer whose matter is named by its subject; a conversation's own is never below 0."""


class Timer(Value, frozen=True):
    """Something to look at again at `due_at`; the conversation then tells whether there is still reason to.

    Its bytes are its name where timers wait, so one that is to be removed has to be made again as it was.
    """

    conversation: ConversationId
    kind: TimerKind
    turn: int
    due_at: datetime
    subject: str = ""


class OutcomeKind(StrEnum):
    """What became of a command."""

    DONE = "done"
    CONFLICT = "conflict"
    REFUSED = "refused"


class Outcome(Value, frozen=True):
    """What a command's author is told; `reason` is a code with its text in desk/, `revision` the conversation's now.

    `found` is what the guard saw in the text that it stopped, `offers` the ways out, the best first. Of a reply that
    left `found` are the promises in it. `earliest` is when the phone may ring that may not now.
    """

    kind: OutcomeKind
    conversation: ConversationId | None = None
    revision: int = 0
    reason: str = ""
    found: tuple[Finding, ...] = ()
    offers: tuple[Offer, ...] = ()
    earliest: datetime | None = None


class Became(StrEnum):
    """What became of a reply in which the guard saw something: it was stopped, or left in spite of that."""

    STOPPED = "stopped"
    OVERRIDDEN = "overridden"


class Guarded(Value, frozen=True):
    """A reply of `team` in which the guard saw something of a `kind`; counted for each team."""

    team: TeamId
    kind: FindingKind
    became: Became


class Wait(Value, frozen=True):
    """How long a customer waited for a team's answer; the visitors' expected wait is made of these."""

    team: TeamId
    seconds: int


class LookUp(Value, frozen=True):
    """A question to the directory about a customer, by `handles` and what an agent confirmed of them (`facts`).

    `message` is the one in `conversation` for which it is asked, and `seen` what rules could see of it, as JSON.
    """

    customer: CustomerId
    handles: tuple[Handle, ...]
    at: datetime
    facts: tuple[Fact, ...] = ()
    conversation: ConversationId | None = None
    message: str = ""
    seen: str = ""


class MovingState(StrEnum):
    """What the inbox does with a customer's arrivals: wait, go on with another customer, or take them as ever.

    They wait for who is coming (moving), and for who is leaving again; who that is, is the one to come by then.
    """

    MOVING = "moving"
    DONE = "done"
    LEAVING = "leaving"
    BACK = "back"


class Moving(Value, frozen=True):
    """Where a customer's arrivals go: to the customer `to`; those taken by `formers` meanwhile are known there."""

    customer: CustomerId
    state: MovingState
    to: CustomerId | None = None
    formers: tuple[CustomerId, ...] = ()


class Decision(Value, frozen=True):
    """All that follows from one event. Without a `conversation` nothing changes but the outcome, and what is counted.

    `timers` are set, and `cancelled` are those set earlier from which nothing would come any more. `errands` are what
    is owed to others, in order. `story` is the conversation's whole timeline as it is before `entries`, where two were
    joined or parted. `moving` is where the customer's arrivals go from now on. `look_ups`
    are asked of the directory, whose answers are events. `tallies` are counted for each team.
    """

    outcome: Outcome
    conversation: Conversation | None = None
    customer: Customer | None = None
    entries: tuple[TimelineEntry, ...] = ()
    outbound: tuple[OutboundMessage, ...] = ()
    timers: tuple[Timer, ...] = ()
    cancelled: tuple[Timer, ...] = ()
    waits: tuple[Wait, ...] = ()
    guarded: tuple[Guarded, ...] = ()
    look_ups: tuple[LookUp, ...] = ()
    tallies: tuple[Tally, ...] = ()
    errands: tuple[Errand, ...] = ()
    story: tuple[TimelineEntry, ...] | None = None
    moving: Moving | None = None
