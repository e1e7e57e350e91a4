"""Regular expressions of ops: RE2 alone, whose time is linear in the text, all of them in one pass.

Source: https://github.com/google/re2/wiki/Syntax
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import re2

from rules.marks import Marks

LONGEST_PATTERN = 500
MOST_INSTRUCTIONS = 1_000
MEMORY = 1 << 24


def problem_with(pattern: str) -> str:
    """Why RE2 refuses `pattern`, in plain words; nothing if it takes it."""
    if len(pattern) > LONGEST_PATTERN:
        return f"a regular expression has at most {LONGEST_PATTERN} characters"
    try:
        size = re2.compile(pattern, _options(MEMORY)).programsize
    except re2.error as error:
        return _plain(error)
    return "" if size <= MOST_INSTRUCTIONS else "this regular expression is too large: ask for less at once"


@lru_cache(maxsize=4096)
def finder(pattern: str) -> Any:
    """`pattern` by itself, ready to `search`."""
    return re2.compile(pattern, _options(MEMORY))


class PatternSet:
    """Patterns, and what finding each of them sets.

    Texts that are folded are first looked through for the letters that each pattern can't do without, all patterns in
    one pass (RE2's `FilteredRE2`); what is left is tried one by one. All patterns as one automaton (`RE2::Set`) is as
    quick on common texts, and ran for four seconds on a text and patterns that were made for it.
    """

    def __init__(self, patterns: Sequence[tuple[str, Marks]], *, exact: bool) -> None:
        self._patterns = patterns
        # The filter looks for small letters.
        self._filter = None if exact else _filter_of([pattern for pattern, _ in patterns])

    def marks(self, text: str) -> list[tuple[int, int]]:
        """What the patterns found in `text` set."""
        found: list[tuple[int, int]] = []
        if self._filter is None:
            for pattern, marks in self._patterns:
                if finder(pattern).search(text):
                    found += marks
        else:
            for number in self._filter.Match(text) or ():
                found += self._patterns[number][1]
        return found


def needs_no_letters(patterns: Sequence[str]) -> list[int]:
    """The numbers of the patterns that name no letters or signs to look for first: `\\d{8}`."""
    found: list[int] = (_filter_of(patterns).Match("", potential=True) or []) if patterns else []
    return found


def _filter_of(patterns: Sequence[str]) -> Any:
    made = re2.Filter()
    for pattern in patterns:
        made.Add(pattern, _options(MEMORY))
    made.Compile()
    return made


def _options(memory: int) -> Any:
    options = re2.Options()
    options.max_mem = memory
    options.never_capture = True
    options.log_errors = False
    return options


def _plain(error: Exception) -> str:
    said = error.args[0] if error.args else str(error)
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
    if "invalid perl operator" in text:
        return f"RE2 has no look-around ({text.rpartition(': ')[2]}): ask for the word itself, with `any` or `none`"
    if "invalid escape sequence" in text:
        return f"RE2 does not know `{text.rpartition(': ')[2]}` (there are no back-references)"
    return f"RE2 refuses this: {text}"
