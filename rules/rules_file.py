"""The shape of a rules' file: what each key may hold (docs/rules.md says it for those who write them)."""

from collections.abc import Collection
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, model_validator

from router.model.team import Priority
from router.model.units import Slice, Text, mistake, plain_text
from rules.conditions import Term, TextCondition
from rules.engine import DEFAULT
from rules.problems import did_you_mean

LONGEST_NAME = 80
LONGEST_TERM = 200
LONGEST_TAG = 40


def _known(value: str, known: Collection[str], what: str) -> str:
    if value not in known:
        raise mistake(f"unknown {what} `{value[:60]}`", did_you_mean(value, known))
    return value


def _team(value: str, info: ValidationInfo) -> str:
    return _known(value, info.context["teams"] if info.context else (), "team")


def _channel(value: str, info: ValidationInfo) -> str:
    return _known(value, info.context["channels"] if info.context else (), "channel")


def _name(value: str) -> str:
    if value == DEFAULT or value != value.strip() or len(value) > LONGEST_NAME or not value.isprintable():
        raise mistake(f"`{value[:60]}` can't be a rule's name", f"at most {LONGEST_NAME} characters, not `{DEFAULT}`")
    return value


def _tag(value: str) -> str:
    if any(letter in " ," or not letter.isprintable() for letter in value) or len(value) > LONGEST_TAG:
        raise mistake(
            f"`{value[:60]}` can't be a tag", f"at most {LONGEST_TAG} characters without spaces: `third-contact`"
        )
    return value


def _term(value: object) -> Term:
    text = plain_text(value)
    if not isinstance(text, str):
        raise mistake("a word or a phrase is expected here")
    if len(text) > LONGEST_TERM:
        raise mistake(f"a word or a phrase has at most {LONGEST_TERM} characters")
    try:
        return Term.of(text)
    except ValueError as error:
        raise mistake(f"`{text[:60]}` can never be found: {error}") from error


def _listed(value: Any) -> Any:
    """`value` as a list: one item may stand alone."""
    return value if isinstance(value, list | dict) else [value]


Terms = Annotated[tuple[Annotated[Term, BeforeValidator(_term)], ...], BeforeValidator(_listed), Field(min_length=1)]
Channels = Annotated[
    tuple[Annotated[Text, AfterValidator(_channel)], ...], BeforeValidator(_listed), Field(min_length=1)
]
Tags = Annotated[tuple[Annotated[Text, AfterValidator(_tag)], ...], BeforeValidator(_listed), Field(min_length=1)]


class TextEntry(Slice):
    """`text:` of a rule."""

    any: Terms | None = None
    all: Terms | None = None
    none: Terms | None = None

    @model_validator(mode="after")
    def _asks_something(self) -> Self:
        if not self.model_fields_set:
            raise mistake("this asks for no words", "give `any`, `all` or `none`")
        return self

    def condition(self) -> TextCondition:
        """What it asks for."""
        return TextCondition(self.any or (), self.all or (), self.none or ())


class WhenEntry(Slice):
    """`when:` of a rule; empty it always holds."""

    channel: Channels | None = None
    text: TextEntry | None = None


class ThenEntry(Slice):
    """`then:` of a rule."""

    team: Annotated[Text, AfterValidator(_team)] | None = None
    priority: Priority | None = None
    tags: Tags | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.model_fields_set:
            raise mistake("nothing follows from this rule", "give `team`, `priority` or `tags`")
        return self


class RuleEntry(Slice):
    """One rule as its file has it."""

    name: Annotated[Text, AfterValidator(_name)]
    description: Text | None = None
    when: WhenEntry
    then: ThenEntry


class RulesFile(Slice):
    """A rules' file."""

    rules: tuple[RuleEntry, ...] = ()
