"""The door that a mail server delivers to, by LMTP (RFC 2033) or SMTP (RFC 5321): 250 only when the mail is safe."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import structlog
from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session

from channels.email.address import domain_of, is_form_of
from channels.email.settings import ListenerProtocol, LmtpSettings
from router.model.clock import Clock
from router.model.errors import HiloError, PermanentError, Refusal, StartError, StoreClosed, StoreFull, TooMuch
from router.model.units import Endpoint

# At its lower levels it logs what it is sent: addresses and mails, and so personal data.
logging.getLogger("mail.log").setLevel(logging.WARNING)

log = structlog.get_logger()

SESSIONS = 20
RECIPIENTS = 100
# Mail servers wait ten minutes for this answer (RFC 5321 section 4.5.3.2.6), and come again after 451.
ANSWER_SECONDS = 120.0
SILENCE_SECONDS = 300.0
# Longer than the standard's 998: what mail servers let through need not fail here.
LINE_BYTES = 1_000_000
STORED = "250 2.0.0 stored"
LATER = "451 4.3.0 not now: it can't be stored, come again"
FULL = "451 4.3.1 no room to store it now, come again"
BUSY = "451 4.3.2 too much at once, come again"
TOO_MUCH = "451 4.7.28 too much of this sender, come again"
AWAY = "451 4.3.2 nothing is taken just now, come again"
NOBODY = "550 5.1.1 nobody has that address here"
STOPPING = "451 4.3.2 going down, come again"
TOO_LATE = "451 4.3.0 not stored in time, come again"


@dataclass(frozen=True, slots=True, eq=False)
class Delivery:
    """A mail that a mail server is handing over, for the addresses `handed_to`: it waits for the answer."""

    raw: bytes = field(repr=False)
    received_at: datetime
    return_path: str
    answer: "asyncio.Future[str]" = field(repr=False)
    handed_to: tuple[str, ...] = ()

    @property
    def is_stale(self) -> bool:
        """Whether the mail server has had another answer, or has left: it comes again."""
        return self.answer.done()

    async def settle(self) -> None:
        """The mail is safe: the mail server may forget it."""
        self._say(STORED)

    async def refuse(self, error: HiloError) -> None:
        """The mail server keeps the mail and comes again; after a PermanentError it tells the sender."""
        self._say(_refusal(error))

    def _say(self, words: str) -> None:
        if not self.answer.done():
            self.answer.set_result(words)


def _refusal(error: HiloError) -> str:
    """What a mail server is told: it comes again, save after a PermanentError (RFC 3463 section 3.4).

    A refusal is the system's not accepting messages (X.3.2), unless it is known to be full (X.3.1).
    """
    if isinstance(error, PermanentError):
        return "554 5.6.0 this mail can't be taken"
    if isinstance(error, StoreFull):
        return FULL
    if isinstance(error, TooMuch):
        return TOO_MUCH
    if isinstance(error, StoreClosed):
        return BUSY
    return AWAY if isinstance(error, Refusal) else LATER


class Listener:
    """Listens for mail servers and hands each mail for `address` to `take`; it calls itself by that one's domain."""

    def __init__(
        self,
        settings: LmtpSettings,
        max_size: int,
        address: str,
        clock: Clock,
        take: Callable[[Delivery], Awaitable[None]],
    ) -> None:
        self._settings = settings
        self._max_size = max_size
        self._address = address
        self._clock = clock
        self._take = take
        self._server: asyncio.Server | None = None
        self._sessions: set[_Session] = set()
        self._waiting: set[asyncio.Future[str]] = set()
        self._is_stopping = False

    async def start(self) -> None:
        """Listen. Raises StartError if the port can't be had."""
        place, loop = self._settings.listen, asyncio.get_running_loop()
        self._is_stopping = False
        try:
            self._server = await loop.create_server(self._session, place.host, place.port)
        except OSError as error:
            raise StartError(
                f"the email channel can't listen on {place} ({error.strerror or error}): stop the program that has the "
                "port, or change `listen` under the email channel's `lmtp`"
            ) from error

    async def stop(self) -> None:
        """Ask who is still waiting to come again, and close."""
        if self._server is None:
            return
        self._is_stopping = True
        self._server.close()
        for answer in tuple(self._waiting):
            if not answer.done():
                answer.set_result(STOPPING)
        await asyncio.gather(*(session.end() for session in tuple(self._sessions)))
        self._server = None

    @property
    def endpoint(self) -> Endpoint:
        """Where it listens; the port is the real one where 0 was asked for."""
        assert self._server is not None
        host, port = self._server.sockets[0].getsockname()[:2]
        return Endpoint(host, port)

    def serves(self, recipient: str) -> bool:
        """Whether mail to `recipient` is for the account."""
        return is_form_of(recipient, self._address)

    async def deliver(self, raw: bytes, return_path: str, handed_to: tuple[str, ...] = ()) -> str:
        """The answer to a mail, once it is known what became of it."""
        if self._is_stopping:
            return STOPPING
        answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._waiting.add(answer)
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                delivery = Delivery(raw, self._clock.now(), return_path, answer, handed_to)
                taking = asyncio.ensure_future(self._take(delivery))
                try:
                    await asyncio.wait((taking, answer), return_when=asyncio.FIRST_COMPLETED)
                    return await answer
                finally:
                    taking.cancel()
        except TimeoutError:
            log.warning("mail_not_stored_in_time", seconds=ANSWER_SECONDS)
            return TOO_LATE
        finally:
            self._waiting.discard(answer)
            answer.cancel()

    def _session(self) -> "_Session":
        kind = _Lmtp if self._settings.protocol is ListenerProtocol.LMTP else _Smtp
        return kind(
            self._sessions,
            _Handler(self),
            data_size_limit=self._max_size,
            enable_SMTPUTF8=True,
            hostname=domain_of(self._address),
            ident="Hilo",
            timeout=SILENCE_SECONDS,
            loop=asyncio.get_running_loop(),
        )


class _Handler:
    """What aiosmtpd asks at each step of a session."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener

    async def handle_EHLO(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        return [*responses[:-1], "250-PIPELINING", responses[-1]]

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if len(envelope.rcpt_tos) >= RECIPIENTS:
            return "452 4.5.3 too many recipients for one mail"
        if not self._listener.serves(address):
            return NOBODY
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - see above
        content = envelope.original_content
        return await self._listener.deliver(content or b"", envelope.mail_from or "", tuple(envelope.rcpt_tos))

    async def handle_exception(self, error: Exception) -> str:
        """Whatever failed here, it was not the mail's fault: the mail server keeps it."""
        log.error("mail_session_failed", error=repr(error), exc_info=error)
        return LATER


class _Session(SMTP):
    """A session that is counted, so that there are never too many, and all can be ended."""

    line_length_limit = LINE_BYTES

    def __init__(self, sessions: "set[_Session]", handler: _Handler, **settings: Any) -> None:
        super().__init__(handler, **settings)
        self._sessions = sessions
        self._ended = asyncio.Event()
        self._is_turned_away = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin the session, or say that there are too many."""
        if len(self._sessions) < SESSIONS:
            self._sessions.add(self)
            super().connection_made(transport)
            return
        self._is_turned_away = True
        assert isinstance(transport, asyncio.WriteTransport)
        transport.write(b"421 4.3.2 too many connections, come again\r\n")
        transport.close()

    def data_received(self, data: bytes) -> None:
        """Take what came; nothing is heard from those that were turned away."""
        if not self._is_turned_away:
            super().data_received(data)

    def eof_received(self) -> bool | None:
        """The other side has said all."""
        return False if self._is_turned_away else super().eof_received()

    def connection_lost(self, error: Exception | None) -> None:
        """End the session."""
        self._ended.set()
        if not self._is_turned_away:
            self._sessions.discard(self)
            super().connection_lost(error)

    async def end(self) -> None:
        """Close the connection once what was said has left."""
        # The answer that was given a moment ago is said by the session's own task.
        await asyncio.sleep(0.05)
        transport = self.transport
        if not isinstance(transport, asyncio.WriteTransport):
            return
        transport.close()
        try:
            async with asyncio.timeout(1):
                await self._ended.wait()
        except TimeoutError:
            transport.abort()


class _Smtp(_Session):
    """SMTP, where one answer stands for all recipients."""


class _Lmtp(_Session, LMTP):
    """LMTP, where each recipient is answered for after the mail (RFC 2033 section 4.2), refusals included."""

    _copies = 0

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802 - aiosmtpd's name
        """Take the mail."""
        try:
            await super().smtp_DATA(arg)
        finally:
            self._copies = 0

    async def push(self, status: Any) -> None:
        """Say `status`; within DATA, behind the go-ahead, once for each recipient."""
        for _ in range(max(1, self._copies)):
            await super().push(status)
        if str(status).startswith("354") and self.envelope is not None:
            self._copies = len(self.envelope.rcpt_tos)
