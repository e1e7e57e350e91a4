"""Bytes that an open conversation takes in Redis, by part, and the router's own memory: `make bench ARGS=memory`.

Every customer writes the same number of messages, and the real worker commits them; nothing is closed. What a part
takes is told by MEMORY USAGE (all elements counted), over samples where there is a key for each conversation; what all
of it takes together is the difference of the server's `used_memory`.
"""

import random
import resource
from collections.abc import Sequence
from dataclasses import dataclass

from bench.load import rounds
from bench.rig import Rig
from router.store.wire import text

CUSTOMERS = 20_000
MESSAGES = 5
AT_ONCE = 5_000
SAMPLES = 400

# The keys that are one conversation's own, and those that all of a partition share.
OWN = (("record", "{p*}:conv:*"), ("timeline", "{p*}:tl:*"), ("customer", "{p*}:cust:*"), ("handle", "{h:*}"))
SHARED = (
    ("queue", "{p*}:q:*"),
    ("seen", "{p*}:seen:*"),
    ("timers", "{p*}:tm"),
    ("feed", "{p*}:feed"),
    ("not committed", "{p*}:in"),
)


@dataclass(frozen=True)
class Part:
    """What one kind of key takes: how many keys there are, and their bytes in all."""

    name: str
    count: int
    bytes: int


async def memory(rig: Rig, customers: int = CUSTOMERS, messages: int = MESSAGES) -> list[str]:
    """The lines to print."""
    empty = await _used(rig)
    async with rig.worker():
        # In pieces, as a day would bring them: what waits is small, as it is where the worker keeps up.
        for piece in rounds(customers, messages, AT_ONCE):
            await rig.accept(piece)
            await rig.until_done()
    taken = await _used(rig) - empty
    own = [await _part(rig, name, pattern, sampled=True) for name, pattern in OWN]
    shared = [await _part(rig, name, pattern, sampled=False) for name, pattern in SHARED]
    return _table([*own, *shared], taken, customers, messages)


def _table(parts: Sequence[Part], taken: int, customers: int, messages: int) -> list[str]:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    known = sum(part.bytes for part in parts)
    lines = [f"{customers:,} open conversations of {messages} messages each, bytes each"]
    lines += [f"  {part.name:<15}{part.bytes / customers:10,.0f}   {part.count:,} keys" for part in parts]
    lines += [
        f"  {'all parts':<15}{known / customers:10,.0f}",
        f"  {'used_memory':<15}{taken / customers:10,.0f}   {taken / 2**20:,.0f} MiB in all (keys' own table included)",
        f"  the process of the router and of the load: {peak:,.0f} MiB at most",
    ]
    return lines


async def _used(rig: Rig) -> int:
    return int((await rig.connection.commands.info("memory"))["used_memory"])


async def _part(rig: Rig, name: str, pattern: str, *, sampled: bool) -> Part:
    """What the keys of `pattern` take; of many alike some are measured, and stand for the others."""
    found = [text(key) async for key in rig.connection.commands.scan_iter(f"hilo:{pattern}", count=5_000)]
    chosen = random.Random(41).sample(found, SAMPLES) if sampled and len(found) > SAMPLES else found
    async with rig.connection.commands.pipeline(transaction=False) as pipe:
        for key in chosen:
            pipe.memory_usage(key, samples=0)
        measured = sum(int(size or 0) for size in await pipe.execute())
    return Part(name, len(found), measured * len(found) // max(len(chosen), 1))
