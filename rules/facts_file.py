"""The shape of a file of fact kinds: what customers tell of themselves, how it is found, and how it is asked for."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from router.model.fact import FactKind
from router.model.units import Slice, Text, mistake
from rules.asked_file import ANY_CASE, SYNTAX
from rules.regexes import finder
from rules.values_file import Language, Patterns
from rules.words import fold

NAME = re.compile(r"[a-z][a-z0-9_-]{0,39}")
OWN = frozenset(FactKind)


def _name(value: str) -> str:
    if not NAME.fullmatch(value):
        raise mistake(
            f"`{value[:60]}` can't be a name here", "small letters, digits, `_` and `-`: `meter`, `changed_meter`"
        )
    return value


def _texts(value: Any) -> Any:
    if not isinstance(value, dict):
        raise mistake("a text for each language is expected here", "`{es: …, en: …}`")
    return value


def _found_in_plain_text(patterns: tuple[str, ...]) -> tuple[str, ...]:
    for pattern in patterns:
        letters = SYNTAX.sub("", pattern)
        letters = letters.lower() if ANY_CASE.search(pattern) else letters
        if fold(letters) != letters:
            hint = "write it in small letters without accents"
            raise mistake("a pattern is looked for in text without capitals and accents", hint)
        if finder(pattern).search(""):
            raise mistake("this pattern finds nothing at all, everywhere", "ask for one letter or digit at least")
    return patterns


Name = Annotated[Text, AfterValidator(_name)]
Texts = Annotated[Mapping[Language, Text], BeforeValidator(_texts), Field(min_length=1)]
PlainPatterns = Annotated[Patterns, AfterValidator(_found_in_plain_text)]


class FactEntry(Slice):
    """A kind of fact: a new one, or words and further patterns for one that Hilo knows."""

    name: Name
    label: Texts | None = None
    ask: Texts | None = None
    patterns: PlainPatterns | None = None
    shown: Literal["masked", "whole"] | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.name not in OWN and self.label is None:
            raise mistake(
                f"`{self.name}` is a new kind of fact: agents need a word for it", "give `label: {es: …, en: …}`"
            )
        if self.model_fields_set == {"name"}:
            raise mistake("nothing is said of this fact", "give `label`, `ask`, `patterns` or `shown`")
        if self.name in OWN and self.shown is not None:
            raise mistake(f"how `{self.name}` is shown in lists is fixed", "take `shown` out")
        if self.name == FactKind.TRIED and self.patterns:
            raise mistake("what was tried is found by its steps", "put the patterns under `steps:`")
        return self


class StepEntry(Slice):
    """A step that customers may have tried, and the words that tell of it."""

    name: Name
    label: Texts | None = None
    patterns: PlainPatterns


class FactsFile(Slice):
    """A file of fact kinds and steps."""

    facts: tuple[FactEntry, ...] = ()
    steps: tuple[StepEntry, ...] = ()
