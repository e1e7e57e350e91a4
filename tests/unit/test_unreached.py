"""A reply that may not have arrived: a person says that it did, or has it sent again, and nobody chooses twice."""

import pytest

from router.model.conversation import UNREACHED_KEPT, Conversation, ConversationState
from router.model.decision import EntryKind, OutcomeKind
from router.model.event import Command, Reopened, ReplyConfirmed, ReplyRepeated, ReplyWritten, Resolved
from router.model.ids import ConversationId, MessageId
from router.model.message import DeliveryState, OutboundMessage
from tests.core import ANA, BETO
from tests.story import MINUTE, Story

FAILED, UNCONFIRMED = DeliveryState.FAILED, DeliveryState.UNCONFIRMED
Choice = ReplyConfirmed | ReplyRepeated


class Desk:
    """A conversation whose latest reply was reported as `state`."""

    def __init__(self, state: DeliveryState = UNCONFIRMED) -> None:
        self.story = Story()
        self.name: ConversationId = self.story.hears("Mi factura").id
        self.reply = self.replies("Ya está pagada")
        self.story.is_reported(self.reply, state)

    @property
    def now(self) -> Conversation:
        """The conversation."""
        return self.story.known[self.name]

    def replies(self, text: str) -> OutboundMessage:
        """The reply as it leaves."""
        self.story.happens(ReplyWritten(ANA, text), self.name)
        return self.story.replies[-1]

    def does(self, command: Command) -> tuple[OutcomeKind, str]:
        """What its author is told."""
        outcome = self.story.happens(command, self.name).outcome
        return outcome.kind, outcome.reason


def test_it_arrived_says_an_agent_and_we_wait_for_the_customer_again() -> None:
    # given a reply of which nobody knows whether it arrived: the team owes something
    desk = Desk()
    assert (desk.now.state, [each.message.id for each in desk.now.unreached]) == ("open", [desk.reply.id])
    # when an agent knows that it did
    assert desk.does(ReplyConfirmed(BETO, desk.reply.id)) == (OutcomeKind.DONE, "")
    # then it is delivered, on their word, and nothing is owed
    entry = desk.story.entries(EntryKind.DELIVERY)[-1]
    assert (entry.actor, entry.message, entry.detail["state"]) == ("Beto", desk.reply.id, "delivered")
    assert (desk.now.state, desk.now.waiting_since, desk.now.unreached) == ("pending", None, ())


@pytest.mark.parametrize("state", [UNCONFIRMED, FAILED])
def test_sent_again_it_is_a_new_message_that_names_the_old_one(state: DeliveryState) -> None:
    desk = Desk(state)
    desk.story.passes(MINUTE)
    assert desk.does(ReplyRepeated(BETO, desk.reply.id)) == (OutcomeKind.DONE, "")
    again = desk.story.replies[-1]
    assert again.id != desk.reply.id
    assert (again.text, again.recipient, again.author) == (desk.reply.text, desk.reply.recipient, "Ana")
    assert again.created_at == desk.reply.created_at + MINUTE
    entry = desk.story.entries(EntryKind.MESSAGE_OUT)[-1]
    assert (entry.actor, entry.detail["again"]) == ("Beto", desk.reply.id)
    assert (desk.now.state, desk.now.unreached) == ("pending", ())
    # and what becomes of the new one is told of the new one
    desk.story.is_reported(again, UNCONFIRMED)
    assert [each.message.id for each in desk.now.unreached] == [again.id]


@pytest.mark.parametrize("first", [ReplyConfirmed, ReplyRepeated])
@pytest.mark.parametrize("second", [ReplyConfirmed, ReplyRepeated])
def test_of_two_who_choose_the_second_is_refused(first: type[Choice], second: type[Choice]) -> None:
    desk = Desk()
    desk.does(first(ANA, desk.reply.id))
    before = (desk.now, len(desk.story.replies))
    assert desk.does(second(BETO, desk.reply.id)) == (OutcomeKind.REFUSED, "already_settled")
    assert (desk.now, len(desk.story.replies)) == before


@pytest.mark.parametrize("state", [DeliveryState.SENT, DeliveryState.DELIVERED])
@pytest.mark.parametrize("choice", [ReplyConfirmed, ReplyRepeated])
def test_what_was_sent_is_never_sent_again(state: DeliveryState, choice: type[Choice]) -> None:
    desk = Desk(state)
    assert desk.does(choice(BETO, desk.reply.id)) == (OutcomeKind.REFUSED, "already_settled")
    assert desk.does(choice(BETO, MessageId("o-07-none"))) == (OutcomeKind.REFUSED, "already_settled")
    assert len(desk.story.replies) == 1


def test_what_surely_failed_did_not_arrive() -> None:
    desk = Desk(FAILED)
    assert desk.does(ReplyConfirmed(BETO, desk.reply.id)) == (OutcomeKind.REFUSED, "did_not_leave")


@pytest.mark.parametrize("reason", ["the customer wrote", "another reply is open", "an agent reopened it"])
def test_what_is_owed_for_another_reason_stays_owed(reason: str) -> None:
    # given an unconfirmed reply, and something else that the team owes
    desk = Desk()
    if reason == "the customer wrote":
        desk.story.hears("¿Y bien?")
    elif reason == "another reply is open":
        desk.story.is_reported(desk.replies("Se lo aseguro"), UNCONFIRMED)
    else:
        desk.does(Resolved(ANA))
        desk.does(Reopened(ANA))
    # when it turns out that it arrived, then the team owes it still
    desk.does(ReplyConfirmed(ANA, desk.reply.id))
    assert desk.now.state is ConversationState.OPEN
    assert desk.now.waiting_since is not None


def test_a_late_receipt_settles_it_too() -> None:
    desk = Desk()
    desk.story.is_reported(desk.reply, DeliveryState.DELIVERED)
    assert (desk.now.state, desk.now.unreached) == ("pending", ())
    assert desk.does(ReplyRepeated(ANA, desk.reply.id)) == (OutcomeKind.REFUSED, "already_settled")


def test_sent_again_once_it_was_resolved_it_is_open_about_nothing_else() -> None:
    desk = Desk()
    desk.does(Resolved(ANA))
    assert desk.does(ReplyRepeated(ANA, desk.reply.id)) == (OutcomeKind.DONE, "")
    assert (desk.now.state, desk.now.resolved_at) == ("pending", None)
    assert desk.story.entries(EntryKind.REOPENED)


def test_the_record_stays_small() -> None:
    desk = Desk()
    for number in range(UNREACHED_KEPT + 5):
        desk.story.is_reported(desk.replies(str(number)), FAILED)
    assert len(desk.now.unreached) == UNREACHED_KEPT
    assert desk.now.unreached[-1].message == desk.story.replies[-1]
