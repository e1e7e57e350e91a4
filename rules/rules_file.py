"""The shape of a rules' file: what each key may hold (docs/rules.md says it for those who write them)."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from router.model.commitment import (
    ALWAYS,
    CallbackKind,
    CallbackWish,
    DeadlineKind,
    Ladder,
    LadderStep,
    Target,
)
from router.model.ids import TeamId
from router.model.team import Priority
from router.model.units import Duration, Slice, Switch, Text, mistake
from rules.asked_file import Lists
from rules.calendars_file import CalendarEntry
from rules.calls_file import CallsEntry
from rules.care_file import CareEntry
from rules.cases.cases_file import CaseEntry
from rules.conditions import Condition
from rules.engine import DEFAULT, Place, Rule, Then
from rules.values_file import CalendarName, Language, Tags, TeamName, Texts, listed, term
from rules.when_file import WhenEntry

LONGEST_NAME = 80
UP = "up"


def _name(value: str) -> str:
    is_one = value == value.strip() and len(value) <= LONGEST_NAME and value.isprintable() and "," not in value
    if value == DEFAULT or not is_one:
        hint = f"at most {LONGEST_NAME} characters without a comma, not `{DEFAULT}`"
        raise mistake(f"`{value[:60]}` can't be a rule's name", hint)
    return value


def _list_name(value: str) -> str:
    if not value[:1].isalpha() or not value.replace("-", "").replace("_", "").isalnum():
        raise mistake(f"`{value[:60]}` can't be a list's name", "a letter, then letters, digits and `-`: `leaving`")
    return value


def _calendar_name(value: str) -> str:
    if value == ALWAYS:
        raise mistake(f"`{ALWAYS}` is day and night, every day", "choose another name")
    if not value.isprintable():
        raise mistake(f"`{value[:60]}` can't be a calendar's name", "letters, digits and signs that can be seen")
    return value


def _callback(value: Any) -> Any:
    return {"offer": True} if value == CallbackKind.OFFER else value


def _texts(value: Any) -> Any:
    if not isinstance(value, dict):
        raise mistake("a text for each language is expected here", "`{es: …, en: …}`")
    return value


class DeadlinesEntry(Slice):
    """`deadlines:` of a rule."""

    first_reply: Duration | None = None
    next_reply: Duration | None = None
    resolution: Duration | None = None
    update: Duration | None = None

    def targets(self, calendar: str) -> tuple[Target, ...]:
        """The targets that it sets."""
        each = ((kind, getattr(self, kind)) for kind in DeadlineKind)
        return tuple(Target(kind, within, calendar) for kind, within in each if within)


class StepEntry(Slice):
    """A step of a ladder."""

    after: Duration
    priority: Literal["up"] | Priority | None = None
    tags: Tags | None = None
    tell: Literal["supervisor"] | None = None
    team: TeamName | None = None

    @model_validator(mode="after")
    def _does_something(self) -> Self:
        if self.model_fields_set == {"after"}:
            raise mistake("this step does nothing", "give `priority`, `tags`, `tell` or `team`")
        return self

    def step(self) -> LadderStep:
        """The step."""
        return LadderStep(
            after=self.after,
            raises=self.priority == UP,
            priority=self.priority if isinstance(self.priority, Priority) else None,
            tags=self.tags or (),
            tell_supervisor=self.tell is not None,
            team=TeamId(self.team) if self.team else None,
        )


class CallbackEntry(Slice):
    """`callback:` of a rule."""

    offer: Switch = False
    within: Duration | None = None

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if self.offer == (self.within is not None):
            raise mistake("a callback is offered, or owed within a time", "`offer`, or `{within: 1h}`")
        return self

    def wish(self, calendar: str) -> CallbackWish:
        """The call that is asked for."""
        return CallbackWish(
            CallbackKind.OFFER if self.offer else CallbackKind.SCHEDULE, within=self.within, calendar=calendar
        )


class ThenEntry(Slice):
    """`then:` of a rule."""

    team: TeamName | None = None
    reroute: Switch | None = None
    priority: Priority | None = None
    tags: Tags | None = None
    facts: Annotated[Mapping[Text, Text], Field(min_length=1)] | None = None
    skills: Texts | None = None
    language: Language | None = None
    deadlines: DeadlinesEntry | None = None
    ladder: Annotated[tuple[StepEntry, ...], Field(min_length=1)] | None = None
    callback: Annotated[CallbackEntry, BeforeValidator(_callback)] | None = None
    acknowledge: Annotated[Mapping[Language, Text], BeforeValidator(_texts), Field(min_length=1)] | None = None
    calendar: CalendarName | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.model_fields_set - {"calendar", "reroute"}:
            raise mistake("nothing follows from this rule", "give `team`, `priority`, `tags` or another of these")
        return self

    def then(self, rule: str) -> Then:
        """What follows, for the rule of that name."""
        calendar = self.calendar or ALWAYS
        steps = tuple(entry.step() for entry in self.ladder or ())
        return Then(
            team=TeamId(self.team) if self.team else None,
            is_reroute=bool(self.reroute),
            priority=self.priority,
            tags=tuple(dict.fromkeys(self.tags or ())),
            facts=dict(self.facts or {}),
            targets=self.deadlines.targets(calendar) if self.deadlines else (),
            acknowledge=dict(self.acknowledge or {}),
            callback=self.callback.wish(calendar) if self.callback else None,
            ladder=Ladder(rule, steps, calendar) if steps else None,
            skills=tuple(dict.fromkeys(self.skills or ())),
            spoken=self.language or "",
        )


class RuleEntry(Slice):
    """One rule as its file has it."""

    name: Annotated[Text, AfterValidator(_name)]
    description: Text | None = None
    when: WhenEntry
    then: ThenEntry

    def rule(self, lists: Lists, place: Place) -> Rule:
        """The rule; `lists` are the words of each list, `place` is where it stands."""
        return Rule(self.name, self.condition(lists), self.then.then(self.name), self.description or "", place)

    def condition(self, lists: Lists) -> Condition:
        """What it asks for."""
        return self.when.condition(lists)


ListedTerms = Annotated[tuple[Annotated[str, BeforeValidator(term)], ...], BeforeValidator(listed), Field(min_length=1)]


class RulesFile(Slice):
    """A rules' file."""

    rules: tuple[RuleEntry, ...] = ()
    lists: Mapping[Annotated[Text, AfterValidator(_list_name)], ListedTerms] = {}
    calendars: Mapping[Annotated[Text, AfterValidator(_calendar_name)], CalendarEntry] = {}
    tests: tuple[CaseEntry, ...] = ()
    calls: CallsEntry | None = None
    care: CareEntry | None = None

    def calendars_of_policies(self) -> set[str]:
        """The calendars that `calls` and `care` count on."""
        shifts = self.calls.shifts.values() if self.calls else ()
        return {shift.calendar for shift in shifts} | (self.care.calendars() if self.care else set())
