"""What follows from any step by itself: ladders and deadlines end, pause and go on as the conversation's state asks."""

from msgspec.structs import replace

from router.core import deadlines, ladder
from router.core.step import Step
from router.model.decision import Decision


def afterwards(step: Step, draft: Decision) -> Decision:
    """`draft` with what follows from its conversation's new state, and the timers for all that runs from now on."""
    if draft.conversation is None:
        return draft
    after = deadlines.in_time(ladder.left_behind(draft.conversation, step), step)
    return replace(
        draft,
        conversation=after,
        entries=(*deadlines.met_too_late(after, step), *draft.entries),
        timers=(
            *draft.timers,
            *deadlines.timers(after, step.before),
            *ladder.timers(after, step.before, step),
        ),
    )
