"""What is known of a customer and of their matter: kept from what they say, and told in one list."""

from collections import Counter
from datetime import timedelta

from router.core.facts_kept import MOST, MOST_OF_A_KIND, found, with_facts
from router.core.known import known_facts, latest_first
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


def said(kind: str, value: str, hour: int = 0, **more: object) -> Fact:
    """A fact that was said at that hour."""
    return Fact(kind, value, at=MONDAY + hour * HOUR, **more)  # type: ignore[arg-type]


def values(facts: tuple[Fact, ...]) -> list[str]:
    """The facts' values, the latest last."""
    return [fact.value for fact in facts]


def with_fact(facts: tuple[Fact, ...], fact: Fact) -> tuple[Fact, ...]:
    """`facts` with one more."""
    return with_facts(facts, (fact,))


def test_a_newer_value_stands_beside_the_older_one() -> None:
    facts = with_fact(with_fact((), said("name", "Ana")), said("name", "Ana Ruiz", 1))
    assert values(facts) == ["Ana", "Ana Ruiz"]
    assert [fact.value for fact in latest_first(facts)] == ["Ana Ruiz", "Ana"]
    # what is said again is there once, as it was said last
    again = with_fact(facts, said("name", "Ana", 2, source="m3"))
    assert values(again) == ["Ana Ruiz", "Ana"]
    assert again[-1].source == "m3"


def test_what_an_agent_confirmed_is_not_pushed_out_by_what_is_only_said() -> None:
    # given a confirmed plan, and many that the customer speaks of afterwards
    facts = with_fact((), said("plan", "fibra 300", confirmed_by=AgentId("ana"), confirmed_at=MONDAY))
    for number in range(20):
        facts = with_fact(facts, said("plan", f"plan {number}", number + 1))
    # then the latest of them stand beside it
    assert values(facts) == ["fibra 300", "plan 16", "plan 17", "plan 18", "plan 19"]
    # and said once more it is as sure as it was
    assert with_fact(facts, said("plan", "fibra 300", 30))[-1].confirmed_by == "ana"


def test_there_are_never_too_many() -> None:
    facts: tuple[Fact, ...] = ()
    for kind in range(30):
        for number in range(10):
            facts = with_fact(facts, said(f"kind{kind}", str(number), kind))
    assert len(facts) == MOST
    assert max(Counter(fact.kind for fact in facts).values()) == MOST_OF_A_KIND


def test_who_may_not_be_the_customer_changes_nothing_that_the_customer_said() -> None:
    # given a phone that the customer gave, and five more for which nobody vouches, one of them the same
    facts = with_fact((), said("phone", "+50761234567", source="m1"))
    for number in range(10):
        facts = with_fact(facts, said("phone", f"+5076000000{number}", 1, is_claimed=True))
    facts = with_fact(facts, said("phone", "+50761234567", 2, is_claimed=True, source="forged"))
    # then theirs is as it was, and they are kept apart
    assert found(facts, "phone", "+50761234567") == said("phone", "+50761234567", source="m1")
    assert latest_first(facts)[0].value == "+50761234567"
    # and once the customer says one of the others, it is theirs
    assert not with_fact(facts, said("phone", "+50760000009", 3))[-1].is_claimed
