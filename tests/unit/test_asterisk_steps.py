"""What is done next on a line of Asterisk's: the same for the same facts, whatever order they were told in."""

from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from channels.phone.asterisk import causes
from channels.phone.asterisk.endpoints import endpoint_of
from channels.phone.asterisk.hearing import heard
from channels.phone.asterisk.leg import Leg, Reach
from channels.phone.asterisk.line import Line, Stage, line_of, read, written
from channels.phone.asterisk.settings import AsteriskSettings
from channels.phone.asterisk.steps import Do, Readiness, next_step
from router.model.call import CallDirection, CallStatus
from router.model.errors import PermanentError
from router.model.message import Handle
from router.model.secret import Secret

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
UP = Leg(Reach.UP, is_ours=True)
RINGS = Leg(Reach.RINGING, has_rung=True)
UNSEEN = Leg(Reach.GONE)
SETTINGS = {"user": "hilo", "password": Secret.of("made in the test"), "numbers": "PJSIP/{digits}@trunk"}


def line(stage: Stage, direction: CallDirection = CallDirection.OUT) -> Line:
    """A line that has come so far."""
    return Line("m-07-1", "hilo", direction, stage, NOW, is_placed=True)


def gone(cause: int, leg: Leg = RINGS) -> Leg:
    """A leg that has ended for that cause."""
    return leg.ended(cause, "why")


@pytest.mark.parametrize(
    ("stage", "agent", "customer", "do", "status"),
    [
        (Stage.AGENT, RINGS, Leg(), Do.WAIT, None),
        (Stage.AGENT, Leg(Reach.UP), Leg(), Do.WAIT, None),
        (Stage.AGENT, UP, Leg(), Do.RING_CUSTOMER, None),
        (Stage.AGENT, gone(17), Leg(), Do.END, CallStatus.AGENT_AWAY),
        (Stage.AGENT, UNSEEN, Leg(), Do.END, CallStatus.AGENT_AWAY),
        (Stage.BRIEFING, gone(16), Leg(), Do.END, CallStatus.AGENT_AWAY),
        (Stage.CUSTOMER, UP, Leg(), Do.WAIT, None),
        (Stage.CUSTOMER, UP, RINGS, Do.WAIT, None),
        (Stage.CUSTOMER, UP, UP, Do.CONNECT, None),
        (Stage.CUSTOMER, UP, gone(17), Do.END, CallStatus.BUSY),
        (Stage.CUSTOMER, UP, UNSEEN, Do.END, CallStatus.IN_DOUBT),
        (Stage.CUSTOMER, UNSEEN, UNSEEN, Do.END, CallStatus.IN_DOUBT),
        (Stage.CUSTOMER, gone(16), RINGS, Do.END, CallStatus.FAILED),
        (Stage.TALKING, UP, UP, Do.WAIT, None),
        (Stage.TALKING, UP, gone(16), Do.END, CallStatus.ENDED),
        (Stage.TALKING, gone(16), UP, Do.END, CallStatus.ENDED),
        (Stage.TALKING, UP, gone(41), Do.END, CallStatus.DROPPED),
        (Stage.TALKING, gone(44), gone(16), Do.END, CallStatus.DROPPED),
        (Stage.TALKING, UNSEEN, UNSEEN, Do.END, CallStatus.ENDED),
        (Stage.OVER, UNSEEN, UNSEEN, Do.WAIT, None),
    ],
)
def test_what_is_next_of_a_call_that_we_make(
    stage: Stage, agent: Leg, customer: Leg, do: Do, status: CallStatus | None
) -> None:
    step = next_step(line(stage), agent, customer)
    assert (step.do, step.status) == (do, status)


@pytest.mark.parametrize(
    ("stage", "agent", "customer", "do", "status"),
    [
        (Stage.ASKING, Leg(), Leg(Reach.RINGING, is_ours=True), Do.ASK, None),
        (Stage.ASKING, Leg(), gone(16), Do.END, CallStatus.NO_ANSWER),
        (Stage.AGENT, RINGS, Leg(Reach.RINGING, is_ours=True), Do.WAIT, None),
        (Stage.AGENT, UP, Leg(Reach.RINGING, is_ours=True), Do.CONNECT, None),
        (Stage.AGENT, gone(19), Leg(Reach.RINGING, is_ours=True), Do.END, CallStatus.NO_ANSWER),
        (Stage.AGENT, UP, gone(16), Do.END, CallStatus.NO_ANSWER),
        (Stage.TALKING, UP, gone(16), Do.END, CallStatus.ENDED),
    ],
)
def test_what_is_next_of_a_call_that_came_in(
    stage: Stage, agent: Leg, customer: Leg, do: Do, status: CallStatus | None
) -> None:
    step = next_step(line(stage, CallDirection.IN), agent, customer)
    assert (step.do, step.status) == (do, status)


@pytest.mark.parametrize(
    ("readiness", "do"),
    [
        (Readiness.NEEDS, Do.BRIEF),
        (Readiness.HEARS, Do.WAIT),
        (Readiness.SILENT, Do.END),
        (Readiness.READY, Do.RING_CUSTOMER),
    ],
)
def test_nobody_is_rung_before_the_agent_is_ready(readiness: Readiness, do: Do) -> None:
    assert next_step(line(Stage.BRIEFING), UP, Leg(), readiness).do is do


CHANNEL = {"id": "hilo.m-07-1.customer", "dialplan": {"app_name": "AppDial2", "app_data": "(Outgoing Line)"}}
OURS = CHANNEL | {"state": "Up", "dialplan": {"app_name": "Stasis", "app_data": "hilo,customer,m-07-1"}}
EVENTS: tuple[dict[str, Any], ...] = (
    {"type": "ChannelStateChange", "channel": CHANNEL | {"state": "Ringing"}},
    {"type": "Dial", "peer": CHANNEL | {"state": "Up"}, "dialstatus": "ANSWER"},
    {"type": "StasisStart", "channel": OURS, "args": []},
    {"type": "ChannelDestroyed", "channel": CHANNEL | {"state": "Up"}, "cause": 41, "cause_txt": "Temporary failure"},
)


def leg_of(events: tuple[dict[str, Any], ...]) -> Leg:
    """How a leg stands after `events`."""
    leg = Leg()
    for event in events:
        told = heard(event, "hilo")
        assert told is not None
        assert told.channel == CHANNEL["id"]
        leg = told.change(leg)
    return leg


def test_events_in_any_order_and_twice_say_the_same() -> None:
    told = leg_of(EVENTS)
    assert told.is_gone
    assert told.cause == 41
    assert {leg_of(order + order[:2]) for order in permutations(EVENTS)} == {told}


@given(st.lists(st.sampled_from(EVENTS), max_size=8).map(tuple))
def test_a_leg_never_goes_back(events: tuple[dict[str, Any], ...]) -> None:
    reached = [leg_of(events[:number]).reach for number in range(len(events) + 1)]
    assert reached == sorted(reached)


@pytest.mark.parametrize("event", [{}, {"type": "StasisStart"}, {"type": "Dial", "peer": None}, {"channel": {"id": 7}}])
def test_an_event_that_says_nothing_is_passed_over(event: dict[str, object]) -> None:
    assert heard(event, "hilo") is None


def test_a_leg_that_is_missed_is_waited_for() -> None:
    # given a leg that two looks do not find
    first = UP.missed(NOW, timedelta(seconds=60))
    second = first.missed(NOW + timedelta(seconds=59), timedelta(seconds=60))
    assert not second.is_gone
    # then it is gone after a minute, or there if it is seen after all
    assert first.missed(NOW + timedelta(seconds=60), timedelta(seconds=60)).is_gone
    assert not second.seen(OURS, "hilo").is_missed


@pytest.mark.parametrize(
    ("cause", "dialled", "has_rung", "status"),
    [
        (1, "", False, CallStatus.WRONG_NUMBER),
        (17, "", True, CallStatus.BUSY),
        (19, "", True, CallStatus.NO_ANSWER),
        (21, "", True, CallStatus.BUSY),
        (28, "", False, CallStatus.WRONG_NUMBER),
        (34, "", False, CallStatus.FAILED),
        (0, "NOANSWER", False, CallStatus.NO_ANSWER),
        (0, "", True, CallStatus.NO_ANSWER),
        (16, "", False, CallStatus.FAILED),
        (127, "", True, CallStatus.FAILED),
    ],
)
def test_a_cause_says_how_it_ended(cause: int, dialled: str, has_rung: bool, status: CallStatus) -> None:
    assert causes.unanswered(cause, dialled, has_rung=has_rung) is status


def test_a_line_is_read_as_it_was_written() -> None:
    kept = line(Stage.TALKING)
    assert read(written(kept)) == kept


def test_every_name_leads_to_its_line_and_no_other_app_is_taken_for_ours() -> None:
    kept = line(Stage.AGENT)
    names = (kept.agent_leg, kept.customer_leg, kept.bridge, kept.playback)
    assert {line_of("hilo", name) for name in names} == {kept.id}
    assert line_of("hilo", "hilo-2.m-07-1.agent") == "hilo-2.m-07-1.agent"


@pytest.mark.parametrize(
    ("handle", "endpoint"),
    [
        (Handle("phone", "+50761234567"), "PJSIP/50761234567@trunk"),
        (Handle("sip", "101"), "PJSIP/101"),
        (Handle("sip", "ana@pbx.example.org"), "PJSIP/ana"),
        (Handle("phone", "50761234567"), None),
        (Handle("phone", "+507612&PJSIP/9"), None),
        (Handle("sip", "101/extra"), None),
        (Handle("email", "ana@example.org"), None),
    ],
)
def test_an_endpoint_rings_one_phone_or_none(handle: Handle, endpoint: str | None) -> None:
    settings = AsteriskSettings.model_validate(SETTINGS)
    if endpoint:
        assert endpoint_of(handle, settings) == endpoint
        return
    with pytest.raises(PermanentError):
        endpoint_of(handle, settings)


@pytest.mark.parametrize(
    "mistake",
    [
        {"url": "http://pbx.example.org:8088"},
        {"numbers": "PJSIP/trunk"},
        {"numbers": "PJSIP/{nummer}@trunk"},
        {"app": "two words"},
        {"app": "hilo.2"},
        {"recordings": "https://pbx.example.org/"},
        {"secret": "x"},
    ],
)
def test_a_mistake_in_the_settings_is_found(mistake: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        AsteriskSettings.model_validate(SETTINGS | mistake)
