"""What is known of a customer, as `--customer FILE` gives it: the keys of a test's `customer:`, and a few around it."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

from msgspec.structs import replace
from pydantic import BeforeValidator, Field, PlainValidator

from router.model.calendar import time_zone
from router.model.customer import Customer, with_contact
from router.model.ids import CustomerId, TeamId
from router.model.units import Duration, Slice, Switch
from rules.cases.cases_file import Count, CustomerKnown, LoadKnown, SenderKnown
from rules.cases.compare import instant
from rules.cases.expect_file import wall_time
from rules.facts import Before, Facts, TeamLoad
from rules.problems import SourceError
from rules.source import Source
from rules.validation import validated
from rules.values_file import Tags, TeamName, listed

Wall = Annotated[datetime, PlainValidator(wall_time)]


class ConversationKnown(Slice):
    """The conversation as it was before the message."""

    new: Switch = False
    reopened: Switch = False
    owner: TeamName | None = None
    tags: Tags | None = None
    messages: Count = 1
    waiting: Duration | None = None

    def before(self) -> Before:
        """The conversation as rules see it."""
        return Before(
            is_new=self.new,
            is_reopened=self.reopened,
            owner=TeamId(self.owner) if self.owner else None,
            tags=self.tags or (),
            messages=self.messages,
            waiting=self.waiting or timedelta(),
        )


class KnownFile(CustomerKnown):
    """A file of what is known: the customer, when they came before, their conversation, and how the teams are doing."""

    contacts: Annotated[tuple[Wall, ...], BeforeValidator(listed)] = ()
    conversation: ConversationKnown | None = None
    sender: SenderKnown | None = None
    teams: Annotated[Mapping[TeamName, LoadKnown], Field(min_length=1)] | None = None


def with_known(facts: Facts, path: Path | None, teams: Collection[TeamId], zone: str) -> Facts:
    """`facts` with what the file at `path` tells; its instants are in `zone`. SourceError with every mistake in it."""
    known = _read(path, teams) if path else KnownFile()
    before = known.conversation.before() if known.conversation else Before()
    earlier = sorted(instant(wall, zone) for wall in known.contacts)
    customer = Customer(CustomerId(""), contacts=tuple(earlier), last_message_at=earlier[-1] if earlier else None)
    return replace(
        facts,
        customer=known.profile(),
        conversation=before,
        sender=known.sender.sender() if known.sender else facts.sender,
        contacts=with_contact(customer, before.is_reopened, facts.now).contacts,
        teams={TeamId(team): TeamLoad(load.waiting, load.available) for team, load in (known.teams or {}).items()},
    )


def instant_of(written: str, zone: str) -> datetime:
    """The instant that `written` (`2026-11-24 10:00`, in `zone`) stands for; ValueError, in plain words, if none."""
    time_zone(zone)
    return instant(wall_time(written), zone)


def _read(path: Path, teams: Collection[TeamId]) -> KnownFile:
    source = Source.read(path)
    if source.is_empty:
        return KnownFile()
    found = validated(source, KnownFile, {"teams": list(teams)})
    if found is None:
        raise SourceError(source.sorted_problems())
    return found
