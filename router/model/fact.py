"""A fact: what a customer said of themselves or of their matter, so that nobody asks for it again."""

from datetime import datetime
from enum import StrEnum

from router.model.ids import AgentId
from router.model.value import Value

SHOWN = 4
HIDDEN = "****"


class FactKind(StrEnum):
    """The kinds that Hilo knows by itself; ops name others, so that a fact's kind is a text."""

    NAME = "name"
    IDENTITY = "identity"
    ACCOUNT = "account"
    PHONE = "phone"
    EMAIL = "email"
    ADDRESS = "address"
    DEVICE = "device"
    SERIAL = "serial"
    PLAN = "plan"
    ORDER = "order"
    TRIED = "tried"


# What may be read in a list by whoever looks over a shoulder.
OPEN_KINDS = frozenset({FactKind.DEVICE, FactKind.PLAN, FactKind.ORDER, FactKind.TRIED})


class Fact(Value, frozen=True):
    """A fact of one `kind`; `value` is how all of its ways of being written are kept, `sort` which of the kind it is.

    `phrase` are the customer's words, from `start` to before `end` of the message `source`, counted in Unicode code
    points. `proved` tells what its check digit says, None where it has none. `of_other` says that the customer called
    it somebody else's, `is_claimed` that nothing proves it was the customer who said it, `is_open` that lists show it
    whole. What an agent `confirmed_by` is more than what was read.
    """

    kind: str
    value: str
    sort: str = ""
    phrase: str = ""
    start: int = 0
    end: int = 0
    proved: bool | None = None
    of_other: bool = False
    is_claimed: bool = False
    is_open: bool = False
    source: str = ""
    at: datetime | None = None
    confirmed_by: AgentId | None = None
    confirmed_at: datetime | None = None

    @property
    def masked(self) -> str:
        """The value as lists show it: whole if that may be read by anybody, else just enough to know it again."""
        return self.value if self.is_open else masked(self.kind, self.value)


def masked(kind: str, value: str) -> str:
    """`value` with most of it hidden: `****4567`, `m***@example.org`, `M*** R***`; never with all of it."""
    if kind == FactKind.EMAIL and "@" in value:
        name, _, host = value.rpartition("@")
        return f"{name[:1] if name[1:] else ''}***@{host}"
    if kind in (FactKind.NAME, FactKind.ADDRESS):
        return " ".join(f"{word[:1] if word[1:] else ''}***" for word in value.split()[:SHOWN])
    signs = "".join(sign for sign in value if sign.isalnum())
    return HIDDEN + signs[len(signs) - min(SHOWN, len(signs) // 2) :]
