"""The look-ups that wait for the directory: a stream in each partition, which the commit writes.

They are read by whoever holds the partition's lease. Nothing fences them: one that two ask at a change of hands is
answered once, since the inbox knows an answer by its look-up.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from router.model.decision import LookUp
from router.model.errors import PermanentError
from router.store import keys, wire
from router.store.connection import Connection, Entry, xrange
from router.store.following import Reader

BEGINNING = "0-0"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a look-up stands."""

    partition: int
    id: str

    @property
    def key(self) -> str:
        """What tells it from all others."""
        return f"{self.partition:02d}-{self.id}"


class LookUps:
    """Reads what is to be looked up, and takes out what was."""

    def __init__(self, connection: Connection) -> None:
        self._redis = connection.commands
        self._reader = Reader(connection)

    async def after(self, places: Mapping[int, str], count: int, block: timedelta) -> list[tuple[Place, LookUp | None]]:
        """At most `count` of each partition behind its place there, oldest first; None for what can't be read."""
        streams = {keys.key(partition, keys.LOOK_UPS): partition for partition in places}
        wanted = {name: places[partition] for name, partition in streams.items()}
        found = await self._reader.read(wanted, count=count, block=block)
        return [_read(streams[name], entry) for name, entries in found for entry in entries]

    async def again(self, place: Place) -> LookUp | None:
        """The one at `place`; None if it is there no longer."""
        found = await xrange(self._redis, keys.key(place.partition, keys.LOOK_UPS), place.id, place.id)
        return _read(place.partition, found[0])[1] if found else None

    async def done(self, place: Place) -> None:
        """Take it out: it is answered, or given up."""
        await self._redis.xdel(keys.key(place.partition, keys.LOOK_UPS), place.id)

    async def waiting(self, partitions: Collection[int]) -> int:
        """How many wait in `partitions`."""
        async with self._redis.pipeline(transaction=False) as pipe:
            for partition in partitions:
                pipe.xlen(keys.key(partition, keys.LOOK_UPS))
            counts: Sequence[int] = await pipe.execute() if len(pipe) else ()
        return sum(counts)

    async def close(self) -> None:
        """End the reads under way."""
        await self._reader.close()


def _read(partition: int, entry: Entry) -> tuple[Place, LookUp | None]:
    place = Place(partition, wire.text(entry[0]))
    try:
        return place, wire.decode(LookUp, entry[1].get(b"l", b""))
    except PermanentError:
        return place, None
