"""Deadlines: the running ones of a team's targets, met by a reply or a resolution, missed when their instant passes."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from msgspec.structs import replace

from router.core.step import Step, changed, refused
from router.model.commitment import Deadline, DeadlineKind, Target
from router.model.conversation import Conversation, ConversationState, PausedDeadline
from router.model.decision import ANY_TURN, Decision, EntryKind, TimelineEntry, Timer
from router.model.event import TimerDue, TimerKind

BEGINS_AGAIN = (DeadlineKind.RESOLUTION, DeadlineKind.UPDATE)


def with_targets(
    conversation: Conversation, targets: tuple[Target, ...], step: Step, *, is_taken: bool
) -> Conversation:
    """`conversation` with `targets` in place of those of the same kind; what runs of these is due anew, never later.

    Only where a rule has just taken it for another team (`is_taken`), what runs may be due later too.
    """
    if not targets:
        return conversation
    sla = {target.kind: target for target in (*conversation.sla, *targets)}
    deadlines = []
    for deadline in conversation.deadlines:
        # One that older versions promised is owed whether or not its team has a target of that kind.
        anew = _retargeted(deadline, sla.get(deadline.target.kind, deadline.target), step)
        deadlines.append(anew if is_taken else min(anew, deadline, key=lambda each: each.due_at))
    return replace(conversation, sla=tuple(sla.values()), deadlines=tuple(deadlines))


def heard(conversation: Conversation, step: Step) -> Conversation:
    """`conversation` once its customer has written: what is owed from now on runs."""
    return _begun(conversation, step, DeadlineKind)


def counted(conversation: Conversation, step: Step) -> Conversation:
    """`conversation` once rules gave it targets without a new message: what runs from an earlier instant on runs."""
    return _begun(conversation, step, (DeadlineKind.FIRST_REPLY, *BEGINS_AGAIN))


def answered(conversation: Conversation, step: Step) -> Conversation:
    """`conversation` once we replied: no answer is owed any more, and the next word is, an `update` from now on."""
    kept = tuple(each for each in conversation.deadlines if each.target.kind is DeadlineKind.RESOLUTION)
    return _begun(replace(conversation, deadlines=kept, replied_at=step.now), step, (DeadlineKind.UPDATE,))


def owed_again(conversation: Conversation, step: Step) -> Conversation:
    """`conversation` once a reply is known to be lost: an answer is owed from now on.

    Where the team has no target for the next reply, the first one's counts: something is due in any case.
    """
    target = {target.kind: target for target in conversation.sla}
    first = target.get(DeadlineKind.FIRST_REPLY)
    is_running = any(deadline.target.kind is DeadlineKind.FIRST_REPLY for deadline in conversation.deadlines)
    if first is None or is_running or DeadlineKind.NEXT_REPLY in target:
        return _begun(conversation, step, (DeadlineKind.NEXT_REPLY,))
    deadline = Deadline(first, step.now, step.after(first.calendar, step.now, first.within))
    return replace(conversation, deadlines=(*conversation.deadlines, deadline))


def in_time(after: Conversation, step: Step) -> Conversation:
    """`after` as its state asks for: nothing runs once it is resolved, and no resolution while we wait."""
    if not after.is_queued:
        return replace(after, deadlines=(), paused=None)
    if step.before and step.before.state is ConversationState.RESOLVED:
        after = _begun(replace(after, reopened_at=step.now), step, BEGINS_AGAIN)
    return _paused(after, step) if after.state is ConversationState.PENDING else resumed(after, step)


def resumed(conversation: Conversation, step: Step) -> Conversation:
    """`conversation` with its resolution's deadline running again, if it was paused: due once what was left is over."""
    paused = conversation.paused
    if paused is None:
        return conversation
    due_at = step.after(paused.target.calendar, step.now, paused.left)
    deadline = Deadline(paused.target, paused.from_at, due_at)
    return replace(conversation, paused=None, deadlines=(*conversation.deadlines, deadline))


def fell_due(step: Step, due: TimerDue) -> Decision:
    """The deadline as missed, if it is still that one and still runs."""
    conversation = step.conversation
    meant = (due.subject, due.due_at)
    late = next((each for each in conversation.deadlines if _name(each) == meant and each.missed_at is None), None)
    if late is None:
        return refused("stale")
    deadlines = tuple(replace(each, missed_at=step.now) if each is late else each for each in conversation.deadlines)
    return changed(replace(conversation, deadlines=deadlines), _missed_entry(late, step, step.late))


def met_too_late(after: Conversation, step: Step) -> Iterable[TimelineEntry]:
    """An entry for each deadline that ends now although it had passed, its timer being late itself."""
    kept = {_name(deadline) for deadline in after.deadlines}
    for deadline in step.before.deadlines if step.before else ():
        if _is_overdue(deadline, step.now) and _name(deadline) not in kept:
            yield _missed_entry(deadline, step, {})


def timers(conversation: Conversation) -> Iterable[Timer]:
    """The timer of each deadline that runs and was not missed yet."""
    for deadline in conversation.deadlines:
        if deadline.missed_at is None:
            yield Timer(conversation.id, TimerKind.DEADLINE, ANY_TURN, deadline.due_at, deadline.target.kind)


def _begun(conversation: Conversation, step: Step, kinds: Iterable[DeadlineKind]) -> Conversation:
    """`conversation` with a deadline for each of its targets of `kinds` that should run and does not yet."""
    running = {deadline.target.kind for deadline in conversation.deadlines}
    if conversation.paused:
        running.add(conversation.paused.target.kind)
    wanted = frozenset(kinds) - running
    begun = []
    for target in conversation.sla:
        from_at = _begins_at(target.kind, conversation, step) if target.kind in wanted else None
        if from_at:
            begun.append(Deadline(target, from_at, step.after(target.calendar, from_at, target.within)))
    return replace(conversation, deadlines=(*conversation.deadlines, *begun)) if begun else conversation


def _begins_at(kind: DeadlineKind, conversation: Conversation, step: Step) -> datetime | None:
    """From when a deadline of `kind` runs that begins at this step; None if it does not begin."""
    replied, reopened, created = conversation.replied_at, conversation.reopened_at, conversation.created_at
    match kind:
        case DeadlineKind.FIRST_REPLY:
            # Who was answered, or told that it is done, does not wait with their first message any more. Records from
            # before these were kept tell it by whom they wait for.
            is_first = replied is None and reopened is None and conversation.waiting_since == created
            return created if is_first else None
        case DeadlineKind.NEXT_REPLY:
            return step.now if step.before else None
        case DeadlineKind.RESOLUTION:
            return reopened or created
        case DeadlineKind.UPDATE:
            return max(filter(None, (replied, reopened, created)))


def _retargeted(deadline: Deadline, target: Target, step: Step) -> Deadline:
    """`deadline` for `target`; one that was missed stays as it was until it is met."""
    old = deadline.target
    if target == old or deadline.missed_at or _is_overdue(deadline, step.now):
        return deadline
    if target.kind is DeadlineKind.RESOLUTION:
        # It may have been paused: what ran of it counts, so that what did not run does not.
        left = step.rulebook.calendar(old.calendar).between(step.now, deadline.due_at)
        due_at = step.after(target.calendar, step.now, max(target.within - old.within + left, timedelta()))
    else:
        due_at = step.after(target.calendar, deadline.from_at, target.within)
    return replace(deadline, target=target, due_at=due_at)


def _paused(conversation: Conversation, step: Step) -> Conversation:
    """`conversation` without its resolution's deadline, which keeps what it has left; one that passed stays missed."""
    running = next((each for each in conversation.deadlines if each.target.kind is DeadlineKind.RESOLUTION), None)
    if running is None or running.missed_at or _is_overdue(running, step.now):
        return conversation
    left = step.rulebook.calendar(running.target.calendar).between(step.now, running.due_at)
    others = tuple(each for each in conversation.deadlines if each is not running)
    return replace(conversation, deadlines=others, paused=PausedDeadline(running.target, running.from_at, left))


def _name(deadline: Deadline) -> tuple[str, datetime]:
    """What tells it from all others that its conversation ever has."""
    return deadline.target.kind, deadline.due_at


def _is_overdue(deadline: Deadline, now: datetime) -> bool:
    """Whether it has passed, and that has not been told yet."""
    return deadline.missed_at is None and deadline.due_at < now


def _missed_entry(deadline: Deadline, step: Step, late: Mapping[str, str]) -> TimelineEntry:
    detail = {"kind": str(deadline.target.kind), "due_at": deadline.due_at.isoformat()}
    return step.entry(EntryKind.DEADLINE_MISSED, detail={**detail, **late})
