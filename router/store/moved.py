"""Where a customer's arrivals go: to themselves, or to whom they are part of; and who took some of them meanwhile."""

from collections.abc import Iterable
from dataclasses import dataclass

from router.model.decision import MovingState
from router.model.ids import CustomerId, partition_of
from router.store import keys, wire
from router.store.connection import Connection

# Nobody is part of so many, one of another: it is a circle, and somebody has written what Hilo does not.
FURTHEST = 50


@dataclass(frozen=True, slots=True)
class Way:
    """What a customer's key says: `raw` as it stands there."""

    raw: bytes
    state: MovingState
    to: CustomerId | None
    formers: tuple[CustomerId, ...]


def way_of(raw: bytes | str) -> Way:
    """What the key with the value `raw` says."""
    state, to, *formers = wire.text(raw).split(" ")
    return Way(
        raw if isinstance(raw, bytes) else raw.encode(),
        MovingState(state),
        None if to == "-" else CustomerId(to),
        tuple(map(CustomerId, formers)),
    )


class Moved:
    """Reads where arrivals go."""

    def __init__(self, connection: Connection) -> None:
        self._redis = connection.commands

    async def of(self, customer: CustomerId) -> CustomerId:
        """Who `customer` is by now: themselves, as who is just leaving, or whom they are part of."""
        for _ in range(FURTHEST):
            raw = await self._redis.get(keys.key(partition_of(customer), keys.moved(customer)))
            way = way_of(raw) if raw else None
            if way is None or way.to is None or way.state is MovingState.LEAVING:
                break
            customer = way.to
        return customer

    async def has_seen(self, formers: Iterable[CustomerId], source: str, digest: str) -> bool:
        """Whether one of `formers` took the arrival with that digest, or whom they were part of themselves by then."""
        left, known = list(formers), set[CustomerId]()
        while left:
            former = left.pop()
            if former in known:
                continue
            known.add(former)
            partition = partition_of(former)
            if await self._redis.zscore(keys.key(partition, keys.seen(source)), digest) is not None:
                return True
            raw = await self._redis.get(keys.key(partition, keys.moved(former)))
            left += way_of(raw).formers if raw else ()
        return False
