"""The email channel: IMAP and LMTP in, SMTP out."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import structlog

from channels.brake import Unreachable
from channels.buckets import Buckets
from channels.contract import Arrival
from channels.email.authentication import Authentication
from channels.email.bounced import Bounces
from channels.email.compose import Letterhead, address_of, compose, copies_of
from channels.email.first_finding import FirstFindings
from channels.email.forwards import may_be_forwarded
from channels.email.identity import identified
from channels.email.letter import Letter
from channels.email.lmtp import Delivery, Listener
from channels.email.mailbox import Mailbox
from channels.email.message_ids import MessageIds
from channels.email.normalise import CHANNEL, Account, Mail, left_behind, normalise
from channels.email.notes import NOTES
from channels.email.own_thread import OwnThread
from channels.email.resolver import DnsKeys
from channels.email.settings import EmailSettings
from channels.email.smtp import deliver
from channels.files import Files
from channels.services import Services
from router.model.errors import HiloError, Refusal, TooMuch
from router.model.event import DeliveryReported, MessageArrived
from router.model.message import DeliveryState, Handle, InboundMessage, OutboundMessage, Receipt
from router.store import keys, metrics
from router.store.pace import SendLimit
from router.store.tasks import end_task

log = structlog.get_logger()

Source = Letter | Delivery


@dataclass(frozen=True, slots=True, eq=False)
class MailArrival(Arrival):
    """An arrival that knows who waits to be told that it is safe, and who can't be reached, if it tells that."""

    source: Source
    unreachable: Handle | None = None


class EmailAdapter:
    """Keeps the contract of a channel for one account. Files that come with mails are kept in `folder`, if given."""

    name = CHANNEL

    def __init__(self, settings: EmailSettings, services: Services, folder: Path | None = None) -> None:
        self._settings = settings
        self._clock = services.clock
        ids = MessageIds(services.secret, settings.address)
        self._account = Account(settings.address, ids)
        self._letterhead = Letterhead(settings.address, settings.name or "", ids, settings.plus_addresses)
        self._bounces = Bounces(settings.address, ids)
        self._unreachable = Unreachable(services.shelf)
        self._files = Files(folder)
        verify = settings.verify
        keys_of_domains = DnsKeys(services.clock, verify.within, verify.nameserver)
        self._authentication = Authentication(keys_of_domains, verify.server)
        self._first_findings = FirstFindings(services.shelf)
        # One at a time: who is ahead of the inbox waits, and what waits is in no memory of ours.
        self._incoming: asyncio.Queue[Source] = asyncio.Queue(1)
        self._reading: asyncio.Task[None] | None = None
        self._mailbox = self._open_mailbox(services)
        self._listener = self._open_listener()
        # Over it a mail server hears 451; a mailbox has no such answer that would not hold up all others.
        most = settings.lmtp.sender_per_hour if settings.lmtp else 1
        self._budgets = Buckets(most / 3600, most)

    async def start(self) -> None:
        """Listen for mail servers, where that is set. Raises StartError if the port can't be had.

        A mailbox out of reach is no reason not to start: it is tried until it answers.
        """
        if self._listener:
            await self._listener.start()

    async def stop(self) -> None:
        """Ask mail servers that still wait to come again, and close."""
        if self._listener:
            await self._listener.stop()
        if self._reading:
            await end_task(self._reading)

    async def receive(self) -> AsyncIterator[Arrival]:
        """Yield the mails as they come, those of the mailbox oldest first, until cancelled.

        A delivery report about a reply of ours is that reply's receipt. Our own mails that come back are settled here.
        Raises TemporaryError if the store is away at the beginning.
        """
        self._reading = reading = asyncio.create_task(self._read_mailbox())
        try:
            with OwnThread("mail-parser") as thread:
                while True:
                    source = await self._next(reading)
                    mail = await self._understood(source, thread)
                    if mail is None or source.is_stale:
                        continue
                    if mail.is_own:
                        log.info("own_mail_left_out", key=mail.message.key)
                        await source.settle()
                        continue
                    yield self._arrival(mail, source)
        finally:
            await end_task(reading)

    async def settle(self, arrival: Arrival) -> None:
        """Answer 250, or move the place in the mailbox on; who can't be reached is remembered first."""
        assert isinstance(arrival, MailArrival)
        if arrival.unreachable:
            await self._unreachable.note(arrival.unreachable)
        if isinstance(arrival.source, Delivery) and isinstance(arrival.body, MessageArrived):
            self._budgets.wait(_budget_of(arrival.body.message), self._clock.now().timestamp())
        await arrival.source.settle()

    async def refuse(self, arrival: Arrival, error: HiloError) -> None:
        """Answer 451, or read the mailbox again from there; a PermanentError answers 554, or leaves a flag there."""
        assert isinstance(arrival, MailArrival)
        await arrival.source.refuse(error)

    @property
    def send_limit(self) -> SendLimit | None:
        """What `smtp.send_per_minute` says."""
        most = self._settings.smtp.send_per_minute
        return SendLimit(most, timedelta(minutes=1)) if most else None

    async def send(self, message: OutboundMessage) -> Receipt:
        """Hand `message` to the mail server.

        Raises TemporaryError if it surely did not leave and may later, PermanentError, with the server's words, if it
        never will, UnknownOutcome if the connection was lost once the mail had been handed over.
        """
        # Large files take a moment to be read and encoded, in which everybody else would wait.
        mail = await asyncio.to_thread(self._composed, message)
        to, copies = address_of(message), copies_of(message)
        refused = await deliver(self._settings.smtp, self._senders_of(message), to, mail, copies)
        return Receipt(
            message=message.id,
            conversation=message.conversation,
            state=DeliveryState.SENT,
            at=self._clock.now(),
            reference=self._account.ids.of(message),
            reason="; ".join(refused),
        )

    async def find(self, message: OutboundMessage) -> Receipt | None:
        """None: sending again is harmless, since it is the same mail, byte for byte, under the same Message-ID."""
        return None

    @property
    def listener(self) -> Listener | None:
        """Where mail servers deliver, if that is set."""
        return self._listener

    def _senders_of(self, message: OutboundMessage) -> tuple[str, ...]:
        """Where reports about it go, as far as the mail server lets us choose; the last one it takes in any case."""
        ours = self._settings.address
        is_led_back = self._settings.plus_addresses and self._settings.smtp.bounce_address
        return (self._bounces.address(message), ours) if is_led_back else (ours,)

    def _arrival(self, mail: Mail, source: Source) -> MailArrival:
        """The mail as its conversation hears of it: as a message, or as what became of a reply."""
        told = self._bounces.told(mail.report, self._clock.now(), source.handed_to) if mail.report else None
        if told is None or mail.report is None:
            return MailArrival(mail.message.key, MessageArrived(mail.message), source)
        log.info("reply_reported", message=told.receipt.message, state=told.receipt.state)
        # A server that says it twice says it once: the team may have written again meanwhile.
        key = " ".join((told.receipt.message, mail.report.action, *mail.report.copied))
        return MailArrival(key, DeliveryReported(told.receipt), source, told.unreachable)

    async def _next(self, reading: "asyncio.Task[None]") -> Source:
        """What came next; whatever ended the reading of the mailbox is raised here."""
        coming = asyncio.create_task(self._incoming.get())
        try:
            await asyncio.wait((coming, reading), return_when=asyncio.FIRST_COMPLETED)
            if not coming.done():
                reading.result()
            return await coming
        finally:
            coming.cancel()

    async def _read_mailbox(self) -> None:
        if self._mailbox:
            await self._mailbox.read(self._incoming.put)
        else:
            await asyncio.Event().wait()

    async def _understood(self, source: Source, thread: OwnThread) -> Mail | None:
        """The mail, its files kept; None if they can't be, or if its sender has sent too much: its source keeps it."""
        try:
            author = await self._authentication.author(source.raw, source.received_at, thread)
            read = await thread.call(self._normalised, source)
            mail = await thread.call(self._identified, read, source, author)
            if may_be_forwarded(read.message, self._settings.colleagues):
                first = await self._first_findings.of(read.message.original, author)
                mail = mail if first == author else await thread.call(self._identified, read, source, first)
        except TooMuch as error:
            metrics.REFUSED.labels(self.name).inc()
            hint = "its server keeps it; channels.email.lmtp.sender_per_hour says how many are taken"
            log.warning("sender_over_budget", error=str(error), hint=hint)
            await source.refuse(error)
            return None
        except Refusal as error:
            log.warning("mail_not_kept", error=str(error))
            await source.refuse(error)
            return None
        noted = [str(problem) for problem in mail.problems if problem in NOTES]
        if noted:
            log.info("mail_was_odd", key=mail.message.key, problems=noted)
        return mail

    def _normalised(self, source: Source) -> Mail:
        if isinstance(source, Letter) and source.problem:
            limit, times = self._settings.max_size, (source.received_at, source.came_at)
            return left_behind(source.raw, source.problem, source.size, limit, self._account, *times)
        return normalise(source.raw, self._account, source.received_at, source.return_path)

    def _identified(self, mail: Mail, source: Source, author: Handle | None) -> Mail:
        """The mail once it is known who wrote it, its files kept. Raises TooMuch, Refusal."""
        mail = identified(mail, source.raw, author, source.handed_to, self._account, self._settings.colleagues)
        if not mail.is_own:
            self._check(source, mail)
            self._files.keep(mail.contents)
        return mail

    def _check(self, source: Source, mail: Mail) -> None:
        """Raises TooMuch for a delivery of somebody of whom enough was taken; what is not taken does not count."""
        if not isinstance(source, Delivery):
            return
        sender = _budget_of(mail.message)
        if self._budgets.until(sender, self._clock.now().timestamp()):
            raise TooMuch(f"one sender ({sender}) brings more mails than are taken of one")

    def _composed(self, message: OutboundMessage) -> bytes:
        contents = {file.digest: self._files.read(file) for file in message.attachments}
        return compose(message, self._letterhead, contents)

    def _open_mailbox(self, services: Services) -> Mailbox | None:
        imap = self._settings.imap
        if imap is None:
            return None
        name = f"imap:{self._settings.address}:{imap.mailbox}"
        return Mailbox(imap, self._settings.max_size, services.shelf, services.clock, name)

    def _open_listener(self) -> Listener | None:
        lmtp = self._settings.lmtp
        if lmtp is None:
            return None
        return Listener(lmtp, self._settings.max_size, self._settings.address, self._clock, self._put)

    async def _put(self, delivery: Delivery) -> None:
        await self._incoming.put(delivery)


def _budget_of(message: InboundMessage) -> str:
    """Whose budget `message` counts for: whoever forges an address spends nothing of what its owner proves."""
    return f"{keys.handle(message.sender)} {message.proof}"
