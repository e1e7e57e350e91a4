"""All the customers who are one person: who became part of whom, however often."""

from collections.abc import Iterable

from router.model.customer import Customer
from router.model.errors import TemporaryError
from router.model.ids import CustomerId
from router.store.records import Records


async def kin(records: Records, customers: Iterable[CustomerId]) -> tuple[CustomerId, ...]:
    """`customers` with whom they are part of, and all who are part of these."""
    found: dict[CustomerId, None] = {}
    left = list(customers)
    while left:
        found |= dict.fromkeys(left)
        known = await records.customers(left)
        left = [name for record in known if record for name in _one_with(record) if name not in found]
    return tuple(found)


def settled(records: Iterable[Customer]) -> None:
    """Raise TemporaryError while one of them is becoming part of somebody, or parting: what is under way is whose?"""
    if busy := [record.id for record in records if record.busy_with]:
        raise TemporaryError(f"{busy[0]} is just being linked with another customer: run it again in a moment")


def _one_with(record: Customer) -> list[CustomerId]:
    parts = [name for part in record.parts for name in (part.customer, *part.others)]
    return [*parts, *([record.part_of] if record.part_of else [])]
