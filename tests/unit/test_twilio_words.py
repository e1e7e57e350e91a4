"""What Twilio's words mean here, what it is told to do, and whose number it shows."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl
from xml.etree import ElementTree

import pytest

from channels.phone.numbers import is_withheld, number_of, withheld
from channels.phone.settings import VOICES
from channels.phone.twilio.refusals import failure
from channels.phone.twilio.statuses import Became, instant, is_machine, of_agent, of_customer
from channels.phone.twilio.twiml import Words, dialling
from router.model.call import CallStatus
from router.model.errors import HiloError, PermanentError, TemporaryError, UnknownOutcome
from router.model.message import Handle
from tests.cases import shared_cases

NOW = datetime(2026, 11, 27, 15, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "became"),
    [
        ("queued", None),
        ("initiated", None),
        ("ringing", CallStatus.AGENT_RINGING),
        ("in-progress", CallStatus.AGENT_ANSWERED),
        ("no-answer", CallStatus.AGENT_AWAY),
        ("busy", CallStatus.AGENT_AWAY),
        ("failed", CallStatus.AGENT_AWAY),
        ("canceled", CallStatus.AGENT_AWAY),
        # whether the customer was rung, the call to them tells
        ("completed", None),
        ("", None),
        ("something new", None),
    ],
)
def test_how_far_the_agents_call_has_come(status: str, became: CallStatus | None) -> None:
    found = of_agent(status)
    assert (found.status if found else None) == became


@pytest.mark.parametrize(
    ("status", "told", "became"),
    [
        ("initiated", {}, None),
        ("ringing", {}, Became(CallStatus.RINGING)),
        ("in-progress", {}, Became(CallStatus.TALKING)),
        ("completed", {"CallDuration": "42", "SipResponseCode": "200"}, Became(CallStatus.ENDED, "", 42)),
        ("completed", {"CallDuration": "x"}, Became(CallStatus.ENDED)),
        ("completed", {"CallDuration": "7", "SipResponseCode": "408"}, Became(CallStatus.DROPPED, "SIP 408", 7)),
        ("busy", {"SipResponseCode": "486"}, Became(CallStatus.BUSY)),
        ("no-answer", {"SipResponseCode": "487"}, Became(CallStatus.NO_ANSWER)),
        ("failed", {"SipResponseCode": "404"}, Became(CallStatus.WRONG_NUMBER, "SIP 404")),
        ("failed", {"SipResponseCode": "604"}, Became(CallStatus.WRONG_NUMBER, "SIP 604")),
        ("failed", {"SipResponseCode": "503"}, Became(CallStatus.FAILED, "SIP 503")),
        ("failed", {}, Became(CallStatus.FAILED)),
    ],
)
def test_how_far_the_customers_call_has_come(status: str, told: Mapping[str, str], became: Became | None) -> None:
    assert of_customer(status, told) == became


@pytest.mark.parametrize(
    ("word", "is_one"),
    [
        ("human", False),
        ("unknown", False),
        ("", False),
        ("machine_start", True),
        ("machine_end_beep", True),
        ("machine_end_silence", True),
        ("fax", True),
    ],
)
def test_who_is_a_machine(word: str, is_one: bool) -> None:
    assert is_machine(word) is is_one


def test_when_it_happened_is_twilios_word_if_that_can_be() -> None:
    # given a real status callback, from 2018
    form = dict(parse_qsl((shared_cases("signatures") / "twilio_status_callback.form").read_text("utf-8")))
    then = datetime(2018, 11, 2, 10, 52, 29, tzinfo=UTC)
    assert instant(form, then + timedelta(seconds=2)) == then
    # then an instant of long ago, one to come, and none are those of now
    assert instant(form, NOW) == NOW
    assert instant(form, then - timedelta(hours=1)) == then - timedelta(hours=1)
    assert instant({"Timestamp": "tomorrow"}, NOW) == NOW
    assert instant({}, NOW) == NOW


@pytest.mark.parametrize(
    ("status", "headers", "body", "is_write", "kind", "wait"),
    [
        (429, {"Retry-After": "7"}, b'{"code": 20429}', True, TemporaryError, 7.0),
        (429, {"Retry-After": "soon"}, b"", True, TemporaryError, 1.0),
        (401, {}, b'{"code": 20003, "message": "Authenticate"}', True, TemporaryError, None),
        (403, {}, b'{"code": 20005}', True, TemporaryError, None),
        (400, {}, b'{"code": 21211}', True, PermanentError, None),
        (400, {}, b'{"code": 99999, "message": "No"}', True, PermanentError, None),
        (404, {}, b"not JSON", False, PermanentError, None),
        (500, {}, b"", True, UnknownOutcome, None),
        (503, {"Retry-After": "9"}, b"", True, UnknownOutcome, None),
        (503, {"Retry-After": "9"}, b"", False, TemporaryError, 9.0),
        (502, {}, b"[1]", False, TemporaryError, None),
        (302, {}, b"", False, PermanentError, None),
    ],
)
def test_what_an_answer_means(
    status: int, headers: Mapping[str, str], body: bytes, is_write: bool, kind: type[HiloError], wait: float | None
) -> None:
    error = failure(status, headers, body, is_write=is_write)
    assert type(error) is kind
    assert str(error)
    assert getattr(error, "retry_after", None) == wait


def test_a_briefing_is_no_markup_and_is_said_in_its_language() -> None:
    # given a briefing with all that could break out of it
    text = 'Ana <Dial>+5071</Dial> & "B"\x00\x1b ' + "x" * 5000
    for language in ("es", "en"):
        root = ElementTree.fromstring(Words(VOICES).whisper(text, language, "https://a.example/x?o=1&c=2#rc=5"))
        # then there is one thing to say, a key to press, and the line is let go without one
        assert [each.tag for each in root] == ["Gather", "Hangup"]
        [said] = root[0]
        assert said.get("language") == VOICES[language]
        assert (said.text or "").startswith('Ana <Dial>+5071</Dial> & "B"')
        assert len(said.text or "") < 1600
        assert root[0].get("action") == "https://a.example/x?o=1&c=2#rc=5"


def test_a_key_is_asked_for_also_after_a_long_briefing() -> None:
    # given the longest briefing
    root = ElementTree.fromstring(Words(VOICES).whisper("x" * 5000, "es", "https://a.example/"))
    # then what to do is still said at its end
    assert (root[0][0].text or "").endswith("Pulsa cualquier tecla para hablar.")


@pytest.mark.parametrize(
    ("phone", "noun", "text"),
    [
        (Handle("phone", "+50761234567"), "Number", "+50761234567"),
        (Handle("sip", "ana@pbx.example.org"), "Sip", "sip:ana@pbx.example.org"),
        (Handle("sips", "ana@pbx.example.org"), "Sip", "sips:ana@pbx.example.org"),
    ],
)
def test_whom_to_dial(phone: Handle, noun: str, text: str) -> None:
    [dial] = ElementTree.fromstring(dialling(phone, {"timeout": "25"}, {}))
    [leg] = dial
    assert (leg.tag, leg.text) == (noun, text)


@pytest.mark.parametrize(
    ("written", "region", "number"),
    [
        ("+50761234567", None, "+50761234567"),
        ("61234567", "PA", "+50761234567"),
        ("6123-4567", "PA", "+50761234567"),
        ("0050761234567", "PA", "+50761234567"),
        ("61234567", None, None),
        ("", "PA", None),
        ("anonymous", "PA", None),
        ("Restricted", None, None),
        # ANONYMOUS on a telephone's keys, as Twilio shows it
        ("+266696687", None, None),
        ("266696687", "PA", None),
        ("100", "PA", None),
        ("+1", None, None),
    ],
)
def test_whose_number_is_shown(written: str, region: str | None, number: str | None) -> None:
    found = number_of(written, region)
    assert (found.address if found else None) == number


def test_who_withholds_a_number_is_somebody_else_at_each_call() -> None:
    assert withheld("CA1") == withheld("CA1") != withheld("CA2")
    assert is_withheld(withheld("CA1"))
    assert not is_withheld(Handle("phone", "+50761234567"))
