"""A mail's parts, within bounds that are kept while it is read, so that no mail costs more than a moment."""

import mimetypes
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.message import Message
from email.parser import BytesParser
from email.policy import Compat32, compat32
from typing import Any

from channels.email.address import digest_of
from channels.email.charsets import decoded, one_line
from channels.email.headers import BROKEN, Headers, words_decoded
from router.model.message import Attachment

PARTS = 200
DEPTH = 20
LINES = 500_000
HEADER_BYTES = 100_000
# All parts together; one header that says what a part is needs no more than FIELD_LENGTH (its parameters take
# quadratic time).
PART_HEADER_BYTES = 1_000_000
FIELD_LENGTH = 4000
# Text that people read; text of other kinds (calendars, tables) stays a file.
READABLE = frozenset({"text/plain", "text/html", "text/enriched", "text/richtext", "text/markdown"})
EXTENSIONS = {
    "message/rfc822": ".eml",
    "message/delivery-status": ".txt",
    "message/disposition-notification": ".txt",
    "text/rfc822-headers": ".txt",
    "text/plain": ".txt",
}
HEADER_LINE = re.compile(rb"[ \t]|[!-9;-~]+[ \t]*:|From ")
SPACED_NAME = re.compile(rb"^([!-9;-~]+)[ \t]+:", re.MULTILINE)
SURE_HEADER = re.compile(
    rb"(?:from|to|cc|date|subject|message-id|reply-to|return-path|received|references|in-reply-to|mime-version"
    rb"|content-type|content-transfer-encoding|x-[a-z0-9-]+)[ \t]*:",
    re.IGNORECASE,
)

Part = Message


class TooComplex(Exception):
    """The mail has more parts, levels, lines or headers than any honest one; its text names which."""


@dataclass(frozen=True, slots=True)
class File:
    """A part that is a file: as it is listed, and its bytes."""

    attachment: Attachment
    content: bytes


def parsed(raw: bytes) -> Part:
    """The mail's tree of parts. Raises TooComplex; what the standard library can't read raises one of BROKEN."""
    if header_size(raw) > HEADER_BYTES:
        raise TooComplex("headers")
    if max(raw.count(b"\n"), raw.count(b"\r")) > LINES:
        raise TooComplex("lines")
    return BytesParser(_counting(), policy=compat32).parsebytes(mended(raw))


def header_size(raw: bytes) -> int:
    """How many bytes stand before the first empty line."""
    ends = [place for mark in (b"\r\n\r\n", b"\n\n", b"\r\r") if (place := raw.find(mark)) >= 0]
    return min(ends, default=len(raw))


def mended(raw: bytes) -> bytes:
    """`raw` with stray lines among its headers made part of the header before them, and no space before a colon.

    A line that is no header ends the headers for the standard library, and with them sender, subject and parts; real
    mails have such lines (a fold without its space, a mark of some program; the space is of RFC 5322 section 4.5).
    """
    size = header_size(raw)
    lines = SPACED_NAME.sub(rb"\1:", raw[:size]).splitlines(keepends=True)
    last = max((number for number, line in enumerate(lines) if SURE_HEADER.match(line)), default=0)
    stray = [number for number in range(last) if not HEADER_LINE.match(lines[number])]
    for number in stray:
        lines[number] = b" " + lines[number]
    return b"".join((*lines, raw[size:]))


def readable_texts(part: Part) -> Iterator[Part]:
    """The parts that the sender wrote as text, in order; of alternatives the plain one, unless it is empty."""
    kind = part.get_content_type()
    if not part.is_multipart():
        if (kind in READABLE and not is_file(part)) or kind.startswith("multipart/"):
            yield part
    elif kind == "multipart/alternative":
        yield from _best(list(_children(part)))
    elif kind.startswith("multipart/"):
        for child in _children(part):
            yield from readable_texts(child)


def files(part: Part, texts: set[int]) -> Iterator[Part]:
    """All parts that are neither containers nor among the `texts` (by their id()), in order."""
    kind = part.get_content_type()
    if part.is_multipart() and kind.startswith("multipart/"):
        for child in _children(part):
            yield from files(child, texts)
    elif id(part) not in texts and not (kind in READABLE and not is_file(part)):
        yield part


def is_file(part: Part) -> bool:
    """Whether the sender attached the part, rather than wrote it."""
    headers = Headers(part)
    return headers.raw("content-disposition").lower().startswith("attachment") or bool(_file_name(part))


def file_of(part: Part, number: int) -> File:
    """The `number`-th file as it is listed, with its bytes; one without a name is named for its kind."""
    kind = part.get_content_type()
    content = content_of(part)
    extension = EXTENSIONS.get(kind) or mimetypes.guess_extension(kind) or ".bin"
    name = _file_name(part) or (_subject_of(part) or f"attachment-{number}") + extension
    return File(Attachment(name, one_line(kind, 100), len(content), digest_of(content)), content)


def content_of(part: Part) -> bytes:
    """The part's bytes, decoded as far as they can be; a mail within a mail is written out again."""
    try:
        if part.is_multipart():
            return b"\n".join(child.as_bytes() for child in _children(part))
        payload = part.get_payload(decode=True)
        return payload if isinstance(payload, bytes) else b""
    except BROKEN:
        return str(part.get_payload()).encode("utf-8", "replace")


def charset_of(part: Part) -> str:
    """The charset that the part declares; empty if it declares none."""
    try:
        return part.get_content_charset("") or ""
    except BROKEN:
        return ""


def _counting() -> Callable[..., Part]:
    """Makes parts for the parser until there are too many: it asks for each one as it meets it."""
    # The parser makes one to try, besides the mail itself.
    parts_left, bytes_left = PARTS + 1, PART_HEADER_BYTES

    class Counted(Message):
        """A part that knows how deep it lies."""

        level = 0

        def __init__(self, policy: Compat32 = compat32) -> None:
            nonlocal parts_left
            parts_left -= 1
            if parts_left < 0:
                raise TooComplex("parts")
            super().__init__(policy)

        def attach(self, payload: Any) -> None:
            payload.level = self.level + 1
            if payload.level > DEPTH:
                raise TooComplex("levels")
            super().attach(payload)

        def set_raw(self, name: str, value: str) -> None:
            nonlocal bytes_left
            bytes_left -= len(value)
            if bytes_left < 0:
                raise TooComplex("headers")
            super().set_raw(name, value[:FIELD_LENGTH] if name.lower().startswith("content-") else value)

    return Counted


def _children(part: Part) -> list[Part]:
    children = part.get_payload()
    return [child for child in children if isinstance(child, Message)] if isinstance(children, list) else []


def _best(alternatives: list[Part]) -> list[Part]:
    """The readable texts of the plain alternative, else of the richest one that has any (RFC 2046 section 5.1.4)."""
    found = [list(readable_texts(part)) for part in alternatives]
    written = [texts for texts in found if any(content_of(text).strip() for text in texts)]
    plain = (texts for texts in written if any(text.get_content_type() == "text/plain" for text in texts))
    return next(plain, None) or next(iter(reversed(written)), [])


def _file_name(part: Part) -> str:
    """The file's name without its folders; empty if it has none."""
    try:
        name = part.get_filename("") or ""
    except BROKEN:
        return ""
    written, _ = decoded(name.encode("utf-8", "surrogateescape"))
    return one_line(words_decoded(written).replace("\\", "/").rpartition("/")[2], 150)


def _subject_of(part: Part) -> str:
    children = _children(part) if part.get_content_type() == "message/rfc822" else []
    return Headers(children[0]).text("subject", 80).replace("/", "-") if children else ""
