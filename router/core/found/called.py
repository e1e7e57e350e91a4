"""Numbers that a word before them names: an account, a contract, an order, a serial number; letters may be in them."""

from collections.abc import Iterator

import re2

from router.core.found.check_digits import is_card, is_luhn
from router.core.found.said import Said
from router.model.fact import Fact, FactKind

_SORTS = (
    (FactKind.ACCOUNT, "contract", "contratos?|contracts?"),
    (FactKind.ACCOUNT, "customer", "clientes?|customer|suscriptor|abonad[oa]|subscriber|member(?:ship)?|titular"),
    (FactKind.ACCOUNT, "account", "cuentas?|cta|accounts?|acct|acc|suministro|nis|nic|nise|poliza|policy"),
    (
        FactKind.ORDER,
        "ticket",
        "tickets?|tiquetes?|tiketes?|casos?|cases?|folios?|radicados?|pqrs?|reclamos?|claims?|reportes?|incidencias?"
        "|incidents?|averias?|solicitud|requerimiento|expediente|protocolo|gestion|requests?|referencias?|references?|ref|complaints?|srs?",
    ),
    (
        FactKind.ORDER,
        "order",
        "pedidos?|orden(?:es)?|orders?|compra|confirmacion|confirmation|reservas?|bookings?|pnr|vuelos?",
    ),
    (FactKind.ORDER, "tracking", "guias?|tracking|rastreo|seguimiento|envios?|shipments?|parcel|paquetes?|packages?"),
    (FactKind.ORDER, "invoice", "facturas?|invoices?|recibos?|boletas?"),
    (FactKind.SERIAL, "imei", "imei"),
    (FactKind.SERIAL, "mac", "mac"),
    (FactKind.SERIAL, "serial", "series?|serial(?:es)?|s/n|sn"),
)
_KINDS = [(kind, sort) for kind, sort, _ in _SORTS]
_NUMBER = r"(?:numeros?|num|nro|no|n|numbers?|nbr|id|code|codigo|#)"
_NAMED = re2.compile(
    r"\b(?:" + "|".join(f"(?P<{kind}_{sort}>{words})" for kind, sort, words in _SORTS) + r")\b"
    rf"(?: (?:de|del|of) (?:cliente|pedido|servicio|soporte|compra|atencion|service|mi|my|la|el|internet"
    rf"|telefono))?"
    rf"(?:[ .:#-]*{_NUMBER}\b)?[ .:#\x01_]*(?:(?:is|es|was|fue|era|son)[ :#]*)?(?:(?:el|la|the|un|del?"
    rf"|of)[ :#]*)?(?:{_NUMBER}[ .:#\x01_]*)?[:#\"' ]*"
    r"(?P<number>[a-z0-9][a-z0-9/._-]{2,28}[a-z0-9])"
)
_JOINTS = str.maketrans("", "", " .-/_")
_LETTER = re2.compile("[a-z]")
_DIGITS = re2.compile("[0-9]")
_DATE = re2.compile(
    r"[0-9]{1,4}[-/.][0-9]{1,2}[-/.][0-9]{1,4}|(?:19|20)[0-9]{2}|[0-9]{1,2}(?:am|pm|hrs?|h|th|st|nd|rd|x|k)"
    r"|[0-9]+(?:mbps|mb|gb|kbps|gbps|usd|min|dias|days|hours)"
)
_UNIT = re2.compile(
    r" ?(?:%|megas?\b|mbps|gb\b|mb\b|gigas?\b|hour|hora|dias?\b|days?\b|min|week|semana|mes(?:es)?\b|month|year"
    r"|ano|veces\b|times\b|pesos\b|soles\b|dolar|dollar|usd|people|persona|usuari)"
)
_MONEY = re2.compile(r"[$]|s/\.?$")
_MAC = re2.compile(r"\b[0-9a-f]{2}(?:[:-][0-9a-f]{2}){5}\b|\b[0-9a-f]{4}\.[0-9a-f]{4}\.[0-9a-f]{4}\b")
_IMEI = re2.compile(r"\b[0-9]{2}[ -]?[0-9]{6}[ -]?[0-9]{6}[ -]?[0-9]\b")
_AMAZON = re2.compile(r"\b[0-9]{3}-[0-9]{7}-[0-9]{7}\b")
LEAST = {FactKind.ACCOUNT: 5, FactKind.ORDER: 4, FactKind.SERIAL: 5}


def called(said: Said) -> Iterator[Fact]:
    """The numbers in `said` that are named, and those of devices and orders that only these look like."""
    yield from _by_shape(said)
    if not _DIGITS.search(said.bare):
        return
    for match in _NAMED.finditer(said.bare):
        kind, sort = next(_KINDS[number] for number, found in enumerate(match.groups()[:-1]) if found)
        span = match.span(len(_SORTS) + 1)
        written = said.bare[span[0] : span[1]]
        if _is_number(said, written, span, LEAST[kind]) and sort not in ("imei", "mac"):
            value = written.translate(_JOINTS) if kind is FactKind.ACCOUNT and not _LETTER.search(written) else written
            yield said.fact(kind, span, value.upper(), sort)


def _by_shape(said: Said) -> Iterator[Fact]:
    for match in _MAC.finditer(said.bare):
        signs = "".join(sign for sign in match.group() if sign.isalnum()).upper()
        yield said.fact(FactKind.SERIAL, match.span(), ":".join(signs[at : at + 2] for at in range(0, 12, 2)), "mac")
    for match in _IMEI.finditer(said.bare):
        digits = "".join(sign for sign in match.group() if sign.isdigit())
        is_named = "imei" in said.before(match.start(), 30)
        if is_named or (is_luhn(digits) and not is_card(digits) and digits[:2] in ("35", "86", "01")):
            yield said.fact(FactKind.SERIAL, match.span(), digits, "imei", is_luhn(digits))
    for match in _AMAZON.finditer(said.bare):
        yield said.fact(FactKind.ORDER, match.span(), match.group(), "order")


def _is_number(said: Said, written: str, span: tuple[int, int], least: int) -> bool:
    """Whether it is a number of something, not a date, a price or so much of anything."""
    return (
        sum(map(str.isdigit, written)) >= least
        and not _DATE.fullmatch(written)
        and not _UNIT.match(said.low[span[1] : span[1] + 10])
        and not _MONEY.search(said.before(span[0], 3))
        and said.low[span[1] : span[1] + 1] not in ("*", "@")
    )
