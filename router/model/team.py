"""Teams, the people in them, and who owns what."""

from datetime import datetime
from enum import StrEnum

from router.model.ids import AgentId, TeamId
from router.model.message import Handle
from router.model.value import Value


class Priority(StrEnum):
    """How soon a conversation is to be looked at, among those of its team."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    URGENT = "urgent"

    @property
    def rank(self) -> int:
        """0 for the most urgent."""
        return (Priority.URGENT, Priority.HIGH, Priority.NORMAL, Priority.LOW).index(self)


class Role(StrEnum):
    """What a person, or a script in a team's name, may do."""

    AGENT = "agent"
    SUPERVISOR = "supervisor"
    OPS = "ops"


class Team(Value, frozen=True):
    """A group that answers; `name` and `signature` are what customers read."""

    id: TeamId
    name: str
    signature: str = ""
    language: str = "es"


class Agent(Value, frozen=True):
    """A person (or a script with a token) who acts at the desk, and the teams they act for.

    `phone` is where they take calls (`phone:+507…` or `sip:…`), empty for who has none; `languages` and `skills` are
    what they bring along.
    """

    id: AgentId
    name: str
    teams: frozenset[TeamId] = frozenset()
    role: Role = Role.AGENT
    phone: str = ""
    languages: tuple[str, ...] = ()
    skills: tuple[str, ...] = ()

    @property
    def device(self) -> Handle | None:
        """The phone that rings, as a handle; None for who has none."""
        kind, _, address = self.phone.partition(":")
        return Handle(kind, address) if kind and address else None

    def is_allowed(self, team: TeamId) -> bool:
        """Whether this agent may act on conversations of `team`: its own members and supervisors may."""
        return team in self.teams or self.role is Role.SUPERVISOR


class PhoneAgent(Value, frozen=True):
    """An agent who takes calls now: since when they are `idle_since`, and until when that counts."""

    agent: Agent
    idle_since: datetime
    until: datetime


class Ownership(Value, frozen=True):
    """The exactly one team that answers for a conversation, since when and why."""

    team: TeamId
    since: datetime
    reason: str
