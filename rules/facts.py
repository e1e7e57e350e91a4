"""What a rule may see of an arrival, and of what lies around it."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import msgspec

from router.model.customer import NOBODY, Profile
from router.model.ids import TeamId
from router.model.message import ChannelName, MessageKind
from router.model.value import Value
from rules.language import UNKNOWN

CHANNELS = tuple(map(ChannelName, ("email", "webchat", "twitter", "phone")))


class TeamLoad(Value, frozen=True):
    """How a team is doing: conversations that wait for an answer, and agents at the desk."""

    waiting: int = 0
    available: int = 0


class Before(Value, frozen=True):
    """A conversation as it was before the message; `messages` counts this one too, `waiting` is the customer's wait."""

    is_new: bool = True
    is_reopened: bool = False
    owner: TeamId | None = None
    tags: tuple[str, ...] = ()
    messages: int = 1
    waiting: timedelta = timedelta()


NEW = Before()


class Sender(Value, frozen=True):
    """What the channel says of who wrote: for how long they are there, and if it vouches; None is not known."""

    age: timedelta | None = None
    is_verified: bool | None = None


STRANGER = Sender()


class Facts(Value, frozen=True):
    """All that a rule may ask about.

    `kind` is who wrote: a person, a responder, a mail server, a list. `language` is a code as `es`, or `unknown`;
    `attachments` how many there are; `contacts` the instants at which the
    customer came, oldest first, this message's own among them if it is one; `teams` a snapshot at most two seconds old.
    """

    channel: ChannelName
    text: str = ""
    subject: str = ""
    language: str = UNKNOWN
    public: bool = False
    kind: MessageKind = MessageKind.MESSAGE
    attachments: int = 0
    now: datetime = datetime(2026, 1, 5, 10, tzinfo=UTC)
    customer: Profile = NOBODY
    sender: Sender = STRANGER
    conversation: Before = NEW
    contacts: tuple[datetime, ...] = ()
    teams: Mapping[TeamId, TeamLoad] = msgspec.field(default_factory=dict)
