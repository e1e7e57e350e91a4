"""What becomes of promises: kept by a word, an agent or a call; chased before they are late; told and counted once."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from desk.call_bodies import MakePromise
from desk.view import findings
from router.core.context import Context
from router.core.identity.together import both
from router.core.promises.calls import followed
from router.core.promises.kept import AROUND
from router.core.promises.moments import moment, window
from router.core.queue import queue_score
from router.core.step import Step
from router.model.call import Call, CallDirection, CallReport, CallStatus
from router.model.conversation import Conversation, ConversationState
from router.model.decision import Decision, EntryKind, OutcomeKind, TimelineEntry
from router.model.event import (
    Body,
    CallbackSet,
    CallReported,
    CallTaken,
    Claimed,
    Command,
    Event,
    NoteAdded,
    PromiseMade,
    PromiseMoved,
    PromiseSettled,
    ReplyWritten,
    Resolved,
    Snoozed,
)
from router.model.ids import AgentId, EventId, MessageId, PromiseId
from router.model.message import ChannelName, Handle
from router.model.policy import CallPolicy, CarePolicy
from router.model.promise import PROMISES_KEPT, Chased, Promise, PromiseKind, PromiseState
from rules.engine import RuleBook
from tests.clock import MONDAY
from tests.core import ANA, CARE, POLICY
from tests.story import ADA, BOB, DAY, HOUR, MINUTE, OFFICE, Story

WORD, CALL, VISIT, DEED = PromiseKind
OPEN, KEPT, BROKEN, DROPPED = PromiseState
PANAMA, MADRID = ZoneInfo("America/Panama"), ZoneInfo("Europe/Madrid")
PANAMANIAN = CallPolicy(zone="America/Panama")


class Desk:
    """A customer and Ana, who promises; the office is in Panama, where it is four in the morning as it begins."""

    def __init__(self, text: str = "Hola", sender: Handle = ADA) -> None:
        self.story = Story(RuleBook(CARE, calendars={"office": OFFICE}, care=CarePolicy(follow_up_after=None)), MONDAY)
        self.name = self.story.hears(text, sender).id

    @property
    def now(self) -> Conversation:
        return self.story.known[self.name]

    @property
    def promise(self) -> Promise:
        """The only one."""
        (promise,) = self.now.promises
        return promise

    @property
    def states(self) -> list[str]:
        """What the timeline told of promises, in order: who was told stands behind a colon."""
        lines = (each.detail for each in self.lines)
        return [each["state"] + (f":{each['told']}" if each["state"] == "chased" else "") for each in lines]

    @property
    def lines(self) -> list[TimelineEntry]:
        return self.story.entries(EntryKind.PROMISE)

    @property
    def told(self) -> list[str]:
        """What the customer was told by itself."""
        return [message.text for message in self.story.replies if message.is_automatic]

    @property
    def counted(self) -> dict[tuple[str, str], int]:
        return dict(self.story.tallies)

    def does(self, command: Body) -> Decision:
        return self.story.happens(command, self.name)

    def promises(
        self, kind: PromiseKind, within: timedelta, *, begins: timedelta | None = None, text: str = ""
    ) -> Promise:
        from_at = self.story.now + begins if begins is not None else None
        assert self.does(PromiseMade(ANA, kind, self.story.now + within, text, from_at)).conversation
        return self.now.promises[-1]

    def replies(self, text: str = "Hola", within: timedelta | None = None) -> Decision:
        return self.does(ReplyWritten(ANA, text, promise=self.story.now + within if within else None))


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Te llamo mañana a las 10", CALL),
        ("We will call you back tomorrow at 10", CALL),
        ("El técnico te visita mañana a las 10", VISIT),
        ("The technician will visit you tomorrow at 10", VISIT),
        ("El técnico te llama mañana a las 10", CALL),
        ("Te escribo mañana a las 10", WORD),
        ("I will let you know tomorrow at 10", WORD),
        ("Te acreditamos el saldo mañana a las 10", DEED),
        ("We will credit your account tomorrow at 10", DEED),
        ("Te llamo el viernes y te escribo mañana a las 10", WORD),
        ("Gracias por avisar", WORD),
    ],
)
def test_a_confirmed_promise_is_of_the_kind_that_its_words_say(text: str, kind: PromiseKind) -> None:
    desk = Desk()
    due_at = datetime(2026, 11, 24, 10, tzinfo=PANAMA)
    desk.does(ReplyWritten(ANA, text, promise=due_at))
    assert (desk.promise.kind, desk.promise.due_at, desk.promise.text) == (kind, due_at, text)
    assert (desk.promise.by, desk.promise.by_name, desk.promise.vague) == (ANA.id, "Ana", False)


def test_a_word_is_kept_by_the_next_reply_in_time_and_counted() -> None:
    desk = Desk()
    desk.replies("Te escribo en una hora", HOUR)
    desk.story.passes(45 * MINUTE)
    # when its agent was reminded, and writes in time
    assert desk.states == ["made", "chased:agent", "chased:team"]
    desk.replies("Ya está")
    # then it is kept, and nothing more comes of it
    assert (desk.promise.state, desk.promise.settled_at) == (KEPT, desk.story.now)
    desk.story.passes(2 * DAY)
    assert desk.counted == {("promise", "kept"): 1}
    assert desk.told == []
    assert desk.states[-1] == "kept"


def test_it_is_brought_before_its_agent_the_team_and_a_supervisor_and_goes_up_in_the_queue() -> None:
    # given one who waits for nothing, and a promise that a reply does not keep
    desk = Desk()
    desk.replies("Te acreditamos el saldo en 3 horas", 3 * HOUR)
    assert (desk.promise.kind, desk.now.state) == (DEED, ConversationState.PENDING)
    scores = [queue_score(desk.now)]
    # when its time comes near
    for minutes, chased in ((150, Chased.AGENT), (15, Chased.TEAM), (10, Chased.SUPERVISOR)):
        desk.story.passes(minutes * MINUTE)
        assert desk.promise.chased is chased
        scores.append(queue_score(desk.now))
    # then it is ours again, further up each time, and before the supervisors at last
    assert desk.now.state is ConversationState.OPEN
    assert scores[0] > scores[1] > scores[2] >= scores[3]
    assert desk.now.is_escalated
    assert desk.states == ["made", "chased:agent", "chased:team", "chased:supervisor"]


def test_what_is_late_is_broken_once_and_the_customer_is_told_a_new_time() -> None:
    desk = Desk()
    desk.promises(DEED, HOUR)
    desk.story.passes(HOUR)
    # then it is counted as broken, and its customer knows until when it is kept now
    again = desk.story.now + 4 * HOUR
    assert (desk.promise.broken_at, desk.promise.due_at, desk.promise.is_open) == (desk.story.now, again, True)
    assert desk.counted == {("promise", "broken"): 1}
    assert desk.told == [
        "Lo que prometimos para hoy a las 5:00 todavía no está hecho: lo sentimos. "
        "Habrá noticias a más tardar hoy a las 9:00."
    ]
    (message,) = [each for each in desk.story.replies if each.is_automatic]
    assert (message.recipient, message.subject, message.quotation, message.author) == (ADA, "", None, "")
    assert desk.lines[-1].detail["again"] == again.isoformat()
    # and kept later it was broken all the same
    desk.does(PromiseSettled(ANA, desk.promise.id, KEPT))
    assert (desk.promise.state, desk.counted) == (KEPT, {("promise", "broken"): 1})
    # and its line says so, where `late` would be the seconds by which time itself was
    assert (desk.lines[-1].detail["was_late"], "late" in desk.lines[-1].detail) == ("yes", False)


def test_late_again_tells_the_supervisor_and_the_customer_once_a_day() -> None:
    desk = Desk()
    desk.promises(DEED, HOUR)
    desk.story.passes(HOUR)
    # when the new time is over as well, although somebody has resolved it meanwhile
    desk.story.passes(4 * HOUR - MINUTE)
    desk.does(Resolved(ANA))
    assert (desk.now.is_escalated, desk.now.state) == (False, ConversationState.RESOLVED)
    desk.story.passes(MINUTE)
    assert (desk.now.is_escalated, len(desk.told)) == (True, 1)
    assert desk.promise.due_at == desk.story.now
    # then they are told once more a day later, and again each day as long as nobody does anything
    desk.story.passes(20 * HOUR)
    assert len(desk.told) == 2
    desk.story.passes(3 * DAY)
    assert len(desk.told) == 5
    assert desk.counted == {("promise", "broken"): 1}


@pytest.mark.parametrize("is_settled", [False, True])
def test_what_is_late_by_night_is_counted_at_once_and_told_in_the_morning(is_settled: bool) -> None:
    # given a promise that is late at ten in the evening, on the clock of the policy
    desk = Desk()
    desk.story.passes(13 * HOUR - MINUTE)
    desk.promises(VISIT if is_settled else DEED, MINUTE)
    desk.story.passes(MINUTE)
    if is_settled:
        desk.does(PromiseSettled(ANA, desk.promise.id, BROKEN))
    kind = "visit" if is_settled else "promise"
    assert (desk.told, desk.counted, desk.now.is_escalated) == ([], {(kind, "broken"): 1}, False)
    # when the morning comes, then they are told of what they were promised, with a new time
    desk.story.passes(10 * HOUR - MINUTE)
    assert desk.told == []
    desk.story.passes(MINUTE)
    (told,) = desk.told
    assert told.startswith("La visita prevista para ayer" if is_settled else "Lo que prometimos para ayer")
    assert desk.promise.due_at == desk.story.now + 4 * HOUR
    assert (desk.counted, desk.now.is_escalated) == ({(kind, "broken"): 1}, False)


def test_a_chat_that_was_answered_in_english_is_told_in_english() -> None:
    desk = Desk("I have no internet since yesterday, please help me with my modem")
    desk.promises(CALL, HOUR)
    desk.does(PromiseSettled(ANA, desk.promise.id, DROPPED))
    desk.promises(WORD, HOUR)
    desk.story.passes(HOUR)
    assert desk.told == [
        "We promised an answer by today at 5:00, and it is not here yet: we are sorry. "
        "It will come by today at 9:00 at the latest."
    ]


def test_a_promise_made_too_late_to_be_chased_is_only_late() -> None:
    desk = Desk()
    desk.replies("Dame 3 minutos y te confirmo", 3 * MINUTE)
    desk.story.passes(3 * MINUTE)
    assert desk.states == ["made", "late"]


def test_a_call_is_owed_and_kept_once_they_have_talked() -> None:
    # given a call that was promised
    desk = Desk()
    desk.replies("Te llamo en dos horas", 2 * HOUR)
    callback = desk.now.callback
    assert callback
    assert (callback.reason, callback.wanted, callback.due_at) == ("promise", ANA.id, desk.promise.due_at)
    # when it is moved to another hour with a reply that its agent confirms, then there is no other
    desk.replies("Te llamo mejor a las 8:30", 4 * HOUR + 30 * MINUTE)
    assert desk.promise.due_at == desk.story.now + 4 * HOUR + 30 * MINUTE


@pytest.mark.parametrize(("status", "is_kept"), [(CallStatus.ENDED, True), (CallStatus.NO_ANSWER, False)])
def test_a_call_is_kept_once_they_have_talked_and_a_word_as_well(status: CallStatus, is_kept: bool) -> None:
    # given a call, a word and a deed that are promised, and a call under way
    desk = Desk()
    for kind in (CALL, WORD, DEED):
        desk.promises(kind, 2 * HOUR)
    number = Handle("phone", "+50761234567")
    call = Call(MessageId("o-07-x"), CallDirection.OUT, CallStatus.RINGING, MONDAY, number)
    before = replace(desk.now, call=call)
    answered_at = MONDAY if is_kept else None
    after = replace(before, call=replace(call, status=status, answered_at=answered_at))
    # when it is over, then what people heard from us is kept
    event = Event(EventId("1700000000099-0"), 7, MONDAY, NoteAdded(ANA, "any"))
    step = Step(event, Context(desk.story.teams, POLICY), desk.story.book, MONDAY, before)
    done = followed(before, after, step)
    states = [each.state for each in done.conversation.promises]
    assert states == ([KEPT, KEPT, OPEN] if is_kept else [OPEN, OPEN, OPEN])
    assert len(done.tallies) == len(done.entries) == (2 if is_kept else 0)


@pytest.mark.parametrize("is_reached", [True, False])
def test_a_promised_call_is_rung_at_its_hour_and_kept_or_given_up_with_its_callback(is_reached: bool) -> None:
    # given a customer whose number is known, and a call promised for tomorrow at ten
    desk = Desk()
    ana = replace(ANA, phone="phone:+50760000000")
    number = Handle("phone", "+50761234567")
    assert desk.does(CallbackSet(ANA, number)).conversation
    ten = datetime(2026, 11, 24, 10, tzinfo=PANAMA)
    desk.does(ReplyWritten(ANA, "Te llamo mañana a las 10", promise=ten))
    assert desk.now.callback
    assert (desk.now.callback.ready_at, desk.now.callback.due_at) == (ten - 15 * MINUTE, ten)
    # when it is made in time, and they talk, or each attempt is in vain
    desk.story.passes(ten - desk.story.now - 10 * MINUTE)
    while desk.now.callback and desk.now.callback.kind == "schedule":
        callback = desk.now.callback
        desk.story.now = max(desk.story.now, callback.ready_at or desk.story.now)
        assert desk.does(CallTaken(ana, callback.id)).conversation
        order = desk.story.replies[-1].id
        ends = (CallStatus.TALKING, CallStatus.ENDED) if is_reached else (CallStatus.NO_ANSWER,)
        for status in ends:
            desk.does(CallReported(CallReport(order, status, desk.story.now)))
    # then it was kept; or the customer was told, and owes us an hour
    assert desk.promise.state is (KEPT if is_reached else DROPPED)
    assert desk.counted.get(("promise", "kept"), 0) == is_reached
    assert (len(desk.told) > 0) is not is_reached
    desk.story.passes(2 * DAY)
    assert ("promise", "broken") not in desk.counted


def test_a_reply_that_names_another_time_moves_nothing_unless_its_agent_confirms_it() -> None:
    desk = Desk()
    desk.replies("Te llamo en dos horas", 2 * HOUR)
    known = desk.promise
    desk.replies("Te llamo mejor a las 8:30")
    assert desk.promise == known


def test_a_visit_is_told_the_customer_before_it_and_its_agent_asked_behind_it() -> None:
    # given a technician who comes tomorrow in the morning, and a conversation that is done for the desk
    desk = Desk()
    desk.promises(VISIT, DAY + 8 * HOUR, begins=DAY + 4 * HOUR)
    desk.does(Resolved(ANA))
    assert desk.states == ["made", "still_owed"]
    # when it is near, then its customer is told, and the conversation rests
    desk.story.passes(DAY + 2 * HOUR)
    assert desk.told == [
        "Recordatorio: la visita está prevista para hoy entre las 8:00 y las 12:00. "
        "Si no es posible, basta con responder a este mensaje."
    ]
    assert desk.now.state is ConversationState.RESOLVED
    # and when it is over, nobody takes it for kept: it is asked
    desk.story.passes(6 * HOUR + 30 * MINUTE)
    assert (desk.states[-1], desk.now.state, desk.counted) == ("asked", ConversationState.OPEN, {})
    desk.does(PromiseSettled(ANA, desk.promise.id, KEPT))
    assert desk.counted == {("visit", "kept"): 1}


def test_a_visit_that_did_not_come_is_told_with_a_time_by_which_there_is_another() -> None:
    desk = Desk()
    desk.promises(VISIT, 4 * HOUR, begins=HOUR)
    desk.story.passes(5 * HOUR)
    desk.does(PromiseSettled(ANA, desk.promise.id, BROKEN, "no había nadie"))
    assert desk.counted == {("visit", "broken"): 1}
    assert desk.told == [
        "La visita prevista para hoy a las 8:00 no tuvo lugar: lo sentimos. "
        "A más tardar hoy a las 13:00 propondremos otra fecha."
    ]
    # until then it is chased like a word, and a new window is one more visit, counted no more
    desk.does(PromiseMoved(ANA, desk.promise.id, desk.story.now + 2 * DAY, desk.story.now + 2 * DAY - HOUR))
    assert desk.promise.is_visit
    desk.story.passes(2 * DAY - 2 * HOUR)
    assert desk.told[-1].startswith("Recordatorio: ")
    desk.does(PromiseSettled(ANA, desk.promise.id, KEPT))
    assert desk.counted == {("visit", "broken"): 1}


def test_a_visit_of_which_nobody_says_anything_counts_as_missed_a_day_later() -> None:
    desk = Desk()
    desk.promises(VISIT, 2 * HOUR)
    desk.story.passes(2 * HOUR + DAY)
    assert desk.states == ["made", "asked", "asked", "asked", "late"]
    assert desk.counted == {("visit", "broken"): 1}
    assert desk.told[-1].startswith("No sabemos si se hizo la visita prevista para ayer a las 6:00")


def test_what_is_promised_outlives_a_resolution_and_keeps_it_from_closing() -> None:
    # given something due in ten days, in a conversation that would close in three
    desk = Desk()
    desk.promises(DEED, 10 * DAY)
    desk.does(Resolved(ANA))
    desk.story.passes(9 * DAY)
    assert (desk.now.state, desk.states) == (ConversationState.RESOLVED, ["made", "still_owed"])
    # when it comes near, then the conversation is before its team again
    desk.story.passes(DAY - 10 * MINUTE)
    assert (desk.now.state, desk.promise.chased) == (ConversationState.OPEN, Chased.TEAM)
    # and once it is settled the conversation closes as ever
    desk.does(PromiseSettled(ANA, desk.promise.id, KEPT))
    desk.does(Resolved(ANA))
    desk.story.passes(3 * DAY)
    assert desk.now.is_closed


def test_settled_while_it_is_resolved_it_closes_when_it_would_have() -> None:
    desk = Desk()
    desk.promises(DEED, 10 * DAY)
    desk.does(Resolved(ANA))
    desk.does(PromiseSettled(ANA, desk.promise.id, DROPPED))
    assert desk.counted == {}
    desk.story.passes(3 * DAY)
    assert desk.now.is_closed


def test_ten_are_open_at_most_and_none_is_forgotten_for_a_newer_one() -> None:
    desk = Desk()
    for number in range(PROMISES_KEPT):
        desk.promises(DEED, (number + 1) * DAY)
    first = desk.now.promises[3]
    refused = desk.does(PromiseMade(ANA, DEED, desk.story.now + HOUR))
    assert (refused.outcome.kind, refused.outcome.reason) == (OutcomeKind.REFUSED, "too_many_promises")
    assert desk.replies("Te acredito mañana", DAY).outcome.reason == "too_many_promises"
    # with one settled there is room, and it goes
    desk.does(PromiseSettled(ANA, first.id, KEPT))
    desk.promises(DEED, HOUR)
    assert first.id not in [each.id for each in desk.now.promises]
    assert len([each for each in desk.now.promises if each.is_open]) == PROMISES_KEPT


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (PromiseSettled(ANA, PromiseId("p-07-none"), KEPT), "no_such_promise"),
        (PromiseMoved(ANA, PromiseId("p-07-none"), MONDAY + HOUR), "no_such_promise"),
        (PromiseMade(ANA, WORD, MONDAY), "in_the_past"),
    ],
)
def test_what_can_not_be_is_refused(command: Command, reason: str) -> None:
    assert Desk().does(command).outcome.reason == reason


def test_what_is_settled_stays_so() -> None:
    desk = Desk()
    name = desk.promises(DEED, HOUR).id
    desk.does(PromiseSettled(ANA, name, KEPT))
    for command in (PromiseSettled(ANA, name, BROKEN), PromiseMoved(ANA, name, MONDAY + DAY)):
        assert desk.does(command).outcome.reason == "already_settled"
    assert desk.counted == {("promise", "kept"): 1}


def test_what_was_typed_is_read_too_and_what_else_it_promises_is_shown() -> None:
    desk = Desk()
    text = "Mañana a las 10 te llamo, y el viernes pasa el técnico"
    done = desk.does(PromiseMade(ANA, CALL, datetime(2026, 11, 24, 10, tzinfo=PANAMA), text))
    assert [(each.phrase, each.due_at) for each in done.outcome.found] == [
        ("el viernes", datetime(2026, 11, 27, 18, tzinfo=PANAMA))
    ]
    assert len(desk.now.promises) == 1


def test_each_promise_of_a_text_is_told_with_its_kind_and_vague_ones_are_recorded_as_such() -> None:
    desk = Desk()
    text = "Te llamo mañana a las 10 y el técnico te visita el jueves"
    found = desk.does(ReplyWritten(ANA, text)).outcome.found
    assert [(each.phrase, each.promise) for each in found] == [("mañana a las 10", CALL), ("el jueves", VISIT)]
    assert [each["promise"] for each in findings(found)] == ["call", "visit"]
    # when one that names no time is confirmed by its own key, through the desk
    text = "Te escribo lo antes posible"
    vague = next(each for each in desk.does(ReplyWritten(ANA, text)).outcome.found if each.promise)
    assert (vague.vague, vague.promise) == (True, WORD)
    assert vague.due_at
    for is_vague in (True, False):
        body = MakePromise(kind=WORD, due_at=vague.due_at, text="Te escribo", vague=is_vague)
        desk.does(body.command(ANA, desk.story.now))
        assert desk.now.promises[-1].vague is is_vague


def test_a_call_at_an_hour_is_owed_then_whichever_way_it_was_confirmed_and_moved() -> None:
    # given the same promise, sent along with the reply, or confirmed by a key after it has left
    ten = datetime(2026, 11, 24, 10, tzinfo=PANAMA)
    along, after = Desk(), Desk()
    along.does(ReplyWritten(ANA, "Te llamo mañana a las 10", promise=ten))
    after.does(PromiseMade(ANA, CALL, ten, "Te llamo mañana a las 10"))
    for desk in (along, after):
        # then nobody is asked to call before that hour, nor before the hour to which it is moved
        for hour in (ten, ten + 5 * HOUR):
            if hour != ten:
                desk.does(PromiseMoved(ANA, desk.promise.id, hour))
            callback = desk.now.callback
            assert callback
            assert (callback.from_at, callback.ready_at, callback.due_at) == (hour - AROUND, hour - AROUND, hour)
        # and another call that is promised is that one at another time
        desk.does(PromiseMade(ANA, CALL, ten + DAY, "Te llamo"))
        assert desk.promise.due_at == ten + DAY
    # and who named no hour is called as soon as somebody can
    soon = Desk()
    soon.does(PromiseMade(ANA, CALL, ten, "Te llamo antes de mañana a las 10"))
    assert soon.now.callback
    assert soon.now.callback.ready_at == soon.story.now


def test_the_new_time_of_what_is_late_is_counted_by_the_calendar_that_ops_name() -> None:
    for calendar, again in (("office", datetime(2026, 11, 24, 9, tzinfo=PANAMA)), ("always", None)):
        desk = Desk()
        care = CarePolicy(follow_up_after=None, again_within=2 * HOUR, again_calendar=calendar)
        desk.story.book = RuleBook(CARE, calendars={"office": OFFICE}, calls=PANAMANIAN, care=care)
        # given what was promised until an hour before the office closes
        five = datetime(2026, 11, 23, 17, tzinfo=PANAMA)
        desk.promises(DEED, five - desk.story.now)
        desk.story.passes(five - desk.story.now)
        # then half of the two hours is of the next day
        assert desk.promise.due_at == (again or five + 2 * HOUR)


def test_a_mail_is_told_where_it_came_from_and_other_agents_work_changes_nothing() -> None:
    desk = Desk(sender=BOB)
    desk.promises(WORD, HOUR)
    for command in (Claimed(ANA), NoteAdded(ANA, "mirando")):
        desk.does(command)
    desk.story.passes(HOUR)
    (message,) = [each for each in desk.story.replies if each.is_automatic]
    assert (message.channel, message.recipient) == ("email", BOB)


def test_in_public_it_is_said_that_it_is_late_and_never_what_was_promised_or_to_whom() -> None:
    # given somebody who wrote in public alone
    desk = Desk()
    (target,) = desk.now.targets
    public = replace(target, channel=ChannelName("twitter"), handle=Handle("twitter", "1001"), public=True)
    desk.story.known[desk.name] = replace(desk.now, targets=(public,), customer_name="Luz")
    desk.promises(DEED, HOUR, text="Le mandamos la factura 4711 a luz@example.org")
    desk.story.passes(HOUR)
    (message,) = [each for each in desk.story.replies if each.is_automatic]
    assert (message.public, message.recipient.address) == (True, "1001")
    assert not any(word in message.text for word in ("4711", "luz", "Luz", "factura"))


def test_who_can_not_be_written_to_is_before_the_supervisors_at_once() -> None:
    # given somebody who has only rung us
    desk = Desk()
    (target,) = desk.now.targets
    phone = replace(target, channel=ChannelName("phone"), handle=Handle("phone", "+50761234567"))
    desk.story.known[desk.name] = replace(desk.now, targets=(phone,))
    desk.promises(DEED, 3 * MINUTE)
    desk.story.passes(3 * MINUTE)
    assert (desk.told, desk.now.is_escalated, desk.counted) == ([], True, {("promise", "broken"): 1})


@pytest.mark.parametrize("is_mine_older", [True, False])
def test_what_was_promised_goes_along_when_two_become_one(is_mine_older: bool) -> None:
    # given two conversations of one person, in each of which something is promised
    mine, theirs = Desk(), Desk(sender=BOB)
    for desk, count in ((mine, 8), (theirs, 7)):
        for number in range(count):
            desk.promises(DEED, (number + 1) * DAY)
    theirs.does(PromiseSettled(ANA, theirs.now.promises[0].id, KEPT))
    names = [replace(each, id=PromiseId(f"{each.id}-theirs")) for each in theirs.now.promises]
    other = replace(theirs.now, promises=tuple(names), created_at=MONDAY + (HOUR if is_mine_older else -HOUR))
    event = Event(EventId("1700000000099-0"), 7, MONDAY, NoteAdded(ANA, "any"))
    step = Step(event, Context(mine.story.teams, POLICY), mine.story.book, MONDAY, mine.now)
    # when they are joined, then none that is open is lost, however many there are
    after = both(mine.now, other, step)
    assert {each.id for each in after.promises} == {
        each.id for each in (*mine.now.promises, *other.promises) if each.is_open
    }


NOW = datetime(2026, 11, 23, 17, tzinfo=MADRID)


@pytest.mark.parametrize(
    ("at", "es", "en"),
    [
        (NOW + HOUR, "hoy a las 18:00", "today at 18:00"),
        (NOW + 8 * HOUR, "mañana a la 1:00", "tomorrow at 1:00"),
        (NOW - DAY, "ayer a las 17:00", "yesterday at 17:00"),
        (NOW + 4 * DAY, "el viernes 27 de noviembre a las 17:00", "Friday, November 27 at 17:00"),
    ],
)
def test_instants_are_said_on_the_customers_clock(at: datetime, es: str, en: str) -> None:
    assert moment(at, NOW, MADRID, "es") == es
    assert moment(at, NOW, MADRID, "en") == en


def test_where_no_zone_is_known_it_is_said_which_one_is_meant() -> None:
    assert moment(NOW, NOW, ZoneInfo("UTC"), "en") == "today at 16:00 (UTC)"


@pytest.mark.parametrize(
    ("begins", "es", "en"),
    [
        (NOW + DAY - 4 * HOUR, "mañana entre las 13:00 y las 17:00", "tomorrow between 13:00 and 17:00"),
        (NOW + DAY, "mañana a las 17:00", "tomorrow at 17:00"),
    ],
)
def test_windows_are_said_as_such(begins: datetime, es: str, en: str) -> None:
    visit = Promise(PromiseId("p-07-1"), VISIT, NOW, NOW + DAY, AgentId("ana"), from_at=begins)
    assert window(visit, NOW, MADRID, "es") == es
    assert window(visit, NOW, MADRID, "en") == en


HAPPENINGS = st.lists(
    st.tuples(
        st.sampled_from(["promise", "reply", "promised", "settle", "move", "resolve", "snooze", "writes", "passes"]),
        st.integers(1, 3 * 24 * 60),
        st.sampled_from(PromiseKind),
        st.sampled_from([KEPT, BROKEN, DROPPED]),
    ),
    max_size=25,
)


@settings(deadline=None, max_examples=60)
@given(HAPPENINGS)
def test_whatever_happens_each_is_chased_until_it_ends_and_its_customer_hears_of_what_is_late(
    happenings: list[tuple[str, int, PromiseKind, PromiseState]],
) -> None:
    # given any life of a conversation (what holds at each step is checked by the story)
    desk = Desk()
    for what, minutes, kind, state in happenings:
        at = desk.story.now + minutes * MINUTE
        chosen = desk.now.promises[minutes % len(desk.now.promises)].id if desk.now.promises else PromiseId("none")
        commands: dict[str, Body] = {
            "promise": PromiseMade(ANA, kind, at, from_at=at - 3 * HOUR),
            "reply": ReplyWritten(ANA, "Hola"),
            "promised": ReplyWritten(ANA, "El técnico te visita mañana", promise=at),
            "settle": PromiseSettled(ANA, chosen, state),
            "move": PromiseMoved(ANA, chosen, at),
            "resolve": Resolved(ANA),
            "snooze": Snoozed(ANA, at),
        }
        if what in commands:
            desk.does(commands[what])
        elif what == "writes":
            desk.name = desk.story.hears("¿Y bien?").id
        else:
            desk.story.passes(minutes * MINUTE)
    # when nobody does anything any more
    owed = [each.id for each in desk.now.promises if each.is_open]
    desk.story.passes(10 * DAY)
    # then each that was open is late, told, and before the supervisors; none is forgotten
    left = {each.id: each for each in desk.now.promises if each.is_open}
    assert all(left[name].broken_at for name in owed if name in left)
    told = {each.detail["promise"] for each in desk.lines if each.detail["state"] == "late" and each.detail.get("told")}
    assert {each.id for each in left.values() if each.kind is not CALL} <= told
    assert {name for name in owed if name not in left} <= {each.detail["promise"] for each in desk.lines}
    assert not left or (desk.now.is_escalated and not desk.now.is_closed)
    # and settled each ends, counted as broken alone
    for name in left:
        desk.does(PromiseSettled(ANA, name, KEPT))
    desk.does(Resolved(ANA))
    desk.story.passes(10 * DAY)
    assert desk.now.is_closed or owed_call(desk.now)
    assert not any(each.is_open for each in desk.now.promises)


def owed_call(conversation: Conversation) -> bool:
    """Whether a call is owed that was not promised, or is under way: that is told elsewhere."""
    return conversation.callback is not None
