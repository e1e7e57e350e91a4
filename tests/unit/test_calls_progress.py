"""How far a call has come, whatever the order of what is said of it: tables over the pure state machine."""

from datetime import timedelta
from itertools import permutations

import pytest
from msgspec.structs import replace

from router.core.calls.progress import advanced
from router.model.call import UNDER_WAY, Call, CallDirection, CallReport, CallStatus
from router.model.ids import AgentId, CallbackId, MessageId
from router.model.message import Handle
from router.model.policy import CallPolicy
from tests.clock import MONDAY

POLICY, SECOND = CallPolicy(), timedelta(seconds=1)
CALL = Call(
    MessageId("o-07-1"),
    CallDirection.OUT,
    CallStatus.ORDERED,
    MONDAY,
    Handle("phone", "+50761234567"),
    CallbackId("k-07-1"),
    AgentId("ana"),
    device=Handle("sip", "ana@pbx"),
)
RUNG = replace(CALL, direction=CallDirection.IN, status=CallStatus.RINGING, agent=None, device=None)
S = CallStatus


def after(call: Call, *statuses: CallStatus, agent: str = "") -> Call:
    """The call after what was said of it, a second apart."""
    for number, status in enumerate(statuses, 1):
        at = MONDAY + number * SECOND
        report = CallReport(call.id, status, at, agent=AgentId(agent) if agent else None)
        call = advanced(call, report, at, POLICY) or call
    return call


@pytest.mark.parametrize("order", list(permutations((S.AGENT_RINGING, S.AGENT_ANSWERED, S.RINGING, S.TALKING))))
def test_no_report_takes_a_call_back(order: tuple[CallStatus, ...]) -> None:
    found = after(CALL, *order, *order)
    assert (found.status, found.answered_at) == (S.TALKING, MONDAY + (order.index(S.TALKING) + 1) * SECOND)
    # and of each step the first report alone changes anything
    call, changes = CALL, 0
    for status in (*order, *order):
        anew = advanced(call, CallReport(call.id, status, MONDAY), MONDAY, POLICY)
        changes += anew is not None
        call = anew or call
    assert changes <= len(order)


@pytest.mark.parametrize(
    ("said", "is_so"),
    [
        ((S.BUSY, S.ENDED), S.BUSY),
        ((S.ENDED, S.BUSY), S.ENDED),
        ((S.NO_ANSWER, S.TALKING), S.NO_ANSWER),
        ((S.ENDED, S.DROPPED), S.DROPPED),
        ((S.DROPPED, S.ENDED), S.DROPPED),
        ((S.BUSY, S.DROPPED), S.BUSY),
        # what can't be of who has talked is that it ended, or that the line fell
        ((S.TALKING, S.NO_ANSWER), S.ENDED),
        ((S.TALKING, S.AGENT_AWAY), S.ENDED),
        ((S.TALKING, S.FAILED), S.DROPPED),
        # but a machine is heard only once it has picked up, and the wrong person too
        ((S.TALKING, S.VOICEMAIL), S.VOICEMAIL),
        ((S.TALKING, S.WRONG_NUMBER), S.WRONG_NUMBER),
        # a doubt ends with the first word
        ((S.IN_DOUBT, S.AGENT_RINGING), S.AGENT_RINGING),
        ((S.IN_DOUBT, S.NO_ANSWER), S.NO_ANSWER),
        ((S.RINGING, S.IN_DOUBT, S.IN_DOUBT), S.IN_DOUBT),
        ((S.ENDED, S.IN_DOUBT), S.ENDED),
    ],
)
def test_the_first_end_wins_but_for_a_line_that_fell(said: tuple[CallStatus, ...], is_so: CallStatus) -> None:
    assert after(CALL, *said).status is is_so


@pytest.mark.parametrize("status", [each for each in S if each not in (*UNDER_WAY, S.ENDED, S.DROPPED, S.IN_DOUBT)])
def test_a_call_in_which_nobody_talked_needs_no_wrap_up(status: CallStatus) -> None:
    assert not after(CALL, S.RINGING, status).is_busy
    assert after(CALL, S.TALKING, S.ENDED).is_busy


@pytest.mark.parametrize(
    ("said", "agent", "is_so"),
    [
        ((S.ENDED,), "", S.NO_ANSWER),
        ((S.TALKING, S.ENDED), "ana", S.ENDED),
        ((S.ENDED,), "ana", S.ENDED),
        ((S.NO_ANSWER, S.TALKING), "ana", S.ENDED),
        ((S.BUSY, S.ENDED), "", S.BUSY),
    ],
)
def test_an_incoming_call_was_answered_if_an_agent_was_there(
    said: tuple[CallStatus, ...], agent: str, is_so: CallStatus
) -> None:
    found = after(RUNG, *said, agent=agent)
    assert (found.status, found.answered_at is not None) == (is_so, bool(agent))


def test_what_is_known_besides_is_kept_whenever_it_comes() -> None:
    ended = after(CALL, S.TALKING, S.ENDED)
    report = CallReport(CALL.id, S.ENDED, MONDAY, "CA1", recording="https://rec.example/1")
    found = advanced(ended, report, MONDAY, POLICY)
    assert found
    assert (found.recording, found.reference, found.seconds) == ("https://rec.example/1", "CA1", 1)
    assert advanced(found, report, MONDAY, POLICY) is None


def test_a_line_that_fell_long_ago_or_was_wrapped_up_is_not_rung_again() -> None:
    ended = after(CALL, S.TALKING, S.ENDED)
    report = CallReport(CALL.id, S.DROPPED, MONDAY)
    assert advanced(ended, report, MONDAY + POLICY.grace + 3 * SECOND, POLICY) is None
    assert advanced(replace(ended, disposition="solved"), report, MONDAY, POLICY) is None
