"""The records that a batch of events is about: later events of the batch see what the earlier ones made."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from router.model.conversation import Conversation
from router.model.customer import Customer
from router.model.decision import Decision
from router.model.event import Event
from router.model.ids import ConversationId, CustomerId
from router.store import keys, wire
from router.store.commit import Batch
from router.store.connection import Connection, Script, lua


@dataclass(slots=True)
class Snapshot:
    """Customers and conversations, with the revision that each was read at (0 for what is not there yet)."""

    customers: dict[CustomerId, Customer] = field(default_factory=dict)
    conversations: dict[ConversationId, Conversation] = field(default_factory=dict)
    revisions: dict[str, int] = field(default_factory=dict)

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
            self.conversations[decision.conversation.id] = decision.conversation

    def note(self, batch: Batch) -> None:
        """Tell `batch` at which revisions its records were read."""
        for suffix, revision in self.revisions.items():
            batch.read(suffix, revision)


class Snapshots:
    """Reads the records that events of one partition are about."""

    def __init__(self, connection: Connection) -> None:
        self._read = Script(connection, lua("read"))

    async def of(self, partition: int, events: Iterable[Event]) -> Snapshot:
        """All records that `events` may need, in one look where the records tell who belongs together."""
        events = list(events)
        found = Snapshot()
        customers = [event.customer for event in events if event.customer]
        conversations = [event.conversation for event in events if event.conversation]
        while customers or conversations:
            await self._look(found, partition, customers, conversations)
            # Records from before they told it in a field of their own tell it in themselves.
            pointed = (customer.open_conversation for customer in found.customers.values())
            conversations = [name for name in pointed if name and keys.conversation(name) not in found.revisions]
            owners = (conversation.customer for conversation in found.conversations.values())
            customers = [name for name in owners if keys.customer(name) not in found.revisions]
        return found

    async def _look(
        self,
        found: Snapshot,
        partition: int,
        customers: Sequence[CustomerId],
        conversations: Sequence[ConversationId],
    ) -> None:
        customers, conversations = tuple(dict.fromkeys(customers)), tuple(dict.fromkeys(conversations))
        lease = keys.key(partition, keys.LEASE)
        people, stories = await self._read([lease], len(customers), *customers, *conversations)
        found.revisions |= dict.fromkeys(map(keys.customer, customers), 0)
        found.revisions |= dict.fromkeys(map(keys.conversation, conversations), 0)
        for data in people[1::2]:
            customer = wire.decode(Customer, data)
            found.customers[customer.id] = customer
            found.revisions[keys.customer(customer.id)] = customer.revision
        for data in stories[1::2]:
            conversation = wire.decode(Conversation, data)
            found.conversations[conversation.id] = conversation
            found.revisions[keys.conversation(conversation.id)] = conversation.revision
