"""The digest of a mail's body as DKIM takes it (RFC 6376 section 3.4), in one pass that holds little of it."""

import hashlib
from collections.abc import Iterator

CHUNK = 64 * 1024
CRLF = b"\r\n"
TABS = bytes.maketrans(b"\t", b" ")


def body_digest(body: bytes, is_relaxed: bool) -> bytes:
    """SHA-256 of `body`, its lines ended by CRLF, without the empty lines at its end; relaxed, with blanks as one."""
    digest = hashlib.sha256()
    is_begun, empty_lines = False, 0
    for chunk in _chunks(body):
        text = _relaxed(chunk) if is_relaxed else chunk
        end = _end(text)
        if end:
            digest.update(CRLF * empty_lines)
            digest.update(text[:end])
            is_begun, empty_lines = True, 0
        empty_lines += (len(text) - end) // len(CRLF)
    if is_begun or not is_relaxed:
        digest.update(CRLF)
    return digest.digest()


def _chunks(body: bytes) -> Iterator[bytes]:
    """The body in pieces of whole lines."""
    start = 0
    while start < len(body):
        end = body.find(b"\n", start + CHUNK) + 1 or len(body)
        yield body[start:end].replace(CRLF, b"\n").replace(b"\n", CRLF)
        start = end


def _end(text: bytes) -> int:
    """Where the line ends begin with which `text` ends; a CR without its LF is none of them."""
    if text.endswith(b"\r"):
        return len(text)
    written = len(text.rstrip(CRLF))
    lone = text.rfind(b"\r\r", written)
    return lone + 1 if lone >= 0 else written


def _relaxed(text: bytes) -> bytes:
    """Each run of blanks as one, none at the end of a line. Halving the runs costs no more however long they are."""
    text = text.translate(TABS)
    while b"  " in text:
        text = text.replace(b"  ", b" ")
    return text.replace(b" \r\n", CRLF)
