"""Until when: the times that a text names, as the last instant that keeps them."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from router.core.times.due import Place, times_in
from router.model.calendar import Calendar
from router.model.opening import Span

ZONE = ZoneInfo("America/Panama")
# A Friday, ten in the morning there.
NOW = datetime(2026, 11, 27, 15, tzinfo=UTC)
WORKING = Calendar("working", "America/Panama", dict.fromkeys(range(6), (Span(8 * 60, 18 * 60),)))


@pytest.mark.parametrize(
    ("text", "due"),
    [
        # Durations; the longest of them.
        ("en media hora", "27 10:30"),
        ("en menos de una hora", "27 11:00"),
        ("en una hora y media", "27 11:30"),
        ("within the hour", "27 11:00"),
        ("dentro de las proximas 2 horas", "27 12:00"),
        ("en 24 a 48 horas", "29 10:00"),
        ("en 24 a 48 horas habiles", "01 10:00"),
        ("in 3 business days", "02 18:00"),
        ("2 o 3 dias", "30 18:00"),
        ("dame 5 minutos", "27 10:05"),
        # Days.
        ("hoy", "27 18:00"),
        ("pasado manana", "29 18:00"),
        ("el viernes", "04 18:00"),
        ("hoy o manana", "28 18:00"),
        ("el 3 de diciembre", "03 18:00"),
        ("december 3rd", "03 18:00"),
        ("el 5/12", "05 18:00"),
        ("el 15", "15 18:00"),
        ("by the end of the week", "27 18:00"),
        ("el fin de semana", "29 18:00"),
        ("la proxima semana", "04 18:00"),
        ("a fin de mes", "30 18:00"),
        ("eod", "27 18:00"),
        # Times of day; without a half of the day, that in which people are called.
        ("a las 3", "27 15:00"),
        ("a las 9", "27 21:00"),
        ("by 9am", "28 09:00"),
        ("a las 17:30 hrs", "27 17:30"),
        ("entre 10 y 2", "27 14:00"),
        ("8am - 12pm", "27 12:00"),
        ("a partir de las 5", "27 18:00"),
        # Both.
        ("manana por la manana", "28 12:00"),
        ("tomorrow afternoon", "28 18:00"),
        ("esta tarde", "27 18:00"),
        ("el lunes de 2 a 4 de la tarde", "30 16:00"),
        ("monday, november 30 at 10:30", "30 10:30"),
        ("el viernes 4 de diciembre a las 10", "04 10:00"),
    ],
)
def test_the_last_instant_is_told(text: str, due: str) -> None:
    (time,) = times_in(text, Place(NOW, ZONE))
    assert time.due_at.astimezone(ZONE).strftime("%d %H:%M") == due
    assert time.due_at.utcoffset() == UTC.utcoffset(None)


@pytest.mark.parametrize(
    "text", ["hace 3 dias", "3 days ago", "parte 1/2", "tengo 2 equipos", "cada 2 horas", "2026", ""]
)
def test_what_is_no_time_to_come_is_none(text: str) -> None:
    assert times_in(text, Place(NOW, ZONE)) == ()


def test_working_time_is_that_of_the_calendar() -> None:
    # given one that is open on Saturdays as well
    place = Place(NOW, ZONE, WORKING)
    due = [times_in(text, place)[0].due_at.astimezone(ZONE) for text in ("2 dias habiles", "en 9 horas habiles")]
    # then Saturday is a working day, and hours are counted while it is open
    assert [each.strftime("%d %H:%M") for each in due] == ["30 18:00", "28 09:00"]


def test_the_day_comes_first_where_people_write_it_first() -> None:
    due = [
        times_in("on 12/3", Place(NOW, ZONE, None, first))[0].due_at.astimezone(ZONE).date() for first in (False, True)
    ]
    assert [each.isoformat() for each in due] == ["2026-12-03", "2027-03-12"]
