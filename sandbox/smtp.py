"""The SMTP server: takes mail for any address, from anyone who reaches loopback."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime
from email.utils import format_datetime
from secrets import token_hex

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from sandbox.faults import Faults
from sandbox.post_office import PostOffice, mailbox_address
from sandbox.reports import is_delivered, report
from sandbox.settings import Settings

_log = logging.getLogger(__name__)
_ACCEPTED = "250 2.1.0 OK"


async def start_smtp(settings: Settings, office: PostOffice, faults: Faults) -> asyncio.Server:
    """The running server. Raises OSError if the port is taken."""
    loop = asyncio.get_running_loop()
    handler = _Delivery(office, faults)

    def session() -> SMTP:
        return SMTP(
            handler,
            data_size_limit=settings.max_mail_bytes,
            enable_SMTPUTF8=True,
            hostname="sandbox.hilo.example",
            ident="Hilo sandbox",
            authenticator=_Authenticator(settings.password),
            auth_require_tls=False,
            loop=loop,
        )

    return await loop.create_server(session, settings.host, settings.smtp_port)


class _Authenticator:
    """Lets any name sign in with the sandbox's password; who does not sign in may send all the same."""

    def __init__(self, password: str) -> None:
        self._password = password.encode()

    def __call__(self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object) -> AuthResult:
        return AuthResult(success=isinstance(data, LoginPassword) and data.password == self._password, handled=False)


class _Delivery:
    """aiosmtpd's handler: delivers each mail to the INBOX of every recipient before it answers 250."""

    def __init__(self, office: PostOffice, faults: Faults) -> None:
        self._office = office
        self._faults = faults

    async def handle_MAIL(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if refusal := self._faults.smtp.refusal("mail"):
            return refusal
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return _ACCEPTED

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if refusal := self._faults.smtp.refusal("rcpt") or self._faults.smtp.refusal_of(address):
            return refusal
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return _ACCEPTED

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        if refusal := self._faults.smtp.refusal("data"):
            return refusal
        if self._faults.smtp.strikes("drop_unkept"):
            return self._drop(server)
        queue_id = token_hex(6)
        recipients = {mailbox_address(address): address for address in reversed(envelope.rcpt_tos)}
        for recipient in recipients.values():
            await self._deliver(session, envelope, recipient, queue_id)
        if self._faults.smtp.strikes("drop_after_data"):
            return self._drop(server)
        await asyncio.sleep(self._faults.smtp.delay_seconds)
        return f"250 2.0.0 OK: kept as {queue_id}"

    async def _deliver(self, session: Session, envelope: Envelope, recipient: str, queue_id: str) -> None:
        """Into the mailbox; or, where that is asked for, a report to the sender, who is not told twice."""
        mail, status = envelope.original_content or b"", self._faults.smtp.reported(recipient)
        if status is None or is_delivered(status):
            trace = _trace_fields(session, envelope.mail_from or "", recipient, queue_id)
            await self._office.deliver(recipient, trace + mail)
        if status and envelope.mail_from:
            trace = _trace_fields(session, "", envelope.mail_from, queue_id)
            await self._office.deliver(envelope.mail_from, trace + report(envelope.mail_from, recipient, status, mail))

    async def handle_exception(self, error: Exception) -> str:
        """Ask the sender to come again: what failed here was not the mail."""
        _log.error("the SMTP server failed", exc_info=error)
        return "451 4.3.0 The sandbox failed; try again"

    def _drop(self, server: SMTP) -> str:
        """Cut the connection. The answer that aiosmtpd must be given never leaves."""
        if isinstance(server.transport, asyncio.WriteTransport):
            server.transport.abort()
        return _ACCEPTED


def _trace_fields(session: Session, sender: str, recipient: str, queue_id: str) -> bytes:
    """What a final delivery puts before a mail (RFC 5321 section 4.4)."""
    fields = (
        f"Return-Path: <{sender}>\r\n"
        f"Delivered-To: {recipient}\r\n"
        f"Received: from {session.host_name} by sandbox.hilo.example with ESMTP id {queue_id};\r\n"
        f"\t{format_datetime(datetime.now(UTC))}\r\n"
    )
    return fields.encode("utf-8", "surrogateescape")
