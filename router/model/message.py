"""Messages: one utterance each, inbound or outbound, whatever the channel."""

from datetime import datetime
from enum import StrEnum
from typing import NewType

from router.model.fact import Fact
from router.model.ids import AgentId, CallbackId, ConversationId, MessageId
from router.model.value import Value

ChannelName = NewType("ChannelName", str)


class Proof(StrEnum):
    """How it is known that a message comes from its handle."""

    NONE = "none"
    SIGNED = "signed"
    DKIM = "dkim"
    CODE = "code"


class Handle(Value, frozen=True):
    """An address on one kind of channel: `email:ana@example.org`, `chat:<visitor>`."""

    kind: str
    address: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.address}"


# The most characters that an agent may write at once; all of it is read by the guard.
LONGEST_TEXT = 20_000

# The kind of the handle by which the company's own site knows somebody: `site:4711`.
SITE = "site"


# Kinds of handles of which the channel itself knows who writes: a visitor by their token, somebody on X by X's word.
KNOWN_BY_CHANNEL = frozenset({"chat", "twitter"})


def is_proved(handle: Handle, proof: Proof) -> bool:
    """Whether a message of `handle` with that `proof` surely comes from there; a mail's sender can be made up."""
    return proof is not Proof.NONE or handle.kind in KNOWN_BY_CHANNEL


def folded(address: str) -> str:
    """`address` in small letters, as far as nothing but their case is lost.

    A long s, a sharp s and the Kelvin sign stay what they are: where others fold them, somebody else has that mailbox.
    """
    return "".join(sign.lower() if sign.lower().upper() == sign else sign for sign in address)


def is_same(one: Handle, other: Handle) -> bool:
    """Whether both are one handle, whatever the case in which a mailbox was written."""
    if one.kind != "email" or other.kind != "email":
        return one == other
    return folded(one.address) == folded(other.address)


class MessageKind(StrEnum):
    """Who wrote it: a person, a responder, a server about a mail of ours, or a list to all its readers."""

    MESSAGE = "message"
    AUTO_REPLY = "auto-reply"
    BOUNCE = "bounce"
    LIST = "list"


class Attachment(Value, frozen=True):
    """A file that goes with a message; its bytes lie in the data folder under their digest.

    `url` is where the provider has it, for people to open; with a `digest` the bytes are ours as well.
    """

    name: str
    media_type: str
    size: int
    digest: str = ""
    url: str = ""


class Standing(Value, frozen=True):
    """What a public channel says of who wrote: how many follow them, since when they are there, and if it vouches."""

    followers: int | None = None
    since: datetime | None = None
    is_verified: bool | None = None


class InboundMessage(Value, frozen=True):
    """What a customer wrote, as one channel took it.

    `key` is stable at the provider: the same key with the same body twice is one message. `thread` is the channel's own
    grouping and `references` what a reply has to name (for mail: Message-IDs, oldest first, this message's own last).
    `language` is what the channel says of the sender (the page's), `written_in` what the inbox finds the text to be in
    (`unknown` where it can't tell). `conversation` is set by a channel only where the sender has proved to take part in
    it; `suggested` is one that it looks part of, by what was made for somebody else: people are told, nothing follows.
    `is_automatic` says that a machine wrote it, or that there is nobody to answer to; `is_doubtful` that something
    speaks for its being written in another's name. In both cases nothing automatic is sent to its sender.

    `text` is what the sender wrote now; `quoted` what stood below it, folded away (earlier messages, a signature).
    `html` and `original` are the digests of the safe HTML and of the raw message among the kept files, empty where
    there are none. `copied` are the others whom it was sent to, and `edits` is the key of a message that this one
    replaces. `forwarded_by` is the colleague by whose word `sender` wrote it, and `remark` what they said to it. The
    inbox finds the `facts` that the text tells. `proved` are other handles that the same proof says are the sender's.
    `call` is the provider's id of a call that they make: then they have written nothing.
    """

    key: str
    channel: ChannelName
    account: str
    sender: Handle
    text: str
    sent_at: datetime
    proof: Proof = Proof.NONE
    author: str = ""
    subject: str = ""
    thread: str = ""
    references: tuple[str, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    language: str = ""
    written_in: str = ""
    public: bool = False
    conversation: ConversationId | None = None
    suggested: ConversationId | None = None
    is_automatic: bool = False
    is_doubtful: bool = False
    kind: MessageKind = MessageKind.MESSAGE
    quoted: str = ""
    html: str = ""
    original: str = ""
    copied: tuple[Handle, ...] = ()
    forwarded_by: Handle | None = None
    remark: str = ""
    edits: str = ""
    standing: Standing | None = None
    facts: tuple[Fact, ...] = ()
    proved: tuple[Handle, ...] = ()
    call: str = ""


class Quotation(Value, frozen=True):
    """The beginning of what is answered, for channels in which an answer quotes it."""

    text: str
    at: datetime
    author: str = ""


class CallOrder(Value, frozen=True):
    """What an outbound message on the channel `phone` orders: ring `agent` at `device`, then the customer.

    `device` is a `phone:` or `sip:` handle; None where the agent dials by hand. The message's text is the briefing that
    may be spoken to the agent, and its id names the call in all that the provider tells of it.
    """

    callback: CallbackId
    agent: AgentId
    agent_name: str = ""
    device: Handle | None = None
    number: int = 1


class OutboundMessage(Value, frozen=True):
    """What a team writes to a customer, as an intent: made once, by a commit, and sent at most once.

    `is_automatic` says that no person wrote it, so that no machine answers it (RFC 3834 section 5). `public` says that
    all the world reads it; `copied` and `blind_copied` are who else gets it. One with an `order` is a call.
    """

    id: MessageId
    conversation: ConversationId
    channel: ChannelName
    account: str
    recipient: Handle
    text: str
    created_at: datetime
    author: str = ""
    team: str = ""
    signature: str = ""
    subject: str = ""
    thread: str = ""
    references: tuple[str, ...] = ()
    language: str = ""
    is_automatic: bool = False
    public: bool = False
    attachments: tuple[Attachment, ...] = ()
    quotation: Quotation | None = None
    copied: tuple[Handle, ...] = ()
    blind_copied: tuple[Handle, ...] = ()
    order: CallOrder | None = None


# Why a direct message does not arrive, in the words in which a channel tells it.
TAKES_NO_DIRECT_MESSAGES = "the customer takes no direct messages from us"


class DeliveryState(StrEnum):
    """How far an outbound message has come."""

    QUEUED = "queued"
    SENT = "sent"
    DELIVERED = "delivered"
    UNCONFIRMED = "unconfirmed"
    FAILED = "failed"


class Receipt(Value, frozen=True):
    """What a provider says of an outbound message; `reference` is the provider's own id of it."""

    message: MessageId
    conversation: ConversationId
    state: DeliveryState
    at: datetime
    reference: str = ""
    reason: str = ""
