"""The rules' files as they are on disk, in force within two seconds; with a mistake in them, those of before go on.

What the files hold is looked at again and again, instead of listening for changes: that sees a file replaced by another
one, a folder made anew, a link that leads elsewhere and a network's file system alike. With fifty files it costs half a
percent of a core.
"""

import asyncio
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import structlog

from router.model.clock import Clock
from router.model.ids import TeamId
from router.rules_watch.files import Read, glance_at, lost, read_rules
from router.store import metrics
from router.store.rules_status import MOST_PROBLEMS, RulesStatus
from rules.engine import RuleBook
from rules.guard.book import GuardBook
from rules.problems import Problem, SourceError, format_problems

log = structlog.get_logger()

LOOK_SECONDS = 0.4
# Several files saved one after the other are one change: it is taken once nothing moves, or after so many looks.
SETTLE_SECONDS = 0.2
MOST_SETTLES = 4
LONGEST_TEXT = 500


class Routing(Protocol):
    """What decides by books: each event by those that are there when its turn begins."""

    rulebook: RuleBook
    guard: GuardBook


class RulesWatch:
    """Keeps a book of rules, and the guard's, those that are on disk, until `stop`.

    `say` is called with what a person should read. A mistake in either keeps both as they were: what ops save at one go
    is in force at one go.
    """

    def __init__(
        self,
        folder: Path,
        teams: Collection[TeamId],
        default_team: TeamId,
        clock: Clock,
        say: Callable[[str], None] = lambda _text: None,
    ) -> None:
        """Load the book. Raises SourceError with every mistake: there are no rules of before to go on with."""
        self._folder = folder
        self._teams = teams
        self._default_team = default_team
        self._clock = clock
        self._say = say
        self._supplied: list[Routing] = []
        self._stopping = False
        self._is_asked = False
        self._woken = asyncio.Event()
        first = self._read()
        if first.book is None or first.guard is None:
            raise SourceError(first.problems)
        self.book = first.book
        self.guard = first.guard
        self.changed = asyncio.Event()
        """Set whenever `status` is another one."""
        self.status = RulesStatus(self.book.version, len(self.book.rules), clock.now())
        self._seen = first.glance
        self._live = first.glance
        self._refused: tuple[Problem, ...] = ()
        for result in ("ok", "refused"):
            metrics.RULES_RELOADS.labels(result)
        self._measure()

    def supply(self, routing: Routing) -> None:
        """Give `routing` each book that comes into force."""
        routing.rulebook, routing.guard = self.book, self.guard
        self._supplied.append(routing)

    def ask(self) -> None:
        """Read the files now, changed or not, and tell the person who asked."""
        self._is_asked = True
        self._woken.set()

    def stop(self) -> None:
        """Let `run` return."""
        self._stopping = True
        self._woken.set()

    async def run(self) -> None:
        """Look at the files until `stop`."""
        while not self._stopping:
            self._woken.clear()
            is_asked, self._is_asked = self._is_asked, False
            if is_asked or await self._has_changed():
                await self.reload(is_asked=is_asked)
            if not self._stopping:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._woken.wait(), LOOK_SECONDS)

    async def reload(self, *, is_asked: bool = False) -> None:
        """Read the files; a book without mistakes is in force when this returns."""
        read = await asyncio.to_thread(self._read)
        self._seen = read.glance
        if not read.is_whole:
            # Somebody writes all the while: the next look reads them again.
            self._is_asked = self._is_asked or is_asked
            return
        problems = read.problems or lost(self._folder, self._live, read.glance)
        if read.book and read.guard and not problems:
            self._take(read, read.book, read.guard)
        elif problems != self._refused or is_asked:
            self._refuse(problems)

    def _read(self) -> Read:
        return read_rules(self._folder, self._teams, self._default_team)

    async def _has_changed(self) -> bool:
        """Whether the files are others than those that were read last, and have come to rest."""
        seen = await asyncio.to_thread(glance_at, self._folder)
        for _ in range(MOST_SETTLES):
            if seen == self._seen or self._stopping:
                return False
            before = seen
            await asyncio.sleep(SETTLE_SECONDS)
            seen = await asyncio.to_thread(glance_at, self._folder)
            if seen == before:
                break
        return seen != self._seen

    def _take(self, read: Read, book: RuleBook, guard: GuardBook) -> None:
        """Put both into force; a book of the version that is in force clears what was refused since."""
        self._live = read.glance
        self._refused = ()
        if book.version == self.book.version:
            self.status = replace(self.status, refused_at=None, mistakes=0, problems=())
        else:
            self.book = book
            self.status = RulesStatus(book.version, len(book.rules), self._clock.now())
        self.guard = guard
        for routing in self._supplied:
            routing.rulebook, routing.guard = self.book, guard
        self.changed.set()
        metrics.RULES_RELOADS.labels("ok").inc()
        self._measure()
        log.info("rules_reloaded", version=book.version, rules=len(book.rules), seconds=read.seconds)
        self._say("The rules were read anew and are in force.")

    def _refuse(self, problems: tuple[Problem, ...]) -> None:
        """Tell what is wrong; the book stays."""
        self._refused = problems
        since = self.status.refused_at or self._clock.now()
        told = tuple(_short(problem) for problem in problems[:MOST_PROBLEMS])
        self.status = replace(self.status, refused_at=since, mistakes=len(problems), problems=told)
        self.changed.set()
        metrics.RULES_RELOADS.labels("refused").inc()
        metrics.RULES_LAST_RELOAD_SUCCESS.set(0)
        lines = [f"{each.file}:{each.line}:{each.column}: {each.message}" for each in told]
        log.error("rules_refused", mistakes=len(problems), problems=lines, hint="the rules of before go on")
        self._say(f"{format_problems(problems)}\nThe rules were refused; those of before go on.")

    def _measure(self) -> None:
        metrics.RULES_LAST_RELOAD_SUCCESS.set(1)
        metrics.RULES_LAST_SUCCESS.set(self._clock.now().timestamp())
        metrics.RULES_INFO.clear()
        metrics.RULES_INFO.labels(self.book.version).set(1)
        metrics.RULES_COUNT.set(len(self.book.rules))


def _short(problem: Problem) -> Problem:
    """`problem` without the line of the file: what is wrong fits on a page."""
    return replace(problem, message=problem.message[:LONGEST_TEXT], hint=problem.hint[:LONGEST_TEXT], source_line="")
