"""Where a conversation stands in its team's queue: the top is what to do next."""

from router.model.clock import milliseconds
from router.model.conversation import Conversation, ConversationState
from router.model.promise import Chased
from router.model.team import Priority

# Scores are doubles: whole numbers below 2**53 are exact, and milliseconds stay below 10**13 until the year 2286.
STEP = 10**13


def queue_score(conversation: Conversation) -> int:
    """The lower, the sooner: those whom we owe something first, then by priority, then by how long they wait.

    Where a promise is nearly late, or is, that is as if it were of a higher priority.
    """
    ours = conversation.state in (ConversationState.NEW, ConversationState.OPEN)
    since = conversation.waiting_since or conversation.updated_at
    rank = min(conversation.priority.rank, _pressing(conversation).rank)
    return ((0 if ours else 4) + rank) * STEP + milliseconds(since)


def _pressing(conversation: Conversation) -> Priority:
    """How soon what is promised is to be looked at: the agent's own is high, what the team was told of urgent."""
    chased = [each for each in conversation.promises if each.is_open and (each.chased is not Chased.NOBODY)]
    late = any(each.is_open and each.broken_at for each in conversation.promises)
    if late or any(each.chased is not Chased.AGENT for each in chased):
        return Priority.URGENT
    return Priority.HIGH if chased else Priority.LOW
