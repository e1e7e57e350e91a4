"""A reply in its sentences, and what its findings have in common."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import re2

from router.core.found.plain import plain
from router.core.guard.legible import STOP, legible, masked
from router.model.message import LONGEST_TEXT
from rules.guard.patterns import PatternSet
from rules.guard.possible import Wordings
from rules.guard.wordings import shipped

# What nothing in a wording stands for, so that none reaches over it.
PASSED = "\r"
# The stop of "a.m.", "hrs." and "aprox." ends no sentence.
_SHORT = re2.compile(r"\b(?:[ap]\. ?m\.?|hrs?\.|hs\.|aprox\.|min\.|mins\.|sr\.|sra\.|no\.|nro\.|num\.|tel\.|approx\.)")


@dataclass(frozen=True, slots=True)
class Read:
    """A reply as it is, in plain small letters, and made legible; all three are of one length."""

    text: str
    low: str
    legible: str

    @classmethod
    @lru_cache(maxsize=8)
    def of(cls, text: str) -> "Read":
        """The beginning of `text`, read; kept for the next who looks at it."""
        text = text[:LONGEST_TEXT]
        low = plain(text).lower()
        shortened = _without_stops(low)
        return cls(text, shortened, legible(text if shortened == low else shortened))

    def sentences(self) -> Iterator[tuple[int, int]]:
        """From where to before where each sentence goes, its stop left out."""
        start = 0
        while start < len(self.legible):
            end = self.legible.find(STOP, start)
            end = len(self.legible) if end < 0 else end
            if end > start:
                yield start, end
            start = end + 1

    def is_question(self, end: int) -> bool:
        """Whether the sentence that ends there is one."""
        return "?" in self.text[end : end + 2]

    def is_in_question(self, place: int) -> bool:
        """Whether the sentence around `place` is a question."""
        end = self.legible.find(STOP, place)
        return self.is_question(end if end >= 0 else len(self.legible))

    def trimmed(self, start: int, end: int) -> tuple[int, int]:
        """The span without the blanks and signs at its ends."""
        while start < end and not self.legible[start].isalnum():
            start += 1
        while start < end and not self.legible[end - 1].isalnum():
            end -= 1
        return start, end


def languages(lang: str | None, book: Mapping[str, Wordings] | None) -> Sequence[Wordings]:
    """The wordings of `lang`, or of all languages where it is not told or not known."""
    known = shipped() if book is None else book
    return [known[lang]] if lang and lang in known else [*known.values()]


def passed_over(text: str, passes: Iterable[PatternSet[None]]) -> str:
    """`text` with what is passed over blanked."""
    left = text
    for each in passes:
        for _, pattern in each.possible(text):
            left = masked(left, pattern, PASSED)
    return left


def _without_stops(low: str) -> str:
    """`low` with `am` for `a.m.`, filled up with blanks."""
    kept, end = [], 0
    for match in _SHORT.finditer(low):
        bare = "".join(letter for letter in match.group() if letter.isalpha())
        kept += [low[end : match.start()], bare.ljust(match.end() - match.start())]
        end = match.end()
    return "".join([*kept, low[end:]]) if kept else low
