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
    `name`, and `is_free_only` says that this agent may not link what is another's. `message` is
    the key of the message that tells it, where one does.
    """

    customer: CustomerId
    evidence: Evidence
    handle: Handle | None = None
    conversation: ConversationId | None = None
    by: AgentId | None = None
    name: str = ""
    is_free_only: bool = False
    message: str = ""


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


class HandedOn(Value, frozen=True, tag="handed_on"):
    """`handle` is no longer `former`'s, if it was, but `customer`'s."""

    customer: CustomerId
    former: CustomerId
    handle: Handle


Run = HandleSought | PartSent | HandedOn
"""Those that need more than to be told."""

Errand = Told | Run
