"""Numbers that are personal data: by a shape that only they have, or by what the words before them say."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import re2

from router.core.found.check_digits import is_card, is_cbu, is_clabe, is_cpf, is_cuit, is_dni, is_iban, is_luhn, is_rut
from router.core.found.labels import KINDS, REACH, Label, is_ours, label_of
from router.model.finding import PersonalData, Sighting

LEAST_DIGITS = 6
ACCOUNT_DIGITS = 8
MOST_PIECES = 8


@dataclass(frozen=True, slots=True)
class Shape:
    """How one kind of data is written, and what it `proves` by its own digits.

    What is `doubtful` counts only where the words before don't say otherwise, or where they say just that (`said`).
    """

    kind: PersonalData
    pattern: Any
    proves: Callable[[str], bool] | None = None
    doubtful: bool = False
    said: Label | None = None


def numbers(text: str, says_ours: Callable[[str], bool] = is_ours) -> Iterator[Sighting]:
    """What numbers in `text` (plain, in small letters) are personal data; one place may be found twice.

    `says_ours` tells of the words before a phone number that it is no customer's.
    """
    for run in _RUN.finditer(text):
        if found := _labelled(text, run.start(), run.group(), says_ours):
            yield found
    for shape in SHAPES if _ANY_SHAPE.search(text) else ():
        for match in shape.pattern.finditer(text):
            if _counts(text, match.start(), match.end(), shape, says_ours):
                yield Sighting(shape.kind, match.start(), match.end())


def _counts(text: str, start: int, end: int, shape: Shape, says_ours: Callable[[str], bool]) -> bool:
    if not _stands_alone(text, start, end) or _is_amount(text, start, end) or _DATE.fullmatch(text[start:end]):
        return False
    if shape.proves and not shape.proves(_bare(text[start:end])):
        return False
    before = text[max(start - 2 * REACH, 0) : start]
    if shape.kind is PersonalData.PHONE and (says_ours(before) or _is_free(text[start:end])):
        return False
    label = label_of(before)[0]
    return label is shape.said if shape.said else not (shape.doubtful and label is Label.OTHER)


def _labelled(text: str, start: int, run: str, says_ours: Callable[[str], bool]) -> Sighting | None:
    """The run as personal data, as the words before it say; only its beginning where other numbers follow."""
    before = text[max(start - 2 * REACH, 0) : start]
    label, is_next = label_of(before)
    if label is None or label is Label.OTHER or (label is Label.PHONE and says_ours(before)):
        return None
    pieces = run.split(" ", MOST_PIECES)[:MOST_PIECES]
    for count in range(len(pieces), 0, -1):
        written = " ".join(pieces[:count])
        end = start + len(written)
        if _fits(label, written, is_next) and _stands_alone(text, start, end) and not _is_amount(text, start, end):
            return Sighting(KINDS[label], start, end)
    return None


def _fits(label: Label, written: str, is_next: bool) -> bool:
    digits = _bare(written)
    if _DATE.fullmatch(written) and not (label is Label.IDENTITY and is_next):
        return False
    if label is Label.PHONE:
        return 7 <= len(digits) <= 13 and not _is_free(written)
    if label is Label.CARD:
        return 12 <= len(digits) <= 19
    if label is Label.IDENTITY:
        return LEAST_DIGITS <= len(digits) <= 15
    return (LEAST_DIGITS if is_next else ACCOUNT_DIGITS) <= len(digits) <= 24


def _stands_alone(text: str, start: int, end: int) -> bool:
    """Whether nothing before or behind makes it a part of something longer, masked, or a price."""
    before, after = text[max(start - 2, 0) : start], text[end : end + 2]
    return not (_GLUED_BEFORE.search(before) or _GLUED_AFTER.match(after))


def _is_amount(text: str, start: int, end: int) -> bool:
    """Whether it is money, a measure or a count; figures grouped by dots are, unless they are called an identity."""
    before, written = text[max(start - REACH, 0) : start], text[start:end]
    if _MONEY.search(before[-8:]) or _UNIT.match(text[end : end + 14]):
        return True
    return _GROUPED.fullmatch(written) is not None and label_of(before)[0] is not Label.IDENTITY


def _is_free(written: str) -> bool:
    """Whether it is a number that costs nothing to call, or is shared: only companies have these."""
    return _FREE.fullmatch(_bare(written).lstrip("+")) is not None


def _bare(written: str) -> str:
    return written.translate(_JOINTS)


_JOINTS = str.maketrans("", "", " .-()")
_RUN = re2.compile(r"(?:\(?\+ ?)?(?:\(?[0-9]{1,4}\) ?)?[0-9]+(?:[ .-][0-9]+| ?\([0-9]+\) ?[0-9]+)*")
_GLUED_BEFORE = re2.compile(r"[a-z0-9_*$@]$|[0-9][-.,:/]$|[a-z_*]-$|[$] $")
_GLUED_AFTER = re2.compile(r"[a-z0-9_*%]|[-/:][a-z0-9*]|[.,][0-9]")
_MONEY = re2.compile(r"(?:[$]|\b[bs]/\.?|\b(?:usd|cop|mxn|ars|clp|pen|gtq|crc|rd|us|eur|q|l)\b\.?) ?$")
_UNIT = re2.compile(
    r" ?(?:%|[kmg]bps|[kmgt]b\b|megas?\b|gigas?\b|usd\b|cop\b|mxn\b|ars\b|clp\b|pesos?\b|sol(?:es)?\b|dolares\b"
    r"|balboas?\b|colones\b|quetzales\b|lempiras\b|euros?\b|dollars?\b|bs\b|mil\b|millon|million|client|usuari|persona"
    r"|customers\b|users?\b|people\b|segui|follow|hogar|punt|points\b|mill?as?\b|miles\b|min|hora|hours?\b|hrs?\b|dias?\b|days?\b"
    r"|segundo|seconds?\b|kms?\b|metro|veces\b|times\b|tweets?\b|stores?\b|tiendas?\b)"
)
_GROUPED = re2.compile(r"[0-9]{1,3}(?:\.[0-9]{3})+")
_DATE = re2.compile(
    r"[0-3]?[0-9][-. ][01]?[0-9][-. ](?:(?:19|20)[0-9]{2}|[0-9]{2})|(?:19|20)[0-9]{2}[-. ]?[01][0-9][-. ]?[0-3][0-9]"
    r"|(?:19|20)[0-9]{2}[- ]+(?:19|20)[0-9]{2}"
)
_FREE = re2.compile(
    r"(?:1|0|01|44|52|57|507)?(?:800|888|877|866|855|844|833|900|810)[0-9]{4,7}|(?:0|44)(?:3[0-9]|8[04])[0-9]{7,8}"
)


def _shape(kind: PersonalData, pattern: str, proves: Callable[[str], bool] | None = None) -> Shape:
    return Shape(kind, re2.compile(pattern), proves)


def _doubtful(kind: PersonalData, pattern: str, proves: Callable[[str], bool] | None = None) -> Shape:
    return Shape(kind, re2.compile(pattern), proves, doubtful=True)


def _is_cedula(digits: str) -> bool:
    return digits[:4] not in ("1800", "1900")


_PHONE, _IDENTITY, _ACCOUNT = PersonalData.PHONE, PersonalData.IDENTITY, PersonalData.ACCOUNT
SHAPES: tuple[Shape, ...] = (
    _shape(PersonalData.CARD, r"[2-6][0-9]{3}(?:[ -]?[0-9]{4}){3}", is_card),
    _shape(PersonalData.CARD, r"3[47][0-9]{2}[ -]?[0-9]{6}[ -]?[0-9]{5}", is_card),
    _doubtful(PersonalData.CARD, r"[2-6][0-9]{12,18}", is_card),
    _shape(_ACCOUNT, r"[a-z]{2}[0-9]{2}(?: ?[a-z0-9]{4}){2,7}(?: ?[a-z0-9]{1,3})?", is_iban),
    _shape(_ACCOUNT, r"[0-9]{18}", is_clabe),
    _shape(_ACCOUNT, r"[0-9]{8}[ -]?[0-9]{14}", is_cbu),
    # Panama, Costa Rica, El Salvador, Honduras, Nicaragua, Guatemala, Dominican Republic, Venezuela.
    _doubtful(_IDENTITY, r"(?:1[0-3]|[1-9]|[1-9](?:av|pi|nt))-[0-9]{2,4}-[0-9]{3,6}", _is_cedula),
    _shape(_IDENTITY, r"(?:pe|e|n)-[0-9]{1,4}-[0-9]{3,6}"),
    _doubtful(_IDENTITY, r"[1-9]-[0-9]{4}-[0-9]{4}"),
    _doubtful(_IDENTITY, r"[0-9]{8}-[0-9]"),
    _doubtful(_IDENTITY, r"[01][0-9]{3}-(?:19|20)[0-9]{2}-[0-9]{5}"),
    _shape(_IDENTITY, r"[0-9]{3}-[0-9]{6}-[0-9]{4}[a-z]"),
    _doubtful(_IDENTITY, r"[0-9]{4} [0-9]{5} [0-9]{4}"),
    _doubtful(_IDENTITY, r"[0-9]{3}-[0-9]{7}-[0-9]", is_luhn),
    _shape(_IDENTITY, r"[ve]-?[0-9]{1,2}\.[0-9]{3}\.[0-9]{3}|[ve]-[0-9]{7,8}"),
    # Chile and Uruguay, Argentina, Brazil, Mexico, Spain, the United States.
    _shape(_IDENTITY, r"[0-9]{1,2}\.[0-9]{3}\.[0-9]{3}-[0-9k]"),
    _doubtful(_IDENTITY, r"[0-9]{7,8}-[0-9k]", is_rut),
    _doubtful(_IDENTITY, r"[0-9]{2}-?[0-9]{8}-?[0-9]", is_cuit),
    _shape(_IDENTITY, r"[0-9]{3}\.?[0-9]{3}\.?[0-9]{3}-[0-9]{2}", is_cpf),
    _shape(_IDENTITY, r"[a-z]{4}[0-9]{2}(?:0[1-9]|1[0-2])[0-3][0-9][hmx][a-z]{5}[a-z0-9][0-9]"),
    _doubtful(_IDENTITY, r"[a-z&]{4}[- ]?[0-9]{2}(?:0[1-9]|1[0-2])[0-3][0-9][- ]?[a-z0-9]{2}[0-9a]"),
    _doubtful(_IDENTITY, r"[0-9]{8}-?[a-z]|[xyz]-?[0-9]{7}-?[a-z]", is_dni),
    _doubtful(_IDENTITY, r"[0-8][0-9]{2}-[0-9]{2}-[0-9]{4}"),
    Shape(_IDENTITY, re2.compile(r"[a-z]{1,3}[0-9]{6,9}"), said=Label.IDENTITY),
    # Phones: abroad; with the area in brackets; grouped as in one country or another; mobiles in one piece.
    _shape(_PHONE, r"\(?\+ ?[0-9](?:[ .()-]{0,2}[0-9]){7,14}"),
    _doubtful(_PHONE, r"\([0-9]{2,4}\) ?[0-9]{3,4}[ -]?[0-9]{3,4}"),
    _doubtful(_PHONE, r"(?:1[-. ])?[0-9]{3}[-. ][0-9]{3}[-. ][0-9]{4}"),
    _doubtful(_PHONE, r"[0-9]{2}[ -][0-9]{4}[ -][0-9]{4}"),
    _doubtful(_PHONE, r"[0-9]{4}-[0-9]{4}"),
    _doubtful(_PHONE, r"[2-9][0-9]{2}-[0-9]{4}"),
    _doubtful(_PHONE, r"6[0-9]{3} [0-9]{4}|9 ?[0-9]{4} [0-9]{4}|9[0-9]{2}[ -][0-9]{3}[ -][0-9]{3}"),
    _doubtful(_PHONE, r"6[0-9]{2}(?: [0-9]{2}){3}|3[0-9]{2}[ -][0-9]{7}"),
    _doubtful(_PHONE, r"0[0-9]{1,4}[ -][0-9]{3,4}[ -][0-9]{3,4}|0[0-9]{3,4} [0-9]{6}"),
    _doubtful(_PHONE, r"6[0-9]{7}|9[0-9]{8}|3[0-5][0-9]{8}|0[0-9]{9,10}"),
)
# One look that tells most texts from those that are worth a look for each shape.
_ANY_SHAPE = re2.compile("|".join(f"(?:{shape.pattern.pattern})" for shape in SHAPES))
