"""`when:` of a rule as its file has it, and the condition that it asks for (docs/rules.md says what each key means)."""

from collections.abc import Iterator, Mapping
from typing import Annotated

from pydantic import BeforeValidator, Field

from router.model.ids import TeamId
from router.model.units import Slice, Switch, Text
from rules import conditions as ask
from rules.asked_file import (
    Asking,
    ContactsEntry,
    CountEntry,
    Lists,
    TagsEntry,
    TextEntry,
    WaitEntry,
    count_asked,
    one_of,
    one_of_ids,
    tags_asked,
)
from rules.asking import ATTRIBUTE, FALSE, TRUE, contacts_field, team_field
from rules.conditions import Condition, Where
from rules.values_file import CalendarName, Channel, Expertise, Kind, Language, TeamName, Texts, listed


class CustomerEntry(Asking):
    """`customer:`."""

    tier: Texts | None = None
    region: Texts | None = None
    expertise: Annotated[tuple[Expertise, ...], BeforeValidator(listed), Field(min_length=1)] | None = None
    tags: Annotated[TagsEntry, BeforeValidator(tags_asked)] | None = None
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


class SenderEntry(Asking):
    """`sender:`."""

    age: WaitEntry | None = None
    verified: Switch | None = None

    def conditions(self) -> Iterator[Condition]:
        """What it asks for."""
        if self.age:
            yield from self.age.conditions("sender.age")
        if self.verified is not None:
            yield ask.Is("sender.verified", TRUE if self.verified else FALSE)


class ConversationEntry(Asking):
    """`conversation:`."""

    new: Switch | None = None
    reopened: Switch | None = None
    owner: Annotated[tuple[TeamName, ...], BeforeValidator(listed), Field(min_length=1)] | None = None
    tags: Annotated[TagsEntry, BeforeValidator(tags_asked)] | None = None
    messages: CountEntry | None = None
    waiting: WaitEntry | None = None

    def conditions(self) -> Iterator[Condition]:
        """What it asks for."""
        for name, value in (("new", self.new), ("reopened", self.reopened)):
            if value is not None:
                yield ask.Is(f"conversation.{name}", TRUE if value else FALSE)
        if self.owner:
            yield one_of_ids("conversation.owner", self.owner)
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
    kind: Annotated[tuple[Kind, ...], BeforeValidator(listed), Field(min_length=1)] | None = None
    text: TextEntry | None = None
    subject: TextEntry | None = None
    language: Annotated[tuple[Language, ...], BeforeValidator(listed), Field(min_length=1)] | None = None
    customer: CustomerEntry | None = None
    sender: SenderEntry | None = None
    conversation: ConversationEntry | None = None
    contacts: ContactsEntry | None = None
    attachments: Annotated[CountEntry, BeforeValidator(count_asked)] | None = None
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
            yield one_of_ids("channel", self.channel)
        if self.public is not None:
            yield ask.Is("public", TRUE if self.public else FALSE)
        if self.kind:
            yield one_of_ids("kind", self.kind)
        if self.language:
            yield one_of_ids("language", self.language)
        for part in (self.customer, self.sender, self.conversation, self.hours):
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
