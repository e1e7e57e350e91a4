"""All that is known of a customer and of their matter, in one list: what nobody need ask for again."""

from collections.abc import Iterator
from datetime import UTC, datetime

from router.model.conversation import Conversation
from router.model.customer import Customer, LinkKind
from router.model.fact import Fact, FactKind
from router.model.message import Handle

# The handles that answer a question by themselves, and what they answer.
HANDLES = {"email": FactKind.EMAIL, "phone": FactKind.PHONE}
# Where a fact that nobody said in so many words comes from: its `sort`.
FROM_HANDLE, FROM_CHANNEL = "handle", "channel"
LONG_AGO = datetime.min.replace(tzinfo=UTC)


def known_facts(customer: Customer | None, conversation: Conversation | None) -> tuple[Fact, ...]:
    """What may be held against a question: the customer's facts and the matter's, the latest first, each value once.

    Their handles are among them (`sort` is `handle`), and the name that their channel gives (`channel`). Left out are
    what was called somebody else's, and what somebody said of whom it is not known that it is the customer.
    """
    said = (*(customer.facts if customer else ()), *(conversation.known if conversation else ()))
    own = [fact for fact in latest_first(said) if is_own(fact)]
    found = {(fact.kind, fact.value): fact for fact in (*_told(customer, conversation), *reversed(own))}
    return tuple(reversed(found.values()))


def is_own(fact: Fact) -> bool:
    """Whether it is the customer's: they said it of themselves, or an agent says so."""
    return fact.confirmed_by is not None or not (fact.of_other or fact.is_claimed)


def latest_first(facts: tuple[Fact, ...]) -> list[Fact]:
    """`facts` as people read them: what is the customer's before what may not be, the latest of each first."""
    return sorted(facts, key=lambda fact: (is_own(fact), said_at(fact)), reverse=True)


def said_at(fact: Fact) -> datetime:
    """When it was last said, by the customer or by an agent."""
    return max(fact.at or LONG_AGO, fact.confirmed_at or LONG_AGO)


def _told(customer: Customer | None, conversation: Conversation | None) -> Iterator[Fact]:
    """What the channels tell: where they write from, what they are called."""
    name = (conversation.customer_name if conversation else "") or (customer.name if customer else "")
    if name:
        yield Fact(FactKind.NAME, name, FROM_CHANNEL)
    for handle in _handles(customer, conversation):
        if kind := HANDLES.get(handle.kind):
            yield Fact(kind, handle.address.lower(), FROM_HANDLE)


def _handles(customer: Customer | None, conversation: Conversation | None) -> Iterator[Handle]:
    """The handles known to be theirs, those that they write from in this conversation, and the address they left."""
    for link in customer.links if customer else ():
        if link.kind is LinkKind.VERIFIED:
            yield link.handle
    if conversation:
        yield from (target.handle for target in reversed(conversation.targets))
        if conversation.address:
            yield conversation.address
