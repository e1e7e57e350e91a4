"""What follows from any step by itself: ladders and deadlines end, pause and go on as the conversation's state asks."""

from collections.abc import Iterable

from msgspec.structs import replace

from router.core import deadlines, ladder
from router.core.awaited import awaited
from router.core.calls.moving import left_behind
from router.core.calls.owed import with_number
from router.core.care import follow_up, silence
from router.core.promises import calls
from router.core.step import Step
from router.model.decision import Decision, Timer
from router.model.event import TimerDue


def afterwards(step: Step, draft: Decision) -> Decision:
    """`draft` with what follows from its conversation's new state.

    All that runs from now on gets its timer; the timers of what does not any more are cancelled.
    """
    if draft.conversation is None:
        return draft
    numbered, told = with_number(draft.conversation, draft.customer, step)
    followed = calls.followed(step.before, numbered, step)
    after = deadlines.in_time(ladder.left_behind(followed.conversation, step), step)
    after = silence.in_time(follow_up.in_state(left_behind(after, step), step), draft.outbound, step)
    known, wanted = awaited(step.before) if step.before else (), awaited(after)
    return replace(
        draft,
        conversation=after,
        entries=(*deadlines.met_too_late(after, step), *draft.entries, *told, *followed.entries),
        tallies=(*draft.tallies, *followed.tallies),
        timers=(*draft.timers, *(timer for timer in wanted if timer not in known)),
        cancelled=tuple(timer for timer in known if timer not in (*wanted, *_fallen_due(step))),
    )


def _fallen_due(step: Step) -> Iterable[Timer]:
    """The timer that is this step's event: it does not wait any more."""
    match step.event.body:
        case TimerDue(kind, turn, due_at, subject):
            yield Timer(step.conversation.id, kind, turn, due_at, subject)
