"""Where the worker's time goes: py-spy's samples by function, and what each command costs the server."""

import re
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

from bench.environments import environment
from bench.ground import BENCH, Command, Ground, SideFailed
from bench.race import own
from router.store.connection import Connection

RATE = 250
SHOWN = 45
FRAME = re.compile(r"^(?P<function>.+) \((?P<file>[^()]+?)(?::\d+)?\)$")


async def profile(ground: Ground, count: int) -> AsyncIterator[str]:
    """The lines to print for one worker on `count` waiting messages."""
    python = environment("profile")
    if python is None:
        yield "  skipped: py-spy could not be installed"
        return
    await ground.prepare("known", own("known", count))
    await ground.prepare("loaded", own("preloaded", count), after="known")
    stacks = BENCH / "stacks.txt"
    worker = own("worker", count)
    spy = python.parent / "py-spy"
    options = ("record", "--format", "raw", "--rate", str(RATE), "--output", str(stacks), "--")
    command = Command((*options, str(worker.python), *worker.arguments), spy)
    async with ground.server("loaded") as url:
        connection = Connection(url)
        await connection.commands.config_resetstat()
        try:
            reading = await ground.run(command, url, "profile")
        except SideFailed as error:
            yield f"  skipped: {error}"
            return
        told: dict[str, Any] = await connection.commands.info("commandstats")
        await connection.close()
    yield (
        f"  {reading.rate:,.0f} messages/s under the profiler; Python {reading.python_us:.0f} µs a message, "
        f"the server {reading.server_us:.0f} µs (all stacks: .bench/stacks.txt)"
    )
    for line in _functions(stacks):
        yield line
    for line in _commands(told, count):
        yield line


def _functions(stacks: Path) -> Iterator[str]:
    """Own time and time with all that is called, as shares of the samples inside of the worker's loops."""
    alone: Counter[str] = Counter()
    below: Counter[str] = Counter()
    total = 0
    for line in stacks.read_text(encoding="utf-8").splitlines():
        stack, _, samples = line.rpartition(" ")
        frames = [_short(frame) for frame in stack.split(";")]
        # What comes before the worker runs (imports, the book of rules) is no part of its work.
        if not any("_run_once (" in frame for frame in frames) or "book (bench/side.py)" in frames:
            continue
        total += int(samples)
        alone[frames[-1]] += int(samples)
        below.update(dict.fromkeys(frames, int(samples)))
    for title, counted in (("own time", alone), ("with what is called", below)):
        yield f"\n  {title}, of {total:,} samples"
        for name, number in counted.most_common(SHOWN):
            yield f"  {number / total:>7.1%}  {name}"


def _short(frame: str) -> str:
    """`function (file)`, the file from its package on."""
    found = FRAME.match(frame)
    if found is None:
        return frame
    file = found["file"].partition("site-packages/")[2] or "/".join(Path(found["file"]).parts[-2:])
    return f"{found['function']} ({file})"


def _commands(told: dict[str, Any], count: int) -> Iterator[str]:
    yield "\n  the server's commands, those inside of scripts too (evalsha holds them): µs a message, calls a message"
    named = sorted(told.items(), key=lambda item: -float(item[1]["usec"]))
    for name, found in named[:20]:
        cost, calls = float(found["usec"]) / count, float(found["calls"]) / count
        yield f"  {cost:>7.2f}  {calls:>7.3f}  {name.removeprefix('cmdstat_')}"
