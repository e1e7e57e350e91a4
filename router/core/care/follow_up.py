"""Resolved is what the customer confirms: they are asked once whether it works, and what they answer is read.

Until then the conversation is resolved as we think. That it works, thanks and a score do not reopen it; that it does
not work reopens it with the same owner; all else reopens it as any message does.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from dataclasses import replace as with_values
from datetime import datetime, timedelta

from msgspec.structs import replace

from router.core.automatic import daytime, language_of, place_of, told
from router.core.care.answers import NOTHING, Answer, answer_in
from router.core.care.words import question
from router.core.step import Step, changed, refused
from router.model.commitment import CallbackKind
from router.model.conversation import Conversation, ConversationState
from router.model.decision import Decision, EntryKind, TimelineEntry, Timer
from router.model.event import TimerDue, TimerKind
from router.model.message import InboundMessage, MessageKind
from router.model.promise import FollowUp, PromiseState, Tally
from rules.engine import Verdict

WHAT = "follow_up"
TIME_TO_ANSWER = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Settled:
    """`conversation`, which stays resolved, once its customer answered, and what is told and counted of it."""

    conversation: Conversation
    entry: TimelineEntry | None
    tallies: tuple[Tally, ...]


def after_resolution(conversation: Conversation, step: Step) -> FollowUp | None:
    """When the customer of what was resolved just now is asked; None if they can't be, or not before it closes."""
    length = step.rulebook.care.follow_up_after
    if length is None or place_of(conversation) is None:
        return None
    due_at = daytime(step.now + length, step)
    return FollowUp(due_at) if conversation.closes_at is None or due_at < conversation.closes_at else None


def in_state(after: Conversation, step: Step) -> Conversation:
    """`after` with its question as late as is asked for: nobody is asked what a visit or a call is still to mend.

    It closes no sooner than a day later. One that nobody was asked, and nobody is to be asked any more, is gone.
    """
    follow_up, length = after.follow_up, step.rulebook.care.follow_up_after
    if follow_up is None or _is_asked(follow_up):
        return after
    if after.state is not ConversationState.RESOLVED:
        return replace(after, follow_up=None)
    due_at, until = follow_up.due_at, _owed_until(after)
    if length:
        # Once nothing is owed any more, a question that was put off for it comes sooner again.
        latest = daytime(max(until or step.now, step.now) + length, step)
        due_at = max(latest, due_at) if until else min(latest, due_at)
    closes_at = max(after.closes_at, due_at + TIME_TO_ANSWER) if after.closes_at else None
    return replace(after, follow_up=replace(follow_up, due_at=due_at), closes_at=closes_at)


def timers(conversation: Conversation) -> Iterable[Timer]:
    """The timer of a question that is still to be asked."""
    due_at = _due_at(conversation)
    if due_at:
        yield Timer(conversation.id, TimerKind.FOLLOW_UP, conversation.turn, due_at)


def fell_due(step: Step, due: TimerDue) -> Decision:
    """The question on its way to where the customer last wrote; by night it waits for the morning."""
    conversation = step.conversation
    if _due_at(conversation) != due.due_at or due.turn != conversation.turn or conversation.follow_up is None:
        return refused("stale")
    morning = daytime(step.now, step)
    # After an outage both may be due: nobody is asked what they can't answer any more.
    if conversation.closes_at and morning >= conversation.closes_at:
        return changed(replace(conversation, follow_up=None), _entry(step, "not_asked"))
    if morning > step.now:
        waits = replace(conversation, follow_up=FollowUp(morning))
        return changed(waits, _entry(step, "put_off", until=morning))
    language = language_of(conversation, step)
    asked = told(conversation, question(step.context.team_name(conversation.ownership.team), language), WHAT, step)
    if asked is None:
        return changed(replace(conversation, follow_up=None), _entry(step, "not_asked"))
    follow_up = replace(conversation.follow_up, asked_at=step.now, message=asked.message.id)
    done = changed(replace(asked.conversation, follow_up=follow_up), asked.entry, _entry(step, "asked"))
    return replace(done, outbound=(asked.message,), timers=asked.timers, tallies=(_tally(conversation, "asked"),))


def answer_of(conversation: Conversation | None, message: InboundMessage) -> Answer:
    """What `message` answers about what was resolved; nothing where it is not read as an answer."""
    if conversation is None or conversation.state is not ConversationState.RESOLVED or conversation.follow_up is None:
        return NOTHING
    known = any(target.handle == message.sender and not target.silent for target in conversation.targets)
    is_plain = message.kind is MessageKind.MESSAGE and not (message.is_automatic or message.is_doubtful)
    if not known or not is_plain or message.attachments or message.call or message.forwarded_by:
        return NOTHING
    answer = answer_in(message.text)
    # Before we asked, "sí" and "5" answer something else.
    return answer if conversation.follow_up.asked_at else _unasked(answer)


def settled(step: Step, answer: Answer) -> Settled | None:
    """The resolved conversation as it stays once the customer answered so; None if it does not stay resolved."""
    before = step.before
    if before is None or before.follow_up is None or answer == NOTHING or answer.works is False:
        return None
    known = before.follow_up
    asked = known.asked_at is not None
    works = True if answer.works or (answer.is_thanks and asked) else known.works
    follow_up = replace(known, works=works, score=answer.score or known.score)
    if follow_up == known:
        return Settled(before, None, ())
    became = [name for name, is_new in (("works", works and not known.works),) if is_new]
    if answer.score and known.score is None:
        became.append(f"score_{answer.score}")
    entry = _entry(step, "works" if works else "scored", score=answer.score)
    return Settled(replace(before, follow_up=follow_up), entry, tuple(_tally(before, each) for each in became))


def held(verdict: Verdict, answer: Answer) -> Verdict:
    """`verdict` without the right to take the conversation, where it reopens because it does not work."""
    if answer.works is not False:
        return verdict
    return with_values(verdict, route=replace(verdict.route, is_reroute=False))


def reopened(conversation: Conversation, answer: Answer, step: Step) -> Settled:
    """`conversation`, which the customer's message has reopened, with what they answered."""
    known = step.before.follow_up if step.before else None
    if known is None or answer.works is not False or known.works is False:
        return Settled(conversation, None, ())
    after = replace(conversation, follow_up=replace(known, works=False, score=answer.score or known.score))
    became = ["reopened"]
    if answer.score and known.score is None:
        became.append(f"score_{answer.score}")
    entry = _entry(step, "reopened", score=answer.score)
    return Settled(after, entry, tuple(_tally(conversation, each) for each in became))


def _unasked(answer: Answer) -> Answer:
    """What is taken of `answer` where nobody was asked: what says by itself how it is, and mere thanks."""
    if answer.works is None:
        return Answer(is_thanks=answer.is_thanks and answer.score is None)
    return Answer(answer.works) if answer.is_said else NOTHING


def _is_asked(follow_up: FollowUp) -> bool:
    return follow_up.asked_at is not None or follow_up.works is not None


def _owed_until(conversation: Conversation) -> datetime | None:
    """By when the last of what is still owed is done; None if nothing is."""
    owed = [promise.due_at for promise in conversation.promises if promise.state is PromiseState.OPEN]
    callback = conversation.callback
    if callback and callback.kind is CallbackKind.SCHEDULE and callback.due_at:
        owed.append(callback.due_at)
    return max(owed, default=None)


def _due_at(conversation: Conversation) -> datetime | None:
    """When its customer is to be asked; None if they are not."""
    follow_up = conversation.follow_up
    if conversation.state is not ConversationState.RESOLVED or follow_up is None or _is_asked(follow_up):
        return None
    return follow_up.due_at


def _entry(step: Step, state: str, score: int | None = None, until: datetime | None = None) -> TimelineEntry:
    actor = "customer" if state in ("works", "scored", "reopened") else ""
    detail = {"state": state, "score": str(score or ""), "until": until.isoformat() if until else "", **step.late}
    return step.entry(EntryKind.FOLLOW_UP, actor=actor, detail={name: value for name, value in detail.items() if value})


def _tally(conversation: Conversation, became: str) -> Tally:
    return Tally(conversation.ownership.team, WHAT, became)
