"""A conversation: all that is unfinished with one customer, owned by exactly one team."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from router.model.errors import PermanentError
from router.model.ids import AgentId, ConversationId, CustomerId
from router.model.message import ChannelName, Handle, OutboundMessage, Proof
from router.model.team import Ownership, Priority

TARGETS_KEPT = 8
AWAITING_KEPT = 20


class ConversationState(StrEnum):
    """Where a conversation stands (the table is in docs/conversation.md)."""

    NEW = "new"
    OPEN = "open"
    PENDING = "pending"
    SNOOZED = "snoozed"
    RESOLVED = "resolved"
    CLOSED = "closed"


LAWFUL_MOVES: dict[ConversationState, frozenset[ConversationState]] = {
    ConversationState.NEW: frozenset(
        {ConversationState.OPEN, ConversationState.PENDING, ConversationState.SNOOZED, ConversationState.RESOLVED}
    ),
    ConversationState.OPEN: frozenset(
        {ConversationState.PENDING, ConversationState.SNOOZED, ConversationState.RESOLVED}
    ),
    ConversationState.PENDING: frozenset(
        {ConversationState.OPEN, ConversationState.SNOOZED, ConversationState.RESOLVED}
    ),
    ConversationState.SNOOZED: frozenset(
        {ConversationState.OPEN, ConversationState.PENDING, ConversationState.RESOLVED}
    ),
    ConversationState.RESOLVED: frozenset({ConversationState.OPEN, ConversationState.CLOSED}),
    ConversationState.CLOSED: frozenset(),
}


@dataclass(frozen=True, slots=True)
class ReplyTarget:
    """Where a reply can go: a handle the customer wrote from, and what the channel needs to thread the answer."""

    channel: ChannelName
    account: str
    handle: Handle
    proof: Proof
    at: datetime
    subject: str = ""
    thread: str = ""
    references: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Conversation:
    """All that is unfinished with one customer. The timeline lies beside it, so that this record stays small.

    `targets` stand latest first. `waiting_since` is the instant of the oldest message of the customer's that nobody
    answered; None while we wait for the customer (it is kept over a resolution, for the case that it is undone).
    `turn` grows with each change that makes older timers stale. `story_revision` is the revision of the latest change
    that a person must have seen before acting (receipts don't count), `awaiting` the latest messages that lie in a chat
    whose visitor has not fetched them yet, and `address` the handle that the visitor gave for that case.
    """

    id: ConversationId
    customer: CustomerId
    state: ConversationState
    ownership: Ownership
    created_at: datetime
    updated_at: datetime
    revision: int = 0
    assignee: AgentId | None = None
    priority: Priority = Priority.NORMAL
    tags: tuple[str, ...] = ()
    customer_name: str = ""
    subject: str = ""
    preview: str = ""
    language: str = ""
    targets: tuple[ReplyTarget, ...] = ()
    address: Handle | None = None
    waiting_since: datetime | None = None
    resolved_at: datetime | None = None
    snoozed_until: datetime | None = None
    turn: int = 0
    messages: int = 0
    story_revision: int = 0
    awaiting: tuple[OutboundMessage, ...] = ()

    @property
    def is_closed(self) -> bool:
        """Whether the conversation is over for good: a new message starts another."""
        return self.state is ConversationState.CLOSED

    @property
    def is_queued(self) -> bool:
        """Whether it stands in its team's queue: all do that are not resolved."""
        return self.state not in (ConversationState.RESOLVED, ConversationState.CLOSED)


def moved(conversation: Conversation, state: ConversationState) -> Conversation:
    """`conversation` in `state`; PermanentError if the table of lawful moves does not have that move."""
    if state is conversation.state:
        return conversation
    if state not in LAWFUL_MOVES[conversation.state]:
        raise PermanentError(f"{conversation.state} does not go to {state}")
    return replace(conversation, state=state)


def with_target(conversation: Conversation, target: ReplyTarget) -> Conversation:
    """`conversation` with `target` first among those that a reply can go to, one for each handle."""
    others = (known for known in conversation.targets if known.handle != target.handle)
    return replace(conversation, targets=(target, *others)[:TARGETS_KEPT])
