"""Where a conversation stands in its team's queue: the top is what to do next."""

from router.model.clock import milliseconds
from router.model.conversation import Conversation, ConversationState

# Scores are doubles: whole numbers below 2**53 are exact, and milliseconds stay below 10**13 until the year 2286.
STEP = 10**13


def queue_score(conversation: Conversation) -> int:
    """The lower, the sooner: those whom we owe something first, then by priority, then by how long they wait."""
    ours = conversation.state in (ConversationState.NEW, ConversationState.OPEN)
    since = conversation.waiting_since or conversation.updated_at
    return ((0 if ours else 4) + conversation.priority.rank) * STEP + milliseconds(since)
