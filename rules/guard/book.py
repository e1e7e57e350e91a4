"""All that ops wrote for the guard, as it is given to whatever decides: the wordings, and the teams' exceptions."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import re2

from router.model.finding import Destination, FindingKind
from router.model.hours import USUAL, Hours
from router.model.ids import TeamId
from rules.document import SUFFIXES
from rules.guard.exceptions_file import ExceptionEntry
from rules.guard.patterns import options
from rules.guard.possible import Wordings
from rules.guard.wordings import FOLDER, SHIPPED, read_files, shipped
from rules.guard.wordings_file import WordingsFile


@dataclass(frozen=True, slots=True)
class Allowed:
    """What replies of `team` may hold all the same: findings of `kind`.

    With `to` only those that send there, with `phrase` only those in whose words the pattern is found (made legible
    as for wordings).
    """

    team: TeamId
    kind: FindingKind
    to: frozenset[Destination] = frozenset()
    phrase: "re2._Regexp | None" = None

    def covers(self, kind: FindingKind, to: Destination | None, legible_phrase: str) -> bool:
        """Whether a finding of that kind, place and phrase is meant."""
        if kind is not self.kind or (self.to and to not in self.to):
            return False
        return self.phrase is None or bool(self.phrase.search(legible_phrase))


@dataclass(frozen=True, slots=True)
class GuardBook:
    """The wordings by language, what single teams may write all the same, and the hours of promises."""

    wordings: Mapping[str, Wordings]
    exceptions: tuple[Allowed, ...] = ()
    hours: Hours = USUAL

    def allowed(self, team: TeamId) -> tuple[Allowed, ...]:
        """The exceptions of `team`."""
        return tuple(each for each in self.exceptions if each.team == team)


@lru_cache(maxsize=1)
def shipped_book() -> GuardBook:
    """The book as it comes with Hilo."""
    return GuardBook(shipped())


def folder_of(rules: Path) -> Path:
    """Where the guard's files for the rules at `rules` lie: in a folder there, or with what comes with Hilo."""
    own = rules / FOLDER
    is_own = own.is_dir() and any(file.suffix in SUFFIXES and not file.name.startswith(".") for file in own.iterdir())
    return own if is_own else SHIPPED


def load_guard(folder: Path, teams: Collection[TeamId] | None = None) -> GuardBook:
    """The book of the YAML files in `folder`; SourceError with every mistake.

    Without `teams` any team may be named. A folder without wordings adds its exceptions and hours to what comes with
    Hilo.
    """
    wordings, files = read_files(folder, teams)
    entries = (entry for file in files for entry in file.exceptions)
    return GuardBook(wordings or shipped(), tuple(_allowed(entry) for entry in entries), _hours(files))


def _hours(files: Iterable[WordingsFile]) -> Hours:
    """The usual hours with what the files say of them; the last one counts."""
    hours = USUAL
    for file in files:
        told = {name: minute for name, minute in file.hours if minute is not None}
        hours = replace(hours, **told)
    return hours


def _allowed(entry: ExceptionEntry) -> Allowed:
    phrase = re2.compile(entry.phrase, options()) if entry.phrase else None
    return Allowed(TeamId(entry.team), FindingKind(entry.kind), frozenset(entry.to), phrase)
