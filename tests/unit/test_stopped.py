"""A reply is read before it leaves: what stops it, who may send it all the same, and what is kept of that."""

import dataclasses
from datetime import timedelta

import pytest
from msgspec.structs import replace

from desk.ways import ways
from router.core.context import Context
from router.core.decide import decide
from router.core.found.facts import facts_in
from router.model.calendar import Calendar
from router.model.conversation import Conversation
from router.model.customer import Customer, Link, LinkKind
from router.model.decision import Became, Decision, EntryKind, Guarded, OutcomeKind
from router.model.event import (
    Body,
    DeliveryReported,
    Event,
    MessageArrived,
    ReplyRepeated,
    ReplyWritten,
    TimerDue,
    TimerKind,
)
from router.model.finding import Cleared, Despite, Destination, FindingKind, Offer, Reason
from router.model.ids import AgentId, EventId, TeamId, customer_id
from router.model.message import LONGEST_TEXT, TAKES_NO_DIRECT_MESSAGES, ChannelName, DeliveryState, Handle, Receipt
from router.model.opening import week
from router.model.policy import CarePolicy
from router.model.promise import PromiseKind
from router.model.team import Agent
from router.store import wire
from rules.engine import RuleBook
from rules.guard.book import Allowed, GuardBook, shipped_book
from tests.clock import MONDAY
from tests.core import ANA, CARE, POLICY, TEAMS, written

LEO = Agent(AgentId("leo"), "Leo", frozenset({CARE}))
ON_X, BY_MAIL, IN_CHAT = "twitter:1001", "email:luz@example.org", "chat:luz"
CHANNELS = {ON_X: "twitter", BY_MAIL: "email", IN_CHAT: "webchat"}
TO_DM, TO_MAIL = "Mándanos un DM con tu número", "Escríbenos a care@hilo.example"
WHY = Despite("she asked for it")


class Desk:
    """One customer, and those who answer; the policy and the guard's book can be others."""

    def __init__(self, source: str = ON_X, *, public: bool = True, guard: GuardBook | None = None) -> None:
        self.guard = guard or shipped_book()
        self.policy = POLICY
        self.book = RuleBook(CARE)
        self.customer = Customer(customer_id("luz"))
        self.conversation: Conversation | None = None
        self.now = MONDAY
        self.count = 0
        message = written("No tengo señal", source, "m1", MONDAY, channel=CHANNELS[source])
        self.happens(MessageArrived(replace(message, public=public and source == ON_X, thread="t")))

    def replies(
        self,
        text: str,
        agent: Agent = LEO,
        despite: Despite | None = None,
        *,
        public: bool | None = None,
        cleared: tuple[Cleared, ...] = (),
        promise: timedelta | None = None,
    ) -> Decision:
        """What follows from a reply."""
        due_at = self.now + promise if promise else None
        return self.happens(ReplyWritten(agent, text, public=public, cleared=cleared, despite=despite, promise=due_at))

    def happens(self, body: Body) -> Decision:
        """What follows from `body`, after a way over the wire."""
        self.count += 1
        event = Event(EventId(f"{1700000000000 + self.count}-0"), 7, self.now, body)
        event = replace(event, body=wire.decode(type(body), wire.encode(body)))
        context = Context(TEAMS, self.policy, self.customer, guard=self.guard)
        done = decide(self.conversation, event, context, self.book, self.now)
        self.customer, self.conversation = done.customer or self.customer, done.conversation or self.conversation
        return done


def told(decision: Decision) -> dict[str, str]:
    """What the timeline tells of the reply that left."""
    (entry,) = (entry for entry in decision.entries if entry.kind is EntryKind.MESSAGE_OUT)
    return dict(entry.detail)


def refusal(decision: Decision) -> tuple[str, tuple[Offer, ...]]:
    """Why nothing left, and what was offered instead; nothing has changed."""
    assert decision.outcome.kind is OutcomeKind.REFUSED
    assert (decision.conversation, decision.outbound, decision.entries) == (None, (), ())
    return decision.outcome.reason, decision.outcome.offers


@pytest.mark.parametrize(
    ("source", "public", "text", "to", "offers"),
    [
        (ON_X, True, TO_DM, Destination.DM, (Offer.DM, Offer.DESPITE)),
        (ON_X, True, TO_MAIL, Destination.EMAIL, (Offer.EMAIL, Offer.DESPITE)),
        (ON_X, False, TO_MAIL, Destination.EMAIL, (Offer.EMAIL, Offer.DESPITE)),
        (IN_CHAT, False, TO_MAIL, Destination.EMAIL, (Offer.EMAIL, Offer.DESPITE)),
        (BY_MAIL, False, "Please call us at 611", Destination.PHONE, (Offer.DESPITE,)),
        (BY_MAIL, False, TO_DM, Destination.DM, (Offer.DESPITE,)),
    ],
)
def test_who_would_be_sent_elsewhere_is_not(
    source: str, public: bool, text: str, to: Destination, offers: tuple[Offer, ...]
) -> None:
    # given a customer, when an agent's reply sends them elsewhere
    stopped = Desk(source, public=public).replies(text)
    # then nothing leaves, and what Hilo can do for them comes first
    assert refusal(stopped) == ("stopped", offers)
    (found,) = stopped.outcome.found
    assert (found.kind, found.to) == (FindingKind.DEFLECTION, to)
    assert text[found.start : found.end] == found.phrase
    assert stopped.guarded == (Guarded(CARE, FindingKind.DEFLECTION, Became.STOPPED),)


def test_the_same_words_leave_where_they_send_nobody_anywhere() -> None:
    assert Desk(ON_X, public=False).replies("Por DM puedes mandar la foto").outbound
    assert Desk(BY_MAIL).replies("Escríbenos a este correo").outbound
    done = Desk().replies("Te llamamos nosotros hoy")
    assert done.outbound
    assert ([each.kind for each in done.outcome.found], done.guarded) == (["promise"], ())


def test_a_supervisor_sends_it_all_the_same_with_a_reason_that_is_kept() -> None:
    # given a reply that was stopped, then an agent does not get past it, nor a supervisor without a reason
    desk = Desk()
    assert refusal(desk.replies(TO_MAIL))[0] == "stopped"
    assert refusal(desk.replies(TO_MAIL, LEO, WHY))[0] == "supervisors_right"
    tried = desk.replies(TO_MAIL, ANA, Despite(" "))
    assert refusal(tried)[0] == "reason_needed"
    # and it counts as stopped once
    assert tried.guarded == ()
    # when a supervisor gives one
    done = desk.replies(TO_MAIL, ANA, WHY)
    # then it leaves, and the timeline says what was seen, why it left all the same, and by whom
    assert [message.text for message in done.outbound] == [TO_MAIL]
    entry = next(entry for entry in done.entries if entry.kind is EntryKind.MESSAGE_OUT)
    assert entry.actor == "Ana"
    assert entry.detail["despite"] == "deflection Escríbenos a care@hilo.example"
    assert entry.detail["despite_reason"] == "she asked for it"
    assert done.guarded == (Guarded(CARE, FindingKind.DEFLECTION, Became.OVERRIDDEN),)


def test_all_that_was_seen_is_told_at_once_and_no_reason_shows_personal_data() -> None:
    # given a reply in public that shows a number and sends the customer away
    desk = Desk()
    text = "Tu línea 6123-4567 no está; mándanos un DM"
    stopped = desk.replies(text)
    assert [each.kind for each in stopped.outcome.found] == ["exposure", "deflection"]
    # then a reason is none for showing it, and none is offered, until it is said to be nobody's
    assert refusal(stopped)[1] == (Offer.DM,)
    assert refusal(desk.replies(text, ANA, WHY))[0] == "stopped"
    cleared = (Cleared("6123-4567", Reason.REFERENCE),)
    assert refusal(desk.replies(text, ANA, cleared=cleared))[1] == (Offer.DM, Offer.DESPITE)
    done = desk.replies(text, ANA, WHY, cleared=cleared)
    assert told(done)["cleared"] == "reference 6123-4567"
    assert told(done)["despite"].startswith("deflection ")


def test_sent_again_it_is_read_again() -> None:
    # given a reply that was let pass and did not arrive
    desk = Desk()
    message = desk.replies(TO_MAIL, ANA, WHY).outbound[0]
    desk.happens(_lost(message.id, message.conversation, "gone", message))
    # then to send it again nobody has said a reason for
    assert refusal(desk.happens(ReplyRepeated(ANA, message.id)))[0] == "stopped"


def test_who_takes_no_direct_messages_is_invited_by_any_agent_with_a_reason() -> None:
    # given a direct message that we opened, and that X refused since the customer takes none
    desk = Desk()
    message = desk.replies("Aquí está tu factura", public=False).outbound[0]
    desk.happens(_lost(message.id, message.conversation, f"1 of 2 parts: {TAKES_NO_DIRECT_MESSAGES}", message))
    # when an agent asks in public for it, then an invitation is offered, and a mail
    text = "Síguenos para que podamos escribirte, o mándanos un DM"
    assert refusal(desk.replies(text)) == ("stopped", (Offer.INVITATION, Offer.EMAIL, Offer.DESPITE))
    assert refusal(desk.replies(text, LEO, Despite()))[0] == "reason_needed"
    done = desk.replies(text, LEO, Despite("their settings forbid ours"))
    assert told(done)["invitation"] == "their settings forbid ours"
    assert "despite_reason" not in told(done)
    # and to send them anywhere else stays a supervisor's right
    assert refusal(desk.replies(TO_MAIL, LEO, WHY))[0] == "supervisors_right"


def test_a_direct_message_that_failed_for_another_reason_is_no_invitation() -> None:
    desk = Desk()
    message = desk.replies("Aquí está tu factura", public=False).outbound[0]
    desk.happens(_lost(message.id, message.conversation, "the post is deleted", message))
    assert refusal(desk.replies(TO_DM)) == ("stopped", (Offer.DM, Offer.DESPITE))
    assert refusal(desk.replies(TO_DM, LEO, WHY))[0] == "supervisors_right"


def test_without_a_mailbox_of_ours_no_mail_is_offered() -> None:
    desk = Desk(IN_CHAT)
    desk.policy = dataclasses.replace(POLICY, answer_by={})
    assert refusal(desk.replies(TO_MAIL))[1] == (Offer.DESPITE,)


def test_what_ops_allow_a_team_is_not_stopped() -> None:
    # given a team that may send people to a branch
    allowed = Allowed(CARE, FindingKind.DEFLECTION, frozenset({Destination.BRANCH}))
    desk = Desk(guard=GuardBook(shipped_book().wordings, (allowed,)))
    assert desk.replies("Acércate a la sucursal de Centro").outbound
    assert refusal(desk.replies(TO_MAIL))[0] == "stopped"
    # and another team may not
    other = GuardBook(shipped_book().wordings, (dataclasses.replace(allowed, team=TeamId("sales")),))
    assert refusal(Desk(guard=other).replies("Acércate a la sucursal de Centro"))[0] == "stopped"


def test_to_name_the_customers_own_number_or_address_sends_them_nowhere() -> None:
    # given a customer who has told where they are reached
    desk = Desk(IN_CHAT)
    text = "Mi correo es luz@example.org y mi teléfono 6123-4567"
    desk.happens(MessageArrived(replace(written(text, IN_CHAT, "m2", MONDAY), facts=facts_in(text, region="PA"))))
    # then a reply may say that it went there, and that it works
    for reply in ("Te enviamos la factura a luz@example.org", "Ya revisamos la línea 6123-4567 y todo bien"):
        assert desk.replies(reply).outbound, reply
    # and what is not theirs is a place to go, as is what they are to write from
    for reply in ("Escríbenos a care@hilo.example", "Escríbenos un correo desde luz@example.org"):
        assert refusal(desk.replies(reply))[0] == "stopped"


def test_an_address_that_is_only_claimed_is_not_the_customers_own() -> None:
    # given an address that somebody says is this customer's, then proves
    for kind, stays in ((LinkKind.CLAIMED, False), (LinkKind.VERIFIED, True)):
        desk = Desk(IN_CHAT)
        links = (Link(Handle("email", "luz@example.org"), kind, MONDAY),)
        desk.customer = replace(desk.customer, links=links)
        # then only the proved one is where they are reached
        assert bool(desk.replies("Llegará al correo luz@example.org").outbound) is stays, kind


def test_the_subject_of_a_mail_is_read_with_it() -> None:
    # given a customer in the chat, to whom a mail is written at an address that they gave
    desk = Desk(IN_CHAT)

    def mail(subject: str) -> Decision:
        place = Handle("email", "luz@example.org")
        return desk.happens(ReplyWritten(LEO, "Aquí va la factura.", to=place, subject=subject))

    # when its subject sends them elsewhere, then it is stopped, and what was seen stands at no place of the text
    left = mail("Llámanos al 800-123-4567")
    assert refusal(left)[0] == "stopped"
    assert [(each.phrase, each.start, each.end) for each in left.outcome.found] == [("Llámanos al 800-123-4567", 0, 0)]
    # and any other leaves
    assert mail("Tu factura").outbound


def test_a_number_of_ours_that_the_customer_has_told_is_no_number_of_theirs() -> None:
    # given a customer who tells which number they were given
    desk = Desk(IN_CHAT)
    text = "Me dieron el número 6000-1234 para llamar y nadie contesta"
    desk.happens(MessageArrived(replace(written(text, IN_CHAT, "m2", MONDAY), facts=facts_in(text, region="PA"))))
    # then they are sent there no more than anywhere
    for reply in ("Llámenos al 6000-1234", "Comunícate con nosotros al 6000-1234", "Please call us at 6000-1234"):
        assert refusal(desk.replies(reply))[0] == "stopped", reply
    # and that we call them there sends nobody anywhere
    assert desk.replies("Te llamamos al 6000-1234").outbound


def test_nobody_is_asked_again_and_the_fact_is_shown() -> None:
    # given a customer who has told their number, and what they tried
    desk = Desk(IN_CHAT)
    said = facts_in("Mi cédula es 8-123-4567 y ya reinicié el módem")
    desk.happens(MessageArrived(replace(written("Mi cédula es 8-123-4567", IN_CHAT, "m2", MONDAY), facts=said)))
    # when an agent asks for it again, then the fact is shown instead, as lists show it
    stopped = desk.replies("¿Me das tu número de cédula?")
    (found,) = stopped.outcome.found
    assert (found.kind, found.fact, found.known) == (FindingKind.REPEAT, "identity", "****4567")
    assert refusal(stopped) == ("stopped", (Offer.SHOW_FACT, Offer.DESPITE))
    # and so it is with a step that was tried
    (found,) = desk.replies("Prueba a reiniciar el módem").outcome.found
    assert (found.kind, found.fact) == (FindingKind.REPEAT, "tried")
    # and what is not known may be asked
    assert desk.replies("¿Cuál es tu número de cuenta?").outbound


def test_words_without_a_date_are_stopped_once_and_any_agent_may_send_them() -> None:
    desk = Desk(IN_CHAT)
    text = "Lo resolvemos lo antes posible"
    assert refusal(desk.replies(text)) == ("stopped", (Offer.DATE, Offer.DESPITE))
    done = desk.replies(text, LEO, Despite())
    assert told(done)["despite"] == "empty lo antes posible"
    assert "despite_reason" not in told(done)
    assert done.guarded == (Guarded(CARE, FindingKind.EMPTY, Became.OVERRIDDEN),)
    # with a date it leaves
    assert desk.replies("Lo resolvemos lo antes posible, a más tardar mañana a las 10").outbound


def test_a_reply_that_is_longer_than_what_is_read_does_not_leave() -> None:
    # given a reply that sends the customer away behind all that is read
    desk = Desk(IN_CHAT)
    assert refusal(desk.replies("a" * LONGEST_TEXT + ". Llámanos al 800-123-4567")) == ("text_too_long", ())
    assert desk.replies("a" * LONGEST_TEXT).outbound


def test_what_sends_them_elsewhere_only_once_it_is_mailed_leaves_and_is_noted() -> None:
    # given visitors who gave an address and left before they read an answer
    for text, noted in (("Escríbenos por el chat", "deflection Escríbenos por el chat"), ("Ya está listo", None)):
        desk = Desk(IN_CHAT)
        desk.policy = dataclasses.replace(POLICY, answer_by={"email": (ChannelName("email"), "care")})
        assert desk.conversation
        desk.conversation = replace(desk.conversation, address=Handle("email", "luz@example.org"))
        (timer,) = (each for each in desk.replies(text).timers if each.kind is TimerKind.UNDELIVERED)
        # when it is mailed to them
        done = desk.happens(TimerDue(timer.kind, timer.turn, timer.due_at, timer.subject))
        # then nothing is withheld, and the timeline says where it sends them
        assert [message.recipient.kind for message in done.outbound] == ["email"]
        assert told(done).get("despite") == noted


def test_a_promise_stops_nothing_and_is_told() -> None:
    # given a team whose days are those of Panama
    desk = Desk(IN_CHAT)
    desk.book = RuleBook(CARE, calendars={"office": Calendar("office", "America/Panama")})
    done = desk.replies("Te llamamos mañana a las 10")
    # then it is in the timeline with its instant, and its author is told, so that they can record it
    due_at = MONDAY.replace(day=MONDAY.day + 1, hour=15)
    (found,) = done.outcome.found
    assert (found.kind, found.due_at) == (FindingKind.PROMISE, due_at)
    assert told(done)["promised"] == f"{due_at.isoformat()} {found.phrase}"
    assert "promise" not in told(done)


def test_a_promise_that_is_recorded_is_owed_by_then_and_missed_if_nothing_comes() -> None:
    # given a promise of an agent's
    desk = Desk(IN_CHAT)
    done = desk.replies("Te escribo a las 14:00", promise=timedelta(hours=2))
    due_at = MONDAY + timedelta(hours=2)
    assert told(done)["promise"] == due_at.isoformat()
    assert desk.conversation
    (promise,) = desk.conversation.promises
    assert (promise.kind, promise.due_at, promise.text) == (PromiseKind.WORD, due_at, "Te escribo a las 14:00")
    # when the customer writes meanwhile, it is owed all the same
    desk.happens(MessageArrived(written("Vale", IN_CHAT, "m2", MONDAY)))
    assert desk.conversation.promises == (promise,)
    # and its agent is told before it is late
    (timer,) = done.timers
    desk.now = timer.due_at
    chased = desk.happens(TimerDue(timer.kind, timer.turn, timer.due_at, timer.subject))
    (told_of,) = chased.entries
    assert (told_of.kind, told_of.detail["state"], told_of.detail["told"]) == (EntryKind.PROMISE, "chased", "agent")


def test_a_vague_promise_has_the_policys_date_and_one_key_confirms_it() -> None:
    # given a team that answers until 18:00 in Panama, and what ops make of "as soon as possible"
    desk = Desk(IN_CHAT)
    office = Calendar("office", "America/Panama", week({"mon-fri": "08:00-18:00"}))
    care = CarePolicy(vague_within=timedelta(hours=4), vague_calendar="office")
    desk.book = RuleBook(CARE, calendars={"office": office}, care=care)
    text = "A la brevedad posible te llamamos"
    # when one writes so, then it is stopped, and the date that the policy makes of it is shown with the way out
    stopped = desk.replies(text)
    assert refusal(stopped) == ("stopped", (Offer.DATE, Offer.DESPITE))
    noon = MONDAY.replace(hour=17)
    assert {(each.kind, each.due_at, each.vague) for each in stopped.outcome.found} == {
        (FindingKind.EMPTY, noon, True),
        (FindingKind.PROMISE, noon, True),
    }
    assert desk.conversation
    assert ways(stopped.outcome, desk.conversation, None)[0] == {"offer": "date", "fields": {"promise": noon}}
    # and sent again with it, it leaves, and is owed by then; that it was made of vague words is known
    done = desk.replies(text, promise=noon - desk.now)
    assert done.outbound
    assert done.guarded == ()
    (promise,) = desk.conversation.promises
    assert (promise.kind, promise.due_at, promise.vague) == (PromiseKind.CALL, noon, True)
    assert told(done)["promised"] == "- A la brevedad posible"


def test_where_hilo_can_call_nobody_is_sent_to_a_phone() -> None:
    # given a company whose phone Hilo drives
    desk = Desk(IN_CHAT)
    desk.policy = dataclasses.replace(POLICY, has_phone=True)
    # when a reply sends them to call, then we call them
    stopped = desk.replies("Llámanos al 800-1234 por favor")
    assert refusal(stopped) == ("stopped", (Offer.CALL, Offer.DESPITE))
    assert desk.conversation
    assert ways(stopped.outcome, desk.conversation, None)[0] == {"offer": "call", "fields": {}}


def _lost(message: str, conversation: str, reason: str, body: object) -> DeliveryReported:
    receipt = Receipt(message, conversation, DeliveryState.FAILED, MONDAY, reason=reason)  # type: ignore[arg-type]
    return DeliveryReported(receipt, body)  # type: ignore[arg-type]
