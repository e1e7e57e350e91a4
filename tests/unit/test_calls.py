"""Calls from the wish to the wrap-up: who is asked, who rings, what is told, and that nobody is rung twice for one."""

from dataclasses import replace as with_values
from datetime import timedelta

import pytest
from msgspec.structs import replace

from channels.phone.reception import candidates
from router.core.calls.board import board_score
from router.core.calls.when import may_ring
from router.core.found.facts import facts_in
from router.core.refusal import refusal
from router.model.call import CallbackReason, CallDirection, CallStatus
from router.model.commitment import CallbackKind
from router.model.conversation import ConversationState
from router.model.decision import EntryKind
from router.model.event import (
    CallbackDropped,
    CallbackSet,
    CallerChecked,
    CallTaken,
    CallWanted,
    CallWrapped,
    Claimed,
    Event,
    FactSet,
    MessageArrived,
    PromiseMade,
    ReplyWritten,
    Resolved,
    TimerDue,
    TimerKind,
    Transferred,
)
from router.model.fact import FactKind
from router.model.ids import CallbackId, ConversationId, EventId, MessageId
from router.model.message import ChannelName, DeliveryState, Handle
from router.model.policy import RingingHours
from router.model.promise import PromiseKind
from router.model.team import PhoneAgent
from rules.engine import RuleBook, Then
from tests.core import ANA, BETO, BILLING, CARE, written
from tests.phone import ANA_, DORA, NOON, PANAMA, PhoneStory, at_panama
from tests.story import ADA, CUSTOMERS, DAY, HOUR, MINUTE, RINGER, asked

TALKED = (CallStatus.RINGING, CallStatus.TALKING, CallStatus.ENDED)
OTHER = Handle("phone", "+50766000000")


def test_a_call_from_the_wish_to_the_wrap_up() -> None:
    # given a visitor who asks to be called
    story = PhoneStory()
    name = story.hears("Mi internet no va").id
    after = story.wants()
    assert (after.id, after.callback and after.callback.reason) == (name, CallbackReason.ASKED)
    # when one agent is asked and takes it
    assert story.offers(name).conversation
    story.takes(name)
    order = story.orders()[-1]
    assert (order.channel, order.recipient, order.order and order.order.device) == (
        "phone",
        PANAMA,
        Handle("sip", "ana@pbx"),
    )
    # and the customer picks up, and they hang up ten minutes later
    story.reports(name, order.id, CallStatus.TALKING)
    assert story.known[name].state is ConversationState.PENDING
    assert story.known[name].deadlines == ()
    story.passes(10 * MINUTE)
    story.reports(name, order.id, CallStatus.ENDED, recording="https://rec.example/1")
    # then the call was kept, and is the agent's until it is wrapped up
    assert (story.callback(name), story.counted()) == (None, ["kept"])
    assert (story.call(name).seconds, story.call(name).is_busy) == (600, True)
    assert board_score(story.known[name])
    story.wraps(name, "solved", "Reinició el módem")
    assert not story.call(name).is_busy
    assert board_score(story.known[name]) is None
    # and the timeline tells it; that it is solved resolves nothing by itself
    assert story.states() == ["ordered", "talking", "ended", "wrapped"]
    assert story.states(EntryKind.CALLBACK) == ["asked", "offered", "kept"]
    ended = story.entries(EntryKind.CALL)[2].detail
    assert (ended["seconds"], ended["recording"]) == ("600", "https://rec.example/1")
    assert story.entries(EntryKind.NOTE)[-1].text == "Reinició el módem"
    assert story.known[name].state is ConversationState.PENDING


def test_what_an_agent_does_about_a_call_is_not_refused_for_what_was_written_meanwhile() -> None:
    # given an agent who talks with a customer, and has not seen what came into the conversation since
    story = PhoneStory()
    name = story.owed()
    call = story.calls(name, CallStatus.TALKING)
    story.hears("Otra cosa")

    def refused(body: CallWrapped | ReplyWritten) -> str:
        return refusal(story.known[name], Event(EventId("1-0"), 7, story.now, body, None, name, expected=0)).reason

    # then a reply may be stale, and what came of the call is not: it names the call
    seen = replace(story.known[name], story_revision=3)
    story.known[name] = seen
    assert refused(ReplyWritten(ANA, "Hola")) == "changed_since"
    assert refused(CallWrapped(ANA, call, "solved")) == ""


def test_asking_again_moves_the_call_and_never_doubles_it() -> None:
    story = PhoneStory()
    first = story.wants().callback
    # when the customer asks for another time, to another number
    window = (NOON + 2 * HOUR, NOON + 3 * HOUR)
    after = story.wants(number=OTHER, from_at=window[0], until=window[1])
    callback = after.callback
    # then it is the same one, of the same owner
    assert first
    assert callback
    assert (callback.id, callback.number) == (first.id, OTHER)
    assert (callback.ready_at, callback.due_at) == window
    assert story.states(EntryKind.CALLBACK) == ["asked", "moved"]
    assert not story.entries(EntryKind.TRANSFERRED)
    # and the numbers are the customer's by their own word
    links = {str(link.handle): link.kind for link in story.customers[CUSTOMERS[ADA]].links}
    assert links[str(OTHER)] == "claimed"


def test_who_has_written_nothing_yet_has_an_owner_once_they_ask_for_a_call() -> None:
    story = PhoneStory()
    after = story.wants()
    assert (after.state, after.ownership.team, after.preview) == (ConversationState.NEW, "care", "Pide que le llamen")
    assert story.hears("Hola").id == after.id
    # and a call that can't be is no conversation
    other = PhoneStory()
    body = CallWanted(ADA, ChannelName("webchat"), Handle("phone", "+507"))
    assert (other.happens(body).outcome.reason, other.known) == ("bad_number", {})


@pytest.mark.parametrize(
    ("number", "hours", "reason"),
    [
        (Handle("phone", "+507"), (), "bad_number"),
        (Handle("email", "ana@example.org"), (), "bad_number"),
        (PANAMA, (-2, -1), "in_the_past"),
        (PANAMA, (3, 2), "in_the_past"),
        (PANAMA, (9, 10), "not_ready"),
    ],
)
def test_what_cant_be_asked_for(number: Handle, hours: tuple[int, ...], reason: str) -> None:
    story = PhoneStory()
    name = story.hears("Hola").id
    start, end = [NOON + hour * HOUR for hour in hours] or (None, None)
    outcome = story.happens(CallbackSet(ANA, number, start, end), name).outcome
    assert outcome.reason == reason
    if reason == "not_ready":
        assert outcome.earliest == at_panama("2026-11-24 08:00")


def test_an_agent_needs_no_number_where_one_is_known() -> None:
    story = PhoneStory()
    name = story.hears("Hola").id
    assert story.happens(CallbackSet(ANA), name).outcome.reason == "number_needed"
    # given that the customer has rung us since
    story.rings()
    assert story.happens(CallbackSet(ANA), name).outcome.reason == "call_under_way"


@pytest.mark.parametrize("is_said", [True, False])
def test_a_call_that_lacks_a_number_has_it_as_soon_as_it_is_known(is_said: bool) -> None:
    # given a call that was promised, and nobody knows where to
    story = PhoneStory()
    name = story.hears("Hola").id
    story.happens(PromiseMade(ANA, PromiseKind.CALL, NOON + HOUR, "Te llamo"), name)
    assert story.offers(name).outcome.reason == "number_needed"
    # when the customer tells it, or rings us from it, and nobody takes that
    if is_said:
        story.happens(FactSet(ANA, FactKind.PHONE, PANAMA.address), name)
    else:
        story.hears_of(story.rings(number=PANAMA), CallStatus.NO_ANSWER)
    # then it is made there, and nobody is told that it is missing
    callback = story.callback(name)
    assert callback
    assert callback.number == PANAMA
    assert story.offers(name).conversation
    story.passes(2 * HOUR)
    assert not any("Escríbelo" in text for text in story.told_customers())


def test_never_two_agents_on_one_call() -> None:
    story = PhoneStory()
    name = story.owed()
    story.offers(name, ANA_)
    # while one is asked, no other one is, nor takes it
    assert story.offers(name, DORA).outcome.reason == "call_taken"
    assert story.offers(name, ANA_).outcome.reason == "call_taken"
    assert story.takes(name, DORA).outcome.reason == "call_taken"
    assert story.declines(name, DORA).outcome.reason == "not_your_call"
    # and while one makes it nobody else does, nor they once more
    story.takes(name, ANA_)
    assert story.takes(name, DORA).outcome.reason == "call_taken"
    assert story.takes(name, ANA_).outcome.reason == "call_under_way"
    assert story.offers(name, DORA).outcome.reason == "call_taken"
    assert len(story.orders()) == 1
    # and once it is made there is none
    for status in TALKED:
        story.reports(name, story.call(name).id, status)
    assert story.takes(name, DORA).outcome.reason == "no_callback"


def test_who_declines_or_does_not_answer_is_not_asked_again_before_the_others() -> None:
    story = PhoneStory()
    name = story.owed()
    story.offers(name, ANA_)
    story.declines(name, ANA_)
    story.offers(name, DORA)
    story.passes(20 * timedelta(seconds=1))
    callback = story.callback(name)
    assert callback
    assert (callback.offer, callback.declined) == (None, ("ana", "dora"))
    # when all had been asked, then the first one is again
    story.offers(name, ANA_)
    callback = story.callback(name)
    assert callback
    assert callback.offer
    assert (callback.offer.agent, callback.declined) == ("ana", ())
    # and an offer of before ends nothing
    assert story.falls_due(story.timers_of(TimerKind.CALLBACK)[0]).conversation
    assert story.states(EntryKind.CALLBACK)[1:] == ["offered", "declined", "offered", "declined", "offered", "declined"]


def test_the_customer_is_told_after_the_last_attempt() -> None:
    story = PhoneStory()
    name = story.owed()
    starts = []
    for status in (CallStatus.BUSY, CallStatus.NO_ANSWER, CallStatus.VOICEMAIL):
        call = story.calls(name, CallStatus.RINGING, status)
        starts.append(story.now)
        # the report comes twice
        story.reports(name, call, status)
    # then it was tried after the policy's pauses, and they hear of it where they wrote, with the times that we can
    assert [later - NOON for later in starts] == [timedelta(), 15 * MINUTE, 2 * HOUR + 15 * MINUTE]
    assert story.told_customers() == [
        "Te hemos llamado 3 veces y no pudimos hablar contigo. Dinos aquí a qué hora te conviene y te llamamos: hoy"
        " hasta las 20:00, o mañana de 08:00 a 20:00."
    ]
    callback = story.callback(name)
    assert callback
    assert (callback.kind, callback.attempts, len(callback.tries)) == (CallbackKind.OFFER, 3, 3)
    assert board_score(story.known[name]) is None
    # and nothing rings by itself any more
    assert story.takes(name).outcome.reason == "no_callback"
    assert not story.timers_of(TimerKind.CALLBACK, TimerKind.CALL)
    # and who asks again begins anew
    again = story.wants().callback
    assert again
    assert (again.kind, again.attempts) == (CallbackKind.SCHEDULE, 0)


def test_a_customer_who_writes_english_is_told_in_english() -> None:
    story = PhoneStory()
    name = story.hears("My invoice is wrong and nobody has answered me for three days now").id
    story.happens(CallbackSet(ANA, PANAMA), name)
    story.calls(name, CallStatus.WRONG_NUMBER)
    assert story.told_customers() == [
        "We called you, and the number that we have is not yours. Tell us your number here and what time suits you, and"
        " we will call you: today until 20:00, or tomorrow from 08:00 to 20:00."
    ]


def test_nobody_is_rung_twice_at_a_wrong_number() -> None:
    story = PhoneStory()
    story.wants()
    name = next(iter(story.known))
    story.calls(name, CallStatus.WRONG_NUMBER)
    callback = story.callback(name)
    assert callback
    assert (callback.kind, callback.number) == (CallbackKind.OFFER, None)
    # and it is not taken for theirs any more
    assert PANAMA not in {link.handle for link in story.customers[CUSTOMERS[ADA]].links}
    assert story.happens(CallbackSet(ANA), name).outcome.reason == "number_needed"


@pytest.mark.parametrize("is_timed", [False, True])
def test_an_agent_who_says_no_time_has_it_called_as_soon_as_can_be(is_timed: bool) -> None:
    # given a call that the customer asked for in the afternoon
    story = PhoneStory()
    name = story.wants(number=OTHER, from_at=NOON + 3 * HOUR, until=NOON + 4 * HOUR).id
    # when an agent sets it anew, with another time, or without
    times = (NOON + HOUR, NOON + 2 * HOUR) if is_timed else (None, None)
    story.happens(CallbackSet(ANA, OTHER, *times), name)
    # then no window of before is kept, and it is the customer still who asked for it
    callback = story.callback(name)
    assert callback
    assert (callback.from_at, callback.ready_at) == ((NOON + HOUR, NOON + HOUR) if is_timed else (None, NOON))
    assert (callback.due_at, callback.reason) == (NOON + 2 * HOUR, CallbackReason.ASKED)


# The day after is a holiday in Panama alone.
EVE = at_panama("2026-11-09 16:00")


def test_the_times_after_a_wrong_number_are_those_of_its_country() -> None:
    story = PhoneStory(now=EVE)
    story.calls(story.owed(), CallStatus.WRONG_NUMBER)
    assert story.told_customers()[0].endswith(": hoy hasta las 20:00, o el miércoles 11 de 08:00 a 20:00.")


@pytest.mark.parametrize(("region", "day"), [("PA", "el miércoles 11"), ("", "mañana")])
def test_where_no_number_is_known_the_times_are_those_of_our_own_country(region: str, day: str) -> None:
    # given a call that was promised, nobody knows where to, by an installation that says its country or not
    story = PhoneStory(now=EVE)
    story.settings = with_values(story.settings, region=region)
    name = story.hears("Hola").id
    story.happens(PromiseMade(ANA, PromiseKind.CALL, EVE + HOUR, "Te llamo"), name)
    # when it is late
    story.passes(2 * HOUR)
    # then the customer is asked for their number, and no holiday is offered to them where it is known
    assert story.told_customers()[0].endswith(f"te llamamos: hoy hasta las 20:00, o {day} de 08:00 a 20:00.")


def test_retries_stay_within_the_window_that_was_agreed() -> None:
    story = PhoneStory()
    name = story.hears("Hola").id
    story.happens(CallbackSet(ANA, PANAMA, NOON, NOON + 30 * MINUTE), name)
    story.calls(name, CallStatus.BUSY)
    story.calls(name, CallStatus.BUSY)
    # then the third attempt would be out of it: the customer is asked instead
    assert len(story.told_customers()) == 1
    assert story.counted() == []


def test_a_second_attempt_that_could_only_be_late_is_not_left_to_be_late() -> None:
    # given a window of half an hour, and a busy line in its thirteenth minute
    story = PhoneStory()
    name = story.hears("Hola").id
    story.happens(CallbackSet(ANA, PANAMA, NOON, NOON + 30 * MINUTE), name)
    story.passes(13 * MINUTE)
    story.calls(name, CallStatus.BUSY)
    # then two minutes would be left a quarter of an hour later: they hear now that they were rung, and are offered more
    callback = story.callback(name)
    assert callback
    assert (callback.kind, len(story.told_customers()), story.counted()) == (CallbackKind.OFFER, 1, [])
    # and the control arm: three minutes earlier there is time for it
    early = PhoneStory()
    name = early.hears("Hola").id
    early.happens(CallbackSet(ANA, PANAMA, NOON, NOON + 30 * MINUTE), name)
    early.passes(10 * MINUTE)
    early.calls(name, CallStatus.BUSY)
    callback = early.callback(name)
    assert callback
    assert (callback.kind, callback.due_at) == (CallbackKind.SCHEDULE, NOON + 30 * MINUTE)
    assert early.told_customers() == []


def test_a_call_as_soon_as_possible_that_was_tried_in_time_is_owed_anew() -> None:
    # given a call that is owed within two hours, and a busy line shortly before they are over
    story = PhoneStory()
    name = story.owed()
    story.passes(2 * HOUR - 17 * MINUTE)
    story.calls(name, CallStatus.BUSY)
    # then the second attempt, two minutes before, has a time of its own
    callback = story.callback(name)
    assert callback
    assert callback.ready_at
    assert callback.due_at == callback.ready_at + 2 * HOUR


def test_who_has_no_text_channel_is_tried_one_day_more_before_the_supervisors() -> None:
    # given a customer who has only ever rung
    story = PhoneStory()
    call = story.rings(RINGER)
    name = next(iter(story.known))
    story.hears_of(call, CallStatus.NO_ANSWER, who=RINGER)
    for _ in range(3):
        story.calls(name, CallStatus.NO_ANSWER)
    assert story.known[name].is_escalated
    assert [entry.detail["reason"] for entry in story.entries(EntryKind.ESCALATED)] == ["unreached"]
    callback = story.callback(name)
    assert callback
    assert (callback.kind, callback.ready_at) == (CallbackKind.SCHEDULE, at_panama("2026-11-24 08:00"))
    for _ in range(3):
        story.calls(name, CallStatus.NO_ANSWER)
    callback = story.callback(name)
    assert callback
    assert callback.kind is CallbackKind.OFFER
    assert story.told_customers() == []
    assert story.states(EntryKind.CALLBACK)[-1] == "not_told"


def test_the_agent_whose_phone_nobody_answers_is_not_the_customers_loss() -> None:
    story = PhoneStory()
    name = story.owed()
    story.calls(name, CallStatus.AGENT_RINGING, CallStatus.AGENT_AWAY)
    callback = story.callback(name)
    assert callback
    assert (callback.attempts, callback.declined, callback.order) == (0, ("ana",), None)
    assert not story.call(name).is_busy
    assert story.takes(name, DORA).conversation


def test_a_call_that_drops_is_made_again_by_the_same_agent() -> None:
    story = PhoneStory()
    name = story.owed()
    call = story.calls(name, CallStatus.TALKING, CallStatus.DROPPED)
    # while the second passes nobody else is asked
    assert story.offers(name, DORA).outcome.reason == "call_taken"
    story.passes(timedelta(seconds=5))
    first, second = story.orders()
    assert second.id != call
    assert second.order
    assert first.order
    assert (second.order.agent, second.order.device) == (first.order.agent, first.order.device)
    assert story.now - NOON < MINUTE
    # and once it is over it was kept
    for status in TALKED:
        story.reports(name, second.id, status)
    assert story.callback(name) is None


@pytest.mark.parametrize(
    "order", [("talking", "ended", "dropped"), ("dropped", "ended", "talking"), ("ended", "dropped")]
)
def test_that_the_line_fell_is_more_than_that_the_call_ended(order: tuple[str, ...]) -> None:
    story = PhoneStory()
    name = story.owed()
    story.calls(name, *map(CallStatus, order))
    callback = story.callback(name)
    assert callback
    assert callback.reason is CallbackReason.DROPPED
    story.passes(timedelta(seconds=5))
    assert len(story.orders()) == 2
    assert story.counted() == ["kept"]


def test_after_a_drop_an_agent_who_is_gone_leaves_it_to_the_others() -> None:
    story = PhoneStory()
    name = story.owed()
    story.calls(name, CallStatus.TALKING, CallStatus.DROPPED)
    story.passes(timedelta(seconds=5))
    story.reports(name, story.call(name).id, CallStatus.AGENT_AWAY)
    assert story.offers(name, DORA).conversation


def test_who_rings_back_after_a_drop_lands_with_the_same_agent() -> None:
    story = PhoneStory()
    name = story.owed()
    story.calls(name, CallStatus.TALKING, CallStatus.DROPPED)
    # when they ring back before we do
    story.passes(timedelta(seconds=2))
    back = story.rings()
    assert (story.call(name).direction, story.call(name).agent) == (CallDirection.IN, "ana")
    story.hears_of(back, CallStatus.TALKING, ANA)
    story.passes(timedelta(seconds=10))
    # then nobody rings them while they talk, and what was owed is kept
    assert len(story.orders()) == 1
    story.hears_of(back, CallStatus.ENDED)
    assert story.callback(name) is None


def test_who_rings_us_between_two_attempts_and_is_talked_with_is_not_rung_once_more() -> None:
    # given a first attempt in vain, and the next one in a quarter of an hour
    story = PhoneStory()
    name = story.owed()
    story.calls(name, CallStatus.NO_ANSWER)
    # when they ring us before that, and talk with an agent
    story.passes(5 * MINUTE)
    back = story.rings()
    story.hears_of(back, CallStatus.TALKING, ANA)
    story.hears_of(back, CallStatus.ENDED)
    # then what was owed is kept
    assert (story.callback(name), story.counted()) == (None, ["kept"])
    # and the control arm: what they agreed on for tomorrow is still owed then, and promised
    later = PhoneStory()
    name = later.owed()
    ten = NOON + 22 * HOUR
    later.happens(PromiseMade(ANA, PromiseKind.CALL, ten, "Te llamo mañana a las 10"), name)
    today = later.rings()
    later.hears_of(today, CallStatus.TALKING, ANA)
    later.hears_of(today, CallStatus.ENDED)
    callback, (promise,) = later.callback(name), later.known[name].promises
    assert callback
    assert (callback.due_at, promise.is_open, later.counted()) == (ten, True, [])
    later.calls(name, CallStatus.TALKING, CallStatus.ENDED)
    assert [each.state for each in later.known[name].promises] == ["kept"]


def test_a_call_that_nobody_took_is_owed_at_once_and_they_may_be_rung_back_in_the_night() -> None:
    story = PhoneStory(now=at_panama("2026-11-23 22:00"))
    call = story.rings()
    name = next(iter(story.known))
    assert story.known[name].preview == "Llamada entrante"
    story.hears_of(call, CallStatus.ENDED)
    callback = story.callback(name)
    assert callback
    assert (callback.reason, callback.ready_at) == (CallbackReason.MISSED, story.now)
    # but only within the grace time
    story.passes(10 * MINUTE)
    callback = story.callback(name)
    assert callback
    assert callback.ready_at == at_panama("2026-11-24 08:00")
    # and once a night: whoever shows somebody's number does not have them rung again and again
    story.hears_of(story.rings(), CallStatus.NO_ANSWER)
    callback = story.callback(name)
    assert callback
    assert callback.ready_at == at_panama("2026-11-24 08:00")
    assert not may_ring(callback, story.policy, story.now)


def test_who_takes_an_incoming_call_is_the_assignee_and_the_caller_is_checked() -> None:
    story = PhoneStory()
    call = story.rings()
    name = next(iter(story.known))
    story.hears_of(call, CallStatus.TALKING, BETO)
    after = story.known[name]
    assert (after.assignee, after.state, after.waiting_since) == (BETO.id, ConversationState.PENDING, None)
    assert after.call
    assert after.call.checked_at is None
    story.happens(CallerChecked(ANA, call), name)
    assert story.call(name).checked_at == story.now
    assert story.happens(CallerChecked(ANA, call), name).outcome.reason == "already_settled"
    # and nobody is written to at a phone
    assert story.happens(ReplyWritten(ANA, "Hola"), name).outcome.reason == "no_such_channel"


def test_an_answer_that_is_told_last_undoes_the_missed_call() -> None:
    story = PhoneStory()
    call = story.rings()
    name = next(iter(story.known))
    for status, agent in ((CallStatus.ENDED, None), (CallStatus.TALKING, ANA)):
        story.hears_of(call, status, agent)
    assert story.callback(name) is None
    assert story.call(name).status is CallStatus.ENDED


def rung_by_both(*ours: CallStatus) -> tuple[PhoneStory, ConversationId, MessageId, MessageId]:
    """We ring a customer who rings us at that moment: our order, of which `ours` is told, and their call."""
    story = PhoneStory()
    name = story.wants().id
    order = story.calls(name, CallStatus.RINGING)
    theirs = story.rings()
    for status in ours:
        story.reports(name, order, status)
    return story, name, order, theirs


def test_who_rings_us_while_we_ring_them_is_put_through_to_who_rings_them() -> None:
    # given that another agent has the case, and is idle
    story, name, _, _ = rung_by_both()
    story.happens(Claimed(DORA), name)
    ready = [PhoneAgent(DORA, story.now, story.now), PhoneAgent(ANA_, story.now, story.now)]
    assert candidates(story.now, story.known[name], ready, CARE)[0].id == ANA_.id


def test_who_rings_us_while_we_ring_them_is_talked_with_once() -> None:
    story, name, order, theirs = rung_by_both()
    # when their call is taken, and ours finds them busy
    story.hears_of(theirs, CallStatus.TALKING, BETO)
    story.reports(name, order, CallStatus.BUSY)
    assert (story.call(name).id, story.call(name).agent, story.callback(name) is None) == (theirs, BETO.id, False)
    story.hears_of(theirs, CallStatus.ENDED, BETO)
    # then the call that we owed is kept, and nobody rings them once more
    assert (story.callback(name), story.counted(), len(story.orders())) == (None, ["kept"], 1)
    assert story.states() == ["ordered", "talking", "ended"]


@pytest.mark.parametrize(
    ("ours", "states"),
    [
        ((CallStatus.TALKING,), ["ordered", "talking", "no_answer"]),
        ((CallStatus.TALKING, CallStatus.ENDED), ["ordered", "talking", "ended", "no_answer"]),
        ((CallStatus.BUSY,), ["ordered", "busy", "no_answer"]),
        ((), ["ordered", "no_answer"]),
    ],
)
def test_their_call_that_nobody_took_is_told_and_asks_for_no_second_one(
    ours: tuple[CallStatus, ...], states: list[str]
) -> None:
    story, name, order, theirs = rung_by_both(*ours)
    before = story.callback(name)
    for _ in range(2):
        story.hears_of(theirs, CallStatus.NO_ANSWER)
    # then the timeline has it once, and what is owed is as it was
    assert (story.states(), story.callback(name)) == (states, before)
    assert story.call(name).id == order


def test_their_call_is_owed_where_ours_has_come_to_nothing() -> None:
    # given that the number which the customer had left is somebody else's, while they ring us
    story, name, _, theirs = rung_by_both(CallStatus.WRONG_NUMBER)
    story.hears_of(theirs, CallStatus.NO_ANSWER)
    # then they are called as anybody whose call was missed
    callback = story.callback(name)
    assert callback
    assert (callback.kind, callback.reason) == (CallbackKind.SCHEDULE, CallbackReason.MISSED)


def test_a_call_in_doubt_rings_nobody_until_a_person_says_so() -> None:
    story = PhoneStory()
    name = story.owed()
    story.takes(name)
    # given that nobody knows whether the order left
    receipt = story.is_reported(story.orders()[0], DeliveryState.UNCONFIRMED)
    assert receipt.conversation
    callback = story.callback(name)
    assert callback
    assert callback.is_in_doubt
    assert story.offers(name).outcome.reason == "call_under_way"
    story.passes(DAY)
    assert len(story.orders()) == 1
    assert story.known[name].is_escalated
    assert story.known[name].unreached == ()
    # when a supervisor says what became of it, then it goes on as if the provider had
    story.logs(name, CallStatus.NO_ANSWER, ANA)
    callback = story.callback(name)
    assert callback
    assert (callback.is_in_doubt, callback.attempts) == (False, 1)


def test_a_person_may_ring_again_what_is_in_doubt() -> None:
    story = PhoneStory()
    name = story.owed()
    call = story.calls(name, CallStatus.AGENT_ANSWERED)
    # given a provider of which nothing is heard
    story.passes(2 * MINUTE)
    assert story.call(name).status is CallStatus.IN_DOUBT
    # when somebody takes it, then it is ordered once more, and what is said of the first order changes nothing
    assert story.takes(name, DORA).conversation
    assert story.reports(name, call, CallStatus.ENDED).outcome.reason == "stale"
    assert story.call(name).agent == "dora"


def test_a_word_from_the_provider_ends_the_doubt() -> None:
    story = PhoneStory()
    name = story.owed()
    call = story.calls(name)
    story.passes(2 * MINUTE)
    story.reports(name, call, CallStatus.RINGING)
    callback = story.callback(name)
    assert callback
    assert (callback.order, callback.is_in_doubt) == (call, False)
    story.reports(name, call, CallStatus.ENDED, seconds=30)
    assert story.callback(name) is None


def test_an_order_that_surely_did_not_leave_is_one_attempt() -> None:
    story = PhoneStory()
    name = story.owed()
    story.takes(name)
    state = story.known[name].state
    story.is_reported(story.orders()[0], DeliveryState.FAILED)
    callback = story.callback(name)
    assert callback
    assert (callback.attempts, callback.tries[0].status) == (1, CallStatus.FAILED)
    assert (story.known[name].state, story.known[name].unreached) == (state, ())
    # but one of which the customer was rung has left, whatever is said of it
    call = story.calls(name, CallStatus.RINGING)
    story.is_reported(story.orders()[-1], DeliveryState.FAILED)
    assert story.call(name).status is CallStatus.RINGING
    assert story.call(name).id == call


def test_who_dials_by_hand_says_what_happened() -> None:
    story = PhoneStory()
    name = story.owed()
    story.takes(name, ANA)
    order = story.orders()[0].order
    assert order
    assert order.device is None
    # given that nobody says a word for as long as a call by hand takes
    story.passes(30 * MINUTE)
    assert story.call(name).status is CallStatus.ORDERED
    assert story.logs(name, CallStatus.ENDED, DORA).outcome.reason == "not_your_call"
    story.logs(name, CallStatus.ENDED, ANA, seconds=120)
    assert (story.callback(name), story.call(name).seconds) == (None, 120)
    assert story.logs(name, CallStatus.BUSY, ANA).outcome.reason == "already_settled"


def test_a_call_that_is_late_is_counted_once_and_the_customer_told_a_new_time() -> None:
    story = PhoneStory()
    name = story.owed()
    # when nobody makes it, then the supervisors see it before, and the customer hears of it after
    story.passes(2 * HOUR - 5 * MINUTE)
    assert story.known[name].is_escalated
    assert story.told_customers() == []
    story.passes(5 * MINUTE)
    assert story.told_customers() == [
        "Perdona: aún no hemos podido llamarte como quedamos. Te llamamos hoy a las 18:00 a más tardar; si te conviene"
        " otra hora, dínosla aquí."
    ]
    callback = story.callback(name)
    assert callback
    assert (callback.broken_at, callback.due_at) == (NOON + 2 * HOUR, NOON + 6 * HOUR)
    # when the new time passes too, then it counts as broken once, and they are told again a day later
    story.passes(4 * HOUR)
    assert len(story.told_customers()) == 1
    story.passes(DAY)
    assert len(story.told_customers()) == 2
    story.calls(name, *TALKED)
    assert story.counted() == ["broken", "late"]


def test_who_is_to_be_called_at_night_is_not_written_to_before_the_morning() -> None:
    # given a customer who may be called at any hour, and who asks for it at ten in the evening
    story = PhoneStory()
    story.passes(at_panama("2026-11-23 22:00") - story.now)
    name = story.wants(is_any_hour=True, words="a cualquier hora").id
    # when it is late at midnight, then it is counted and before the supervisors, and nobody's telephone hums
    story.passes(2 * HOUR)
    assert (story.counted(), story.known[name].is_escalated, story.told_customers()) == (["broken"], True, [])
    # and they are told in the morning, unless they were called by then
    story.passes(8 * HOUR - MINUTE)
    assert story.told_customers() == []
    story.passes(MINUTE)
    assert len(story.told_customers()) == 1
    assert story.counted() == ["broken"]


def test_a_call_under_way_when_it_is_due_is_not_late() -> None:
    story = PhoneStory()
    name = story.owed()
    story.passes(2 * HOUR - MINUTE)
    story.calls(name, CallStatus.RINGING)
    story.passes(MINUTE + timedelta(seconds=30))
    assert story.counted() == []
    # but it is once that agent does not pick up
    story.reports(name, story.call(name).id, CallStatus.AGENT_AWAY)
    story.passes(timedelta(seconds=1))
    assert story.counted() == ["broken"]


def test_a_transfer_takes_the_call_along_and_asks_the_new_teams_agents() -> None:
    story = PhoneStory()
    name = story.owed()
    story.offers(name, ANA_)
    story.happens(Transferred(ANA, BILLING, "es de facturas"), name)
    callback = story.callback(name)
    assert callback
    assert (callback.offer, callback.wanted, callback.declined) == (None, None, ())
    assert story.offers(name, BETO).conversation


@pytest.mark.parametrize(
    ("disposition", "is_owed", "state"),
    [
        ("solved", False, ConversationState.PENDING),
        ("follow_up", False, ConversationState.OPEN),
        ("call_again", True, ConversationState.PENDING),
        ("other", False, ConversationState.PENDING),
    ],
)
def test_what_comes_of_a_wrap_up(disposition: str, is_owed: bool, state: ConversationState) -> None:
    story = PhoneStory()
    name = story.owed()
    story.calls(name, *TALKED)
    assert story.wraps(name, disposition, agent=DORA).outcome.reason == "not_your_call"
    story.wraps(name, disposition)
    assert (story.callback(name) is not None, story.known[name].state) == (is_owed, state)
    assert story.wraps(name, disposition).outcome.reason == "already_settled"


def test_the_wrong_person_at_the_line_is_told_at_wrap_up() -> None:
    story = PhoneStory()
    name = story.owed()
    story.calls(name, *TALKED)
    story.wraps(name, "wrong_number")
    callback = story.callback(name)
    assert callback
    assert (callback.kind, callback.number, len(story.told_customers())) == (CallbackKind.OFFER, None, 1)


def test_a_call_that_is_not_needed_any_more_is_dropped_with_its_reason() -> None:
    story = PhoneStory()
    name = story.owed()
    assert story.happens(CallbackDropped(ANA, "ya lo resolvió"), name).conversation
    entry = story.entries(EntryKind.CALLBACK)[-1]
    assert (entry.detail["state"], entry.text, story.callback(name)) == ("dropped", "ya lo resolvió", None)
    assert not story.timers_of(TimerKind.CALLBACK)
    assert story.happens(CallbackDropped(ANA, "otra vez"), name).outcome.reason == "no_callback"


def test_a_resolution_ends_no_call() -> None:
    story = PhoneStory()
    name = story.owed()
    story.happens(Resolved(ANA), name)
    story.calls(name, *TALKED)
    assert (story.callback(name), story.known[name].state) == (None, ConversationState.RESOLVED)


def test_a_timer_of_before_brings_nothing() -> None:
    story = PhoneStory()
    name = story.owed()
    old = story.timers_of(TimerKind.CALLBACK)
    story.happens(CallbackSet(ANA, PANAMA, NOON + 3 * HOUR, NOON + 4 * HOUR), name)
    gone = [timer for timer in old if timer not in story.waiting]
    assert gone
    for timer in gone:
        due = TimerDue(timer.kind, timer.turn, timer.due_at, timer.subject)
        assert story.happens(due, name).outcome.reason == "stale"


def test_the_briefing_says_what_it_is_about_and_nothing_that_is_personal() -> None:
    story = PhoneStory()
    name = story.hears("Reinicié el módem y sigue sin internet. Mi cédula es 8-765-4321").id
    story.happens(CallbackSet(ANA, PANAMA, note="sin internet"), name)
    story.calls(name, CallStatus.BUSY)
    story.calls(name)
    text = story.orders()[-1].text
    assert "Intento 2. Asunto: sin internet." in text
    assert "4321" not in text
    assert "61234567" not in text
    # and ops may have none
    story.reports(name, story.call(name).id, CallStatus.BUSY)
    story.rules(briefing=False)
    story.calls(name)
    assert story.orders()[-1].text == ""


@pytest.mark.parametrize(
    ("subject", "reason", "about"),
    [
        ("Sin internet desde ayer, contrato 0042", "Quiere darse de baja", "Sin internet desde ayer, contrato"),
        ("", "Quiere darse de baja", "Quiere darse de baja"),
        # a rule without a description, and what Hilo noted, are no words of people's
        ("", "baja", "Hola, se cortó el internet y mi correo es"),
        ("", "transferred by Ana", "Hola, se cortó el internet y mi correo es"),
    ],
)
def test_the_briefing_says_no_names_that_only_rules_know(subject: str, reason: str, about: str) -> None:
    # given a conversation that rules have tagged, one of which says in words what it is for
    story = PhoneStory()
    described = with_values(asked("baja", Then(CARE)), description="Quiere darse de baja")
    story.book = RuleBook(CARE, (described,), calls=story.policy)
    name = story.hears("Hola, se cortó el internet y mi correo es ana@example.org").id
    known = story.known[name]
    owner = replace(known.ownership, reason=reason)
    story.known[name] = replace(known, tags=("outage",), subject=subject, ownership=owner)
    # when its agent is rung
    story.happens(CallbackSet(ANA, PANAMA), name)
    story.calls(name)
    # then they hear people's words
    assert story.orders()[-1].text.endswith(f"Asunto: {about}.")


def test_a_report_of_no_call_of_ours_is_nothing() -> None:
    story = PhoneStory()
    name = story.owed()
    assert story.reports(name, MessageId("o-07-none"), CallStatus.ENDED).outcome.reason == "stale"
    assert story.happens(CallTaken(ANA_, CallbackId("k-07-none")), name).outcome.reason == "no_callback"


PREMIUM, CUBA = Handle("phone", "+5079001234"), Handle("phone", "+5358123456")


def test_nobody_has_us_ring_where_it_is_dear() -> None:
    # given an installation that rings in Panama and Colombia
    story = PhoneStory()
    story.rules(countries=("PA", "CO"))
    # then no visitor has us ring another country, nor a premium number at home
    for number in (PREMIUM, CUBA):
        assert story.happens(CallWanted(ADA, ChannelName("webchat"), number)).outcome.reason == "bad_number"
    # and a number that they wrote is none that a rule's or an agent's call goes to by itself
    name = story.hears("Llámenme al +53 5 8123456, por favor").id
    assert story.happens(CallbackSet(ANA), name).outcome.reason == "number_needed"
    # and an agent who types it in knows what they do; not with a premium number, though
    assert story.happens(CallbackSet(ANA, PREMIUM), name).outcome.reason == "bad_number"
    assert story.happens(CallbackSet(ANA, CUBA), name).conversation


def test_countries_with_hours_of_their_own_are_rung_where_none_are_named() -> None:
    story = PhoneStory()
    assert story.happens(CallWanted(ADA, ChannelName("webchat"), CUBA)).conversation
    other = PhoneStory()
    other.rules(ringing={"": RingingHours(), "PA": RingingHours()})
    assert other.happens(CallWanted(ADA, ChannelName("webchat"), CUBA)).outcome.reason == "bad_number"
    assert other.wants().callback


@pytest.mark.parametrize("number", [PREMIUM, CUBA, Handle("phone", "withheld-0123456789")])
def test_who_rings_and_hangs_up_is_not_rung_back_where_it_is_dear(number: Handle) -> None:
    # given a number that somebody made up, shown for a moment so as to be rung back
    story = PhoneStory()
    story.rules(countries=("PA",))
    call = story.rings(RINGER, number)
    name = next(iter(story.known))
    # when nobody took the call
    story.hears_of(call, CallStatus.NO_ANSWER, who=RINGER)
    # then the conversation is there for agents to see, and nothing is owed by itself
    assert (story.callback(name), story.call(name).status) == (None, CallStatus.NO_ANSWER)


def test_who_rings_and_hangs_up_takes_away_no_time_that_was_agreed() -> None:
    # given a call that was agreed on for the afternoon, to another number than the caller's
    story = PhoneStory()
    name = story.wants(number=OTHER, from_at=NOON + 3 * HOUR, until=NOON + 4 * HOUR).id
    before = story.callback(name)
    # when somebody rings with the customer's number, and nobody takes it
    call = story.rings()
    story.hears_of(call, CallStatus.NO_ANSWER)
    assert story.callback(name) == before
    # then a call that nobody takes once the time has come is rung back
    story.passes(3 * HOUR + MINUTE)
    story.hears_of(story.rings(), CallStatus.NO_ANSWER)
    after = story.callback(name)
    assert after
    assert (after.reason, after.number, after.ready_at) == (CallbackReason.MISSED, PANAMA, story.now)


def test_a_number_said_in_the_message_that_asks_is_rung_where_it_is_not_dear() -> None:
    # given a customer who asks in words for a call, at a number abroad
    said = "Llámenme al {number}, por favor"
    for number, known in ((CUBA, None), (OTHER, OTHER)):
        story = PhoneStory()
        story.rules(countries=("PA",))
        text = said.format(number=number.address)
        message = replace(written(text, str(ADA), "m1", story.now), facts=facts_in(text))
        asked = story.happens(MessageArrived(message)).conversation
        assert asked
        after = story.happens(CallbackSet(ANA), asked.id)
        found = after.conversation.callback.number if after.conversation and after.conversation.callback else None
        assert found == known
