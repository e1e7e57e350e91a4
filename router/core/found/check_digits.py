"""Numbers that prove themselves: what their last digits must be, by the rules of those who give them out."""

from collections.abc import Iterable, Sequence
from itertools import cycle


def is_luhn(number: str) -> bool:
    """Whether the digits keep the rule of payment cards (ISO/IEC 7812-1)."""
    digits = [int(digit) for digit in reversed(number)]
    doubled = (sum(divmod(2 * digit, 10)) for digit in digits[1::2])
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0


def is_card(number: str) -> bool:
    """Whether the digits can be a payment card's: 13 to 19, of a network that issues any."""
    return 13 <= len(number) <= 19 and number[0] in "23456" and len(set(number)) > 1 and is_luhn(number)


def is_iban(number: str) -> bool:
    """Whether it is an IBAN (ISO 13616), given in small letters and without blanks."""
    return 15 <= len(number) <= 34 and int("".join(str(int(each, 36)) for each in number[4:] + number[:4])) % 97 == 1


def is_clabe(number: str) -> bool:
    """Whether the 18 digits are an account in Mexico."""
    found = sum(int(digit) * weight % 10 for digit, weight in zip(number[:17], cycle((3, 7, 1)), strict=False))
    return len(number) == 18 and len(set(number)) > 1 and -found % 10 == int(number[17])


def is_cbu(number: str) -> bool:
    """Whether the 22 digits are an account in Argentina: two blocks, each with its own check digit."""
    if len(number) != 22 or len(set(number)) == 1:
        return False
    return _is_cbu_block(number[:8], (7, 1, 3, 9, 7, 1, 3)) and _is_cbu_block(
        number[8:], (3, 9, 7, 1, 3, 9, 7, 1, 3, 9, 7, 1, 3)
    )


def is_rut(number: str) -> bool:
    """Whether it is a RUT of Chile: seven or eight digits and their check digit, which may be `k`."""
    found = 11 - _weighed(reversed(number[:-1]), cycle(range(2, 8))) % 11
    return len(number) in (8, 9) and number[-1] == {11: "0", 10: "k"}.get(found, str(found))


def is_cuit(number: str) -> bool:
    """Whether it is a person's CUIT or CUIL in Argentina; those of companies begin with 30 and more."""
    if len(number) != 11 or number[:2] not in ("20", "23", "24", "25", "26", "27"):
        return False
    return -_weighed(number[:10], (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)) % 11 == int(number[10])


def is_cpf(number: str) -> bool:
    """Whether it is a person's CPF in Brazil."""
    if len(number) != 11 or len(set(number)) == 1:
        return False
    return all(
        _weighed(number[:place], range(place + 1, 1, -1)) * 10 % 11 % 10 == int(number[place]) for place in (9, 10)
    )


def is_dni(number: str) -> bool:
    """Whether it is a DNI or NIE of Spain: the letter at its end follows from the digits."""
    digits = number[:-1].replace("x", "0").replace("y", "1").replace("z", "2")
    return len(digits) == 8 and digits.isdigit() and "trwagmyfpdxbnjzsqvhlcke"[int(digits) % 23] == number[-1]


def _is_cbu_block(block: str, weights: Sequence[int]) -> bool:
    return -_weighed(block[:-1], weights) % 10 == int(block[-1])


def _weighed(digits: Iterable[str], weights: Iterable[int]) -> int:
    return sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=False))


def is_curp(number: str) -> bool:
    """Whether it is a CURP of Mexico, given in small letters (a `ñ` as `_`)."""
    signs = "0123456789abcdefghijklmn_opqrstuvwxyz"
    if len(number) != 18 or any(sign not in signs for sign in number):
        return False
    found = sum(signs.index(sign) * weight for sign, weight in zip(number[:17], range(18, 1, -1), strict=True))
    return number[-1] == str(-found % 10)


def is_rfc(number: str) -> bool:
    """Whether it is a person's or a company's RFC in Mexico, given in small letters (a `ñ` as `_`)."""
    signs = "0123456789abcdefghijklmn&opqrstuvwxyz _"
    padded = number.rjust(13)
    if len(number) not in (12, 13) or any(sign not in signs for sign in padded):
        return False
    found = (
        11 - sum(signs.index(sign) * weight for sign, weight in zip(padded[:12], range(13, 1, -1), strict=True)) % 11
    )
    return number[-1] == {11: "0", 10: "a"}.get(found, str(found))


def is_cedula_of_ecuador(number: str) -> bool:
    """Whether the ten digits are a person's cédula in Ecuador: the first two name the province."""
    if len(number) != 10 or not (1 <= int(number[:2]) <= 24 or number[:2] == "30") or number[2] > "5":
        return False
    doubled = (sum(divmod(int(digit) * weight, 10)) for digit, weight in zip(number[:9], cycle((2, 1)), strict=False))
    return -sum(doubled) % 10 == int(number[9])


def is_cedula_of_uruguay(number: str) -> bool:
    """Whether the seven or eight digits are a cédula of Uruguay."""
    padded = number.rjust(8, "0")
    return len(padded) == 8 and -_weighed(padded[:7], (2, 9, 8, 7, 6, 3, 4)) % 10 == int(padded[7])


def is_dui(number: str) -> bool:
    """Whether the nine digits are a DUI of El Salvador."""
    return len(number) == 9 and -_weighed(number[:8], range(9, 1, -1)) % 10 == int(number[8])
