"""Header values as they go over the wire: folded between words only, letters beyond ASCII in encoded words.

The standard library folds Message-IDs in the middle, encodes long ones, and loses blanks beside encoded words (seen in
3.11): each of these tears threads or changes what people wrote.
"""

import base64
import re
from collections.abc import Iterator
from email.headerregistry import BaseHeader
from email.policy import Policy
from typing import Any

LINE_LENGTH = 78
# 75 characters are one encoded word (RFC 2047 section 2): 12 are its frame, and base64 makes 4 of 3 bytes.
WORD_BYTES = 45
ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+( [A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")


class WireHeader(BaseHeader):
    """A header whose value is already as it is to be sent."""

    max_count = 1

    @classmethod
    def parse(cls, value: str, kwds: dict[str, Any]) -> None:
        """Take the value as it is; the standard library calls this, and would decode it."""
        kwds["parse_tree"] = None
        kwds["decoded"] = value

    def fold(self, *, policy: Policy) -> str:
        """The header's lines, broken at blanks where they get too long (RFC 5322 section 2.2.3)."""
        lines = [f"{self.name}:"]
        for number, word in enumerate(str(self).split(" ")):
            if number and len(lines[-1]) + 1 + len(word) > LINE_LENGTH:
                lines.append("")
            lines[-1] += f" {word}"
        return policy.linesep.join(lines) + policy.linesep


def text(value: str) -> str:
    """The one-line text `value` for an unstructured header."""
    return value if value.isascii() and "=?" not in value else " ".join(_encoded_words(value))


def mailbox(address: str, name: str = "") -> str:
    """A mailbox with the one-line display name `name`, which may be empty."""
    if not name:
        return address
    if not name.isascii() or "=?" in name:
        return f"{text(name)} <{address}>"
    escaped = re.sub(r'([\\"])', r"\\\1", name)
    return f"{name} <{address}>" if ATOMS.fullmatch(name) else f'"{escaped}" <{address}>'


def _encoded_words(value: str) -> Iterator[str]:
    """`value` in encoded words, none of them cut within a character."""
    chunk = b""
    for letter in value:
        data = letter.encode("utf-8")
        if len(chunk) + len(data) > WORD_BYTES:
            yield _encoded_word(chunk)
            chunk = b""
        chunk += data
    yield _encoded_word(chunk)


def _encoded_word(data: bytes) -> str:
    return f"=?utf-8?b?{base64.b64encode(data).decode('ascii')}?="
