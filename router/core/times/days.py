"""The days that a text names: "mañana", "el lunes", "December 3rd", "esta semana", "a fin de mes"."""

import calendar
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import re2

_WEEKDAYS = (
    ("lunes", "monday", "mon"),
    ("martes", "tuesday", "tues", "tue"),
    ("miercoles", "wednesday", "wed"),
    ("jueves", "thursday", "thurs", "thu"),
    ("viernes", "friday", "fri"),
    ("sabado", "saturday", "sat"),
    ("domingo", "sunday", "sun"),
)
_WEEKDAY = {word: number for number, words in enumerate(_WEEKDAYS) for word in words}
_MONTHS = (
    ("enero", "january", "jan"),
    ("febrero", "february", "feb"),
    ("marzo", "march", "mar"),
    ("abril", "april", "apr"),
    ("mayo", "may"),
    ("junio", "june", "jun"),
    ("julio", "july", "jul"),
    ("agosto", "august", "aug"),
    ("septiembre", "setiembre", "september", "sept", "sep"),
    ("octubre", "october", "oct"),
    ("noviembre", "november", "nov"),
    ("diciembre", "december", "dec"),
)
_MONTH = {word: number for number, words in enumerate(_MONTHS, start=1) for word in words}
_NAMES = "|".join(sorted(_WEEKDAY, key=len, reverse=True))
_MONTH_NAMES = "|".join(sorted(_MONTH, key=len, reverse=True))
_YEAR = r"(?:,? (?:de |del )?(?P<year>20[0-9]{2}))?"
_TH = "(?:st|nd|rd|th|ro)?"
# A date this long ago is one of next year.
_PAST_DAYS = 60
FRIDAY = 4


@dataclass(frozen=True, slots=True)
class Day:
    """What is `start` to before `end` in the text: the last day `on` which it may be."""

    start: int
    end: int
    on: date


def days(text: str, today: date, is_day_first: bool) -> Iterator[Day]:
    """The days in `text`, plain and in small letters; `3/12` is of December where `is_day_first`."""
    for pattern, meant in _DAYS:
        for match in pattern.finditer(text):
            parts = match.groupdict()
            on = meant(parts, today, is_day_first)
            if on:
                # "Esta tarde" is a day, and then a time of day.
                yield Day(match.start(), match.end() - len(parts.get("part") or ""), on)


Parts = dict[str, str]


def _near(parts: Parts, today: date, _: bool) -> date:
    if parts["overmorrow"]:
        return today + timedelta(days=2)
    return today + timedelta(days=1 if parts["tomorrow"] else 0)


def _weekday(parts: Parts, today: date, _: bool) -> date:
    ahead = (_WEEKDAY[parts["weekday"]] - today.weekday()) % 7
    if parts["today"]:
        return today
    return today + timedelta(days=ahead or 7)


def _named(parts: Parts, today: date, _: bool) -> date | None:
    return _date(int(parts["date"]), _MONTH[parts["month"]], parts["year"], today)


def _slashed(parts: Parts, today: date, is_day_first: bool) -> date | None:
    one, two = int(parts["one"]), int(parts["two"])
    is_swapped = one > 12 or (is_day_first and two <= 12)
    return _date(one, two, parts.get("year"), today) if is_swapped else _date(two, one, parts.get("year"), today)


def _iso(parts: Parts, *_: object) -> date | None:
    try:
        return date.fromisoformat(parts["iso"])
    except ValueError:
        return None


def _of_month(parts: Parts, today: date, _: bool) -> date | None:
    number = int(parts["date"])
    first = today.replace(day=1) if number >= today.day else _month_after(today)
    return _date(number, first.month, str(first.year), today)


def _week(parts: Parts, today: date, _: bool) -> date:
    sunday = today + timedelta(days=6 - today.weekday())
    if parts["working_week"]:
        return today + timedelta(days=(FRIDAY - today.weekday()) % 7)
    return sunday + timedelta(days=7 if parts["next"] else 0)


def _month(parts: Parts, today: date, _: bool) -> date:
    first = _month_after(today) if parts["next"] else today
    return first.replace(day=calendar.monthrange(first.year, first.month)[1])


def _end_of_today(_: Parts, today: date, __: bool) -> date:
    return today


def _month_after(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def _date(number: int, month: int, year: str | None, today: date) -> date | None:
    """That date, of this year or of the next where none is told; None if there is none."""
    try:
        if year:
            return date(int(year) + (2000 if len(year) == 2 else 0), month, number)
        this = date(today.year, month, number)
        return this if (today - this).days < _PAST_DAYS else date(today.year + 1, month, number)
    except ValueError:
        return None


_OF_WEEK = "(?:semana|week)"
_END = "(?:fin(?:al(?:es)?)? de|end of(?: the| this)?|fin de esta|cierre de|close of)"
_TO = "(?:(?:el|al?|este|del?|at|by|the|this|over|before|antes|durante|later) )*"
_DAYS: tuple[tuple[Any, Callable[[Parts, date, bool], date | None]], ...] = tuple(
    (re2.compile(rf"\b(?:{pattern})\b"), meant)
    for pattern, meant in (
        (
            r"(?P<overmorrow>pasado manana|(?:the )?day after tomorrow)|(?P<tomorrow>tomorrow|manana)|hoy|today|tonight"
            r"|(?:esta|this) (?:misma )?(?P<part>manana|tarde|noche|morning|afternoon|evening)",
            _near,
        ),
        (rf"(?P<today>hoy |today )?(?:(?:el|este|proximo|next|this|on|by|coming) )*(?P<weekday>{_NAMES})", _weekday),
        (
            rf"(?:(?:el|este|the|on|by|dia|proximo) )*(?P<date>[0-9]{{1,2}}){_TH}(?: (?:de|of))?"
            rf" (?P<month>{_MONTH_NAMES})\b{_YEAR}",
            _named,
        ),
        (rf"(?P<month>{_MONTH_NAMES})\.? (?:the )?(?P<date>[0-9]{{1,2}}){_TH}\b{_YEAR}", _named),
        (r"(?P<one>[0-9]{1,2})/(?P<two>[0-9]{1,2})/(?P<year>(?:20)?[0-9]{2})", _slashed),
        # Without a year it may be a part of a message, 1/2, unless the word before it speaks of a day.
        (
            r"(?:(?:el|del|este|dia|on|by|before|until|hasta|the) )+(?P<one>[0-9]{1,2})/(?P<two>[0-9]{1,2})",
            _slashed,
        ),
        ("(?P<iso>20[0-9]{2}-[0-9]{2}-[0-9]{2})", _iso),
        (r"(?:el|este|on the|by the) (?:dia |proximo )?(?P<date>[0-9]{1,2})(?:st|nd|rd|th)?", _of_month),
        (
            rf"{_TO}(?:{_END} (?:la |esta )+|finales de |end of(?: the| this)? )(?P<working_week>{_OF_WEEK})"
            rf"|{_TO}(?:esta|this|la misma) (?:misma )?{_OF_WEEK}"
            r"|(?:(?:el|este|this|over the|the|at the|durante el) )*(?:fin de semana|weekend)"
            rf"|(?P<next>(?:la )?(?:proxima|otra|next) {_OF_WEEK}|la semana (?:proxima|que viene|entrante|siguiente))",
            _week,
        ),
        (
            rf"{_TO}{_END} (?:este )?(?:mes|month)|(?:este|this) (?:mismo )?(?:mes|month)"
            r"|(?P<next>(?:el )?proximo mes|el mes (?:que viene|proximo|entrante)|next month)",
            _month,
        ),
        (
            rf"{_TO}(?:{_END}|fin del?|final del|cierre del?) (?:la |the )?(?:dia|day|business(?: day)?|jornada)"
            r"(?: (?:de )?(?:hoy|today))?|eod|cob"
            r"|(?:en el (?:transcurso|curso) del|a lo largo del|durante el|during the|in the course of the) (?:dia|day)"
            r"(?: de hoy)?",
            _end_of_today,
        ),
    )
)
