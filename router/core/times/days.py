"""The days that a text names: "mañana", "el lunes", "December 3rd", "esta semana", "a fin de mes"."""

import calendar
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import re2

_WEEKDAYS = (
    ("lunes", "lun", "monday", "mon"),
    ("martes", "tuesday", "tues", "tue"),
    ("miercoles", "mie", "wednesday", "wed"),
    ("jueves", "jue", "thursday", "thurs", "thu"),
    ("viernes", "vie", "friday", "fri"),
    ("sabado", "sab", "saturday", "sat"),
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
WEDNESDAY, FRIDAY, SUNDAY = 2, 4, 6
# What makes a number behind a weekday an hour: "jueves 8 a 12", "Friday 10am".
_HOUR = re2.compile(r" ?(?:(?:a|y|o|to|and|-) ?(?:las )?[0-9]|[ap]m\b|hs?\b|hrs?\b|horas\b|[:.h][0-9]|-)")
# The evening before is meant: "antes del jueves".
_EVE = re2.compile(
    r"\b(?:antes (?:de que (?:llegue|empiece|sea) )?(?:del? )?(?:(?:este|el|la|proximo|dia) )*"
    r"|before (?:(?:this|next|the|on) )*)$"
)
_OVER = re2.compile(r" (?:pasad[oa]\b|anterior\b|past\b)")
_LAST = re2.compile(
    r"\b(?:(?:pasado|last|previous|past|cada|every|each|todos los|desde|since|los) (?:el |the |dias )*)$"
)


@dataclass(frozen=True, slots=True)
class Day:
    """What is `start` to before `end` in the text: the last day `on` which it may be.

    `is_date` and `is_weekday` tell dates and names of weekdays; `week` is the Monday of a week, where it is one.
    """

    start: int
    end: int
    on: date
    is_date: bool = False
    week: date | None = None
    is_weekday: bool = False


def days(text: str, today: date, is_day_first: bool) -> Iterator[Day]:
    """The days in `text`, plain and in small letters; `3/12` is of December where `is_day_first`."""
    for pattern, meant in _DAYS:
        for match in pattern.finditer(text):
            if found := _day(text, match, meant, today, is_day_first):
                yield found


def _day(text: str, match: Any, meant: "Meant", today: date, is_day_first: bool) -> Day | None:
    parts = match.groupdict()
    start, end = match.span()
    if _OVER.match(text[end : end + REACH]) or _LAST.search(text[max(0, start - REACH) : start]):
        return None
    if parts.get("hourly") and _HOUR.match(text[end : end + REACH]):
        return None
    on = meant(parts, today, is_day_first)
    if not on:
        return None
    first, week = on, None
    if meant is _week:
        # The week as a whole is the one before whose Monday something happens.
        week = on - timedelta(days=on.weekday())
        first = on - timedelta(days=1) if parts.get("weekend") else week
    core = start + len(parts.get("lead") or "")
    is_end = parts.get("until") is not None
    before = None if is_end else _EVE.search(text[max(0, core - REACH) : core])
    if before:
        start = min(start, core - len(before.group()))
        on = first - timedelta(days=1)
    # "Esta tarde" is a day, and then a time of day.
    return Day(
        start,
        end - len(parts.get("part") or ""),
        on,
        meant in (_named, _slashed, _iso, _of_month),
        week,
        meant is _weekday,
    )


Parts = dict[str, str]
Meant = Callable[[Parts, date, bool], date | None]


def _near(parts: Parts, today: date, _: bool) -> date:
    return today + timedelta(days=2 if parts["overmorrow"] else 1 if parts["tomorrow"] else 0)


def _weekday(parts: Parts, today: date, _: bool) -> date:
    on = _WEEKDAY[parts["weekday"]]
    if parts["today"]:
        return today
    if parts["after"]:
        return today + timedelta(days=7 - today.weekday() + on)
    following = today + timedelta(days=(on - today.weekday()) % 7 or 7)
    return following + timedelta(days=7 if parts["eight"] or parts["from"] else 0)


def _in_eight(parts: Parts, today: date, _: bool) -> date:
    return today + timedelta(days=(14 if parts["quince"] or parts["two"] else 7) + (1 if parts["from_tomorrow"] else 0))


def _named(parts: Parts, today: date, _: bool) -> date | None:
    return _date(_number(parts["date"]), _MONTH[parts["month"]], parts["year"], today)


def _number(written: str) -> int:
    return 1 if written.startswith("primero") else int(written)


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
    on = _date(number, first.month, str(first.year), today)
    named = parts.get("weekday")
    return None if on and named and on.weekday() != _WEEKDAY[named] else on


def _week(parts: Parts, today: date, _: bool) -> date:
    monday = today - timedelta(days=today.weekday())
    if parts.get("weekend"):
        return monday + timedelta(
            days=SUNDAY + (7 if parts.get("next_weekend") and today.weekday() >= FRIDAY + 1 else 0)
        )
    if parts.get("next"):
        return monday + timedelta(days=7 + (WEDNESDAY if parts.get("middle") else FRIDAY))
    if parts.get("middle") and today.weekday() < WEDNESDAY:
        return monday + timedelta(days=WEDNESDAY)
    return monday + timedelta(days=FRIDAY if today.weekday() <= FRIDAY else SUNDAY)


def _quincena(_: Parts, today: date, __: bool) -> date:
    return today.replace(day=15) if today.day <= 15 else _end_of(today)


def _month(parts: Parts, today: date, _: bool) -> date:
    return _end_of(_month_after(today) if parts.get("next") else today)


def _in_month(parts: Parts, today: date, _: bool) -> date:
    month = _MONTH[parts["month"]]
    return _end_of(date(today.year + (month < today.month), month, 1))


def _end_of(day: date) -> date:
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


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
        return this if this >= today else date(today.year + 1, month, number)
    except ValueError:
        return None


REACH = 30
_OF_WEEK = "(?:semana|week)"
_THIS = "(?:el|al?|este|esta|del?|at|by|the|this|over|on|during|in|dentro|para|hasta|durante|later|en|misma|mismo)"
_NEXT_WEEK = (
    r"(?:la )?(?:proxima|otra|next|the following|the coming|entrante) semana|next week|the (?:following|coming) week"
    r"|(?:la )?semana (?:proxima|que viene|que entra|entrante|siguiente)|la siguiente semana|week after this"
)
_FULL = (
    "(?:fin(?:al(?:es)?)? del?|termine|acabe|end of(?: the| this)?|fin de esta|cierre del?|close of|ends)"
    "(?: (?:la|el|esta|este|the|this|tu|our|your))*"
)
_UNTIL = rf"(?:(?:{_THIS}|antes|before|de que|late|later) )*(?P<until>{_FULL}) "
_ON = "(?P<lead>(?:(?:el|al|del|este|proximo|dia|the|this|next|coming|on|by|para|hasta|a mas tardar|de aqui) )*)"
_OF_DAY = "(?:dia|day|business(?: day)?|jornada|play|turno|shift|tarde)"
_IN_DAY = (
    "(?:en el (?:transcurso|curso|correr) del|a lo largo del|durante el|during the|in the course of the|en el"
    "|dentro del|later in the)"
)
_DAYS: tuple[tuple[Any, Meant], ...] = tuple(
    (re2.compile(rf"\b(?:{pattern})\b"), meant)
    for pattern, meant in (
        (
            r"(?P<lead>(?:by|para|hasta|on|de aqui a) )?(?:(?P<overmorrow>(?:manana (?:o|u|y|a) )?pasado manana"
            r"|manana (?:o|u|y|a|mismo o) (?:el )?pasado|(?:the )?day after tomorrow)"
            r"|(?P<tomorrow>tomorrow|tmrw|tmr|2morrow|manana)(?: mismo)?|hoy(?: dia)?(?: mismo)?|today|tonight"
            r"|(?:esta|this) (?:misma )?(?P<part>manana|tarde|noche|morning|afternoon|evening))",
            _near,
        ),
        (
            rf"(?P<today>hoy |today )?{_ON}(?P<from>(?:a )?week from )?(?P<weekday>{_NAMES})"
            rf"(?P<after>,? (?:(?:de|of) )?(?:{_NEXT_WEEK}))?(?P<eight> en ocho| week| en 8)?"
            "(?: que viene| proximo| entrante)?",
            _weekday,
        ),
        (
            r"de (?:hoy|(?P<from_tomorrow>manana)) en (?:ocho|8|(?P<quince>quince|15))(?: dias)?"
            r"|(?:a|one|(?P<two>two)) weeks? from (?:today|now)",
            _in_eight,
        ),
        (
            rf"{_ON}(?:(?:{_NAMES}),? )?(?:the )?(?P<date>[0-9]{{1,2}}|primero){_TH}(?: (?:de|of))?"
            rf" (?P<month>{_MONTH_NAMES})\b{_YEAR}",
            _named,
        ),
        (
            rf"{_ON}(?:(?:{_NAMES}),? )?(?P<month>{_MONTH_NAMES})\.? (?:the )?(?P<date>[0-9]{{1,2}}){_TH}\b{_YEAR}",
            _named,
        ),
        (rf"{_ON}(?P<one>[0-9]{{1,2}})[/-](?P<two>[0-9]{{1,2}})[/-](?P<year>(?:20)?[0-9]{{2}})", _slashed),
        # Without a year it may be a part of a message, 1/2, unless the word before it speaks of a day.
        (
            r"(?:(?P<lead>(?:(?:el|al|del|este|dia|on|by|the|for|para|hasta|before|until) )+)"
            rf"|(?:el )?(?:{_NAMES}),? (?:el )?)(?P<one>[0-9]{{1,2}})/(?P<two>[0-9]{{1,2}})",
            _slashed,
        ),
        ("(?P<iso>20[0-9]{2}-[0-9]{2}-[0-9]{2})", _iso),
        (
            r"(?P<lead>(?:el|este|al|del|on the|by the|before the|until the|the) (?:dia |proximo )?)"
            r"(?P<hourly>)(?P<date>[0-9]{1,2})(?:st|nd|rd|th)?",
            _of_month,
        ),
        (
            rf"{_ON}(?P<weekday>{_NAMES}),? (?:dia |el |the )?(?P<hourly>)(?P<date>[0-9]{{1,2}})(?:st|nd|rd|th)?",
            _of_month,
        ),
        (
            rf"(?P<lead>(?:{_THIS} )*)(?P<weekend>(?P<next_weekend>proximo |next )?(?:fin de semana|weekend|finde))",
            _week,
        ),
        (rf"{_UNTIL}(?P<next>proxima |next )?{_OF_WEEK}|eow", _week),
        (
            r"(?P<lead>(?:(?:en|a|para|durante|in|by|during|el|the|transcurso|curso|de) )*)"
            r"(?:(?P<middle>mediados de |mid ?|middle of )"
            r"|(?:principios|inicios|comienzos|finales|early|late|start of|beginning of|later)(?: de)? )?"
            rf"(?:(?P<next>{_NEXT_WEEK})|(?:esta|this|la misma|en la|in the|during the|la presente)"
            rf" (?:misma |same |coming )?{_OF_WEEK}|transcurso de la semana)",
            _week,
        ),
        (r"(?P<lead>(?:(?:en|para|a|de|by|esta|este|misma|proxima|del?|la|el) )*)quincena", _quincena),
        (
            rf"{_UNTIL}(?:mes|month)(?P<next> que viene| proximo| entrante)?"
            r"|(?:(?:en|during|in) )?(?:este|this) (?:mismo |same )?(?:mes|month)",
            _month,
        ),
        (r"(?P<next>(?:el )?proximo mes|el mes (?:que viene|proximo|entrante)|el otro mes|next month)", _month),
        (
            rf"(?:in|by|during|en|para|durante|finales de|late in|end of) (?P<month>{_MONTH_NAMES})",
            _in_month,
        ),
        (
            rf"{_UNTIL}{_OF_DAY}(?: (?:de )?(?:hoy|today))?|(?:by )?(?:the )?(?:eod|cob)"
            rf"|{_IN_DAY} (?:mismo )?(?:dia|day)(?: de hoy)?|mas tarde hoy|later today",
            _end_of_today,
        ),
    )
)
