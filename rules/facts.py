"""What a rule may see of an arrival, and of what lies around it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from router.model.customer import Profile
from router.model.ids import TeamId
from router.model.message import ChannelName
from rules.language import UNKNOWN

CHANNELS = tuple(map(ChannelName, ("email", "webchat", "twitter", "phone")))
NOBODY = Profile()


@dataclass(frozen=True, slots=True)
class TeamLoad:
    """How a team is doing: conversations that wait for an answer, and agents at the desk."""

    waiting: int = 0
    available: int = 0


@dataclass(frozen=True, slots=True)
class Before:
    """A conversation as it was before the message; `messages` counts this one too, `waiting` is the customer's wait."""

    is_new: bool = True
    is_reopened: bool = False
    owner: TeamId | None = None
    tags: tuple[str, ...] = ()
    messages: int = 1
    waiting: timedelta = timedelta()


@dataclass(frozen=True, slots=True)
class Facts:
    """All that a rule may ask about.

    `language` is a code as `es`, or `unknown`; `attachments` how many there are; `contacts` the instants at which the
    customer came, oldest first, this message's own among them if it is one; `teams` a snapshot at most two seconds old.
    """

    channel: ChannelName
    text: str = ""
    subject: str = ""
    language: str = UNKNOWN
    public: bool = False
    attachments: int = 0
    now: datetime = datetime(2026, 1, 5, 10, tzinfo=UTC)
    customer: Profile = NOBODY
    conversation: Before = Before()
    contacts: tuple[datetime, ...] = ()
    teams: Mapping[TeamId, TeamLoad] = field(default_factory=dict)
