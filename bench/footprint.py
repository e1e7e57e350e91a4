"""What Redis and this process hold at one instant: keys and bytes of each family."""

import os
import random
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from router.model.decision import Timer
from router.model.ids import PARTITIONS
from router.store import keys, wire
from router.store.audit.families import PARTITION_KEY, PREFIX
from router.store.connection import Connection
from router.store.wire import text

SAMPLES = 200
SETS, STREAMS = ("seen", "tm", "q"), ("feed", "arch", "in", "dead", "out")
MIB = 2**20
# In each line of the day; the others are told at its end.
TOLD = ("conv", "tl", "cust", "handle", "seen", "res", "feed", "tm", "arch", "in")


@dataclass(frozen=True, slots=True)
class Family:
    """The keys of one family: how many, what is in them (where they share one key), and their bytes in all."""

    keys: int
    members: int
    bytes: int

    @property
    def each(self) -> float:
        """Bytes of one."""
        return self.bytes / max(self.members or self.keys, 1)


@dataclass(frozen=True, slots=True)
class Footprint:
    """Bytes of Redis (`used`) and of this process (`resident`), and the families."""

    used: int
    resident: int
    archived: int
    found: dict[str, Family]

    @staticmethod
    def head() -> str:
        """What stands above the lines."""
        names = "".join(f"{name:>9}" for name in TOLD)
        return f"  {'messages':>10}{'open':>8}{'archived':>10}{'Redis MiB':>11}{'RSS MiB':>9}  keys, or members:{names}"

    def line(self, what: str) -> str:
        """The instant in a line."""
        counts = "".join(f"{self._count(name):9,}" for name in TOLD)
        start = f"  {what:>10}{self._count('conv'):8,}{self.archived:10,}{self.used / MIB:11,.1f}"
        return f"{start}{self.resident / MIB:9,.1f}{'':19}{counts}"

    def units(self) -> Iterable[str]:
        """What an open conversation takes."""
        parts = [(name, self.found[name].each) for name in ("conv", "tl", "q") if name in self.found]
        told = ", ".join(f"{name} {each:,.0f}" for name, each in parts)
        yield f"  an open conversation: {sum(each for _, each in parts):,.0f} bytes ({told}), and its timers"

    def idle(self) -> Iterable[str]:
        """What stays for each customer, message's digest, command and timer once all is closed."""
        for what, names in (
            ("an idle customer", ("cust", "handle")),
            ("a digest", ("seen",)),
            ("a command", ("res",)),
            ("a timer", ("tm",)),
        ):
            told = sum(self.found[name].each for name in names if name in self.found)
            yield f"  {what}: {told:,.0f} bytes"

    def families(self, empty: int) -> Iterable[str]:
        """All families, the largest first, beside what Redis says."""
        for name, family in sorted(self.found.items(), key=lambda pair: -pair[1].bytes):
            count = f"{family.keys:,} keys" + (f", {family.members:,} members" if family.members else "")
            yield f"    {name:<10}{family.bytes / MIB:10,.2f} MiB {family.each:8,.0f} bytes each   {count}"
        known = sum(family.bytes for family in self.found.values())
        rest = (self.used - empty - known) / MIB
        yield f"    {'the rest':<10}{rest:10,.2f} MiB (the keys' own table, buffers); {empty / MIB:,.1f} MiB when empty"

    def _count(self, name: str) -> int:
        family = self.found.get(name, Family(0, 0, 0))
        return family.members if name in (*SETS, *STREAMS) else family.keys


async def footprint(connection: Connection) -> Footprint:
    """What is there now. Bytes are of samples, where there are many keys."""
    source = random.Random(1)
    counts: Counter[str] = Counter()
    samples: dict[str, list[str]] = defaultdict(list)
    # Not all names are kept: they would be what grows most in this process.
    async for key in connection.commands.scan_iter(match=f"{PREFIX}*", count=1000):
        family = _family(text(key))
        counts[family] += 1
        if len(samples[family]) < SAMPLES:
            samples[family].append(text(key))
        elif (place := source.randrange(counts[family])) < SAMPLES:
            samples[family][place] = text(key)
    found = {family: await _measured(connection, family, some, counts[family]) for family, some in samples.items()}
    used = int((await connection.commands.info("memory"))["used_memory"])
    return Footprint(used, _resident(), await _archived(connection), found)


async def timers_left(connection: Connection, now: datetime) -> str:
    """Of what kinds the timers are that wait, and how long the last one will, by a sample of each partition."""
    names = [keys.key(partition, keys.TIMERS) for partition in range(PARTITIONS)]
    async with connection.commands.pipeline(transaction=False) as pipe:
        for name in names:
            pipe.zrandmember(name, SAMPLES)
        found = [wire.decode(Timer, data) for some in await pipe.execute() for data in some]
    if not found:
        return "  no timers wait"
    kinds = Counter(timer.kind.value for timer in found).most_common()
    told = ", ".join(f"{kind} {number / len(found):.0%}" for kind, number in kinds)
    last = max(timer.due_at for timer in found) - now
    return f"  timers that wait, though all is closed: {told}; the last one {last} more"


async def _measured(connection: Connection, family: str, samples: list[str], count: int) -> Family:
    async with connection.commands.pipeline(transaction=False) as pipe:
        for name in samples:
            pipe.memory_usage(name, samples=100 if family in SETS else 0)
        sizes = [size or 0 for size in await pipe.execute()]
        for name in samples:
            # What shares one key has few keys: all of them are in the sample.
            if family in SETS:
                pipe.zcard(name)
            elif family in STREAMS:
                pipe.xlen(name)
        members = sum(await pipe.execute())
    return Family(count, members, round(sum(sizes) * count / max(len(samples), 1)))


async def _archived(connection: Connection) -> int:
    """How many messages have left for history."""
    async with connection.commands.pipeline(transaction=False) as pipe:
        for partition in range(PARTITIONS):
            pipe.hgetall(keys.key(partition, keys.COUNTS))
        counts = await pipe.execute()
    return sum(int(value) for each in counts for name, value in each.items() if name.startswith(b"archived:"))


def _family(key: str) -> str:
    rest = key.removeprefix(PREFIX)
    if found := PARTITION_KEY.fullmatch(rest):
        return found[2]
    return {"{h:": "handle", "{v:": "visitor", "{ch": "channel", "{s:": "session"}.get(rest[:3], "other")


def _resident() -> int:
    """Bytes of this process in memory."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")
