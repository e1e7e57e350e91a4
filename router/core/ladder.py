"""A ladder: what happens, step by step, while nobody of the team acts."""

from collections.abc import Iterable

from msgspec.structs import replace

from router.core.ownership import handed_over
from router.core.step import Step, changed, refused
from router.model.commitment import Ladder, LadderStep
from router.model.conversation import Conversation, RunningLadder
from router.model.decision import ANY_TURN, Decision, EntryKind, TimelineEntry, Timer
from router.model.event import (
    Body,
    CallTaken,
    Claimed,
    ReplyRepeated,
    ReplyWritten,
    Resolved,
    Snoozed,
    TimerDue,
    TimerKind,
    Transferred,
)
from router.model.ids import AgentId, TeamId
from router.model.team import Priority

# Who moves the conversations of a team that is gone (router/removed_teams.py): nobody who has acted.
HILO = AgentId("hilo")
RISING = (Priority.LOW, Priority.NORMAL, Priority.HIGH, Priority.URGENT)


def begun(conversation: Conversation, ladder: Ladder | None, step: Step) -> Conversation:
    """`conversation` with `ladder` from this message on, unless one has run since the team last acted.

    If it had run before another rule took the conversation, it goes on from where it was: else a customer who goes back
    and forth between two teams' topics would begin it again each time, and nobody would ever be told.
    """
    if ladder is None or not ladder.steps or conversation.ladder:
        return conversation
    # No two events leave the same revision, so that no two ladders of a conversation have the same generation.
    generation = (step.before.revision if step.before else 0) + 1
    anew = RunningLadder(ladder.rule, ladder.steps, ladder.calendar, step.now, generation)
    running = next((former for former in conversation.former_ladders if former.rule == ladder.rule), anew)
    others = tuple(former for former in conversation.former_ladders if former.rule != ladder.rule)
    return replace(conversation, ladder=_timed(running, step), former_ladders=others)


def taken(conversation: Conversation) -> Conversation:
    """`conversation` once a rule takes it for another team: its ladder stands still until it comes back."""
    if conversation.ladder is None:
        return conversation
    return replace(conversation, ladder=None, former_ladders=(*conversation.former_ladders, conversation.ladder))


def left_behind(after: Conversation, step: Step) -> Conversation:
    """`after` without its ladders, if somebody of the team has acted at this step."""
    return replace(after, ladder=None, former_ladders=()) if has_acted(step.event.body) else after


def has_acted(body: Body) -> bool:
    """Whether `body` is what somebody did about the conversation; Hilo itself is nobody."""
    return (
        isinstance(body, Claimed | ReplyWritten | ReplyRepeated | Snoozed | Transferred | Resolved | CallTaken)
        and body.agent.id != HILO
    )


def fell_due(step: Step, due: TimerDue) -> Decision:
    """The next step of the ladder, if it is still that one."""
    conversation, running = step.conversation, step.conversation.ladder
    if running is None or not running.steps or due.subject != _name(running):
        return refused("stale")
    taken, *left = running.steps
    running_on = _timed(replace(running, steps=tuple(left), done=running.done + 1), step)
    after = _raised(replace(conversation, ladder=running_on), taken)
    told = []
    if taken.tell_supervisor:
        after = replace(after, is_escalated=True)
        told.append(step.entry(EntryKind.ESCALATED, detail={"rule": running.rule}))
    skipped = _why_not(taken.team, conversation, step) if taken.team else ""
    if taken.team and not skipped:
        reason = f"nobody acted in time: step {running.done + 1} of the ladder of {running.rule}"
        after, entry = handed_over(after, taken.team, reason, step, running.rule)
        told.append(entry)
    return changed(after, _entry(running, taken, after, skipped, step), *told)


def timers(conversation: Conversation) -> Iterable[Timer]:
    """The timer of the ladder's next step, if there is one."""
    running = conversation.ladder
    if running and running.due_at:
        yield Timer(conversation.id, TimerKind.LADDER, ANY_TURN, running.due_at, _name(running))


def _timed(running: RunningLadder, step: Step) -> RunningLadder:
    """`running` with the instant at which its next step is due; none, if there are no more."""
    if not running.steps:
        return replace(running, due_at=None)
    return replace(running, due_at=step.after(running.calendar, running.began_at, running.steps[0].after))


def _raised(conversation: Conversation, taken: LadderStep) -> Conversation:
    """`conversation` with the step's tags and its priority, which only ever goes up."""
    level = RISING.index(conversation.priority)
    wanted = RISING.index(taken.priority) if taken.priority else level
    if taken.raises:
        wanted = max(wanted, min(level + 1, len(RISING) - 1))
    tags = tuple(sorted({*conversation.tags, *taken.tags}))
    return replace(conversation, priority=RISING[max(level, wanted)], tags=tags)


def _why_not(team: TeamId, conversation: Conversation, step: Step) -> str:
    """Why the conversation does not become `team`'s; nothing if it does."""
    if team not in step.context.teams:
        return f"the team {team!r} is gone"
    return "it is that team's already" if team == conversation.ownership.team else ""


def _entry(running: RunningLadder, taken: LadderStep, after: Conversation, skipped: str, step: Step) -> TimelineEntry:
    detail = {
        "rule": running.rule,
        "step": str(running.done + 1),
        "after": str(int(taken.after.total_seconds())),
        "priority": str(after.priority) if taken.raises or taken.priority else "",
        "tags": ", ".join(taken.tags),
        "told": "supervisor" if taken.tell_supervisor else "",
        "team": taken.team or "",
        "skipped": skipped,
        **step.late,
    }
    return step.entry(EntryKind.LADDER, detail={name: value for name, value in detail.items() if value})


def _name(running: RunningLadder) -> str:
    """What a timer of its next step is about."""
    return f"{running.generation}.{running.done}"
