"""The customer's own numbers and addresses: to name them sends nobody anywhere."""

from collections.abc import Iterator

import re2

from router.core.known import known_facts
from router.core.step import Step
from router.model.fact import FactKind
from router.model.finding import Deflection, Destination

LEAST_DIGITS = 7
_CONTACT = re2.compile(r"[^\s<>,;:()]+@[^\s<>,;:()]+\w|[+(]?[0-9][0-9 ().-]{5,}[0-9]")
# "Write to us from ana@…" asks for something all the same. And nobody reaches us where the customer is reached: the
# number in "call us at …" is one that they were given, and have told.
_TO_US = re2.compile(r"(?i)\b(?:desde|from|us|nosotr[oa]s)\b|[aeiouáéíó]nos\b")
_KINDS = (FactKind.EMAIL, FactKind.PHONE, FactKind.ACCOUNT)


def names_their_own(found: Deflection, step: Step) -> bool:
    """Whether `found` only names where the customer is reached: "we have sent it to ana@…", "your line 6123-4567"."""
    if found.to not in (Destination.EMAIL, Destination.PHONE) or _TO_US.search(found.phrase):
        return False
    named = _CONTACT.findall(found.phrase)
    return bool(named) and all(any(_is_same(each, own) for own in _own(step)) for each in named)


def _own(step: Step) -> Iterator[str]:
    """What the customer has told as theirs, writes from here, or is verified to be reached at: no mere claims."""
    yield from (fact.value for fact in known_facts(step.context.customer, step.before) if fact.kind in _KINDS)


def _is_same(written: str, known: str) -> bool:
    """Whether both are one address, or one number with or without its country."""
    if "@" in written:
        return written.lower() == known.lower()
    one, other = sorted((_digits(written), _digits(known)), key=len)
    return len(one) >= LEAST_DIGITS and other.endswith(one)


def _digits(text: str) -> str:
    return "".join(sign for sign in text if sign.isdigit())
