"""What lies outside of a conversation and may matter to a decision, as the worker read it a moment before."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from router.model.customer import Customer
from router.model.ids import TeamId
from router.model.message import ChannelName
from router.model.team import Team
from router.model.timeline import TimelineEntry
from rules.fact_kinds import NO_KINDS, FactKinds
from rules.facts import TeamLoad
from rules.guard.book import GuardBook, shipped_book
from rules.language import Detected, detect


@dataclass(frozen=True, slots=True)
class Policy:
    """What ops decided once for all conversations.

    `answer_by` maps a handle's kind to (channel, account); `public` are the company's own numbers and addresses, which
    everybody may read. `region` is the country (`PA`) of numbers that have none. `directory_refresh` is how old what
    the directory said may be when a customer writes; without a directory it is None. With `has_phone` Hilo calls.
    """

    default_team: TeamId
    reopen_within: timedelta = timedelta(hours=72)
    answer_elsewhere_after: timedelta = timedelta(minutes=2)
    answer_by: Mapping[str, tuple[ChannelName, str]] | None = None
    public: tuple[str, ...] = ()
    region: str = ""
    directory_refresh: timedelta | None = None
    has_phone: bool = False


@dataclass(frozen=True, slots=True)
class Context:
    """The customer, the teams that exist and how they are doing, the policy, and what tells a text's language.

    `guard` is what replies are read by: ops' wordings and exceptions; `kinds` are the facts that ops named. `story` is
    the conversation's timeline, for events that join or part two.
    """

    teams: Mapping[TeamId, Team]
    policy: Policy
    customer: Customer | None = None
    loads: Mapping[TeamId, TeamLoad] = field(default_factory=dict)
    detect: Callable[[str], Detected] = detect
    guard: GuardBook = field(default_factory=shipped_book)
    story: tuple[TimelineEntry, ...] = ()
    kinds: FactKinds = NO_KINDS

    def team_name(self, team: TeamId) -> str:
        """What customers read for `team`: its name, or its id once it is gone from the configuration."""
        known = self.teams.get(team)
        return known.name if known else team
