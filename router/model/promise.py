"""Promises: dated commitments to a customer, kept or broken; and the question whether what was solved is solved."""

from datetime import datetime
from enum import StrEnum

from router.model.ids import AgentId, MessageId, PromiseId
from router.model.value import Value

PROMISES_KEPT = 10


class PromiseKind(StrEnum):
    """What was promised: a word from us, a call, a technician's visit, or that something will have been done."""

    WORD = "word"
    CALL = "call"
    VISIT = "visit"
    DEED = "deed"


class PromiseState(StrEnum):
    """How a promise stands."""

    OPEN = "open"
    KEPT = "kept"
    BROKEN = "broken"
    DROPPED = "dropped"


class Chased(StrEnum):
    """Who was last reminded of a promise before it is late, from the nearest on."""

    NOBODY = "nobody"
    AGENT = "agent"
    TEAM = "team"
    SUPERVISOR = "supervisor"


class Look(StrEnum):
    """What an open promise waits for, one after another: who is reminded of it, and then that it is late."""

    AGENT = "agent"
    TEAM = "team"
    SUPERVISOR = "supervisor"
    LATE = "late"


class Promise(Value, frozen=True):
    """What `by` promised at `made_at`, to be kept until `due_at`; `text` is what, as the customer was told it.

    A visit comes from `from_at` on. `broken_at` is when it was found to be late: then it is counted as broken, whenever
    it is kept after all, and the customer was told the new time, which `due_at` is from then on. `vague`: the wording
    named no time, and the policy made one of it. While it is open it waits for `look` at `look_at`, and the customer is
    reminded of a visit at `remind_at`. `told_at` is when they last heard that it is late.
    """

    id: PromiseId
    kind: PromiseKind
    made_at: datetime
    due_at: datetime
    by: AgentId
    by_name: str = ""
    text: str = ""
    from_at: datetime | None = None
    state: PromiseState = PromiseState.OPEN
    chased: Chased = Chased.NOBODY
    broken_at: datetime | None = None
    settled_at: datetime | None = None
    vague: bool = False
    look: Look = Look.AGENT
    look_at: datetime | None = None
    remind_at: datetime | None = None
    told_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Whether it is still owed."""
        return self.state is PromiseState.OPEN

    @property
    def is_visit(self) -> bool:
        """Whether somebody comes to the customer within a window: the desk learns of it from others."""
        return self.kind is PromiseKind.VISIT and self.from_at is not None


class FollowUp(Value, frozen=True):
    """The question after a resolution whether it works and how it went: when it is due, and what was answered.

    `works` is None until the customer says so; `score` is 1 to 5, where they gave one.
    """

    due_at: datetime
    asked_at: datetime | None = None
    message: MessageId | None = None
    works: bool | None = None
    score: int | None = None


class Tally(Value, frozen=True):
    """Something to be counted for a team: `what` (promise, callback, visit, follow_up) and what it `became`."""

    team: str
    what: str
    became: str
