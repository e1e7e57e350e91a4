"""The times of day that a text names: "a las 10", "entre 8 y 12", "by 5pm", "por la tarde"; the latest counts."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import re2

NOON = 12 * 60
LATE = 24 * 60 - 1
# Where nothing tells morning from afternoon, these hours are of the afternoon: nobody calls a customer at three.
_EARLIEST = 7
_PARTS = {
    **dict.fromkeys(("manana", "morning", "mediodia", "medio dia", "noon"), NOON),
    **dict.fromkeys(("tarde", "afternoon"), 18 * 60),
    **dict.fromkeys(("noche", "evening", "night", "tonight", "medianoche", "midnight"), LATE),
}
_HALF = (
    r"(?: ?(?P<{0}half>am|pm|m|a m|p m)\b| (?:de|por|en|in) (?:la|the) (?P<{0}part>manana|tarde|noche|morning|afternoon|evening)"
    r"| del (?P<{0}noon>mediodia|medio dia)| (?P<{0}night>at night))?"
)
_HOUR = (
    r"(?P<{0}>[0-9]{{1,2}})(?:[:.h](?P<{0}m>[0-5][0-9]))?(?: (?P<{0}extra>y media|y cuarto))?(?: ?(?:hrs?|hs|horas|h|o'clock)\b)?"
    + _HALF
)
_LAS = "(?: (?:las?|the))?"


@dataclass(frozen=True, slots=True)
class Clock:
    """What is `start` to before `end` in the text: the latest minute of the day, and whether it is not half a day later.

    `minute` is None for what has no end, "a partir de las 5".
    """

    start: int
    end: int
    minute: int | None
    is_sure: bool = True


def clocks(text: str) -> Iterator[Clock]:
    """The times of day in `text`, plain and in small letters."""
    for pattern, meant in _CLOCKS:
        for match in pattern.finditer(text):
            if not _UNIT.match(text, match.end()) and (found := meant(match.groupdict(), *match.span())):
                yield found


_UNIT = re2.compile(
    r" ?(?:a [0-9]+ )?(?:dias?|days?|minutos?|minutes?|mins?|semanas?|weeks?|hours|meses|months?|%|gb|mb|mbps|megas?|usd|dolares|pesos|soles|enero|febrero|de [a-z]+bre|de (?:enero|febrero|marzo|abril|mayo|junio|julio|agosto)|/|habiles|business)\b"
)
Parts = dict[str, str]


def _window(parts: Parts, start: int, end: int) -> Clock | None:
    first, last = _minute(parts, "f", parts["t"]), _minute(parts, "t")
    if first is None or last is None:
        return None
    return Clock(start, end, last + NOON if last <= first and last + NOON <= LATE else last)


def _at(parts: Parts, start: int, end: int) -> Clock | None:
    minute = _minute(parts, "b")
    return None if minute is None else Clock(start, end, minute, _is_told(parts, "b"))


def _since(parts: Parts, start: int, end: int) -> Clock | None:
    return None if _minute(parts, "s") is None else Clock(start, end, None)


def _part(parts: Parts, start: int, end: int) -> Clock:
    return Clock(start, end, _PARTS[parts["named"]])


def _is_told(parts: Parts, which: str) -> bool:
    hour = int(parts[which])
    return hour > 12 or any(parts.get(f"{which}{each}") for each in ("half", "part", "noon", "night"))


def _minute(parts: Parts, which: str, _: str = "") -> int | None:
    """The minute of the day; None if no clock shows it."""
    hour, minutes = int(parts[which]), int(parts[f"{which}m"] or 0)
    minutes = {"y media": 30, "y cuarto": 15}.get(parts[f"{which}extra"] or "", minutes)
    half = (parts[f"{which}half"] or "").replace(" ", "")
    part = parts[f"{which}part"] or ("noche" if parts[f"{which}night"] else "")
    is_late = half == "pm" or part in ("tarde", "noche", "afternoon", "evening") or bool(parts[f"{which}noon"])
    is_early = half == "am" or part in ("manana", "morning")
    if hour == 12 and is_early:
        hour = 0
    elif hour < 12 and (is_late or (not is_early and 0 < hour < _EARLIEST)):
        hour += 12
    return hour * 60 + minutes if hour < 24 and minutes < 60 else None


_CLOCKS: tuple[tuple[object, Callable[[Parts, int, int], Clock | None]], ...] = tuple(
    (re2.compile(rf"\b(?:{pattern})"), meant)
    for pattern, meant in (
        (
            rf"(?:(?:entre|de|desde|between|from){_LAS} )?{_HOUR.format('f')} ?(?:y|a|hasta|and|to|-|until|till){_LAS} ?{_HOUR.format('t')}\b",
            _window,
        ),
        (
            rf"(?:a mas tardar(?: a)?|antes de|no despues de|hasta|before|by|at|a|around|sobre|tipo|until|till|no later than|como a){_LAS} "
            rf"{_HOUR.format('b')}\b",
            _at,
        ),
        (
            r"(?P<b>[0-9]{1,2})(?::(?P<bm>[0-5][0-9]))? ?(?P<bhalf>am|pm)\b(?P<bextra>\x02)?(?P<bpart>\x02)?(?P<bnoon>\x02)?(?P<bnight>\x02)?",
            _at,
        ),
        (rf"(?:despues de|a partir de|after|desde){_LAS} {_HOUR.format('s')}\b", _since),
        (
            r"(?:(?:por|en|durante|esta|this|in|before|by|at|al?|hasta|antes del?|para) (?:(?:la|el|the|misma) )*|(?:tomorrow|manana|today|hoy|[a-z]+day|mediados de la) )"
            r"(?P<named>manana|tarde|noche|morning|afternoon|evening|night|mediodia|medio dia|noon|midnight|medianoche)\b|(?P<tonight>tonight)\b",
            lambda parts, start, end: Clock(start, end, LATE) if parts["tonight"] else _part(parts, start, end),
        ),
    )
)
