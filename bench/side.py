"""One side of the comparison, in a process of its own: `python -m bench.side NAME URL MESSAGES`.

Its last line on standard output is the stopwatch's reading; its log goes to standard error, at info.
"""

import asyncio
import pickle
import sys
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from bench.load import RULES, customers_of, messages, with_repeats
from bench.peers.stopwatch import Stopwatch
from bench.rig import Rig, committed, connected
from bench.rules_corpus import asked, book_of
from router.logs import configure_logs
from router.model.ids import PARTITIONS, EventId
from router.store import keys
from router.store.commit import Batch, CommitResult, Committer
from router.store.connection import Connection, Entry
from router.store.lease import Leases
from router.store.wire import text
from rules.engine import RuleBook
from rules.language import warm

SEED = 41
AT_ONCE = 100


async def known(rig: Rig, count: int) -> None:
    """Make about half of the customers known, each with a conversation: what they wrote yesterday is committed."""
    # Chosen at random: of so many draws, about 1 - e^-0.7 of all are met.
    written = int(customers_of(count) * 0.7)
    async with rig.worker(book()):
        await rig.accept(messages(written, customers_of(count), seed=SEED + 1))
        await rig.until_done()


async def preloaded(rig: Rig, count: int) -> None:
    """Let `count` messages, their repeats dropped by the inbox, wait for the worker."""
    await rig.accept(with_repeats(messages(count, customers_of(count), SEED)))
    found = await rig.waiting()
    assert found == count, f"{found} wait, of {count}"


async def inbox(rig: Rig, count: int) -> str:
    """The inbox alone; what it drops as a repeat is not counted."""
    watch = await _ready(rig, count)
    watch.start()
    await preloaded(rig, count)
    return watch.stop()


async def worker(rig: Rig, count: int) -> str:
    """One worker on messages that the inbox took before: read, look up, route by 1,000 rules, decide, commit."""
    watch, rules = await _ready(rig, count), book()
    watch.start()
    async with rig.worker(rules):
        await _until_committed(count)
        reading = watch.stop()
        await _must_be_done(rig)
    return reading


async def whole(rig: Rig, count: int) -> str:
    """Inbox and worker in one process at the same time, from the first message to the last that is committed."""
    watch, rules = await _ready(rig, count), book()
    load = list(with_repeats(messages(count, customers_of(count), SEED)))
    watch.start()
    async with rig.worker(rules):
        await rig.accept(load)
        await _until_committed(count)
        reading = watch.stop()
        await _must_be_done(rig)
    return reading


async def commit_only(rig: Rig, count: int) -> str:
    """The commit script with an empty decision: nothing is decided, and of the events only their end is written."""

    async def decide(partition: int, token: str, entries: list[Entry]) -> Batch:
        batch = Batch(partition, token, rig.clock.now())
        batch.events.extend(EventId(text(identifier)) for identifier, _ in entries)
        return batch

    return await _commit_all(rig, count, decide)


async def record(rig: Rig, count: int, path: Path) -> None:
    """Let a worker do all the work, and keep its batches in `path` for `writes`."""
    kept: list[tuple[int, int, bytes]] = []

    class Recorder(Committer):
        async def commit_each(self, batches: Sequence[Batch]) -> list[bool]:
            kept.extend((batch.partition, len(batch.events), batch.packed()) for batch in batches)
            done = await super().commit_each(batches)
            assert all(done), "a batch was not committed at once"
            return done

    async with rig.worker(book()) as made:
        made._committer = Recorder(rig.connection)
        await _until_committed(count)
    await asyncio.to_thread(path.write_bytes, pickle.dumps(kept))


async def writes(rig: Rig, count: int, path: Path) -> str:
    """All reads of the stream and all writes of the worker, in the same batches, decided and packed beforehand."""
    queues: dict[int, deque[tuple[int, bytes]]] = {partition: deque() for partition in range(PARTITIONS)}
    for partition, size, packed in pickle.loads(await asyncio.to_thread(path.read_bytes)):
        queues[partition].append((size, packed))

    async def decide(partition: int, token: str, entries: list[Entry]) -> Any:
        size, packed = queues[partition].popleft()
        assert size == len(entries)
        return _Packed(partition, token, packed)

    return await _commit_all(rig, count, decide, lambda partition: queues[partition][0][0] if queues[partition] else 1)


async def raw(rig: Rig, count: int) -> str:
    """A plain loop of redis-py that reads 100 entries and deletes them, partition after partition."""
    watch, redis = await _ready(rig, count), rig.connection.commands
    watch.start()
    done = 0
    for partition in range(PARTITIONS):
        name = keys.key(partition, keys.INBOUND)
        while entries := await _read(rig.connection, name, "0-0"):
            await redis.xdel(name, *(identifier for identifier, _ in entries))
            done += len(entries)
    reading = watch.stop()
    assert done == count
    return reading


def book() -> RuleBook:
    """The 1,000 rules."""
    return book_of(asked(RULES))


@dataclass(frozen=True, slots=True)
class _Packed:
    partition: int
    token: str
    data: bytes

    def packed(self) -> bytes:
        return self.data


async def _ready(rig: Rig, count: int) -> Stopwatch:
    """A stopwatch, once what a process does only at its start is done."""
    await asyncio.to_thread(warm)
    await rig.connection.commands.ping()
    return Stopwatch(rig.connection.url, count)


async def _until_committed(count: int) -> None:
    while committed() < count:  # noqa: ASYNC110 - a counter rings no bell
        await asyncio.sleep(0.005)


async def _must_be_done(rig: Rig) -> None:
    """AssertionError if a message waits or was set aside: then the figure would not be one of work done."""
    assert await rig.waiting() == 0
    for partition in range(PARTITIONS):
        assert not await rig.connection.commands.xlen(keys.key(partition, keys.DEAD)), "there are dead letters"


Decide = Callable[[int, str, list[Entry]], Awaitable[Any]]


async def _commit_all(rig: Rig, count: int, decide: Decide, size: Callable[[int], int] = lambda _: AT_ONCE) -> str:
    """Read all partitions at the same time, `size` entries at once, and commit what `decide` makes of them."""
    watch = await _ready(rig, count)
    leases, committer = Leases(rig.connection, PARTITIONS, timedelta(minutes=1)), Committer(rig.connection)
    await leases.balance()

    async def follow(partition: int, token: str) -> None:
        cursor = "0-0"
        name = keys.key(partition, keys.INBOUND)
        while entries := await _read(rig.connection, name, cursor, size(partition)):
            result, _ = await committer.commit(await decide(partition, token, entries))
            assert result is CommitResult.OK, result
            cursor = text(entries[-1][0])

    watch.start()
    await asyncio.gather(*(follow(partition, token) for partition, token in leases.held.items()))
    reading = watch.stop()
    assert await rig.waiting() == 0
    return reading


async def _read(connection: Connection, name: str, cursor: str, count: int = AT_ONCE) -> list[Entry]:
    found: Any = await connection.commands.xread({name: cursor}, count=count)
    return found[0][1] if found else []


SIDES: dict[str, Callable[..., Awaitable[str | None]]] = {
    each.__name__: each for each in (known, preloaded, inbox, worker, whole, commit_only, record, writes, raw)
}


async def main(name: str, url: str, count: int, *more: str) -> None:
    """Run the side `name` and print its reading."""
    async with connected(url) as rig:
        reading = await SIDES[name](rig, count, *map(Path, more))
    print(reading or "{}", flush=True)


if __name__ == "__main__":
    configure_logs("info")
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), *sys.argv[4:]))
