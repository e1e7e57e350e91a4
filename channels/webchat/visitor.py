"""The visitor's token: made here, kept by the page, known to the store by its digest alone."""

import base64
import hashlib
import hmac
import re
import secrets
from datetime import datetime, timedelta

from router.model.clock import from_milliseconds, milliseconds
from router.store import keys

UNUSED_FOR = timedelta(days=1)
"""How long a token that nothing was said with yet is good; after that only one that has a transcript is."""

FORM = re.compile(r"[A-Za-z0-9_-]{32}\.[A-Za-z0-9_-]{22}", re.ASCII)
RANDOM_BYTES = 18
INSTANT_BYTES = 6
SEAL_BYTES = 16


def new_token(secret: bytes, now: datetime) -> str:
    """A token of 144 random bits, with the instant it was made and our seal: `secret` is the installation's."""
    body = milliseconds(now).to_bytes(INSTANT_BYTES, "big") + secrets.token_bytes(RANDOM_BYTES)
    return f"{_written(body)}.{_written(_seal(secret, body))}"


def visitor_of(token: str) -> str | None:
    """The digest that the visitor with `token` is known by; None for what has not a token's form."""
    return keys.digest("visitor", token) if FORM.fullmatch(token) else None


def is_fresh(token: str, secret: bytes, now: datetime) -> bool:
    """Whether we made `token` lately: it is good though nothing was said with it yet."""
    if not FORM.fullmatch(token):
        return False
    body, seal = (base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)) for part in token.split("."))
    # The seal first: an instant that somebody else wrote need not be one.
    if not hmac.compare_digest(seal, _seal(secret, body)):
        return False
    return now - from_milliseconds(int.from_bytes(body[:INSTANT_BYTES], "big")) < UNUSED_FOR


def _seal(secret: bytes, body: bytes) -> bytes:
    return hmac.digest(secret, b"hilo webchat visitor\0" + body, hashlib.sha256)[:SEAL_BYTES]


def _written(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
