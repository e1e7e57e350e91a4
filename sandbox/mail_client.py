"""The customer's mail client: writes by real SMTP, reads by real IMAP, from the sandbox's own servers."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email import policy
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid

import aiosmtplib
from imapclient import IMAPClient
from pydantic import BaseModel, ConfigDict, Field

from sandbox.mail_view import MailView, view
from sandbox.mailboxes import INBOX, SENT

_TIMEOUT_SECONDS = 10
_LATEST = 200


class UnusableMail(Exception):
    """The mail can't be written as it was asked for; its text says why."""


class NewMail(BaseModel):
    """What a customer writes: `from` is the address, `name` the name before it, `references` oldest first."""

    model_config = ConfigDict(extra="forbid")

    sender: str = Field(alias="from", min_length=3)
    name: str = ""
    to: str = Field(min_length=3)
    subject: str = ""
    text: str = ""
    html: str | None = None
    in_reply_to: str | None = None
    references: list[str] = []


@dataclass(frozen=True, slots=True)
class MailClient:
    """A mail client for whoever the person at the page plays."""

    host: str
    smtp_port: int
    imap_port: int
    password: str

    async def send(self, mail: NewMail) -> str:
        """Hand `mail` to the SMTP server and keep a copy in Sent; its Message-ID.

        Raises UnusableMail for an address or header that can't be, aiosmtplib.SMTPException if the server refuses.
        """
        message = compose(mail)
        await aiosmtplib.send(
            message, hostname=self.host, port=self.smtp_port, start_tls=False, timeout=_TIMEOUT_SECONDS
        )
        await asyncio.to_thread(self._keep_copy, mail.sender, message)
        return str(message["Message-ID"])

    async def read(self, address: str, mailbox: str = INBOX) -> list[MailView]:
        """The latest 200 mails in a mailbox of `address`, oldest first.

        Raises imapclient.exceptions.IMAPClientError, or OSError, if the server does not give them.
        """
        return await asyncio.to_thread(self._read, address, mailbox)

    def _read(self, address: str, mailbox: str) -> list[MailView]:
        with self._signed_in(address) as imap:
            imap.select_folder(mailbox, readonly=True)
            uids = imap.search()[-_LATEST:]
            found = imap.fetch(uids, ["BODY.PEEK[]", "INTERNALDATE"]) if uids else {}
        # A mail may be expunged between the two commands.
        return [view(uid, found[uid][b"BODY[]"], found[uid][b"INTERNALDATE"]) for uid in uids if uid in found]

    def _keep_copy(self, address: str, message: EmailMessage) -> None:
        with self._signed_in(address) as imap:
            imap.append(SENT, message.as_bytes(), [b"\\Seen"])

    @contextmanager
    def _signed_in(self, address: str) -> Iterator[IMAPClient]:
        with IMAPClient(self.host, self.imap_port, ssl=False, timeout=_TIMEOUT_SECONDS) as imap:
            imap.normalise_times = False
            imap.login(address, self.password)
            yield imap


def compose(mail: NewMail) -> EmailMessage:
    """`mail` as a mail client writes it (RFC 5322 section 3.6.4). Raises UnusableMail."""
    message = EmailMessage(policy=policy.SMTP)
    try:
        sender = Address(mail.name, addr_spec=mail.sender)
        message["From"] = sender
        message["To"] = Address(addr_spec=mail.to)
        message["Subject"] = mail.subject
        if mail.in_reply_to:
            message["In-Reply-To"] = mail.in_reply_to
            message["References"] = " ".join(mail.references or [mail.in_reply_to])
    except (ValueError, IndexError, MessageError) as error:
        raise UnusableMail(f"this mail can't be written: {error}") from error
    message["Message-ID"] = make_msgid(domain=sender.domain)
    message["Date"] = format_datetime(datetime.now(UTC).astimezone())
    message.set_content(mail.text)
    if mail.html:
        message.add_alternative(mail.html, subtype="html")
    return message
