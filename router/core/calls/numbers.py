"""Numbers that can be rung, and which of a customer's is known."""

import re

from msgspec.structs import replace

from router.core.calls.reach import may_be_rung
from router.core.known import known_facts
from router.core.numbers import dialable
from router.core.step import Step
from router.model.call import PHONE, CallStatus
from router.model.conversation import Conversation
from router.model.customer import Customer, LinkKind
from router.model.fact import FactKind
from router.model.message import Handle

# ITU-T E.164 section 6: at most 15 digits, of which the first is no zero.
E164 = re.compile(r"\+[1-9][0-9]{6,14}", re.ASCII)


def is_dialable(number: Handle | None) -> bool:
    """Whether `number` is one that can be rung."""
    if number is None or number.kind != PHONE or not E164.fullmatch(number.address):
        return False
    return dialable(number.address) == number


def known_number(conversation: Conversation, step: Step) -> Handle | None:
    """Where we ring the customer: whence they rang us, what is proved to be theirs, what they said; None if nowhere."""
    customer = step.context.customer
    links = customer.links if customer else ()
    found = [target.handle for target in conversation.targets]
    found += [
        link.handle for kind in (LinkKind.VERIFIED, LinkKind.CLAIMED) for link in links[::-1] if link.kind is kind
    ]
    found += [Handle(PHONE, fact.value) for fact in known_facts(customer, conversation) if fact.kind == FactKind.PHONE]
    wrong = _wrong(conversation)
    may_be = (handle for handle in found if handle != wrong and is_dialable(handle))
    return next((handle for handle in may_be if may_be_rung(handle, step)), None)


def said_number(conversation: Conversation, customer: Customer, message: str, step: Step) -> Handle | None:
    """Where the customer asks to be rung: the number that they say of themselves in `message`; None without one."""
    facts = [fact for fact in known_facts(customer, conversation) if fact.kind == FactKind.PHONE]
    said = (Handle(PHONE, fact.value) for fact in facts if fact.source == message)
    return next((handle for handle in said if is_dialable(handle) and may_be_rung(handle, step)), None)


def without_wrong(customer: Customer, number: Handle) -> Customer:
    """`customer` without a `number` that turned out to be somebody else's, unless it is proved to be theirs."""
    kept = tuple(link for link in customer.links if link.handle != number or link.kind is LinkKind.VERIFIED)
    return replace(customer, links=kept) if kept != customer.links else customer


def _wrong(conversation: Conversation) -> Handle | None:
    call = conversation.call
    return call.number if call and call.status is CallStatus.WRONG_NUMBER else None
