"""Several real `hilo router` processes on one server or a cluster: messages a second until nothing waits.

Two routers and a server want a core each: on fewer cores than that, the figures tell of the machine.
"""

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from typing import Any

import yaml

from bench.ground import LOGS, Ground, SideFailed
from bench.load import RULES
from bench.race import own
from bench.rig import TEAMS, Rig, connected
from bench.rules_corpus import as_yaml, asked
from router.model.ids import PARTITIONS
from router.store import keys
from router.store.connection import Connection
from router.store.wire import text
from rules.facts import CHANNELS

HILO = Path(sys.executable).parent / "hilo"
PATIENCE = 120.0
LEASE = "3s"
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class _Run:
    """Messages a second, and what each cost in the routers and in the servers that take writes: microseconds of CPU."""

    rate: float
    routers: float
    servers: float

    @property
    def cores(self) -> float:
        """How many cores they kept busy, on the average."""
        return self.rate * (self.routers + self.servers) / 1e6


async def routers(
    ground: Ground, count: int, rounds: int, numbers: Sequence[int], url: str | None
) -> AsyncIterator[str]:
    """The lines to print: one router on one server, then each of `numbers` on `url` (None: on one server too)."""
    await ground.prepare("known", own("known", count))
    await ground.prepare("loaded", own("preloaded", count), after="known")
    async with ground.server("loaded") as loaded:
        data = await _dump(loaded)
    sides: list[tuple[int, str | None]] = [(1, None), *((number, url) for number in numbers)]
    runs: list[list[_Run]] = [[] for _ in sides]
    for _ in range(rounds):
        for (number, where), found in zip(sides, runs, strict=True):
            async with _server(ground, where) as target:
                found.append(await _run(ground.folder, target, number, data, count))
    yield f"  {count:,} messages, {rounds} rounds in turn, {os.cpu_count()} cores"
    for (number, where), found in zip(sides, runs, strict=True):
        ratios = [mine.rate / one.rate for mine, one in zip(found, runs[0], strict=True)]
        title = f"{number} router{'s' if number > 1 else ''} on {'the given server' if where else 'one server'}"
        against = f"; to one router {median(ratios):.2f} [{min(ratios):.2f}..{max(ratios):.2f}]"
        rates = [each.rate for each in found]
        rate = f"{median(rates):,.0f} messages/s [{min(rates):,.0f}..{max(rates):,.0f}]"
        yield f"  {title:<32} {rate}{against if found is not runs[0] else ''}"
        routers, servers = (
            median(costs) for costs in zip(*((each.routers, each.servers) for each in found), strict=True)
        )
        cores = median(each.cores for each in found)
        yield f"  {'':<32} routers {routers:.0f} µs, primaries {servers:.0f} µs a message; {cores:.1f} cores busy"


@asynccontextmanager
async def _server(ground: Ground, url: str | None) -> AsyncIterator[str]:
    """The server of a side: a fresh one, or the one at `url`, which must be empty and is emptied again."""
    if url is None:
        async with ground.server() as fresh:
            yield fresh
        return
    connection = Connection(url)
    try:
        if await _size(connection):
            raise SideFailed(
                "the server given holds data; the bench takes only an empty one, and empties it afterwards"
            )
        yield url
        await connection.commands.flushall()
    finally:
        await connection.close()


async def _run(folder: Path, url: str, number: int, data: dict[bytes, bytes], count: int) -> _Run:
    """What `number` routers need for the `count` messages in `data`, once they share the partitions evenly."""
    async with AsyncExitStack() as stack:
        rig = await stack.enter_async_context(connected(url))
        pids = [await stack.enter_async_context(_router(folder, url, each)) for each in range(number)]
        await _until_shared(rig, number)
        await _restore(rig.connection, {name: value for name, value in data.items() if not _is_inbound(name)})
        routers, servers = sum(map(_cpu, pids)), await _servers_cpu(rig.connection)
        started = time.perf_counter()
        await _restore(rig.connection, {name: value for name, value in data.items() if _is_inbound(name)})
        async with asyncio.timeout(PATIENCE):
            await rig.until_done()
        rate = count / (time.perf_counter() - started)
        routers, servers = sum(map(_cpu, pids)) - routers, await _servers_cpu(rig.connection) - servers
        return _Run(rate, routers / count * 1e6, servers / count * 1e6)


def _cpu(pid: int) -> float:
    """Seconds of CPU that the process has used (proc(5), utime and stime)."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


async def _servers_cpu(connection: Connection) -> float:
    """Seconds of CPU that the servers have used which take writes."""
    told = [await ask("INFO", "cpu") for ask in (await connection.primaries()).values()]
    return sum(float(each["used_cpu_sys"]) + float(each["used_cpu_user"]) for each in told)


@asynccontextmanager
async def _router(folder: Path, url: str, number: int) -> AsyncIterator[int]:
    """The process id of one `hilo router`, its log at info in a file."""
    with (LOGS / f"router-{number}.log").open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            str(HILO), "router", "--config", str(_config(folder, url)), "--log", "info", stdout=output, stderr=output
        )
    try:
        yield process.pid
    finally:
        process.terminate()
        await process.wait()


def _config(folder: Path, url: str) -> Path:
    """A configuration with the 1,000 rules; those for channels that Hilo does not have yet ask for ones that it has."""
    rules = folder / "rules"
    if not rules.exists():
        rules.mkdir()
        fitting = [
            replace(each, channel=CHANNELS[number % len(CHANNELS)] if each.channel else None)
            for number, each in enumerate(asked(RULES))
        ]
        (rules / "book.yaml").write_text(yaml.safe_dump(as_yaml(fitting), allow_unicode=True), encoding="utf-8")
    path = folder / "config.yaml"
    settings = {
        "data": str(folder / "data"),
        "redis": {"url": url, "lease": LEASE},
        "teams": {str(name): {"name": team.name} for name, team in TEAMS.items()},
        "rules": {"folder": str(rules), "default_team": "care"},
    }
    path.write_text(yaml.safe_dump(settings), encoding="utf-8")
    return path


async def _until_shared(rig: Rig, number: int) -> None:
    """Return once `number` routers hold the partitions evenly."""
    async with asyncio.timeout(PATIENCE):
        while True:
            tokens = [await rig.connection.commands.get(keys.key(each, keys.LEASE)) for each in range(PARTITIONS)]
            holders = [text(token).partition(":")[0] for token in tokens if token]
            shares = sorted(holders.count(each) for each in set(holders))
            if len(shares) == number and sum(shares) == PARTITIONS and shares[-1] - shares[0] <= 1:
                return
            await asyncio.sleep(0.1)


async def _dump(url: str) -> dict[bytes, bytes]:
    """All of a partition's keys on the server at `url`, but leases."""
    connection = Connection(url)
    names = [name async for name in connection.commands.scan_iter(match="hilo:{p*", count=1_000)]
    kept = [name for name in names if not name.endswith(b":lease")]
    async with connection.commands.pipeline(transaction=False) as pipe:
        for name in kept:
            pipe.dump(name)
        values = await pipe.execute()
    await connection.close()
    return dict(zip(kept, values, strict=True))


async def _restore(connection: Connection, data: dict[bytes, bytes]) -> None:
    """Write the keys; what is there under their names makes way."""
    async with connection.commands.pipeline(transaction=False) as pipe:
        for name, value in data.items():
            pipe.restore(name, 0, value, replace=True)
        await pipe.execute()


async def _size(connection: Connection) -> int:
    """How many keys there are, on all servers of a cluster."""
    found: Any = await connection.commands.dbsize()
    return sum(found.values()) if isinstance(found, dict) else int(found)


def _is_inbound(name: bytes) -> bool:
    return name.endswith(f":{keys.INBOUND}".encode())
