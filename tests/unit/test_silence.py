"""Silence is a promise too: whoever waits for us hears something every so often, from people or from Hilo."""

import dataclasses
from collections import Counter
from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from router.core.care.silence import MOST_FILLED, WHAT
from router.model.conversation import Conversation
from router.model.decision import EntryKind
from router.model.event import Claimed, Released, ReplyWritten, Resolved, Snoozed
from router.model.ids import ConversationId
from router.model.message import DeliveryState, MessageKind, OutboundMessage
from router.model.policy import CallPolicy, CarePolicy
from rules.engine import RuleBook, Then
from tests.core import ANA, BILLING, CARE
from tests.story import ADA, BOB, DAY, HEARD, HOUR, OFFICE, Story, asked, targets

ZONE = ZoneInfo("America/Panama")
START = datetime(2026, 11, 23, 10, tzinfo=ZONE)
FOUR = CarePolicy(silence=4 * HOUR)
RULES = (
    asked("factura", Then(BILLING)),
    asked("urgente", Then(BILLING, targets=targets(update=2 * HOUR))),
    asked("hola", Then(acknowledge=HEARD)),
)


def story(care: CarePolicy = FOUR, now: datetime = START) -> Story:
    calls = CallPolicy(zone="America/Panama")
    return Story(RuleBook(CARE, RULES, calendars={"office": OFFICE}, calls=calls, care=care), now)


def lines(told: Story) -> list[OutboundMessage]:
    return [message for message in told.replies if message.is_automatic and message.text not in HEARD.values()]


def counted(told: Story) -> Counter[str]:
    tallies = [tally for decision in told.decisions for tally in decision.tallies]
    return Counter(tally.became for tally in tallies if tally.what == WHAT)


def test_when_nobody_has_said_anything_for_so_long_hilo_says_that_we_are_still_on_it() -> None:
    # given somebody who wrote on Monday at ten, and whom nobody has answered
    told = story()
    name = told.hears("Mi factura está mal").id
    told.passes(4 * HOUR - timedelta(minutes=1))
    assert lines(told) == []
    # when four hours are over, then they get one line in the team's name, with the time of the next
    told.passes(timedelta(minutes=1))
    (line,) = lines(told)
    assert line.text == (
        "Hola, somos Facturación. Seguimos con el caso, no está olvidado: habrá noticias a más tardar el lunes 23 de "
        "noviembre a las 18:00."
    )
    # and it is no answer: they wait as before, and the team owes the same
    after = told.known[name]
    assert (after.waiting_since, after.replied_at, after.assignee) == (START, None, None)
    assert counted(told) == {"filled": 1}


def test_it_is_said_in_english_too() -> None:
    told = story()
    told.hears("Hello, could you please look at my invoice? It is wrong, factura")
    told.passes(4 * HOUR)
    assert "We are still on your case" in lines(told)[0].text
    assert lines(told)[0].text.endswith("by Monday, November 23, at 18:00.")


def test_a_person_s_word_begins_it_anew_and_while_we_wait_nobody_is_owed_one() -> None:
    told = story()
    name = told.hears("Mi factura está mal").id
    told.passes(3 * HOUR)
    told.happens(ReplyWritten(ANA, "¿Cuál es el número?"), name)
    told.passes(3 * HOUR)
    # we wait for the customer: nothing is owed
    silence = told.known[name].silence
    assert silence is None
    told.hears("La 41, mi factura de enero")
    told.passes(2 * HOUR)
    assert lines(told) == []
    # their message at 16:00 waits: the line would be due at 20:00
    told.passes(2 * HOUR)
    assert len(lines(told)) == 1


def test_while_we_wait_too_where_the_policy_says_so() -> None:
    told = story(replace_care(silence_waiting=True))
    name = told.hears("Mi factura está mal").id
    told.happens(ReplyWritten(ANA, "El técnico la está mirando"), name)
    told.passes(4 * HOUR)
    assert len(lines(told)) == 1
    told = story(replace_care(silence_waiting=True))
    name = told.hears("Mi factura está mal").id
    told.happens(Snoozed(ANA, START + 2 * DAY), name)
    told.passes(4 * HOUR)
    assert len(lines(told)) == 1


def replace_care(**changes: object) -> CarePolicy:
    return dataclasses.replace(FOUR, **changes)  # type: ignore[arg-type]


def test_a_rule_s_own_word_goes_before_the_policy_s() -> None:
    # given a rule by which the customer hears something every two hours, also while we wait for them
    told = story(CarePolicy())
    name = told.hears("Es urgente").id
    told.happens(ReplyWritten(ANA, "Lo estamos mirando"), name)
    told.passes(2 * HOUR)
    assert len(lines(told)) == 1
    # and the team has still missed its own word
    assert [entry.detail["kind"] for entry in told.entries(EntryKind.DEADLINE_MISSED)] == ["update"]


def test_without_a_policy_and_a_rule_nothing_is_said() -> None:
    told = story(CarePolicy())
    told.hears("Mi factura está mal")
    told.passes(9 * DAY)
    assert lines(told) == []


def test_three_lines_without_a_person_s_word_and_then_the_supervisors_are_told() -> None:
    told = story()
    name = told.hears("Mi factura está mal").id
    # given three lines that Hilo wrote, though somebody claimed it and gave it back
    told.passes(DAY)
    told.happens(Claimed(ANA), name)
    told.happens(Released(ANA), name)
    told.passes(DAY)
    assert len(lines(told)) == MOST_FILLED
    # then no fourth one: the supervisors are told, once
    assert told.known[name].is_escalated
    told.passes(5 * DAY)
    assert len(lines(told)) == MOST_FILLED
    assert counted(told) == {"filled": MOST_FILLED, "told": 1}
    # and after a person's word, and the customer's, it begins anew
    told.happens(ReplyWritten(ANA, "Perdona la demora"), name)
    told.hears("¿y mi factura?")
    told.passes(DAY)
    assert len(lines(told)) > MOST_FILLED


def test_nobody_hears_it_by_night() -> None:
    told = story(now=START + 8 * HOUR)
    told.hears("Mi factura está mal")
    told.passes(14 * HOUR - timedelta(minutes=1))
    assert lines(told) == []
    told.passes(timedelta(minutes=1))
    assert len(lines(told)) == 1
    assert told.now.astimezone(ZONE).hour == 8


def test_a_timer_that_comes_late_at_night_waits_for_the_morning() -> None:
    told = story()
    told.hears("Mi factura está mal")
    timer = next(timer for timer in told.timers if timer.kind == WHAT)
    told.timers.remove(timer)
    told.now = START + 13 * HOUR
    assert told.falls_due(timer).outbound == ()
    told.passes(9 * HOUR)
    assert len(lines(told)) == 1


def test_a_word_of_hilo_s_own_counts_but_asks_for_no_person() -> None:
    # given somebody who was told at 13:00, by a rule, that they were heard
    told = story()
    told.hears("Mi factura está mal")
    told.passes(3 * HOUR)
    told.hears("¿hola? sigo esperando")
    # then four hours run from there
    told.passes(4 * HOUR - timedelta(minutes=1))
    assert lines(told) == []
    told.passes(timedelta(minutes=1))
    assert len(lines(told)) == 1


@pytest.mark.parametrize("kind", [MessageKind.AUTO_REPLY, MessageKind.BOUNCE, MessageKind.LIST])
def test_no_machine_hears_it(kind: MessageKind) -> None:
    told = story()
    told.hears("Mi factura está mal", BOB, kind=kind)
    told.passes(DAY)
    assert lines(told) == []


def test_it_is_counted_on_a_calendar() -> None:
    # given four hours of the office's time, and somebody who wrote on Friday at 17:00
    friday = datetime(2026, 11, 27, 17, tzinfo=ZONE)
    told = story(replace_care(silence_calendar="office"), friday)
    told.hears("Mi factura está mal")
    told.passes(2 * DAY)
    assert lines(told) == []
    # then it is due on Monday at 11:00
    told.passes(DAY - 6 * HOUR)
    assert len(lines(told)) == 1


def test_what_is_resolved_or_did_not_arrive_owes_nothing() -> None:
    told = story()
    name = told.hears("Mi factura está mal", BOB).id
    told.passes(4 * HOUR)
    before = told.known[name]
    told.is_reported(lines(told)[0], DeliveryState.FAILED)
    assert (told.known[name].state, told.known[name].unreached) == (before.state, ())
    told.happens(Resolved(ANA), name)
    assert told.known[name].silence is None


def test_no_agent_s_view_is_stale_because_of_it() -> None:
    told = story()
    before = told.hears("Mi factura está mal")
    told.passes(4 * HOUR)
    assert told.known[before.id].story_revision == before.story_revision


EVENTS = st.lists(
    st.tuples(
        st.integers(1, 30 * 60),
        st.sampled_from(["hears", "mails", "replies", "claims", "resolves", "snoozes", "machine"]),
    ),
    min_size=1,
    max_size=12,
)


@settings(max_examples=60, deadline=None)
@given(EVENTS, st.integers(0, 23), st.booleans())
def test_nobody_who_waits_is_left_in_silence(events: list[tuple[int, str]], hour: int, is_waiting_too: bool) -> None:
    """Whoever waits hears something within the period, nights aside, or the supervisors know; never two in one."""
    told = story(replace_care(silence_waiting=is_waiting_too), START.replace(hour=hour))
    name = told.hears("Mi factura está mal").id
    for minutes, what in events:
        told.passes(timedelta(minutes=minutes))
        name = _happens(told, what, name)
        for conversation in told.known.values():
            _is_not_left(told, conversation)
    for each in told.known:
        at = sorted(line.created_at for line in lines(told) if line.conversation == each and "Seguimos" in line.text)
        assert all(later - earlier >= 4 * HOUR for earlier, later in pairwise(at))


def _happens(told: Story, what: str, name: ConversationId) -> ConversationId:
    conversation = told.known[name]
    match what:
        case "hears" | "mails":
            return told.hears("¿y mi factura?", ADA if what == "hears" else BOB).id
        case "machine":
            told.hears("fuera de la oficina", BOB, is_automatic=True, kind=MessageKind.AUTO_REPLY)
        case "replies":
            told.happens(ReplyWritten(ANA, "Seguimos mirando"), conversation.id)
        case "claims":
            told.happens(Claimed(ANA), conversation.id)
        case "resolves":
            told.happens(Resolved(ANA), conversation.id)
        case "snoozes":
            told.happens(Snoozed(ANA, told.now + 5 * HOUR), conversation.id)
    return name


def _is_not_left(told: Story, conversation: Conversation) -> None:
    """Who is owed a word by now has had one, save by night; or people know that a machine has said enough."""
    silence = conversation.silence
    if silence and silence.due_at:
        assert silence.due_at >= told.now
        assert 8 <= silence.due_at.astimezone(ZONE).hour < 21
        assert silence.due_at - told.now <= timedelta(hours=4 + 11)
        assert silence.filled <= MOST_FILLED
    elif conversation.is_queued and conversation.waiting_since and not conversation.targets[0].silent:
        is_ours = conversation.state in ("new", "open")
        assert not is_ours or (silence and silence.told_at and conversation.is_escalated)
