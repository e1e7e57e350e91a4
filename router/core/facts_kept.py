"""Which facts are kept: each value once, what agents confirmed before what was only said, and never without bounds."""

from collections import Counter
from collections.abc import Iterable

from msgspec.structs import replace

from router.core.known import is_own, said_at
from router.model.conversation import Conversation
from router.model.customer import Customer, LinkKind
from router.model.decision import Decision
from router.model.fact import Fact, FactKind
from router.model.message import InboundMessage, is_proved

# What is known of the matter; all else is known of the person, and stays when the matter is done.
OF_THE_MATTER = frozenset({FactKind.TRIED, FactKind.ORDER})
MOST_OF_A_KIND = 5
MOST_TRIED = 20
MOST = 40

Facts = tuple[Fact, ...]


def heard(conversation: Conversation, customer: Customer, message: InboundMessage) -> tuple[Conversation, Customer]:
    """Both with the facts of `message`.

    What comes from somebody who may not be the customer is marked so, until an agent confirms it.
    """
    if not message.facts:
        return conversation, customer
    is_sure = is_proved(message.sender, message.proof) and not message.is_doubtful and _is_linked(customer, message)
    facts = tuple(replace(fact, is_claimed=not is_sure) for fact in message.facts)
    return kept(conversation, customer, facts)


def told_anew(decision: Decision, customer: Customer | None, message: InboundMessage) -> Decision:
    """`decision` with the facts of `message`, which changes an earlier one."""
    if decision.conversation is None or customer is None:
        return decision
    after, known = heard(decision.conversation, customer, message)
    return replace(decision, conversation=after, customer=known)


def kept(conversation: Conversation, customer: Customer, facts: Facts) -> tuple[Conversation, Customer]:
    """Both with `facts`, each with whom it belongs to."""
    of_matter = [fact for fact in facts if is_of_the_matter(fact.kind)]
    of_person = [fact for fact in facts if not is_of_the_matter(fact.kind)]
    known, told = with_facts(conversation.known, of_matter), with_facts(customer.facts, of_person)
    return replace(conversation, known=known), replace(customer, facts=told)


def is_of_the_matter(kind: str) -> bool:
    """Whether facts of `kind` are the conversation's, not the customer's."""
    return kind in OF_THE_MATTER


def with_facts(facts: Facts, more: Iterable[Fact]) -> Facts:
    """`facts` with `more` as the latest; what is too many goes, of it first what counts for least.

    A value that is known already is told anew where that says more of it, and stays as sure as it was.
    """
    all_facts = {(fact.kind, fact.value): fact for fact in facts}
    for fact in more:
        known = all_facts.get((fact.kind, fact.value))
        if known and fact.is_claimed and is_own(known):
            continue
        all_facts.pop((fact.kind, fact.value), None)
        all_facts[fact.kind, fact.value] = _as_sure(fact, known) if known else fact
    return _bounded(tuple(all_facts.values()))


def without(facts: Facts, kind: str, value: str) -> Facts:
    """`facts` without that one."""
    return tuple(fact for fact in facts if (fact.kind, fact.value) != (kind, value))


def found(facts: Facts, kind: str, value: str) -> Fact | None:
    """The fact of that kind and value, if it is among `facts`."""
    return next((fact for fact in facts if (fact.kind, fact.value) == (kind, value)), None)


def _as_sure(fact: Fact, known: Fact) -> Fact:
    """`fact`, which says again what is `known`, with whatever makes that one surer."""
    fact = replace(fact, sort=fact.sort or known.sort, of_other=fact.of_other and known.of_other)
    if fact.confirmed_by or not known.confirmed_by:
        return fact
    return replace(fact, confirmed_by=known.confirmed_by, confirmed_at=known.confirmed_at)


def _bounded(facts: Facts) -> Facts:
    """`facts` in their order, without those that are too many: in all, and of a kind (others' apart)."""
    counted: Counter[tuple[str, bool]] = Counter()
    left: set[tuple[str, str]] = set()
    for fact in sorted(facts, key=_weight, reverse=True):
        alike = fact.kind, is_own(fact)
        most = MOST_TRIED if fact.kind == FactKind.TRIED else MOST_OF_A_KIND
        if counted[alike] < most and len(left) < MOST:
            counted[alike] += 1
            left.add((fact.kind, fact.value))
    return tuple(fact for fact in facts if (fact.kind, fact.value) in left)


def _weight(fact: Fact) -> tuple[object, ...]:
    return fact.confirmed_by is not None, is_own(fact), said_at(fact)


def _is_linked(customer: Customer, message: InboundMessage) -> bool:
    """Whether it comes from a handle that is known to be the customer's."""
    return any(link.handle == message.sender and link.kind is LinkKind.VERIFIED for link in customer.links)
