"""What a message proves of its sender, and what it does not: somebody else may have been there before, or answer."""

from datetime import datetime

from msgspec.structs import replace

from router.model.conversation import Conversation
from router.model.customer import Customer, Evidence, LinkKind, is_verified, with_link
from router.model.fact import Fact, FactKind
from router.model.message import SITE, Handle, InboundMessage, Proof, is_proved, is_same

EVIDENCE = {Proof.SIGNED: Evidence.SITE, Proof.DKIM: Evidence.DKIM, Proof.CODE: Evidence.CODE}
# By what is known of that kind somebody can be written to.
REACHED_BY = (FactKind.EMAIL, FactKind.PHONE)


def with_sender(customer: Customer, message: InboundMessage, now: datetime) -> Customer:
    """`customer` with the sender of `message` linked, by what proves that it comes from there.

    Who is not known to be the customer, and only answers what was written to them, proves to have the mailbox, and
    nothing of whose it is: its address may have been mistyped (docs/decisions/0024).
    """
    if is_guest(customer, message):
        return customer
    kind = LinkKind.VERIFIED if is_proved(message.sender, message.proof) else LinkKind.CLAIMED
    return with_link(customer, message.sender, kind, now, EVIDENCE.get(message.proof))


def is_guest(customer: Customer, message: InboundMessage) -> bool:
    """Whether `message` is among the customer's by what it answers alone."""
    if message.conversation is None or not customer.links:
        return False
    return all(link.strength == 0 for link in customer.links if is_same(link.handle, message.sender))


def is_first_signed(customer: Customer, message: InboundMessage) -> bool:
    """Whether the site says with `message` for the first time who the customer is."""
    names = [handle for handle in message.proved if handle.kind == SITE]
    return bool(names) and not any(is_verified(customer, name) for name in names)


def without_typed(customer: Customer, message: InboundMessage) -> Customer:
    """`customer` as the site vouches for them: whoever was there before may have typed where answers should go."""
    if not is_first_signed(customer, message):
        return customer
    links = tuple(link for link in customer.links if link.strength or link.handle in message.proved)
    return replace(customer, links=links, facts=tuple(map(_as_claimed, customer.facts)))


def without_typed_address(conversation: Conversation, customer: Customer, message: InboundMessage) -> Conversation:
    """`conversation` of the `customer` so far, with no address for answers but one that is proved."""
    if not is_first_signed(customer, message):
        return conversation
    proved: list[Handle] = [handle for handle in message.proved if handle.kind != SITE]
    is_theirs = conversation.address in proved or (conversation.address and is_verified(customer, conversation.address))
    return conversation if is_theirs else replace(conversation, address=proved[-1] if proved else None)


def _as_claimed(fact: Fact) -> Fact:
    return replace(fact, is_claimed=True) if fact.kind in REACHED_BY and not fact.confirmed_by else fact
