"""What the host lends to an adapter: the clock, the channel's own memory, and what may be looked up."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from router.model.clock import Clock
from router.model.ids import TeamId
from router.model.team import Team
from router.store.call_times import CallTimes
from router.store.feed import Feed
from router.store.live import LiveChannel
from router.store.readers import Readers
from router.store.records import Records
from router.store.shelf import Shelf
from router.store.shifts import Shifts
from router.store.transcript import Transcripts
from router.store.visitors import Visitors
from rules.engine import RuleBook


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
    shifts: Shifts | None = None
    call_times: CallTimes | None = None
    rulebook: Callable[[], RuleBook] | None = None
    region: str = ""
