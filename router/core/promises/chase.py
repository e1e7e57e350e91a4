"""A promise is brought before its agent, the team, a supervisor; once it is late the customer is told a new time."""

from datetime import datetime

from msgspec.structs import replace

from router.core.automatic import TOLD_EVERY, Told, daytime, is_night, told
from router.core.promises import looks
from router.core.promises.calls import is_called
from router.core.promises.record import Done, promise_entry, promise_of, tally, with_promise
from router.core.promises.rest import awake, kept_open
from router.core.promises.telling import late_text, reminder
from router.core.step import Step, changed, refused
from router.model.decision import Decision
from router.model.event import TimerDue
from router.model.promise import Chased, Look, Promise, PromiseState

# What the timeline calls what Hilo writes of them.
WHAT = "promise"


def fell_due(step: Step, due: TimerDue) -> Decision:
    """What the timer was set for, if the promise still waits for just that."""
    name, _, what = due.subject.partition(" ")
    promise = promise_of(step.conversation, name)
    if promise is None or (what, due.due_at) not in looks.waits(promise):
        return refused("stale")
    if what == looks.REMIND:
        return _reminded(step, promise)
    if what == Look.LATE:
        return told_late(step, promise, is_known=False)
    return _chased(step, promise, Chased(what))


def told_late(step: Step, promise: Promise, *, is_known: bool, actor: str = "", note: str = "") -> Decision:
    """`promise` as broken, once; the customer is told a new time, and it is chased anew until then.

    One that is late again is before the supervisors, and keeps its time where the customer is not told another one.
    Nobody is told by night: it is looked at again in the morning.
    """
    conversation, entries = awake(step.conversation, step)
    again = step.after(step.rulebook.care.again_calendar, step.now, step.rulebook.care.again_within)
    by_call, line = is_called(conversation, promise), None
    if not by_call and _may_be_told(promise, step):
        text = late_text(step, conversation, promise, again, is_known=is_known)
        line = told(conversation, text, WHAT, step)
    waits = line is not None and is_night(step)
    line = None if waits else line
    is_first = promise.broken_at is None
    is_grave = not (is_first or _was_put_off(promise)) or (line is None and not by_call and not waits)
    conversation = line.conversation if line else conversation
    conversation = replace(conversation, is_escalated=conversation.is_escalated or is_grave)
    missed = _missed(promise, again, step, is_told=line is not None, is_known=is_known)
    missed = looks.late_at(_broken(promise, step, is_known=is_known), daytime(step.now, step)) if waits else missed
    detail = {
        "again": missed.due_at.isoformat() if missed.due_at != promise.due_at else "",
        "told": _whom(line),
        "until": daytime(step.now, step).isoformat() if waits else "",
        "known": "yes" if is_known else "",
        **step.late,
    }
    entry = promise_entry(step, promise, "late", actor=actor, text=note, detail=detail)
    counted = (tally(conversation, promise, PromiseState.BROKEN),) if is_first else ()
    done = Done(with_promise(conversation, missed), (*entries, entry), counted)
    return _with_line(done, line, step)


def _chased(step: Step, promise: Promise, who: Chased) -> Decision:
    conversation, entries = awake(step.conversation, step)
    after = looks.further(replace(promise, chased=who), step)
    if who is Chased.SUPERVISOR:
        conversation = replace(conversation, is_escalated=True)
    state = "asked" if promise.is_visit else "chased"
    entry = promise_entry(step, promise, state, detail={"told": str(who), **step.late})
    return changed(with_promise(conversation, after), *entries, entry)


def _missed(promise: Promise, again: datetime, step: Step, *, is_told: bool, is_known: bool) -> Promise:
    broken = _broken(promise, step, is_known=is_known)
    if is_told or promise.broken_at is None:
        told_at = step.now if is_told else promise.told_at
        return looks.begun(replace(broken, due_at=again, from_at=None, told_at=told_at), step)
    told_at = step.now if promise.told_at is None or _may_be_told(promise, step) else promise.told_at
    return looks.late_at(broken, told_at + TOLD_EVERY)


def _broken(promise: Promise, step: Step, *, is_known: bool) -> Promise:
    """`promise` as broken; of a visit that is known not to have come nobody is asked any more."""
    from_at = None if is_known else promise.from_at
    return replace(promise, broken_at=promise.broken_at or step.now, from_at=from_at)


def _was_put_off(promise: Promise) -> bool:
    """Whether it is late for the first time, and its customer was only not told by night."""
    return promise.broken_at is not None and promise.told_at is None and promise.due_at <= promise.broken_at


def _may_be_told(promise: Promise, step: Step) -> bool:
    return promise.told_at is None or step.now - promise.told_at >= TOLD_EVERY


def _reminded(step: Step, promise: Promise) -> Decision:
    line = told(step.conversation, reminder(step, step.conversation, promise), WHAT, step)
    conversation = line.conversation if line else step.conversation
    after = replace(promise, remind_at=None)
    entry = promise_entry(step, promise, "reminded", detail={"told": _whom(line), **step.late})
    return _with_line(Done(with_promise(conversation, after), (entry,)), line, step)


def _whom(line: Told | None) -> str:
    return str(line.message.recipient) if line else ""


def _with_line(done: Done, line: Told | None, step: Step) -> Decision:
    """What was done, with what the customer is told on its way: no answer of the team's."""
    decided = changed(kept_open(done.conversation, step), *done.entries, *((line.entry,) if line else ()))
    return replace(
        decided,
        outbound=(line.message,) if line else (),
        timers=line.timers if line else (),
        tallies=done.tallies,
    )
