"""The kinds of facts that ops name, as they are on disk; with a mistake in them, those of before go on.

They lie beside the rules in files of their own, and are looked at in the same way (`watch.py`).
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import structlog

from router.model.clock import Clock
from router.rules_watch.files import FACTS, Glance, glance_at, lost
from router.rules_watch.watch import LONGEST_TEXT, LOOK_SECONDS, MOST_SETTLES, SETTLE_SECONDS
from router.store.rules_status import MOST_PROBLEMS, RulesStatus
from rules.fact_kinds import NO_KINDS, FactKinds, load_fact_kinds
from rules.problems import Problem, SourceError, format_problems, shown_path

log = structlog.get_logger()

# Who tells of these files is no router: it routes by no version.
NO_VERSION = ""


class Finding(Protocol):
    """What looks for facts, by the kinds that are there when a message comes."""

    kinds: FactKinds


class FactKindsWatch:
    """Keeps the kinds those in `folder`, until `stop`; `say` is called with what a person should read."""

    def __init__(self, folder: Path, clock: Clock, say: Callable[[str], None] = lambda _text: None) -> None:
        """Load the kinds; a folder that is not there holds none. Raises SourceError with every mistake."""
        self._folder = folder
        self._clock = clock
        self._say = say
        self._supplied: list[Finding] = []
        self._stopping = False
        self._woken = asyncio.Event()
        self._seen, self.kinds = glance_at(folder), _kinds(folder)
        self._live = self._seen
        self.changed = asyncio.Event()
        """Set whenever `status` is another one."""
        self.status = RulesStatus(NO_VERSION, 0, clock.now())

    def supply(self, finding: Finding) -> None:
        """Give `finding` the kinds that are in force from now on."""
        finding.kinds = self.kinds
        self._supplied.append(finding)

    def stop(self) -> None:
        """Let `run` return."""
        self._stopping = True
        self._woken.set()

    async def run(self) -> None:
        """Look at the files until `stop`; a change is taken once nothing moves any more, or after so many looks."""
        last, moves = self._seen, 0
        while not self._stopping:
            now = await asyncio.to_thread(glance_at, self._folder)
            moves = moves + 1 if now != last else 0
            if now != self._seen and (not moves or moves >= MOST_SETTLES):
                await self._reload(now)
            last = now
            with suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), SETTLE_SECONDS if moves else LOOK_SECONDS)

    async def _reload(self, glance: Glance) -> None:
        kinds, problems = await asyncio.to_thread(_read, self._folder)
        if await asyncio.to_thread(glance_at, self._folder) != glance:
            # Half of the old and half of the new, perhaps: the next look reads them again.
            return
        self._seen = glance
        problems = problems or lost(self._folder, self._live, glance, FACTS)
        if kinds is None or problems:
            self._refuse(problems)
            return
        self.kinds, self._live = kinds, glance
        for finding in self._supplied:
            finding.kinds = kinds
        self.status = RulesStatus(NO_VERSION, 0, self._clock.now())
        self.changed.set()
        log.info("fact_kinds_reloaded", kinds=len(kinds.words))
        self._say("The kinds of facts were read anew and are in force.")

    def _refuse(self, problems: tuple[Problem, ...]) -> None:
        since = self.status.refused_at or self._clock.now()
        told = tuple(_short(problem) for problem in problems[:MOST_PROBLEMS])
        self.status = replace(self.status, refused_at=since, mistakes=len(problems), problems=told)
        self.changed.set()
        lines = [f"{each.file}:{each.line}:{each.column}: {each.message}" for each in told]
        log.error("fact_kinds_refused", mistakes=len(problems), problems=lines, hint="the kinds of before go on")
        self._say(f"{format_problems(problems)}\nThe kinds of facts were refused; those of before go on.")


def _kinds(folder: Path) -> FactKinds:
    return load_fact_kinds(folder) if folder.is_dir() else NO_KINDS


def _read(folder: Path) -> tuple[FactKinds | None, tuple[Problem, ...]]:
    """The kinds, or what is wrong with them."""
    try:
        return _kinds(folder), ()
    except SourceError as error:
        return None, error.problems
    except Exception as error:
        # Whatever files may hold, and whatever we overlooked: the kinds in force go on.
        log.exception("fact_kinds_fault", path=str(folder))
        message = f"these files can't be read, by a fault of Hilo's own ({type(error).__name__})"
        return None, (Problem(shown_path(folder), 1, 1, message, "undo the last change, and report it"),)


def _short(problem: Problem) -> Problem:
    """`problem` without the line of the file: what is wrong fits on a page."""
    return replace(problem, message=problem.message[:LONGEST_TEXT], hint=problem.hint[:LONGEST_TEXT], source_line="")
