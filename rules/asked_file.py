"""Parts of `when:` that stand in several places: words, tags, and how many or how long."""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, Self

from pydantic import model_validator

from router.model.units import Duration, Slice, Switch, mistake
from rules import conditions as ask
from rules.conditions import Condition, Where
from rules.values_file import Bound, Patterns, Tags, Words, is_list
from rules.words import Term, fold

LISTS_KEPT = 1_000
# What stands in capitals in a regular expression without being looked for: `\\S`, `\\p{Lu}`, `(?P<NAME>`, `(?U)`.
SYNTAX = re.compile(r"\\[pP](?:\{[^}]*\}|.)|\\x\{[^}]*\}|\\.|\(\?P?<[^>]*>|\(\?[a-zA-Z-]*|\[:[^:]*:\]", re.DOTALL)
ANY_CASE = re.compile(r"\(\?[a-zA-Z]*i")
Lists = Mapping[str, tuple[str, ...]]


def tags_asked(value: Any) -> Any:
    """What `tags:` asks for: a list stands for one of them."""
    return value if isinstance(value, dict) else {"any": value}


def count_asked(value: Any) -> Any:
    """What a number's key asks for: `true` stands for at least one, `false` for none."""
    if isinstance(value, bool):
        return {"at_least": 1} if value else {"at_most": 0}
    return value


class Asking(Slice):
    """A part of `when` that is asked for something."""

    @model_validator(mode="after")
    def _asks_something(self) -> Self:
        if not self.model_fields_set:
            names = ", ".join(f"`{info.alias or name}`" for name, info in type(self).model_fields.items())
            raise mistake("this asks for nothing", f"give one of {names}")
        return self


class TextEntry(Asking):
    """`text:` and `subject:`."""

    any: Words | None = None
    all: Words | None = None
    none: Words | None = None
    regex: Patterns | None = None
    exact: Switch = False

    @model_validator(mode="after")
    def _asks_for_words(self) -> Self:
        if self.any is self.all is self.none is self.regex is None:
            raise mistake("this asks for no words", "give `any`, `all`, `none` or `regex`")
        for pattern in () if self.exact else self.regex or ():
            letters = SYNTAX.sub("", pattern)
            letters = letters.lower() if ANY_CASE.search(pattern) else letters
            if fold(letters) != letters:
                hint = "write it in small letters without accents, or set `exact: true`"
                raise mistake("a regular expression is looked for in text without capitals and accents", hint)
        return self

    def conditions(self, where: Where, lists: Lists) -> Iterator[Condition]:
        """What it asks for."""
        if self.any:
            yield ask.Any(self._words(where, self.any, lists), f"{where}.any")
        if self.all:
            yield ask.All(self._words(where, self.all, lists), f"{where}.all")
        if self.none:
            yield ask.Not(ask.Any(self._words(where, self.none, lists), f"{where}.none"))
        if self.regex:
            patterns = tuple(ask.Finds(where, pattern, self.exact) for pattern in self.regex)
            yield ask.Any(patterns, f"{where}.regex")

    def _words(self, where: Where, written: tuple[str, ...], lists: Lists) -> tuple[Condition, ...]:
        return tuple(self._word(where, word, lists) for word in written)

    def _word(self, where: Where, written: str, lists: Lists) -> Condition:
        if is_list(written):
            return ask.HasOneOf(where, written, _terms(lists[written[1:]], exact=self.exact), self.exact)
        return ask.Has(where, Term.of(written, exact=self.exact))


class TagsEntry(Asking):
    """Tags that must be there, or must not."""

    any: Tags | None = None
    all: Tags | None = None
    none: Tags | None = None

    def conditions(self, field: str) -> Iterator[Condition]:
        """What it asks for."""
        if self.any:
            yield ask.Any(_is_each(field, self.any), f"{field}.any")
        if self.all:
            yield ask.All(_is_each(field, self.all), f"{field}.all")
        if self.none:
            yield ask.Not(ask.Any(_is_each(field, self.none), f"{field}.none"))


class CountEntry(Asking):
    """How many: at least, at most, or both."""

    at_least: Bound | None = None
    at_most: Bound | None = None

    def conditions(self, field: str) -> Iterator[Condition]:
        """What it asks for."""
        if self.at_least is not None:
            yield ask.AtLeast(field, self.at_least)
        if self.at_most is not None:
            yield ask.AtMost(field, self.at_most)


class WaitEntry(Asking):
    """How long: at least, at most, or both."""

    at_least: Duration | None = None
    at_most: Duration | None = None

    def conditions(self, field: str) -> Iterator[Condition]:
        """What it asks for, in seconds."""
        if self.at_least is not None:
            yield ask.AtLeast(field, self.at_least.total_seconds())
        if self.at_most is not None:
            yield ask.AtMost(field, self.at_most.total_seconds())


class ContactsEntry(CountEntry):
    """How often the customer came within so long."""

    within: Duration

    @model_validator(mode="after")
    def _counts(self) -> Self:
        if self.at_least is self.at_most is None:
            raise mistake("this asks for no number", "give `at_least` or `at_most`")
        return self


def one_of(field: str, values: tuple[str, ...]) -> Condition:
    """Whether what people write freely is one of `values`."""
    return one_of_ids(field, tuple(map(fold, values)))


def one_of_ids(field: str, values: tuple[str, ...]) -> Condition:
    """Whether what is written in one way only (a team, a channel) is one of `values`."""
    if len(values) == 1:
        return ask.Is(field, values[0])
    return ask.Any(tuple(ask.Is(field, value) for value in values), field)


def _is_each(field: str, tags: tuple[str, ...]) -> tuple[Condition, ...]:
    return tuple(ask.Is(field, fold(tag)) for tag in tags)


@lru_cache(maxsize=LISTS_KEPT)
def _terms(words: tuple[str, ...], *, exact: bool) -> tuple[Term, ...]:
    """A list's words as terms; many rules ask for the same list."""
    return tuple(Term.of(word, exact=exact) for word in words)
