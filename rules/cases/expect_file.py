"""`expect:` of a test as people write it (docs/rules.md says what each key means)."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Self

from pydantic import BeforeValidator, Field, PlainValidator, model_validator

from router.model.commitment import DeadlineKind
from router.model.conversation import ConversationState
from router.model.ids import TeamId
from router.model.team import Priority
from router.model.units import Slice, Switch, Text, mistake
from rules.cases.case import NONE, OFFER, Expectation
from rules.cases.compare import instant
from rules.values_file import Language, Tags, TeamName, Texts, listed

YEARS = range(1971, 2200)
INSTANT = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d)?", re.ASCII)


def wall_time(value: object) -> datetime:
    """What a clock on the wall shows, `2026-11-24 10:00`; a mistake if it is no such thing."""
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) and INSTANT.fullmatch(value) else None
    except ValueError:
        found = None
    if found is None or found.year not in YEARS:
        hint = f"date and time in the test's `zone`, years {YEARS[0]} to {YEARS[-1]}: `2026-11-24 10:00`"
        raise mistake(f"`{str(value)[:60]}` is no instant", hint)
    return found


def _or_none(value: object) -> datetime | str:
    return NONE if value == NONE else wall_time(value)


def _callback(value: object) -> datetime | str:
    return OFFER if value == OFFER else _or_none(value)


def _acknowledged(value: object) -> bool | str:
    if isinstance(value, bool):
        return value
    if not isinstance(value, str) or not value:
        raise mistake("`true`, `false` or the text itself is expected here")
    return value


WallOrNone = Annotated[datetime | str, PlainValidator(_or_none)]


class DeadlinesExpected(Slice):
    """`deadlines:` of what is expected."""

    first_reply: WallOrNone | None = None
    next_reply: WallOrNone | None = None
    resolution: WallOrNone | None = None
    update: WallOrNone | None = None

    def instants(self, zone: str) -> dict[DeadlineKind, datetime | None]:
        """The instant of each that is given, None for one that does not run."""
        given = {kind: getattr(self, kind) for kind in DeadlineKind if kind in self.model_fields_set}
        return {kind: instant(wall, zone) if isinstance(wall, datetime) else None for kind, wall in given.items()}


class ExpectEntry(Slice):
    """`expect:`."""

    team: TeamName | None = None
    rule: Text | None = None
    matched: Texts | None = None
    priority: Priority | None = None
    tags: Tags | None = None
    not_tags: Tags | None = None
    facts: Annotated[Mapping[Text, Text], Field(min_length=1)] | None = None
    skills: Texts | None = None
    language: Language | None = None
    state: ConversationState | None = None
    deadlines: DeadlinesExpected | None = None
    missed: Annotated[tuple[DeadlineKind, ...], BeforeValidator(listed)] | None = None
    acknowledged: Annotated[bool | str, PlainValidator(_acknowledged)] | None = None
    callback: Annotated[datetime | str, PlainValidator(_callback)] | None = None
    told_supervisor: Switch | None = None

    @model_validator(mode="after")
    def _expects_something(self) -> Self:
        if not self.model_fields_set or (self.deadlines and not self.deadlines.model_fields_set):
            raise mistake("nothing is expected here", "give `team`, `rule`, `priority`, `tags` or another of these")
        return self

    def expectation(self, zone: str) -> Expectation:
        """What is expected, its instants read off the clock in `zone`."""
        return Expectation(
            team=TeamId(self.team) if self.team else None,
            rule=self.rule,
            matched=self.matched or (),
            priority=self.priority,
            tags=self.tags or (),
            not_tags=self.not_tags or (),
            facts=dict(self.facts or {}),
            skills=self.skills or (),
            language=self.language,
            state=self.state,
            deadlines=self.deadlines.instants(zone) if self.deadlines else {},
            missed=None if self.missed is None else frozenset(self.missed),
            acknowledged=self.acknowledged,
            callback=instant(self.callback, zone) if isinstance(self.callback, datetime) else self.callback,
            told_supervisor=self.told_supervisor,
        )
