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
MEMORY = 1 << 21
# Instructions times letters, of which the slowest cost two to three nanoseconds each.
WORK = 4_000_000
FINDERS_KEPT = 500


def problem_with(pattern: str) -> str:
    """Why RE2 refuses `pattern`, in plain words; nothing if it takes it."""
    if len(pattern) > LONGEST_PATTERN:
        return f"a regular expression has at most {LONGEST_PATTERN} characters"
    try:
        size = re2.compile(pattern, _options()).programsize
    except re2.error as error:
        return in_plain_words(error)
    return "" if size <= MOST_INSTRUCTIONS else "this regular expression is too large: ask for less at once"


@lru_cache(maxsize=FINDERS_KEPT)
def finder(pattern: str) -> Any:
    """`pattern` by itself, ready to `search`."""
    return re2.compile(pattern, _options())


class PatternSet:
    """Patterns, and what finding each of them sets.

    A text is first looked through for the letters that each pattern can't do without, all patterns in one pass (RE2's
    `FilteredRE2`); what is left is tried one by one, the smallest first. They share `WORK`: what comes when little of
    it is left sees less of the text. All patterns as one automaton (`RE2::Set`) are as quick on common texts, and ran
    for four seconds on a text and patterns that were made for it.
    """

    def __init__(self, patterns: Sequence[tuple[str, Marks]], *, exact: bool) -> None:
        self._patterns = patterns
        self._exact = exact
        self._filter = re2.Filter()
        for pattern, _ in patterns:
            self._filter.Add(pattern, _options())
        self._filter.Compile()
        self._finders = [self._filter.re(number) for number in range(len(patterns))]
        self._sizes = [each.programsize for each in self._finders]

    def marks(self, text: str) -> list[tuple[int, int]]:
        """What the patterns found in `text` set."""
        found: list[tuple[int, int]] = []
        left = WORK
        # The filter looks for small letters, and needs not be right about what it lets pass.
        possible = self._filter.Match(text.lower() if self._exact else text, potential=True) or ()
        for number in sorted(possible, key=self._sizes.__getitem__):
            part = text[: left // self._sizes[number]]
            left -= self._sizes[number] * len(part)
            if self._finders[number].search(part):
                found += self._patterns[number][1]
        return found


def _options() -> Any:
    options = re2.Options()
    options.max_mem = MEMORY
    options.never_capture = True
    options.log_errors = False
    return options


def in_plain_words(error: Exception) -> str:
    """What RE2 says against a pattern, for people who write some."""
    said = error.args[0] if error.args else str(error)
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
    if "invalid perl operator" in text:
        return f"RE2 has no look-around ({text.rpartition(': ')[2]}): ask for the word itself, with `any` or `none`"
    if "invalid escape sequence" in text:
        return f"RE2 does not know `{text.rpartition(': ')[2]}` (there are no back-references)"
    return f"RE2 refuses this: {text}"
