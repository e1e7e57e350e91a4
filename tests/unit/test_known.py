"""What is known of a customer and of their matter: kept from what they say, and told in one list."""

from datetime import timedelta

from router.core.known import known_facts
from router.model.conversation import Conversation, ConversationState, ReplyTarget
from router.model.customer import Customer, Link, LinkKind
from router.model.fact import Fact
from router.model.ids import AgentId, ConversationId, CustomerId
from router.model.message import ChannelName, Handle, Proof
from router.model.team import Ownership
from tests.clock import MONDAY
from tests.core import CARE

ANAS, MARIOS = Handle("email", "Ana@example.org"), Handle("phone", "+50761234567")
HOUR = timedelta(hours=1)


def conversation(**known: object) -> Conversation:
    """A conversation with the given fields."""
    owner = Ownership(CARE, MONDAY, "default")
    fields = {"state": ConversationState.OPEN, "created_at": MONDAY, "updated_at": MONDAY, "ownership": owner, **known}
    return Conversation(ConversationId("c-07-1"), CustomerId("u-07-1"), **fields)  # type: ignore[arg-type]


def told(customer: Customer | None, matter: Conversation | None) -> list[tuple[str, str, str]]:
    """Kind, value and sort of each fact that is known."""
    return [(str(fact.kind), fact.value, fact.sort) for fact in known_facts(customer, matter)]


def test_all_that_is_known_is_in_one_list_the_latest_first() -> None:
    # given a customer who said two things, gave an address, and writes from a mailbox of theirs
    said = (Fact("plan", "fibra 300", at=MONDAY), Fact("name", "Ana Ruiz", at=MONDAY + HOUR))
    links = (Link(ANAS, LinkKind.VERIFIED, MONDAY), Link(MARIOS, LinkKind.CLAIMED, MONDAY))
    customer = Customer(CustomerId("u-07-1"), name="ana", links=links, facts=said)
    matter = conversation(
        known=(Fact("tried", "restarted_modem", at=MONDAY + 2 * HOUR),),
        address=Handle("email", "ana@work.example"),
        customer_name="Ana R.",
    )
    # then all of it is known, and what somebody only claims to be theirs is not
    assert told(customer, matter) == [
        ("tried", "restarted_modem", ""),
        ("name", "Ana Ruiz", ""),
        ("plan", "fibra 300", ""),
        ("email", "ana@work.example", "handle"),
        ("email", "ana@example.org", "handle"),
        ("name", "Ana R.", "channel"),
    ]
    assert told(None, None) == []


def test_where_they_write_from_need_not_be_asked() -> None:
    target = ReplyTarget(ChannelName("phone"), "main", MARIOS, Proof.NONE, MONDAY)
    assert told(None, conversation(targets=(target,))) == [("phone", "+50761234567", "handle")]


def test_what_may_be_somebody_elses_is_held_against_nobody_until_an_agent_says_so() -> None:
    others = Fact("phone", "61112222", of_other=True, at=MONDAY)
    claimed = Fact("identity", "8-765-4321", is_claimed=True, at=MONDAY)
    confirmed = Fact("account", "445566", is_claimed=True, at=MONDAY, confirmed_by=AgentId("ana"), confirmed_at=MONDAY)
    customer = Customer(CustomerId("u-07-1"), facts=(others, claimed, confirmed))
    assert told(customer, None) == [("account", "445566", "")]
