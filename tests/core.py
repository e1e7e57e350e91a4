"""A running core for tests: inbox, worker, ticker and leases on a real server, the clock in the test's hand."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count

from router.core.context import Policy
from router.core.found.finder import FactFinder
from router.errands import Errands
from router.lease_keeper import LeaseKeeper
from router.model.clock import Clock
from router.model.conversation import Conversation
from router.model.decision import Outcome, TimelineEntry
from router.model.event import Command, MessageArrived
from router.model.ids import PARTITIONS, AgentId, ConversationId, TeamId, partition_of
from router.model.message import ChannelName, Handle, InboundMessage
from router.model.team import Agent, Role, Team
from router.store import keys
from router.store.connection import Connection
from router.store.inbox import Accepted, Inbox
from router.store.lease import Leases
from router.store.records import Records
from router.store.schedule import Schedule
from router.ticker import Ticker
from router.worker import Worker
from rules.engine import RuleBook
from tests.clock import HeldClock
from tests.waiting import eventually

CARE, BILLING = TeamId("care"), TeamId("billing")
TEAMS: Mapping[TeamId, Team] = {
    CARE: Team(CARE, "Atención al cliente", "El equipo de Atención"),
    BILLING: Team(BILLING, "Facturación", "El equipo de Facturación"),
}
ANA = Agent(AgentId("ana"), "Ana", frozenset({CARE, BILLING}), Role.SUPERVISOR)
BETO = Agent(AgentId("beto"), "Beto", frozenset({BILLING}))
POLICY = Policy(default_team=CARE, answer_by={"email": (ChannelName("email"), "care@hilo.example")})


def written(
    text: str, sender: str = "chat:ada", key: str = "", at: datetime | None = None, *, channel: str = "webchat"
) -> InboundMessage:
    """A customer's message; every one has a key of its own unless one is given."""
    kind, _, address = sender.partition(":")
    return InboundMessage(
        key=key or f"m{next(_numbers)}",
        channel=ChannelName(channel),
        account="main",
        sender=Handle(kind, address),
        text=text,
        sent_at=at or HeldClock().now(),
    )


_numbers = count(1)


@dataclass(frozen=True)
class Core:
    """The parts of one running core, and short ways to use them as channels and desk do."""

    connection: Connection
    clock: HeldClock
    inbox: Inbox
    records: Records
    worker: Worker
    leases: Leases

    async def says(self, text: str, sender: str = "chat:ada", key: str = "", channel: str = "webchat") -> Conversation:
        """The sender's open conversation once it holds `text`."""
        message = written(text, sender, key, self.clock.now(), channel=channel)
        await self.accept(message)
        return await eventually(lambda: self._heard(message), f"{text!r} in a timeline")

    async def accept(self, message: InboundMessage) -> Accepted:
        """What the inbox answers."""
        return await self.inbox.accept(MessageArrived(message), message.key)

    async def does(
        self, command: Command, conversation: ConversationId, expected: int | None = None, key: str = ""
    ) -> Outcome:
        """What becomes of `command`."""
        key = key or f"k{next(_numbers)}"
        await self.inbox.submit(command, conversation, key, expected)
        return await eventually(lambda: self.records.outcome(partition_of(conversation), key), f"outcome of {command}")

    async def story(self, conversation: ConversationId) -> list[tuple[str, str]]:
        """Kind and text of each entry of the timeline."""
        return [(entry.kind.value, entry.text) for entry in await self.timeline(conversation)]

    async def timeline(self, conversation: ConversationId) -> list[TimelineEntry]:
        """The timeline."""
        return await self.records.timeline(conversation)

    async def now(self, conversation: ConversationId) -> Conversation:
        """The conversation as it is."""
        found = await self.records.conversation(conversation)
        assert found is not None
        return found

    async def open_of(self, sender: str) -> Conversation | None:
        """The open conversation of the customer behind a handle."""
        kind, _, address = sender.partition(":")
        name = await self.records.customer_of(Handle(kind, address))
        customer = await self.records.customer(name) if name else None
        found = customer and customer.open_conversation
        return await self.records.conversation(found) if found else None

    async def is_quiet(self) -> bool:
        """Whether nothing is under way: no event, and nothing that one customer owes another."""
        redis, suffixes = self.connection.commands, (keys.INBOUND, keys.ERRANDS)
        names = [keys.key(number, suffix) for number in range(PARTITIONS) for suffix in suffixes]
        return not sum(await asyncio.gather(*map(redis.xlen, names)))

    async def _heard(self, message: InboundMessage) -> Conversation | None:
        found = await self.open_of(str(message.sender))
        if found is None:
            return None
        entries = await self.records.timeline(found.id)
        return found if any(entry.message == message.key for entry in entries) else None


@asynccontextmanager
async def running_core(
    url: str,
    *,
    rulebook: RuleBook | None = None,
    clock: Clock | None = None,
    policy: Policy = POLICY,
    finder: FactFinder | None = None,
) -> AsyncIterator[Core]:
    """A core at work on the server at `url`."""
    connection = Connection(url)
    held = HeldClock()
    ticking: Clock = clock or held
    leases = Leases(connection, PARTITIONS, timedelta(seconds=5))
    worker = Worker(connection, ticking, leases, PARTITIONS, TEAMS, policy, rulebook or RuleBook(CARE))
    ticker = Ticker(Schedule(connection, ticking), leases)
    errands = Errands(connection, ticking, leases, PARTITIONS)
    keeper = LeaseKeeper(leases)
    await leases.balance()
    tasks = [asyncio.create_task(part.run()) for part in (keeper, worker, ticker, errands)]
    try:
        inbox = Inbox(connection, ticking, finder=finder)
        yield Core(connection, held, inbox, Records(connection, PARTITIONS), worker, leases)
    finally:
        for part in (errands, worker, ticker, keeper):
            part.stop()
        await asyncio.gather(*tasks)
        await connection.close()
