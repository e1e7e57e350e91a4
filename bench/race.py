"""All sides in turn, round after round, and the table: rates, ratios within each round, processor's time."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from statistics import median

from bench.environments import environment
from bench.ground import Command, Ground, Reading, SideFailed
from bench.load import REPEATED, RULES, customers_of, messages
from bench.side import book
from router.store import wire
from rules.engine import DEFAULT
from rules.facts import Facts
from rules.language import detect

# (its module's name, title, what Hilo's rate must be at least in its own, whether it gets fewer messages)
PEERS = (
    ("faststream", "FastStream, one message a call", 5.0, False),
    ("faststream-batch", "FastStream, batches of 100", 0.35, False),
    ("taskiq", "taskiq, 100 tasks at once", 5.0, False),
    ("arq", "arq, tuned", 5.0, True),
    ("celery", "Celery, 4 threads", 5.0, True),
    ("streaq", "streaq, 100 tasks at once", 5.0, True),
)
SLOWER = 4
HEAD = (
    f"  {'side':<38}{'messages/s [min..max]':>29}{'Hilo / side [min..max]':>27}{'target':>9}{'Python':>9}{'server':>8}"
)


@dataclass(slots=True)
class Side:
    """Something to measure on a server that begins as `begin`, prepared by `make` where that is new.

    `target` is what Hilo's rate must be at least, in this side's.
    """

    name: str
    command: Command
    begin: str | None = None
    make: Command | None = None
    target: float | None = None
    readings: list[Reading] = field(default_factory=list)


def traffic(count: int) -> str:
    """A line about the messages that all sides get, from a sample of them."""
    sample, rules = list(islice(messages(count, customers_of(count)), 1_000)), book()
    facts = [Facts(each.channel, each.text, each.subject, detect(each.text).code) for each in sample]
    share = sum(rules.route(each).rule != DEFAULT for each in facts) / len(sample)
    size = sum(len(wire.encode(each)) for each in sample) / len(sample)
    told = f"{count:,} messages of {customers_of(count):,} customers, about half of them known, {size:.0f} bytes each"
    return f"{told};\n1 in {REPEATED} comes twice to the inbox; {share:.0%} match one of {RULES:,} rules"


def own(name: str, count: int, *more: Path) -> Command:
    """Hilo's side `name` of bench.side."""
    return Command(("-m", "bench.side", name, "{url}", str(count), *map(str, more)))


async def hilo_sides(ground: Ground, count: int) -> list[Side]:
    """Hilo's whole path first, then its parts and its limits, on the same `count` messages."""
    recorded = ground.folder / "batches"
    await ground.prepare("known", own("known", count))
    await ground.prepare("loaded", own("preloaded", count), after="known")
    await ground.prepare("recorded", own("record", count, recorded), after="loaded")
    return [
        Side("Hilo: worker (inbox filled before)", own("worker", count), "loaded"),
        Side("Hilo: inbox and worker, one process", own("whole", count), "known"),
        Side("Hilo: inbox alone, 64 at once", own("inbox", count), "known"),
        Side("same writes, decided beforehand", own("writes", count, recorded), "loaded"),
        Side("commit only, an empty decision", own("commit_only", count), "loaded", target=0.4),
        Side("raw redis-py: read 100, delete", own("raw", count), "loaded"),
    ]


async def peer_sides(ground: Ground, count: int) -> list[Side]:
    """The peers on the same messages; a slow one gets a quarter of them, and its line says so."""
    texts = ground.folder / "messages"
    load = messages(count, customers_of(count))
    await asyncio.to_thread(texts.write_bytes, b"\n".join(wire.encode(message) for message in load))
    sides = []
    for name, title, target, is_slow in PEERS:
        python = environment("arq" if name == "arq" else "peers")
        if python is None:
            print(f"  skipped: {title}", flush=True)
            continue
        given = count // SLOWER if is_slow else count
        fill, work = (
            Command(("-m", "bench.peers", name, verb, "{url}", str(given), str(texts)), python)
            for verb in ("fill", "work")
        )
        sides.append(Side(f"{title} ({given:,})" if is_slow else title, work, name, fill, target))
    return sides


async def race(ground: Ground, sides: Sequence[Side], rounds: int) -> AsyncIterator[str]:
    """Measure `sides` in turn, `rounds` times, then tell the table's lines; the first side is what the others meet.

    A side that fails is left out from then on, aloud.
    """
    left = list(sides)
    for _ in range(rounds):
        for side in list(left):
            try:
                if side.make and side.begin:
                    await ground.prepare(side.begin, side.make)
                side.readings.append(await ground.measure(re.sub(r"\W+", "-", side.name), side.command, side.begin))
            except SideFailed as error:
                left.remove(side)
                yield f"  left out: {side.name}: {error}"
    for line in table([side for side in sides if len(side.readings) == rounds]):
        yield line


def table(sides: Sequence[Side]) -> Iterator[str]:
    """A line for each side. Rates are medians of the rounds, ratios medians of the ratios within a round."""
    yield HEAD
    first = [reading.rate for reading in sides[0].readings]
    for side in sides:
        rates = [reading.rate for reading in side.readings]
        ratios = [mine / other for mine, other in zip(first, rates, strict=True)]
        python, server = (median(getattr(r, name) for r in side.readings) for name in ("python_us", "server_us"))
        against = "" if side is sides[0] else f"{median(ratios):.2f} [{min(ratios):.2f}..{max(ratios):.2f}]"
        target = f"≥ {side.target:g}" if side.target else ""
        yield f"  {side.name:<38}{_spread(rates):>29}{against:>27}{target:>9}{python:>6.0f} µs{server:>5.0f} µs"


def _spread(values: list[float]) -> str:
    return f"{median(values):,.0f} [{min(values):,.0f}..{max(values):,.0f}]"
