"""What follows from how a call ended: kept, made again, told to the customer, or before the supervisors."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from router.core import deadlines
from router.core.automatic import Told as Line
from router.core.automatic import anywhere, language_of, told
from router.core.calls.board import owed
from router.core.calls.numbers import is_dialable, without_wrong
from router.core.calls.owed import (
    TOLD,
    Ask,
    Told,
    again_from,
    callback_entry,
    dropped_line,
    owe,
    ready,
    settled,
    without,
)
from router.core.calls.reach import may_be_rung
from router.core.calls.when import Opening, ringing
from router.core.calls.words import not_reached, wrong_number
from router.core.step import Step
from router.model.call import TRIES_KEPT, UNANSWERED, Call, CallbackReason, CallDirection, CallOffer, CallStatus, Try
from router.model.commitment import CallbackKind
from router.model.conversation import Callback, Conversation, ConversationState, moved
from router.model.customer import Customer
from router.model.decision import Decision, EntryKind, Outcome, OutcomeKind, TimelineEntry, Timer
from router.model.message import Handle, OutboundMessage
from router.model.promise import Tally

# A round that ended without the customer's being told is followed by so many more.
MORE_ROUNDS = 1
# So long after a call that nobody took may another one lift the hours in which phones ring.
NIGHT = timedelta(hours=12)
# Why supervisors see a call: nobody reaches its customer, it is late or about to be, or nobody knows what became of it.
UNREACHED, CALL_LATE, IN_DOUBT = "unreached", "call_late", "call_in_doubt"


@dataclass(frozen=True, slots=True)
class Came:
    """What has come of a call so far: the conversation as it is then, and all else that follows."""

    conversation: Conversation
    entries: tuple[TimelineEntry, ...] = ()
    outbound: tuple[OutboundMessage, ...] = ()
    timers: tuple[Timer, ...] = ()
    tallies: tuple[Tally, ...] = ()
    customer: Customer | None = None

    def decision(self, *first: TimelineEntry) -> Decision:
        """The decision that tells the entries `first`, and then what followed."""
        return Decision(
            Outcome(OutcomeKind.DONE),
            self.conversation,
            self.customer,
            (*first, *self.entries),
            outbound=self.outbound,
            timers=self.timers,
            tallies=self.tallies,
        )


def came_of(conversation: Conversation, call: Call, step: Step) -> Came:
    """What follows from `call` as it is now: it is the conversation's."""
    match call.status:
        case CallStatus.TALKING:
            return Came(_answered(conversation, call, step))
        case CallStatus.ENDED:
            return _ended(_answered(conversation, call, step), call, step)
        case CallStatus.DROPPED:
            return _fell(_answered(conversation, call, step), call, step)
        case CallStatus.IN_DOUBT:
            return Came(*_in_doubt(conversation, call, step))
    if not call.status.is_over:
        return Came(_out_of_doubt(conversation, call))
    if call.direction is CallDirection.IN:
        return Came(conversation) if call.answered_at else _missed(conversation, call, step)
    callback = _callback_of(conversation, call)
    if callback is None:
        return Came(conversation)
    if call.status is CallStatus.AGENT_AWAY:
        return Came(replace(conversation, callback=_with_another(callback, call)))
    tried = _tried(callback, call, step)
    if call.status in UNANSWERED:
        return _again(replace(conversation, callback=tried), tried, step)
    return _wrong(replace(conversation, callback=replace(tried, number=None)), call, step)


def wrong_person(conversation: Conversation, call: Call, step: Step) -> Came:
    """What follows once an agent says at wrap-up that they talked to somebody else."""
    offer = Callback(CallbackKind.OFFER, step.now, reason=CallbackReason.AGENT)
    return _wrong(replace(conversation, callback=owed(conversation) or offer), call, step)


def told_of_call(conversation: Conversation, text: str, step: Step) -> Line | None:
    """The customer told `text` about their call, where they wrote last, else where an address leads to them."""
    return told(conversation, text, "callback", step, anywhere(conversation, step))


def times_at(number: Handle | None, step: Step) -> tuple[tuple[Opening, ...], str]:
    """The next times in which we can call, and the zone in which they are told.

    They are of the country of `number`, the one that was tried; where it tells none, of the installation's own.
    """
    policy = step.rulebook.calls
    there = ringing(number, policy, step.context.policy.region)
    return there.openings(step.now, policy.slot), there.zone


def _answered(conversation: Conversation, call: Call, step: Step) -> Conversation:
    """`conversation` once its customer talks with us: nobody waits for an answer any more."""
    after = _out_of_doubt(conversation, call)
    if call.direction is CallDirection.IN or after.assignee is None:
        after = replace(after, assignee=call.agent or after.assignee)
    if after.state is ConversationState.RESOLVED or (step.before and step.before.call and _was_told(step, call)):
        return after
    after = replace(moved(deadlines.answered(after, step), ConversationState.PENDING), snoozed_until=None)
    return replace(after, waiting_since=None)


def _was_told(step: Step, call: Call) -> bool:
    """Whether it was known before this step that they talk: what happened since then stands."""
    before = step.conversation.call
    return before is not None and before.id == call.id and before.answered_at is not None


def _ended(conversation: Conversation, call: Call, step: Step) -> Came:
    """The call that was owed is kept, by whoever rang whom, unless it was agreed on for later.

    A pause between attempts, or the night, is no such time: who rings back meanwhile is not rung once more.
    """
    callback = owed(conversation)
    is_begun = callback is not None and (callback.from_at is None or callback.from_at <= step.now)
    if callback is None or not (is_begun or callback.id == call.callback):
        return Came(conversation)
    after, entries, tallies = settled(conversation, step)
    if callback.later is None:
        return Came(after, entries, tallies=tallies)
    # The time that was agreed before the line fell may have come meanwhile: they have talked.
    came = _ended(after, call, step)
    return Came(came.conversation, (*entries, *came.entries), tallies=(*tallies, *came.tallies))


def _fell(conversation: Conversation, call: Call, step: Step) -> Came:
    """What was owed was kept; a line that fell is a call of its own, by the same agent.

    What was agreed for later is so still, unless it is rung just now: then that call is the one.
    """
    came = _ended(conversation, call, step)
    is_dear = call.direction is CallDirection.IN and _is_dear(call.number, step)
    later = owed(came.conversation)
    if call.agent is None or is_dear or (later and (later.order or later.is_in_doubt)):
        return came
    until = step.now + step.rulebook.calls.again_after
    offer = CallOffer(call.agent, until, call.agent_name)
    after, entries = dropped_line(came.conversation, offer, call.number, step)
    if call.direction is CallDirection.IN and after.callback:
        # Nobody knows here at which phone they took it: they are asked, before all others.
        after = replace(after, callback=replace(after.callback, offer=None, again_at=None))
    return Came(after, (*came.entries, *entries), tallies=came.tallies)


def _in_doubt(conversation: Conversation, call: Call, step: Step) -> Told:
    """Nothing rings by itself any more; supervisors see it, for nobody may ever say what became of it."""
    callback = _callback_of(conversation, call)
    if callback is None:
        return conversation, ()
    callback = replace(callback, order=None, offer=None, again_at=None, is_in_doubt=True)
    return escalate(replace(conversation, callback=callback), callback, step, IN_DOUBT)


def _out_of_doubt(conversation: Conversation, call: Call) -> Conversation:
    """`conversation` once something is known of the call: it is under way."""
    callback = _callback_of(conversation, call)
    if callback is None or not callback.is_in_doubt:
        return conversation
    return replace(conversation, callback=replace(callback, order=call.id, is_in_doubt=False))


def _callback_of(conversation: Conversation, call: Call) -> Callback | None:
    """What `call` was made for, if it is owed still."""
    callback = owed(conversation)
    return callback if callback and call.callback == callback.id else None


def _with_another(callback: Callback, call: Call) -> Callback:
    """`callback` for another agent: who was to make it did not pick up their own phone."""
    declined = tuple(dict.fromkeys((*callback.declined, *([call.agent] if call.agent else []))))
    wanted = None if callback.wanted == call.agent else callback.wanted
    return replace(callback, order=None, is_in_doubt=False, declined=declined, wanted=wanted)


def _tried(callback: Callback, call: Call, step: Step) -> Callback:
    tries = (*callback.tries, Try(step.now, call.status, call.agent))[-TRIES_KEPT:]
    return replace(callback, order=None, is_in_doubt=False, attempts=callback.attempts + 1, tries=tries)


def _again(conversation: Conversation, callback: Callback, step: Step) -> Came:
    """The next attempt after the policy's pause, within what was agreed; after the last one the customer is told."""
    retries = step.rulebook.calls.retries
    if callback.attempts > len(retries):
        return _given_up(conversation, callback, step)
    opening = again_from(callback, step.now + retries[callback.attempts - 1], step)
    if callback.later and callback.later.from_at and opening.ready_at >= callback.later.from_at:
        return _gives_way(conversation, step)
    # Until somebody is free takes about half of a call.
    rung_at = opening.ready_at + step.rulebook.calls.handling / 2
    is_too_late = callback.due_at is not None and rung_at > callback.due_at
    if is_too_late and callback.from_at is not None:
        # They were rung in their window, and would be rung once more when it is over: that they hear now.
        return _given_up(conversation, callback, step)
    due_at = None if is_too_late else callback.due_at
    after = replace(conversation, callback=ready(callback, opening, due_at, step))
    return Came(after, (callback_entry(after, "moved", step),))


def _given_up(conversation: Conversation, callback: Callback, step: Step) -> Came:
    """The customer told that we did not reach them, with new times; where no text leads to them, one round more."""
    if callback.later:
        return _gives_way(conversation, step)
    language = language_of(conversation, step)
    hours, zone = times_at(callback.number, step)
    line = told_of_call(conversation, not_reached(language, callback.attempts, hours, zone, step.now), step)
    if line:
        after = _offered(line.conversation, callback, step)
        return Came(after, (line.entry, callback_entry(after, TOLD, step)), (line.message,), line.timers)
    if callback.rounds >= MORE_ROUNDS:
        after, escalated = escalate(_offered(conversation, callback, step), callback, step, UNREACHED)
        return Came(after, (callback_entry(after, "not_told", step), *escalated))
    opening = again_from(callback, _next_day(callback, step.now), step)
    anew = replace(callback, attempts=0, rounds=callback.rounds + 1, from_at=None)
    after, escalated = escalate(conversation, callback, step, UNREACHED)
    after = replace(after, callback=ready(anew, opening, None, step))
    return Came(after, (callback_entry(after, "moved", step), *escalated))


def _gives_way(conversation: Conversation, step: Step) -> Came:
    """The line that fell is not made up for any more: the call that was agreed for later is owed, as it was."""
    after = without(conversation)
    return Came(after, (callback_entry(after, "moved", step),))


def _wrong(conversation: Conversation, call: Call, step: Step) -> Came:
    """Nobody is rung there again; the customer is asked for their number, or a supervisor sees to it."""
    callback = conversation.callback or Callback(CallbackKind.OFFER, step.now)
    language = language_of(conversation, step)
    hours, zone = times_at(call.number, step)
    line = told_of_call(conversation, wrong_number(language, hours, zone, step.now), step)
    after = _offered(line.conversation if line else conversation, replace(callback, number=None, zone=zone), step)
    if later := callback.later:
        number = None if later.number == call.number else later.number
        after = replace(after, callback=replace(later, number=number))
    entry = callback_entry(after, TOLD if line else "not_told", step)
    customer = step.context.customer
    known = without_wrong(customer, call.number) if customer else None
    if line:
        return Came(after, (line.entry, entry), (line.message,), line.timers, customer=known)
    after, escalated = escalate(after, callback, step, UNREACHED)
    return Came(after, (entry, *escalated), customer=known)


def _missed(conversation: Conversation, call: Call, step: Step) -> Came:
    """A call that nobody took is one that we owe at once; who has just rung may be rung at any hour, once a night.

    Numbers are made up so as to be rung back where that is dear: there nothing is owed by itself, an agent chooses. Nor
    does a call, of which nobody knows whose it was, take away a time that was agreed and is still to come.
    """
    callback = owed(conversation)
    if callback and (callback.order or callback.is_in_doubt):
        return Came(conversation)
    is_agreed = callback is not None and callback.from_at is not None and callback.from_at > step.now
    if is_agreed or _is_dear(call.number, step):
        return Came(conversation)
    # Any number can be shown by whoever rings: nobody is to have us ring a sleeper as often as they like.
    is_first = conversation.rung_back_at is None or step.now - conversation.rung_back_at >= NIGHT
    grace = step.rulebook.calls.grace if is_first else None
    ask = Ask(CallbackReason.MISSED, number=call.number, grace=grace, wanted=call.agent)
    found = owe(replace(conversation, rung_back_at=step.now) if is_first else conversation, ask, step)
    return Came(*found) if found else Came(conversation)


def _is_dear(number: Handle, step: Step) -> bool:
    """Whether nobody can be rung at `number`, or only where an agent says so."""
    return not (is_dialable(number) and may_be_rung(number, step))


def _offered(conversation: Conversation, callback: Callback, step: Step) -> Conversation:
    """`conversation` with a call that is not owed any more, and that its customer may have when they like."""
    offer = Callback(
        CallbackKind.OFFER,
        callback.asked_at,
        id=callback.id,
        number=callback.number,
        zone=callback.zone,
        reason=callback.reason,
        note=callback.note,
        by=callback.by,
        wanted=callback.wanted,
        attempts=callback.attempts,
        tries=callback.tries,
        told_at=step.now,
        broken_at=callback.broken_at,
    )
    return replace(conversation, callback=offer)


def escalate(
    conversation: Conversation, callback: Callback, step: Step, why: str
) -> tuple[Conversation, tuple[TimelineEntry, ...]]:
    """`conversation` before the team's supervisors, which is told once, with `why`."""
    if conversation.is_escalated:
        return conversation, ()
    entry = step.entry(EntryKind.ESCALATED, detail={"callback": callback.id, "reason": why})
    return replace(conversation, is_escalated=True), (entry,)


def _next_day(callback: Callback, now: datetime) -> datetime:
    """The beginning of the customer's next day."""
    zone = ZoneInfo(callback.zone or "UTC")
    return datetime.combine(now.astimezone(zone).date() + timedelta(days=1), time(), zone)
