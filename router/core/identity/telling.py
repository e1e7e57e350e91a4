"""What tells two customers apart, and which of them stays where they become one."""

from collections import defaultdict
from collections.abc import Iterable

from router.core.known import is_own
from router.model.conversation import Conversation
from router.model.customer import Customer, LinkKind, Standing
from router.model.fact import FactKind
from router.model.message import SITE

# Kinds of handles of which a person has one alone: the company's own names for its customers.
COMPANYS = (SITE, "directory")
Identities = tuple[tuple[str, str], ...]


def identities(customer: Customer) -> Identities:
    """What tells `customer` from others for sure, sort and value: ID numbers, and the company's own names for them."""
    facts = {
        (fact.sort or fact.kind, fact.value)
        for fact in customer.facts
        if fact.kind == FactKind.IDENTITY and is_own(fact) and (fact.proved or fact.confirmed_by)
    }
    names = {
        (link.handle.kind, link.handle.address)
        for link in customer.links
        if link.handle.kind in COMPANYS and link.kind is LinkKind.VERIFIED
    }
    return tuple(sorted(facts | names))


def differ(one: Identities, other: Identities) -> bool:
    """Whether two persons have these: of one sort both have something, and nothing in common."""
    mine, theirs = _by_sort(one), _by_sort(other)
    return any(mine[sort].isdisjoint(theirs[sort]) for sort in mine.keys() & theirs.keys())


def standing(customer: Customer, conversation: Conversation | None) -> Standing:
    """How it stands with `customer`, whose open conversation that is."""
    known = [*(link.since for link in customer.links), *customer.contacts]
    return Standing(
        identities(customer), conversation.created_at if conversation else None, min(known) if known else None
    )


def is_second_elder(first: Standing, second: Standing) -> bool:
    """Whether the second one stays: whose open conversation is the elder, else who is known for longer."""
    if first.open_since and second.open_since:
        return second.open_since < first.open_since
    if first.open_since or second.open_since:
        return second.open_since is not None
    if first.known_since and second.known_since:
        return second.known_since < first.known_since
    return first.known_since is None


def _by_sort(identities: Iterable[tuple[str, str]]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for sort, value in identities:
        found[sort].add(value)
    return found
