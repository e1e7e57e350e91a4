"""The times of day that a text names: "a las 10", "entre 8 y 12", "by 5pm", "por la tarde"; the latest counts."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import re2

from router.model.hours import LATEST, USUAL, Hours

NOON = 12 * 60
REACH = 30
# Where nothing tells morning from afternoon, these hours are of the afternoon: nobody calls a customer at three.
_EARLIEST = 7
# A part of the day is late where the hours named beside it are those after noon.
LATE_PARTS = ("afternoon", "night", "midnight")
_PARTS = {
    **dict.fromkeys(
        ("manana", "almuerzo", "morning", "mediodia", "medio dia", "noon", "midday", "lunchtime", "lunch"), "noon"
    ),
    "temprano": "noon",
    **dict.fromkeys(("primera hora", "first thing", "primerisima hora"), "first_thing"),
    **dict.fromkeys(("tarde", "afternoon", "tardecita"), "afternoon"),
    **dict.fromkeys(("ultima hora",), "day_ends"),
    **dict.fromkeys(("noche", "evening", "night", "tonight"), "night"),
    **dict.fromkeys(("medianoche", "midnight", "media noche"), "midnight"),
}
_WORDS = (
    *(("una", "one"), ("dos", "two"), ("tres", "three"), ("cuatro", "four"), ("cinco", "five"), ("seis", "six")),
    *(
        ("siete", "seven"),
        ("ocho", "eight"),
        ("nueve", "nine"),
        ("diez", "ten"),
        ("once", "eleven"),
        ("doce", "twelve"),
    ),
)
_NUMBER = {word: number for number, words in enumerate(_WORDS, start=1) for word in words}
_SPELT = "|".join(_NUMBER)
_EXTRA = {"y media": 30, "y cuarto": 15, "menos cuarto": -15, "y veinte": 20, "y diez": 10, "menos diez": -10}
_HALF = (
    r"(?: ?(?P<{0}half>am|pm|m|a m|p m)\b"
    r"|,? (?:de|por|en|in) (?:la|the) (?P<{0}part>manana|madrugada|tarde|noche|morning|afternoon|evening)"
    r"| (?:this|tomorrow) (?P<{0}that>morning|afternoon|evening)"
    r"| del (?P<{0}noon>mediodia|medio dia)| (?P<{0}night>at night))?"
)
_HOUR = (
    rf"(?P<{{0}}>[0-9]{{{{1,2}}}}|{_SPELT})(?:[:.h](?P<{{0}}m>[0-5][0-9]))?"
    rf"(?: (?P<{{0}}extra>{'|'.join(_EXTRA)}))?"
    r"(?: ?(?:hrs?|hs|horas|h|o'clock)\b)?" + _HALF
)
_LAS = "(?: (?:las?|the))?"
_BY = (
    r"(?:a mas tardar(?: a)?|antes de|no despues de|hasta|before|by|at|around|about|sobre|tipo|until|till|para|desde"
    r"|no later than|como a|a eso de|alrededor de|cerca de|pasadas|at about|at around|just after|nomas tardar)"
)
_CORRECTED = r"(?:digo|perdon|disculpa|mejor dicho|quise decir|i mean|sorry|make that|no|rather|actually|o sea|mejor)"


@dataclass(frozen=True, slots=True)
class Clock:
    """What is `start` to before `end` in the text: the latest `minute` of the day, None for "a partir de las 5".

    Where it is not `is_sure`, it may be half a day later as well. `part` is what the part of a day is called, where it
    is no more than one; `since` is the minute from which on it is; `is_today` tells "tonight" from "at night".
    """

    start: int
    end: int
    minute: int | None
    is_sure: bool = True
    part: str = ""
    since: int = 0
    is_today: bool = False


def clocks(text: str, hours: Hours = USUAL) -> Iterator[Clock]:
    """The times of day in `text`, plain and in small letters."""
    for pattern, meant in _HOURS:
        for match in pattern.finditer(text):
            if not _UNIT.match(text[match.end() : match.end() + REACH]) and (
                found := meant(match.groupdict(), *match.span())
            ):
                yield found
    for match in _PART.finditer(text):
        word = match["named"] or match["alone"]
        part = _PARTS[word]
        lead = match["lead"]
        # "Esta tarde" is a day, and then a part of it.
        is_whole = match["alone"] or (lead and not lead.startswith(("esta", "this")))
        start = match.start() if is_whole else match.end() - len(word)
        yield Clock(start, match.end(), getattr(hours, part), part=part, is_today=word == "tonight")


# What makes a number something else than an hour.
_UNIT = re2.compile(
    r" ?(?:(?:(?:a|o|to|or|y|-) ?[0-9]+ )?(?:dias?|days?|minutos?|minutes?|mins?|semanas?|weeks?|hours?|meses|months?"
    r"|gb|mb|mbps|megas?|usd|dolares|pesos|soles|euros|habiles|laborables|business|working|veces|times|equipos|personas"
    r"|point|stage|cuotas?|canales|lineas?|pasos|steps|"
    r"(?:de |of )?(?:enero|febrero|marzo|abril|mayo|junio|julio|agosto|[a-z]+bre|january|february|march|april|may|june"
    r"|july|august|[a-z]+ber))\b|[%/])"
)
Parts = dict[str, str]


def _window(parts: Parts, start: int, end: int) -> Clock | None:
    if not parts.get("t") or (not parts["f"].isdigit() and not parts.get("lead")):
        return None
    first, last = _minute(parts, "f"), _minute(parts, "t")
    if first is None or last is None:
        return None
    is_late = last <= first and last + NOON < LATEST and not _is_told(parts, "t")
    return Clock(start, end, last + NOON if is_late else last, _is_told(parts, "t"))


def _at(parts: Parts, start: int, end: int) -> Clock | None:
    minute = _minute(parts, "b")
    return None if minute is None else Clock(start, end, minute, _is_told(parts, "b"))


def _corrected(parts: Parts, start: int, end: int) -> Clock | None:
    return _at(parts, start + len(parts["wrong"]), end)


def _past(parts: Parts, start: int, end: int) -> Clock | None:
    """ "Half past three", "quarter to five"."""
    minute = _minute(parts, "p")
    if minute is None:
        return None
    shift = {"half past": 30, "half": 30, "quarter past": 15, "quarter to": -15}[parts["shift"].removeprefix("a ")]
    return Clock(start, end, minute + shift, _is_told(parts, "p"))


def _since(parts: Parts, start: int, end: int) -> Clock | None:
    minute = _minute(parts, "s")
    return None if minute is None else Clock(start, end, None, since=minute)


def _is_told(parts: Parts, which: str) -> bool:
    told = ("half", "part", "that", "noon", "night")
    return _hour(parts[which]) > 12 or any(parts.get(f"{which}{each}") for each in told)


def _hour(written: str) -> int:
    return int(written) if written.isdigit() else _NUMBER[written]


def _minute(parts: Parts, which: str) -> int | None:
    """The minute of the day; None if no clock shows it."""
    hour, minutes = _hour(parts[which]), int(parts.get(f"{which}m") or 0)
    minutes += _EXTRA.get(parts.get(f"{which}extra") or "", 0)
    half = (parts.get(f"{which}half") or "").replace(" ", "")
    part = parts.get(f"{which}part") or parts.get(f"{which}that") or ""
    is_night = part == "noche" or bool(parts.get(f"{which}night"))
    is_late = half == "pm" or is_night or part in ("tarde", "afternoon", "evening") or bool(parts.get(f"{which}noon"))
    is_early = half == "am" or part in ("manana", "almuerzo", "morning", "madrugada")
    if hour == 12 and is_night:
        return LATEST + minutes
    if hour == 12 and is_early and part not in ("manana", "morning"):
        hour = 0
    elif hour < 12 and (is_late or (not is_early and 0 < hour < _EARLIEST)):
        hour += 12
    return hour * 60 + minutes if hour < 24 and minutes < 60 else None


_HOURS: tuple[tuple[Any, Callable[[Parts, int, int], Clock | None]], ...] = tuple(
    (re2.compile(rf"\b(?:{pattern})"), meant)
    for pattern, meant in (
        (
            rf"(?P<lead>entre|between|from|de|desde){_LAS} {_HOUR.format('f')}"
            rf" ?(?:y|a|hasta|and|to|-|until|till){_LAS} ?{_HOUR.format('t')}\b",
            _window,
        ),
        (rf"{_HOUR.format('f')} ?(?:a|hasta|to|-|until|till){_LAS} ?{_HOUR.format('t')}\b", _window),
        (
            rf"(?P<lead>a las?|at|sobre las|tipo|como a las|around|by) {_HOUR.format('f')}"
            rf" ?(?:o|u|or|-){_LAS} ?{_HOUR.format('t')}\b",
            _window,
        ),
        (rf"{_BY}{_LAS} {_HOUR.format('b')}\b", _at),
        (rf"a(?:l? las?| la) {_HOUR.format('b')}\b", _at),
        (r"a (?P<b>[0-9]{1,2}):(?P<bm>[0-5][0-9])\b", _at),
        (rf"(?P<wrong>{_CORRECTED},? (?:a las? |las? |at )?){_HOUR.format('b')}\b", _corrected),
        (r"(?P<b>[0-9]{1,2})(?::(?P<bm>[0-5][0-9]))? ?(?P<bhalf>am|pm)\b", _at),
        (r"(?P<b>[0-9]{1,2})[:h](?P<bm>[0-5][0-9])(?: ?(?:hrs?|hs|horas|h)\b)?", _at),
        (rf"(?P<b>[0-9]{{1,2}}|{_SPELT}) o'?clock\b", _at),
        (
            r"(?:(?:at|by|around|before|about) )*(?P<shift>(?:a )?(?:half past|quarter past|quarter to)|half)"
            rf" {_HOUR.format('p')}\b",
            _past,
        ),
        (
            rf"(?:despues de|a partir de|luego de|pasadas|any ?time after|after|desde){_LAS} {_HOUR.format('s')}\b",
            _since,
        ),
    )
)
_PART = re2.compile(
    r"\b(?:(?P<lead>(?:por|en|durante|esta|this|in|before|by|at|al?|hasta|antes del?|para|during|over|around|later"
    r"|a lo largo de|(?:en|a lo largo de) (?:el )?(?:transcurso|curso) de|en (?:el )?horas? de|a mediados de|de aqui)"
    r" (?:(?:la|el|the|misma|late|early|mid) )*"
    r"|(?:en el transcurso|a lo largo) de la )"
    r"|(?P<day>(?:tomorrow|manana|today|hoy|[a-z]+day|lunes|martes|miercoles|jueves|viernes|sabado|domingo"
    r"|mediados de la|early|late) (?:(?:at|al|a la|a|en la|de la|por la) )?))"
    r"(?P<named>manana|tarde|noche|morning|afternoon|evening|night|mediodia|medio dia|noon|midday|midnight|medianoche"
    r"|media noche|primera hora|primerisima hora|first thing|lunchtime|lunch|tardecita|ultima hora|temprano|almuerzo)\b"
    r"|\b(?:by |before |until |for |later )?(?P<alone>tonight|first thing|primera hora|midnight|medianoche)\b"
)
