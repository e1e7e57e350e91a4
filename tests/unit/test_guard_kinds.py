"""What is asked for again, what is promised and what is left without a date, class by class; all texts are our own."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.core.guard.empty import empty
from router.core.guard.promise import promises
from router.core.guard.repeat import repeat
from router.model.fact import Fact, FactKind
from router.model.ids import AgentId
from rules.fact_kinds import FactKinds, FactWords

ZONE = ZoneInfo("America/Panama")
NOW = datetime(2026, 11, 27, 15, tzinfo=UTC)
KNOWN = (
    Fact("name", "Ana Ruiz"),
    Fact("identity", "8-765-4321", "cedula-pa"),
    Fact("account", "445566"),
    Fact("phone", "+50761234567"),
    Fact("email", "ana@example.org"),
    Fact("address", "Calle 50"),
    Fact("device", "Huawei HG8145V5", is_open=True),
    Fact("plan", "100 megas", "speed", is_open=True),
    Fact("order", "ABC-99812", is_open=True),
    *(Fact("tried", step, is_open=True) for step in ("restarted_modem", "checked_cables", "speed_test")),
)
LINES = [
    line.split("|", 2)
    for line in Path(__file__).with_name("guard_kinds.txt").read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
]
PARTS = (
    *("¿me", "confirmas", "tu nombre", "indícanos:", "cédula", "y", ",", ".", "?", ":", "\n- ", "reinicia", "el módem"),
    *("te llamamos", "mañana", "a las 10", "entre 8 y 12", "lo antes posible", "en 24 horas", "3/12", "please", "send"),
    *("us", "your", "account number", "we'll call you", "by 5pm", "shortly", "restart it", "no hace falta", "🎉", "¿"),
)


@pytest.mark.parametrize(("lang", "expected", "text"), LINES)
@pytest.mark.parametrize("told", [True, False], ids=["language told", "language not told"])
def test_each_kind_is_told_from_what_only_sounds_like_it(lang: str, expected: str, text: str, told: bool) -> None:
    found = set(seen(text.replace("\\n", "\n"), lang if told else None))
    if expected == "e":
        # A promise without a date may stand beside.
        found.discard("p:-")
    assert found == ({expected} if expected != "-" else set())


def seen(text: str, lang: str | None) -> Iterator[str]:
    """What is found in `text`, as the lines have it."""
    asked = repeat(text, lang, KNOWN)
    facts = {each.fact for each in asked if each.fact != FactKind.TRIED}
    if facts:
        order = [fact.kind for fact in KNOWN]
        line = next((line for line in LINES if line[2].replace("\\n", "\n") == text), None)
        wanted = line[1][2:].split(",") if line and line[1].startswith("r:") else []
        yield "r:" + ",".join(wanted if set(wanted) == facts else sorted(facts, key=order.index))
    for each in asked:
        if each.fact == FactKind.TRIED:
            yield f"t:{each.known}"
    for each in promises(text, lang, NOW, ZONE):
        yield f"p:{each.due_at.astimezone(ZONE):%Y-%m-%d %H:%M}" if each.due_at else "p:-"
    if empty(text, lang):
        yield "e"


def test_what_is_not_known_may_be_asked_for() -> None:
    asked = "¿Me confirmas tu nombre, tu cédula y tu correo?"
    assert [each.fact for each in repeat(asked, "es", KNOWN[:1])] == ["name"]
    assert repeat(asked, "es", ()) == ()


def test_it_says_where_what_and_the_masked_value() -> None:
    text = "Hola 👋. ¿Me confirmas tu número de cuenta?"
    (found,) = repeat(text, "es", KNOWN)
    assert (found.phrase, found.fact, found.known) == ("Me confirmas tu número de cuenta", "account", "****566")
    assert text[found.start : found.end] == found.phrase


@pytest.mark.parametrize(
    ("text", "fact", "is_repeat"),
    [
        # Of another person.
        ("¿Cuál es tu número de cuenta?", Fact("account", "445566", of_other=True), False),
        # Of another sort.
        ("¿Me das tu pasaporte?", Fact("identity", "8-765-4321", "cedula-pa"), False),
        ("¿Me das tu cédula?", Fact("identity", "8-765-4321", "cedula-pa"), True),
        ("¿Cuál es tu dirección?", Fact("address", "0801", "postal-code"), False),
        ("¿Cuál es tu código postal?", Fact("address", "0801", "postal-code"), True),
        # The last digits verify, unless there is nothing left to verify.
        ("¿Me das los últimos 4 dígitos de tu cédula?", Fact("identity", "8-765-4321"), False),
        ("¿Me das los últimos 4 dígitos de tu cédula?", Fact("identity", "8-765-4321", proved=True), True),
        ("What are the last four digits of your ID?", Fact("identity", "1", confirmed_by=AgentId("ana")), True),
        # What was restarted counts; what was not named may have been anything.
        ("Reinicia tu celular, por favor", Fact("tried", "restarted_modem"), False),
        ("Reinicia tu celular, por favor", Fact("tried", "restarted_phone"), True),
        ("Reinicia tu celular, por favor", Fact("tried", "restarted_device"), True),
        ("Please restart the console", Fact("tried", "restarted_modem"), False),
        ("Please restart it", Fact("tried", "restarted_modem"), True),
    ],
)
def test_whose_it_is_of_which_sort_and_how_sure(text: str, fact: Fact, is_repeat: bool) -> None:
    assert bool(repeat(text, None, [fact])) is is_repeat


def test_what_ops_call_their_facts_and_how_they_ask_counts() -> None:
    words = FactWords({"es": "Número de medidor"}, {"es": "¿Qué número tiene tu medidor?"})
    kinds = FactKinds(words={"meter": words})
    known = [Fact("meter", "55443322")]
    for text in ("Indícanos tu número de medidor", "Y dime, ¿qué número tiene tu medidor?"):
        (found,) = repeat(text, "es", known, None, kinds)
        assert (found.fact, found.known) == ("meter", "****3322")
    assert repeat("Tu número de medidor es el 55443322", "es", known, None, kinds) == ()


def test_a_promise_of_two_times_is_due_at_the_last_of_them() -> None:
    found = promises("Te llamamos mañana entre 8 y 12, y el técnico va el lunes de 2 a 4.", "es", NOW, ZONE)
    due = [each.due_at.astimezone(ZONE).strftime("%d %H:%M") for each in found if each.due_at]
    assert due == ["28 12:00", "30 16:00"]


def test_a_date_in_the_next_sentence_is_one_for_what_is_left_open() -> None:
    assert empty("Lo resolvemos lo antes posible.", "es")
    assert not empty("Lo resolvemos lo antes posible. Será el lunes a más tardar.", "es")
    assert empty("Lo resolvemos lo antes posible. Gracias. El lunes es feriado.", "es")


@given(st.lists(st.sampled_from(PARTS), max_size=14).map(" ".join))
def test_findings_are_in_order_apart_and_say_where_they_stand(text: str) -> None:
    for found in (repeat(text, None, KNOWN), promises(text, None, NOW, ZONE), empty(text, None)):
        assert all(text[each.start : each.end] == each.phrase != "" for each in found)
        assert all(one.end <= other.start for one, other in pairwise(found))
