"""The rules' files read at one go: what was read is what the files hold, or it is read again.

The guard's wordings lie one folder down, and are read with them.
"""

import hashlib
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import structlog

from router.model.ids import TeamId
from rules.document import SUFFIXES, load_rules
from rules.engine import RuleBook
from rules.guard.book import GuardBook, folder_of, load_guard, shipped_book
from rules.guard.wordings import FOLDER
from rules.problems import Problem, SourceError, shown_path
from rules.source import MOST_BYTES

log = structlog.get_logger()

ATTEMPTS = 3
T = TypeVar("T")
# The last book: making one of the wordings that come with Hilo takes a second, of the two that a change may take.
_guards: dict[tuple[Path, tuple[TeamId, ...], str], GuardBook] = {}


@dataclass(frozen=True, slots=True)
class Glance:
    """A digest of what the files hold, the names of those with something in them, and of those with nothing."""

    digest: str
    full: tuple[str, ...]
    empty: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Read:
    """What came of reading the files that `glance` saw: both books, or problems; `seconds` is how long it took.

    Where they did not come to rest, what was read may be half of the old and half of the new: `is_whole` is False, and
    `glance` is like none to come.
    """

    glance: Glance
    book: RuleBook | None
    guard: GuardBook | None
    problems: tuple[Problem, ...]
    seconds: float
    is_whole: bool = True


def glance_at(path: Path) -> Glance:
    """What the rules' files at `path` (a folder, or one file) hold now.

    Contents tell for sure: two writes within one tick of a file system's clock look alike by size and time.
    """
    files = _files(path)
    found = hashlib.sha256(b"gone" if files is None else b"")
    full: list[str] = []
    empty: list[str] = []
    for file in [*(files or ()), *(_files(path / FOLDER) or ())]:
        contents = _contents(file)
        name = str(file.relative_to(path)) if path.is_dir() else file.name
        found.update(f"{name}\0".encode("utf-8", "surrogateescape"))
        found.update(hashlib.sha256(contents).digest())
        (full if contents.strip() else empty).append(name)
    return Glance(found.hexdigest(), tuple(full), tuple(empty))


def read_rules(path: Path, teams: Collection[TeamId], default_team: TeamId) -> Read:
    """The books of the files at `path`, read again if they changed meanwhile; never raises."""
    began = time.perf_counter()
    before = glance_at(path)
    is_whole = False
    for _ in range(ATTEMPTS):
        book, guard, problems = _books(path, teams, default_team)
        after = glance_at(path)
        is_whole = after == before
        if is_whole:
            break
        before = after
    glance = after if is_whole else replace(after, digest="")
    return Read(glance, book, guard, problems, round(time.perf_counter() - began, 3), is_whole)


RULES = "rules", "if all is to go to the default team, leave a file with `rules: []`"
FACTS = "kinds of facts", "if none are to be named, leave a file with `facts: []`"


def lost(path: Path, before: Glance, after: Glance, of: tuple[str, str] = RULES) -> tuple[Problem, ...]:
    """Rules that went without a word: a full disk, or one that is gone, rather than what somebody meant.

    `of` is what the folder holds, and what to do where that is meant.
    """
    what, if_meant = of
    if any(map(_is_rules, before.full)) and not any(map(_is_rules, (*after.full, *after.empty))):
        return (Problem(shown_path(path), 1, 1, f"this folder has no {what} any more", f"put them back; {if_meant}"),)
    emptied = [name for name in after.empty if name in before.full]
    files = [path / name if path.is_dir() else path for name in emptied]
    hint = "write it again, or remove it"
    return tuple(Problem(shown_path(file), 1, 1, "there is nothing in this file any more", hint) for file in files)


def _books(
    path: Path, teams: Collection[TeamId], default_team: TeamId
) -> tuple[RuleBook | None, GuardBook | None, tuple[Problem, ...]]:
    """Both books, or every problem of both."""
    book, problems = _tried(lambda: load_rules(path, teams, default_team), path)
    guard, more = _tried(lambda: _guard(path, teams), path)
    return book, guard, (*problems, *more)


def _guard(path: Path, teams: Collection[TeamId]) -> GuardBook:
    # The playbook's own folder is the one that comes with Hilo, and is ops' to edit like any other.
    folder = folder_of(path)
    return _kept_guard(folder, tuple(teams)) if folder == path / FOLDER else shipped_book()


def _kept_guard(folder: Path, teams: tuple[TeamId, ...]) -> GuardBook:
    """The guard's book of the files in `folder`, made anew only if they hold something else than the last time."""
    key = folder, teams, glance_at(folder).digest
    if known := _guards.get(key):
        return known
    guard = load_guard(folder, teams)
    # What changed meanwhile is half of the one and half of the other, perhaps, and is not kept.
    if glance_at(folder).digest == key[2]:
        _guards.clear()
        _guards[key] = guard
    return guard


def _tried(load: Callable[[], T], path: Path) -> tuple[T | None, tuple[Problem, ...]]:
    try:
        return load(), ()
    except SourceError as error:
        return None, error.problems
    except Exception as error:
        # Whatever files may hold, and whatever we overlooked: the rules in force go on.
        log.exception("rules_fault", path=str(path))
        message = f"these files can't be read, by a fault of Hilo's own ({type(error).__name__})"
        return None, (Problem(shown_path(path), 1, 1, message, "undo the last change, and report it"),)


def _is_rules(name: str) -> bool:
    """Whether the file of that name holds rules, and not the guard's wordings."""
    return "/" not in name


def _files(path: Path) -> list[Path] | None:
    """The same files as those that are loaded; None where the folder is gone."""
    try:
        if path.is_file():
            return [path]
        found = [file for file in path.iterdir() if file.suffix in SUFFIXES and not file.name.startswith(".")]
    except OSError:
        return None
    return sorted(found, key=lambda file: file.name)


def _contents(file: Path) -> bytes:
    """What is in `file`, as far as rules are read at all; for one that can't be read, why."""
    try:
        if not file.is_file():
            return b"no file"
        with file.open("rb") as opened:
            return opened.read(MOST_BYTES + 1)
    except OSError as error:
        return f"error {error.errno}".encode()
