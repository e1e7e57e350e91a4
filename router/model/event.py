"""What can happen to a conversation: arrivals, commands, timers due, receipts; each is an event on a stream."""

from datetime import datetime
from enum import StrEnum

from router.model.call import CallReport, CallStatus
from router.model.conversation import Conversation
from router.model.customer import NOBODY, Customer, Evidence, Host, Link, Profile, Wish
from router.model.fact import Fact
from router.model.finding import Cleared, Despite
from router.model.ids import AgentId, CallbackId, ConversationId, CustomerId, EventId, MessageId, PromiseId, TeamId
from router.model.message import Attachment, ChannelName, Handle, InboundMessage, OutboundMessage, Receipt
from router.model.promise import PromiseKind, PromiseState
from router.model.team import Agent
from router.model.timeline import TimelineEntry
from router.model.value import Value


class MessageArrived(Value, frozen=True):
    """A customer wrote."""

    message: InboundMessage


class MessageWithdrawn(Value, frozen=True):
    """A customer took back what they had written: `message` is its key."""

    message: str
    channel: ChannelName
    sender: Handle


class AddressGiven(Value, frozen=True):
    """A customer said where an answer may go if they leave: a claimed handle."""

    address: Handle
    source: Handle


class DirectoryAnswered(Value, frozen=True):
    """The directory answered about a customer: as `entry`, or, where that is empty, that it knows nobody.

    `handles` are those that it names as theirs. `message` is the one for which it was asked, and `seen` what rules
    could see of it, as JSON and without `text` and `subject`, which stand beside it.
    """

    customer: CustomerId
    at: datetime
    entry: str = ""
    profile: Profile = NOBODY
    name: str = ""
    language: str = ""
    handles: tuple[Handle, ...] = ()
    facts: tuple[Fact, ...] = ()
    message: str = ""
    seen: str = ""
    text: str = ""
    subject: str = ""


class ReplyWritten(Value, frozen=True):
    """An agent answered; without a `channel` it goes where the customer last wrote.

    `public` asks for the one or the other side where the same person writes in public and in private: without it the
    side of their latest message. What its author `cleared` looks like personal data and is none.
    `copied` and `blind_copied` are who else gets it, and `attachments` the kept files that go along, where the channel
    knows such a thing. `to` is another address that the customer gave: the reply goes there, under `subject`, and what
    comes back belongs to the same conversation. `despite` lets it leave in spite of what the guard found, and
    `promise` is by when its author promises to have done something: it is recorded.
    """

    agent: Agent
    text: str
    channel: ChannelName | None = None
    public: bool | None = None
    cleared: tuple[Cleared, ...] = ()
    copied: tuple[Handle, ...] = ()
    blind_copied: tuple[Handle, ...] = ()
    to: Handle | None = None
    subject: str = ""
    attachments: tuple[Attachment, ...] = ()
    despite: Despite | None = None
    promise: datetime | None = None


class ReplyConfirmed(Value, frozen=True):
    """An agent knows that an unconfirmed reply has arrived."""

    agent: Agent
    message: MessageId


class ReplyRepeated(Value, frozen=True):
    """An agent has a reply sent again that did not, or may not, have arrived; the customer may then have it twice."""

    agent: Agent
    message: MessageId


class CodeAsked(Value, frozen=True):
    """An agent has a one-time `code` (six digits) sent to a handle, to learn whether it is this customer's."""

    agent: Agent
    handle: Handle
    code: str


class FactSet(Value, frozen=True):
    """An agent says what is so: a fact confirmed as it stands, corrected (it was `instead_of`), or added."""

    agent: Agent
    kind: str
    value: str
    sort: str = ""
    instead_of: str = ""


class FactDropped(Value, frozen=True):
    """An agent says that a fact is none."""

    agent: Agent
    kind: str
    value: str


class Linked(Value, frozen=True):
    """An agent says that `handle` is this customer's, or that the customer of another `conversation` is the same."""

    agent: Agent
    handle: Handle | None = None
    conversation: ConversationId | None = None


class SuggestionDropped(Value, frozen=True):
    """An agent says that who was suggested is somebody else."""

    agent: Agent
    handle: Handle | None = None
    conversation: ConversationId | None = None


class Unlinked(Value, frozen=True):
    """An agent says that `customer`, or who has `handle`, is somebody else: they are parted again."""

    agent: Agent
    customer: CustomerId | None = None
    handle: Handle | None = None


class NoteAdded(Value, frozen=True):
    """An agent left a note for colleagues; the customer never sees it."""

    agent: Agent
    text: str


class Claimed(Value, frozen=True):
    """An agent became the assignee."""

    agent: Agent


class Released(Value, frozen=True):
    """The conversation has no assignee any more."""

    agent: Agent


class Transferred(Value, frozen=True):
    """Ownership moves to another team, with a note."""

    agent: Agent
    team: TeamId
    note: str = ""


class Resolved(Value, frozen=True):
    """Done, as the team thinks."""

    agent: Agent
    note: str = ""


class Reopened(Value, frozen=True):
    """An agent took a resolved conversation up again."""

    agent: Agent


class Snoozed(Value, frozen=True):
    """Nothing to do until an instant, or until the customer writes."""

    agent: Agent
    until: datetime


class CallWanted(Value, frozen=True):
    """A customer asks to be called at `number` (E.164): between `from_at` and `until`, or now where both are None.

    `is_any_hour` says that they asked for it whatever the hour, in the `words` that are kept as their consent.
    `account` is the channel's.
    """

    source: Handle
    channel: ChannelName
    number: Handle
    from_at: datetime | None = None
    until: datetime | None = None
    is_any_hour: bool = False
    words: str = ""
    account: str = ""


class CallbackSet(Value, frozen=True):
    """An agent says that we call the customer, or when and where we do instead.

    Without a time it is owed as soon as can be, whatever was agreed before; a `number` of None stays as it is, and is
    needed where none is known. `consent` are the customer's words by which it may be at any hour; `is_mine`: the agent
    makes it.
    """

    agent: Agent
    number: Handle | None = None
    from_at: datetime | None = None
    until: datetime | None = None
    consent: str = ""
    note: str = ""
    is_mine: bool = False


class CallbackDropped(Value, frozen=True):
    """An agent says that the call is not owed any more, and why."""

    agent: Agent
    reason: str


class CallOffered(Value, frozen=True):
    """One agent is asked to make the call `callback`, until `until`; the dispatcher holds them for it."""

    callback: CallbackId
    agent: AgentId
    until: datetime
    name: str = ""


class CallTaken(Value, frozen=True):
    """An agent makes the call `callback` now: it was offered to them, or to nobody."""

    agent: Agent
    callback: CallbackId


class CallDeclined(Value, frozen=True):
    """An agent can't make the call that was offered to them."""

    agent: Agent
    callback: CallbackId


class CallReported(Value, frozen=True):
    """A provider says how far a call has come: an incoming one of the customer `caller`, else one that we ordered."""

    report: CallReport
    caller: Handle | None = None
    conversation: ConversationId | None = None


class CallLogged(Value, frozen=True):
    """An agent says how far a call has come that they dialled by hand, or what became of one in doubt.

    It counts from the event's instant: what is said again under the same key has to be the same.
    """

    agent: Agent
    call: MessageId
    status: CallStatus
    seconds: int | None = None
    reason: str = ""


class CallWrapped(Value, frozen=True):
    """An agent's wrap-up of a call: what came of it, and notes for colleagues."""

    agent: Agent
    call: MessageId
    disposition: str
    note: str = ""


class CallerChecked(Value, frozen=True):
    """An agent has made sure that the caller is the customer: what is known of them may be seen."""

    agent: Agent
    call: MessageId


class PromiseMade(Value, frozen=True):
    """An agent promised the customer something until `due_at`; a visit comes from `from_at` on.

    `vague`: the words named no time, and the policy made one of them.
    """

    agent: Agent
    kind: PromiseKind
    due_at: datetime
    text: str = ""
    from_at: datetime | None = None
    vague: bool = False


class PromiseSettled(Value, frozen=True):
    """An agent says that a promise was kept, was not (`BROKEN`: the visit did not come), or is none (`DROPPED`)."""

    agent: Agent
    promise: PromiseId
    state: PromiseState
    note: str = ""


class PromiseMoved(Value, frozen=True):
    """An agent agreed with the customer on another time for a promise."""

    agent: Agent
    promise: PromiseId
    due_at: datetime
    from_at: datetime | None = None


class TimerKind(StrEnum):
    """What a timer is for."""

    WAKE = "wake"
    CLOSE = "close"
    UNDELIVERED = "undelivered"
    DEADLINE = "deadline"
    LADDER = "ladder"
    CALLBACK = "callback"
    CALL = "call"
    PROMISE = "promise"
    FOLLOW_UP = "follow_up"
    SILENCE = "silence"


class TimerDue(Value, frozen=True):
    """A timer fell due; it does nothing once its matter has moved on.

    That is told by the conversation's `turn`, by the message named in `subject` for what was not delivered, by kind
    (`subject`) and `due_at` for a deadline, by generation and step (`subject`) for a ladder, and for calls and promises
    by their id and what is to be looked at (`subject`: `k-07-… late`) with `due_at`.
    """

    timer: TimerKind
    turn: int
    due_at: datetime
    subject: str = ""


class DeliveryReported(Value, frozen=True):
    """What became of an outbound message; `message` is that one, where it is known, if it may not have arrived."""

    receipt: Receipt
    message: OutboundMessage | None = None


class Found(Value, frozen=True):
    """Whose a handle is: what is known of that customer to somebody else who may be the same, and no word more.

    `is_verified` says that it is proved to be theirs. `identities` are what tells persons apart: sort and value.
    """

    customer: CustomerId
    is_verified: bool = False
    identities: tuple[tuple[str, str], ...] = ()
    conversation: ConversationId | None = None
    team: str = ""


class HandleFound(Value, frozen=True):
    """What came of looking whose `handle` is, or who has `conversation`, for a customer; nobody `found`: it is theirs.

    `is_free_only` says that who asked may not link what is another's.
    """

    evidence: Evidence
    handle: Handle | None = None
    conversation: ConversationId | None = None
    found: Found | None = None
    by: AgentId | None = None
    name: str = ""
    is_free_only: bool = False
    message: str = ""


class MergeAsked(Value, frozen=True):
    """Two customers are one. The first of them is asked first, then the second: each waits for the other."""

    wish: Wish


class MergeOff(Value, frozen=True):
    """Nothing comes of it: `other` is not waited for any more; with `since`, only by who waits since then."""

    other: CustomerId
    since: datetime | None = None


class StillAwaited(Value, frozen=True):
    """The customer `by` waits for this one since long: should nothing be under way, they are to wait no longer."""

    by: CustomerId
    since: datetime


class BecamePart(Value, frozen=True):
    """This customer is part of `into` from here on; what comes behind this is passed on."""

    into: CustomerId
    wish: Wish


class PartSettled(Value, frozen=True):
    """All that was taken for this customer before they became part of another is passed on; `is_there`: it came."""

    is_there: bool = False


class PartArrived(Value, frozen=True):
    """Another customer became part of this one: who they are, and the conversation that they had, with its timeline."""

    customer: Customer
    wish: Wish
    conversation: Conversation | None = None
    story: tuple[TimelineEntry, ...] = ()


class PartTaken(Value, frozen=True):
    """This customer's conversation is part of `joined`, and the `host` was this before."""

    host: Host
    joined: ConversationId | None = None


class PartingAsked(Value, frozen=True):
    """This customer is to be somebody of their own again, as who is `part_of` whom they leave.

    With a `link`, of whom nothing was known apart from it: it was that of the `host`, who is without it here.
    """

    by: AgentId
    name: str = ""
    link: Link | None = None
    host: Host | None = None
    part_of: CustomerId | None = None


class PartLeaves(Value, frozen=True):
    """The last of what came for a part: here it ends, and the rest is theirs; `host` is how it was before they came."""

    customer: Customer
    host: Host
    by: AgentId
    conversation: Conversation | None = None
    name: str = ""


class PartReturned(Value, frozen=True):
    """This customer is of their own again, with what came meanwhile: their conversation as it is now, and its timeline.

    `came` are the instants of their contacts meanwhile. None of it, where their conversation is over. `told_in` are the
    other one's conversations that theirs was part of: what was sent from there may still be answered.
    """

    customer: CustomerId
    conversation: Conversation | None = None
    story: tuple[TimelineEntry, ...] = ()
    came: tuple[datetime, ...] = ()
    facts: tuple[Fact, ...] = ()
    by: AgentId | None = None
    name: str = ""
    links: tuple[Link, ...] = ()
    told_in: tuple[ConversationId, ...] = ()


class Passed(Value, frozen=True):
    """What happened to a customer who is part of this one, or to a `conversation` of theirs; one of the rest is set."""

    accepted_at: datetime
    conversation: ConversationId | None = None
    message: MessageArrived | None = None
    withdrawn: MessageWithdrawn | None = None
    address: AddressGiven | None = None
    found: HandleFound | None = None
    timer: TimerDue | None = None
    call: CallReported | None = None
    wanted: CallWanted | None = None
    receipt: DeliveryReported | None = None


Command = (
    ReplyWritten
    | ReplyConfirmed
    | ReplyRepeated
    | CodeAsked
    | FactSet
    | FactDropped
    | Linked
    | SuggestionDropped
    | Unlinked
    | NoteAdded
    | Claimed
    | Released
    | Transferred
    | Resolved
    | Reopened
    | Snoozed
    | CallbackSet
    | CallbackDropped
    | CallTaken
    | CallDeclined
    | CallLogged
    | CallWrapped
    | CallerChecked
    | PromiseMade
    | PromiseSettled
    | PromiseMoved
)
Identity = (
    HandleFound
    | MergeAsked
    | MergeOff
    | StillAwaited
    | BecamePart
    | PartSettled
    | PartArrived
    | PartTaken
    | PartingAsked
    | PartLeaves
    | PartReturned
)
Body = (
    MessageArrived
    | MessageWithdrawn
    | AddressGiven
    | DirectoryAnswered
    | Command
    | TimerDue
    | DeliveryReported
    | CallWanted
    | CallOffered
    | CallReported
    | Identity
    | Passed
)


class Event(Value, frozen=True):
    """Something that happened, at its place in its partition's stream.

    `customer` is set for what customers do, `conversation` for all else. `key` names the event's outcome for whoever
    waits for it; `expected` is the conversation's revision that a command was made against.
    """

    id: EventId
    partition: int
    accepted_at: datetime
    body: Body
    customer: CustomerId | None = None
    conversation: ConversationId | None = None
    key: str = ""
    expected: int | None = None
