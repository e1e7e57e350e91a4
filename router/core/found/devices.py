"""The devices that a customer has: brand and model ("Huawei HG8145V5", "iPhone 7"), or the model of a modem"
" alone."""

from collections.abc import Iterator

import re2

from router.core.found.said import Said, span_of
from router.model.fact import Fact, FactKind

_NAMES = (
    "Huawei Nokia Arris Technicolor Sagemcom Mitrastar Askey Netgear Linksys MikroTik Ubiquiti Cisco Ubee",
    "Hitron Motorola Samsung Galaxy iPhone iPad MacBook iMac Xiaomi Redmi Oppo Realme OnePlus Pixel Nexus",
    "Xperia Alcatel BlackBerry Kindle Roku Chromecast Lenovo Asus ZTE HTC TCL Acer Thomson Zyxel",
    "Actiontec PS3 PS4 PS5",
)
_BRANDS = {
    **{name.lower(): name for line in _NAMES for name in line.split(" ")},
    "tp-link": "TP-Link",
    "tplink": "TP-Link",
    "tp link": "TP-Link",
    "d-link": "D-Link",
    "dlink": "D-Link",
    "apple watch": "Apple Watch",
    "apple tv": "Apple TV",
    "fire stick": "Fire Stick",
    "firestick": "Fire Stick",
    "fire tv": "Fire TV",
    "xbox one": "Xbox One",
    "nintendo switch": "Nintendo Switch",
}
# These are words too, or make other things: only a model with letters and digits tells a device.
_AMBIGUOUS = {
    "vivo": "Vivo",
    "honor": "Honor",
    "moto": "Moto",
    "lg": "LG",
    "hp": "HP",
    "sony": "Sony",
    "dell": "Dell",
    "poco": "Poco",
    "surface": "Surface",
}
_ALL = {**_BRANDS, **_AMBIGUOUS}
_WORDS = (
    r"(?:pro|max|plus|ultra|lite|mini|note|galaxy|archer|deco|nova|mate|edge|xs|xr|xl|se|air|prime"
    r"|nighthawk|redmi|play|fold|flip|wifi)"
)
_MODEL = rf"(?:(?:[a-z]{{1,5}}-?)?[0-9]{{1,5}}[a-z0-9]{{0,6}}(?:-[a-z0-9]{{1,6}})?|{_WORDS}|x)"
_NAMED = re2.compile(
    r"\b(?P<brand>"
    + "|".join(sorted(map(re2.escape, _ALL), key=len, reverse=True))
    + rf")\b(?P<model>(?: (?:modelo |model )?{_MODEL}\b){{0,4}})"
)
_BARE = re2.compile(
    r"\b(?:modem|router|ruteador|ont|onu|decodificador|deco|gateway|modelo|model)(?: (?:es|is|modelo|model|marca"
    r"|el|un|the|a|:|number|no\.?|numero))*[ :]+"
    r"(?P<model>[a-z]{1,5}-?[0-9]{2,5}[a-z0-9]{0,6}(?:-[a-z0-9]{1,6})?)\b"
)
_OWNED = re2.compile(
    r"\b(?:mi|mis|my|tengo(?: un| una| el)?|uso(?: un| el)?|i have(?: a| an| the)?|i've got(?: a| an)?"
    r"|using(?: a| an)?|con (?:un|mi)|en (?:un|mi)|on (?:an?|my))"
    r"(?: (?:new|old|nuevo|viejo|router|modem|celular|telefono|equipo|tv|laptop|phone|damn|fucking|brand|dos|two"
    r"|[0-9]))*(?: (?:es|is)(?: un| una| a| an)?)? ?$"
)
_KIND_BEFORE = re2.compile(
    r"\b(?:router|modem|celular|telefono|equipo|ont|decodificador|laptop|tablet|phone|device|modelo|model|es un"
    r"|is an?|usando|using)(?: (?:marca|modelo|model|es|is|un|una|an?|de))* ?$"
)
_WISHED = re2.compile(
    r"\b(?:compr[a-z]+|vend[a-z]+|precio|costo|cuesta|quiero|quisiera|adquirir|necesit[a-z]+|tenemos"
    r"|reserv[a-z]+|buy|bought|purchas[a-z]+|order[a-z]*|pre-?order[a-z]*|want|sell[a-z]*|price|upgrad[a-z]+"
    r"|waiting|release|launch"
    r"|deal|promo[a-z]*|win|free|offer[a-z]*|stock|available|ship[a-z]*|deliver[a-z]*|recomiend[a-z]+"
    r"|recommend[a-z]*|apps?|emoji|vs|than|que)\b[^.;!?\n]{0,40}$"
)
_END = re2.compile(r"[.!?\n]")
_TOGETHER = re2.compile("([0-9]{1,2})(plus|pro|max|mini)")
_DIGIT = re2.compile("[0-9]")
_UNIT = re2.compile(
    r" ?(?:%|days?|dias?|horas?|hours?|weeks?|semanas?|meses|months?|years?|anos?|veces|times|usd|pesos|soles"
    r"|dolares|megas|mbps|gb|mb|ghz|g\b|minut|am\b|pm\b|people|mil\b|cuotas)"
)


def devices(said: Said) -> Iterator[Fact]:
    """The devices in `said`: those that have a model, or that are called the customer's own."""
    for match in _NAMED.finditer(said.bare):
        end = match.end()
        model = match.group("model")
        if model and _UNIT.match(said.bare[end : end + 12]):
            model = " ".join(model.split(" ")[:-1])
            end = span_of(match, "model")[0] + len(model)
        if _is_device(said, match.group("brand"), model, match.start()):
            yield said.fact(FactKind.DEVICE, (match.start(), end), _written(match.group("brand"), model))
    for match in _BARE.finditer(said.bare):
        if not _UNIT.match(said.bare[match.end() : match.end() + 12]):
            yield said.fact(FactKind.DEVICE, span_of(match, "model"), match.group("model").upper())


def _is_device(said: Said, brand: str, model: str, start: int) -> bool:
    before = said.before(start)
    if _OWNED.search(before):
        return brand not in _AMBIGUOUS or bool(_DIGIT.search(model))
    if _WISHED.search(before) or _is_asked(said.low, start):
        return False
    if brand in _AMBIGUOUS:
        return any(_DIGIT.search(word) and not word.isdigit() for word in model.split())
    return bool(_DIGIT.search(model)) or (bool(model) and bool(_KIND_BEFORE.search(before)))


def _is_asked(text: str, start: int) -> bool:
    end = _END.search(text[start : start + 80])
    return end is not None and end.group() == "?"


def _written(brand: str, model: str) -> str:
    words = [word for word in model.split() if word not in ("modelo", "model")]
    return " ".join([_ALL[brand], *(_word(word) for word in words)])


def _word(word: str) -> str:
    if apart := _TOGETHER.fullmatch(word):
        return f"{apart.group(1).upper()} {apart.group(2).capitalize()}"
    if word in ("xs", "xr", "xl", "se", "x"):
        return word.upper()
    if _ALL.get(word):
        return _ALL[word]
    return word.upper() if _DIGIT.search(word) else word.capitalize()
