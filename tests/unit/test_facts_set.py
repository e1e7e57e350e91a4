"""What customers say is kept with whom it belongs to, and agents confirm, correct, add and take away."""

import pytest
from msgspec.structs import replace

from router.core.facts_kept import found
from router.core.known import known_facts
from router.model.conversation import Conversation
from router.model.decision import EntryKind
from router.model.event import FactDropped, FactSet, MessageArrived, Resolved, Transferred
from router.model.fact import Fact
from router.model.message import ChannelName, Handle, Proof
from tests.core import ANA, BETO, BILLING, CARE, written
from tests.story import ADA, BOB, CUSTOMERS, DAY, Story

CEDULA = Fact("identity", "8-765-4321", "cedula-pa", "8-765-4321", 0, 10)
RESTARTED = Fact("tried", "restarted_modem", phrase="reinicié el módem", is_open=True)


def hears(story: Story, *facts: Fact, sender: Handle = ADA, proof: Proof = Proof.NONE, **more: object) -> Conversation:
    """The conversation once it holds a message that tells `facts`."""
    channel = ChannelName("webchat" if sender == ADA else "email")
    key = f"m{len(story.decisions)}"
    facts = tuple(replace(fact, source=key, at=story.now) for fact in facts)
    message = written("Hola", str(sender), key, story.now, channel=channel)
    story.happens(MessageArrived(replace(message, facts=facts, proof=proof, **more)))
    name = story.customers[CUSTOMERS[sender]].open_conversation
    assert name
    return story.known[name]


def of(story: Story, sender: Handle = ADA) -> tuple[Fact, ...]:
    """What is kept of a customer."""
    return story.customers[CUSTOMERS[sender]].facts


def told(story: Story) -> dict[str, str]:
    """What the latest entry of its kind tells."""
    return dict(story.entries(EntryKind.FACT)[-1].detail)


def test_who_they_are_stays_and_what_was_tried_belongs_to_the_matter() -> None:
    # given a customer who said both, and a transfer
    story = Story()
    conversation = hears(story, CEDULA, RESTARTED)
    story.happens(Transferred(ANA, BILLING, "es de ustedes"), conversation.id)
    # then the next team finds both
    assert [fact.value for fact in of(story)] == ["8-765-4321"]
    assert [fact.value for fact in story.known[conversation.id].known] == ["restarted_modem"]
    # and when the customer comes back about another matter, who they are is known, and nothing was tried
    story.happens(Resolved(ANA), conversation.id)
    story.passes(30 * DAY)
    another = hears(story)
    assert another.id != conversation.id
    assert ([fact.value for fact in of(story)], another.known) == (["8-765-4321"], ())


@pytest.mark.parametrize(
    ("proof", "is_doubtful", "is_theirs"),
    [(Proof.DKIM, False, True), (Proof.NONE, False, False), (Proof.DKIM, True, False)],
)
def test_what_a_mail_says_is_the_customers_once_it_is_known_that_they_wrote_it(
    proof: Proof, is_doubtful: bool, is_theirs: bool
) -> None:
    story = Story()
    conversation = hears(story, CEDULA, sender=BOB, proof=proof, is_doubtful=is_doubtful)
    customer = story.customers[CUSTOMERS[BOB]]
    assert found(known_facts(customer, conversation), "identity", "8-765-4321") == (
        of(story, BOB)[0] if is_theirs else None
    )
    # or until an agent says so
    story.happens(FactSet(ANA, "identity", "8-765-4321"), conversation.id)
    (fact,) = of(story, BOB)
    assert (fact.confirmed_by, fact.is_claimed, fact.source) == (ANA.id, False, "m0")


def test_an_agent_confirms_corrects_adds_and_takes_away() -> None:
    story = Story()
    conversation = hears(story, CEDULA)
    # when Ana confirms it, then the timeline tells so, without the number
    story.happens(FactSet(ANA, "identity", "8-765-4321"), conversation.id)
    assert told(story) == {"kind": "identity", "value": "****4321", "how": "confirmed"}
    # when she corrects it, then the other one is gone, and where it was said is still known
    story.happens(FactSet(ANA, "identity", "8 765 4322", instead_of="8-765-4321"), conversation.id)
    assert told(story) == {"kind": "identity", "value": "****4322", "was": "****4321", "how": "corrected"}
    assert [(fact.value, fact.source, fact.sort) for fact in of(story)] == [("8-765-4322", "m0", "cedula-pa")]
    # when she adds what was tried, then it is the matter's
    story.happens(FactSet(ANA, "tried", "changed_cable"), conversation.id)
    assert told(story) == {"kind": "tried", "value": "changed_cable", "how": "added"}
    assert [fact.value for fact in story.known[conversation.id].known] == ["changed_cable"]
    # and what she takes away is gone
    story.happens(FactDropped(ANA, "identity", "8-765-4322"), conversation.id)
    assert told(story) == {"kind": "identity", "value": "****4322", "how": "dropped"}
    assert of(story) == ()


def test_a_colleagues_reply_is_not_held_up_by_what_the_card_shows() -> None:
    story = Story()
    conversation = hears(story, CEDULA)
    story.happens(FactSet(ANA, "identity", "8-765-4321"), conversation.id)
    assert story.known[conversation.id].story_revision == conversation.story_revision


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (FactSet(ANA, "identity", "8-1-1", instead_of="8-2-2"), "no_such_fact"),
        (FactDropped(ANA, "identity", "8-1-1"), "no_such_fact"),
        (FactSet(ANA, "plan", "  "), "empty_fact"),
        (FactSet(ANA, "plan", "x" * 301), "bad_fact"),
        (FactSet(ANA, "email", "ana at home"), "bad_fact"),
        (FactSet(ANA, "phone", "call me"), "bad_fact"),
        (FactSet(ANA, "account", "4111 1111 1111 1111"), "no_cards"),
        (FactSet(ANA, "Plan B", "fibra"), "unknown_fact_kind"),
        (FactSet(BETO, "plan", "fibra"), "not_your_team"),
    ],
)
def test_what_can_be_no_fact_is_refused(command: FactSet | FactDropped, reason: str) -> None:
    story = Story()
    conversation = hears(story, CEDULA)
    assert conversation.ownership.team == CARE
    decision = story.happens(command, conversation.id)
    assert (decision.outcome.reason, decision.conversation) == (reason, None)
    # and a confirmed one is not confirmed again
    story.happens(FactSet(ANA, "identity", "8-765-4321"), conversation.id)
    again = story.happens(FactSet(ANA, "identity", "8-765-4321"), conversation.id)
    assert again.outcome.reason == "fact_confirmed"


def test_an_agent_may_write_it_in_another_way() -> None:
    # given a phone that the customer gave
    story = Story()
    conversation = hears(story, Fact("email", "ana@example.org"))
    # when Ana writes the same with capitals, then that one is confirmed
    story.happens(FactSet(ANA, "email", "Ana@Example.org"), conversation.id)
    assert [(fact.value, fact.confirmed_by) for fact in of(story)] == [("ana@example.org", ANA.id)]
