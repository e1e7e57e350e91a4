"""Acknowledgements: one a conversation, one a day by mail, none to a machine; what is owed stays owed."""

import dataclasses

import pytest
from msgspec.structs import replace

from router.core.context import Context
from router.core.decide import decide
from router.model.conversation import Conversation, ConversationState
from router.model.customer import Customer
from router.model.decision import Decision, EntryKind
from router.model.event import Event, MessageArrived, ReplyWritten, Resolved
from router.model.ids import EventId, MessageId, customer_id
from router.model.message import DeliveryState, Handle, OutboundMessage
from router.store import wire
from rules.engine import Rule, RuleBook, Then
from tests.clock import MONDAY
from tests.core import ANA, CARE, POLICY, TEAMS, written
from tests.story import ADA, BOB, DAY, HEARD, HOUR, MINUTE, Story, asked, targets

BOOK = RuleBook(CARE, (asked("urgente", Then(acknowledge=HEARD, targets=targets(first_reply=HOUR, next_reply=HOUR))),))
SPANISH = "Es urgente, llevo tres días sin teléfono y nadie me contesta"
ENGLISH = "This is urgente, my phone has been dead for three days and nobody answers"


def sent(story: Story) -> list[OutboundMessage]:
    return [message for message in story.replies if message.text in HEARD.values()]


def test_it_goes_where_they_wrote_and_settles_nothing() -> None:
    # given somebody whose message a rule acknowledges
    story = Story(BOOK)
    after = story.hears(SPANISH)
    # then they are told so, there, in the team's name and nobody's
    (message,) = sent(story)
    assert (message.recipient, message.channel, message.text) == (ADA, "webchat", HEARD["es"])
    assert (message.author, message.team, message.language) == ("", "Atención al cliente", "es")
    assert after.acknowledgement == message.id
    # (a chat is no mail, and takes nobody's mail of the day)
    assert story.customers[after.customer].acknowledged_at is None
    (entry,) = story.entries(EntryKind.MESSAGE_OUT)
    assert (entry.actor, entry.text, entry.message) == ("", HEARD["es"], message.id)
    assert entry.detail == {"handle": str(ADA), "automatic": "acknowledgement"}
    # and all is owed as before
    quiet = dataclasses.replace(BOOK.rules[0].then, acknowledge={})
    silent = Story(RuleBook(CARE, (asked("urgente", quiet),))).hears(SPANISH)
    assert replace(after, acknowledgement=None) == silent
    assert after.awaiting == ()
    assert [wait for decision in story.decisions for wait in decision.waits] == []


@pytest.mark.parametrize(
    ("text", "given", "language", "told"),
    [
        (SPANISH, HEARD, "", "es"),
        (ENGLISH, HEARD, "", "en"),
        ("urgente", HEARD, "en", "en"),
        ("urgente", HEARD, "en-GB", "en"),
        ("urgente", HEARD, "fr", "es"),
        ("urgente", HEARD, "", "es"),
        (SPANISH, {"en": HEARD["en"]}, "es", "en"),
        (SPANISH, {"es": " "}, "es", None),
    ],
)
def test_it_is_in_the_language_of_the_conversation(
    text: str, given: dict[str, str], language: str, told: str | None
) -> None:
    rule = asked("urgente", Then(acknowledge=given))
    found = heard(text, RuleBook(CARE, (rule,)), language).outbound
    assert [(message.text, message.language) for message in found] == ([(given[told], told)] if told else [])


def heard(
    text: str, book: RuleBook, language: str = "", channel: str = "webchat", *, is_doubtful: bool = False
) -> Decision:
    """What follows from a first message, whose channel says that it is in `language`."""
    message = replace(written(text, channel=channel), language=language, subject="SECRET SUBJECT")
    message = replace(message, is_doubtful=is_doubtful)
    customer = Customer(customer_id("ada"))
    event = Event(EventId("1-0"), 7, MONDAY, MessageArrived(message), customer.id)
    return decide(None, event, Context(TEAMS, POLICY, customer), book, MONDAY)


def test_it_quotes_nothing() -> None:
    (message,) = heard(SPANISH, BOOK).outbound
    assert (message.subject, message.text) == ("", HEARD["es"])
    assert b"SECRET" not in wire.encode(message)


def test_it_goes_out_once_a_conversation() -> None:
    story = Story(BOOK)
    name = story.hears(SPANISH).id
    story.hears(SPANISH)
    story.happens(ReplyWritten(ANA, "Hola"), name)
    story.hears(SPANISH)
    story.happens(Resolved(ANA), name)
    story.hears(SPANISH)
    assert len(sent(story)) == 1
    # in another conversation it does again, a chat's visitor being there to read it
    story.happens(Resolved(ANA), name)
    story.passes(4 * DAY)
    assert story.hears(SPANISH).id != name
    assert len(sent(story)) == 2


def test_it_may_come_with_a_later_message() -> None:
    story = Story(BOOK)
    story.hears("Hola")
    assert sent(story) == []
    story.hears(SPANISH)
    assert len(sent(story)) == 1
    # and the timeline tells which rule it was
    assert story.entries(EntryKind.ROUTED)[-1].detail["matched"] == "urgente"


def test_nobody_gets_more_than_one_a_day_by_mail() -> None:
    # given a policy by which conversations close at once, so that each mail begins another
    story = Story(BOOK)
    for hours in (0, 1, 22, 1, 23, 1):
        story.passes(hours * HOUR)
        conversation = story.hears(SPANISH, BOB)
        story.known[conversation.id] = replace(conversation, state=ConversationState.CLOSED)
        customer = story.customers[conversation.customer]
        story.customers[customer.id] = replace(customer, open_conversation=None)
    assert [message.created_at - MONDAY for message in sent(story)] == [0 * HOUR, 24 * HOUR, 48 * HOUR]
    assert len(story.known) == 6


@pytest.mark.parametrize("sender", [ADA, BOB])
def test_no_machine_is_answered(sender: Handle) -> None:
    story = Story(BOOK)
    story.hears(SPANISH, sender, is_automatic=True)
    assert sent(story) == []
    # but the person who writes after it is
    story.hears(SPANISH, sender)
    assert len(sent(story)) == 1


@pytest.mark.parametrize("channel", ["webchat", "email"])
def test_what_may_be_in_anothers_name_is_not_answered(channel: str) -> None:
    doubtful, other = (heard(SPANISH, BOOK, channel=channel, is_doubtful=doubt) for doubt in (True, False))
    assert (len(doubtful.outbound), len(other.outbound)) == (0, 1)
    # and only that: all else is as for any other
    assert doubtful.conversation
    assert other.conversation
    silent = tuple(replace(target, silent=True) for target in other.conversation.targets)
    assert doubtful.conversation == replace(other.conversation, acknowledgement=None, targets=silent)
    assert doubtful.customer
    assert doubtful.customer.acknowledged_at is None


@pytest.mark.parametrize("state", [DeliveryState.FAILED, DeliveryState.UNCONFIRMED, DeliveryState.DELIVERED])
def test_whether_it_arrived_makes_no_difference(state: DeliveryState) -> None:
    # given a conversation that was acknowledged, and then answered
    story = Story(BOOK)
    name = story.hears(SPANISH).id
    story.happens(ReplyWritten(ANA, "Lo miro"), name)
    before = story.known[name]
    # when the acknowledgement turns out lost, then we still wait for the customer
    story.passes(MINUTE)
    story.is_reported(sent(story)[0], state)
    after = story.known[name]
    assert (after.state, after.waiting_since) == (ConversationState.PENDING, None)
    assert replace(after, revision=0, updated_at=MONDAY) == replace(before, revision=0, updated_at=MONDAY)
    (delivery,) = story.entries(EntryKind.DELIVERY)
    assert delivery.detail["state"] == state


def test_it_waits_for_nobody_to_come_back() -> None:
    """A reply that a chat's visitor did not fetch goes to their address; that they were heard does not."""
    story = Story(RuleBook(CARE, (Rule("all", then=Then(acknowledge=HEARD)),)))
    after = story.hears("Hola")
    assert (after.awaiting, story.timers) == ((), [])


def test_records_from_before_there_were_any_are_read() -> None:
    story = Story(BOOK)
    conversation = story.hears("Hola")
    older = wire.decode(dict[str, object], wire.encode(conversation))
    new = ("facts", "skills", "spoken", "sla", "deadlines", "paused", "ladder", "callback", "is_escalated")
    for name in (*new, "acknowledgement", "replied_at", "reopened_at"):
        older.pop(name, None)
    assert wire.decode(Conversation, wire.encode(older)) == conversation
    assert replace(conversation, acknowledgement=MessageId("o-07-a")) != conversation
