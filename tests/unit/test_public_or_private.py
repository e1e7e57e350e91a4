"""Public or private: one conversation with both sides, and nothing personal leaves where all the world reads it."""

import dataclasses

import pytest
from msgspec.structs import replace

from router.core.context import Context
from router.core.decide import decide
from router.model.conversation import Conversation
from router.model.customer import Customer, LinkKind, with_link
from router.model.decision import Decision, EntryKind, OutcomeKind
from router.model.event import Body, DeliveryReported, Event, MessageArrived, ReplyRepeated, ReplyWritten
from router.model.finding import Cleared, Despite, FindingKind, Reason
from router.model.ids import EventId, customer_id
from router.model.message import ChannelName, DeliveryState, Handle, OutboundMessage, Quotation, Receipt
from router.model.team import Agent
from router.store import wire
from rules.engine import RuleBook, Then
from tests.clock import MONDAY
from tests.core import ANA, CARE, POLICY, TEAMS, written
from tests.story import ADA, asked

LUZ = Handle("twitter", "1001")
TWITTER = ChannelName("twitter")
SHOWN = "Listo, tu línea 6123-4567 ya tiene señal 🎉"
PHONE = Cleared("6123-4567", Reason.REFERENCE)


class Thread:
    """What one customer and the team write to each other."""

    def __init__(self, book: RuleBook | None = None, *ours: str) -> None:
        self.book = book or RuleBook(CARE)
        self.policy = dataclasses.replace(POLICY, public=ours)
        self.customer = Customer(customer_id("luz"))
        self.conversation: Conversation | None = None
        self.decisions: list[Decision] = []

    def hears(self, text: str, sender: Handle = LUZ, *, public: bool = True, channel: str = "twitter") -> Decision:
        """What follows from a message."""
        message = written(text, str(sender), f"m{len(self.decisions)}", MONDAY, channel=channel)
        thread = f"post{len(self.decisions)}" if public else "dm"
        return self.happens(MessageArrived(replace(message, public=public, thread=thread, references=(thread,))))

    def replies(
        self,
        text: str,
        channel: ChannelName | None = None,
        *cleared: Cleared,
        public: bool | None = None,
        despite: Despite | None = None,
        agent: Agent = ANA,
    ) -> Decision:
        """What follows from a reply, of Ana's if nobody else is named."""
        return self.happens(ReplyWritten(agent, text, channel, public, cleared, despite=despite))

    def happens(self, body: Body) -> Decision:
        """What follows from `body`; the same after a way over the wire."""
        event = Event(EventId(f"{1700000000000 + len(self.decisions)}-0"), 7, MONDAY, body)
        body = wire.decode(type(body), wire.encode(body))
        context = Context(TEAMS, self.policy, self.customer)
        done = decide(self.conversation, replace(event, body=body), context, self.book, MONDAY)
        self.decisions.append(done)
        self.customer = done.customer or self.customer
        self.conversation = done.conversation or self.conversation
        return done


def left(decision: Decision) -> tuple[bool, str, str]:
    """Whether the one message that left is public, its thread, and the handle that it goes to."""
    (message,) = decision.outbound
    return message.public, message.thread, str(message.recipient)


def test_in_public_and_in_private_it_is_one_conversation_answered_where_they_last_wrote() -> None:
    thread = Thread()
    # given somebody who wrote in public, then in private
    first = thread.hears("@hilo sin señal")
    assert left(thread.replies("Lo vemos")) == (True, "post0", "twitter:1001")
    second = thread.hears("Es la línea de mi casa", public=False)
    # then it is one conversation, and an answer goes where they last wrote, unless a side is named
    assert first.conversation
    assert second.conversation
    assert first.conversation.id == second.conversation.id
    assert left(thread.replies("Gracias")) == (False, "dm", "twitter:1001")
    assert left(thread.replies("¡Resuelto!", public=True)) == (True, "post0", "twitter:1001")
    assert left(thread.replies("Gracias", TWITTER, public=False)) == (False, "dm", "twitter:1001")
    # and the timeline tells what everybody could read
    told = [
        entry.detail.get("public", "")
        for each in thread.decisions
        for entry in each.entries
        if entry.kind in (EntryKind.MESSAGE_IN, EntryKind.MESSAGE_OUT)
    ]
    assert told == ["yes", "yes", "", "", "yes", ""]


def test_personal_data_is_stopped_in_public_and_leaves_in_private_which_we_open() -> None:
    # given somebody who has written in public alone
    thread = Thread()
    thread.hears("@hilo sin señal")
    before = thread.conversation
    # when an agent's answer shows their number
    stopped = thread.replies(SHOWN)
    # then nothing leaves and nothing changes, and it is told where the number stands
    assert (stopped.outcome.kind, stopped.outcome.reason) == (OutcomeKind.REFUSED, "stopped")
    (found,) = stopped.outcome.found
    assert (found.what, SHOWN[found.start : found.end]) == ("phone", "6123-4567")
    assert (stopped.outbound, stopped.conversation, thread.conversation) == ((), None, before)
    # when they agree, then the same words leave as a direct message to the same person, in no thread as yet
    agreed = thread.replies(SHOWN, public=False)
    assert left(agreed) == (False, "", "twitter:1001")
    assert (agreed.outbound[0].text, agreed.outbound[0].references) == (SHOWN, ())
    # and a reply without any is public as before
    assert left(thread.replies("Te escribimos por privado")) == (True, "post0", "twitter:1001")


def test_the_private_side_is_the_same_persons_whatever_they_wrote_on_last() -> None:
    thread = Thread()
    thread.hears("Hola", public=False)
    thread.hears("@hilo ¿y bien?")
    thread.hears("Por aquí también", ADA, public=False, channel="webchat")
    assert left(thread.replies(SHOWN)) == (False, "dm", str(ADA))
    assert left(thread.replies(SHOWN, TWITTER, public=False)) == (False, "dm", "twitter:1001")
    assert thread.replies(SHOWN, TWITTER).outcome.reason == "stopped"


def test_nobody_is_written_to_in_public_who_never_was_there() -> None:
    thread = Thread()
    thread.hears("Hola", public=False)
    assert thread.replies("Hola", public=True).outcome.reason == "not_in_public"
    assert thread.replies("Hola", ChannelName("email"), public=True).outcome.reason == "no_such_channel"


def test_who_says_that_it_is_no_personal_data_says_why_and_the_timeline_keeps_it() -> None:
    thread = Thread()
    thread.hears("@hilo sin señal")
    text = f"{SHOWN}, caso de ana@correo.example"
    # one of the two is not enough
    stopped = thread.replies(text, None, PHONE).outcome.found
    assert [found.what for found in stopped if found.kind is FindingKind.EXPOSURE] == ["email"]
    done = thread.replies(text, None, PHONE, Cleared("ana@correo.example", Reason.OURS), despite=Despite("no place"))
    assert left(done)[0] is True
    entry = next(entry for entry in done.entries if entry.kind is EntryKind.MESSAGE_OUT)
    assert entry.detail["cleared"] == "reference 6123-4567\nours ana@correo.example"


@pytest.mark.parametrize("writes", ["6123-4567", "+507 6123 4567", "61234567"])
def test_what_is_known_to_be_the_customers_can_not_be_said_to_be_anything_else(writes: str) -> None:
    # given a customer whose number is known
    thread = Thread()
    thread.hears("@hilo sin señal")
    thread.customer = with_link(thread.customer, Handle("phone", "+50761234567"), LinkKind.CLAIMED, MONDAY)
    text = f"Tu línea {writes} ya tiene señal"
    # then no reason lets it out
    (found,) = thread.replies(text, None, Cleared(writes, Reason.OURS)).outcome.found
    assert found.is_customers
    assert left(thread.replies(text, public=False))[0] is False


def test_what_the_customer_has_just_written_is_theirs_unless_it_is_ours() -> None:
    thread = Thread(None, "200-1234")
    thread.hears("Mi contrato es el 00123456 y en el 200-1234 nadie contesta")
    cleared = (Cleared("00123456", Reason.OTHER), Cleared("200-1234", Reason.OTHER))
    (found,) = thread.replies("El contrato 00123456 ya está; lo del 200-1234 también", None, *cleared).outcome.found
    assert (found.what, found.is_customers) == ("account", True)


def test_what_ops_named_as_ours_is_no_personal_data() -> None:
    thread = Thread(None, "+507 200-1234", "@hilo.example", "Av. Balboa 1234, Panamá")
    thread.hears("@hilo ¿dónde están?")
    told = "En Av. Balboa 1234; el teléfono es 200-1234, el correo care@hilo.example"
    assert left(thread.replies(told, despite=Despite("they asked where we are")))[0] is True
    others = thread.replies("El de él es 200-1235, otro@hilo.example.org, Av. Balboa 99").outcome.found
    assert [found.what for found in others if found.what] == ["phone", "email", "address"]


def test_sent_again_it_is_looked_at_again() -> None:
    # given a public reply that was let out, and did not arrive
    thread = Thread()
    thread.hears("@hilo sin señal")
    (message,) = thread.replies(SHOWN, None, PHONE).outbound
    thread.happens(_lost(message))
    # then the same words do not leave again by themselves
    assert thread.happens(ReplyRepeated(ANA, message.id)).outcome.reason == "stopped"
    assert thread.conversation is not None
    assert [each.message.id for each in thread.conversation.unreached] == [message.id]


@pytest.mark.parametrize(("public", "sent"), [(True, 0), (False, 1)])
def test_an_acknowledgement_shows_nothing_personal_in_public(public: bool, sent: int) -> None:
    book = RuleBook(CARE, (asked("urgente", Then(acknowledge={"es": "Ana te escribe desde el 6123-4567"})),))
    assert len(Thread(book).hears("urgente", public=public).outbound) == sent


def test_a_thread_quotes_nothing_in_a_direct_message_that_we_open() -> None:
    thread = Thread()
    heard = thread.hears("@hilo sin señal").conversation
    assert heard is not None
    (target,) = heard.targets
    quoted = replace(target, quotation=Quotation("@hilo sin señal", MONDAY), subject="x")
    thread.conversation = replace(heard, targets=(quoted,))
    (message,) = thread.replies("Hola", public=False).outbound
    assert (message.quotation, message.subject) == (None, "")


def _lost(message: OutboundMessage) -> DeliveryReported:
    receipt = Receipt(message.id, message.conversation, DeliveryState.FAILED, MONDAY)
    return DeliveryReported(receipt, message)
