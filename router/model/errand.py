"""Errands: what one customer's decision owes to another place, a handle's or another customer's.

They are written with all else that a decision brings, and run in order, one by one, once it is committed: each comes to
an event for a customer, which is taken once however often it is brought (docs/decisions/0035).
"""

from router.model.conversation import Conversation
from router.model.customer import Customer, Evidence, Wish
from router.model.event import Identity, Passed
from router.model.ids import AgentId, ConversationId, CustomerId
from router.model.message import Handle
from router.model.value import Value


class HandleSought(Value, frozen=True, tag="sought"):
    """Whose is `handle`, or who has `conversation`? Asked for `customer`, who is told it by a HandleFound.

    A handle that nobody has becomes theirs, where the `evidence` verifies. `by` is the agent who said so, under their
    `name`, and `is_free_only` says that this agent may not link what is another's.
    """

    customer: CustomerId
    evidence: Evidence
    handle: Handle | None = None
    conversation: ConversationId | None = None
    by: AgentId | None = None
    name: str = ""
    is_free_only: bool = False


class Told(Value, frozen=True):
    """Something that `customer` has to be told."""

    customer: CustomerId
    body: Identity | Passed


class PartSent(Value, frozen=True, tag="part"):
    """The frozen `customer` and their conversation, for `into` whom they become a part; its timeline is added."""

    into: CustomerId
    customer: Customer
    wish: Wish
    conversation: Conversation | None = None


class HandleLoosed(Value, frozen=True, tag="loosed"):
    """`handle` is `customer`'s no longer: it gets a customer of its own, who knows what it brought before."""

    customer: CustomerId
    handle: Handle


Run = HandleSought | PartSent | HandleLoosed
"""Those that need more than to be told."""

Errand = Told | Run
