"""A message made ready to be asked: its words and lines, each form of them made when the first question needs it."""

import re
from collections.abc import Sequence
from functools import cached_property

from rules.conditions import Where
from rules.facts import Facts
from rules.words import EXACT_WORD, READ_CHARACTERS, SEARCHED_CHARACTERS, WORD, Term, as_written, fold

BREAK = "\n"
FOREIGN_LETTER = re.compile(r"[^\W\x00-\x7f]")


class Reading:
    """What the customer wrote, in the forms that questions ask of: folded and as written, as lines and as words."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts

    @cached_property
    def text(self) -> str:
        """The text, folded."""
        return fold(self.facts.text[:READ_CHARACTERS])

    @cached_property
    def subject(self) -> str:
        """The subject, folded."""
        return fold(self.facts.subject[:READ_CHARACTERS])

    @cached_property
    def exact_text(self) -> str:
        """The text as it was written."""
        return as_written(self.facts.text[:READ_CHARACTERS])

    @cached_property
    def exact_subject(self) -> str:
        """The subject as it was written."""
        return as_written(self.facts.subject[:READ_CHARACTERS])

    @property
    def has_foreign_letters(self) -> bool:
        """Whether there are letters beyond ASCII, folded as they are: other scripts' (¿ and emoji are no letters)."""
        parts = (self.subject, self.text)
        return any(not part.isascii() and FOREIGN_LETTER.search(part) is not None for part in parts)

    def words(self, where: Where, *, exact: bool) -> list[str]:
        """The words there in their order; between subject and text stands one that nobody seeks."""
        subject = self.exact_subject if exact else self.subject
        word = EXACT_WORD if exact else WORD
        found = word.findall(subject) if subject else []
        if where is Where.TEXT:
            if found:
                found.append(BREAK)
            found += word.findall(self.exact_text if exact else self.text)
        return found

    def searched(self, where: Where, *, exact: bool) -> str:
        """What regular expressions are looked for in: the subject's line and then the text's."""
        subject = self.exact_subject if exact else self.subject
        if where is Where.SUBJECT:
            return subject[:SEARCHED_CHARACTERS]
        text = self.exact_text if exact else self.text
        return (f"{subject}\n{text}" if subject else text)[:SEARCHED_CHARACTERS]

    def has_each(self, where: Where, terms: Sequence[Term]) -> list[bool]:
        """For each of `terms` whether it stands there."""
        line, words = self._kept_line(where, False)
        # Looking a word up is quick, and spares most of the searching.
        return [
            self._has_exact(where, term)
            if term.exact
            else (term.words[0] in words or term.is_only_beginning) and term.sought in line
            for term in terms
        ]

    def _has_exact(self, where: Where, term: Term) -> bool:
        line, words = self._kept_line(where, True)
        return (term.words[0] in words or term.is_only_beginning) and term.sought in line

    def kept_words(self, where: Where, *, exact: bool) -> list[str]:
        """`words`, made once: for whoever asks a message many questions one by one."""
        known: dict[tuple[Where, bool], list[str]] = self.__dict__.setdefault("_words", {})
        words = known.get((where, exact))
        if words is None:
            words = known[where, exact] = self.words(where, exact=exact)
        return words

    def _kept_line(self, where: Where, exact: bool) -> tuple[str, frozenset[str]]:
        known: dict[tuple[Where, bool], tuple[str, frozenset[str]]] = self.__dict__.setdefault("_lines", {})
        line = known.get((where, exact))
        if line is None:
            words = self.kept_words(where, exact=exact)
            line = known[where, exact] = f" {' '.join(words)} ", frozenset(words)
        return line
