"""What a call or a query asks with: one handle, or one fact, at a time."""

from collections.abc import Iterator, Mapping, Sequence

from directory.marks import FACTS, handle_of
from router.model.fact import Fact
from router.model.message import Handle

Values = Mapping[str, str]


def askings(handles: Sequence[Handle], facts: Sequence[Fact]) -> Iterator[Values]:
    """The values to ask with, one time after another until somebody is known; each by its kind, and as `address`."""
    for handle in handles:
        found = handle_of(handle.kind, handle.address) or handle
        yield {"kind": found.kind, "address": found.address, found.kind: found.address}
    for fact in facts:
        if fact.kind in FACTS:
            yield {"kind": fact.kind, "address": fact.value, fact.kind: fact.value}
