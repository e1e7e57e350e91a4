"""What memory does over a day whose conversations are answered, resolved, closed and archived.

The clock is the bench's: a day goes as fast as the work is done. Messages come evenly; a conversation that has been
silent for HANDLED is answered and resolved by an agent, closes REOPEN later unless the customer writes, and goes to the
archive. What stays is told by family of keys; at the end, once all has closed, the audit has the last word.
"""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

from msgspec import structs

from bench.footprint import Footprint, footprint, timers_left
from bench.load import customers_of, messages
from bench.providers import Provider, provider
from bench.rig import AT_ONCE, LEASE, POLICY, TEAMS, Rig
from history.archive import Archive
from history.feeder import Feeder
from router.model.event import MessageArrived, ReplyWritten, Resolved
from router.model.ids import PARTITIONS, AgentId, ConversationId, CustomerId
from router.model.message import InboundMessage
from router.model.team import Agent, Role
from router.store.audit.audit import Audit
from router.store.connection import Connection
from router.store.inbox import Inbox
from router.store.lease import Leases
from router.store.outbound import ChannelLease
from router.store.records import Records
from router.store.schedule import Schedule
from router.store.server import EmbeddedServer
from router.ticker import Ticker
from router.trimmer import Trimmer

STEPS = 1440
TOLD = 20
HANDLED, REOPEN = timedelta(minutes=30), timedelta(hours=1)
START = datetime(2026, 11, 23, tzinfo=UTC)
CHANNELS = ("webchat", "email", "twitter", "address", "receipt")
ANA = Agent(AgentId("ana"), "Ana", frozenset(TEAMS), Role.SUPERVISOR)


@dataclass(slots=True)
class Hand:
    """A clock that stands until it is moved on."""

    instant: datetime = START

    def now(self) -> datetime:
        """The instant."""
        return self.instant

    async def sleep(self, duration: timedelta) -> None:
        """Not at all: nothing in a day of the bench waits by its clock."""
        raise NotImplementedError(f"somebody wants to sleep {duration} by the bench's clock")


@dataclass(slots=True)
class Day:
    """The parts at work, and which customers are still to be answered, by their last word."""

    rig: Rig
    clock: Hand
    records: Records
    ticker: Ticker
    trimmer: Trimmer
    feeder: Feeder
    providers: Sequence[Provider]
    commands: int = 0
    owed: dict[CustomerId, datetime] = field(default_factory=dict)

    async def step(self, come: Iterable[InboundMessage], duration: timedelta) -> None:
        """What comes is taken, whoever has been silent long enough is resolved, time goes on, what closed leaves."""
        await self._take(come)
        await self.rig.until_done()
        await self._resolve()
        await self._settle()
        self.clock.instant += duration
        while (await self.ticker.tick()).count:
            await self._settle()
        while await self.feeder.feed():
            pass
        await self.trimmer.trim()

    async def _settle(self) -> None:
        """Let all be decided, and all that is to be sent be sent."""
        await self.rig.until_done()
        for each in self.providers:
            await each.take()
        await self.rig.until_done()

    async def _take(self, come: Iterable[InboundMessage]) -> None:
        source = iter(come)

        async def one_after_another() -> None:
            for message in source:
                sent = _sent_at(message, self.clock.now())
                accepted = await self.rig.inbox.accept(MessageArrived(sent), message.key)
                if accepted.customer:
                    self.owed.pop(accepted.customer, None)
                    self.owed[accepted.customer] = self.clock.now()

        await asyncio.gather(*(one_after_another() for _ in range(AT_ONCE)))

    async def _resolve(self) -> None:
        """Resolve what has been silent; the first in `owed` has been so for longest."""
        before = self.clock.now() - HANDLED
        due = []
        for customer, last in self.owed.items():
            if last > before:
                break
            due.append(customer)
        for customer in due:
            del self.owed[customer]
        names = [each.open_conversation for each in await self.records.customers(due) if each]
        await asyncio.gather(*(self._resolved(name) for name in names if name))

    async def _resolved(self, name: ConversationId) -> None:
        for command in (ReplyWritten(ANA, "Ya está resuelto, gracias por la espera."), Resolved(ANA)):
            self.commands += 1
            await self.rig.inbox.submit(command, name, f"k{self.commands}")


async def day(count: int) -> AsyncIterator[str]:
    """The lines to print."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="hilo-bench-")))
        server = await stack.enter_async_context(EmbeddedServer(folder))
        connection = Connection(server.url)
        stack.push_async_callback(connection.close)
        archive = Archive(folder / "history")
        stack.push_async_callback(archive.close)
        made = await _opened(stack, connection, archive)
        empty = await footprint(connection)
        load, sent = messages(count, customers_of(count)), 0
        yield Footprint.head()
        for number in range(STEPS):
            until = count * (number + 1) // STEPS
            await made.step(islice(load, until - sent), timedelta(days=1) / STEPS)
            sent = until
            if (number + 1) % (STEPS // TOLD) == 0:
                found = await footprint(connection)
                yield found.line(f"{sent:,}")
        for line in found.units():
            yield line
        for _ in range(4):
            await made.step((), HANDLED + REOPEN)
        found = await footprint(connection)
        yield found.line("all closed")
        for line in (*found.families(empty.used), *found.idle(), await timers_left(connection, made.clock.now())):
            yield line
        yield await _verdict(connection, archive)


async def _opened(stack: AsyncExitStack, connection: Connection, archive: Archive) -> Day:
    clock = Hand()
    rig = Rig(connection, Inbox(connection, clock), clock)
    worker = await stack.enter_async_context(rig.worker(policy=replace(POLICY, reopen_within=REOPEN)))
    leases: Leases = worker.leases
    feeder = Feeder(
        connection, archive, ChannelLease(connection, "history", LEASE), clock, PARTITIONS, grace=timedelta()
    )
    providers = [await provider(connection, clock, name) for name in CHANNELS[:3]]
    ticker = Ticker(Schedule(connection, clock), leases)
    trimmer = Trimmer(connection, clock, leases, PARTITIONS, CHANNELS)
    return Day(rig, clock, Records(connection, PARTITIONS), ticker, trimmer, feeder, providers)


async def _verdict(connection: Connection, archive: Archive) -> str:
    report = await Audit(connection, PARTITIONS, TEAMS, history=archive).run()
    totals: Sequence[int] = [sum(getattr(row, name) for row in report.rows) for name in ("accepted", "archived")]
    told = "all is there, once, and agrees" if not report.findings else f"{len(report.findings)} things are wrong"
    first = "".join(f"\n    {each.kind} {each.subject} {each.text}" for each in report.findings[:5])
    return f"  hilo audit: {told}; {totals[0]:,} messages accepted, {totals[1]:,} of them archived{first}"


def _sent_at(message: InboundMessage, instant: datetime) -> InboundMessage:
    """The message as sent at `instant`."""
    return structs.replace(message, sent_at=instant)
