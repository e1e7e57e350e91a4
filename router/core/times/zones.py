"""The time zones that a text names: "hora peninsular", "5pm Pacific", "hora de México", "UTC-5"."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

import re2

_PLACES = {
    "Europe/Madrid": "peninsular|de espana|espanola|de madrid|de la peninsula|spain|madrid|spanish",
    "Atlantic/Canary": "canaria|de canarias|canary",
    "America/Mexico_City": "de (?:la ciudad de )?mexico|del centro de mexico|mexicana|de (?:la )?cdmx|mexico(?: city)?",
    "America/Bogota": "de bogota|de colombia|colombiana|colombia|bogota",
    "America/Panama": "de panama|panamena|panama",
    "America/Lima": "de lima|de(?:l)? peru|peruana|peru|lima",
    "America/Santiago": "de santiago|de chile|chilena|chile|chilean",
    "America/Argentina/Buenos_Aires": "de buenos aires|de (?:la )?argentina|argentina|argentine|buenos aires",
    "America/Montevideo": "de montevideo|de(?:l)? uruguay|uruguaya|uruguay",
    "America/Asuncion": "de(?:l)? paraguay|paraguaya|paraguay",
    "America/La_Paz": "de bolivia|boliviana|bolivia",
    "America/Caracas": "de caracas|de venezuela|venezolana|venezuela",
    "America/Guayaquil": "de(?:l)? ecuador|ecuatoriana|de quito|de guayaquil|ecuador",
    "America/Costa_Rica": "de costa rica|costarricense|tica|costa rica",
    "America/Guatemala": "de guatemala|guatemalteca|guatemala",
    "America/Santo_Domingo": "de (?:la )?republica dominicana|dominicana|de santo domingo",
    "America/Puerto_Rico": "de puerto rico|puerto rico",
    "America/New_York": "del este|de nueva york|de miami|este|de la florida|eastern|east coast|new york|miami",
    "America/Los_Angeles": "del pacifico|pacifico|de los angeles|de california|pacific|west coast|california",
    "America/Chicago": "del centro|central|de chicago|de texas|de houston|chicago|texas",
    "America/Denver": "de la montana|de denver|mountain|denver",
    "Europe/London": "de londres|del reino unido|uk|london|british|united kingdom",
    "Europe/Lisbon": "de lisboa|de portugal|lisbon",
    "Europe/Paris": "de paris|de francia|paris|central european",
    "America/Sao_Paulo": "de brasilia|de brasil|de sao paulo|brasilia",
}
_SHORT = {
    "America/New_York": "et|est|edt",
    "America/Los_Angeles": "pt|pst|pdt",
    "America/Chicago": "ct|cst|cdt",
    "America/Denver": "mt|mst|mdt",
    "Europe/London": "bst",
    "Europe/Madrid": "cet|cest",
    "UTC": "utc|gmt",
}
# In English these may stand without "time" behind a time of day.
_ALONE = {
    "America/New_York": "eastern",
    "America/Los_Angeles": "pacific",
    "America/Chicago": "central",
    "America/Denver": "mountain",
}
_OFFSET = re2.compile(r"\b(?:utc|gmt) ?(?P<sign>[+-]) ?(?P<hours>[0-9]{1,2})\b")
_ZONES = tuple(
    (re2.compile(pattern), ZoneInfo(name))
    for table, form in (
        (_PLACES, r"\b(?:(?:en )?(?:hora|horario|tiempo) (?:{0})|(?:{0})(?: standard| daylight)? time)\b"),
        (_SHORT, r"\b(?:{0})\b"),
        (_ALONE, r"\b(?:{0})\b"),
    )
    for name, words in table.items()
    for pattern in (form.format(words),)
)
_ANY = re2.compile(
    r"\b(?:hora|horario|tiempo|time|[ecmp][sd]?t|bst|cest|cet|utc|gmt|eastern|pacific|central|mountain)\b"
)


@dataclass(frozen=True, slots=True)
class Zone:
    """What is `start` to before `end` in the text: the zone in which the time beside it is told."""

    start: int
    end: int
    zone: tzinfo


def zones(text: str) -> Iterator[Zone]:
    """The zones named in `text`, plain and in small letters."""
    if not _ANY.search(text):
        return
    for match in _OFFSET.finditer(text):
        hours = int(match["hours"])
        if hours < 15:
            yield Zone(match.start(), match.end(), timezone(timedelta(hours=hours if match["sign"] == "+" else -hours)))
    for pattern, zone in _ZONES:
        for match in pattern.finditer(text):
            yield Zone(match.start(), match.end(), zone)
