"""A core that takes one step at a time, on a real server: who works next, and who dies then, is the test's choice."""

from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from msgspec.structs import replace

from router.decider import Books, Decider, Held
from router.errands import Errands
from router.model.decision import TimelineEntry
from router.model.errors import StoreClosed
from router.model.event import Command, MessageArrived
from router.model.ids import PARTITIONS, ConversationId, CustomerId, partition_of
from router.model.message import Handle, InboundMessage
from router.store import keys, wire
from router.store.commit import Committer
from router.store.connection import Connection, Entry, xrange
from router.store.inbox import Inbox
from router.store.lease import Leases
from router.store.records import Records
from router.store.schedule import Schedule
from rules.engine import RuleBook
from rules.fact_kinds import NO_KINDS
from rules.guard.book import shipped_book
from tests.clock import HeldClock
from tests.core import CARE, POLICY, TEAMS, written

TOKEN = "the test's"
BOOKS = Books(RuleBook(CARE), shipped_book(), NO_KINDS)


@dataclass
class Stepper:
    """One core, and the sources that bring their messages in order, again where they are told to come again."""

    connection: Connection
    clock: HeldClock
    inbox: Inbox
    records: Records
    decider: Decider
    committer: Committer
    errands: Errands
    waiting: dict[str, list[InboundMessage]] = field(default_factory=lambda: defaultdict(list))
    taken: dict[str, list[InboundMessage]] = field(default_factory=lambda: defaultdict(list))
    doubled: list[str] = field(default_factory=list)
    commands: int = 0

    async def writes(self, sender: str, channel: str = "webchat", **more: Any) -> None:
        """The sender writes once more, with `more`; the source brings what it has as far as it is taken."""
        await self.clock.advance(timedelta(seconds=1))
        number = len(self.waiting[sender]) + len(self.taken[sender])
        message = written(f"{sender} {number}", sender, "", self.clock.now(), channel=channel)
        self.waiting[sender].append(replace(message, **more))
        await self.brings(sender)

    async def brings(self, sender: str) -> None:
        """The source brings what it holds of the sender's, oldest first, until one is not taken."""
        while waiting := self.waiting[sender]:
            try:
                await self.inbox.accept(MessageArrived(waiting[0]), waiting[0].key)
            except StoreClosed:
                return
            self.taken[sender].append(waiting.pop(0))

    async def repeats(self, sender: str, number: int) -> None:
        """The source missed an answer, and brings a message again; it must not be taken."""
        if known := self.taken[sender]:
            message = known[number % len(known)]
            try:
                accepted = await self.inbox.accept(MessageArrived(message), message.key)
            except StoreClosed:
                return
            if accepted.is_new:
                self.doubled.append(message.key)

    async def does(self, command: Command, conversation: ConversationId) -> None:
        """An agent gives a command; what becomes of it comes with the steps."""
        self.commands += 1
        await self.inbox.submit(command, conversation, f"k{self.commands}{self.connection.url}{id(self)}")

    async def closes(self, conversation: ConversationId) -> None:
        """The time of a resolved conversation is up."""
        (found,) = await self.records.conversations([conversation])
        assert found is not None
        assert found.closes_at is not None
        await self.clock.advance(found.closes_at - self.clock.now())
        partition = partition_of(conversation)
        await Schedule(self.connection, self.clock).tick({partition: TOKEN})
        await self.settles()

    async def works(self, partition: int) -> bool:
        """The next event of the partition is decided and committed; False where there is none."""
        entries = await self.next_of(partition, keys.INBOUND)
        if not entries:
            return False
        (decided,) = await self.decider.decided({Held(partition, TOKEN): entries}, BOOKS)
        await self.committer.commit(decided.batch)
        return True

    async def runs(self, partition: int, *, dies: bool = False) -> bool:
        """The next errand of the partition is run, and removed unless the runner `dies` before; False without one."""
        entries = await self.next_of(partition, keys.ERRANDS)
        for identifier, fields in entries:
            name = wire.text(identifier)
            if dies:
                await self.errands._carried_out(f"{partition:02d}-{name}", wire.read_errand(fields))
            else:
                assert await self.errands._taken(Held(partition, TOKEN), name, fields)
        return bool(entries)

    async def busy(self) -> list[tuple[int, str]]:
        """The partitions with something to do, and which stream has it."""
        async with self.connection.commands.pipeline(transaction=False) as pipe:
            for partition in range(PARTITIONS):
                pipe.xlen(keys.key(partition, keys.INBOUND))
                pipe.xlen(keys.key(partition, keys.ERRANDS))
            found = await pipe.execute()
        names = (keys.INBOUND, keys.ERRANDS)
        return [(number // 2, names[number % 2]) for number, length in enumerate(found) if length]

    async def settles(self) -> None:
        """All steps that there are, until nothing is left to do and all that the sources had is taken."""
        for _ in range(2000):
            busy = await self.busy()
            for partition, name in busy:
                await (self.works(partition) if name == keys.INBOUND else self.runs(partition))
            if not busy:
                for sender in list(self.waiting):
                    await self.brings(sender)
                if not await self.busy():
                    return
        raise AssertionError("it never comes to an end")

    async def customer_of(self, sender: str) -> CustomerId | None:
        """Who the sender is by now."""
        kind, _, address = sender.partition(":")
        return await self.records.customer_of(Handle(kind, address))

    async def bound_to(self, sender: str) -> CustomerId | None:
        """The sender's own customer, whoever they are part of."""
        kind, _, address = sender.partition(":")
        found = await self.connection.commands.get(keys.handle(Handle(kind, address)))
        return CustomerId(wire.text(found)) if found else None

    async def open_of(self, sender: str) -> ConversationId | None:
        """The open conversation of the sender."""
        name = await self.customer_of(sender)
        found = await self.records.customer(name) if name else None
        return found.open_conversation if found else None

    async def timeline(self, name: ConversationId) -> list[TimelineEntry]:
        """The conversation's timeline."""
        return await self.records.timeline(name)

    async def next_of(self, partition: int, suffix: str) -> list[Entry]:
        """The first entry of a partition's stream, if it has one."""
        return await xrange(self.connection.commands, keys.key(partition, suffix), count=1)


@asynccontextmanager
async def stepper(url: str) -> AsyncIterator[Stepper]:
    """A core on the server at `url` that does nothing by itself."""
    connection, clock = Connection(url), HeldClock()
    for partition in range(PARTITIONS):
        await connection.commands.set(keys.key(partition, keys.LEASE), TOKEN)
    leases = Leases(connection, PARTITIONS, timedelta(seconds=5))
    try:
        yield Stepper(
            connection,
            clock,
            Inbox(connection, clock, patience=0.0),
            Records(connection, PARTITIONS),
            Decider(connection, clock, PARTITIONS, TEAMS, POLICY),
            Committer(connection),
            Errands(connection, clock, leases, PARTITIONS),
        )
    finally:
        await connection.close()
