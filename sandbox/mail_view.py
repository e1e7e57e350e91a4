"""A mail's bytes as the page shows them. Whatever a sender wrote, something readable comes out."""

from __future__ import annotations

from datetime import UTC, datetime
from email import message_from_bytes
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message
from email.utils import parseaddr, parsedate_to_datetime
from typing import TypedDict

from selectolax.lexbor import LexborHTMLParser

MailView = TypedDict(
    "MailView",
    {
        "uid": int,
        "message_id": str,
        "in_reply_to": str,
        "references": list[str],
        "from": str,
        "from_name": str,
        "reply_to": str,
        "to": str,
        "subject": str,
        "text": str,
        "html": str | None,
        "date": str,
    },
)
"""One mail; `references` oldest first, `reply_to` where an answer goes.

`date` is the sender's in ISO 8601, else the instant at which it arrived.
"""


def view(uid: int, raw: bytes, arrived_at: datetime) -> MailView:
    """The mail `raw`, which arrived at `arrived_at` under `uid`. Never raises for what is in the mail."""
    message = message_from_bytes(raw)
    from_name, from_address = parseaddr(_raw(message, "From"))
    html = _body(message, "text/html")
    return {
        "uid": uid,
        "message_id": _raw(message, "Message-ID"),
        "in_reply_to": _raw(message, "In-Reply-To"),
        "references": _raw(message, "References").split(),
        "from": from_address,
        "from_name": _decoded(from_name),
        "reply_to": parseaddr(_raw(message, "Reply-To"))[1] or from_address,
        "to": _decoded(_raw(message, "To")),
        "subject": _decoded(_raw(message, "Subject")),
        "text": _body(message, "text/plain") or _text_of(html or ""),
        "html": html,
        "date": (_date(message) or arrived_at).isoformat(),
    }


def _raw(message: Message, name: str) -> str:
    """The first header of this name as it stands, on one line; bytes that nobody declared are read as UTF-8."""
    values = [str(value) for key, value in message.raw_items() if key.lower() == name.lower()]
    line = " ".join(values[0].split()) if values else ""
    return line.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _decoded(value: str) -> str:
    """A header's words in plain text (RFC 2047); as it stands if they can't be decoded."""
    try:
        return str(make_header(decode_header(value)))
    except (HeaderParseError, LookupError, ValueError):
        return value


def _body(message: Message, kind: str) -> str | None:
    """The first part of this type that is no attachment."""
    for part in message.walk():
        if part.get_content_type() == kind and part.get_content_disposition() != "attachment":
            payload = part.get_payload(decode=True)
            return _text(payload if isinstance(payload, bytes) else b"", part.get_content_charset() or "utf-8")
    return None


def _text(payload: bytes, charset: str) -> str:
    try:
        text = payload.decode(charset, "replace")
    except LookupError:
        text = payload.decode("utf-8", "replace")
    return text.replace("\r\n", "\n")


def _text_of(html: str) -> str:
    body = LexborHTMLParser(html).body
    return body.text(separator="\n", strip=True) if body else ""


def _date(message: Message) -> datetime | None:
    try:
        date = parsedate_to_datetime(_raw(message, "Date"))
    except (TypeError, ValueError):
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)
