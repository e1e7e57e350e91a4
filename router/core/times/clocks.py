"""The times of day that a text names: "a las 10", "entre 8 y 12", "by 5pm", "por la tarde"; the latest counts."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import re2

NOON = 12 * 60
LATE = 24 * 60 - 1
REACH = 30
# Where nothing tells morning from afternoon, these hours are of the afternoon: nobody calls a customer at three.
_EARLIEST = 7
_PARTS = {
    **dict.fromkeys(("manana", "morning", "mediodia", "medio dia", "noon", "primera hora", "first thing"), NOON),
    **dict.fromkeys(("tarde", "afternoon"), 18 * 60),
    **dict.fromkeys(("noche", "evening", "night", "tonight", "medianoche", "midnight"), LATE),
}
_HALF = (
    r"(?: ?(?P<{0}half>am|pm|m|a m|p m)\b"
    r"| (?:de|por|en|in) (?:la|the) (?P<{0}part>manana|tarde|noche|morning|afternoon|evening)"
    r"| del (?P<{0}noon>mediodia|medio dia)| (?P<{0}night>at night))?"
)
_HOUR = (
    r"(?P<{0}>[0-9]{{1,2}})(?:[:.h](?P<{0}m>[0-5][0-9]))?(?: (?P<{0}extra>y media|y cuarto))?"
    r"(?: ?(?:hrs?|hs|horas|h|o'clock)\b)?" + _HALF
)
_LAS = "(?: (?:las?|the))?"


@dataclass(frozen=True, slots=True)
class Clock:
    """What is `start` to before `end` in the text: the latest `minute` of the day, None for "a partir de las 5".

    Where it is not `is_sure`, it may be half a day later as well.
    """

    start: int
    end: int
    minute: int | None
    is_sure: bool = True


def clocks(text: str) -> Iterator[Clock]:
    """The times of day in `text`, plain and in small letters."""
    for pattern, meant in _HOURS:
        for match in pattern.finditer(text):
            if not _UNIT.match(text[match.end() : match.end() + REACH]) and (
                found := meant(match.groupdict(), *match.span())
            ):
                yield found
    for match in _PART.finditer(text):
        word = match["named"] or "tonight"
        yield Clock(match.end() - len(word), match.end(), _PARTS[word])


# What makes a number something else than an hour.
_UNIT = re2.compile(
    r" ?(?:(?:a [0-9]+ )?(?:dias?|days?|minutos?|minutes?|mins?|semanas?|weeks?|hours|meses|months?|gb|mb|mbps|megas?"
    r"|usd|dolares|pesos|soles|habiles|business|veces|times|equipos|personas"
    r"|de (?:enero|febrero|marzo|abril|mayo|junio|julio|agosto|[a-z]+bre))\b|[%/])"
)
Parts = dict[str, str]


def _window(parts: Parts, start: int, end: int) -> Clock | None:
    first, last = _minute(parts, "f"), _minute(parts, "t")
    if first is None or last is None:
        return None
    return Clock(start, end, last + NOON if last <= first and last + NOON <= LATE else last)


def _at(parts: Parts, start: int, end: int) -> Clock | None:
    minute = _minute(parts, "b")
    return None if minute is None else Clock(start, end, minute, _is_told(parts, "b"))


def _since(parts: Parts, start: int, end: int) -> Clock | None:
    return None if _minute(parts, "s") is None else Clock(start, end, None)


def _is_told(parts: Parts, which: str) -> bool:
    hour = int(parts[which])
    return hour > 12 or any(parts.get(f"{which}{each}") for each in ("half", "part", "noon", "night"))


def _minute(parts: Parts, which: str) -> int | None:
    """The minute of the day; None if no clock shows it."""
    hour, minutes = int(parts[which]), int(parts.get(f"{which}m") or 0)
    minutes = {"y media": 30, "y cuarto": 15}.get(parts.get(f"{which}extra") or "", minutes)
    half = (parts.get(f"{which}half") or "").replace(" ", "")
    part = parts.get(f"{which}part") or ("noche" if parts.get(f"{which}night") else "")
    is_late = half == "pm" or part in ("tarde", "noche", "afternoon", "evening") or bool(parts.get(f"{which}noon"))
    is_early = half == "am" or part in ("manana", "morning")
    if hour == 12 and is_early:
        hour = 0
    elif hour < 12 and (is_late or (not is_early and 0 < hour < _EARLIEST)):
        hour += 12
    return hour * 60 + minutes if hour < 24 and minutes < 60 else None


_HOURS: tuple[tuple[Any, Callable[[Parts, int, int], Clock | None]], ...] = tuple(
    (re2.compile(rf"\b(?:{pattern})"), meant)
    for pattern, meant in (
        (
            rf"(?:(?:entre|de|desde|between|from){_LAS} )?{_HOUR.format('f')}"
            rf" ?(?:y|a|hasta|and|to|-|until|till){_LAS} ?{_HOUR.format('t')}\b",
            _window,
        ),
        (
            r"(?:a mas tardar(?: a)?|antes de|no despues de|hasta|before|by|at|a|around|sobre|tipo|until|till"
            rf"|no later than|como a){_LAS} {_HOUR.format('b')}\b",
            _at,
        ),
        (r"(?P<b>[0-9]{1,2})(?::(?P<bm>[0-5][0-9]))? ?(?P<bhalf>am|pm)\b", _at),
        (rf"(?:despues de|a partir de|after|desde){_LAS} {_HOUR.format('s')}\b", _since),
    )
)
_PART = re2.compile(
    r"\b(?:(?:(?:por|en|durante|esta|this|in|before|by|at|al?|hasta|antes del?|para) (?:(?:la|el|the|misma) )*"
    r"|(?:tomorrow|manana|today|hoy|[a-z]+day|mediados de la) )"
    r"(?P<named>manana|tarde|noche|morning|afternoon|evening|night|mediodia|medio dia|noon|midnight|medianoche"
    r"|primera hora|first thing)"
    r"|tonight)\b"
)
