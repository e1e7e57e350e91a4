"""`when:` of a rule as its file has it, and the condition that it asks for (docs/rules.md says what each key means)."""

import re
from collections.abc import Collection, Iterator, Mapping
from functools import lru_cache
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, model_validator

from router.model.ids import TeamId
from router.model.units import Duration, Slice, Switch, Text, mistake, plain_text
from rules import conditions as ask
from rules.asking import ATTRIBUTE, FALSE, TRUE, contacts_field, team_field
from rules.conditions import Condition, Where
from rules.language import UNKNOWN
from rules.problems import did_you_mean
from rules.regexes import problem_with
from rules.words import Term, fold

LONGEST_TERM = 200
MOST_WORDS = 12
LONGEST_TAG = 40
LANGUAGE_CODES = (2, 3)
LISTS_KEPT = 1_000
# What stands in capitals in a regular expression without being looked for: `\\S`, `\\p{Lu}`, `(?P<NAME>`, `(?U)`.
SYNTAX = re.compile(r"\\[pP](?:\{[^}]*\}|.)|\\x\{[^}]*\}|\\.|\(\?P?<[^>]*>|\(\?[a-zA-Z-]*|\[:[^:]*:\]", re.DOTALL)
ANY_CASE = re.compile(r"\(\?[a-zA-Z]*i")
Lists = Mapping[str, tuple[str, ...]]


def known(value: str, names: Collection[str], what: str) -> str:
    """`value` if it is one of `names`; else a mistake that says which was meant."""
    if value not in names:
        raise mistake(f"unknown {what} `{value[:60]}`", did_you_mean(value, names))
    return value


def listed(value: Any) -> Any:
    """`value` as a list: one item may stand alone."""
    return value if isinstance(value, list | dict) else [value]


def _of_context(key: str, what: str) -> AfterValidator:
    def check(value: str, info: ValidationInfo) -> str:
        return known(value, (info.context or {}).get(key, ()), what)

    return AfterValidator(check)


def _tag(value: str) -> str:
    if any(letter in " ," or not letter.isprintable() for letter in value) or len(value) > LONGEST_TAG:
        raise mistake(
            f"`{value[:60]}` can't be a tag", f"at most {LONGEST_TAG} characters without spaces: `third-contact`"
        )
    return value


def term(value: object) -> str:
    """`value` as a word or a phrase that can be found; a mistake that says why it never is."""
    text = plain_text(value)
    if not isinstance(text, str):
        raise mistake("a word or a phrase is expected here")
    if len(text) > LONGEST_TERM:
        raise mistake(f"a word or a phrase has at most {LONGEST_TERM} characters")
    try:
        found = Term.of(text)
    except ValueError as error:
        raise mistake(f"`{text[:60]}` can never be found: {error}") from error
    if len(found.words) > MOST_WORDS:
        raise mistake(f"a phrase has at most {MOST_WORDS} words")
    return text


def _term_or_list(value: object, info: ValidationInfo) -> str:
    if isinstance(value, str) and is_list(value):
        known(value.removeprefix("$"), (info.context or {}).get("lists", ()), "list")
        return value
    return term(value)


def is_list(value: str) -> bool:
    """Whether `value` names a list (`$leaving`); `$100` is a word."""
    return value.startswith("$") and value[1:2].isalpha()


def _pattern(value: object) -> str:
    text = plain_text(value)
    if not isinstance(text, str) or not text:
        raise mistake("a regular expression is expected here")
    if problem := problem_with(text):
        raise mistake(problem)
    return text


def _language(value: str) -> str:
    code = value.lower()
    if code != UNKNOWN and not (code.isascii() and code.isalpha() and len(code) in LANGUAGE_CODES):
        raise mistake(f"`{value[:60]}` is no code of a language", f"`es`, `en`, …, or `{UNKNOWN}`")
    return code


def _tags_asked(value: Any) -> Any:
    return value if isinstance(value, dict) else {"any": value}


def _count_asked(value: Any) -> Any:
    if isinstance(value, bool):
        return {"at_least": 1} if value else {"at_most": 0}
    return value


TeamName = Annotated[Text, _of_context("teams", "team")]
CalendarName = Annotated[Text, _of_context("calendars", "calendar")]
Channel = Annotated[Text, _of_context("channels", "channel")]
Tag = Annotated[Text, AfterValidator(_tag)]
Language = Annotated[Text, AfterValidator(_language)]
Tags = Annotated[tuple[Tag, ...], BeforeValidator(listed), Field(min_length=1)]
Words = Annotated[
    tuple[Annotated[str, BeforeValidator(_term_or_list)], ...], BeforeValidator(listed), Field(min_length=1)
]
Patterns = Annotated[
    tuple[Annotated[str, BeforeValidator(_pattern)], ...], BeforeValidator(listed), Field(min_length=1)
]
Texts = Annotated[tuple[Text, ...], BeforeValidator(listed), Field(min_length=1)]
Expertise = Literal["basic", "intermediate", "advanced"]
Bound = Annotated[float, Field(strict=True, ge=0, le=1e12)]


@lru_cache(maxsize=LISTS_KEPT)
def _terms(words: tuple[str, ...], *, exact: bool) -> tuple[Term, ...]:
    """A list's words as terms; many rules ask for the same list."""
    return tuple(Term.of(word, exact=exact) for word in words)


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


class CustomerEntry(Asking):
    """`customer:`."""

    tier: Texts | None = None
    region: Texts | None = None
    expertise: Annotated[tuple[Expertise, ...], BeforeValidator(listed), Field(min_length=1)] | None = None
    tags: Annotated[TagsEntry, BeforeValidator(_tags_asked)] | None = None
    followers: CountEntry | None = None
    attributes: Annotated[Mapping[Text, Texts], Field(min_length=1)] | None = None

    def conditions(self) -> Iterator[Condition]:
        """What it asks for."""
        for name, values in (("tier", self.tier), ("region", self.region), ("expertise", self.expertise)):
            if values:
                yield one_of(f"customer.{name}", values)
        if self.tags:
            yield from self.tags.conditions("customer.tags")
        if self.followers:
            yield from self.followers.conditions("customer.followers")
        for name, values in (self.attributes or {}).items():
            yield one_of(ATTRIBUTE + name, values)


class ConversationEntry(Asking):
    """`conversation:`."""

    new: Switch | None = None
    reopened: Switch | None = None
    owner: Annotated[tuple[TeamName, ...], BeforeValidator(listed), Field(min_length=1)] | None = None
    tags: Annotated[TagsEntry, BeforeValidator(_tags_asked)] | None = None
    messages: CountEntry | None = None
    waiting: WaitEntry | None = None

    def conditions(self) -> Iterator[Condition]:
        """What it asks for."""
        for name, value in (("new", self.new), ("reopened", self.reopened)):
            if value is not None:
                yield ask.Is(f"conversation.{name}", TRUE if value else FALSE)
        if self.owner:
            yield _one_of("conversation.owner", self.owner)
        if self.tags:
            yield from self.tags.conditions("conversation.tags")
        if self.messages:
            yield from self.messages.conditions("conversation.messages")
        if self.waiting:
            yield from self.waiting.conditions("conversation.waiting")


class HoursEntry(Asking):
    """`hours:`."""

    inside: Annotated[tuple[CalendarName, ...], BeforeValidator(listed), Field(min_length=1)] | None = None
    outside: Annotated[tuple[CalendarName, ...], BeforeValidator(listed), Field(min_length=1)] | None = None

    def conditions(self) -> Iterator[Condition]:
        """What it asks for."""
        if self.inside:
            yield ask.Any(tuple(map(ask.IsOpen, self.inside)), "hours.inside")
        if self.outside:
            yield ask.Not(ask.Any(tuple(map(ask.IsOpen, self.outside)), "hours.outside"))


class LoadEntry(Asking):
    """How one team is doing."""

    waiting: CountEntry | None = None
    available: CountEntry | None = None

    def conditions(self, team: str) -> Iterator[Condition]:
        """What it asks for."""
        for name, count in (("waiting", self.waiting), ("available", self.available)):
            if count:
                yield from count.conditions(team_field(TeamId(team), name))


class WhenEntry(Slice):
    """`when:` of a rule; empty it always holds."""

    channel: Annotated[tuple[Channel, ...], BeforeValidator(listed), Field(min_length=1)] | None = None
    public: Switch | None = None
    text: TextEntry | None = None
    subject: TextEntry | None = None
    language: Annotated[tuple[Language, ...], BeforeValidator(listed), Field(min_length=1)] | None = None
    customer: CustomerEntry | None = None
    conversation: ConversationEntry | None = None
    contacts: ContactsEntry | None = None
    attachments: Annotated[CountEntry, BeforeValidator(_count_asked)] | None = None
    hours: HoursEntry | None = None
    team: Annotated[Mapping[TeamName, LoadEntry], Field(min_length=1)] | None = None
    all: Annotated[tuple["WhenEntry", ...], Field(min_length=1)] | None = None
    any: Annotated[tuple["WhenEntry", ...], Field(min_length=1)] | None = None
    not_: Annotated["WhenEntry | None", Field(alias="not")] = None

    def condition(self, lists: Lists) -> Condition:
        """What it asks for, all together; `lists` are the words of each list."""
        return ask.All(tuple(self._conditions(lists)), "when")

    def _conditions(self, lists: Lists) -> Iterator[Condition]:
        if self.channel:
            yield _one_of("channel", self.channel)
        if self.public is not None:
            yield ask.Is("public", TRUE if self.public else FALSE)
        if self.language:
            yield _one_of("language", self.language)
        for part in (self.customer, self.conversation, self.hours):
            if part:
                yield from part.conditions()
        if self.contacts:
            yield from self.contacts.conditions(contacts_field(self.contacts.within))
        if self.attachments:
            yield from self.attachments.conditions("attachments")
        for team, load in (self.team or {}).items():
            yield from load.conditions(team)
        if self.text:
            yield from self.text.conditions(Where.TEXT, lists)
        if self.subject:
            yield from self.subject.conditions(Where.SUBJECT, lists)
        if self.all:
            yield ask.All(tuple(part.condition(lists) for part in self.all))
        if self.any:
            yield ask.Any(tuple(part.condition(lists) for part in self.any))
        if self.not_:
            yield ask.Not(self.not_.condition(lists))


def one_of(field: str, values: tuple[str, ...]) -> Condition:
    """Whether what people write freely is one of `values`."""
    return _one_of(field, tuple(map(fold, values)))


def _one_of(field: str, values: tuple[str, ...]) -> Condition:
    if len(values) == 1:
        return ask.Is(field, values[0])
    return ask.Any(tuple(ask.Is(field, value) for value in values), field)


def _is_each(field: str, tags: tuple[str, ...]) -> tuple[Condition, ...]:
    return tuple(ask.Is(field, fold(tag)) for tag in tags)
