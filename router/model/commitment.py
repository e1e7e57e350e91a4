"""What is owed to a customer and by when: targets and deadlines, ladders, callbacks."""

from datetime import datetime, timedelta
from enum import StrEnum

from router.model.ids import TeamId
from router.model.team import Priority
from router.model.value import Value

ALWAYS = "always"
"""The calendar of day and night, every day."""


class DeadlineKind(StrEnum):
    """What is owed: an answer, a solution, or a word every so often until it is solved."""

    FIRST_REPLY = "first_reply"
    NEXT_REPLY = "next_reply"
    RESOLUTION = "resolution"
    UPDATE = "update"


class Target(Value, frozen=True):
    """How soon something is owed: `within` of the opening time of `calendar`."""

    kind: DeadlineKind
    within: timedelta
    calendar: str = ALWAYS


class Deadline(Value, frozen=True):
    """A running target: what it was set `from_at`, and the last instant at which it is met.

    `missed_at` is when it was found to be late; it stays until it is met or its conversation is resolved.
    One that is `promised` was told the customer with a reply, whatever the team's targets are.
    """

    target: Target
    from_at: datetime
    due_at: datetime
    missed_at: datetime | None = None
    promised: bool = False


class LadderStep(Value, frozen=True):
    """What happens if nobody of the team has acted for `after`, counted from the ladder's beginning.

    `raises` puts the priority up by one, `priority` sets it; `tell_supervisor` puts the conversation before the
    team's supervisors, and `team` makes that team the owner.
    """

    after: timedelta
    raises: bool = False
    priority: Priority | None = None
    tags: tuple[str, ...] = ()
    tell_supervisor: bool = False
    team: TeamId | None = None


class Ladder(Value, frozen=True):
    """The steps that the rule `rule` set, in order; their time counts on `calendar`."""

    rule: str
    steps: tuple[LadderStep, ...]
    calendar: str = ALWAYS


class CallbackKind(StrEnum):
    """Whether a call is offered to the customer, or already owed."""

    OFFER = "offer"
    SCHEDULE = "schedule"


class CallbackWish(Value, frozen=True):
    """The call that a rule asks for; one that is scheduled is owed `within` of the opening time of `calendar`."""

    kind: CallbackKind
    within: timedelta | None = None
    calendar: str = ALWAYS
