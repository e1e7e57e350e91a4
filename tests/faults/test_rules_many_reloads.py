"""Many reloads under traffic, half of them of broken files: no decision by a mixture, and nothing is left behind.

HILO_RELOADS says how many; `make soak ARGS="--reloads 10000"` runs it by hand.
"""

import asyncio
import gc
import json
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import structlog
from redis.asyncio import Redis

from router.model.clock import SystemClock
from router.rules_watch.watch import RulesWatch
from rules.engine import RuleBook
from tests.core import BILLING, CARE, Core, running_core, written
from tests.waiting import eventually

log = structlog.get_logger()

RELOADS = int(os.environ.get("HILO_RELOADS", "300"))
WARM = max(RELOADS // 10, 100)
WRITERS = 8
MIB = 2**20
# Far below what one book kept for each reload would take (some 60 KiB for these two rules), far above the noise.
MOST_GROWTH = 16 * MIB
MOST_OBJECTS = 20_000

GOOD = "rules:\n  - {{name: {tag}, when: {{text: {{any: [factura]}}}}, then: {{{team}tags: [{tag}]}}}}\n"
BROKEN = (
    "rules:\n  - {name: half, when: {text: {any: [fact",
    "rules:\n  - {name: b, when: {text: {any: [factura]}}, then: {team: biling}}\n",
    "rules:\n\t- {name: b}\n",
    "rules:\n  - {name: b, when: {text: {regex: '('}}, then: {team: billing}}\n",
    "rules:\n  - {name: b, when: {txt: {any: [factura]}}, then: {team: billing}}\n",
    "",
    "rules: [\x00]\n",
    "a: &a [x, x]\nb: &b [*a, *a]\nrules: [*b, *b]\n",
    "rules:\n  - {name: b, when: {text: {any: [factura]}}, then: {team: billing}}\n" * 2,
    "\ufeffrules: {name: b}\n",
)


class Playbook:
    """Two files that must agree: one adds a tag with a number, the other decides and adds the same number."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.folder = folder
        self.good(0)

    def good(self, number: int) -> None:
        """Both files say `number`."""
        self._put("10-a.yaml", GOOD.format(tag=f"a-{number}", team=""))
        self._put("20-b.yaml", GOOD.format(tag=f"b-{number}", team="team: billing, "))

    def broken(self, number: int) -> None:
        """One file says `number`, the other has a mistake: which and what changes from time to time."""
        names = ("10-a.yaml", "20-b.yaml")
        place = number // 2 % 2
        self._put(names[1 - place], GOOD.format(tag=f"x-{number}", team=""))
        self._put(names[place], BROKEN[number // 4 % len(BROKEN)])

    def _put(self, name: str, text: str) -> None:
        beside = self.folder / f".{name}"
        beside.write_text(text, encoding="utf-8")
        beside.rename(self.folder / name)


class Traffic:
    """New customers all the time; each says which number was the last good one when they wrote."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._numbers = count(1)
        self.number = 0
        self.sent = 0
        self.is_over = False

    async def write(self) -> None:
        """Write until told that it is enough."""
        while not self.is_over:
            at = self.number
            await self._core.accept(written(f"factura {at}", f"chat:{next(self._numbers)}", f"k{next(self._numbers)}"))
            self.sent += 1


@dataclass(frozen=True)
class Held:
    """What this process holds: resident bytes, objects, books."""

    resident: int
    objects: int
    books: int

    @classmethod
    def now(cls) -> "Held":
        gc.collect()
        resident = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")
        objects = gc.get_objects()
        return cls(resident, len(objects), sum(isinstance(each, RuleBook) for each in objects))


@pytest.mark.timeout(120 + RELOADS // 2)
async def test_reloads_under_traffic(tmp_path: Path, redis_url: str, redis_client: Redis) -> None:
    playbook = Playbook(tmp_path / "rules")
    watch = RulesWatch(playbook.folder, [CARE, BILLING], CARE, SystemClock())
    versions = {0: watch.book.version}
    async with running_core(redis_url, rulebook=watch.book, clock=SystemClock()) as core:
        watch.supply(core.worker)
        traffic = Traffic(core)
        # given messages that come all the time
        writing = [asyncio.create_task(traffic.write()) for _ in range(WRITERS)]
        began, before = time.monotonic(), Held.now()
        # when the files change again and again, every other time with a mistake
        for number in range(1, RELOADS + 1):
            (playbook.broken if number % 2 else playbook.good)(number)
            await watch.reload()
            assert bool(watch.status.problems) == bool(number % 2), number
            if not watch.status.problems:
                versions[number] = watch.book.version
                traffic.number = number
            # then the last good rules are in force, always
            assert core.worker.rulebook is watch.book
            assert watch.book.version == versions[traffic.number]
            if number == WARM:
                before = Held.now()
        after = Held.now()
        seconds = time.monotonic() - began
        traffic.is_over = True
        await asyncio.gather(*writing)
        await eventually(lambda: _is_done(redis_client), "all decided", 60)
        # and each decision is of one version
        decisions = await _decisions(redis_client)
    assert [decision for decision in decisions if not _is_whole(decision, versions)] == []
    assert len(decisions) >= traffic.sent
    assert len({decision["version"] for decision in decisions}) >= 5
    figures = {"reloads": RELOADS, "seconds": round(seconds, 1), "decisions": len(decisions)}
    log.info("reloads", **figures, before=before, after=after)
    # and nothing is left behind
    assert after.books <= before.books + 1
    assert after.objects - before.objects < MOST_OBJECTS
    assert after.resident - before.resident < MOST_GROWTH


async def _is_done(redis: Redis) -> bool:
    return not sum([await redis.xlen(f"hilo:{{p{partition:02d}}}:in") for partition in range(16)])


async def _decisions(redis: Redis) -> Sequence[dict[str, Any]]:
    """Of each conversation what was decided at its first message, and what that said."""
    found = []
    async for key in redis.scan_iter("hilo:*:tl:*", count=1000):
        entries = [json.loads(entry) for entry in await redis.lrange(key, 0, -1)]
        told = {entry["kind"]: entry for entry in entries}
        found.append({**told["routed"]["detail"], "said": int(told["message_in"]["text"].split()[1])})
    return found


def _is_whole(decision: dict[str, Any], versions: dict[int, str]) -> bool:
    """Whether both rules and the version have one number, no older than the one in force when the customer wrote."""
    names = [f"{name}-{{}}" for name in "ab"]
    numbers = [number for number, version in versions.items() if version == decision["version"]]
    if len(numbers) != 1 or numbers[0] < decision["said"]:
        return False
    wanted = ", ".join(name.format(numbers[0]) for name in names)
    return bool(decision["tags"] == wanted and decision["matched"] == wanted and decision["team"] == BILLING)
