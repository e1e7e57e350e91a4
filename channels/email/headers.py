"""A mail's headers, read so that no header can stop the reading: each one under guard, as text, of bounded length."""

import binascii
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from email.errors import MessageError
from email.message import Message
from email.parser import BytesHeaderParser
from email.policy import default
from email.utils import parsedate_to_datetime

from channels.email.address import mail_handle
from channels.email.charsets import as_utf8, decoded, one_line
from router.model.message import Handle

# What the standard library raises on headers that it can't read; each has been seen or is one step from it.
UNREADABLE = (ValueError, LookupError, TypeError, AttributeError, AssertionError, OverflowError, RecursionError)
BROKEN = (*UNREADABLE, MessageError)
HEADERS_KEPT = 1000
ADDRESS_LENGTH = 2000
REPEATS = 5
ENCODED_WORD = re.compile(r"=\?([^?\s]{1,60})\?([bBqQ])\?([^?]*)\?=")
ENCODED_WORDS = re.compile(rf"{ENCODED_WORD.pattern}(?:\s+{ENCODED_WORD.pattern})*")
# Stands for an encoded word while the header is parsed; of no meaning elsewhere (a private use character).
HIDDEN = "\ue000"
HIDDEN_WORD = re.compile(f"{HIDDEN}(\\d{{1,4}}){HIDDEN}")
ANGLES = re.compile(r"<([^<>]*)>")
# `ana@example.org (Ana Ruiz)`, as names were written before RFC 2822 (its appendix B).
OLD_NAME = re.compile(r"@[^()<>\"\s]+\s*\(([^()]{1,200})\)\s*$")
BARE_ADDRESS = re.compile(r"[^\s<>\"(),:;\[\]\\@]{1,64}@[^\s<>\"(),:;\[\]\\@]{1,255}")
MESSAGE_ID = re.compile(r"<([^<>\s]{1,250})>")

Mailbox = tuple[Handle, str]


class Headers:
    """The headers of one mail or part; a name's case does not matter.

    Bytes beyond ASCII are read as UTF-8, else in the `charset` that the mail's text declares, else as Windows-1252.
    """

    def __init__(self, message: "Message[str, str]", charset: str = "") -> None:
        self._charset = charset
        self._values: dict[str, list[str]] = {}
        for number, (name, value) in enumerate(message.raw_items()):
            if number == HEADERS_KEPT:
                break
            self._values.setdefault(name.strip().lower(), []).append(str(value))

    @classmethod
    def of(cls, raw: bytes) -> "Headers":
        """The headers that `raw` begins with."""
        try:
            return cls(BytesHeaderParser().parsebytes(raw))
        except BROKEN:
            return cls(Message())

    def has(self, name: str) -> bool:
        """Whether there is such a header."""
        return name in self._values

    def values(self, name: str) -> Iterator[str]:
        """The headers of that `name`, unfolded, from the top: no more than a few, and of bounded length."""
        return (value[:ADDRESS_LENGTH] for value in self._all(name))

    def raw(self, name: str) -> str:
        """The first header of that `name`, unfolded; empty if there is none."""
        return next(self._all(name), "")

    def word(self, name: str) -> str:
        """What a header says before its parameters, in small letters."""
        return self.raw(name).partition(";")[0].strip().lower()

    def count(self, name: str) -> int:
        """How many headers of that `name` there are."""
        return len(self._values.get(name, ()))

    def text(self, name: str, limit: int = 200) -> str:
        """The header as a person reads it, on one line."""
        return one_line(words_decoded(self.raw(name)[: limit * 20]), limit)

    def mailbox(self, name: str) -> Mailbox | None:
        """The first mailbox of an address header that mail can be sent to, with its display name (RFC 5322 3.4)."""
        return next(iter(self.mailboxes(name)), None)

    def mailboxes(self, name: str) -> list[Mailbox]:
        """All mailboxes of an address header that mail can be sent to, in their order, each address once."""
        found: dict[Handle, str] = {}
        for value in self._all(name):
            value = value[:ADDRESS_LENGTH]
            for handle, display in _parsed(name, value) or _picked(value):
                found.setdefault(handle, display)
        return list(found.items())

    def message_ids(self, *names: str) -> list[str]:
        """The Message-IDs in those headers, in their order, each once, with their angle brackets (RFC 5322 3.6.4)."""
        found = (match.group() for name in names for value in self._all(name) for match in MESSAGE_ID.finditer(value))
        return [identifier for identifier in dict.fromkeys(found) if identifier.isascii() and identifier.isprintable()]

    def own_id(self) -> str:
        """This mail's Message-ID; empty if there is none to speak of."""
        identifiers = self.message_ids("message-id")
        if identifiers:
            return identifiers[0]
        bare = self.raw("message-id").strip("<> \t")
        named = f"<{bare}>"
        return named if MESSAGE_ID.fullmatch(named) and bare.isascii() and bare.isprintable() else ""

    def date(self) -> datetime | None:
        """The instant of the Date header, in UTC; None if there is none that can be read."""
        try:
            written = parsedate_to_datetime(self.raw("date")[:200])
            return (written if written.tzinfo else written.replace(tzinfo=UTC)).astimezone(UTC)
        except UNREADABLE:
            return None

    def _all(self, name: str) -> Iterator[str]:
        for value in self._values.get(name, ())[:REPEATS]:
            data = value.encode("utf-8", "surrogateescape")
            text = as_utf8(data) or decoded(data, self._charset)[0]
            yield re.sub(r"[\r\n]+[ \t]*", " ", text).strip()


def words_decoded(text: str) -> str:
    """`text` with its encoded words decoded (RFC 2047); neighbours of one charset are one text, cut anywhere."""
    shown, pending, charset, end = [], b"", "", 0
    for word in ENCODED_WORD.finditer(text):
        between = text[end : word.start()]
        # RFC 2231 section 5 lets a language stand behind the charset.
        named = word[1].partition("*")[0].lower()
        if pending and (between.strip() or named != charset):
            shown.append(decoded(pending, charset)[0])
            pending = b""
        if between.strip() or not end:
            shown.append(between)
        charset, end = named, word.end()
        pending += _word_bytes(word[2], word[3])
    if pending:
        shown.append(decoded(pending, charset)[0])
    return "".join((*shown, text[end:]))


def _word_bytes(encoding: str, text: str) -> bytes:
    data = text.encode("utf-8")
    if encoding in "qQ":
        return binascii.a2b_qp(data, header=True)
    letters = re.sub(rb"[^A-Za-z0-9+/]", b"", data)
    # One letter too many stands for no byte; what is missing at the end is filled up.
    letters = letters[:-1] if len(letters) % 4 == 1 else letters
    return binascii.a2b_base64(letters + b"=" * (-len(letters) % 4))


def _parsed(name: str, value: str) -> list[Mailbox]:
    """The usable mailboxes as the standard library reads the header; its encoded words are read here."""
    words: list[str] = []

    def hidden(found: re.Match[str]) -> str:
        words.append(words_decoded(found.group()))
        return f"{HIDDEN}{len(words) - 1}{HIDDEN}"

    try:
        header = default.header_factory(name, ENCODED_WORDS.sub(hidden, value.replace(HIDDEN, "")))
        found = [(address.addr_spec, str(address.display_name)) for address in header.addresses]
    except BROKEN:
        return []
    if header.defects and len(angles := ANGLES.findall(value)) == 1:
        # `eva@example.org <ana@example.net>` breaks the rules, and all who show it mean the second one.
        found = [(angles[0], value.partition("<")[0])]
    elif len(found) == 1 and not found[0][1] and (comment := OLD_NAME.search(value)):
        found = [(found[0][0], comment[1])]
    usable = ((handle, display) for address, display in found if (handle := mail_handle(address)))
    return [(handle, _name(_revealed(display, words), handle)) for handle, display in usable]


def _revealed(display: str, words: list[str]) -> str:
    """`display` with the encoded words that were hidden, or are still as they came."""
    shown = HIDDEN_WORD.sub(lambda place: words[int(place[1])] if int(place[1]) < len(words) else "", display)
    return words_decoded(shown)


def _picked(value: str) -> list[Mailbox]:
    """The one address that stands in a broken header, if it is one: of several nobody knows which was meant."""
    places = {handle: match for match in BARE_ADDRESS.finditer(value) if (handle := mail_handle(match.group()))}
    if len(places) != 1:
        return []
    ((handle, match),) = places.items()
    return [(handle, _name(words_decoded(value[: match.start()].partition("<")[0]), handle))]


def _name(display: str, handle: Handle) -> str:
    """The display name, empty where it only repeats the address."""
    name = one_line(display[:2000], 100).strip("\"' ")
    return "" if name.lower() == handle.address.lower() or ("@" in name and mail_handle(name) == handle) else name
