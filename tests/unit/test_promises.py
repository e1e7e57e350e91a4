"""What a text promises, and by when: the conventions one by one, and all labelled lines of our own."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.core.guard.promise import promises
from router.model.hours import Hours
from router.model.value import Value
from tests.promised import Score, labelled, scored

ZONE = ZoneInfo("America/Panama")
# A Tuesday, half past nine in the morning there.
NOW = datetime(2026, 11, 24, 14, 30, tzinfo=UTC)
LEAST = (0.95, 0.85, 0.9)


def seen(text: str, lang: str | None = "es", hours: Hours | None = None) -> list[tuple[str, str]]:
    """What is found: month, day and time there, or `~`, and the phrase."""
    found = promises(text, lang, NOW, ZONE, hours=hours or Hours())
    return [(f"{each.due_at.astimezone(ZONE):%m-%d %H:%M}" if each.due_at else "~", each.phrase) for each in found]


@pytest.mark.parametrize(
    ("when", "due"),
    [
        # A day without an hour.
        ("hoy", "11-24 18:00"),
        ("mañana", "11-25 18:00"),
        ("el 1 de diciembre", "12-01 18:00"),
        ("on Friday", "11-27 18:00"),
        ("by EOD", "11-24 18:00"),
        # Before a day, and by one.
        ("antes del jueves 26", "11-25 18:00"),
        ("before Thursday", "11-25 18:00"),
        ("a más tardar el jueves", "11-26 18:00"),
        ("de aquí al jueves", "11-26 18:00"),
        ("by Thursday", "11-26 18:00"),
        # Parts of a day.
        ("mañana por la mañana", "11-25 12:00"),
        ("tomorrow morning", "11-25 12:00"),
        ("al mediodía", "11-24 12:00"),
        ("by noon", "11-24 12:00"),
        ("esta tarde", "11-24 18:00"),
        ("tomorrow afternoon", "11-25 18:00"),
        ("esta noche", "11-24 22:00"),
        ("tonight", "11-24 22:00"),
        ("by midnight tonight", "11-25 00:00"),
        ("mañana a primera hora", "11-25 09:00"),
        ("first thing tomorrow", "11-25 09:00"),
        # Bare hours; a clock time wins over a part of the day.
        ("a las 10", "11-24 10:00"),
        ("a las 12", "11-24 12:00"),
        ("a las 4", "11-24 16:00"),
        ("mañana por la tarde, a las 3", "11-25 15:00"),
        ("tonight at 8", "11-24 20:00"),
        # Ranges.
        ("mañana entre las 8 y las 12", "11-25 12:00"),
        ("en 24-48 horas", "11-26 09:30"),
        ("mañana o pasado", "11-26 18:00"),
        ("entre el lunes y el miércoles", "12-02 18:00"),
        # Minutes and hours.
        ("en 20 minutos", "11-24 09:50"),
        ("within the hour", "11-24 10:30"),
        ("en 24 horas", "11-25 09:30"),
        ("en una hora y media", "11-24 11:00"),
        # Business hours and days.
        ("en 48 horas hábiles", "11-26 09:30"),
        ("en 96 horas hábiles", "11-30 09:30"),
        ("en 4 horas hábiles", "11-24 13:30"),
        ("en 5 días hábiles", "12-01 18:00"),
        ("within one business day", "11-25 18:00"),
        # Days.
        ("en 3 días", "11-27 18:00"),
        ("en quince días", "12-09 18:00"),
        ("in a fortnight", "12-08 18:00"),
        ("de hoy en ocho", "12-01 18:00"),
        # Weekdays, weeks, the weekend, the half month.
        ("el martes", "12-01 18:00"),
        ("la semana entrante", "12-04 18:00"),
        ("el jueves de la próxima semana", "12-03 18:00"),
        ("esta semana", "11-27 18:00"),
        ("el fin de semana", "11-29 18:00"),
        ("en la quincena", "11-30 18:00"),
        # What was corrected, zones, dates.
        ("a las 3, perdón, a las 4", "11-24 16:00"),
        ("el jueves, digo, el viernes a las 10", "11-27 10:00"),
        ("at 10 tomorrow, I mean 11", "11-25 11:00"),
        ("mañana a las 10 hora peninsular", "11-25 04:00"),
        ("at 9am Pacific", "11-24 12:00"),
        ("el 3/12", "12-03 18:00"),
    ],
)
def test_each_wording_is_due_as_agreed(when: str, due: str) -> None:
    is_english = any(
        word in f" {when} "
        for word in (" by ", " on ", " at ", " tomorrow ", " tonight ", " in a ", "within", "before")
    )
    text = f"We'll call you {when}." if is_english else f"Te llamamos {when}."
    assert [each for each, _ in seen(text, "en" if is_english else "es")] == [due]


def test_a_date_that_is_over_is_one_of_next_year() -> None:
    (found,) = promises("Te depositamos el 15 de enero", "es", NOW, ZONE)
    assert found.due_at == datetime(2027, 1, 15, 23, tzinfo=UTC)


@pytest.mark.parametrize("when", ["a la brevedad posible", "lo antes posible", "ahorita", "altiro", "en unos minutos"])
def test_what_names_no_instant_is_vague(when: str) -> None:
    assert seen(f"Te llamamos {when}") == [("~", when)]


@pytest.mark.parametrize("when", ["as soon as possible", "shortly", "in a bit", "right away", "as soon as I know more"])
def test_what_names_no_instant_is_vague_in_english(when: str) -> None:
    assert seen(f"I'll call you {when}", "en") == [("~", when)]


def test_vague_and_dated_of_one_commitment_is_one_and_of_two_are_two() -> None:
    assert seen("Te aviso lo antes posible, a más tardar mañana") == [
        ("11-25 18:00", "lo antes posible, a más tardar mañana")
    ]
    assert seen("Te llamo enseguida y mañana te mando el contrato") == [("~", "enseguida"), ("11-25 18:00", "mañana")]
    assert seen("Mañana te llamo a las 10") == [("11-25 10:00", "Mañana te llamo a las 10")]


@pytest.mark.parametrize(
    "text",
    [
        "Ayer te llamamos a las 10.",
        "Tienes hasta el viernes para pagar.",
        "Atendemos de lunes a viernes de 8 a 6.",
        "Tu factura vence el 30 de noviembre.",
        "Los reembolsos tardan 5 días hábiles.",
        "¿Te llamamos mañana a las 10?",
        "Si quieres te llamamos mañana.",
        "Dijiste que pagabas el viernes.",
        "No te vamos a llamar hoy.",
        "Haré lo posible por tenerlo hoy.",
        "Si me pasas tu número te llamo hoy.",
        "Te llamamos.",
        "Hasta mañana.",
    ],
)
def test_what_is_none(text: str) -> None:
    assert seen(text) == []


def test_ops_say_until_when_a_day_is() -> None:
    hours = Hours(day_ends=17 * 60, night=21 * 60)
    assert [due for due, _ in seen("Te llamo mañana y el jueves te escribo por la noche", hours=hours)] == [
        "11-25 17:00",
        "11-26 21:00",
    ]


@pytest.mark.parametrize("half", ["worked on", "held"])
def test_the_labelled_lines_are_found_as_agreed(half: str) -> None:
    score = scored([line for line in labelled() if line.is_held == (half == "held")])
    assert isinstance(score, Score)
    assert (score.precision, score.recall, score.due) >= LEAST
    assert min(score.precision - LEAST[0], score.recall - LEAST[1], score.due - LEAST[2]) >= 0, score.misses


PARTS = (
    *(
        "te llamo",
        "mañana",
        "a las 10",
        "antes del",
        "jueves",
        "26",
        "hoy",
        ",",
        ".",
        "?",
        "¿vale?",
        "perdón",
        "en",
        "24",
    ),
    *(
        "horas",
        "hábiles",
        "31/02",
        "99:99",
        "a las 25",
        "de hoy en ocho",
        "quincena",
        "hora de México",
        "UTC+14",
        "si",
        "👋",
    ),
    *(
        "I'll call",
        "by",
        "noon",
        "tomorrow",
        "within",
        "999",
        "weeks",
        "before",
        "Feb 29",
        "at 12am",
        "tonight",
        "\n",
        "y",
    ),
    *(
        "lo antes posible",
        "en cuanto sepa",
        "5 de la tarde",
        "2020",
        "el",
        "0",
        "12",
        "y media",
        "menos cuarto",
        "I mean",
    ),
)
INSTANTS = st.integers(0, 6 * 366 * 24 * 60).map(
    lambda minutes: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)


@given(st.lists(st.sampled_from(PARTS), max_size=14).map(" ".join), INSTANTS, st.sampled_from(["es", "en", None]))
def test_whatever_is_written_is_read_and_nothing_is_due_before_now(text: str, now: datetime, lang: str | None) -> None:
    found = promises(text, lang, now, ZoneInfo("Europe/Madrid"))
    assert all(0 <= each.start < each.end <= len(text) and text[each.start : each.end] == each.phrase for each in found)
    assert all(each.due_at is None or each.due_at >= now for each in found)
    assert all(one.end <= other.start for one, other in pairwise(found))
    assert all(isinstance(each, Value) for each in found)
