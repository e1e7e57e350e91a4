"""The feed: what has changed, out. A position is a vector, one entry a partition, opaque to clients."""

import base64
from collections.abc import AsyncGenerator, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any

import msgspec

from router.model.errors import PermanentError
from router.model.ids import ConversationId
from router.store import keys
from router.store.connection import BLOCK_SECONDS, Connection
from router.store.following import Reader

BEGINNING = "0-0"
PAGE = 200
# Redis counts to 2**64 - 1 and knows nothing after that; no clock and no sequence gets to half of it.
_Number = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]


@dataclass(frozen=True, slots=True)
class Change:
    """A conversation changed (or a command with `key` was refused); `position` is where to go on from."""

    conversation: ConversationId | None
    revision: int
    key: str
    kinds: tuple[str, ...]
    partition: int
    position: str


class PositionLost(PermanentError):
    """The feed no longer reaches back to that position: take a snapshot and follow from the present one."""


class Feed:
    """Follows the changes of all partitions."""

    def __init__(self, connection: Connection, partitions: int) -> None:
        self._connection = connection
        self._redis = connection.commands
        self._partitions = partitions

    async def position(self) -> str:
        """The position after the latest change."""
        async with self._redis.pipeline(transaction=False) as pipe:
            for partition in range(self._partitions):
                pipe.xrevrange(keys.key(partition, keys.FEED), count=1)
            tails = await pipe.execute()
        return _pack([tail[0][0].decode() if tail else BEGINNING for tail in tails])

    async def follow(self, position: str) -> AsyncGenerator[Change, None]:
        """Every change after `position`, for as long as the caller reads.

        Raises PositionLost where the feed was trimmed past it, and redis' errors when the server goes away.
        """
        cursor = await self._checked(position)
        names = {keys.key(partition, keys.FEED): partition for partition in range(self._partitions)}
        reader = Reader(self._connection)
        try:
            while True:
                streams = {name: cursor[partition] for name, partition in names.items()}
                found = await reader.read(streams, count=PAGE, block=timedelta(seconds=BLOCK_SECONDS))
                if any(len(entries) == PAGE for _, entries in found):
                    # Who is a page behind may have been overtaken by the trimming.
                    await self._check(cursor)
                for name, entries in found:
                    partition = names[name]
                    for identifier, fields in entries:
                        cursor[partition] = identifier.decode()
                        yield _change(partition, fields, _pack(cursor))
        finally:
            await reader.close()

    async def since(self, position: str, limit: int = 1000) -> list[Change]:
        """Every change after `position` up to now, without waiting; each change's `position` covers those before it.

        Raises PositionLost where the feed was trimmed past it, or where more than `limit` have come in one partition.
        """
        cursor = await self._checked(position)
        async with self._redis.pipeline(transaction=False) as pipe:
            for partition, place in enumerate(cursor):
                pipe.xrange(keys.key(partition, keys.FEED), min=f"({place}", count=limit + 1)
            found = await pipe.execute()
        if any(len(entries) > limit for entries in found):
            raise PositionLost("too much has changed since: read the queue again")
        changes: list[Change] = []
        for partition, entries in enumerate(found):
            for identifier, fields in entries:
                cursor[partition] = identifier.decode()
                changes.append(_change(partition, fields, _pack(cursor)))
        return changes

    async def _checked(self, position: str) -> list[str]:
        cursor = _unpack(position, self._partitions)
        await self._check(cursor)
        return cursor

    async def _check(self, cursor: list[str]) -> None:
        """Raise PositionLost if a stream was trimmed past its place in `cursor`."""
        async with self._redis.pipeline(transaction=False) as pipe:
            for partition in range(self._partitions):
                pipe.xrange(keys.key(partition, keys.FEED), count=1)
            heads = await pipe.execute()
        for partition, (head, place) in enumerate(zip(heads, cursor, strict=True)):
            if head and await self._is_trimmed_past(partition, place, head[0][0].decode()):
                raise PositionLost("the feed no longer reaches back that far: read the queue again")

    async def _is_trimmed_past(self, partition: int, place: str, head: str) -> bool:
        if place != BEGINNING:
            return _order(place) < _order(head)
        # From the beginning on all is there unless more was ever added than is in the stream now.
        told: Any = await self._redis.xinfo_stream(keys.key(partition, keys.FEED))
        return int(told["entries-added"]) > int(told["length"])


def least(positions: Iterable[str], partitions: int) -> list[str]:
    """The least of `positions` in each partition, as stream ids. Raises PositionLost for one of another feed."""
    cursors = [_unpack(position, partitions) for position in positions]
    return [min(places, key=_order) for places in zip(*cursors, strict=True)]


def _change(partition: int, fields: Mapping[bytes, bytes], position: str) -> Change:
    conversation = fields.get(b"c")
    return Change(
        conversation=ConversationId(conversation.decode()) if conversation else None,
        revision=int(fields.get(b"r", b"0")),
        key=fields.get(b"k", b"").decode(),
        kinds=tuple(fields.get(b"n", b"").decode().split(",")) if fields.get(b"n") else (),
        partition=partition,
        position=position,
    )


def _order(identifier: str) -> tuple[int, int]:
    instant, _, sequence = identifier.partition("-")
    return int(instant), int(sequence or 0)


def _pack(cursor: list[str]) -> str:
    return base64.urlsafe_b64encode(msgspec.msgpack.encode([_order(place) for place in cursor])).decode().rstrip("=")


def _unpack(position: str, partitions: int) -> list[str]:
    try:
        data = base64.b64decode(position + "=" * (-len(position) % 4), altchars=b"-_", validate=True)
        places = msgspec.msgpack.decode(data, type=list[tuple[_Number, _Number]])
    except (ValueError, msgspec.DecodeError) as error:
        raise PositionLost("that is no position of this feed: read the queue again") from error
    if len(places) != partitions:
        raise PositionLost("that position is of another feed: read the queue again")
    return [f"{instant}-{sequence}" for instant, sequence in places]
