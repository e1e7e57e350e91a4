"""The feed: what has changed, out. A position is a vector, one entry a partition, opaque to clients."""

import asyncio
import base64
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any

import msgspec

from router.model.errors import PermanentError
from router.model.ids import ConversationId
from router.store import keys
from router.store.connection import BLOCK_SECONDS, Connection, Entry
from router.store.following import Reader

BEGINNING = "0-0"
PAGE = 200
LOST = "the feed does not reach from there to now: read the queue again"
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
    """The feed does not reach from that position to now: take a snapshot and follow from the present one.

    It was trimmed past it; or its server has gone back (promoted, or restarted after a power cut) to before it: what
    comes next may have a lower id, and what was told has perhaps not happened.
    """


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

        Raises PositionLost where the feed does not hold its place any more, and redis' errors when the server is away.
        """
        cursor = _unpack(position, self._partitions)
        await self._check(cursor, range(self._partitions))
        names = {keys.key(partition, keys.FEED): partition for partition in range(self._partitions)}
        reader, loop = Reader(self._connection), asyncio.get_running_loop()
        checked_at = loop.time()
        try:
            while True:
                streams = {name: cursor[partition] for name, partition in names.items()}
                found = await reader.read(streams, count=PAGE, block=timedelta(seconds=BLOCK_SECONDS))
                # Before a place moves on, it is seen to be there still; where nothing comes, every few seconds.
                if not found or loop.time() >= checked_at + BLOCK_SECONDS:
                    await self._check(cursor, range(self._partitions))
                    checked_at = loop.time()
                else:
                    await self._check(cursor, [names[name] for name, _ in found])
                for name, entries in found:
                    partition = names[name]
                    for identifier, fields in entries:
                        cursor[partition] = identifier.decode()
                        yield _change(partition, fields, _pack(cursor))
        finally:
            await reader.close()

    async def since(self, position: str, limit: int = 1000) -> list[Change]:
        """Every change after `position` up to now, without waiting; each change's `position` covers those before it.

        Raises PositionLost where the feed does not hold that place, or more than `limit` have come in one partition.
        """
        cursor = _unpack(position, self._partitions)
        async with self._redis.pipeline(transaction=False) as pipe:
            for partition, place in enumerate(cursor):
                # The place itself is read with what comes after it, so that it is known to be there still.
                pipe.xrange(keys.key(partition, keys.FEED), min=place, count=limit + 2)
            found = await pipe.execute()
        changes: list[Change] = []
        for partition, entries in enumerate(found):
            fresh = await self._after(partition, cursor[partition], entries)
            if len(fresh) > limit:
                raise PositionLost("too much has changed since: read the queue again")
            for identifier, fields in fresh:
                cursor[partition] = identifier.decode()
                changes.append(_change(partition, fields, _pack(cursor)))
        return changes

    async def _after(self, partition: int, place: str, entries: list[Entry]) -> list[Entry]:
        """`entries`, read from `place` on, without that one. Raises PositionLost if the feed does not hold it."""
        if place == BEGINNING:
            await self._check_is_whole(partition, has_entries=bool(entries))
            return entries
        if not entries or entries[0][0].decode() != place:
            raise PositionLost(LOST)
        return entries[1:]

    async def _check(self, cursor: Sequence[str], partitions: Iterable[int]) -> None:
        """Raise PositionLost if a stream does not hold its place in `cursor`: it was trimmed past it, or went back."""
        wanted = list(partitions)
        async with self._redis.pipeline(transaction=False) as pipe:
            for partition in wanted:
                place = cursor[partition]
                pipe.xrange(
                    keys.key(partition, keys.FEED), min=place, max=place if place != BEGINNING else "+", count=1
                )
            found = await pipe.execute()
        for partition, entries in zip(wanted, found, strict=True):
            await self._after(partition, cursor[partition], entries)

    async def _check_is_whole(self, partition: int, *, has_entries: bool) -> None:
        """Raise PositionLost unless from the beginning on all is there."""
        if not has_entries:
            return
        told: Any = await self._redis.xinfo_stream(keys.key(partition, keys.FEED))
        if int(told["entries-added"]) > int(told["length"]):
            raise PositionLost(LOST)


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
