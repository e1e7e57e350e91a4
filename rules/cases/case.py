"""Tests beside the rules: what they play and what they expect, and who plays them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from router.model.commitment import DeadlineKind
from router.model.conversation import ConversationState
from router.model.customer import NOBODY, Profile
from router.model.ids import TeamId
from router.model.message import ChannelName, MessageKind
from router.model.team import Priority
from rules.engine import Place
from rules.facts import STRANGER, Facts, Sender, TeamLoad

NONE, OFFER = "none", "offer"

Callback = str | datetime
"""`none`, `offer`, or the instant by which the call is owed."""


@dataclass(frozen=True, slots=True)
class Written:
    """A customer's message; without a `language` it is detected from the text."""

    channel: ChannelName
    text: str = ""
    subject: str = ""
    public: bool = False
    attachments: int = 0
    language: str = ""
    sender: Sender = STRANGER
    kind: MessageKind = MessageKind.MESSAGE


@dataclass(frozen=True, slots=True)
class Replied:
    """An agent of the owning team answered."""

    text: str


@dataclass(frozen=True, slots=True)
class GivenTo:
    """An agent of the owning team gave the conversation to another team."""

    team: TeamId


@dataclass(frozen=True, slots=True)
class Passed:
    """So much time passed."""

    duration: timedelta


class Act(StrEnum):
    """What an agent of the owning team does with a word."""

    CLAIM = "claim"
    RESOLVE = "resolve"


Happening = Written | Replied | GivenTo | Passed | Act


@dataclass(frozen=True, slots=True)
class Expectation:
    """What must be so; None (empty, for what can be several) asks for nothing.

    Of `matched`, `tags`, `facts` and `skills` all that are given are there, `deadlines` tells the instants of those
    that run (None: it does not run), `missed` is all that are late, and `acknowledged` may be the text itself.
    """

    team: TeamId | None = None
    rule: str | None = None
    matched: tuple[str, ...] = ()
    priority: Priority | None = None
    tags: tuple[str, ...] = ()
    not_tags: tuple[str, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)
    skills: tuple[str, ...] = ()
    language: str | None = None
    state: ConversationState | None = None
    deadlines: Mapping[DeadlineKind, datetime | None] = field(default_factory=dict)
    missed: frozenset[DeadlineKind] | None = None
    acknowledged: bool | str | None = None
    callback: Callback | None = None
    told_supervisor: bool | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a story: what happens, if anything does, and what must be so then; `line` is where it stands."""

    happening: Happening | None
    expected: Expectation | None
    line: int


@dataclass(frozen=True, slots=True)
class Case:
    """A test: a story that begins at `at` (UTC); `zone` is the time zone in which its instants are shown."""

    name: str
    place: Place
    at: datetime
    zone: str
    steps: tuple[Step, ...]
    customer_name: str = ""
    profile: Profile = NOBODY
    loads: Mapping[TeamId, TeamLoad] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Situation:
    """What is so after a step, as far as it can be expected.

    `rule` and `matched` are of the latest message, and `seen` is what the rules saw of it. `acknowledged` is the text
    that the customer got, empty if there was none.
    """

    team: TeamId
    state: ConversationState
    rule: str = ""
    matched: tuple[str, ...] = ()
    seen: Facts | None = None
    priority: Priority = Priority.NORMAL
    tags: tuple[str, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)
    skills: tuple[str, ...] = ()
    language: str = ""
    deadlines: Mapping[DeadlineKind, datetime] = field(default_factory=dict)
    missed: frozenset[DeadlineKind] = frozenset()
    acknowledged: str = ""
    callback: Callback = NONE
    told_supervisor: bool = False


class Impossible(Exception):
    """A story can't go on; the message is a sentence without its full stop."""


class Player(Protocol):
    """Who plays a case as it would go."""

    def play(self, case: Case) -> Iterator[Situation]:
        """What is so after each step. Raises Impossible where the story can't go on."""
