"""Patterns of which only those are tried whose letters are in a text, each with what it stands for."""

from collections.abc import Iterator, Sequence
from typing import Any, Generic, TypeVar

import re2

MEMORY = 1 << 25
BEFORE = "\n\r"
What = TypeVar("What")


class PatternSet(Generic[What]):
    """Patterns, and `what` each of them stands for."""

    def __init__(self, entries: Sequence[tuple[What, Any]]) -> None:
        self._entries = entries
        self._filter = re2.Filter()
        for _, pattern in entries:
            self._filter.Add(pattern.pattern, options())
        if entries:
            self._filter.Compile()

    def __bool__(self) -> bool:
        return bool(self._entries)

    def possible(self, text: str) -> Iterator[tuple[What, Any]]:
        """Those that may be found in `text`, in their order."""
        if self._entries:
            # The filter looks for small letters, and needs not be right about what it lets pass.
            for number in sorted(self._filter.Match(text.lower(), potential=True) or ()):
                yield self._entries[number]

    def is_in(self, text: str) -> bool:
        """Whether any of them is in `text`."""
        written = text.encode() if text.isascii() else text
        return any(pattern.search(written) for _, pattern in self.possible(text))

    def found(self, text: str) -> Iterator[tuple[What, int, int]]:
        """Where they are in `text`, each by itself, without the stop or the gap that a wording may begin behind."""
        # In ASCII a letter is a byte, and RE2 is spared the counting from one to the other.
        written = text.encode() if text.isascii() else text
        for what, pattern in self.possible(text):
            for match in pattern.finditer(written):
                start, end = match.span()
                while start < end and text[start] in BEFORE:
                    start += 1
                yield what, start, end


class StartSet(Generic[What]):
    """Patterns that are looked for where a text begins, all in one pass."""

    def __init__(self, entries: Sequence[tuple[What, Any]]) -> None:
        self._entries = entries
        self._set = re2.Set.MatchSet(options())
        for _, pattern in entries:
            self._set.Add(pattern.pattern)
        if entries:
            self._set.Compile()

    def longest(self, text: str) -> tuple[int, What | None]:
        """How far the longest of them goes in `text`, and what it stands for; nothing and None if there is none."""
        numbers = self._set.Match(text) or () if self._entries else ()
        found = ((self._entries[number][1].match(text).end(), -number) for number in numbers)
        length, number = max(found, default=(0, 0))
        return length, self._entries[-number][0] if length else None


def options(captures: bool = False) -> Any:
    """How patterns of the guard are compiled."""
    chosen = re2.Options()
    chosen.max_mem = MEMORY
    chosen.never_capture = not captures
    chosen.log_errors = False
    return chosen
