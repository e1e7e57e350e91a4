"""DKIM (RFC 6376): which signatures of a mail could prove its author, and whether one of them does."""

import base64
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import dkim
from dkim.asn1 import ASN1FormatError
from dkim.util import InvalidTagValueList, parse_tag_value

from channels.email.address import ascii_domain
from channels.email.body_digest import body_digest
from channels.email.mime import HEADER_BYTES
from channels.email.organisation import is_aligned

# It tells of each bad signature, with domains; what matters is told by who asks.
logging.getLogger("dkimpy").setLevel(logging.CRITICAL)

# Only those that the author's own organisation made are looked at, and no more of these.
SIGNATURES = 3
SIGNATURE_LENGTH = 4000
# A key of 4,096 bits has 736 characters; a longer one would take its time.
KEY_LENGTH = 1600
KEY_BITS = 1024
CLOCKS_DIFFER = timedelta(minutes=5)
WORD = re.compile(r"[a-z0-9_]([a-z0-9_.-]{0,120}[a-z0-9_])?")
# What the library raises on what it can't read; each has been seen or is one step from it.
UNREADABLE = (
    dkim.DKIMException,
    ASN1FormatError,
    InvalidTagValueList,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    AssertionError,
    ArithmeticError,
    RecursionError,
)
EMPTY_LINE = re.compile(rb"\r?\n\r?\n")


@dataclass(frozen=True, slots=True)
class Signature:
    """The `number`-th DKIM-Signature of a mail, for `domain`; its key stands under `key_name` in the DNS."""

    number: int
    domain: str
    selector: str
    is_strict: bool
    is_body_relaxed: bool

    @property
    def key_name(self) -> str:
        """Where the key is published (RFC 6376 section 3.6.2.1)."""
        return f"{self.selector}._domainkey.{self.domain}"


def signatures_of(raw: bytes, author: str, received_at: datetime) -> list[Signature]:
    """Those of the mail `raw` that could prove that it is of the domain `author`; what they say is not checked yet.

    Left out are those of other organisations, that are over (`x=`), or that leave a part of the text out (`l=`).
    """
    head, _ = _parted(raw)
    # A lone CR ends a line for some programs only: they would read other headers than those that were signed.
    if len(head) > HEADER_BYTES or b"\r" in head.replace(b"\r\n", b"\n"):
        return []
    try:
        headers, _ = dkim.rfc822_parse(head)
    except UNREADABLE:
        return []
    values = [bytes(value) for name, value in headers if name.lower() == b"dkim-signature"]
    is_from_one = sum(name.lower() == b"from" for name, _ in headers) == 1
    return list(_usable(values, author, received_at))[:SIGNATURES] if is_from_one else []


def is_proved_by(raw: bytes, signature: Signature, key: bytes) -> bool:
    """Whether `signature` holds for the mail `raw`, byte for byte, with the `key` that its domain publishes."""
    if not _is_good_key(key, signature):
        return False
    head, body = _parted(raw)
    try:
        checker = dkim.DKIM(head, minkey=KEY_BITS)
        tags, signed, values = checker.verify_headerprep(signature.number)
        # The library checks the headers. Of the body it makes several copies, in a time that may grow with its square.
        digest = base64.b64decode(tags.pop(b"bh"))
        if not checker.verify_sig(tags, signed, values[signature.number], lambda name, timeout: key):
            return False
    except UNREADABLE:
        return False
    return body_digest(body, signature.is_body_relaxed) == digest


def _usable(values: list[bytes], author: str, received_at: datetime) -> Iterator[Signature]:
    for number, value in enumerate(values):
        if len(value) > SIGNATURE_LENGTH:
            continue
        try:
            tags = {name.decode("ascii"): text.decode("utf-8") for name, text in parse_tag_value(value).items()}
        except UNREADABLE:
            continue
        domain, selector = ascii_domain(tags.get("d", "")), tags.get("s", "").lower()
        identity = ascii_domain(tags.get("i", f"@{domain}").rpartition("@")[2])
        if is_aligned(domain, author) and WORD.fullmatch(selector) and _is_whole(tags, received_at):
            is_body_relaxed = tags.get("c", "").partition("/")[2].strip() == "relaxed"
            yield Signature(number, domain, selector, identity == domain, is_body_relaxed)


def _is_whole(tags: dict[str, str], received_at: datetime) -> bool:
    """Whether the signature is for all of the text, for the author's name, by a digest that holds, and not over."""
    signed = [name.strip().lower() for name in tags.get("h", "").split(":")]
    expires = tags.get("x", "")
    if expires and not (expires.isascii() and expires.isdecimal() and len(expires) <= 12):
        return False
    is_over = bool(expires) and int(expires) < (received_at - CLOCKS_DIFFER).timestamp()
    # SHA-1 is refused (RFC 8301 section 3.1).
    return "l" not in tags and "from" in signed and tags.get("a", "").lower() == "rsa-sha256" and not is_over


def _is_good_key(key: bytes, signature: Signature) -> bool:
    """Whether the key may be used for this signature of mail (RFC 6376 section 3.6.1)."""
    if len(key) > KEY_LENGTH:
        return False
    try:
        tags = {name.decode("ascii"): text.decode("ascii") for name, text in parse_tag_value(key).items()}
    except UNREADABLE:
        return False
    flags, digests, services = (_list(tags.get(name, "")) for name in ("t", "h", "s"))
    return (
        bool(tags.get("p"))
        # Who only tests says that its signatures mean nothing yet.
        and "y" not in flags
        and ("s" not in flags or signature.is_strict)
        and (not digests or "sha256" in digests)
        and (not services or bool(services & {"*", "email"}))
    )


def _list(text: str) -> set[str]:
    return {word.strip().lower() for word in text.split(":") if word.strip()}


def _parted(raw: bytes) -> tuple[bytes, bytes]:
    """The headers, and what stands behind the first empty line, whichever line ends it has."""
    found = EMPTY_LINE.search(raw)
    return (raw[: found.end()], raw[found.end() :]) if found else (raw, b"")
