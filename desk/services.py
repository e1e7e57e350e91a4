"""What the desk is lent by the process that runs it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from channels.files import Files
from history.archive import Archive
from router.core.found.finder import FactFinder
from router.model.clock import Clock
from router.model.ids import TeamId
from router.model.secret import Secret
from router.model.team import Agent, Team
from router.store.connection import Connection
from router.store.feed import Feed
from router.store.inbox import Inbox
from router.store.live import LiveChannel
from router.store.records import Records


class User(Protocol):
    """Somebody who signs in with a password."""

    @property
    def agent(self) -> Agent:
        """Who they are, and what they may do."""

    @property
    def password(self) -> Secret:
        """The password, or its argon2 hash (it begins with `$argon2`)."""


@dataclass(frozen=True, slots=True)
class Services:
    """Lent to the desk; `users` go by the name that they sign in with, `secret` is the installation's own.

    `answers_by` are the kinds of handles that a customer can be written to at, though they never wrote from there.
    `phone_provider` is who makes calls (`manual`: the agents dial), empty without a phone; `region` the country of
    numbers that name none.
    """

    clock: Clock
    connection: Connection
    inbox: Inbox
    records: Records
    archive: Archive
    feed: Feed
    live: LiveChannel
    teams: Mapping[TeamId, Team]
    users: Mapping[str, User]
    files: Files
    secret: bytes = b""
    finder: FactFinder = field(default_factory=FactFinder)
    answers_by: frozenset[str] = frozenset()
    phone_provider: str = ""
    region: str = ""
