"""A conversation: all that is unfinished with one customer, owned by exactly one team."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec
from msgspec.structs import replace

from router.model.call import Call, CallbackReason, CallOffer, Try
from router.model.challenge import Challenge
from router.model.commitment import CallbackKind, Deadline, LadderStep, Target
from router.model.errors import PermanentError
from router.model.fact import Fact
from router.model.ids import AgentId, CallbackId, ConversationId, CustomerId, MessageId
from router.model.message import ChannelName, DeliveryState, Handle, OutboundMessage, Proof, Quotation
from router.model.promise import FollowUp, Promise
from router.model.silence import Silence
from router.model.team import Ownership, Priority
from router.model.value import Value

TARGETS_KEPT = 8
AWAITING_KEPT = 20
UNREACHED_KEPT = 8
SUGGESTIONS_KEPT = 5
DROPPED_KEPT = 20


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


class ReplyTarget(Value, frozen=True):
    """Where a reply can go: a handle the customer wrote from, and what the channel needs to thread the answer.

    `public` says that all the world reads what goes there. Nothing automatic goes where `silent` is set: a machine
    wrote from there, or somebody in what may be another's name.
    """

    channel: ChannelName
    account: str
    handle: Handle
    proof: Proof
    at: datetime
    subject: str = ""
    thread: str = ""
    references: tuple[str, ...] = ()
    public: bool = False
    quotation: Quotation | None = None
    silent: bool = False


class PausedDeadline(Value, frozen=True):
    """A target that does not run while we wait for the customer: `left` is the opening time that it still has."""

    target: Target
    from_at: datetime
    left: timedelta


class RunningLadder(Value, frozen=True):
    """The ladder of the rule `rule`, set by a message at `began_at`; nobody of the team has acted since.

    `steps` are those left, `done` counts the others. One without steps left stays until somebody acts, so that the
    customer's next message does not begin it again. `generation` tells its timers from those of an earlier one, and
    `due_at` is when the next step's is due; records from before that was kept do not tell.
    """

    rule: str
    steps: tuple[LadderStep, ...]
    calendar: str
    began_at: datetime
    generation: int
    done: int = 0
    due_at: datetime | None = None


class Callback(Value, frozen=True):
    """A call that is offered to the customer, or owed to them until `due_at`.

    It is made from `from_at` on; at `ready_at` it goes to the agents: then, or later where phones may not ring, or
    after a pause. `number` is None until somebody names it. `zone` is the customer's, in which their window and the
    hours in which phones may ring are meant; `consent` are the words by which they asked for it at any hour.
    `wanted` is the agent who knows the case. `offer` is who is asked to make it now, `declined` who would not, or
    did not answer; `order` is the call under way. `told_at` is when the customer last heard that it is late.
    From `ready_at` phones may ring until `shut_at` (None: at any hour). At `chase_at` its supervisors are told that it
    is about to be late. At `again_at` it is made again by who is in `offer`, without asking: the line had dropped.
    `rounds` counts those after which the customer could not be told that they were not reached. `later` is the call of
    a time that was agreed and had not come yet when a line fell: owed as it was, once this one is made or given up.
    """

    kind: CallbackKind
    asked_at: datetime
    due_at: datetime | None = None
    id: CallbackId = CallbackId("")
    number: Handle | None = None
    from_at: datetime | None = None
    ready_at: datetime | None = None
    zone: str = ""
    consent: str = ""
    reason: CallbackReason = CallbackReason.RULE
    note: str = ""
    by: str = ""
    wanted: AgentId | None = None
    offer: CallOffer | None = None
    declined: tuple[AgentId, ...] = ()
    order: MessageId | None = None
    attempts: int = 0
    tries: tuple[Try, ...] = ()
    is_in_doubt: bool = False
    told_at: datetime | None = None
    broken_at: datetime | None = None
    shut_at: datetime | None = None
    chase_at: datetime | None = None
    again_at: datetime | None = None
    rounds: int = 0
    later: "Callback | None" = None


class Unreached(Value, frozen=True):
    """A reply that did not reach its customer (FAILED), or of which nobody knows (UNCONFIRMED): a person chooses.

    `turn` and `messages` are the conversation's when it was given back to its team for this; both None if it was not,
    since the team owed something in any case. `reason` is why, as the channel told it.
    """

    message: OutboundMessage
    state: DeliveryState
    turn: int | None = None
    messages: int | None = None
    reason: str = ""


class Doubt(StrEnum):
    """What speaks against a suggestion: their identities differ, or only a supervisor may link what none suggested."""

    OTHER_IDENTITY = "other_identity"
    SUPERVISOR = "supervisor"


class Suggestion(Value, frozen=True):
    """Somebody else who may be the same customer, for agents alone to say: by a `handle` that is theirs, or else.

    `evidence` is what speaks for it (an `Evidence`, where there is a handle). `conversation` is the one that they have
    open, and `team` its owner. `doubt` speaks against it. One that an agent
    dropped is kept, so that nobody suggests it again.
    """

    customer: CustomerId | None = None
    handle: Handle | None = None
    conversation: ConversationId | None = None
    team: str = ""
    evidence: str = ""
    doubt: Doubt | None = None
    is_dropped: bool = False


class Conversation(Value, frozen=True):
    """All that is unfinished with one customer. The timeline lies beside it, so that this record stays small.

    `targets` stand latest first. `waiting_since` is the instant of the oldest message of the customer's that nobody
    answered; None while we wait for the customer (it is kept over a resolution, for the case that it is undone).
    `closes_at` is when it closes, while it is resolved; records from before that was kept do not tell.
    `turn` grows with each change that makes older timers stale. `story_revision` is the revision of the latest change
    that a person must have seen before acting (what comes by itself doesn't count), `awaiting` the latest messages that
    lie in a chat whose visitor has not fetched them yet, and `address` the handle that the visitor gave for that case.
    `unreached` are the latest replies that may not have arrived and about which nobody has decided.

    Rules gave `facts` (what is known of the matter), `skills` and `spoken` (what the agent should bring along) and
    `sla`, the team's targets, one of each kind; `deadlines` are those of them that run, or were missed and are still
    owed, and `paused` is the resolution's while we wait for the customer. `former_ladders` are those from which another
    rule took it before anybody acted: each goes on where it was if its rule takes the conversation back. `replied_at`
    and `reopened_at` are the latest instants of their kind. `is_escalated` puts it before the team's supervisors until
    it is resolved, and `acknowledgement` is the automatic message that its customer got. `known` is what was said of
    the matter, what was already tried above all; rules' own words for it are `facts`. `challenge` is the
    latest one-time code.

    `suggestions` are who may be the same customer. One whose customer became part of another is `part_of` theirs, and
    stays as it was: what happens to it is passed on to `joined`, the conversation that holds its story since.
    `callback` is the call that is owed, and `call` the one under way, or the latest. `promises` are the open ones, and
    the latest of those that are settled. `follow_up` is the question after the latest resolution, and `silence` by when
    the customer hears something while it is open. `rung_back_at` is
    when a call that nobody took last let us ring at any hour.
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
    closes_at: datetime | None = None
    snoozed_until: datetime | None = None
    turn: int = 0
    messages: int = 0
    story_revision: int = 0
    awaiting: tuple[OutboundMessage, ...] = ()
    unreached: tuple[Unreached, ...] = ()
    facts: Mapping[str, str] = msgspec.field(default_factory=dict)
    skills: tuple[str, ...] = ()
    spoken: str = ""
    sla: tuple[Target, ...] = ()
    deadlines: tuple[Deadline, ...] = ()
    paused: PausedDeadline | None = None
    ladder: RunningLadder | None = None
    former_ladders: tuple[RunningLadder, ...] = ()
    callback: Callback | None = None
    is_escalated: bool = False
    acknowledgement: MessageId | None = None
    replied_at: datetime | None = None
    reopened_at: datetime | None = None
    known: tuple[Fact, ...] = ()
    challenge: Challenge | None = None
    suggestions: tuple[Suggestion, ...] = ()
    part_of: CustomerId | None = None
    joined: ConversationId | None = None
    call: Call | None = None
    rung_back_at: datetime | None = None
    promises: tuple[Promise, ...] = ()
    follow_up: FollowUp | None = None
    silence: Silence | None = None

    @property
    def is_closed(self) -> bool:
        """Whether the conversation is over for good: a new message starts another."""
        return self.state is ConversationState.CLOSED

    @property
    def is_queued(self) -> bool:
        """Whether it stands in its team's queue: all do that are not resolved, nor part of another."""
        is_over = self.state in (ConversationState.RESOLVED, ConversationState.CLOSED)
        return not is_over and self.part_of is None


def moved(conversation: Conversation, state: ConversationState) -> Conversation:
    """`conversation` in `state`; PermanentError if the table of lawful moves does not have that move."""
    if state is conversation.state:
        return conversation
    if state not in LAWFUL_MOVES[conversation.state]:
        raise PermanentError(f"{conversation.state} does not go to {state}")
    return replace(conversation, state=state)


def with_target(conversation: Conversation, target: ReplyTarget) -> Conversation:
    """`conversation` with `target` first among those that a reply can go to.

    There is one for each handle, and one more where the same person writes in public and in private.
    """
    place = target.handle, target.public
    others = (known for known in conversation.targets if (known.handle, known.public) != place)
    return replace(conversation, targets=(target, *others)[:TARGETS_KEPT])
