"""What is wrong in a file that people edit: where, what, and what was probably meant."""

import difflib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from os.path import normpath
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from router.model.errors import PermanentError

SHOWN_COLUMNS = 100
COMPARED_CHARACTERS = 80
NO_LABELS: Mapping[str, str] = MappingProxyType({})
# What people who think in Spanish write for words of the rules' files, and other names of the channels.
IN_ENGLISH = {
    "reglas": "rules",
    "regla": "rules",
    "listas": "lists",
    "calendarios": "calendars",
    "pruebas": "tests",
    "nombre": "name",
    "descripcion": "description",
    "descripción": "description",
    "cuando": "when",
    "canal": "channel",
    "texto": "text",
    "asunto": "subject",
    "idioma": "language",
    "cliente": "customer",
    "horario": "hours",
    "etiqueta": "tags",
    "etiquetas": "tags",
    "entonces": "then",
    "equipo": "team",
    "prioridad": "priority",
    "plazo": "deadlines",
    "plazos": "deadlines",
    "escalera": "ladder",
    "acuse": "acknowledge",
    "calendario": "calendar",
    "mensaje": "message",
    "baja": "low",
    "alta": "high",
    "urgente": "urgent",
    "correo": "email",
    "mail": "email",
    "chat": "webchat",
    "telefono": "phone",
    "teléfono": "phone",
    "llamadas": "calls",
    "feriados": "holidays",
    "festivos": "holidays",
    "turnos": "shifts",
    "zona": "zone",
    "silencio": "silence",
}


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
    return json_text([asdict(problem) for problem in problems])


def json_text(value: object) -> str:
    """`value` as JSON to be printed: also what JSON lets stand (U+009B) is escaped if it is not printable."""
    text = json.dumps(value, ensure_ascii=False, indent=2)
    return "".join(sign if sign.isprintable() or sign == "\n" else json.dumps(sign)[1:-1] for sign in text)


def plain(text: str, space: str = " ") -> str:
    """`text` in one line, as long as it was, without what could tell the terminal what to do.

    `space` stands for line ends, tabs and other white space that is no blank.
    """
    return "".join(sign if sign.isprintable() else space if sign.isspace() else "�" for sign in text)


def did_you_mean(written: str, known: Iterable[str], labels: Mapping[str, str] = NO_LABELS) -> str:
    """`did you mean …?` with the nearest of `known`; else what there is to choose from, or nothing if that is long.

    `labels` are what people call some of them: one may be meant by its label, which is then told beside it.
    """
    names = [str(name) for name in known]
    by_label = {labels[name]: name for name in names if name in labels}
    near = nearest(written, [*by_label, *names])
    if near:
        return f"did you mean `{near}`?" if near in names else f"did you mean `{by_label[near]}` ({near})?"
    return f"known: {', '.join(_labelled(name, labels) for name in names)}" if 0 < len(names) <= 12 else ""


def nearest(written: str, known: Sequence[str]) -> str:
    """The one of `known` that `written`, in English or Spanish, was probably meant to be, or nothing."""
    folded = written[:COMPARED_CHARACTERS].casefold()
    translated = IN_ENGLISH.get(folded, "")
    if translated in known:
        return translated
    by_folded = {name.casefold(): name for name in known}
    found = difflib.get_close_matches(folded, by_folded, n=1, cutoff=0.6)
    return by_folded[found[0]] if found else ""


def shown_path(path: Path) -> str:
    """`path` as a person would write it: from the current folder where it lies within; always text that can be kept."""
    try:
        shown = str(Path(normpath(path.absolute())).relative_to(Path.cwd()))
    except (ValueError, OSError):
        shown = str(path)
    # A name need not be UTF-8, and what is no text could be neither hashed nor told.
    return shown.encode("utf-8", "backslashreplace").decode()


def _labelled(name: str, labels: Mapping[str, str]) -> str:
    label = labels.get(name, name)
    return f"`{name}`" if label.casefold() == name.casefold() else f"`{name}` ({label})"


def _formatted(problem: Problem) -> str:
    severity = "warning: " if problem.severity == "warning" else ""
    lines = [f"{problem.file}:{problem.line}:{problem.column}: {severity}{problem.message}"]
    if problem.source_line.strip():
        first = max(0, problem.column - 1 - SHOWN_COLUMNS * 3 // 4)
        line = problem.source_line[first : first + SHOWN_COLUMNS]
        lines += [f"    {line}".replace("\t", " ").rstrip(), f"    {' ' * (problem.column - 1 - first)}^"]
    if problem.hint:
        lines.append(f"    {problem.hint}")
    # White space in a name may be the very mistake: it has to be seen.
    return "\n".join(plain(line, space="�") for line in lines)
