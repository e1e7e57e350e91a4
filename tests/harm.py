"""Harm done to Hilo on purpose, for control arms: without its guards the same faults must leave damage."""

import asyncio
from collections.abc import Callable, Sequence

import msgspec

from router.model.ids import EventId
from router.store import commit, keys
from router.store.commit import Batch, CommitResult, Committer
from router.store.connection import lua

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


def piecemeal() -> None:
    """Commit effect by effect instead of all at once; the events leave the stream at last."""
    setattr(Committer, "commit", _one_by_one)  # noqa: B010 - a method is replaced


async def _one_by_one(self: Committer, batch: Batch) -> tuple[CommitResult, Sequence[EventId]]:
    redis = self._script._redis
    writes: list[list[str]] = msgspec.msgpack.decode(batch.packed())["w"]
    for name, suffix, *arguments in writes:
        await redis.execute_command(name, keys.key(batch.partition, suffix), *arguments)  # type: ignore[no-untyped-call]
        await asyncio.sleep(0)
    await redis.xdel(keys.key(batch.partition, keys.INBOUND), *batch.events)
    return CommitResult.OK, []


HARMS: dict[str, Callable[[], None]] = {"unguarded": unguarded, "piecemeal": piecemeal}
