"""Whose number an exchange shows, as a handle."""

import re

import phonenumbers

from router.model.call import PHONE
from router.model.message import Handle
from router.store import keys

# What stands before the rest of the handle of somebody who shows no number: each of their calls is somebody of its own.
WITHHELD = "withheld-"
# What Twilio shows for who withholds their number, in letters as on a telephone's keys: ANONYMOUS, RESTRICTED, BLOCKED,
# UNKNOWN, UNAVAILABLE (its page "Why am I getting calls from these strange numbers?").
NOBODYS = frozenset({"266696687", "7378742833", "2562533", "8656696", "86282452253"})


def number_of(written: str, region: str | None = None) -> Handle | None:
    """The handle of the number `written`; None where none is shown. Without a country's code it is of `region`."""
    digits = re.sub(r"[^0-9+]", "", written)
    if digits.removeprefix("+") in NOBODYS or not digits:
        return None
    try:
        found = phonenumbers.parse(digits, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(found):
        return None
    return Handle(PHONE, phonenumbers.format_number(found, phonenumbers.PhoneNumberFormat.E164))


def withheld(call: str) -> Handle:
    """The handle of who makes `call` without showing a number: nobody else's, so that nobody is taken for another."""
    return Handle(PHONE, f"{WITHHELD}{keys.digest(call)[:20]}")


def is_withheld(caller: Handle) -> bool:
    """Whether nobody can be rung at `caller`."""
    return caller.kind == PHONE and caller.address.startswith(WITHHELD)
