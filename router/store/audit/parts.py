"""What must hold of customers who became part of others: their arrivals go there, and no step of it stays undone."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from router.model.decision import MovingState
from router.store.audit.contents import Contents
from router.store.audit.families import CUSTOMER, MOVED
from router.store.audit.findings import Finding, Wrong

# A step takes some hundredths of a second; where a server was away, as long as that.
LONGEST = timedelta(minutes=10)


def parts(contents: Contents) -> Iterator[Finding]:
    """Who is part of another has their arrivals there, and nobody else; who waits for another does not for long."""
    for customer in contents.customers.values():
        about = ((CUSTOMER, customer.id), (MOVED, customer.id))
        way = contents.ways.get(customer.id)
        to = way.to if way and way.state is not MovingState.BACK else None
        if to != customer.part_of:
            text = f"is part of {customer.part_of or 'nobody'}, and what arrives goes to {to or 'themselves'}"
            yield Finding(Wrong.MERGING, customer.id, text, about)
        if customer.busy_since and datetime.now(UTC) - customer.busy_since > LONGEST:
            text = f"waits for {customer.busy_with} since {customer.busy_since:%Y-%m-%d %H:%M} UTC"
            yield Finding(Wrong.MERGING, customer.id, text, about)
