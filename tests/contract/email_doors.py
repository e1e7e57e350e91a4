"""The email channel's doors: a mailbox that is read, and a mail server that delivers; answers go to the sandbox."""

import asyncio
import email
import secrets
import smtplib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.message import EmailMessage
from email.policy import default
from typing import Self

from channels.email.settings import EmailSettings
from router.model.message import Handle
from tests.contract.doors import Door, Outbox
from tests.email_channel import listening, raw_mail, settings_for_tests
from tests.ports import free_ports
from tests.sandbox_mail import in_thread, mailbox
from tests.sandbox_process import SandboxProcess
from tests.tcp_proxy import Proxy, running_proxy


class MailDoor(Door):
    """A customer with a mailbox in the sandbox, who gets the channel's answers there."""

    channel = "email"
    finds = False

    def __init__(self, sandbox: SandboxProcess) -> None:
        super().__init__(sandbox)
        self._customer = f"ana-{secrets.token_hex(4)}@example.org"
        self._account = f"care-{secrets.token_hex(4)}@hilo.example"

    async def __aenter__(self) -> Self:
        self._outgoing: Proxy = await self._stack.enter_async_context(running_proxy(self._sandbox.smtp_port))
        return self

    @property
    def handle(self) -> Handle:
        """The customer's address."""
        return Handle("email", self._customer)

    async def customer_reads(self) -> list[str]:
        """The first line of each mail; the same bytes twice, but for the trace put before them, are one mail."""
        mails = await in_thread(self._mails)
        return [_first_line(raw) for raw in dict.fromkeys(mails)]

    def _mails(self) -> list[bytes]:
        with mailbox(self._sandbox, self._customer) as imap:
            uids = imap.search()
            found = imap.fetch(uids, ["BODY.PEEK[]"]) if uids else {}
        mails = [bytes(found[uid][b"BODY[]"]) for uid in uids]
        return [raw[raw.index(b"From: ") :] for raw in mails]

    def _mail(self, key: str, text: str) -> bytes:
        return raw_mail(text, number=key, sender=f"Ana <{self._customer}>")


class CaresMailbox(MailDoor):
    """A mailbox that Hilo reads by IMAP."""

    starts_without = True
    away = "mailbox"

    async def __aenter__(self) -> Self:
        self._mailbox: Proxy = await self._stack.enter_async_context(running_proxy(self._sandbox.imap_port))
        return await super().__aenter__()

    @property
    def settings(self) -> EmailSettings:
        """IMAP in and SMTP out, both on lines that can be cut."""
        return settings_for_tests(
            imap=(self._mailbox.port, self._account, "sandbox"), smtp_port=self._outgoing.port, address=self._account
        )

    async def customer_writes(self, key: str, text: str) -> None:
        """Put it into the mailbox."""
        await in_thread(lambda: self._deliver(self._mail(key, text)))

    async def told(self) -> int:
        """How many are marked as read."""
        return await in_thread(self._seen)

    def break_connection(self) -> None:
        """Cut what reads the mailbox, and what hands over a reply."""
        self._mailbox.cut()
        self._outgoing.cut()

    @asynccontextmanager
    async def out_of_reach(self) -> AsyncIterator[None]:
        """The server breaks off at its first word."""
        self._mailbox.cut_after = 0
        try:
            yield
        finally:
            self._mailbox.cut_after = None

    def _deliver(self, mail: bytes) -> None:
        with smtplib.SMTP("127.0.0.1", self._sandbox.smtp_port, timeout=10) as smtp:
            smtp.sendmail(self._customer, self._account, mail)

    def _seen(self) -> int:
        with mailbox(self._sandbox, self._account) as imap:
            return len(imap.search("SEEN"))


class MailServer(MailDoor):
    """A mail server that delivers to Hilo by LMTP and comes again until it hears 250."""

    starts_without = False

    def __init__(self, sandbox: SandboxProcess) -> None:
        super().__init__(sandbox)
        (self._port,) = free_ports(1)
        self._outbox = Outbox(self._hand_over)

    async def __aenter__(self) -> Self:
        self._incoming: Proxy = await self._stack.enter_async_context(running_proxy(self._port))
        self._outbox.open()
        return await super().__aenter__()

    async def __aexit__(self, *_: object) -> None:
        await self._outbox.close()
        await super().__aexit__()

    @property
    def settings(self) -> EmailSettings:
        """LMTP in and SMTP out, both on lines that can be cut."""
        at = f"127.0.0.1:{self._port}"
        return listening(at=at, smtp_port=self._outgoing.port, address=self._account)

    async def customer_writes(self, key: str, text: str) -> None:
        """Put it into the mail server's queue."""
        self._outbox.put(key, text)

    async def told(self) -> int:
        """How often it heard 250."""
        return self._outbox.taken

    def break_connection(self) -> None:
        """Cut what delivers, and what hands over a reply."""
        self._incoming.cut()
        self._outgoing.cut()

    @asynccontextmanager
    async def out_of_reach(self) -> AsyncIterator[None]:
        """Another program has the port."""
        async with await asyncio.start_server(lambda *_: None, "127.0.0.1", self._port):
            yield

    async def _hand_over(self, key: str, text: str) -> bool:
        try:
            await in_thread(lambda: self._deliver(self._mail(key, text)))
        except (smtplib.SMTPException, OSError):
            return False
        return True

    def _deliver(self, mail: bytes) -> None:
        with smtplib.LMTP("127.0.0.1", self._incoming.port, timeout=10) as lmtp:
            lmtp.sendmail(self._customer, self._account, mail)


def _first_line(raw: bytes) -> str:
    mail = email.message_from_bytes(raw, policy=default)
    assert isinstance(mail, EmailMessage)
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content()).splitlines()[0]
