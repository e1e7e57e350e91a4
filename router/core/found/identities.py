"""ID numbers: which country's and which kind, in one form, and what their check digits say."""

from collections.abc import Callable
from typing import Any, NamedTuple

import re2

from router.core.found.check_digits import (
    is_cedula_of_ecuador,
    is_cedula_of_uruguay,
    is_cpf,
    is_cuit,
    is_curp,
    is_dni,
    is_dui,
    is_luhn,
    is_rfc,
    is_rut,
)


class Identity(NamedTuple):
    """An ID number in one form; `proved` is None where it has no check digit."""

    sort: str
    value: str
    proved: bool | None


_CALLED = re2.compile(
    r"\b(?:(?P<cedula>cedulas?|ced|c\.? ?[ic]\.?)|(?P<dni>dni|d\.n\.i\.?)|(?P<rut>ru[tn]|r\.u\.t\.?)"
    r"|(?P<curp>curp)|(?P<rfc>rfc)"
    r"|(?P<cuit>cui[tl])|(?P<nie>nie)|(?P<cpf>cpf)|(?P<dui>dui)|(?P<dpi>dpi|cui)|(?P<passport>pasaporte|passport)"
    r"|(?P<ssn>ssn|social security)|(?P<license>licencia|licen[cs]e))\b"
)
_PANAMA = re2.compile(r"(1[0-3]|[1-9]|[1-9](?:av|pi|nt)|pe|e|n)[- ]([0-9]{1,4})[- ]([0-9]{1,6})")
_COSTA_RICA = re2.compile(r"[1-9]-[0-9]{4}-[0-9]{4}")


def identity(written: str, before: str, region: str = "") -> Identity:
    """What kind of ID number was `written` (plain, in small letters), given the words `before` it and the country."""
    bare = "".join(sign for sign in written if sign.isalnum() or sign in "_&")
    called = _called(before)
    return _by_shape(written, bare, called, region) or _by_word(bare, called, region)


def _called(before: str) -> str:
    found = max(_CALLED.finditer(before[-40:]), key=lambda match: match.start(), default=None)
    return found.lastgroup or "" if found else ""


def _by_shape(written: str, bare: str, called: str, region: str) -> Identity | None:
    """By what only one kind looks like."""
    if len(bare) == 18 and bare[:4].isalpha():
        return Identity("curp", bare.upper(), is_curp(bare))
    if len(bare) in (12, 13) and bare[:3].isalpha() and not bare.isalpha():
        return Identity("rfc", bare.upper(), is_rfc(bare))
    if len(bare) == 9 and bare[-1].isalpha() and bare[-1] != "k" and bare[1:8].isdigit():
        return Identity("dni-es", bare.upper(), is_dni(bare))
    if called != "rut" and (panama := _PANAMA.fullmatch(written)) and not _is_costa_rican(written, region):
        return Identity("cedula-pa", "-".join(panama.groups()).upper(), None)
    for sort, pattern, proves in _SHAPES:
        if pattern.fullmatch(written):
            return Identity(sort, bare.upper(), proves(bare) if proves else None)
    return None


def _is_costa_rican(written: str, region: str) -> bool:
    return region != "PA" and _COSTA_RICA.fullmatch(written) is not None


def _by_word(bare: str, called: str, region: str) -> Identity:
    """By what the customer called it, and by the country; the check digit alone where both are silent."""
    digits = bare.isdigit()
    if called in ("", "rut") and bare[:-1].isdigit() and (called == "rut" or (len(bare) in (8, 9) and is_rut(bare))):
        return Identity("rut", f"{bare[:-1]}-{bare[-1].upper()}", is_rut(bare))
    if digits and called in ("", "cuit") and len(bare) == 11 and (called or is_cuit(bare)):
        return Identity("cuit", bare, is_cuit(bare))
    if digits and (called, region) in _BY_COUNTRY:
        sort, length, proves = _BY_COUNTRY[called, region]
        if len(bare) in length:
            return Identity(sort, bare, proves(bare) if proves else None)
    if digits and called == "dui":
        return Identity("dui", bare, is_dui(bare))
    return Identity(called, bare.upper(), None)


_Proves = Callable[[str], bool]
_SHAPES: tuple[tuple[str, Any, _Proves | None], ...] = (
    ("cedula-cr", re2.compile(r"[1-9]-[0-9]{4}-[0-9]{4}"), None),
    ("cedula-do", re2.compile(r"[0-9]{3}-[0-9]{7}-[0-9]"), is_luhn),
    ("cedula-ni", re2.compile(r"[0-9]{3}-[0-9]{6}-[0-9]{4}[a-z]"), None),
    ("dni-hn", re2.compile(r"[01][0-9]{3}-(?:19|20)[0-9]{2}-[0-9]{5}"), None),
    ("cedula-ve", re2.compile(r"[ve]-?[0-9.]{7,10}"), None),
    ("cpf", re2.compile(r"[0-9]{3}\.?[0-9]{3}\.?[0-9]{3}-[0-9]{2}"), is_cpf),
    ("ssn", re2.compile(r"[0-9]{3}-[0-9]{2}-[0-9]{4}"), None),
)
_BY_COUNTRY: dict[tuple[str, str], tuple[str, tuple[int, ...], _Proves | None]] = {
    ("cedula", "CO"): ("cedula-co", (6, 7, 8, 10), None),
    ("cedula", "CR"): ("cedula-cr", (9,), None),
    ("cedula", "DO"): ("cedula-do", (11,), is_luhn),
    ("cedula", "EC"): ("cedula-ec", (10,), is_cedula_of_ecuador),
    ("cedula", "UY"): ("cedula-uy", (7, 8), is_cedula_of_uruguay),
    ("cedula", "VE"): ("cedula-ve", (6, 7, 8), None),
    ("dni", "AR"): ("dni-ar", (7, 8), None),
    ("dni", "PE"): ("dni-pe", (8,), None),
    ("dni", "HN"): ("dni-hn", (13,), None),
}
