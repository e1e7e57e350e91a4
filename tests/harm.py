"""Harm done to Hilo on purpose, for control arms: without its guards the same faults must leave damage."""

import asyncio
from collections.abc import Callable, Sequence

import msgspec

from router import worker
from router.model.ids import EventId
from router.store import commit, keys
from router.store.commit import Batch, CommitResult, Committer
from router.store.connection import Connection, lua

FENCE = "if redis.call('GET', KEYS[1]) ~= ARGV[1] then return {'fenced'} end"
STILL_THERE = "if #gone > 1 then return gone end"
REVISION = "if (redis.call('HGET', prefix .. expected[1], 'r') or '0') ~= expected[2] then"


def without(source: str, *guards: str) -> str:
    """The script `source` without `guards`."""
    for guard in guards:
        assert guard in source, f"the script no longer has the guard {guard!r}"
        source = source.replace(guard, "if false then" if guard.endswith("then") else "")
    return source


def unguarded() -> None:
    """Commit whoever holds the lease, whatever was committed before."""
    bare = without(lua("commit"), FENCE, STILL_THERE, REVISION)
    # Set by its name: the module has it from another one, and does not give it on.
    setattr(commit, "lua", lambda name: bare if name == "commit" else lua(name))  # noqa: B010


class Piecemeal(Committer):
    """Commits effect by effect instead of all at once; the events leave the stream at last."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._redis = connection.commands

    async def commit(self, batch: Batch) -> tuple[CommitResult, Sequence[EventId]]:
        """OK, whoever holds the lease."""
        writes: list[list[str]] = msgspec.msgpack.decode(batch.packed())["w"]
        for name, suffix, *arguments in writes:
            place = keys.key(batch.partition, suffix)
            await self._redis.execute_command(name, place, *arguments)  # type: ignore[no-untyped-call]
            # Time to be killed in.
            await asyncio.sleep(0.001)
        await self._redis.xdel(keys.key(batch.partition, keys.INBOUND), *batch.events)
        return CommitResult.OK, []

    async def commit_each(self, batches: Sequence[Batch]) -> list[bool]:
        """All of them, one after the other."""
        return [(await self.commit(batch))[0] is CommitResult.OK for batch in batches]


def piecemeal() -> None:
    """Commit effect by effect."""
    setattr(worker, "Committer", Piecemeal)  # noqa: B010 - the worker has it from another module


HARMS: dict[str, Callable[[], None]] = {"unguarded": unguarded, "piecemeal": piecemeal}
