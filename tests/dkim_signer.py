"""Who signs mails in tests: a key made for the purpose, and its record as a domain publishes it."""

import base64
import random
from dataclasses import dataclass
from functools import cache

import dkim

EXPONENT = 65_537


@dataclass(frozen=True)
class Signer:
    """Signs for `domain`; its key is published under `name`."""

    domain: str
    selector: str = "one"
    bits: int = 1024

    @property
    def name(self) -> str:
        """Where the key is published."""
        return f"{self.selector}._domainkey.{self.domain}"

    @property
    def record(self) -> bytes:
        """The key as it is published."""
        return self.record_with(b"v=DKIM1; k=rsa")

    def record_with(self, tags: bytes) -> bytes:
        """The key behind other `tags`."""
        modulus, _, _ = _numbers(self.bits)
        return tags + b"; p=" + base64.b64encode(_der(modulus, EXPONENT))

    def signature(self, mail: bytes, **options: object) -> bytes:
        """The DKIM-Signature header of `mail`."""
        options = {"canonicalize": (b"relaxed", b"relaxed"), **options}
        signed = dkim.sign(mail, self.selector.encode(), self.domain.encode(), _pem(self.bits), **options)
        return bytes(signed)

    def sign(self, mail: bytes, **options: object) -> bytes:
        """`mail` with its signature on top."""
        return self.signature(mail, **options) + mail


@cache
def _pem(bits: int) -> bytes:
    modulus, one, other = _numbers(bits)
    private = pow(EXPONENT, -1, (one - 1) * (other - 1))
    numbers = (0, modulus, EXPONENT, private, one, other, private % (one - 1), private % (other - 1))
    coefficient = pow(other, -1, one)
    der = _der(*numbers, coefficient)
    marks = (b"-----%s RSA PRIVATE KEY-----\n" % mark for mark in (b"BEGIN", b"END"))
    return base64.encodebytes(der).join(marks)


@cache
def _numbers(bits: int) -> tuple[int, int, int]:
    """A modulus of that many bits and its two primes; the same in every run."""
    chance = random.Random(bits)
    while True:
        one, other = _prime(bits // 2, chance), _prime(bits // 2, chance)
        modulus = one * other
        if one != other and modulus.bit_length() == bits:
            return modulus, one, other


def _prime(bits: int, chance: random.Random) -> int:
    while True:
        number = chance.getrandbits(bits) | 1 << bits - 1 | 1 << bits - 2 | 1
        if number % EXPONENT != 1 and all(pow(base, number - 1, number) == 1 for base in (2, 3, 5)):
            return number


def _der(*numbers: int) -> bytes:
    """The numbers as a key's file has them: a sequence of integers (RFC 8017 appendix A)."""
    parts = (number.to_bytes(number.bit_length() // 8 + 1, "big") for number in numbers)
    content = b"".join(b"\x02" + _length(part) + part for part in parts)
    return b"\x30" + _length(content) + content


def _length(content: bytes) -> bytes:
    size = len(content)
    data = size.to_bytes((size.bit_length() + 7) // 8 or 1, "big")
    return data if size < 128 else bytes([0x80 | len(data)]) + data
