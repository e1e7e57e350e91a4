"""Calls and time: which timers a conversation waits for because of calls, and what each of them brings."""

from collections.abc import Iterable
from datetime import datetime

from msgspec.structs import replace

from router.core.automatic import TOLD_EVERY, daytime, is_night, language_of
from router.core.calls import words
from router.core.calls.board import owed
from router.core.calls.offers import not_answered, shut
from router.core.calls.orders import is_under_way, ordered
from router.core.calls.outcome import CALL_LATE, Came, escalate, times_at, told_of_call
from router.core.calls.owed import LATE, again_from, callback_entry, ready, within
from router.core.calls.reports import silent
from router.core.calls.when import may_ring
from router.core.step import Step, changed, refused
from router.model.conversation import Callback, Conversation
from router.model.decision import ANY_TURN, Decision, Timer
from router.model.event import TimerDue, TimerKind
from router.model.promise import Tally

OFFER, AGAIN, SHUT, CHASE, LATE_NOW = "offer", "again", "shut", "chase", "late"
SILENT = "silent"


def timers(conversation: Conversation) -> Iterable[Timer]:
    """The timers of the call that is owed, and of the one under way."""
    name, callback, call = conversation.id, owed(conversation), conversation.call
    if call and call.watched_until and not call.status.is_over:
        yield Timer(name, TimerKind.CALL, ANY_TURN, call.watched_until, f"{call.id} {SILENT}")
    if callback is None or not callback.id or callback.order or callback.is_in_doubt:
        return
    if callback.offer:
        what = AGAIN if callback.again_at else OFFER
        yield Timer(name, TimerKind.CALLBACK, ANY_TURN, callback.offer.until, f"{callback.id} {what}")
    for what, at in ((SHUT, callback.shut_at), (CHASE, callback.chase_at), (LATE_NOW, callback.due_at)):
        if at:
            yield Timer(name, TimerKind.CALLBACK, ANY_TURN, at, f"{callback.id} {what}")


def fell_due(step: Step, due: TimerDue) -> Decision:
    """What the timer was set for, if it is still waited for."""
    conversation = step.conversation
    timer = Timer(conversation.id, due.timer, due.turn, due.due_at, due.subject)
    if conversation.part_of or timer not in timers(conversation):
        return refused("stale")
    callback, what = owed(conversation), due.subject.rpartition(" ")[2]
    if what == SILENT and conversation.call:
        return silent(step, conversation.call)
    if callback is None:
        return refused("stale")
    if callback.offer and what == OFFER:
        return not_answered(step, callback, callback.offer)
    if callback.offer and what == AGAIN:
        return _again(step, callback)
    if what == SHUT:
        return shut(step, callback)
    return _chased(step, callback) if what == CHASE else _late(step, callback)


def _again(step: Step, callback: Callback) -> Decision:
    """The call once more by the same agent, without asking, unless the customer has rung back meanwhile."""
    conversation, offer = step.conversation, callback.offer
    if offer is None or is_under_way(conversation) or not may_ring(callback, step.rulebook.calls, step.now):
        after = replace(conversation, callback=replace(callback, offer=None, again_at=None))
        return changed(after, callback_entry(after, "moved", step))
    device = conversation.call.device if conversation.call else None
    return ordered(conversation, callback, offer.agent, offer.name, device, step)


def _chased(step: Step, callback: Callback) -> Decision:
    """Its supervisors see that the call is about to be late."""
    conversation = replace(step.conversation, callback=replace(callback, chase_at=None))
    after, escalated = escalate(conversation, callback, step, CALL_LATE)
    return changed(after, callback_entry(after, "chased", step, **step.late), *escalated)


def _late(step: Step, callback: Callback) -> Decision:
    """The call is late: counted once, before the supervisors, owed as before; its customer is told the new time.

    That is once a day, and never at night: then it is late again in the morning, if it was not made by then.
    """
    opening = again_from(callback, step.now, step)
    new_time = within(callback, opening.ready_at, step.rulebook.care.again_within, step)
    new_time = daytime(step.now, step) if is_night(step) else new_time
    moved = ready(replace(callback, from_at=None), opening, new_time, step)
    late = replace(moved, broken_at=callback.broken_at or step.now, offer=callback.offer, declined=callback.declined)
    conversation = replace(step.conversation, callback=late)
    line = told_of_call(conversation, _apology(late, new_time, step), step) if _may_be_told(late, step) else None
    after = replace(line.conversation, callback=replace(late, told_at=step.now)) if line else conversation
    after, escalated = escalate(after, late, step, CALL_LATE)
    counted = () if callback.broken_at else (Tally(after.ownership.team, "callback", "broken"),)
    entry, written = callback_entry(after, LATE, step, **step.late), (line.entry,) if line else ()
    messages, timers = ((line.message,), line.timers) if line else ((), ())
    return Came(after, (*written, *escalated), messages, timers, counted).decision(entry)


def _may_be_told(callback: Callback, step: Step) -> bool:
    is_lately = callback.told_at is not None and step.now - callback.told_at < TOLD_EVERY
    return not (is_lately or is_night(step))


def _apology(callback: Callback, new_time: datetime, step: Step) -> str:
    """What the customer is told: by when we call, or that nobody knows where."""
    language = language_of(step.conversation, step)
    if callback.number is None:
        hours, zone = times_at(None, step)
        return words.no_number(language, hours, zone, step.now)
    return words.late(language, new_time, callback.zone, step.now)
