"""What the host lends to an adapter: the clock, the channel's own memory, and what may be looked up."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from router.model.clock import Clock
from router.model.ids import TeamId
from router.model.team import Team
from router.store.feed import Feed
from router.store.live import LiveChannel
from router.store.readers import Readers
from router.store.records import Records
from router.store.shelf import Shelf
from router.store.transcript import Transcripts
from router.store.visitors import Visitors


@dataclass(frozen=True, slots=True)
class Services:
    """Lent to one adapter; `secret` is the installation's own, for signing what comes back through customers.

    `default_team` is who owns what no rule gives to another, `answers_by` the kinds of handle (`email`) that an answer
    can also go to, `attachments` the folder for files that came with messages, `readers` where who follows
    the feed says how far they have come.
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
