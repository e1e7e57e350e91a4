"""The YAML parser's complaints in plain words."""

import re
from typing import NamedTuple

import yaml

# A key whose colon no space follows: `team:sales` is a text. What begins as an address is none (`https://…`).
GLUED = re.compile(r"(?:\s*- )*\s*(?P<words>[A-Za-z_]+:[^\s/:][^\s,}\]]*)")
GLUING = ("mapping values are not allowed", "could not find expected ':'")
LINE_END = re.compile("\r\n|[\r\n\x85\u2028\u2029]")


class Mark(NamedTuple):
    """A place in a text; line and column count from 1."""

    line: int
    column: int


class Fault(NamedTuple):
    """What is wrong at a place, and what to do about it."""

    mark: Mark
    message: str
    hint: str = ""


# What the parser says, whether the fault lies where the construct began rather than where it gave up, and our words.
WORDS: tuple[tuple[str, bool, str, str], ...] = (
    ("found unexpected end of stream", True, "the quote that opens here is never closed", ""),
    ("mapping values are not allowed", False, "a colon within a text", "put quotes around a text with `: ` in it"),
    ("could not find expected ':'", True, "a key without a colon", "write `key: value`"),
    ("did not find expected ',' or ']'", True, "the `[` that opens here is not closed in time", "close it with `]`"),
    ("did not find expected ',' or '}'", True, "the `{` that opens here is not closed in time", "close it with `}`"),
    ("did not find expected node content", False, "a value is missing, or a bracket is never closed", ""),
    ("did not find expected key", False, "this fits nothing above it", "compare its indentation with the lines above"),
    (
        "did not find expected '-' indicator",
        False,
        "this line is no part of the list above it",
        "compare its indentation with the lines above; items of a list begin with `- `",
    ),
    (
        "did not find expected alphabetic or numeric",
        True,
        "a text can't begin with `*` or `&`",
        "put quotes around the text",
    ),
    ("found character that cannot start", False, "a text can't begin with this sign", "put quotes around the text"),
    ("unknown escape character", False, "a backslash within double quotes", "use single quotes, or write `\\\\`"),
)


def explained(error: yaml.YAMLError, text: str) -> Fault:
    """The fault behind `error`, which the YAML parser raised on `text`."""
    lines = LINE_END.split(text)
    if not isinstance(error, yaml.MarkedYAMLError) or error.problem_mark is None:
        return Fault(Mark(1, 1), f"this is not YAML: {error}"[:200])
    place, began = _mark(error.problem_mark, lines), _mark(error.context_mark or error.problem_mark, lines)
    problem = error.problem or ""
    line = lines[place.line - 1]
    indentation = line[: len(line) - len(line.lstrip())]
    if "\t" in indentation or "tab character" in problem:
        place = Mark(place.line, indentation.find("\t") + 1 or place.column)
        return Fault(place, "a tab: YAML indents with spaces only", "replace the tab by spaces")
    if any(said in problem for said in GLUING):
        for number in (place.line, began.line, _line_before(place.line, lines)):
            found = GLUED.match(lines[number - 1])
            if found:
                words = found["words"]
                return Fault(Mark(number, found.start("words") + 1), f"`{words[:60]}` is no key", space_after(words))
    for said, is_at_beginning, message, hint in WORDS:
        if said in problem:
            return Fault(began if is_at_beginning else place, message, hint)
    return Fault(place, f"this is not YAML: {problem}")


def space_after(text: object) -> str:
    """The hint for a `text` that was meant as a key and its value (`team:sales`), or nothing."""
    found = GLUED.match(text) if isinstance(text, str) else None
    return f"`{found['words'][:60]}` needs a space after the colon" if found else ""


def _line_before(number: int, lines: list[str]) -> int:
    """The number of the last line before line `number` that has something on it, or 1."""
    return next((before for before in range(number - 1, 0, -1) if lines[before - 1].strip()), 1)


def _mark(mark: yaml.Mark, lines: list[str]) -> Mark:
    """`mark` counted from 1 and within the text: the parser's may stand behind its end."""
    line = min(mark.line, len(lines) - 1)
    return Mark(line + 1, min(mark.column, len(lines[line])) + 1)
