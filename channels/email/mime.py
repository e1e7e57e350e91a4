"""A mail's parts, within bounds that are kept while it is read, so that no mail costs more than a moment."""

import itertools
import mimetypes
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.feedparser import BytesFeedParser
from email.message import Message
from email.policy import Compat32
from typing import Any

from channels.email.address import digest_of
from channels.email.charsets import decoded, one_line
from channels.email.headers import BROKEN, Headers, words_decoded
from router.model.message import Attachment

PARTS = 200
DEPTH = 20
LINES = 500_000
HEADER_BYTES = 100_000
PIECE = 64 * 1024
# All parts together; one header that says what a part is needs no more than FIELD_LENGTH (its parameters take
# quadratic time).
PART_HEADER_BYTES = 1_000_000
FIELD_LENGTH = 4000
# Text that people read; text of other kinds (calendars, tables) stays a file.
READABLE = frozenset({"text/plain", "text/html", "text/enriched", "text/richtext", "text/markdown"})
EXTENSIONS = {
    "image/jpg": ".jpg",
    "image/pjpeg": ".jpg",
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
# What some programs put before the headers: a mark of the encoding, empty lines, the line of an mbox.
LEADING = re.compile(rb"(?:\xef\xbb\xbf)?(?:[ \t]*\r?\n)*(?:>?From [^\r\n]*\r?\n)?")
# A plain part that says only that there is another.
STAND_IN = re.compile(
    r"(?=.*\bhtml\b).*\b(view|viewer|client|reader|program|format|support|version|enabled?|visor|visualizar|cliente"
    r"|formato|soporta|programa|navegador|compatible|compatível|suporta|leitor|message|mensaje|mensagem)\b"
    r"|.*\b(view|read|open|see) (this|it)\b.*\bbrowser\b|.*\bver (este|esta|o|a)\b.*\bnavegador\b",
    re.IGNORECASE | re.DOTALL,
)
STAND_IN_LENGTH = 300
BOUNDARY = re.compile(r"^--([!#-\[\]-~]{1,70})[ \t]*\r?\nContent-", re.MULTILINE)
# What programs write before the first part, for programs that know no parts.
PREAMBLE = re.compile(r"\bmime\b|multi-?part|multipar|mehrteilig", re.IGNORECASE)
LOCATION = re.compile(r"(?:[^?#]*[/\\])?([^/\\?#]{1,150}\.[A-Za-z0-9]{1,5})")


class AsWritten(Compat32):
    """Headers as they stand: the library's own would lose the bytes beyond ASCII, in files' names too."""

    def header_fetch_parse(self, name: str, value: str) -> str:
        """The value, with what is no ASCII as surrogates."""
        return value


AS_WRITTEN = AsWritten()


class TooComplex(Exception):
    """The mail has more parts, levels, lines or headers than any honest one; its text names which."""


@dataclass(frozen=True, slots=True)
class File:
    """A part that is a file: as it is listed, its bytes, and the Content-ID under which the mail's HTML shows it."""

    attachment: Attachment
    content: bytes
    content_id: str = ""


def parsed(raw: bytes) -> Part:
    """The mail's tree of parts. Raises TooComplex; what the standard library can't read raises one of BROKEN."""
    if header_size(raw) > HEADER_BYTES:
        raise TooComplex("headers")
    if max(raw.count(b"\n"), raw.count(b"\r")) > LINES:
        raise TooComplex("lines")
    size = header_size(raw)
    root = _read(mended(raw[:size]), raw, size)
    boundary = _boundary_in(root)
    if boundary:
        # It is another than the headers say: the parts are all there.
        head = f'Content-Type: {root.get_content_type()}; boundary="{boundary}"'
        root.set_payload(_read(head.encode("ascii"), raw, size).get_payload())
    return root


def _read(head: bytes, raw: bytes, start: int) -> Part:
    """The tree of parts of the headers `head` and what stands in `raw` from `start` on, read piece by piece.

    At once it would be in memory several times over (up to four bytes a character).
    """
    parser = BytesFeedParser(_counting(), policy=AS_WRITTEN)
    parser.feed(head)
    for place in range(start, len(raw), PIECE):
        parser.feed(raw[place : place + PIECE])
    return parser.close()


def _boundary_in(root: Part) -> str:
    """What parts a multipart mail of which nothing was parted; empty where all is well, or where there is none."""
    payload = root.get_payload()
    if root.get_content_maintype() != "multipart" or not isinstance(payload, str):
        return ""
    found = BOUNDARY.search(payload)
    return found[1] if found else ""


def from_headers_on(raw: bytes) -> bytes:
    """`raw` without what stands before its headers, where headers follow."""
    found = LEADING.match(raw[:HEADER_BYTES])
    return raw[found.end() :] if found and found.end() and SURE_HEADER.match(raw, found.end()) else raw


def header_size(raw: bytes) -> int:
    """How many bytes stand before the first empty line."""
    ends = [place for mark in (b"\r\n\r\n", b"\n\n", b"\r\r") if (place := raw.find(mark)) >= 0]
    return min(ends, default=len(raw))


def mended(head: bytes) -> bytes:
    """`head`, headers, with stray lines made part of the header before them, and no space before a colon.

    A line that is no header ends the headers for the standard library, and with them sender, subject and parts; real
    mails have such lines (a fold without its space, a mark of some program; the space is of RFC 5322 section 4.5).
    """
    lines = SPACED_NAME.sub(rb"\1:", head).splitlines(keepends=True)
    last = max((number for number, line in enumerate(lines) if SURE_HEADER.match(line)), default=0)
    stray = [number for number in range(last) if not HEADER_LINE.match(lines[number])]
    for number in stray:
        lines[number] = b" " + lines[number]
    return b"".join(lines)


def written_texts(root: Part, is_rich: bool = False) -> list[Part]:
    """What the sender wrote in the whole mail: its readable texts, else the first text that has a file's name too."""
    kind = root.get_content_type()
    if kind.startswith("text/") and kind != "text/calendar":
        # What has no parts and is text was written, whatever it calls itself.
        return [root]
    found = list(readable_texts(root, is_rich))
    if any(content_of(text).strip() for text in found):
        return found
    named = (part for part in root.walk() if part.get_content_type() in READABLE and not _is_attached(part))
    return [*found, *itertools.islice((part for part in named if is_file(part)), 1)]


def preamble(root: Part) -> str:
    """What stands before the first part, where a person seems to have written it."""
    written = root.preamble or "" if root.is_multipart() else ""
    text, _ = decoded(written.encode("utf-8", "surrogateescape"), "")
    return "" if PREAMBLE.search(text) else text.strip()


def readable_texts(part: Part, is_rich: bool = False) -> Iterator[Part]:
    """The parts that the sender wrote as text, in order.

    Of alternatives the plain one, unless it is empty or only says that there is another; if `is_rich`, the HTML.
    """
    kind = part.get_content_type()
    if not part.is_multipart():
        if (kind in READABLE and not is_file(part)) or kind.startswith("multipart/"):
            yield part
    elif kind == "multipart/alternative":
        yield from _best(list(_children(part)), is_rich)
    elif kind.startswith("multipart/"):
        for child in _children(part):
            yield from readable_texts(child, is_rich)


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
    return _is_attached(part) or bool(_file_name(part))


def _is_attached(part: Part) -> bool:
    return Headers(part).raw("content-disposition").lower().startswith("attachment")


def file_of(part: Part, number: int) -> File:
    """The `number`-th file as it is listed, with its bytes; one without a name is named for its kind."""
    kind = part.get_content_type()
    content = content_of(part)
    extension = EXTENSIONS.get(kind) or mimetypes.guess_extension(kind) or ".bin"
    name = (
        _file_name(part)
        or _located(part)
        or (_subject_of(part) or _described(part) or f"attachment-{number}") + extension
    )
    listed = Attachment(name, one_line(kind, 100), len(content), digest_of(content))
    return File(listed, content, one_line(Headers(part).raw("content-id"), 250).strip("<>"))


def content_of(part: Part) -> bytes:
    """The part's bytes, decoded as far as they can be; a mail within a mail is written out again."""
    try:
        if part.is_multipart():
            return b"\n".join(child.as_bytes() for child in _children(part))
        payload = part.get_payload(decode=True)
        return payload if isinstance(payload, bytes) else b""
    except BROKEN:
        return "\n".join(_plainly(part)).encode("utf-8", "surrogateescape")


def _plainly(part: Part) -> Iterator[str]:
    """The lines of what can't be decoded or written out; the same each time."""
    for within in part.walk():
        yield from (f"{name}: {value}" for name, value in within.raw_items())
        payload = within.get_payload()
        yield payload if isinstance(payload, str) else ""


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
        _payload: Any

        def __init__(self, policy: Compat32 = AS_WRITTEN) -> None:
            nonlocal parts_left
            parts_left -= 1
            if parts_left < 0:
                raise TooComplex("parts")
            super().__init__(policy)

        def get_payload(self, i: Any = None, decode: Any = False) -> Any:
            # The library's own puts signs in place of bytes beyond ASCII, in copies of all of it, and then can't write
            # the part out again.
            return super().get_payload(i, decode) if decode or i is not None else self._payload

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


def _best(alternatives: list[Part], is_rich: bool) -> list[Part]:
    """The readable texts of the plain alternative, else of the richest one that has any (RFC 2046 section 5.1.4)."""
    found = [list(readable_texts(part, is_rich)) for part in alternatives]
    written = [texts for texts in found if any(content_of(text).strip() for text in texts)]
    wanted, order = ("text/html", reversed(written)) if is_rich else ("text/plain", iter(written))
    chosen = (texts for texts in order if any(text.get_content_type() == wanted for text in texts))
    best = next((texts for texts in chosen if is_rich or not _is_stand_in(texts)), None)
    return best or next(iter(reversed(written)), [])


def _is_stand_in(texts: list[Part]) -> bool:
    """Whether they say no more than that the mail is to be read in another form."""
    content = b"".join(content_of(text) for text in texts).strip()
    if len(content) > STAND_IN_LENGTH:
        return False
    return STAND_IN.match(decoded(content, charset_of(texts[0]))[0]) is not None


def _file_name(part: Part) -> str:
    """The file's name without its folders; empty if it has none."""
    try:
        name = part.get_filename("") or ""
    except BROKEN:
        return ""
    written, _ = decoded(name.encode("utf-8", "surrogateescape"))
    return one_line(words_decoded(written).replace("\\", "/").rpartition("/")[2], 150)


def _located(part: Part) -> str:
    """The file's name where only its place is told (RFC 2557 section 4.2)."""
    found = LOCATION.fullmatch(Headers(part).text("content-location", 300))
    return found[1] if found else ""


def _described(part: Part) -> str:
    """What the sender says that the part is (RFC 2045 section 8)."""
    return Headers(part).text("content-description", 80).replace("/", "-").replace("\\", "-").strip(". ")


def _subject_of(part: Part) -> str:
    children = _children(part) if part.get_content_type() == "message/rfc822" else []
    return Headers(children[0]).text("subject", 80).replace("/", "-") if children else ""
