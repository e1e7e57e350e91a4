"""Closed conversations that nobody asked history to take."""

from collections.abc import AsyncIterator
from itertools import islice

import msgspec
import redis.asyncio as redis

from router.model.conversation import ConversationState
from router.model.errors import PermanentError
from router.model.ids import ConversationId, partition_of
from router.store import keys, wire
from router.store.connection import xrange

AT_ONCE = 500


class _State(msgspec.Struct):
    state: str = ""


_states = msgspec.json.Decoder(_State)


async def ask_for_closed(client: redis.Redis) -> int:
    """Put each closed conversation that is not on its partition's `arch` there; how many they were.

    What is closed stays so, and to be asked twice changes nothing: so this needs no script, and may be broken off.
    """
    # A scan may name a key more than once.
    closed = {name async for name in _closed(client)}
    known: dict[int, set[str]] = {}
    for partition in {partition_of(name) for name in closed}:
        entries = await xrange(client, keys.key(partition, keys.ARCHIVE))
        known[partition] = {wire.text(fields.get(b"c", b"")) for _, fields in entries if b"e" not in fields}
    left = iter([name for name in closed if name not in known[partition_of(name)]])
    count = 0
    while chunk := list(islice(left, AT_ONCE)):
        async with client.pipeline(transaction=False) as pipe:
            for name in chunk:
                pipe.xadd(keys.key(partition_of(name), keys.ARCHIVE), {"c": name})
            await pipe.execute()
        count += len(chunk)
    return count


async def _closed(client: redis.Redis) -> AsyncIterator[ConversationId]:
    """The closed conversations in Redis; what can't be read is none of them, and the audit tells it."""
    chunk: list[str] = []
    async for key in client.scan_iter(match="hilo:{p??}:conv:*", count=AT_ONCE):
        chunk.append(wire.text(key))
        if len(chunk) == AT_ONCE:
            for name in await _closed_of(client, chunk):
                yield name
            chunk.clear()
    for name in await _closed_of(client, chunk):
        yield name


async def _closed_of(client: redis.Redis, names: list[str]) -> list[ConversationId]:
    async with client.pipeline(transaction=False) as pipe:
        for name in names:
            pipe.hget(name, "d")
        records = await pipe.execute(raise_on_error=False) if names else []
    told = zip(names, records, strict=True)
    return [ConversationId(name.rpartition(":")[2]) for name, data in told if _is_closed(name, data)]


def _is_closed(name: str, data: object) -> bool:
    """Whether the key is a closed conversation's, in the partition that its id names."""
    try:
        partition = partition_of(name.rpartition(":")[2])
        is_closed = isinstance(data, bytes) and _states.decode(data).state == ConversationState.CLOSED
    except (PermanentError, msgspec.DecodeError):
        return False
    return is_closed and name.startswith(keys.prefix(partition))
