"""The customer: a person, the handles known to be theirs, and when they last came."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec
from msgspec.structs import replace

from router.model.fact import Fact
from router.model.ids import ConversationId, CustomerId
from router.model.message import Handle
from router.model.value import Value

SILENCE_BETWEEN_CONTACTS = timedelta(hours=4)
CONTACTS_KEPT = 20
CLAIMED_KEPT = 10


class LinkKind(StrEnum):
    """How it is known that a handle is this customer's."""

    VERIFIED = "verified"
    CLAIMED = "claimed"


class Link(Value, frozen=True):
    """A handle of the customer's, and how that is known."""

    handle: Handle
    kind: LinkKind
    since: datetime


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
    `looked_up_at` when it was last to be asked.
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


def with_link(customer: Customer, handle: Handle, kind: LinkKind, now: datetime) -> Customer:
    """`customer` with `handle` linked; a verified link is never weakened, of the claimed ones the latest are kept."""
    known = next((link for link in customer.links if link.handle == handle), None)
    if known and (known.kind == kind or known.kind is LinkKind.VERIFIED):
        return customer
    links = (*(link for link in customer.links if link.handle != handle), Link(handle, kind, now))
    claimed = [link for link in links if link.kind is LinkKind.CLAIMED]
    forgotten = claimed[:-CLAIMED_KEPT]
    return replace(customer, links=tuple(link for link in links if link not in forgotten))


def with_contact(customer: Customer, resolved: bool, now: datetime) -> Customer:
    """`customer` after a message at `now`: a contact is one after four hours of silence or after a resolution."""
    last = customer.last_message_at
    if last and not resolved and now - last < SILENCE_BETWEEN_CONTACTS:
        return replace(customer, last_message_at=now)
    return replace(customer, last_message_at=now, contacts=(*customer.contacts, now)[-CONTACTS_KEPT:])
