"""How opening time is written: what is read from it, and what is said where it can't be read."""

from collections.abc import Callable, Mapping, Sequence

import pytest

from router.model.calendar import Calendar, time_zone
from router.model.opening import ALL_DAY, Span, spans, week, weekdays


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("08:00-18:00", (Span(480, 1080),)),
        ("8:00 – 18:30", (Span(480, 1110),)),
        ("14:00-18:00, 08:00-12:00", (Span(480, 720), Span(840, 1080))),
        ("08:00-12:00,12:00-13:00", (Span(480, 720), Span(720, 780))),
        ("00:00-24:00", ALL_DAY),
        ("18:00-00:00", (Span(1080, 1440),)),
    ],
)
def test_hours_are_read(text: str, found: tuple[Span, ...]) -> None:
    assert spans(text) == found
    assert spans(", ".join(map(str, found))) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("mon", (0,)),
        ("Mon-Fri", (0, 1, 2, 3, 4)),
        ("sat-sun", (5, 6)),
        ("fri-mon", (4, 5, 6, 0)),
        ("sun-sat", (6, 0, 1, 2, 3, 4, 5)),
        ("lun-vie", (0, 1, 2, 3, 4)),
        ("mié", (2,)),
        ("mie, SÁB", (2, 5)),
        ("sab.", (5,)),
        ("Miércoles – Domingo", (2, 3, 4, 5, 6)),
        ("tues, thursday, jue", (1, 3)),
        ("mar-jue", (1, 2, 3)),
    ],
)
def test_weekdays_are_read_in_both_languages(text: str, found: tuple[int, ...]) -> None:
    assert weekdays(text) == found


@pytest.mark.parametrize(
    ("hours", "found"),
    [
        ({"mon-tue": "08:00-18:00", "sáb": ["09:00-11:00", "12:00-13:00"]}, {0: "08:00-18:00", 1: "08:00-18:00",
          5: "09:00-11:00, 12:00-13:00"}),
        ({"mon": "09:00-10:00", "lunes": "08:00-09:00"}, {0: "08:00-09:00, 09:00-10:00"}),
        ({"fri": "22:00-06:00"}, {4: "22:00-24:00", 5: "00:00-06:00"}),
        ({"sun": "22:00-06:00, 12:00-13:00"}, {0: "00:00-06:00", 6: "12:00-13:00, 22:00-24:00"}),
        ({"sat-sun": "18:00-12:00"}, {0: "00:00-12:00", 5: "18:00-24:00", 6: "00:00-12:00, 18:00-24:00"}),
        ({}, {}),
    ],
)  # fmt: skip
def test_nights_belong_to_the_next_weekday_after_midnight(
    hours: Mapping[str, str | Sequence[str]], found: Mapping[int, str]
) -> None:
    assert {weekday: ", ".join(map(str, day)) for weekday, day in week(hours).items()} == found


@pytest.mark.parametrize(
    ("read", "said"),
    [
        (lambda: spans("8-18"), "`8-18` are no opening hours: write, for example, `08:00-18:00`"),
        (lambda: spans(""), "are no opening hours"),
        (lambda: spans("08:00-18:00,"), "`` are no opening hours"),
        (lambda: spans("08:00-18:00 Uhr"), "are no opening hours"),
        (lambda: spans("25:00-26:00"), "`25:00` is no time of day"),
        (lambda: spans("08:75-09:00"), "`08:75` is no time of day"),
        (lambda: spans("08:00-24:30"), "`24:30` is no time of day"),
        (lambda: spans("08:00-08:00"), "for day and night write `00:00-24:00`"),
        (lambda: spans("24:00-08:00"), "has no length"),
        (lambda: spans("22:00-06:00"), "write `22:00-24:00`, and `00:00-06:00` under the next date"),
        (lambda: spans("08:00-12:00, 11:59-13:00"), "`08:00-12:00` and `11:59-13:00` overlap"),
        (lambda: weekdays("funday"), "`funday` in `funday` is no weekday: write `mon-fri`"),
        (lambda: weekdays("mo-fr"), "`mo` in `mo-fr` is no weekday"),
        (lambda: weekdays("mon-wed-fri"), "`wed-fri` in `mon-wed-fri` is no weekday"),
        (lambda: weekdays(""), "is no weekday"),
        (lambda: week({"mon-fri": "08:00-18:00", "fri": "08:00-15:00"}), "on Friday overlap"),
        (lambda: week({"mon": "22:00-06:00", "tue": "05:00-07:00"}), "`00:00-06:00` and `05:00-07:00` on Tuesday"),
        (lambda: time_zone("Europe/Madird"), "no time zone `Europe/Madird`; did you mean `Europe/Madrid`"),
        (lambda: time_zone("panama"), "did you mean `America/Panama`"),
        (lambda: time_zone("../../etc/passwd"), "write a name as `Europe/Madrid`"),
        (lambda: Calendar("a", "GMT-5"), "there is no time zone `GMT-5`"),
        (lambda: Calendar("a", holidays=(("pa", ""),)), "no holidays are known of a country `pa`; did you mean `PA`"),
        (lambda: Calendar("a", holidays=(("Panama", ""),)), "write its two letters"),
        (lambda: Calendar("a", holidays=(("ES", "Madrid"),)), "region `Madrid` in ES: write one of AN, AR, .* MD"),
        (lambda: Calendar("a", holidays=(("PA", "Colon"),)), "name the country alone"),
        (lambda: Calendar("a", hours={0: (Span(60, 120), Span(0, 30))}), "not in their order"),
        (lambda: Calendar("a", hours={0: (Span(0, 120), Span(60, 130))}), "overlap"),
        (lambda: Span(60, 60), "between 00:00 and 24:00"),
        (lambda: Span(0, 1441), "between 00:00 and 24:00"),
    ],
)
def test_mistakes_are_said_in_plain_words(read: Callable[[], object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        read()
