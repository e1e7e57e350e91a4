"""What the host lends to an adapter: the clock, the channel's own memory, and what may be looked up."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Protocol

from router.model.clock import Clock
from router.model.ids import AgentId, CallbackId, TeamId
from router.model.team import PhoneAgent, Team
from router.store.call_times import CallTimes
from router.store.feed import Feed
from router.store.live import LiveChannel
from router.store.readers import Readers
from router.store.records import Records
from router.store.shelf import Shelf
from router.store.transcript import Transcripts
from router.store.visitors import Visitors
from rules.engine import RuleBook


class TakesCalls(Protocol):
    """Who takes calls now, and for which call each is held (router/store/shifts.py)."""

    async def agents(self) -> Sequence[PhoneAgent]:
        """Those who take calls, longest idle first."""

    async def hold(self, agent: AgentId, callback: CallbackId, length: timedelta) -> bool:
        """Whether `agent` is held for that call alone, for so long."""

    async def holds(self, agents: Iterable[AgentId]) -> Mapping[AgentId, CallbackId]:
        """What each of `agents` is held for; who is not is left out."""

    async def let_go(self, agent: AgentId, callback: CallbackId) -> None:
        """Let them be held for another."""


@dataclass(frozen=True, slots=True)
class Services:
    """Lent to one adapter; `secret` is the installation's own, for signing what comes back through customers.

    `default_team` is who owns what no rule gives to another, `answers_by` the kinds of handle (`email`) that an answer
    can also go to, `attachments` the folder for files that came with messages, `readers` where who follows
    the feed says how far they have come. `shifts` are the agents who take calls, and `call_times` what can be offered
    of their time, by the `rulebook` in force; both None where nobody is called. `region` is the country (`PA`) of
    numbers that name none.
    """

    clock: Clock
    shelf: Shelf
    transcripts: Transcripts
    visitors: Visitors
    live: LiveChannel
    records: Records
    feed: Feed
    teams: Mapping[TeamId, Team]
    secret: bytes
    default_team: TeamId | None = None
    answers_by: frozenset[str] = frozenset()
    attachments: Path | None = None
    readers: Readers | None = None
    shifts: TakesCalls | None = None
    call_times: CallTimes | None = None
    rulebook: Callable[[], RuleBook] | None = None
    region: str = ""
