"""The directory through the core: when it is asked, and what follows from its answer."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from router.core.context import Context
from router.core.directory import asked_anew
from router.core.facts import again
from router.core.step import Step
from router.model.commitment import DeadlineKind
from router.model.conversation import ConversationState
from router.model.customer import NOBODY, Customer, Evidence, Profile
from router.model.decision import Decision, EntryKind, Outcome, OutcomeKind
from router.model.errand import HandleSought
from router.model.event import (
    AddressGiven,
    Body,
    Claimed,
    Event,
    FactSet,
    HandleFound,
    MessageArrived,
    ReplyWritten,
    Resolved,
    Transferred,
)
from router.model.fact import Fact
from router.model.ids import AgentId, EventId
from router.model.message import Handle, MessageKind, Proof
from router.model.team import Priority
from tests.clock import MONDAY
from tests.core import ANA, BILLING, CARE, TEAMS, written
from tests.story import ADA, ASKING, BOB, CUSTOMERS, HOUR, MAILBOX, MINUTE, SALES, Story

GOLD = Profile(tier="gold", region="norte", attributes={"plan": "fibra"})


def test_a_first_message_is_routed_at_once_and_asked_about() -> None:
    story = Story()
    conversation = story.hears("Mi factura")
    # then nothing waits for the directory
    assert conversation.ownership.team == BILLING
    # and it is asked, with what rules saw, but the text that the timeline holds
    (look_up,) = story.look_ups
    assert (look_up.customer, look_up.handles, look_up.message) == (CUSTOMERS[ADA], (ADA,), "m0")
    assert again(look_up.seen, "Mi factura", "").channel == "webchat"
    assert "factura" not in look_up.seen


def test_it_is_asked_again_after_a_while_at_a_new_handle_and_at_each_conversation() -> None:
    story = Story()
    name = story.hears("Hola").id
    story.hears("¿Hay alguien?")
    assert len(story.look_ups) == 1
    story.now += HOUR
    story.hears("¿Hola?")
    assert len(story.look_ups) == 2
    # when it is taken up again, or begins anew
    story.happens(Resolved(ANA), name)
    story.hears("Sigue igual")
    assert len(story.look_ups) == 3
    # and when they write from elsewhere
    message = replace(written("Soy Ada", "email:ada@example.org", "x", story.now, channel="email"), proof=Proof.DKIM)
    story.customers[CUSTOMERS[BOB]] = story.customers[CUSTOMERS[ADA]]
    decision = story.happens(MessageArrived(replace(message, sender=BOB)))
    assert [look_up.handles for look_up in decision.look_ups] == [(BOB, ADA)]


def test_nobody_is_looked_for_by_an_address_that_was_only_typed() -> None:
    # given a visitor who types somebody's address
    story = Story()
    story.happens(AddressGiven(MAILBOX, ADA))
    # then the company's knowledge of that address is not theirs to bring up
    story.hears("Hola")
    assert story.look_ups[0].handles == (ADA,)


def test_whom_the_site_knows_is_looked_for_by_its_word() -> None:
    story = Story()
    site = Handle("site", "4711")
    message = replace(written("Hola", str(ADA)), proved=(site,))
    assert story.happens(MessageArrived(message)).look_ups[0].handles == (ADA, site)
    # and once it is linked, that is nothing new
    story.happens(HandleFound(Evidence.SITE, site), whose=CUSTOMERS[ADA])
    story.hears("¿Hay alguien?")
    assert len(story.look_ups) == 1


def test_who_is_who_changes_by_whom_they_are_looked_for() -> None:
    # given a customer who was looked for by the chat alone
    story = Story()
    name = story.hears("Hola").id
    # when a mailbox, which they had only typed, is proved to be theirs
    story.happens(AddressGiven(MAILBOX, ADA))
    decision = story.happens(HandleFound(Evidence.CODE, MAILBOX), whose=CUSTOMERS[ADA])
    assert [(look_up.handles, look_up.conversation) for look_up in decision.look_ups] == [((ADA, MAILBOX), name)]
    # and when it turns out to be somebody else's, then what was known by it is looked for without it
    known = story.customers[CUSTOMERS[ADA]]
    without = replace(known, links=tuple(link for link in known.links if link.handle != MAILBOX))
    step = Step(
        Event(EventId("1-0"), 7, story.now, Claimed(ANA)), Context(TEAMS, ASKING, known), story.book, MONDAY, None
    )
    (look_up,) = asked_anew(step, Decision(Outcome(OutcomeKind.DONE), customer=without)).look_ups
    assert look_up.handles == (ADA,)
    # and nothing is asked where nothing of it changes, or about whom is part of somebody else
    for same in (replace(known, name="Ada"), replace(without, part_of=CUSTOMERS[BOB])):
        assert asked_anew(step, Decision(Outcome(OutcomeKind.DONE), customer=same)).look_ups == ()


def test_handles_that_the_directory_names_are_looked_for_once_and_ask_nothing_anew() -> None:
    # given somebody who is known by what is proved, and whom the directory knows by more
    story = Story()
    story.hears("Hola")
    phone, on_x = Handle("phone", "+50761234567"), Handle("twitter", "@ada")
    decision = story.is_answered(story.look_ups[0], GOLD, "Hola", handles=(ADA, phone, on_x))
    # then whose these are is looked up, but for a name on X, which is no handle
    assert [errand.handle for errand in decision.errands if isinstance(errand, HandleSought)] == [phone]
    # and once one is found to be theirs, the directory has said already what it knows
    decision = story.happens(HandleFound(Evidence.DIRECTORY, phone), whose=CUSTOMERS[ADA])
    assert (decision.look_ups, story.customers[CUSTOMERS[ADA]].looked_up_by) == ((), (ADA, phone))


def test_an_account_that_an_agent_confirms_finds_them_at_once() -> None:
    story = Story()
    name = story.hears("Hola").id
    decision = story.happens(FactSet(ANA, "account", "00-1"), name)
    assert [(fact.kind, fact.value) for fact in decision.look_ups[0].facts] == [("account", "00-1")]
    # a name is nothing to look for
    assert story.happens(FactSet(ANA, "name", "Ada"), name).look_ups == ()


def test_who_writes_on_x_is_looked_for_by_number_and_by_name() -> None:
    story = Story()
    message = replace(written("Hola", str(ADA)), sender=Handle("twitter", "42"), author="Ada (@mal) (@ada_b)")
    CUSTOMERS[message.sender] = CUSTOMERS[ADA]
    try:
        decision = story.happens(MessageArrived(message))
    finally:
        del CUSTOMERS[message.sender]
    assert decision.look_ups[0].handles == (Handle("twitter", "42"), Handle("twitter", "@ada_b"))


def test_only_what_an_agent_confirmed_is_looked_for_beside_handles() -> None:
    story = Story()
    said, confirmed = Fact("account", "123"), Fact("identity", "8-1-2", confirmed_by=AgentId("ana"))
    story.customers[CUSTOMERS[ADA]] = replace(story.customers[CUSTOMERS[ADA]], facts=(said, confirmed))
    story.hears("Hola")
    assert story.look_ups[0].facts == (confirmed,)


def test_what_nobody_took_goes_where_it_would_have_gone() -> None:
    # given a new conversation that nobody took
    story = Story()
    name = story.hears("Mi factura").id
    story.now += 2 * MINUTE
    # when the directory says who it is
    story.is_answered(story.look_ups[0], GOLD, "Mi factura", entry="C-1", name="Ada Byron")
    after = story.known[name]
    # then the rules saw it, and the team that gets it has its own time, counted from the message
    assert (after.ownership.team, after.ownership.reason, after.state) == (SALES, "gold", ConversationState.NEW)
    assert "gold" in after.tags
    assert {each.target.kind: each.due_at for each in after.deadlines}[DeadlineKind.FIRST_REPLY] == MONDAY + 10 * MINUTE
    assert after.ladder is not None
    assert after.ladder.rule == "gold"
    # and the timeline tells what changed, where it went, and why
    told, moved, routed = story.decisions[-1].entries
    assert told.kind is EntryKind.DIRECTORY
    assert told.detail == {"tier": "gold", "region": "norte", "attributes.plan": "fibra"}
    assert (moved.kind, moved.detail["to"], routed.kind, routed.message) == ("transferred", SALES, "routed", "m0")
    assert '"tier":"gold"' in routed.detail["facts"]
    known = story.customers[CUSTOMERS[ADA]]
    assert (known.profile, known.name) == (GOLD, "Ada Byron")
    assert known.listing
    assert known.listing.entry == "C-1"


@pytest.mark.parametrize(
    "act", [Claimed(ANA), ReplyWritten(ANA, "Hola"), Transferred(ANA, BILLING)], ids=["claim", "reply", "transfer"]
)
def test_what_somebody_works_on_stays_with_them(act: Body) -> None:
    story = Story()
    name = story.hears("Hola").id
    story.now += MINUTE
    story.happens(act, name)
    before = story.known[name]
    story.is_answered(story.look_ups[0], GOLD, "Hola")
    after = story.known[name]
    # then only tags, and what else any message may give
    assert (after.ownership, after.assignee, after.state) == (before.ownership, before.assignee, before.state)
    assert "gold" in after.tags


def test_a_rule_that_may_take_it_does() -> None:
    story = Story()
    name = story.hears("Hola").id
    story.happens(Claimed(ANA), name)
    story.is_answered(story.look_ups[0], Profile(tier="basic"), "quiero darme de baja")
    assert story.known[name].ownership.team == SALES


def test_a_reopening_is_not_played_again_over_an_agents_head() -> None:
    # given a rule about reopened conversations that has moved one, and an agent who moved it back
    story = Story()
    name = story.hears("Hola").id
    story.happens(Resolved(ANA), name)
    story.hears("darme de baja")
    story.happens(Transferred(ANA, CARE), name)
    look_up = story.look_ups[-1]
    assert '"is_reopened":true' in look_up.seen
    # when the directory answers, then rules see what is, not what was
    story.is_answered(look_up, GOLD, "")
    assert '"is_reopened"' not in story.decisions[-1].entries[-1].detail["facts"]
    assert story.known[name].ownership.team == CARE


def test_the_same_answer_changes_nothing_but_when_it_was_said() -> None:
    story = Story()
    name = story.hears("Hola").id
    story.is_answered(story.look_ups[0], GOLD, "Hola")
    revision = story.known[name].revision
    story.now += HOUR
    story.hears("¿Hola?")
    decision = story.is_answered(story.look_ups[1], GOLD, "¿Hola?")
    assert decision.conversation is None
    assert decision.customer
    assert decision.customer.listing
    assert decision.customer.listing.at == story.now
    assert story.known[name].revision == revision + 1


def test_an_answer_from_before_a_newer_one_says_nothing() -> None:
    story = Story()
    story.hears("Hola")
    story.is_answered(story.look_ups[0], GOLD, "Hola")
    decision = story.is_answered(story.look_ups[0], NOBODY, "Hola", at=story.now - MINUTE)
    assert (decision.conversation, decision.customer) == (None, None)


def test_who_was_erased_meanwhile_does_not_come_back() -> None:
    story = Story()
    name = story.hears("Hola").id
    del story.known[name]
    story.customers[CUSTOMERS[ADA]] = Customer(CUSTOMERS[ADA])
    decision = story.is_answered(story.look_ups[0], GOLD, "Hola", name="Ada Byron")
    assert (decision.conversation, decision.customer) == (None, None)


def test_who_became_part_of_somebody_stays_as_they_were() -> None:
    story = Story()
    story.hears("Hola")
    frozen = replace(story.customers[CUSTOMERS[ADA]], part_of=CUSTOMERS[BOB])
    story.customers[CUSTOMERS[ADA]] = frozen
    decision = story.is_answered(story.look_ups[0], GOLD, "Hola")
    assert (decision.conversation, decision.customer) == (None, None)


def test_what_is_resolved_stays_and_the_customer_is_known_all_the_same() -> None:
    story = Story()
    name = story.hears("Hola").id
    story.happens(Resolved(ANA), name)
    decision = story.is_answered(story.look_ups[0], GOLD, "Hola")
    assert decision.conversation is None
    assert story.customers[CUSTOMERS[ADA]].profile == GOLD


def test_its_facts_take_the_place_of_those_before_and_of_what_was_only_said() -> None:
    story = Story()
    said, confirmed = Fact("account", "7"), Fact("phone", "+50761234567", confirmed_by=AgentId("ana"))
    story.customers[CUSTOMERS[ADA]] = replace(story.customers[CUSTOMERS[ADA]], facts=(said, confirmed))
    story.hears("Hola")
    facts = (Fact("account", "7"), Fact("phone", "+50761234567"), Fact("address", "Calle 1"))
    story.is_answered(story.look_ups[0], GOLD, "Hola", facts=facts)
    known = story.customers[CUSTOMERS[ADA]].facts
    assert [(fact.kind, fact.source, fact.confirmed_by) for fact in known] == [
        ("phone", "", "ana"),
        ("account", "directory", None),
        ("address", "directory", None),
    ]
    # when it says it again later, they are as old as before; what it no longer says is gone
    story.now += HOUR
    story.is_answered(story.look_ups[0], GOLD, "Hola", facts=facts[:1])
    account = story.customers[CUSTOMERS[ADA]].facts[-1]
    assert (account.kind, account.at) == ("account", MONDAY)
    assert len(story.customers[CUSTOMERS[ADA]].facts) == 2


def test_followers_that_only_the_channel_tells_stay() -> None:
    story = Story()
    story.hears("Hola")
    seen = '{"channel":"twitter","customer":{"followers":9000}}'
    look_up = replace(story.look_ups[0], seen=seen)
    story.is_answered(look_up, GOLD, "Hola")
    assert '"followers":9000' in story.decisions[-1].entries[-1].detail["facts"]


def test_a_machines_mail_is_owed_nothing_for_it() -> None:
    story = Story()
    name = story.hears("Aviso", BOB, kind=MessageKind.AUTO_REPLY).id
    story.is_answered(story.look_ups[0], GOLD, "Aviso")
    assert (story.known[name].ownership.team, story.known[name].deadlines) == (SALES, ())


def test_a_late_answer_is_late_for_its_team_too() -> None:
    story = Story()
    name = story.hears("Hola").id
    story.passes(3 * HOUR)
    story.is_answered(story.look_ups[0], GOLD, "Hola")
    story.passes(timedelta())
    assert [deadline.missed_at for deadline in story.known[name].deadlines] == [story.now]
    # and the ladder goes up from now on: that team could not have acted before
    story.passes(5 * MINUTE)
    assert story.known[name].priority is Priority.HIGH
