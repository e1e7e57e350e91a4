"""Phone numbers in one form, E.164, where the country is told or known."""

from dataclasses import dataclass

import re2


@dataclass(frozen=True, slots=True)
class Country:
    """How a country's numbers are written: its calling code, how many digits, what stands before them at home."""

    code: str
    lengths: tuple[int, ...]
    trunk: str = ""


# Source: ITU-T E.164 and the national numbering plans (https://www.itu.int/oth/T0202.aspx).
COUNTRIES = {
    "AR": Country("54", (10, 11), "0"),
    "BO": Country("591", (8,), "0"),
    "BR": Country("55", (10, 11), "0"),
    "CA": Country("1", (10,), "1"),
    "CL": Country("56", (9,), "0"),
    "CO": Country("57", (10,)),
    "CR": Country("506", (8,)),
    "DO": Country("1", (10,), "1"),
    "EC": Country("593", (8, 9), "0"),
    "ES": Country("34", (9,)),
    "GB": Country("44", (9, 10), "0"),
    "GT": Country("502", (8,)),
    "HN": Country("504", (8,)),
    "MX": Country("52", (10,), "01"),
    "NI": Country("505", (8,)),
    "PA": Country("507", (7, 8)),
    "PE": Country("51", (8, 9), "0"),
    "PR": Country("1", (10,), "1"),
    "PY": Country("595", (8, 9), "0"),
    "SV": Country("503", (8,)),
    "US": Country("1", (10,), "1"),
    "UY": Country("598", (8,), "0"),
    "VE": Country("58", (10,), "0"),
}
_SIGNS = re2.compile("[^0-9+]")
# What a customer rang, or who rang them: no number of theirs.
_CALLED = re2.compile(
    r"(?:\b(?:llame|llamo|llamamos|llamando|llamado|llamar|marque|marco|marcamos|marcando|marcado|comunico"
    r"|comunique|escribi|envi[eo]|enviamos|enviado|mand[eo]|mandado|siguiente"
    r"|escribo|escribimos)(?: (?:a|al|el|los|la|su|sus|este|ese|un|varios|mis|correos?|electronico|e-?mails?"
    r"|mails?|mensajes?|numeros?|telefonos?|linea|whatsapp|varias|veces|ya|y|de|por|desde|ustedes|soporte))*"
    r"|\b(?:i|we|i've|i'm|have|just|already|keep|been|tried|when|to|by|you)(?: [a-z]+)? (?:call(?:ed|ing)?"
    r"|dial(?:l?ed|l?ing)?|r[aiu]ng|phoned?|text(?:ed|ing)?|e-?mail(?:ed|ing)?|wr[io]te|written)"
    r"(?: (?:to|the|your|their|this|that|number|phone|line|customer|service|support|you|guys|on|at|hotline))*"
    r"|\b(?:me|nos) (?:estan? )?(?:llam|escrib|marc|contact|mand)[a-z]+(?: [a-z]+){0,2} (?:del?|desde)(?: (?:el"
    r"|la|este|los|un|numeros?|telefonos?|linea))*"
    r"|\b(?:calls?|texts?|sms|messages?|e-?mails?|llamadas?|mensajes?|correos?)(?: [a-z]+){0,2} (?:from|del?"
    r"|desde)(?: (?:el|este|los|numeros?|number|this|the|mail|correo))*|\bdel (?:mail|correo)(?: electronico)?"
    r"|\b(?:your|their|su|sus|vuestro|nuestro)(?: [a-z]+){0,3}(?: is| es)?"
    # What they were given to call or to write to: "me dieron el número …", "they told me to call …".
    r"|\b(?:me|nos) (?:han |habian )?(?:dieron|dio|dado|pasaron|paso|pasado|dejaron|dejo|indicaron|indico|indicado"
    r"|dijeron|dijo|dicho|mandaron|mando|sugirieron|facilitaron|facilito|proporcionaron|proporciono|compartieron"
    r"|enviaron|envio)"
    r"(?: (?:a|al|el|la|este|ese|un|otro|que|de|por|para|en|era|es|numeros?|telefonos?|linea|correos?|whatsapp|contacto"
    r"|electronico|e-?mails?|mail|soporte|atencion|servicio|cliente|ustedes|llam[a-z]+|marc[a-z]+|escrib[a-z]+"
    r"|comunicar[a-z]*|contact[a-z]+))*"
    r"|\b(?:(?:gave|told|sent|directed|referred|asked) (?:me|us)|(?:was|were|been) (?:given|told|sent|directed|referred"
    r"|asked))(?: (?:with|to|that|i|we|should|could|can|a|an|the|this|number|phone|line|hotline|email|e-?mail|address"
    r"|call|dial|ring|text|write|contact|reach|on|at|for|support|customer|service))*)[ :.(#]*(?:[+]?[0-9]{1,3}[ -])?$"
)


# Where they rang or wrote from.
_FROM = re2.compile(
    r"(?:\b(?:llam(?:e|o|ando)|escrib(?:i|o|imos|iendo)|mand[eo]|envi[eo]|comuni(?:co|que)|hablo|hable)"
    r"|\bi(?:'m|'ve| am| have| just| already| also)* (?:call(?:ed|ing)|text(?:ed|ing)|e-?mail(?:ed|ing)"
    r"|wr(?:ote|iting)))"
    r"(?: [a-z]+){0,3} (?:desde|from)(?: (?:el|la|mi|este|esta|my|the|this|numero|number|correo|mail|e-?mail|telefono"
    r"|cel|celular|phone|linea|line|direccion|address|account|cuenta))*[ :.(#]*$"
)


def says_not_theirs(before: str) -> bool:
    """Whether the text `before` a number or an address says that it is nobody's whom one could reach by it."""
    near = before[-80:]
    return _CALLED.search(near) is not None and _FROM.search(near) is None


def phone(written: str, region: str = "") -> str:
    """The number in E.164 (`+50761234567`) where its country is told or given, else its digits alone."""
    signs: str = _SIGNS.sub("", written)
    digits = signs.replace("+", "")
    if signs.startswith("+"):
        return f"+{digits}"
    country = COUNTRIES.get(region)
    if not country:
        return digits
    national = digits.removeprefix(f"00{country.code}") if digits.startswith("00") else digits
    for rest in (national, national.removeprefix(country.trunk), national.removeprefix(country.code)):
        if len(rest) in country.lengths and not (country.trunk == "0" and rest.startswith("0")):
            return f"+{country.code}{rest}"
    return digits
