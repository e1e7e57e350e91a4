"""Silence is a promise too: while a conversation is open, its customer hears something every so often.

Rules' `deadlines: {update: …}` say how often for theirs, `care.silence` for all others. When the time is over Hilo
writes one line by itself; after three of them without a person's word the supervisors are told instead.
"""

from collections.abc import Iterable
from datetime import datetime

from msgspec.structs import replace

from router.core.automatic import daytime, language_of, place_of, told
from router.core.care.words import still_on_it
from router.core.step import Step, changed, refused
from router.model.call import PHONE
from router.model.commitment import DeadlineKind, Target
from router.model.conversation import Conversation, ConversationState
from router.model.decision import ANY_TURN, Decision, EntryKind, TimelineEntry, Timer
from router.model.event import TimerDue, TimerKind
from router.model.message import OutboundMessage
from router.model.promise import Tally
from router.model.silence import Silence

WHAT = "silence"
# So often in a row a machine may say that people are at work; after that only people can.
MOST_FILLED = 3
NEVER = Silence()


def in_time(after: Conversation, written: Iterable[OutboundMessage], step: Step) -> Conversation:
    """`after` with the instant by which its customer hears something, as its state asks for; `written` is what they
    hear at this step.
    """
    if not after.is_queued:
        return replace(after, silence=None) if after.silence else after
    known = after.silence or NEVER
    if any(message.is_automatic and message.recipient.kind != PHONE for message in written):
        known = replace(known, heard_at=step.now)
    said_at, since = _said_at(after), max(filter(None, (known.heard_at, known.told_at)), default=None)
    if said_at and since and said_at > since:
        known = NEVER
    period = _period(after, step) if known.told_at is None else None
    silence = replace(known, due_at=_due_at(after, known, period, step) if period else None)
    return replace(after, silence=silence if silence.due_at or silence.filled or silence.told_at else None)


def timers(conversation: Conversation) -> Iterable[Timer]:
    """The timer of the next word that is owed."""
    due_at = conversation.silence.due_at if conversation.silence else None
    if due_at:
        yield Timer(conversation.id, TimerKind.SILENCE, ANY_TURN, due_at)


def fell_due(step: Step, due: TimerDue) -> Decision:
    """One line on its way to the customer, or the supervisors told; by night it waits for the morning."""
    conversation, known = step.conversation, step.conversation.silence
    period = _period(conversation, step)
    if known is None or known.due_at != due.due_at or period is None:
        return refused("stale")
    morning = daytime(step.now, step)
    if morning > step.now:
        waits = replace(conversation, silence=replace(known, due_at=morning))
        return changed(waits, _entry(step, "put_off", until=morning))
    if known.filled >= MOST_FILLED:
        return _supervisors(step, known)
    next_at = daytime(step.after(period.calendar, step.now, period.within), step)
    text = still_on_it(_team(step), next_at, step.rulebook.calls.zone, language_of(conversation, step))
    line = told(conversation, text, WHAT, step)
    if line is None:
        return _supervisors(step, known)
    filled = replace(known, heard_at=step.now, filled=known.filled + 1, message=line.message.id)
    after = replace(line.conversation, silence=filled)
    done = changed(after, line.entry, _entry(step, "filled", until=next_at))
    tally = Tally(conversation.ownership.team, WHAT, "filled")
    return replace(done, outbound=(line.message,), timers=line.timers, tallies=(tally,))


def _supervisors(step: Step, known: Silence) -> Decision:
    """The conversation put before its team's supervisors: no machine says it once more, or nothing can be said."""
    after = replace(step.conversation, is_escalated=True, silence=replace(known, told_at=step.now))
    escalated = step.entry(EntryKind.ESCALATED, detail={"reason": WHAT})
    tally = Tally(step.conversation.ownership.team, WHAT, "told")
    return replace(changed(after, _entry(step, "told"), escalated), tallies=(tally,))


def _period(conversation: Conversation, step: Step) -> Target | None:
    """How often the customer hears something now; None where nobody owes them a word, or none can be written."""
    if not conversation.is_queued or place_of(conversation) is None:
        return None
    update = next((each for each in conversation.sla if each.kind is DeadlineKind.UPDATE), None)
    if update:
        return update
    care = step.rulebook.care
    ours = conversation.state in (ConversationState.NEW, ConversationState.OPEN)
    if care.silence is None or not (ours or care.silence_waiting):
        return None
    return Target(DeadlineKind.UPDATE, care.silence, care.silence_calendar)


def _due_at(conversation: Conversation, known: Silence, period: Target, step: Step) -> datetime:
    """By when they are to hear something, never by night; what is over already is due in the daytime from now on."""
    heard = (known.heard_at, _said_at(conversation), conversation.reopened_at, conversation.waiting_since)
    since = max(filter(None, (*heard, conversation.created_at)))
    due_at = daytime(step.after(period.calendar, since, period.within), step)
    if due_at > step.now:
        return due_at
    soon = daytime(step.now, step)
    return min(known.due_at, soon) if known.due_at else soon


def _said_at(conversation: Conversation) -> datetime | None:
    """When a person of ours last said something to them, in writing or by phone."""
    answered = conversation.call.answered_at if conversation.call else None
    return max(filter(None, (conversation.replied_at, answered)), default=None)


def _team(step: Step) -> str:
    return step.context.team_name(step.conversation.ownership.team)


def _entry(step: Step, state: str, until: datetime | None = None) -> TimelineEntry:
    detail = {"state": state, "until": until.isoformat() if until else "", **step.late}
    return step.entry(EntryKind.SILENCE, detail={name: value for name, value in detail.items() if value})
