"""The customer: a person, the handles known to be theirs, and when they last came."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec
from msgspec.structs import replace

from router.model.conversation import Conversation
from router.model.fact import Fact
from router.model.ids import AgentId, ConversationId, CustomerId
from router.model.message import Handle
from router.model.value import Value

SILENCE_BETWEEN_CONTACTS = timedelta(hours=4)
CONTACTS_KEPT = 20
CLAIMED_KEPT = 10


class LinkKind(StrEnum):
    """How it is known that a handle is this customer's."""

    VERIFIED = "verified"
    CLAIMED = "claimed"


class Evidence(StrEnum):
    """What speaks for a handle's being somebody's: they typed it, their site signed it, a mail's signature, a code…"""

    WRITTEN = "written"
    SITE = "site"
    DKIM = "dkim"
    CODE = "code"
    AGENT = "agent"
    DIRECTORY = "directory"

    @property
    def verifies(self) -> bool:
        """Whether it proves anything: all does but that somebody typed it."""
        return self is not Evidence.WRITTEN


class Link(Value, frozen=True):
    """A handle of the customer's, and how that is known: by which `evidence` (older records don't tell), and by whom.

    `by` is the agent who said so.
    """

    handle: Handle
    kind: LinkKind
    since: datetime
    evidence: Evidence | None = None
    by: AgentId | None = None

    @property
    def strength(self) -> int:
        """How much speaks for it: somebody typed it, messages came from there, or it is proved."""
        if self.kind is LinkKind.VERIFIED:
            return 2
        return 0 if self.evidence is Evidence.WRITTEN else 1


class Standing(Value, frozen=True):
    """What tells which of two customers stays, and whether they are two: since when their open conversation is there,

    since when they are known, and their `identities`, each with its sort.
    """

    identities: tuple[tuple[str, str], ...] = ()
    open_since: datetime | None = None
    known_since: datetime | None = None


class Wish(Value, frozen=True):
    """That two customers are one: by `evidence` for `handle`, or since an agent said so (`by`, and `name`).

    `asker` is the one of them in whose conversation it was found out, and `standing` how it stands with the first of
    them, once they have been asked.
    """

    asker: CustomerId
    other: CustomerId
    evidence: Evidence
    handle: Handle | None = None
    by: AgentId | None = None
    name: str = ""
    standing: Standing | None = None

    @property
    def first(self) -> CustomerId:
        """The one of them who is asked first, so that no two wishes wait for each other."""
        return min(self.asker, self.other)

    @property
    def second(self) -> CustomerId:
        """The one who is asked then."""
        return max(self.asker, self.other)


class Part(Value, frozen=True):
    """Another customer who is part of this one since `at`, by `evidence`, and an agent's word (`by`).

    `conversation` is the one that they had open, and `joined` what it is part of, at `revision` right after that;
    `handles` are those that they brought along, and `others` who was part of them before.
    """

    customer: CustomerId
    at: datetime
    evidence: Evidence
    by: AgentId | None = None
    conversation: ConversationId | None = None
    joined: ConversationId | None = None
    revision: int = 0
    handles: tuple[Handle, ...] = ()
    others: tuple[CustomerId, ...] = ()


class Left(Value, frozen=True):
    """Somebody who was part of this customer, and is not any more: what still comes from their handles is theirs."""

    customer: CustomerId
    handles: tuple[Handle, ...]


class Profile(Value, frozen=True):
    """What the directory knows of a customer; what is empty, or None, is not known.

    `expertise` is how much they know of the matter (basic, intermediate or advanced), `followers` how many follow them
    in public, and `attributes` whatever else the directory has.
    """

    tier: str = ""
    region: str = ""
    expertise: str = ""
    followers: int | None = None
    tags: tuple[str, ...] = ()
    attributes: Mapping[str, str] = msgspec.field(default_factory=dict)


NOBODY = Profile()


class Listing(Value, frozen=True):
    """What the directory said at `at`: its own id of the customer (`entry`, empty if it knows nobody), and handles.

    That a handle stands in the directory is its word: it is no link yet.
    """

    at: datetime
    entry: str = ""
    handles: tuple[Handle, ...] = ()


class Customer(Value, frozen=True):
    """A person; `open_conversation` points to the one conversation of theirs that is not closed.

    `acknowledged_at` is when they last got an automatic mail, and `facts` what is known of them, the latest last; what
    is known of the matter alone is its conversation's. `listing` is what the directory said of them at last, and
    `looked_up_at` when it was last to be asked, by the handles `looked_up_by`.

    `parts` are the customers who became part of this one, and `left` the latest who were and are not any more. While
    `busy_with` another customer, nobody else becomes part of this one, nor they of anybody: the `wishes` wait.
    `part_of` is whom this one became part of: then this record, and that of `open_conversation`, stay as they were, so
    that it can be undone, and `host` is how the other one was before. `part_ofs` are all who ever were that, and
    `told_in` the latest conversations of theirs that were this one's too, until it was undone.
    """

    id: CustomerId
    revision: int = 0
    name: str = ""
    language: str = ""
    links: tuple[Link, ...] = ()
    profile: Profile = NOBODY
    contacts: tuple[datetime, ...] = ()
    last_message_at: datetime | None = None
    open_conversation: ConversationId | None = None
    acknowledged_at: datetime | None = None
    facts: tuple[Fact, ...] = ()
    listing: Listing | None = None
    looked_up_at: datetime | None = None
    looked_up_by: tuple[Handle, ...] = ()
    parts: tuple[Part, ...] = ()
    left: tuple[Left, ...] = ()
    busy_with: CustomerId | None = None
    busy_since: datetime | None = None
    wishes: tuple[Wish, ...] = ()
    part_of: CustomerId | None = None
    part_ofs: tuple[CustomerId, ...] = ()
    told_in: tuple[ConversationId, ...] = ()
    host: "Host | None" = None

    @property
    def identities(self) -> tuple[CustomerId, ...]:
        """All ids under which this customer is told of in history."""
        return (self.id, *(name for part in self.parts for name in (part.customer, *part.others)))


class Host(Value, frozen=True):
    """How the customer was whom another became part of, and their open conversation, right before that."""

    customer: Customer
    conversation: Conversation | None = None

    def has(self, link: Link) -> bool:
        """Whether the handle of `link`, which the other one brought along, was this customer's as much as theirs."""
        own = next((each for each in self.customer.links if each.handle == link.handle), None)
        return own is not None and own.strength >= link.strength


def with_link(
    customer: Customer,
    handle: Handle,
    kind: LinkKind,
    now: datetime,
    evidence: Evidence | None = None,
    by: AgentId | None = None,
) -> Customer:
    """`customer` with `handle` linked; a verified link is never weakened, of the claimed ones the latest are kept."""
    known = next((link for link in customer.links if link.handle == handle), None)
    if known and (known.kind == kind or known.kind is LinkKind.VERIFIED):
        return customer
    anew = Link(handle, kind, now, evidence, by)
    links = (*(link for link in customer.links if link.handle != handle), anew)
    claimed = [link for link in links if link.kind is LinkKind.CLAIMED]
    forgotten = claimed[:-CLAIMED_KEPT]
    return replace(customer, links=tuple(link for link in links if link not in forgotten))


def with_evidence(
    customer: Customer, handle: Handle, evidence: Evidence, now: datetime, by: AgentId | None = None
) -> Customer:
    """`customer` with `handle` linked by `evidence`."""
    kind = LinkKind.VERIFIED if evidence.verifies else LinkKind.CLAIMED
    return with_link(customer, handle, kind, now, evidence, by)


def is_verified(customer: Customer, handle: Handle) -> bool:
    """Whether it is proved that `handle` is theirs."""
    return any(link.handle == handle and link.kind is LinkKind.VERIFIED for link in customer.links)


def is_leaving(customer: Customer) -> bool:
    """Whether `customer` is part of another, and about to be somebody of their own again."""
    return customer.part_of is not None and customer.busy_with is not None


def were_one(customer: Customer, other: CustomerId) -> bool:
    """Whether one of them was part of the other, and somebody has said that it was a mistake."""
    return other in customer.part_ofs or any(left.customer == other for left in customer.left)


def gone_with(customer: Customer, handle: Handle) -> CustomerId | None:
    """Who left `customer` and has `handle` since; None where nobody did, or it is the customer's own.

    That the customer once named the handle does not make it theirs.
    """
    if not customer.left or any(link.handle == handle and link.strength for link in customer.links):
        return None
    return next((left.customer for left in reversed(customer.left) if handle in left.handles), None)


def with_contact(customer: Customer, resolved: bool, now: datetime) -> Customer:
    """`customer` after a message at `now`: a contact is one after four hours of silence or after a resolution."""
    last = customer.last_message_at
    if last and not resolved and now - last < SILENCE_BETWEEN_CONTACTS:
        return replace(customer, last_message_at=now)
    return replace(customer, last_message_at=now, contacts=(*customer.contacts, now)[-CONTACTS_KEPT:])
