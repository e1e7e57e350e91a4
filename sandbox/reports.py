"""Delivery reports as mail servers write them (RFC 3464), for mails that are to come back."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime
from secrets import token_hex

_SERVER = "sandbox.hilo.example"
_TOLD = {
    "5": ("failed", "550", "The sandbox has nobody of that address, as asked", "Undelivered Mail Returned to Sender"),
    "4": ("delayed", "450", "The sandbox will try again, as asked", "Delayed Mail (still being retried)"),
    "2": ("delivered", "250", "The sandbox has delivered it, as asked", "Successful Mail Delivery Report"),
}


def is_delivered(status: str) -> bool:
    """Whether a mail of which the report has this `status` (`5.1.1`) reaches its recipient all the same."""
    return not status.startswith("5")


def report(to: str, recipient: str, status: str, mail: bytes) -> bytes:
    """The report about `mail` to `recipient`, sent to `to`; the first figure of `status` says what became of it."""
    action, code, words, subject = _TOLD[status[0]]
    boundary = f"=_{token_hex(12)}"
    head = mail.partition(b"\r\n\r\n")[0].decode("utf-8", "surrogateescape")
    return (
        f"From: Mail Delivery System <MAILER-DAEMON@{_SERVER}>\r\n"
        f"To: {to}\r\n"
        f"Subject: {subject}\r\n"
        f"Date: {format_datetime(datetime.now(UTC))}\r\n"
        f"Message-ID: <{token_hex(8)}@{_SERVER}>\r\n"
        "Auto-Submitted: auto-replied\r\n"
        "MIME-Version: 1.0\r\n"
        f'Content-Type: multipart/report; report-type=delivery-status; boundary="{boundary}"\r\n'
        "\r\n"
        f"--{boundary}\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
        f"<{recipient}>: {code} {status} {words}\r\n"
        f"\r\n--{boundary}\r\nContent-Type: message/delivery-status\r\n\r\n"
        f"Reporting-MTA: dns; {_SERVER}\r\n\r\n"
        f"Final-Recipient: rfc822; {recipient}\r\n"
        f"Action: {action}\r\n"
        f"Status: {status}\r\n"
        f"Diagnostic-Code: smtp; {code} {status} {words}\r\n"
        f"\r\n--{boundary}\r\nContent-Type: text/rfc822-headers\r\n\r\n"
        f"{head}\r\n"
        f"\r\n--{boundary}--\r\n"
    ).encode("utf-8", "surrogateescape")
