"""Signed tokens in our own address (`care+TOKEN@…`): what a mail that comes back belongs to, and whom it was for."""

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass
from enum import StrEnum

from channels.email.address import KIND, LOCAL_LENGTH, mail_handle, tag_of
from router.model.message import Handle, folded

# Base32: 5 bits a character, one case, nothing that a mail server or a person would change.
HOLDER_LENGTH = 8
SIGNATURE_LENGTH = 16
TOKEN = re.compile(
    rf"([a-z])((?:\.[a-z]-\d\d-[0-9a-z]{{1,40}}){{1,2}})\.([a-z2-7]{{{HOLDER_LENGTH}}})\.([a-z2-7]{{{SIGNATURE_LENGTH}}})"
)


class Purpose(StrEnum):
    """What a token is for; one made for something else proves nothing."""

    REPLY = "r"
    BOUNCE = "b"


@dataclass(frozen=True, slots=True)
class Token:
    """A token that we made: the `identifiers` that it names. Whom it was made for only `is_held_by` tells."""

    identifiers: tuple[str, ...]
    holder: str


class Tokens:
    """Makes and knows the tokens of an installation; `secret` is its own.

    A token is `PURPOSE.IDENTIFIER[.IDENTIFIER].HOLDER.SIGNATURE`; capitals do not matter, and it fits before an `@`.
    """

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def token(self, purpose: Purpose, holder: Handle, *identifiers: str) -> str:
        """The token for one or two `identifiers` (`c-07-…`, `o-07-…`) that a mail to `holder` carries."""
        named = ".".join(identifiers)
        tag = self._holder(purpose, holder)
        return f"{purpose}.{named}.{tag}.{self._signature(purpose, named, tag)}"

    def read(self, purpose: Purpose, text: str) -> Token | None:
        """What the token `text` names; None if it was not made here, or for another purpose."""
        found = TOKEN.fullmatch(text.lower()) if text.isascii() else None
        if found is None or found[1] != purpose:
            return None
        named, tag = found[2][1:], found[3]
        if not hmac.compare_digest(found[4], self._signature(purpose, named, tag)):
            return None
        return Token(tuple(named.split(".")), tag)

    def is_held_by(self, purpose: Purpose, token: Token, handle: Handle) -> bool:
        """Whether `token` was made for a mail to `handle`, however that address is written."""
        return hmac.compare_digest(token.holder, self._holder(purpose, handle))

    def address(self, account: str, purpose: Purpose, holder: Handle, *identifiers: str) -> str:
        """The address `account` with the token as its tag; without, where it would not fit (RFC 5321 4.5.3.1.1)."""
        name, _, domain = account.rpartition("@")
        tagged = f"{name}+{self.token(purpose, holder, *identifiers)}"
        return f"{tagged}@{domain}" if len(tagged) <= LOCAL_LENGTH else account

    def in_address(self, purpose: Purpose, address: str, account: str) -> Token | None:
        """What the token in `address`, a form of our `account`, names; None if there is none of ours."""
        return self.read(purpose, tag_of(address, account))

    def _holder(self, purpose: Purpose, holder: Handle) -> str:
        written = mail_handle(holder.address) if holder.kind == KIND else None
        return self._digest("holder", purpose, holder.kind, folded((written or holder).address))[:HOLDER_LENGTH]

    def _signature(self, purpose: Purpose, named: str, tag: str) -> str:
        return self._digest("token", purpose, named, tag)[:SIGNATURE_LENGTH]

    def _digest(self, *parts: str) -> str:
        """Base32 in small letters; each part carries its length, so that no two lists of parts look the same."""
        text = "".join(f"{len(part)}:{part}" for part in ("email", *parts))
        made = hmac.new(self._secret, text.encode(), hashlib.sha256).digest()
        return base64.b32encode(made).decode("ascii").lower().rstrip("=")
