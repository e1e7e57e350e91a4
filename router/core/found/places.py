"""Where a customer says that they live: what follows "mi dirección es" or "I live at", and postal codes."""

from collections.abc import Iterator

import re2

from router.core.found.said import Said, span_of
from router.model.fact import Fact, FactKind

_ROAD = (
    r"(?:calle|cll?|carrera|cra|kra|av|avenida|jr|jiron|pasaje|urb|urbanizacion|mz|manzana|barriada|edificio"
    r"|residencial|ph|torre|sector|colonia|conjunto)"
)
_TOLD = re2.compile(
    r"\b(?:mi direccion(?: (?:exacta|completa|actual))?(?: es)?|direccion ?:|(?:my|service|home|street|mailing"
    r"|the) address(?: is|:)|address ?:|domicilio(?: es)? ?:?|mi domicilio es)[ :]+"
    r"(?P<place>[a-z0-9_#][a-z0-9_ ,.#\x01/-]{5,80})"
    rf"|\b(?:i live (?:at|on)|vivo en(?: la| el)?) (?P<home>(?:[0-9]{{1,5}} [a-z]"
    rf"|{_ROAD}\b)[a-z0-9_ ,.#\x01/-]{{5,60}})"
)
_STOP = re2.compile(
    r"[!?\n]|[a-z]{4,}[.] |[0-9][.] |,? (?:y (?:no|mi|me|el|la|ya|tengo|necesito|quiero|llevo|estoy)|pero|and"
    r"|but|my|mi|tengo|no|i|please|por favor|hace|desde|since)\b"
)
_DIGIT = re2.compile("[0-9]")
_WORD = re2.compile("[a-z]{3,}")
_NO_PLACE = re2.compile(r"(?:dias?|horas?|meses|hours?|days?|months?|megas?|mbps|@)")
_ZIP = re2.compile(
    r"\b(?:zip(?: ?code)?|postal code|postcode|codigo postal|c\.?p\.?|cod\.? postal)(?: (?:is"
    r"|es))?[ :#.]*(?P<place>[0-9]{4,5}(?:-[0-9]{4})?|[a-z][0-9][a-z] ?[0-9][a-z][0-9])\b"
)


def places(said: Said) -> Iterator[Fact]:
    """The addresses in `said` that are called so, and the postal codes."""
    for match in _TOLD.finditer(said.low):
        start = max(span_of(match, "place")[0], span_of(match, "home")[0])
        place = said.low[start : match.end()]
        stop = _STOP.search(place)
        if stop:
            place = (
                place[: stop.start() + len(stop.group().rstrip(" ").rstrip("."))]
                if "." in stop.group()
                else place[: stop.start()]
            )
        place = place.rstrip(" ,.-")
        if _DIGIT.search(place) and _WORD.search(place) and not _NO_PLACE.search(place):
            span = start, start + len(place)
            yield said.fact(FactKind.ADDRESS, span, said.words(span))
    for match in _ZIP.finditer(said.low):
        yield said.fact(FactKind.ADDRESS, span_of(match, "place"), match.group("place").upper(), "postal-code")
