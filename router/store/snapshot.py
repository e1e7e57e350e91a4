"""The records that a batch of events is about: later events of the batch see what the earlier ones made."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from router.model.conversation import Conversation
from router.model.customer import Customer
from router.model.decision import Decision
from router.model.event import Event
from router.model.ids import ConversationId, CustomerId
from router.store import keys
from router.store.commit import Batch
from router.store.records import Records


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

    async def _read_customers(self, records: Records, wanted: Iterable[CustomerId]) -> None:
        missing = [name for name in dict.fromkeys(wanted) if keys.customer(name) not in self.revisions]
        for name, customer in zip(missing, await records.customers(missing) if missing else (), strict=True):
            self.revisions[keys.customer(name)] = customer.revision if customer else 0
            if customer:
                self.customers[name] = customer

    async def _read_conversations(self, records: Records, wanted: Iterable[ConversationId]) -> None:
        missing = [name for name in dict.fromkeys(wanted) if keys.conversation(name) not in self.revisions]
        for name, conversation in zip(missing, await records.conversations(missing) if missing else (), strict=True):
            self.revisions[keys.conversation(name)] = conversation.revision if conversation else 0
            if conversation:
                self.conversations[name] = conversation


async def snapshot_for(records: Records, events: Iterable[Event]) -> Snapshot:
    """All records that `events` of one partition may need, read in at most four steps."""
    events = list(events)
    found = Snapshot()
    await found._read_customers(records, (event.customer for event in events if event.customer))
    named = [event.conversation for event in events if event.conversation]
    pointed = [customer.open_conversation for customer in found.customers.values() if customer.open_conversation]
    await found._read_conversations(records, [*named, *pointed])
    await found._read_customers(records, [conversation.customer for conversation in found.conversations.values()])
    return found
