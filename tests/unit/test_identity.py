"""Who is who, decided: what a handle that was found comes to, who may say what, and which of two stays."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from router.core.context import Context
from router.core.decide import decide
from router.core.identity.finding import sought_as_listed
from router.core.identity.merging import WISHES_KEPT
from router.core.identity.telling import differ, identities, is_second_elder
from router.core.identity.timelines import merged, moved_here, of_part
from router.core.identity.together import both
from router.core.step import Step
from router.model.conversation import SUGGESTIONS_KEPT, ConversationState, Doubt, Suggestion
from router.model.customer import (
    Customer,
    Evidence,
    Left,
    Link,
    LinkKind,
    Listing,
    Part,
    Standing,
    Wish,
    with_contact,
    with_evidence,
)
from router.model.decision import Decision, MovingState, Outcome, OutcomeKind
from router.model.errand import HandedOn, HandleSought, PartSent, Run, Told
from router.model.errors import NewerVersion, PermanentError
from router.model.event import (
    AddressGiven,
    BecamePart,
    Body,
    DirectoryAnswered,
    Event,
    Found,
    HandleFound,
    Linked,
    MergeAsked,
    MergeOff,
    MessageArrived,
    PartingAsked,
    PartReturned,
    PartSettled,
    Passed,
    ReplyWritten,
    StillAwaited,
    SuggestionDropped,
    TimerKind,
    Unlinked,
)
from router.model.fact import Fact, FactKind
from router.model.ids import AgentId, ConversationId, CustomerId, EventId, MessageId
from router.model.message import ChannelName, Handle, OutboundMessage
from router.model.team import Agent
from router.model.timeline import EntryKind, TimelineEntry
from router.store import wire
from tests.clock import MONDAY
from tests.core import ANA, CARE, POLICY, TEAMS, written
from tests.story import ADA, BOB, BOOK, CUSTOMERS, MAILBOX, Story

CARO = Agent(AgentId("caro"), "Caro", frozenset({CARE}))
OTHER = CustomerId("u-03-other")
THEIRS = ConversationId("c-03-theirs")
CEDULA = Fact(FactKind.IDENTITY, "8-123-4567", "cedula", proved=True)
OTHERS = (("cedula", "8-999-1111"),)
SURE = Found(OTHER, is_verified=True, conversation=THEIRS, team="billing")


def found(story: Story, evidence: Evidence, who: Found | None = SURE, **more: bool) -> Decision:
    """What follows where ADA's MAILBOX was found to be theirs, or `who`'s."""
    body = HandleFound(evidence, MAILBOX, found=who, is_free_only=more.get("is_free_only", False))
    return story.happens(body, whose=CUSTOMERS[ADA])


@pytest.mark.parametrize("evidence", [each for each in Evidence if each.verifies])
def test_a_handle_that_nobody_had_is_linked_by_what_speaks_for_it(evidence: Evidence) -> None:
    story = Story()
    story.hears("Hola")
    found(story, evidence, None)
    link = next(link for link in story.customers[CUSTOMERS[ADA]].links if link.handle == MAILBOX)
    assert (link.kind, link.evidence) == (LinkKind.VERIFIED, evidence)
    assert [entry.detail["evidence"] for entry in story.entries(EntryKind.LINKED)] == [evidence]
    # The same once more is nothing new.
    assert found(story, evidence, None).conversation is None


def test_what_somebody_only_typed_links_nothing() -> None:
    story = Story()
    story.hears("Hola")
    assert found(story, Evidence.WRITTEN, None).conversation is None
    assert [link.handle for link in story.customers[CUSTOMERS[ADA]].links] == [ADA]


@pytest.mark.parametrize(
    ("evidence", "who", "is_one"),
    [
        (Evidence.CODE, SURE, True),
        (Evidence.SITE, SURE, True),
        (Evidence.WRITTEN, SURE, False),
        (Evidence.CODE, replace(SURE, is_verified=False), False),
        (Evidence.CODE, replace(SURE, identities=OTHERS), False),
        (Evidence.AGENT, replace(SURE, identities=OTHERS, is_verified=False), True),
    ],
)
def test_two_are_one_by_themselves_only_where_both_are_proved(evidence: Evidence, who: Found, is_one: bool) -> None:
    # given a customer whose ID number is known for sure
    story = Story()
    name = story.hears("Hola").id
    story.customers[CUSTOMERS[ADA]] = replace(story.customers[CUSTOMERS[ADA]], facts=(CEDULA,))
    # when another one's handle is found to be theirs
    decision = found(story, evidence, who)
    # then they are one, or agents are asked; the customer is told nothing
    asked = [errand for errand in decision.errands if isinstance(errand, Told)]
    assert bool(asked) is is_one
    assert bool(story.known[name].suggestions) is not is_one
    assert story.replies == []
    if is_one:
        assert asked[0].customer == min(CUSTOMERS[ADA], OTHER)


def test_a_suggestion_tells_what_speaks_against_it_once_and_never_what_was_dropped() -> None:
    story = Story()
    name = story.hears("Hola").id
    story.customers[CUSTOMERS[ADA]] = replace(story.customers[CUSTOMERS[ADA]], facts=(CEDULA,))
    for _ in range(2):
        found(story, Evidence.CODE, replace(SURE, identities=OTHERS))
    (hint,) = story.known[name].suggestions
    assert hint == Suggestion(OTHER, MAILBOX, THEIRS, "billing", "code", Doubt.OTHER_IDENTITY)
    (entry,) = story.entries(EntryKind.SUGGESTION)
    assert entry.detail["doubt"] == "other_identity"
    story.happens(SuggestionDropped(ANA, MAILBOX), name)
    found(story, Evidence.WRITTEN)
    assert [each.is_dropped for each in story.known[name].suggestions] == [True]
    assert story.happens(SuggestionDropped(ANA, MAILBOX), name).outcome.reason == "not_suggested"


def test_what_was_dropped_does_not_come_back_with_newer_ones() -> None:
    # given a suggestion that an agent has dropped
    story = Story()
    name = story.hears("Hola").id
    found(story, Evidence.WRITTEN)
    story.happens(SuggestionDropped(ANA, MAILBOX), name)
    # when more others are made than are kept, and it is made once more
    for number in range(SUGGESTIONS_KEPT + 2):
        other = replace(SURE, customer=CustomerId(f"u-03-{number}"), conversation=None)
        found(story, Evidence.WRITTEN, other)
    found(story, Evidence.WRITTEN)
    # then it is not shown again, and of the others the latest are
    kept = story.known[name].suggestions
    assert [each.customer for each in kept if each.is_dropped] == [OTHER]
    shown = [each.customer for each in kept if not each.is_dropped]
    assert shown == [f"u-03-{number}" for number in range(2, SUGGESTIONS_KEPT + 2)]


def test_an_address_that_is_typed_is_looked_for() -> None:
    story = Story()
    story.hears("Hola")
    decision = story.happens(AddressGiven(MAILBOX, ADA))
    assert decision.errands == (HandleSought(CUSTOMERS[ADA], Evidence.WRITTEN, MAILBOX),)
    (link,) = (each for each in story.customers[CUSTOMERS[ADA]].links if each.handle == MAILBOX)
    assert (link.kind, link.evidence) == (LinkKind.CLAIMED, Evidence.WRITTEN)


def test_what_a_message_proves_and_tells_is_looked_for() -> None:
    story = Story()
    site, hers = Handle("site", "4711"), Handle("email", "eva@example.org")
    facts = (Fact(FactKind.EMAIL, hers.address), Fact(FactKind.EMAIL, "z@example.org", of_other=True))
    message = replace(written("Soy yo", str(ADA)), proved=(site,), facts=facts)
    decision = story.happens(MessageArrived(message))
    assert decision.errands == (
        HandleSought(CUSTOMERS[ADA], Evidence.SITE, site, message=message.key),
        HandleSought(CUSTOMERS[ADA], Evidence.WRITTEN, hers, message=message.key),
    )
    # What agents have a hint of is not looked for again, until something else speaks for it.
    name = next(iter(story.known))
    hint = Suggestion(OTHER, hers, evidence="written")
    story.known[name] = replace(story.known[name], suggestions=(hint, Suggestion(OTHER, site, evidence="written")))
    again = story.happens(MessageArrived(replace(message, key="m-again")))
    assert again.errands == (HandleSought(CUSTOMERS[ADA], Evidence.SITE, site, message="m-again"),)


@pytest.mark.parametrize(
    ("hint", "agent", "reason"),
    [
        (None, ANA, ""),
        (None, CARO, ""),
        (Suggestion(OTHER, MAILBOX), CARO, ""),
        (Suggestion(OTHER, MAILBOX, doubt=Doubt.OTHER_IDENTITY), CARO, ""),
        (Suggestion(OTHER, MAILBOX, doubt=Doubt.SUPERVISOR), CARO, "needs_supervisor"),
        (Suggestion(OTHER, MAILBOX, doubt=Doubt.SUPERVISOR), ANA, ""),
    ],
)
def test_who_may_link(hint: Suggestion | None, agent: Agent, reason: str) -> None:
    story = Story()
    name = story.hears("Hola").id
    story.known[name] = replace(story.known[name], suggestions=(hint,) if hint else ())
    decision = story.happens(Linked(agent, MAILBOX), name)
    assert decision.outcome.reason == reason
    if not reason:
        (errand,) = decision.errands
        assert isinstance(errand, HandleSought)
        # Who may not link anybody, and has no hint, may link what nobody has.
        assert errand.is_free_only is (hint is None and agent is CARO)


def test_whom_nothing_suggests_only_a_supervisor_links() -> None:
    story = Story()
    name = story.hears("Hola").id
    decision = found(story, Evidence.AGENT, is_free_only=True)
    assert decision.errands == ()
    assert [each.doubt for each in story.known[name].suggestions] == [Doubt.SUPERVISOR]
    assert story.happens(Linked(CARO, conversation=THEIRS), name).outcome.reason == "needs_supervisor"
    assert story.happens(Linked(CARO), name).outcome.reason == "nothing_to_link"
    assert story.happens(Linked(ANA, ADA), name).outcome.reason == "already_linked"


@pytest.mark.parametrize("is_typed", [False, True])
def test_who_writes_to_somebody_makes_them_nobody_s_to_link(is_typed: bool) -> None:
    # given an agent who writes to somebody else's address, which the customer had named, or had not
    story = Story()
    name = story.hears("Hola").id
    if is_typed:
        found(story, Evidence.WRITTEN)
    (errand,) = story.happens(ReplyWritten(CARO, "Buenas", to=MAILBOX), name).errands
    assert isinstance(errand, HandleSought)
    found(story, errand.evidence, is_free_only=errand.is_free_only)
    # then an agent may only say that they are one where the customer had
    decision = story.happens(Linked(CARO, MAILBOX), name)
    assert decision.outcome.reason == ("" if is_typed else "needs_supervisor")


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (Unlinked(ANA, OTHER), ""),
        (Unlinked(ANA, handle=MAILBOX), ""),
        (Unlinked(ANA, CustomerId("u-04-deep")), "part_of_a_part"),
        (Unlinked(ANA, CustomerId("u-05-nobody")), "not_linked"),
        (Unlinked(ANA, handle=ADA), "only_handle"),
    ],
)
def test_what_can_be_undone(command: Unlinked, reason: str) -> None:
    story = Story()
    name = story.hears("Hola").id
    part = Part(OTHER, MONDAY, Evidence.AGENT, handles=(MAILBOX,), others=(CustomerId("u-04-deep"),))
    story.customers[CUSTOMERS[ADA]] = replace(story.customers[CUSTOMERS[ADA]], parts=(part,))
    decision = story.happens(command, name)
    assert decision.outcome.reason == reason
    if not reason:
        assert [errand.body for errand in decision.errands if isinstance(errand, Told)] == [
            PartingAsked(ANA.id, ANA.name, part_of=CUSTOMERS[ADA])
        ]
        # One after the other.
        assert story.happens(command, name).outcome.reason == "busy_merging"


def test_who_is_busy_keeps_a_wish_for_later_and_asks_again_then() -> None:
    me, wish = Customer(CustomerId("u-02-me")), Wish(CustomerId("u-02-me"), OTHER, Evidence.CODE, MAILBOX)
    # given a first wish: the first of the two waits for the second
    waiting = told(me, MergeAsked(wish))
    assert waiting.customer is not None
    assert waiting.customer.busy_with == OTHER
    # when another comes meanwhile, then it is kept, and asked once the first is off
    third = Wish(me.id, CustomerId("u-09-third"), Evidence.AGENT)
    kept = told(waiting.customer, MergeAsked(third)).customer
    assert kept is not None
    assert kept.wishes == (third,)
    free = told(kept, MergeOff(OTHER))
    assert free.customer is not None
    assert (free.customer.busy_with, free.customer.wishes) == (None, ())
    assert free.errands == (Told(me.id, MergeAsked(third)),)


def test_who_waits_for_somebody_who_is_gone_is_told() -> None:
    # given somebody who waits since long, and what comes for them meanwhile
    me, long_ago = CustomerId("u-02-me"), MONDAY - timedelta(minutes=11)
    third = Wish(me, CustomerId("u-09-third"), Evidence.AGENT)
    busy = Customer(me, busy_with=OTHER, busy_since=long_ago, wishes=(third,))
    message = MessageArrived(written("Hola", str(ADA)))
    # then the other one is asked, and neither where it is not long yet, nor for each question
    asked = Told(OTHER, StillAwaited(me, long_ago))
    assert asked in told(busy, message).errands
    assert asked in told(busy, MergeAsked(third)).errands
    assert told(busy, StillAwaited(OTHER, MONDAY)).errands == ()
    recently = replace(busy, busy_since=MONDAY - timedelta(minutes=1))
    assert not any(isinstance(each, Told) for each in told(recently, message).errands)
    # and who knows nothing of it says so, but not who is to answer yet
    (off,) = told(Customer(OTHER), asked.body).errands
    assert off == Told(me, MergeOff(OTHER, long_ago))
    kept = replace(third, asker=OTHER, other=me, standing=Standing())
    for known in ({"busy_with": me}, {"part_of": me}, {"busy_with": third.other, "wishes": (kept,)}):
        assert told(replace(Customer(OTHER), **known), asked.body).errands == ()
    # then the first one goes on with what was wished meanwhile, and is not freed by that of a wait which came since
    assert told(busy, off.body).errands == (Told(me, MergeAsked(third)),)
    assert told(recently, off.body).customer is None


def test_who_is_no_part_any_more_is_not_waited_for() -> None:
    # given who was to leave, and has been erased, or is part of another by then
    me, asked = CustomerId("u-02-me"), PartingAsked(ANA.id, ANA.name, part_of=CustomerId("u-02-me"))
    for part in (Customer(OTHER), Customer(OTHER, part_of=CustomerId("u-09-third"))):
        decision = told(part, asked)
        assert (decision.errands, decision.customer, decision.moving) == ((Told(me, MergeOff(OTHER)),), None, None)


def test_of_too_many_wishes_nobody_waits_for_one_that_is_forgotten() -> None:
    # given somebody who is busy, and another who waits for their answer meanwhile
    waits = Wish(CustomerId("u-01-waits"), OTHER, Evidence.SITE, MAILBOX, standing=Standing())
    busy = Customer(OTHER, busy_with=CustomerId("u-02-me"), wishes=(waits,))
    # when the same is wished with each message, then it is kept once
    again = told(busy, MergeAsked(waits))
    assert (again.customer, again.errands) == (None, ())
    # and when so many others are that the first is forgotten, then who waits for it is told
    others = tuple(Wish(OTHER, CustomerId(f"u-09-{number}"), Evidence.SITE) for number in range(WISHES_KEPT - 1))
    full = told(replace(busy, wishes=(waits, *others)), MergeAsked(Wish(OTHER, CustomerId("u-09-x"), Evidence.SITE)))
    assert full.customer is not None
    assert len(full.customer.wishes) == WISHES_KEPT
    assert full.errands == (Told(waits.first, MergeOff(OTHER)),)


def test_what_they_differ_in_is_found_out_even_at_last() -> None:
    # given two whose identities differ by the time that the second one is asked
    me = Customer(OTHER, facts=(CEDULA,))
    wish = Wish(CustomerId("u-02-me"), OTHER, Evidence.CODE, MAILBOX, standing=Standing(identities=OTHERS))
    # then nobody waits any more, and agents are asked
    assert told(me, MergeAsked(wish)).errands == (
        Told(wish.first, MergeOff(OTHER)),
        HandleSought(wish.asker, Evidence.WRITTEN, MAILBOX),
    )
    # An agent's word stands all the same.
    assert isinstance(told(me, MergeAsked(replace(wish, evidence=Evidence.AGENT))).errands[0], PartSent | Told)


def test_who_is_part_of_another_passes_all_on_in_order() -> None:
    me, wish = Customer(OTHER), Wish(CustomerId("u-02-me"), OTHER, Evidence.CODE, MAILBOX)
    frozen = told(me, BecamePart(wish.asker, wish))
    assert frozen.customer is not None
    assert frozen.moving is not None
    assert frozen.moving.state is MovingState.MOVING
    sent, settled = frozen.errands
    assert isinstance(sent, PartSent)
    assert settled == Told(OTHER, PartSettled())
    # what waited behind the freeze goes there, before it is said that all is there
    message = MessageArrived(written("Hola"))
    (passed,) = told(frozen.customer, message).errands
    assert passed == Told(wish.asker, Passed(MONDAY, message=message))
    assert told(frozen.customer, PartSettled()).errands == (Told(OTHER, PartSettled(is_there=True)),)
    moving = told(frozen.customer, PartSettled(is_there=True)).moving
    assert moving is not None
    assert (moving.state, moving.to) == (MovingState.DONE, wish.asker)
    # and a wish about them is one about whom they are part of
    third = Wish(OTHER, CustomerId("u-09-third"), Evidence.AGENT)
    (again,) = told(frozen.customer, MergeAsked(third)).errands
    assert again == Told(wish.asker, MergeAsked(replace(third, asker=wish.asker)))


def test_what_still_comes_for_somebody_who_left_is_theirs() -> None:
    # given somebody who was part of this customer when the inbox looked, and is not any more when it is decided
    me = Customer(OTHER, left=(Left(CustomerId("u-02-me"), (ADA,)),))
    message = MessageArrived(written("Hola", str(ADA)))
    (passed,) = told(me, message).errands
    assert passed == Told(CustomerId("u-02-me"), Passed(MONDAY, message=message))
    # and not what comes from a handle of the customer's own
    own = with_evidence(me, ADA, Evidence.AGENT, MONDAY)
    assert told(own, message).conversation is not None
    # that they once typed it makes it none of theirs
    typed = with_evidence(me, ADA, Evidence.WRITTEN, MONDAY)
    assert told(typed, message).errands == (passed,)


def test_a_wish_about_who_is_leaving_waits_until_they_have_left() -> None:
    # given somebody who is leaving, and whose mail is found to be somebody else's too
    host, third = CustomerId("u-02-me"), CustomerId("u-01-third")
    leaving = replace(Customer(OTHER), part_of=host, part_ofs=(host,), busy_with=host)
    wish = Wish(third, OTHER, Evidence.AGENT, MAILBOX, standing=Standing())
    kept = told(leaving, MergeAsked(wish))
    assert kept.errands == ()
    assert kept.customer is not None
    # and what was found out for them meanwhile is theirs, not that of whom they leave
    linked = told(kept.customer, HandleFound(Evidence.CODE, BOB)).customer
    assert linked is not None
    # when they have left, then it is asked again
    free = told(linked, PartReturned(host))
    assert free.customer is not None
    assert (free.customer.part_of, free.customer.busy_with, free.customer.wishes) == (None, None, ())
    assert [link.handle for link in free.customer.links] == [BOB]
    assert free.errands == (Told(OTHER, MergeAsked(wish)),)


def test_a_wish_by_the_handle_of_who_has_left_is_about_them() -> None:
    # given a wish about the customer, made by a handle while its owner was still part of them
    left, third = CustomerId("u-02-left"), CustomerId("u-01-third")
    me = Customer(OTHER, left=(Left(left, (MAILBOX,)),))
    wish = Wish(third, OTHER, Evidence.AGENT, MAILBOX, standing=Standing())
    # then who waits for the customer waits no longer, and the other one is asked about
    anew = replace(wish, other=left, standing=None)
    assert told(me, MergeAsked(wish)).errands == (Told(third, MergeOff(OTHER)), Told(third, MergeAsked(anew)))
    # and one by the customer's own handle is about the customer
    assert told(with_evidence(me, MAILBOX, Evidence.AGENT, MONDAY), MergeAsked(wish)).errands != ()
    own = told(me, MergeAsked(replace(wish, handle=ADA)))
    assert isinstance(own.errands[0], PartSent | Told)
    assert Told(third, MergeOff(OTHER)) not in own.errands


def test_who_comes_back_came_as_often_as_they_did_and_what_they_did_not_fetch_is_looked_at_again() -> None:
    # given somebody who wrote three times in a minute while they were part of another, and was answered in their chat
    host = CustomerId("u-02-me")
    part = with_contact(Customer(OTHER, part_of=host, busy_with=host), False, MONDAY)
    answer = OutboundMessage(MessageId("m-03-1"), THEIRS, ChannelName("webchat"), "", ADA, "Buenas", LATER)
    after = replace(Story().hears("Hola"), id=THEIRS, awaiting=(answer,))
    came = tuple(MONDAY + timedelta(hours=5, seconds=number) for number in range(3))
    # when they are somebody of their own again
    decision = told(part, PartReturned(host, after, came=came))
    # then that was one contact
    assert decision.customer is not None
    assert (decision.customer.contacts, decision.customer.last_message_at) == ((MONDAY, came[0]), came[-1])
    # and what lies in the chat leaves by mail, if nobody fetches it
    (timer,) = (timer for timer in decision.timers if timer.kind is TimerKind.UNDELIVERED)
    assert (timer.conversation, timer.subject) == (THEIRS, answer.id)


def test_what_the_directory_says_of_who_is_part_of_another_goes_nowhere() -> None:
    part, answer = Customer(OTHER, revision=1, part_of=CustomerId("u-02-me")), DirectoryAnswered(OTHER, MONDAY)
    assert told(part, answer) == Decision(Outcome(OutcomeKind.DONE))


@pytest.mark.parametrize(
    "errand",
    [
        HandleSought(OTHER, Evidence.CODE, MAILBOX, by=ANA.id),
        PartSent(CustomerId("u-02-me"), Customer(OTHER), Wish(OTHER, CustomerId("u-02-me"), Evidence.AGENT)),
        HandedOn(OTHER, CustomerId("u-02-me"), MAILBOX),
    ],
)
def test_an_errand_is_read_as_it_was_written(errand: Run) -> None:
    fields = {name.encode(): _bytes(value) for name, value in wire.errand_fields(errand, MONDAY).items()}
    assert wire.read_errand(fields) == errand
    with pytest.raises(NewerVersion):
        wire.read_errand({**fields, b"v": b"9"})
    with pytest.raises(PermanentError):
        wire.read_errand({**fields, b"errand": b"dance"})


def test_an_errand_that_tells_something_is_that_event() -> None:
    told_of = Told(OTHER, MergeOff(CustomerId("u-02-me")))
    fields = {name.encode(): _bytes(value) for name, value in wire.errand_fields(told_of, MONDAY).items()}
    read = wire.read_errand(fields)
    assert isinstance(read, dict)
    event = wire.read_event(b"1-0", 3, {name.encode(): _bytes(value) for name, value in read.items()})
    assert (event.customer, event.body) == (OTHER, told_of.body)


OPEN_AT, LATER = MONDAY, MONDAY + timedelta(hours=1)


@pytest.mark.parametrize(
    ("first", "second", "is_second"),
    [
        (Standing(open_since=OPEN_AT), Standing(open_since=LATER), False),
        (Standing(open_since=LATER), Standing(open_since=OPEN_AT), True),
        (Standing(open_since=LATER), Standing(known_since=OPEN_AT), False),
        (Standing(known_since=OPEN_AT), Standing(open_since=LATER), True),
        (Standing(known_since=OPEN_AT), Standing(known_since=LATER), False),
        (Standing(known_since=LATER), Standing(known_since=OPEN_AT), True),
    ],
)
def test_who_stays(first: Standing, second: Standing, is_second: bool) -> None:
    assert is_second_elder(first, second) is is_second


NEW, OPEN, PENDING, SNOOZED, RESOLVED = list(ConversationState)[:5]


@pytest.mark.parametrize(
    ("mine", "theirs", "state"),
    [
        (NEW, NEW, NEW),
        (NEW, OPEN, OPEN),
        (NEW, PENDING, NEW),
        (PENDING, NEW, OPEN),
        (RESOLVED, OPEN, OPEN),
        (PENDING, PENDING, PENDING),
        (SNOOZED, PENDING, PENDING),
        (SNOOZED, RESOLVED, SNOOZED),
        (RESOLVED, RESOLVED, RESOLVED),
    ],
)
def test_of_two_conversations_the_one_that_owes_something_says_so(
    mine: ConversationState, theirs: ConversationState, state: ConversationState
) -> None:
    story = Story()
    elder = replace(story.hears("Hola"), state=mine, tags=("a",))
    younger = replace(story.hears("Buenas", BOB), state=theirs, tags=("b",), created_at=LATER)
    step = Step(Event(EventId("1-0"), 7, LATER, MergeOff(OTHER)), context(None), BOOK, LATER, elder)
    joined = both(elder, younger, step)
    assert (joined.state, joined.id, joined.tags, joined.messages) == (state, elder.id, ("a", "b"), 2)
    assert (joined.waiting_since is not None) is (state is not PENDING)
    # Whichever side it comes to, the elder one's owner has it.
    assert both(younger, elder, step).ownership == elder.ownership


def test_a_timeline_of_two_is_in_the_order_of_its_instants_and_comes_apart_again() -> None:
    mine = tuple(entry(number, number * 2, ADA) for number in range(4))
    theirs = [moved_here(entry(number, number * 2 + 1, BOB), OTHER, 3, 7) for number in range(4)]
    whole = merged(mine, theirs)
    assert [each.at.minute for each in whole] == list(range(8))
    assert len({each.id for each in whole}) == 8
    since = entry(9, 9, BOB), entry(10, 10, ADA)
    assert of_part((*whole, *since), (OTHER,), (BOB,)) == ((*mine, since[1]), (*theirs, since[0]))
    assert [moved_here(each, OTHER, 7, 3).id for each in theirs] == [entry(number, 0, BOB).id for number in range(4)]


def test_identities_are_what_is_sure() -> None:
    sure, read = replace(CEDULA, proved=False, confirmed_by=ANA.id), replace(CEDULA, value="1", proved=False)
    site = Link(Handle("site", "4711"), LinkKind.VERIFIED, MONDAY)
    customer = Customer(OTHER, facts=(sure, read, replace(CEDULA, value="2", of_other=True)), links=(site,))
    assert identities(customer) == (("cedula", "8-123-4567"), ("site", "4711"))
    assert not differ(identities(customer), (("rut", "1-9"),))
    assert not differ(identities(customer), (("cedula", "8-123-4567"), ("cedula", "x")))
    assert differ(identities(customer), (("site", "4712"),))


def test_the_directory_s_handles_count_where_it_was_asked_by_what_is_proved() -> None:
    customer = with_evidence(Customer(OTHER), ADA, Evidence.SITE, MONDAY)
    listing = Listing(MONDAY, "4711", (ADA, MAILBOX))
    listed = replace(customer, listing=listing, looked_up_by=(ADA, Handle("x", "@ada")))
    assert sought_as_listed(listed) == (HandleSought(OTHER, Evidence.DIRECTORY, MAILBOX),)
    # and where it was found by something else (a name on X, a number taken down), it lists whom somebody named
    assert sought_as_listed(replace(listed, listing=replace(listing, handles=(MAILBOX,)))) == ()
    assert sought_as_listed(replace(listed, looked_up_by=(ADA, BOB))) == ()


def test_records_from_before_there_was_evidence_are_read() -> None:
    link = b'{"handle":{"kind":"chat","address":"a"},"kind":"verified","since":"2026-11-23T09:00:00Z"}'
    old = b'{"id":"u-03-x","links":[' + link + b"]}"
    (read,) = wire.decode(Customer, old).links
    assert (read.evidence, read.by, read.strength) == (None, None, 2)


def _bytes(value: str | bytes) -> bytes:
    return value.encode() if isinstance(value, str) else value


def told(customer: Customer, body: Body) -> Decision:
    """What follows from `body` for a customer without conversation."""
    event = Event(EventId("1700000000000-0"), int(customer.id[2:4]), MONDAY, body, customer.id)
    decision = decide(None, event, context(customer), BOOK, MONDAY)
    assert decision.outcome.kind is OutcomeKind.DONE
    return decision


def context(customer: Customer | None) -> Context:
    return Context(TEAMS, POLICY, customer)


def entry(number: int, minute: int, handle: Handle) -> TimelineEntry:
    at = MONDAY.replace(minute=minute)
    return TimelineEntry(
        f"17000-{number}.0", EntryKind.MESSAGE_IN, at, message=f"{minute}", detail={"handle": str(handle)}
    )
