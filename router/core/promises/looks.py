"""When an open promise is looked at again: whom it is brought before until it is late, and when a visit is told."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from msgspec.structs import replace

from router.core.step import Step
from router.model.conversation import Conversation
from router.model.decision import ANY_TURN, Timer
from router.model.event import TimerKind
from router.model.policy import CarePolicy
from router.model.promise import Chased, Look, Promise, PromiseKind

REMIND = "remind"


def begun(promise: Promise, step: Step) -> Promise:
    """`promise` as it is chased anew from now on; a visit without a window has one that ends as it begins."""
    care, from_at = step.rulebook.care, promise.from_at
    if promise.kind is PromiseKind.VISIT and promise.broken_at is None:
        from_at = min(from_at or promise.due_at, promise.due_at)
    anew = replace(promise, from_at=from_at, chased=Chased.NOBODY)
    remind_at = from_at - care.remind_before if anew.is_visit and from_at else None
    anew = replace(anew, remind_at=remind_at if remind_at and remind_at > step.now else None)
    return further(anew, step)


def further(promise: Promise, step: Step) -> Promise:
    """`promise` with the next that it waits for: what is over by now, it was made too late for."""
    coming = ((look, at) for look, at in _looks(promise, step.rulebook.care) if at > step.now)
    look, at = next(coming, (Look.LATE, max(promise.due_at, step.now)))
    return replace(promise, look=look, look_at=at)


def late_at(promise: Promise, at: datetime) -> Promise:
    """`promise`, which is late and stays so, to be looked at again then."""
    return replace(promise, look=Look.LATE, look_at=at)


def timers(conversation: Conversation) -> Iterable[Timer]:
    """The timers of each open promise."""
    for promise in conversation.promises:
        for what, at in waits(promise):
            yield Timer(conversation.id, TimerKind.PROMISE, ANY_TURN, at, f"{promise.id} {what}")


def waits(promise: Promise) -> Iterator[tuple[str, datetime]]:
    """What it waits for, and until when; nothing, once it is settled."""
    if not promise.is_open:
        return
    if promise.look_at:
        yield promise.look, promise.look_at
    if promise.remind_at:
        yield REMIND, promise.remind_at


def _looks(promise: Promise, care: CarePolicy) -> list[tuple[Look, datetime]]:
    """All that it waits for, in order."""
    due_at = promise.due_at
    if promise.is_visit:
        # Nobody at the desk sees a technician arrive: they are asked once the window is over, one after another.
        people = enumerate((Look.AGENT, Look.TEAM, Look.SUPERVISOR), start=1)
        asked = [(who, due_at + number * care.visit_asked_every) for number, who in people]
        return [*asked, (Look.LATE, due_at + care.visit_unknown_after)]
    before = {Look.AGENT: care.chase_agent, Look.TEAM: care.chase_team, Look.SUPERVISOR: care.chase_supervisor}
    chases = sorted(((who, due_at - ahead) for who, ahead in before.items()), key=lambda each: each[1])
    return [*(each for each in chases if each[1] < due_at), (Look.LATE, due_at)]
