"""Messages a second from the inbox to committed, beside a loop that only reads and deletes the same entries."""

import time
from statistics import median
from typing import Any

from bench.load import messages
from bench.rig import Rig
from router.model.ids import PARTITIONS
from router.store import keys

ROUNDS = 5
MESSAGES = 4_000
CUSTOMERS = 1_000


async def whole_path(rig: Rig) -> list[str]:
    """The lines to print: rates of inbox, worker and raw loop, and the median of the rounds' ratios."""
    taken, worked, both, raw = [], [], [], []
    for number in range(ROUNDS):
        load = list(messages(MESSAGES, CUSTOMERS, seed=number))
        started = time.perf_counter()
        await rig.accept(load)
        accepted = time.perf_counter() - started
        await _copy(rig)
        committed = await _work(rig)
        taken.append(MESSAGES / accepted)
        worked.append(MESSAGES / committed)
        both.append(MESSAGES / (accepted + committed))
        raw.append(MESSAGES / await _read_and_delete(rig))
    ratios = sorted(work / loop for work, loop in zip(worked, raw, strict=True))
    whole = sorted(work / loop for work, loop in zip(both, raw, strict=True))
    return [
        f"{ROUNDS} rounds, {MESSAGES:,} messages of {CUSTOMERS:,} customers each, sides interleaved; median [min..max]",
        f"  inbox (64 at once)                    {_spread(taken)} messages/s",
        f"  decide and commit, one worker         {_spread(worked)} messages/s",
        f"  inbox, decide, commit, one after other{_spread(both)} messages/s",
        f"  raw loop: read and delete             {_spread(raw)} messages/s",
        f"  worker / raw loop                     {median(ratios):9.3f} [{ratios[0]:.3f}..{ratios[-1]:.3f}]",
        f"  whole path / raw loop                 {median(whole):9.3f} [{whole[0]:.3f}..{whole[-1]:.3f}]",
    ]


async def _work(rig: Rig) -> float:
    """Seconds until one worker has committed all that waits."""
    started = time.perf_counter()
    async with rig.worker():
        await rig.until_done()
        return time.perf_counter() - started


async def _copy(rig: Rig) -> None:
    """The same entries once more, for the raw loop."""
    for partition in range(PARTITIONS):
        entries: Any = await rig.connection.commands.xrange(keys.key(partition, keys.INBOUND))
        async with rig.connection.commands.pipeline(transaction=False) as pipe:
            for _, fields in entries:
                pipe.xadd(keys.key(partition, "raw"), fields)
            await pipe.execute()


async def _read_and_delete(rig: Rig) -> float:
    """Seconds that plain redis-py takes to read the copies, 100 at a time, and to delete them, and nothing else."""
    redis = rig.connection.commands
    names: dict[Any, Any] = {keys.key(partition, "raw"): "0-0" for partition in range(PARTITIONS)}
    started = time.perf_counter()
    while True:
        found: Any = await redis.xread(names, count=100)
        if not found:
            return time.perf_counter() - started
        async with redis.pipeline(transaction=False) as pipe:
            for name, entries in found:
                pipe.xdel(name, *(identifier for identifier, _ in entries))
            await pipe.execute()


def _spread(values: list[float]) -> str:
    ordered = sorted(values)
    return f"{median(ordered):9,.0f} [{ordered[0]:,.0f}..{ordered[-1]:,.0f}]"
