"""What machines write has its place in a conversation, and nobody waits for an answer to it."""

import pytest

from router.model.conversation import Conversation, ConversationState
from router.model.decision import EntryKind
from router.model.event import Claimed, ReplyWritten, Resolved, Snoozed
from router.model.message import DeliveryState, MessageKind
from rules.conditions import Is
from rules.engine import Rule, RuleBook, Then
from tests.core import ANA, BILLING, CARE
from tests.story import BOB, BOOK, DAY, HEARD, HOUR, Story, targets

AWAY, BOUNCE, LIST = MessageKind.AUTO_REPLY, MessageKind.BOUNCE, MessageKind.LIST


def away(story: Story, text: str = "Vuelvo el lunes, mi factura") -> Conversation:
    """The conversation once a responder has answered in the customer's name."""
    return story.hears(text, BOB, is_automatic=True, kind=AWAY)


def answered(story: Story) -> Conversation:
    """A conversation in which the team has written to the customer."""
    first = story.hears("Mi factura", BOB)
    story.happens(ReplyWritten(ANA, "Ya está pagada"), first.id)
    return story.known[first.id]


def only_told(after: Conversation, before: Conversation) -> bool:
    """Whether nothing changed but that something was told."""
    different = {name for name in Conversation.__struct_fields__ if getattr(after, name) != getattr(before, name)}
    return different <= {"revision", "updated_at", "story_revision"}


@pytest.mark.parametrize("state", ["pending", "snoozed", "resolved"])
def test_an_out_of_office_to_our_reply_is_told_and_changes_nothing(state: str) -> None:
    # given a reply, after which the team waits, sleeps on it or has done
    story = Story()
    before = answered(story)
    if state == "snoozed":
        story.happens(Snoozed(ANA, story.now + DAY), before.id)
    if state == "resolved":
        story.happens(Resolved(ANA), before.id)
    before, customer = story.known[before.id], story.customers[before.customer]
    assert before.state == state
    # when the customer's responder answers, five hours later
    story.now += 5 * HOUR
    after = away(story)
    # then it stands in the timeline as what it is, and it is nobody's turn, no contact, no deadline
    assert only_told(after, before)
    entry = story.entries(EntryKind.MESSAGE_IN)[-1]
    assert (entry.text, entry.detail["kind"]) == ("Vuelvo el lunes, mi factura", "auto-reply")
    # which is how whoever counts messages knows that it is none
    assert (entry.detail["aside"], after.messages) == ("yes", before.messages)
    assert story.customers[before.customer] == customer
    # and a person's word is one
    assert story.hears("¿Y entonces?", BOB).state is ConversationState.OPEN
    assert len(story.customers[before.customer].contacts) == len(customer.contacts) + 1


def test_a_deadline_goes_on_over_a_responders_answer() -> None:
    # given a customer who waits, was told that they were heard, and is away
    book = RuleBook(CARE, (Rule("all", then=Then(acknowledge=HEARD, targets=targets(first_reply=HOUR))),))
    story = Story(book)
    before = story.hears("Hola", BOB)
    assert len(before.deadlines) == 1
    # when their responder answers our acknowledgement: no second one, and what is owed stays owed, in time
    assert only_told(away(story), before)
    assert len(story.replies) == 1
    story.passes(2 * HOUR)
    assert story.told[EntryKind.DEADLINE_MISSED] == 1


def test_a_receipt_after_an_out_of_office_still_knows_that_only_we_wait() -> None:
    # given a reply that failed, for which the team has its turn again; then the responder's answer to an earlier one
    story = Story()
    before = answered(story)
    reply = story.replies[-1]
    story.is_reported(reply, DeliveryState.UNCONFIRMED)
    away(story)
    # when the reply turns out to have arrived, nothing else is owed
    story.is_reported(reply, DeliveryState.DELIVERED)
    assert story.known[before.id].state is ConversationState.PENDING


def test_what_answers_nothing_of_ours_is_heard_but_nobody_waits() -> None:
    # given a system that tells of something by itself, and rules that owe much to who writes such words
    story = Story()
    begun = away(story)
    # then there is a conversation at the team of the rule, and no deadline, ladder, contact or acknowledgement
    assert (begun.state, begun.ownership.team, begun.tags) == ("new", BILLING, ("invoice", "money", "paper"))
    assert (begun.deadlines, begun.sla, begun.ladder, story.replies) == ((), (), None, [])
    assert story.customers[begun.customer].contacts == ()
    # and once it is done without a word from us, the next one is seen again
    story.happens(Claimed(ANA), begun.id)
    story.happens(Resolved(ANA), begun.id)
    again = away(story, "Otra vez")
    assert (again.id, again.state) == (begun.id, "open")


def test_a_bounce_of_nothing_of_ours_is_a_conversation_that_somebody_sees() -> None:
    story = Story()
    first = story.hears("Undelivered Mail Returned to Sender", BOB, is_automatic=True, kind=BOUNCE)
    assert (first.state, first.ownership.team, first.deadlines) == ("new", CARE, ())
    story.happens(ReplyWritten(ANA, "¿?"), first.id)
    assert story.hears("Undelivered Mail", BOB, is_automatic=True, kind=BOUNCE).state is ConversationState.OPEN
    assert story.customers[first.customer].contacts == ()


def test_people_write_to_lists_and_may_wait_for_an_answer() -> None:
    story = Story()
    begun = story.hears("Mi factura", BOB, is_automatic=True, kind=LIST)
    assert begun.deadlines
    assert len(story.customers[begun.customer].contacts) == 1


def test_rules_may_ask_who_wrote() -> None:
    book = RuleBook(CARE, (Rule("lists", Is("kind", "list"), Then(BILLING)), *BOOK.rules))
    assert Story(book).hears("Hola", BOB, kind=LIST).ownership.team == BILLING
    assert Story(book).hears("Hola", BOB).ownership.team == CARE


def test_a_team_that_is_gone_does_not_keep_a_responders_answer_to_itself() -> None:
    story = Story()
    before = answered(story)
    del story.teams[BILLING]
    assert away(story).ownership.team == CARE
    assert before.ownership.team == BILLING
