"""How long something takes: "en menos de una hora", "within 24 to 48 hours", "3 días hábiles"; the longest counts."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import re2

_COUNTS = {
    **dict.fromkeys(("un", "una", "uno", "a", "an", "one"), 1.0),
    "dos": 2,
    "two": 2,
    "tres": 3,
    "three": 3,
    "cuatro": 4,
    "four": 4,
    "cinco": 5,
    "five": 5,
    "seis": 6,
    "six": 6,
    "siete": 7,
    "seven": 7,
    "ocho": 8,
    "eight": 8,
    "nueve": 9,
    "nine": 9,
    "diez": 10,
    "ten": 10,
    "doce": 12,
    "twelve": 12,
    "quince": 15,
    "fifteen": 15,
    "veinte": 20,
    "twenty": 20,
    "treinta": 30,
    "thirty": 30,
    "cuarenta": 40,
    "cuarenta y cinco": 45,
    "sesenta": 60,
    "veinticuatro": 24,
    "cuarenta y ocho": 48,
    "setenta y dos": 72,
    "twenty four": 24,
    "twenty-four": 24,
    "forty eight": 48,
    "forty-eight": 48,
    **dict.fromkeys(("media", "half", "half an", "half a"), 0.5),
    **dict.fromkeys(("tres cuartos de", "three quarters of an"), 0.75),
    **dict.fromkeys(("un cuarto de", "cuarto de", "a quarter of an", "quarter of an"), 0.25),
    "twenty-five": 25,
    "cincuenta": 50,
    "fifty": 50,
    "forty": 40,
    "forty-five": 45,
    "sixty": 60,
    "ninety": 90,
    "noventa": 90,
    "once": 11,
    **dict.fromkeys(("un par de", "a couple of", "a couple", "par de", "couple of"), 2),
}
_SPANS = {
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(weeks=1),
    "fortnight": timedelta(weeks=2),
    "month": timedelta(days=30),
}
_UNITS = (
    ("minute", "minutos?|minutitos?|mins?|minutes?"),
    ("hour", "horas?|horitas?|hrs?|hs?|hours?"),
    ("day", "dias?|diitas?|days?"),
    ("week", "semanas?|weeks?"),
    ("fortnight", "fortnights?"),
    ("month", "mes(?:es)?|months?"),
)
_UNIT = "|".join(f"(?P<{unit}>{words})" for unit, words in _UNITS)
_NUMBER = f"(?:[0-9]{{1,3}}|{'|'.join(sorted(_COUNTS, key=len, reverse=True))})"
_WORKING = "(?:habil(?:es)?|laborables?|laboral(?:es)?|business|working)"
_LEAD = (
    r"(?:en|dentro de(?: un)?|in|within|under|antes de|before|menos de|less than|no mas de|no more than|maximo|max"
    r"|hasta|up to|plazo(?: de)?|tardo|tardamos|demoro|demoramos|tarda(?:r|n|ra)?|demora(?:ra)?|takes?|toma(?:ra)?"
    r"|entre|de|from|between|after|despues de|luego de|dame|deme|danos|denos|aguant[ae]me|esper[ae](?:me|nos)?"
    r"|dej[ae](?:me|nos)|regal[ae]me|permit[ae](?:me|nos)|bancame|me (?:toma|lleva)|give (?:me|us)|hold on|hang on"
    r"|bear with me(?: for)?|wait|need|allow(?: me| us)?|como en|another"
    r"|(?:los|las|the|your)? ?(?:proxim[oa]s?|siguientes?|next|following|coming))"
)
_FILL = (
    r"(?: (?:menos de|cosa de|un|una|el|la|los|las|plazo|lapso|periodo|rango|tiempo|maximo|de|no|mas|menos|mayor|a"
    r"|que|es|tardar"
    r"|promedio|proxim[oa]s?|siguientes?|aproximadamente|aproximado|aprox|estimado|unos|unas|solo|entre|the|next"
    r"|following|coming|under|roughly|like|full|less|more|than|about|around|approximately|maximum|max|period"
    r"|of|just|only|another"
    r"|otr[oa]s?))*?"
)
_OVER = "(?P<ago>(?:hace|hace unos|por|cada|every|for) )?"
_WORKS = re2.compile(rf"\b{_WORKING}\b")
_RANGE = rf"(?P<least>{_NUMBER})(?: ?(?:a|o|y|-|to|or|and|/) ?(?P<most>{_NUMBER}))?"
_LENGTH = (
    rf"(?: |-)?(?:{_WORKING} )?(?:{_UNIT})\b(?P<half> y media\b| and a half\b)?(?P<two> (?:or two|o dos)\b)?"
    rf"(?: (?:de dia )?{_WORKING}\b)?(?: or so\b| from now\b| mas\b)?"
)
_DURATIONS = (
    re2.compile(rf"\b{_LEAD}{_FILL} {_RANGE}{_LENGTH}"),
    # Several days, or working days, need no word before them; but they may be over.
    re2.compile(
        rf"\b{_OVER}(?P<least>{_NUMBER}) ?(?:a|o|-|to|or|/) ?(?P<most>{_NUMBER})"
        rf"{_LENGTH}"
    ),
    re2.compile(rf"\b{_OVER}{_RANGE} {_WORKING} (?:{_UNIT})\b"),
    re2.compile(rf"\b{_OVER}{_RANGE} (?:{_UNIT}) {_WORKING}\b"),
    re2.compile(rf"\b{_RANGE}{_LENGTH}(?: from now| later| more| mas tarde| mas|, max)\b"),
    re2.compile(
        r"\b(?:within|in|during) the (?:next )?hour\b|\b(?:en|dentro de) (?:la proxima|la siguiente|una) hora\b"
    ),
    re2.compile(r"\b(?:en|dentro de|in|dame|deme) (?:hora)(?P<and_half> y media)\b"),
    re2.compile(
        r"\b(?:(?:el|the|by|on|at|within) )*(?:proximo|siguiente|next|following) (?:dia )?"
        r"(?P<next>habil|laborable|business day|working day)\b"
    ),
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
    """The durations in `text`, plain and in small letters; some of them twice."""
    for pattern in _DURATIONS:
        for match in pattern.finditer(text):
            parts = match.groupdict()
            if not (parts.get("ago") or text.startswith((" ago", " antes"), match.end())):
                yield _duration(parts, match.group(), *match.span())


def _duration(parts: dict[str, str | None], words: str, start: int, end: int) -> Duration:
    unit = "day" if parts.get("next") else next((name for name, _ in _UNITS if parts.get(name)), "hour")
    least = parts.get("least") or "1"
    count = max(_count(least), _count(parts.get("most") or least), 2 if parts.get("two") else 0)
    count += 0.5 if parts.get("half") or parts.get("and_half") else 0
    is_working = _WORKS.search(words) is not None
    return Duration(start, end, count * _SPANS[unit], unit not in ("minute", "hour"), is_working)


def _count(written: str) -> float:
    return float(written) if written.isdigit() else float(_COUNTS[written])
