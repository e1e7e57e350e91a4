"""A promise does not let its conversation rest: it comes back before its team, and does not close while one is open."""

from datetime import timedelta

from msgspec.structs import replace

from router.core.promises.record import open_promises
from router.core.step import Step
from router.model.conversation import Conversation, ConversationState, moved
from router.model.decision import EntryKind, TimelineEntry

REST = (ConversationState.PENDING, ConversationState.SNOOZED, ConversationState.RESOLVED)
# So long after the last look at a promise its conversation closes at the earliest.
BEHIND = timedelta(minutes=1)


def awake(conversation: Conversation, step: Step) -> tuple[Conversation, tuple[TimelineEntry, ...]]:
    """`conversation` before its team, since something is owed in it, whether it waited, slept or was resolved."""
    if conversation.state not in REST:
        return conversation, ()
    is_reopened = conversation.state is ConversationState.RESOLVED
    after = replace(
        moved(conversation, ConversationState.OPEN),
        waiting_since=conversation.waiting_since or step.now,
        snoozed_until=None,
        resolved_at=None,
        closes_at=None,
        turn=conversation.turn + 1,
    )
    return after, (step.entry(EntryKind.REOPENED),) if is_reopened else ()


def kept_open(conversation: Conversation, step: Step) -> Conversation:
    """`conversation`, once it is resolved, open to what is promised in it: it closes after the last of that is over."""
    if conversation.state is not ConversationState.RESOLVED or conversation.resolved_at is None:
        return conversation
    usual = conversation.resolved_at + step.context.policy.reopen_within
    owed = [each.look_at + BEHIND for each in open_promises(conversation) if each.look_at]
    return replace(conversation, closes_at=max((usual, *owed)))
