"""What the words before a number say that it is: a phone, an account, a case. The nearest one decides."""

from enum import StrEnum

import re2

from router.model.finding import PersonalData


class Label(StrEnum):
    """What a word says of the number behind it."""

    PHONE = "phone"
    IDENTITY = "identity"
    ACCOUNT = "account"
    CARD = "card"
    OTHER = "other"


KINDS = {
    Label.PHONE: PersonalData.PHONE,
    Label.IDENTITY: PersonalData.IDENTITY,
    Label.ACCOUNT: PersonalData.ACCOUNT,
    Label.CARD: PersonalData.CARD,
}
REACH = 40

_WORDS = {
    Label.PHONE: (
        "telefonos?|tel|tlf|fono|celular(?:es)?|cel|movil(?:es)?|whats ?app|wsp|lineas?|llam[a-z]+|marc(?:a|amos|ar)"
        "|contact[a-z]*|phone|telephone|mobile|cell|call(?:ed|ing)?|dial(?:ed)?|texts?|texted|sms|landline"
    ),
    Label.IDENTITY: (
        r"cedulas?|ced|c\.? ?i\.?|c\.? ?c\.?|t\.? ?i\.?|dni|nie|rut|run|curp|rfc|cuit|cuil|cpf|dui|dpi|cui|ine"
        r"|documento|identidad|identificacion|identification|pasaporte|passport|ssn|social security|licencia|id number"
        r"|national id|drivers? licen[cs]e"
    ),
    Label.ACCOUNT: (
        "cuentas?|cta|contratos?|suscriptor|suscripcion|abonad[oa]|suministro|nis|nic|nise|cliente|polizas?|prestamo"
        "|cbu|clabe|iban|accounts?|acct|contracts?|customer|subscriber|membership|policy|loan|routing"
    ),
    Label.CARD: "tarjetas?|cards?|visa|mastercard|amex",
    Label.OTHER: (
        "casos?|cases?|tickets?|tiquetes?|folios?|pedidos?|orden(?:es)?|orders?|guias?|tracking|rastreo|seguimiento"
        "|reportes?|reports?|reclamos?|claims?|radicados?|pqrs?|solicitud|requests?|referencias?|refs?|references?"
        "|facturas?|invoices?|recibos?|receipts?|incidencias?|incident[es]?|gestion|confirmacion|confirmation"
        "|codigos?|codes?|vuelos?|flights?|reservas?|bookings?|pnr|modelos?|models?|version|build|error|series?|serial"
        "|imei|sku|productos?|products?|articulos?|items?|cupon|vouchers?|citas?|turnos?|protocolo|expediente|averia"
        "|requerimiento|boleta|envios?|shipments?|paquetes?|packages?|parcels?|saldo|monto|total|valor|precio|importe"
        "|balance|amount|price|serial|hashtag|tweet|post|articles?|windows|isbn"
    ),
}
# "Número" alone is a phone's; behind another label, "account number", it says no more than that one.
_NUMBER = r"(?: (?:is|es|of|de))?[ #:.]*(?:numeros?|num|nro|numbers?|id)\b"
_LABEL = re2.compile(
    r"\b(?:(?:"
    + "|".join(f"(?P<{label}>{words})" for label, words in _WORDS.items())
    + rf")\b(?:{_NUMBER})?|(?P<number>numeros?|num|nro|numbers?)\b)"
)
# What each group of it says, in their order.
_LABELS = (*_WORDS, Label.PHONE)
_TURN = re2.compile(r"[!?\n;]|\b(?:con|desde|hace|hasta|since|for|from|until|in|en)\b")
# "Llámanos al …": nobody is told to write to themselves, so that number or address is ours.
_OURS = re2.compile(
    r"(?:\b(?:llam[ae]nos|marc[ae]|marcando|marcar|comunica(?:te|rte|rse|ndote)|comuniquese|contact[ae]nos|contactarnos"
    r"|escrib[ae]nos|escribirnos|linea de atencion|(?:call|contact|reach|email|write|text|phone|ring)(?:ing)?"
    r"(?: out)?(?: to)? us|(?:our|nuestr[ao]s?)(?: [a-z]+){0,3})|(?:^|[.!?:,] ?)escrib[ae])"
    r"(?: (?:por|by|via) (?:whatsapp|telefono|correo|e?mail|phone|chat)"
    r"| gratis| ahora| hoy| ya| con nosotros| por favor| please| free| toll free| any ?time| al cliente)*"
    r"(?: (?:al?|los?|en|el|la|es|on|at|to|is|through|via|por))*"
    r"(?: (?:telefonos?|numeros?|lineas?|correos?|whatsapp|phone|number|line|e?mail))*[ :.(]*"
    r"(?:[0-9+*][0-9 ().+*-]{2,24}[a-z ]{0,16}(?: ?[,/] ?| o | u | y | or | and )(?:al? |at )?)*[0-9+ ().-]{0,12}$"
)
_TIGHT = re2.compile(
    r"(?:[ :#.(=-]|n[.o]|nro|num|numero|number|no|id|es|is|el|la|de|tu|su|del|your|the|bancaria|corriente|ahorros?)*"
)


def label_of(before: str) -> tuple[Label | None, bool]:
    """The label that decides, given the text `before` a number, and whether nothing else stands between them."""
    found = None
    for match in _LABEL.finditer(before[-REACH:]):
        found = match
    if found is None or found.lastindex is None:
        return None, False
    between = before[-REACH:][found.end() :]
    if _TURN.search(between):
        return None, False
    label = _LABELS[found.lastindex - 1]
    return label, _TIGHT.fullmatch(between) is not None


def is_ours(before: str) -> bool:
    """Whether the text `before` a number or an address says that it is the company's own."""
    return _OURS.search(before[-2 * REACH :]) is not None
