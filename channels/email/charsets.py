"""Bytes to text whatever the charset, declared rightly, wrongly or not at all; text without what nobody can read."""

import codecs
import re
import unicodedata

from charset_normalizer import from_bytes

# What mail programs write and Python knows by another name, or takes too literally: most that say gb2312 or latin-1
# mean the superset (WHATWG Encoding section 4.2).
ALIASES = {
    "ascii": "cp1252",
    "us-ascii": "cp1252",
    "iso-8859-1": "cp1252",
    "latin-1": "cp1252",
    "latin1": "cp1252",
    "iso-8859-8-i": "iso-8859-8",
    "iso-8859-9": "cp1254",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "ks_c_5601-1987": "cp949",
    "ks_c_5601": "cp949",
    "euc-kr": "cp949",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "x-sjis": "cp932",
    "unicode-1-1-utf-7": "utf-7",
    "utf8mb4": "utf-8",
}
# These are no charsets of mail: they run programs of escapes, or take quadratic time.
REFUSED = frozenset({"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem"})
# Text in one of these is never valid UTF-8 by chance; in the double-byte ones a short text may be.
SINGLE_BYTE = re.compile(r"cp125\d|iso8859-\d|koi8|mac-", re.IGNORECASE)
# Of Latin letters few are beyond ASCII: where they stand in rows, it is another script, whatever is declared.
LATIN = frozenset({"cp1250", "cp1252", "cp1254", "cp1257", "iso8859-2", "iso8859-15", "mac-roman"})
OTHER_SCRIPTS = ["gb18030", "big5", "cp932", "euc_jp", "cp949", "cp1251", "koi8_r", "cp1253", "cp1255", "cp1256"]
HIGH_ROW = re.compile(rb"[\x80-\xff]{3,}")
HIGH = bytes(range(0x80, 0x100))
# Those that no Latin text has often: neither letters nor the usual marks.
ODD = bytes(byte for byte in range(0x81, 0xC0) if chr(byte) not in "\xa0\xa1\xa9\xaa\xab\xae\xb0\xb7\xba\xbb\xbf")
ODD = ODD.translate(None, bytes((*range(0x91, 0x98), 0x85, 0x8A, 0x8C, 0x8E, 0x9A, 0x9C, 0x9E, 0x9F)))
LEAST_HIGH = 8
LOOKED_AT = 600
WORD_LENGTH = 200
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:+-]{0,39}")
UNREADABLE = dict.fromkeys(
    number for number in (*range(0x20), *range(0x7F, 0xA0), 0xFEFF, *range(0xFFF9, 0xFFFD)) if chr(number) not in "\n\t"
)
# They turn the reading order round, so that a name or a file's name looks like another (Unicode TR 36).
BIDI = dict.fromkeys((0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)))


def decoded(data: bytes, charset: str = "") -> tuple[str, bool]:
    """`data` as text, and whether the declared `charset` (may be empty) was good for it.

    Without a good charset it is UTF-8 if it can be, else what its bytes look like if most are beyond ASCII, else
    Windows-1252, in which no byte is an error.
    """
    codec = _codec(charset)
    if codec is None:
        return _guessed(data), not charset
    if SINGLE_BYTE.match(codec) and (text := as_utf8(data)) is not None:
        return text, True
    if codec in LATIN and _is_no_latin(data):
        return _guessed(data), False
    try:
        return _whole(data.decode(codec)), True
    except (ValueError, LookupError):
        return _guessed(data), codec == "cp1252"


def beginning(data: bytes, most: int) -> bytes:
    """At most `most` bytes of `data`, cut between words where there are any near."""
    if len(data) <= most:
        return data
    near = data[most - WORD_LENGTH : most]
    end = max(near.rfind(b"\n"), near.rfind(b" "))
    # In a charset of two or four bytes a character nothing is cut apart at a multiple of four.
    return data[: most - most % 4] if end < 0 or b"\0" in near else data[: most - WORD_LENGTH + end]


def as_utf8(data: bytes) -> str | None:
    """`data` as UTF-8, None where it is not."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return None


def clean(text: str) -> str:
    """`text` with plain line ends, without control characters and broken halves of characters."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x85", "\n").replace("\u2028", "\n")
    return _whole(text.replace("\u2029", "\n").translate(UNREADABLE))


def one_line(text: str, limit: int = 200) -> str:
    """`text` for a name or a subject: one line of at most `limit` characters, nothing that hides or turns letters."""
    shown = " ".join(clean(text[: limit * 8]).translate(BIDI).split())
    return unicodedata.normalize("NFC", shown[:limit]).strip()


def _codec(charset: str) -> str | None:
    """Python's name for the `charset`, None if there is none that may be used."""
    name = charset.strip().strip("\"'").lower()
    if not NAME.fullmatch(name):
        return None
    name = ALIASES.get(name, name)
    try:
        found = codecs.lookup(name)
        # Codecs between bytes and bytes (zlib, hex) refuse this.
        b"".decode(found.name)
    except (LookupError, ValueError):
        return _without_prefix(name)
    return None if found.name.replace("-", "_") in REFUSED else found.name


def _without_prefix(name: str) -> str | None:
    """`cp-850` and `x-cp1251` are meant as `cp850` and `cp1251`."""
    shorter = name.removeprefix("x-").replace("cp-", "cp").replace("windows", "cp").replace("cp-", "cp")
    return _codec(shorter) if shorter != name else None


def _guessed(data: bytes) -> str:
    text = as_utf8(data)
    if text is None and _is_no_latin(data):
        text = _as_it_looks(data)
    return _as_windows(data) if text is None else text


def _is_no_latin(data: bytes) -> bool:
    """Whether bytes beyond ASCII stand in rows near the first row (not one sign repeated), or many are no letters."""
    near = _near_first_row(data)
    rows = [row for row in HIGH_ROW.findall(near) if len(set(row)) > 2]
    high = len(near) - len(near.translate(None, HIGH))
    odd = len(near) - len(near.translate(None, ODD))
    in_rows = sum(map(len, rows))
    return in_rows >= LEAST_HIGH or (bool(rows) and high >= LEAST_HIGH and (high * 2 > len(near) or odd * 4 > high))


def _near_first_row(data: bytes) -> bytes:
    first = HIGH_ROW.search(data)
    return data[first.start() : first.start() + LOOKED_AT] if first else b""


def _as_it_looks(data: bytes) -> str | None:
    """`data` in the charset that it most probably is in where its first row stands, None where that is not plain."""
    found = from_bytes(_near_first_row(data), cp_isolation=OTHER_SCRIPTS, steps=1, chunk_size=LOOKED_AT).best()
    return _whole(data.decode(found.encoding, "replace")) if found else None


def _as_windows(data: bytes) -> str:
    """`data` as Windows-1252; the five bytes that it leaves open are controls."""
    try:
        return data.decode("cp1252")
    except UnicodeDecodeError:
        return data.decode("cp1252", "surrogateescape").translate({0xDC00 + byte: byte for byte in range(0x80, 0xA0)})


def _whole(text: str) -> str:
    """`text` with every lone half of a character replaced: JSON could not carry it."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")
