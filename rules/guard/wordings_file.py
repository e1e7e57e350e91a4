"""The shape of a file of wordings: what each key may hold."""

import re
from typing import Annotated, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from router.model.finding import Destination
from router.model.hours import LATEST
from router.model.units import Slice, Switch, Text, mistake
from rules.facts_file import Name as FactName
from rules.guard.exceptions_file import ExceptionEntry
from rules.values_file import Language, listed

_LETTER = re.compile("[A-GI-KO-Z]")
_NAME = re.compile("[a-z][a-z_]{0,39}")
_CLOCK = re.compile("([0-9]{1,2}):([0-9]{2})", re.ASCII)


def _name(value: str) -> str:
    if not _NAME.fullmatch(value):
        raise mistake(f"`{value[:60]}` can't be the name of words", "small letters and `_`: `<to_write>`")
    return value


def _letter(value: str) -> str:
    if not _LETTER.fullmatch(value):
        raise mistake(f"`{value[:60]}` can't be a sign", "one capital, but none of H, L, M, N, which are taken")
    return value


Patterns = Annotated[tuple[Text, ...], BeforeValidator(listed), Field(min_length=1)]
Some = Annotated[tuple[Text, ...], BeforeValidator(listed)]
Name = Annotated[str, AfterValidator(_name)]
Words = dict[Name, Patterns]
Letter = Annotated[str, AfterValidator(_letter)]


class Sending(Slice):
    """Wordings that send the customer `to` one place; `even_passed` are sought in what is passed over as well.

    `even_here` send elsewhere also from there: to another mailbox from a mail.
    """

    to: Destination
    any: Patterns
    even_passed: Switch = False
    even_here: Switch = False


class AskedFact(Slice):
    """What a kind of fact is `called` when it is asked for, and whole questions in which it is `asked`.

    With `sort` only facts of these sorts are meant, and those of no sort; `besides` are sorts that are not.
    """

    fact: FactName
    sort: Some = ()
    besides: Some = ()
    called: Some = ()
    asked: Some = ()

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not (self.called or self.asked):
            raise mistake(f"nothing is said of how `{self.fact}` is asked for", "give `called` or `asked`")
        return self


class AskedStep(Slice):
    """The words for taking a step: `any` as one is told or asked to take it, `done` as one is asked whether it was."""

    step: FactName
    any: Patterns
    done: Some = ()


class AskedAgain(Slice):
    """How facts and steps are asked for: see docs/guard.md for each key. Its `words` are of this kind alone."""

    words: Words = Field(default_factory=dict)
    passes: Some = ()
    asks: Some = ()
    asks_in_questions: Some = ()
    breaks: Some = ()
    determiners: Some = ()
    others: Some = ()
    confirms: Some = ()
    behind: Some = ()
    last_digits: Some = ()
    no_facts: Some = ()
    asks_steps: Some = ()
    asks_steps_in_questions: Some = ()
    facts: tuple[AskedFact, ...] = ()
    steps: tuple[AskedStep, ...] = ()


class SaidOfTime(Slice):
    """What is passed over, what is looked for (`any`), what says when without a date (`vague`); words of its own."""

    words: Words = Field(default_factory=dict)
    passes: Some = ()
    any: Some = ()
    vague: Some = ()


def _minute(value: object) -> int:
    """The minute of the day that `18:00` stands for."""
    told = _CLOCK.fullmatch(value) if isinstance(value, str) else None
    minute = int(told[1]) * 60 + int(told[2]) if told and int(told[2]) < 60 else LATEST + 1
    if minute > LATEST:
        raise mistake(f"`{str(value)[:60]}` is no time of day", 'write it in quotes: `day_ends: "18:00"`')
    return minute


Minute = Annotated[int, BeforeValidator(_minute)]


class HoursEntry(Slice):
    """Until when a day, or a part of one, is meant in a promise; what is not named stays as it is."""

    first_thing: Minute | None = None
    noon: Minute | None = None
    day_ends: Minute | None = None
    afternoon: Minute | None = None
    night: Minute | None = None


class WordingsFile(Slice):
    """One language's words, the wordings that are passed over, and what each kind of finding looks for.

    `exceptions` and `hours` are of no language: a file that holds nothing else names none.
    """

    language: Language | None = None
    words: Words = Field(default_factory=dict)
    passes: Some = ()
    signs: dict[Letter, Patterns] = Field(default_factory=dict)
    deflection: tuple[Sending, ...] = ()
    repeat: AskedAgain = AskedAgain()
    promise: SaidOfTime = SaidOfTime()
    empty: SaidOfTime = SaidOfTime()
    exceptions: tuple[ExceptionEntry, ...] = ()
    hours: HoursEntry = HoursEntry()

    @model_validator(mode="after")
    def _is_of_a_language(self) -> "WordingsFile":
        if self.language is None and self.model_fields_set - {"exceptions", "hours"}:
            raise mistake("`language` is missing", "say whose words these are: `language: es`")
        return self
