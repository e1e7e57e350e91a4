"""Which timers a conversation waits for: from them alone a step's new ones, and those that are over, follow."""

from collections.abc import Iterable

from router.core import deadlines, ladder
from router.core.calls import due
from router.core.care import follow_up, silence
from router.core.promises import looks
from router.model.conversation import Conversation, ConversationState
from router.model.decision import Timer
from router.model.event import TimerKind


def awaited(conversation: Conversation) -> tuple[Timer, ...]:
    """The timers from which something comes when they fall due, if nothing happens before.

    One that is part of another waits for none. What a visitor has not fetched is not among them: it is looked at again
    within minutes, and no record tells when.
    """
    if conversation.part_of:
        return ()
    owed = (deadlines.timers, ladder.timers, due.timers, looks.timers, follow_up.timers, silence.timers)
    return tuple(timer for timers in (_of_the_state, *owed) for timer in timers(conversation))


def _of_the_state(conversation: Conversation) -> Iterable[Timer]:
    """What ends a state by itself: the conversation wakes, or closes."""
    name, turn = conversation.id, conversation.turn
    if conversation.state is ConversationState.SNOOZED and conversation.snoozed_until:
        yield Timer(name, TimerKind.WAKE, turn, conversation.snoozed_until)
    if conversation.state is ConversationState.RESOLVED and conversation.closes_at:
        yield Timer(name, TimerKind.CLOSE, turn, conversation.closes_at)
