"""`tests:` of a rules' file as people write it, and the cases it stands for."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Annotated, Any, Self, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field, PlainValidator, model_validator

from router.model.calendar import time_zone
from router.model.customer import Profile
from router.model.ids import TeamId
from router.model.message import ChannelName, MessageKind
from router.model.units import Duration, Slice, Switch, Text, Whole, mistake, plain_text
from rules.cases.case import Act, Case, GivenTo, Happening, Passed, Replied, Step, Written
from rules.cases.compare import instant
from rules.cases.expect_file import ExpectEntry, wall_time
from rules.engine import Place
from rules.facts import STRANGER, Sender, TeamLoad
from rules.source import Source
from rules.values_file import Channel, Expertise, Kind, Language, Tags, TeamName

FIRST = datetime(2026, 1, 5, 10)  # noqa: DTZ001 - a clock on the wall; the test's `zone` says where
T = TypeVar("T")
LONGEST_NAME, LONGEST_TEXT, MOST_STEPS = 200, 20_000, 100


def _yes(value: object) -> bool:
    if value is not True:
        raise mistake("only `true` stands here", "take the step out if it does not happen")
    return True


def _zone(value: str) -> str:
    try:
        time_zone(value)
    except ValueError as error:
        raise mistake(str(error)) from error
    return value


def _name(value: str) -> str:
    if value != value.strip() or len(value) > LONGEST_NAME or not value.isprintable():
        raise mistake(f"`{value[:60]}` can't be a test's name", f"one line of at most {LONGEST_NAME} characters")
    return value


def _steps(value: tuple[T, ...]) -> tuple[T, ...]:
    if not 1 <= len(value) <= MOST_STEPS:
        raise mistake(f"a story has between 1 and {MOST_STEPS} steps", "make two tests of it" if value else "")
    return value


def _message(value: Any) -> Any:
    return value if isinstance(value, dict) else {"text": value}


Said = Annotated[str, BeforeValidator(plain_text), Field(min_length=1, max_length=LONGEST_TEXT)]
Wall = Annotated[datetime, PlainValidator(wall_time)]
Count = Annotated[Whole, Field(ge=0, le=1_000_000_000)]
Yes = Annotated[bool, PlainValidator(_yes)]


class SenderKnown(Slice):
    """`sender:` of a test's message."""

    age: Duration | None = None
    verified: Switch | None = None

    def sender(self) -> Sender:
        """What the channel says of who wrote."""
        return Sender(self.age, self.verified)


class MessageEntry(Slice):
    """`message:`, a text alone or with its keys."""

    channel: Channel = "webchat"
    text: Said | None = None
    subject: Text | None = None
    public: Switch = False
    kind: Kind = "message"
    attachments: Annotated[Whole, Field(ge=0, le=100)] = 0
    language: Language | None = None
    sender: SenderKnown | None = None

    @model_validator(mode="after")
    def _holds_something(self) -> Self:
        if not (self.text or self.subject or self.attachments):
            raise mistake("this message is empty", "give `text`, `subject` or `attachments`")
        return self

    def written(self) -> Written:
        """The message."""
        channel, text, subject = ChannelName(self.channel), self.text or "", self.subject or ""
        sender = self.sender.sender() if self.sender else STRANGER
        kind = MessageKind(self.kind)
        return Written(channel, text, subject, self.public, self.attachments, self.language or "", sender, kind)


class CustomerKnown(Slice):
    """`customer:` of a test."""

    name: Text | None = None
    tier: Text | None = None
    region: Text | None = None
    expertise: Expertise | None = None
    tags: Tags | None = None
    followers: Count | None = None
    attributes: Annotated[Mapping[Text, Text], Field(min_length=1)] | None = None

    def profile(self) -> Profile:
        """What is known of the customer."""
        return Profile(
            tier=self.tier or "",
            region=self.region or "",
            expertise=self.expertise or "",
            followers=self.followers,
            tags=self.tags or (),
            attributes=dict(self.attributes or {}),
        )


class LoadKnown(Slice):
    """How one team is doing."""

    waiting: Count = 0
    available: Count = 0


class StepEntry(Slice):
    """One step of a story: at most one thing that happens, and what must be so then."""

    message: Annotated[MessageEntry, BeforeValidator(_message)] | None = None
    reply: Said | None = None
    claim: Yes = False
    resolve: Yes = False
    transfer: TeamName | None = None
    after: Duration | None = None
    expect: ExpectEntry | None = None

    @model_validator(mode="after")
    def _is_one_thing(self) -> Self:
        happening = [f"`{key}`" for key in type(self).model_fields if key in self.model_fields_set - {"expect"}]
        if len(happening) > 1:
            raise mistake(f"{' and '.join(happening)} in one step", "make a step of each, in their order")
        if not self.model_fields_set:
            raise mistake("nothing happens in this step", "give `message`, `after`, `reply` or another of these")
        return self

    def happening(self) -> Happening | None:
        """What happens, if anything does."""
        if self.message:
            return self.message.written()
        if self.reply is not None:
            return Replied(self.reply)
        if self.transfer:
            return GivenTo(TeamId(self.transfer))
        if self.after:
            return Passed(self.after)
        return Act.CLAIM if self.claim else Act.RESOLVE if self.resolve else None


class CaseEntry(Slice):
    """One test as its file has it."""

    name: Annotated[Text, AfterValidator(_name)]
    at: Wall = FIRST
    zone: Annotated[Text, AfterValidator(_zone)] = "UTC"
    customer: CustomerKnown | None = None
    teams: Annotated[Mapping[TeamName, LoadKnown], Field(min_length=1)] | None = None
    message: Annotated[MessageEntry, BeforeValidator(_message)] | None = None
    expect: ExpectEntry | None = None
    story: Annotated[tuple[StepEntry, ...], AfterValidator(_steps)] | None = None

    @model_validator(mode="after")
    def _is_one_form(self) -> Self:
        if self.story is None:
            if self.message is None or self.expect is None:
                raise mistake("a test is `message` and `expect`, or a `story`", "give both, or a list of steps")
        elif self.message or self.expect:
            raise mistake("`story` stands alone", "make `message` and `expect` its first step")
        elif not any(step.expect for step in self.story):
            raise mistake("nothing is expected in this story", "give a step an `expect`")
        return self

    def case(self, source: Source, number: int) -> Case:
        """The case, which is the `number`th test of `source`."""
        mark = source.place("tests", number)
        return Case(
            name=self.name,
            steps=tuple(self._steps(source, number)),
            at=instant(self.at, self.zone),
            zone=self.zone,
            customer_name=self.customer.name or "" if self.customer else "",
            profile=self.customer.profile() if self.customer else Profile(),
            loads={TeamId(team): TeamLoad(load.waiting, load.available) for team, load in (self.teams or {}).items()},
            place=Place(source.name, mark.line, mark.column),
        )

    def _steps(self, source: Source, number: int) -> Iterator[Step]:
        if self.message and self.expect:
            line = source.place("tests", number, "message").line
            yield Step(self.message.written(), self.expect.expectation(self.zone), line)
        for place, entry in enumerate(self.story or ()):
            expected = entry.expect.expectation(self.zone) if entry.expect else None
            yield Step(entry.happening(), expected, source.place("tests", number, "story", place).line)
