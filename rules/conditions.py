"""What a rule asks for, and whether it holds: words are found whole, without regard to case and accents."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Self

from rules.facts import Facts

READ_CHARACTERS = 20_000
WORD = re.compile(r"[^\W_]+")
UNSEEN = frozenset({"Mn", "Me", "Cf"})
BREAK = "\n"


def fold(text: str) -> str:
    """`text` without accents and case: `Facturación`, `FACTURACION` and `facturacion` are one, and ñ is n."""
    if text.isascii():
        return text.lower()
    # Taking the case away can bring new accents forth (İ becomes i with a dot above), hence apart twice.
    apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return apart.translate({ord(letter): None for letter in set(apart) if unicodedata.category(letter) in UNSEEN})


@dataclass(frozen=True, slots=True)
class Reading:
    """A message made ready to be asked, once for all rules: each word stands between two spaces in `line`."""

    channel: str
    line: str
    words: frozenset[str]

    @classmethod
    def of(cls, facts: Facts) -> Self:
        """What rules read of `facts`: subject and text, of each at most the first 20,000 characters."""
        subject, text = (WORD.findall(fold(part[:READ_CHARACTERS])) for part in (facts.subject, facts.text))
        return cls(facts.channel, f" {' '.join((*subject, BREAK, *text))} ", frozenset(subject).union(text))


@dataclass(frozen=True, slots=True)
class Term:
    """A word, a phrase, or with a trailing `*` the beginning of one; `written` is how it stands in the rules' file.

    `first` is its first word, if that is whole: looking a word up is quick, and spares most of the searching.
    """

    written: str
    sought: str
    first: str = ""

    @classmethod
    def of(cls, written: str) -> Self:
        """The term `written`; ValueError, in plain words, if it can never be found."""
        stem = written.strip()
        is_beginning = stem.endswith("*")
        stem = stem.removesuffix("*")
        if "*" in stem:
            raise ValueError("`*` stands at the end only")
        folded = fold(stem[:READ_CHARACTERS])
        words = WORD.findall(folded)
        if not words:
            raise ValueError("there is no letter and no digit in it")
        if is_beginning and not folded.endswith(words[-1]):
            raise ValueError("`*` follows a letter or a digit")
        first = "" if is_beginning and len(words) == 1 else words[0]
        return cls(written, f" {' '.join(words)}{'' if is_beginning else ' '}", first)

    def is_in(self, reading: Reading) -> bool:
        """Whether the term stands in what the customer wrote."""
        return (not self.first or self.first in reading.words) and self.sought in reading.line


@dataclass(frozen=True, slots=True)
class TextCondition:
    """One of `any`, each of `all` and none of `none` (what is empty asks for nothing)."""

    any: tuple[Term, ...] = ()
    all: tuple[Term, ...] = ()
    none: tuple[Term, ...] = ()

    def holds(self, reading: Reading) -> bool:
        """Whether the message's text is as asked."""
        return (
            (not self.any or any(term.is_in(reading) for term in self.any))
            and all(term.is_in(reading) for term in self.all)
            and not any(term.is_in(reading) for term in self.none)
        )


@dataclass(frozen=True, slots=True)
class Condition:
    """All that a rule asks for; what is empty asks for nothing."""

    channels: frozenset[str] = frozenset()
    text: TextCondition = TextCondition()

    def holds(self, reading: Reading) -> bool:
        """Whether all that is asked for is so."""
        return (not self.channels or reading.channel in self.channels) and self.text.holds(reading)

    def found(self, reading: Reading) -> tuple[str, ...]:
        """The words asked for that stand in the message, as the rules' file has them."""
        return tuple(term.written for term in (*self.text.any, *self.text.all) if term.is_in(reading))
