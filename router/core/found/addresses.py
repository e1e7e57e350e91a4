"""Where somebody lives, as addresses are written in Latin America, Spain and the English-speaking countries."""

from collections.abc import Iterator

import re2

from router.model.finding import PersonalData, Sighting

_ROAD = (
    r"(?i:calles?|cll?|carreras?|cra|kra|kr|cr|avenidas?|avda?|ave?|jiron|jr|pasaje|psje|pje|diagonal|diag|dg"
    r"|transversal|transv|tv|circular|boulevard|bulevar|blvd|blv|camino|via|calzada|prolongacion|callejon|cerrada|autopista)"
)
_NAME = r"(?:(?:del?|las?|los|el|y|San|Santa|[A-Z][a-zA-Z'.]*|[0-9]{1,3}[a-zA-Z]?) ){1,5}"
_HOUSE_WORD = r"(?:,? ?(?i:#|n\.?[o\x01_]?\.?|nro\.?|num\.?|numero|casa|edificio|edif\.?) ?)"
_HOME = (
    r"(?i:apto|apartamento|apt|depto|dpto|departamento|casa|edificio|edif|torre|interior|lote|manzana|mz|mza|piso|villa"
    r"|urbanizacion|urb|residencial|barrio|colonia|col|bloque|block|unit|suite)"
)
_SIGN = r"(?i:#|no?\.?|n[\x01_]|num\.?|numero|con)"
_HOUSE = "[0-9]{1,5}(?:-?[a-zA-Z])?"
_ENGLISH_ROAD = (
    "(?:Street|St|Avenue|Ave|Road|Rd|Lane|Ln|Drive|Dr|Boulevard|Blvd|Court|Ct|Terrace|Crescent|Square|Sq|Close)"
)
_PATTERNS = tuple(
    re2.compile(pattern)
    for pattern in (
        # Colombia: Calle 85 # 11-53, Cra. 7 No. 32 - 16 Sur.
        rf"\b{_ROAD}\.? ?[0-9]{{1,3}} ?[a-zA-Z]{{0,2}}(?: (?i:sur|norte|bis|este|oeste))*,? ?{_SIGN} ?"
        r"[0-9]{1,3} ?[a-zA-Z]?(?: (?i:sur|bis))? ?- ?[0-9]{1,3}\b",
        # Av. Balboa 1234, Jr. de la Unión N.º 545, Calle Los Pinos, casa 12B.
        rf"\b{_ROAD}\.? (?:{_NAME})?(?:[A-Z][a-zA-Z'.]*|[0-9]{{1,3}}[a-zA-Z]?)(?:{_HOUSE_WORD}| |, ){_HOUSE}\b",
        # Apto 12C; two parts of a home, one after another.
        r"\b(?i:apto|apartamento|apt|depto|dpto)\.? ?#?[0-9]{1,4}-?[a-zA-Z]?\b",
        rf"\b{_HOME}\.? (?:[A-Z][a-zA-Z]* ){{0,3}}#?(?:[A-Z]|[0-9]{{1,4}}-?[a-zA-Z]?|[A-Z][a-zA-Z]*),? "
        rf"{_HOME}\.? #?(?:[A-Z]-?)?[0-9]{{1,4}}-?[a-zA-Z]?\b",
        # 12 Main Street, 1600 N. Pennsylvania Ave.
        r"\b[0-9]{1,5}[a-zA-Z]? (?:[NSEW]\.? )?(?:[A-Z][a-z]+ |[0-9]{1,3}(?:st|nd|rd|th) ){1,3}"
        + _ENGLISH_ROAD
        + r"\b",
    )
)
_SHOP = re2.compile(
    r"(?i)\b(?:visitanos|ubicanos|sucursal(?:es)?|tiendas?|oficinas?|agencias?|centros? de atencion|stores?|shops?"
    r"|branch(?:es)?|visit us|our office)(?: [a-z]+){0,3}[ :(]*$"
)
BEFORE = 60


def addresses(text: str) -> Iterator[Sighting]:
    """Street addresses in `text` (plain, its capitals kept: they tell a street's name from a sentence)."""
    for pattern in _PATTERNS:
        for match in pattern.finditer(text):
            # A shop's address is for all to read.
            if not _SHOP.search(text[max(match.start() - BEFORE, 0) : match.start()]):
                yield Sighting(PersonalData.ADDRESS, match.start(), match.end())
