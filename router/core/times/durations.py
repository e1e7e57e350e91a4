"""How long something takes: "en menos de una hora", "within 24 to 48 hours", "en 3 días hábiles"; the longest counts."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import re2

_COUNTS = {
    **dict.fromkeys(("un", "una", "uno", "a", "an", "one"), 1.0),
    **{"dos": 2, "two": 2, "tres": 3, "three": 3, "cuatro": 4, "four": 4, "cinco": 5, "five": 5, "seis": 6, "six": 6},
    **{"siete": 7, "seven": 7, "ocho": 8, "eight": 8, "nueve": 9, "nine": 9, "diez": 10, "ten": 10, "doce": 12},
    **{"twelve": 12, "quince": 15, "fifteen": 15, "veinte": 20, "twenty": 20, "treinta": 30, "thirty": 30},
    **{"cuarenta": 40, "cuarenta y cinco": 45, "sesenta": 60, "veinticuatro": 24, "cuarenta y ocho": 48},
    **{"setenta y dos": 72, "twenty four": 24, "twenty-four": 24, "forty eight": 48, "forty-eight": 48},
    **dict.fromkeys(("media", "half", "half an", "half a"), 0.5),
    **dict.fromkeys(("un par de", "a couple of", "a couple", "par de", "couple of"), 2),
}
_SPANS = {
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(weeks=1),
    "month": timedelta(days=30),
}
_UNITS = (
    ("minute", "minutos?|mins?|minutes?"),
    ("hour", "horas?|hrs?|hs?|hours?"),
    ("day", "dias?|days?"),
    ("week", "semanas?|weeks?"),
    ("month", "mes(?:es)?|months?"),
)
_UNIT = "|".join(f"(?P<{unit}>{words})" for unit, words in _UNITS)
_NUMBER = f"(?:[0-9]{{1,3}}|{'|'.join(sorted(_COUNTS, key=len, reverse=True))})"
_WORKING = "(?:habil(?:es)?|laborables?|laboral(?:es)?|business|working)"
_LEAD = (
    r"(?:en|dentro de(?: un)?|in|within|under|antes de|before|menos de|less than|no mas de|no more than|maximo|max|hasta"
    r"|up to|plazo|tardar|tardan?|tardara|demora|demorara|takes?|toma|tomara|(?:los|las|the|your)? ?(?:proxim[oa]s?|siguientes?|next"
    r"|following|coming)|entre|de|from|between|after|despues de|luego de)"
)
_FILL = (
    r"(?: (?:un|una|el|la|los|las|plazo|lapso|periodo|rango|tiempo|maximo|de|no|mas|menos|mayor|a|que|es|tardar|promedio"
    r"|proxim[oa]s?|siguientes?|aproximadamente|aproximado|aprox|estimado|unos|unas|solo|entre|the|next|following"
    r"|coming|less|more|than|about|around|approximately|maximum|max|period|of|just|only|another|otr[oa]s?))*?"
)
_DURATION = re2.compile(
    rf"\b{_LEAD}{_FILL} (?P<least>{_NUMBER})(?: ?(?:a|o|y|-|to|or|and|/) ?(?P<most>{_NUMBER}))?"
    rf"(?: |-)?(?P<before>{_WORKING} )?(?:{_UNIT})\b(?P<half> y media\b| and a half\b)?(?: (?P<behind>{_WORKING})\b)?"
)


@dataclass(frozen=True, slots=True)
class Duration:
    """A time that is `start` to before `end` in the text; it lasts `length`, of `is_working` days or hours only."""

    start: int
    end: int
    length: timedelta
    is_days: bool
    is_working: bool


def durations(text: str) -> Iterator[Duration]:
    """The durations in `text`, plain and in small letters, in their order."""
    for match in _DURATION.finditer(text):
        parts = match.groupdict()
        unit = next(name for name, _ in _UNITS if parts[name])
        count = max(_count(parts["least"]), _count(parts["most"] or parts["least"])) + (0.5 if parts["half"] else 0)
        is_working = bool(parts["before"] or parts["behind"])
        yield Duration(*match.span(), count * _SPANS[unit], unit not in ("minute", "hour"), is_working)


def _count(written: str) -> float:
    return float(written) if written.isdigit() else float(_COUNTS[written])
