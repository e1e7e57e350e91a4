"""The plan that a customer has: "plan de 100 megas", "fibra 300", "my 200 Mbps package"; not the one they ask"
" about."""

from collections.abc import Iterator

import re2

from router.core.found.said import Said, span_of
from router.model.fact import Fact, FactKind

_UNIT = r"(?P<unit>megas?|mb/s|mbps|mbits?|mb|gbps|gigas?|gigabit|gig|gbs?|m|g)\b"
_SIZE = rf"(?P<size>[0-9]{{1,4}}) ?{_UNIT}"
_OF = (
    r"(?:(?:de|con|por|el|la|los|unos|mis|hogar|internet|fibra|optica|movil|pospago|postpago|prepago"
    r"|contratad[oa]s?|bajada|solo|hasta|claro|movistar|entel|bitel|win|tigo|telcel|wom|velocidad|datos|mi|plan"
    r"|paquete) )*"
)
_SIZED = tuple(
    re2.compile(pattern)
    for pattern in (
        rf"\b(?:plan|paquete|internet|servicio|conexion|contrato|fibra(?: optica)?|promocion) (?:de|con|x|movil"
        rf"|hogar|fibra|internet) {_OF}{_SIZE}",
        rf"\bplan (?:de |con )?(?:claro |movistar |entel |bitel |win |tigo |telcel |wom )?(?:con |de )?{_SIZE}",
        rf"\b(?:contrate|contratamos|contratad[oa]s?|pago|pagamos|pagando|tengo contratad[oa]s?|mis"
        rf"|mi) {_OF}{_SIZE}",
        rf"\btengo (?:un |el )?(?:plan |fibra |internet |servicio )?(?:de |los )?{_SIZE}",
        rf"\b{_SIZE} (?:contratad[oa]s|(?:speed |internet |data |cable |unlimited |fib(?:er|re) )*(?:plan"
        rf"|package|tier|service|internet|connection)\b)",
        rf"\b(?:pay|paid|paying|signed up|subscribed?) (?:for|to) (?:the |a |an |up to )*(?:plan of )?{_SIZE}",
        rf"\b(?:plan|package|tier|service) (?:of|with|for|is) (?:the |a )?{_SIZE}",
        rf"\b(?:my|i have(?: the| a)?) {_SIZE}",
    )
)
_FIBRE = re2.compile(r"\bfibra(?: optica)?(?: de)? (?P<size>[0-9]{2,4})\b(?P<unit>)")
# All of those have one of these: most texts with a number have none.
_ANY_SIZE = re2.compile(rf"[0-9] ?{_UNIT}|fibra(?: optica)?(?: de)? [0-9]")
_NAMED = re2.compile(
    r"\b(?i:mi|el|tengo(?: el"
    r"| un)?) (?i:plan) (?i:de |es el |es "
    r"|se llama )?(?P<name>[A-Z][A-Za-z+]*[A-Za-z0-9+](?: [A-Z0-9][A-Za-z0-9+]*){0,3})"
)
_NAMED_EN = re2.compile(
    r"\b(?i:my|on the|have the|have your"
    r"|on your) (?P<name>[A-Z][A-Za-z0-9+]*(?: [A-Z0-9][A-Za-z0-9+]*){0,3}) (?i:plan|package)\b"
)
_WISHED = re2.compile(
    r"\b(?:quiero|quisiera|queria|quieren|interesad?[oa]?|ofrec[a-z]+|cuanto|precio|costo|cuesta|sale|vale"
    r"|cambi[a-z]+(?:me)? (?:a|al|por)|subir(?:me)?|migrar|contratar"
    r"|deberia[n]?|poner|hay|existe|lleg[a-z]+|baj[a-z]+|mid[ea]|marca|da[n]?|recib[a-z]+|want|would|like"
    r"|interested|upgrad[a-z]+|switch[a-z]*|change to|buy|purchase|book|get(?:ting)?|offer[a-z]*|how much"
    r"|price|cost|available|select|choose|need|order|looking|new|sign me up|go for|go with|take|prefer|ok|yes"
    r"|the best|proceed)\b[^.;!?\n]{0,60}$"
)
_HAD = re2.compile(
    r"\b(?:tengo|contrate|contratad[oa]s?|pago|pagando|pagamos|mi|my|i have|pay|paying|paid|subscribed|currently"
    r"|actual)\b[^.;!?\n]{0,25}$"
)


def plans(said: Said) -> Iterator[Fact]:
    """The plans in `said`, by their size (`100 Mbps`, `10 GB`) or their name."""
    for pattern in (*_SIZED, _FIBRE) if _ANY_SIZE.search(said.low) else ():
        for match in pattern.finditer(said.low):
            if _is_had(said, match.start(), match.end()):
                value, sort = _size(match.group("size"), match.group("unit"))
                yield said.fact(FactKind.PLAN, match.span(), value, sort)
    if said.ascii.isupper():
        return
    for pattern in (_NAMED, _NAMED_EN):
        for match in pattern.finditer(said.ascii):
            if _is_had(said, match.start(), match.end()):
                yield said.fact(FactKind.PLAN, span_of(match, "name"), said.words(span_of(match, "name")), "name")


def _is_had(said: Said, start: int, end: int) -> bool:
    """Whether the words around leave it at being the customer's own plan."""
    before = said.before(start + 1)
    if _WISHED.search(before) and not _HAD.search(said.low[max(start - 12, 0) : start + 14]):
        return False
    rest = said.low[end : end + 50]
    return "?" not in rest.split("\n")[0].split(".")[0][:50]


def _size(number: str, unit: str) -> tuple[str, str]:
    """A size in one form, and whether it is a speed or an amount of data: in Latin America "megas" are a speed."""
    if unit in ("gb", "gbs", "gigas", "giga", "g"):
        return f"{int(number)} GB", "data"
    if unit.startswith("g"):
        return f"{int(number)} Gbps", "speed"
    return f"{int(number)} Mbps", "speed"
