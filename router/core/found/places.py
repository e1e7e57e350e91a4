"""Where a customer says that they live: what follows "mi dirección es" or "I live at", and postal codes."""

from collections.abc import Iterator

import re2

from router.core.found.said import Said, span_of
from router.model.fact import Fact, FactKind

_TOLD = re2.compile(
    r"\b(?:mi direccion(?: (?:exacta|completa|actual))?(?: es)?|direccion ?:|(?:my|service|home|street|mailing|the) address(?: is|:)|address ?:|i live at|vivo en(?: la| el)?|domicilio(?: es)? ?:?|mi domicilio es)[ :]+"
    r"(?P<place>[a-z0-9_#][a-z0-9_ ,.#\x01/-]{5,80})"
)
_STOP = re2.compile(r"[.!?\n] |[.!?\n]$|\n|,? (?:y (?:no|mi|me|el|la|ya|tengo|necesito|quiero|llevo|estoy)|pero|and|but|my|mi|tengo|no|i|please|por favor|hace|desde|since)\b")
_DIGIT = re2.compile("[0-9]")
_WORD = re2.compile("[a-z]{3,}")
_NO_PLACE = re2.compile(r"(?:dias?|horas?|meses|hours?|days?|months?|megas?|mbps|[0-9]{4}$|@)")
_ZIP = re2.compile(r"\b(?:zip(?: ?code)?|postal code|postcode|codigo postal|c\.?p\.?|cod\.? postal)(?: (?:is|es))?[ :#.]*(?P<place>[0-9]{4,5}(?:-[0-9]{4})?|[a-z][0-9][a-z] ?[0-9][a-z][0-9])\b")


def places(said: Said) -> Iterator[Fact]:
    """The addresses in `said` that are called so, and the postal codes."""
    for match in _TOLD.finditer(said.low):
        place = match.group("place")
        stop = _STOP.search(place)
        place = (place[: stop.start()] if stop else place).rstrip(" ,.-")
        if _DIGIT.search(place) and _WORD.search(place) and not _NO_PLACE.search(place):
            start = span_of(match, "place")[0]
            yield said.fact(FactKind.ADDRESS, (start, start + len(place)), said.words((start, start + len(place))))
    for match in _ZIP.finditer(said.low):
        yield said.fact(FactKind.ADDRESS, span_of(match, "place"), match.group("place").upper(), "postal-code")
