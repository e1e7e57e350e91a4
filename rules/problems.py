"""What is wrong in a file that people edit: where, what, and what was probably meant."""

import difflib
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from os.path import normpath
from pathlib import Path
from typing import Literal

from router.model.errors import PermanentError

SHOWN_COLUMNS = 100
COMPARED_CHARACTERS = 80


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake; `line` and `column` count from 1, `hint` says what to do (`did you mean …?`) where that is known.

    A `warning` is no mistake but hardly meant: what it is about is taken all the same.
    """

    file: str
    line: int
    column: int
    message: str
    hint: str = ""
    source_line: str = ""
    severity: Literal["error", "warning"] = "error"


class SourceError(PermanentError):
    """Files can't be used; `problems` holds every mistake of all of them."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(format_problems(self.problems))


def format_problems(problems: Iterable[Problem]) -> str:
    """Each problem for a person to read: `file:line:column: what is wrong`, the line with a caret, the hint."""
    return "\n\n".join(_formatted(problem) for problem in problems)


def to_json(problems: Iterable[Problem]) -> str:
    """The problems as a JSON list of objects with the fields of `Problem`."""
    return json.dumps([asdict(problem) for problem in problems], ensure_ascii=False, indent=2)


def did_you_mean(written: str, known: Iterable[str]) -> str:
    """`did you mean …?` with the nearest of `known`; else what there is to choose from, or nothing if that is long."""
    names = [str(name) for name in known]
    near = nearest(written, names)
    if near:
        return f"did you mean `{near}`?"
    return f"known: {', '.join(f'`{name}`' for name in names)}" if 0 < len(names) <= 12 else ""


def nearest(written: str, known: Sequence[str]) -> str:
    """The one of `known` that `written` was probably meant to be, or nothing."""
    by_folded = {name.casefold(): name for name in known}
    found = difflib.get_close_matches(written[:COMPARED_CHARACTERS].casefold(), by_folded, n=1, cutoff=0.6)
    return by_folded[found[0]] if found else ""


def shown_path(path: Path) -> str:
    """`path` as a person would write it: from the current folder where it lies within."""
    try:
        return str(Path(normpath(path.absolute())).relative_to(Path.cwd()))
    except (ValueError, OSError):
        return str(path)


def _formatted(problem: Problem) -> str:
    severity = "warning: " if problem.severity == "warning" else ""
    lines = [f"{problem.file}:{problem.line}:{problem.column}: {severity}{problem.message}"]
    if problem.source_line.strip():
        first = max(0, problem.column - 1 - SHOWN_COLUMNS * 3 // 4)
        line = problem.source_line[first : first + SHOWN_COLUMNS]
        lines += [f"    {line}".replace("\t", " ").rstrip(), f"    {' ' * (problem.column - 1 - first)}^"]
    if problem.hint:
        lines.append(f"    {problem.hint}")
    # A file's own bytes could otherwise tell the terminal what to do.
    return "\n".join("".join(sign if sign.isprintable() else "�" for sign in line) for line in lines)
