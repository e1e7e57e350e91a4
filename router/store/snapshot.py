"""The records that a batch of events is about: later events of the batch see what the earlier ones made."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from router.model.conversation import Conversation
from router.model.customer import Customer
from router.model.decision import Decision
from router.model.event import Event, PartArrived, PartLeaves, PartTaken
from router.model.ids import ConversationId, CustomerId
from router.model.timeline import TimelineEntry
from router.store import keys, wire
from router.store.commit import Batch
from router.store.connection import Call, Connection, Script, lua

# What is decided upon a whole timeline.
WITH_STORY = (PartArrived, PartLeaves, PartTaken)
Names = tuple[tuple[CustomerId, ...], tuple[ConversationId, ...]]


@dataclass(slots=True)
class Snapshot:
    """Customers and conversations, with the revision that each was read at (0 for what is not there yet)."""

    customers: dict[CustomerId, Customer] = field(default_factory=dict)
    conversations: dict[ConversationId, Conversation] = field(default_factory=dict)
    revisions: dict[str, int] = field(default_factory=dict)
    stories: dict[ConversationId, list[TimelineEntry]] = field(default_factory=dict)

    def conversation_of(self, event: Event) -> Conversation | None:
        """The conversation that `event` names, or the open one of its customer."""
        if event.conversation:
            return self.conversations.get(event.conversation)
        customer = self.customers.get(event.customer) if event.customer else None
        return self.conversations.get(customer.open_conversation) if customer and customer.open_conversation else None

    def customer_of(self, event: Event) -> Customer | None:
        """The customer whom `event` is about; one who was never committed begins here."""
        if event.customer:
            return self.customers.get(event.customer) or Customer(event.customer)
        conversation = self.conversation_of(event)
        return self.customers.get(conversation.customer) if conversation else None

    def apply(self, decision: Decision) -> None:
        """Let the batch's later events see what `decision` made."""
        if decision.customer:
            self.customers[decision.customer.id] = decision.customer
        if decision.conversation:
            name = decision.conversation.id
            if decision.story is not None:
                self.stories[name] = list(decision.story)
            elif name not in self.conversations:
                self.stories[name] = []
            self.conversations[name] = decision.conversation
            if name in self.stories:
                self.stories[name] += decision.entries

    def story_of(self, event: Event) -> tuple[TimelineEntry, ...]:
        """The timeline of the conversation that `event` is about, where it is one that needs it."""
        conversation = self.conversation_of(event) if isinstance(event.body, WITH_STORY) else None
        return tuple(self.stories.get(conversation.id, ())) if conversation else ()

    def learn(
        self,
        customers: Iterable[CustomerId],
        conversations: Iterable[ConversationId],
        people: Sequence[bytes],
        stories: Sequence[bytes],
    ) -> None:
        """Take in what a look for `customers` and `conversations` found: ids and records of both, in turn."""
        self.revisions |= dict.fromkeys(map(keys.customer, customers), 0)
        self.revisions |= dict.fromkeys(map(keys.conversation, conversations), 0)
        for data in people[1::2]:
            customer = wire.decode(Customer, data)
            self.customers[customer.id] = customer
            self.revisions[keys.customer(customer.id)] = customer.revision
        for data in stories[1::2]:
            conversation = wire.decode(Conversation, data)
            self.conversations[conversation.id] = conversation
            self.revisions[keys.conversation(conversation.id)] = conversation.revision

    def missing(self) -> Names:
        """The customers and conversations that those read lead to and that were not looked for yet."""
        owners = {conversation.customer for conversation in self.conversations.values()}
        pointed = {customer.open_conversation for customer in self.customers.values()}
        customers = tuple(name for name in owners if keys.customer(name) not in self.revisions)
        conversations = (name for name in pointed if name and keys.conversation(name) not in self.revisions)
        return customers, tuple(conversations)

    def note(self, batch: Batch) -> None:
        """Tell `batch` at which revisions its records were read."""
        for suffix, revision in self.revisions.items():
            batch.read(suffix, revision)


class Snapshots:
    """Reads the records that events of one partition are about."""

    def __init__(self, connection: Connection) -> None:
        self._redis = connection.commands
        self._read = Script(connection, lua("read"))

    async def of(self, partition: int, events: Sequence[Event]) -> Snapshot:
        """All records that `events` of one partition may need."""
        return (await self.of_each([(partition, events)]))[0]

    async def of_each(self, wanted: Sequence[tuple[int, Sequence[Event]]]) -> list[Snapshot]:
        """For each partition and its events all records that these may need.

        In one look, where the records tell in a field of their own who belongs together; older ones take more.
        """
        found = [Snapshot() for _ in wanted]
        asked = {number: named_by(events) for number, (_, events) in enumerate(wanted) if events}
        while asked:
            calls = [_call(wanted[number][0], *names) for number, names in asked.items()]
            for (number, names), answer in zip(asked.items(), await self._read.each(calls), strict=True):
                if isinstance(answer, Exception):
                    raise answer
                found[number].learn(*names, *answer)
            asked = {number: names for number in asked if any(names := found[number].missing())}
        for snapshot, (partition, events) in zip(found, wanted, strict=True):
            await self._read_stories(snapshot, partition, events)
        return found

    async def _read_stories(self, snapshot: Snapshot, partition: int, events: Sequence[Event]) -> None:
        """Add the timelines for events that join or part two: what is told there later has a later revision."""
        for event in events:
            conversation = snapshot.conversation_of(event) if isinstance(event.body, WITH_STORY) else None
            if conversation and conversation.id not in snapshot.stories:
                raw: Any = await self._redis.lrange(keys.key(partition, keys.timeline(conversation.id)), 0, -1)
                snapshot.stories[conversation.id] = [wire.decode(TimelineEntry, entry) for entry in raw]


def named_by(events: Iterable[Event]) -> Names:
    """The customers and the conversations that `events` name."""
    events = list(events)
    customers = dict.fromkeys(event.customer for event in events if event.customer)
    return tuple(customers), tuple(dict.fromkeys(event.conversation for event in events if event.conversation))


def _call(partition: int, customers: Sequence[CustomerId], conversations: Sequence[ConversationId]) -> Call:
    return [keys.key(partition, keys.LEASE)], len(customers), *customers, *conversations
