"""What Hilo makes of a raw mail, for people and programs that ask: any bytes give a report, none an error."""

import re
from dataclasses import dataclass
from datetime import datetime

from channels.email.address import domain_of, is_reachable, mail_handle
from channels.email.headers import Headers, Mailbox
from channels.email.message_ids import OURS
from channels.email.mime import HEADER_BYTES, SURE_HEADER, from_headers_on, header_size
from channels.email.normalise import Account, Mail, left_behind, normalise
from channels.email.notes import Problem, without_notes
from router.model.message import Attachment, Proof

OWN = "own"
NO_MAIL = "no_mail"
ADDRESSES = 200
MARKS = re.compile(r'[()<>\[\]:;@\\,."|]')


@dataclass(frozen=True)
class MailReport:
    """A raw mail as Hilo reads it; empty where there was no mail in the bytes."""

    headers: Headers
    mail: Mail
    account: Account

    @property
    def sender(self) -> str:
        """Who wrote, as name and address; what the From says where there is no address in it."""
        message = self.mail.message
        return shown((message.sender, message.author)) if is_reachable(message.sender) else message.author

    @property
    def to(self) -> list[str]:
        """All recipients."""
        return [shown(mailbox) for mailbox in self.headers.mailboxes("to")[:ADDRESSES]]

    @property
    def cc(self) -> list[str]:
        """All who got a copy."""
        return [shown(mailbox) for mailbox in self.headers.mailboxes("cc")[:ADDRESSES]]

    @property
    def date(self) -> datetime | None:
        """When the mail says that it was written."""
        return self.headers.date()

    @property
    def in_reply_to(self) -> list[str]:
        """The Message-IDs of what it answers."""
        return self.headers.message_ids("in-reply-to")

    @property
    def references(self) -> list[str]:
        """The Message-IDs of its thread, oldest first."""
        return self.headers.message_ids("references")

    @property
    def text(self) -> str:
        """What the customer wrote, without Hilo's own notes."""
        return without_notes(self.mail.message.text)

    @property
    def html(self) -> str:
        """The safe HTML; empty if there is none."""
        return self.mail.contents.get(self.mail.message.html, b"").decode("utf-8", "replace")

    @property
    def attachments(self) -> tuple[Attachment, ...]:
        """The files that came with it."""
        return self.mail.message.attachments

    @property
    def kind(self) -> str:
        """`message`, `auto-reply`, `bounce`, `list` or `own`."""
        return OWN if self._looks_own() else str(self.mail.kind)

    @property
    def is_verified(self) -> bool:
        """Whether it is known to come from its sender."""
        return self.mail.message.proof is not Proof.NONE

    @property
    def problems(self) -> list[str]:
        """What was odd."""
        return [str(problem) for problem in dict.fromkeys(self.mail.problems)]

    def _looks_own(self) -> bool:
        """Whether From and Message-ID are of our making; without the store nobody can check the signature in it."""
        own = OURS.fullmatch(self.headers.own_id())
        ours, written_by = mail_handle(self.account.address), self.headers.mailbox("from")
        return bool(own and ours and written_by and written_by[0] == ours and own[4].lower() == domain_of(ours.address))


def report_of(raw: bytes, account: Account, now: datetime, limit: int, size: int | None = None) -> MailReport | None:
    """What the mail in `raw` says; None if there is no mail in it. Over `limit` bytes only its headers are read.

    `size` is that of the whole mail, where `raw` is only its beginning.
    """
    raw = from_headers_on(raw)
    head = raw[: min(header_size(raw), HEADER_BYTES)]
    if not any(SURE_HEADER.match(line) for line in head.splitlines()):
        return None
    size = max(size or 0, len(raw))
    if size > limit:
        mail = left_behind(head, Problem.TOO_LARGE, size, limit, account, now, now)
    else:
        mail = normalise(raw, account, now)
    return MailReport(Headers.of(head), mail, account)


def shown(mailbox: Mailbox) -> str:
    """A mailbox as people write it, the name in quotes where it has an address' marks (RFC 5322 section 3.4)."""
    handle, name = mailbox
    if not name:
        return handle.address
    quoted = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{quoted}" <{handle.address}>' if MARKS.search(name) else f"{name} <{handle.address}>"
