"""A raw mail to the message that a team reads. Pure, and it never raises: whatever the bytes, there is something."""

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from msgspec.structs import replace

from channels.email.address import digest_of
from channels.email.automatic import has_null_path, is_automatic, is_doubtful, is_ours_again, kind_of
from channels.email.bounces import Report, report_in
from channels.email.charsets import clean, decoded
from channels.email.content import Content, content_in, declared_charset, listed, whole_mail
from channels.email.file_notes import told_by_files
from channels.email.headers import BROKEN, Headers
from channels.email.message_ids import MessageIds
from channels.email.mime import HEADER_BYTES, TooComplex, from_headers_on, header_size, parsed
from channels.email.notes import Problem, megabytes, note
from channels.email.page import Page, page_of
from channels.email.quoted import Parts
from channels.email.sender import is_own, sender_of
from router.model.message import ChannelName, InboundMessage, MessageKind

CHANNEL = ChannelName("email")
# Of a mail whose parts are not read.
BEGINNING_BYTES = 800_000
BEGINNING_LENGTH = 10_000
REFERENCES = 20


@dataclass(frozen=True, slots=True)
class Account:
    """Whose mail is read: the account's `address`, and the Message-IDs that it gives."""

    address: str
    ids: MessageIds


@dataclass(frozen=True, slots=True)
class Mail:
    """What a raw mail says: the message, what was odd, and the files' bytes under their digests.

    `is_own` says that it is ours and came back, `report` what a mail server tells of a mail of ours.
    """

    message: InboundMessage
    is_own: bool = False
    problems: tuple[Problem, ...] = ()
    contents: dict[str, bytes] = field(default_factory=dict, repr=False)
    report: Report | None = None

    @property
    def kind(self) -> str:
        """Who wrote it: `own`, or what the message's kind says."""
        return "own" if self.is_own else str(self.message.kind)


@dataclass(frozen=True, slots=True)
class _Coming:
    """How a mail came: to whose `account`, when, and from which sender of the envelope, where that is known."""

    account: Account
    received_at: datetime
    return_path: str | None = None


def normalise(raw: bytes, account: Account, received_at: datetime, return_path: str | None = None) -> Mail:
    """The message in the mail `raw`, which came at `received_at`; `return_path` is its SMTP sender, where known.

    Mails that are too much, or too broken, become a stub that says so, with the whole mail as its file.
    """
    raw, coming = from_headers_on(raw), _Coming(account, received_at, return_path)
    try:
        root = parsed(raw)
        content = content_in(root)
        page = page_of(root, content.files)
        headers = Headers(root, declared_charset(root))
    except TooComplex:
        return with_kept(_stub(raw, Problem.TOO_COMPLEX, coming), raw)
    except BROKEN:
        return with_kept(_stub(raw, Problem.UNREADABLE, coming), raw)
    itself = (whole_mail(raw),) if content.is_cut else ()
    content = dataclasses.replace(content, files=(*content.files, *page.pictures, *itself))
    words = content.words
    report = report_in(root, headers, f"{words.written}\n{words.quoted}", has_null_path(headers, return_path))
    mail = _mail(headers, content, _key(headers, raw), coming, report)
    return with_kept(mail, raw, page, told_by_files(words.written, content.files))


def with_kept(mail: Mail, raw: bytes, page: Page | None = None, notes: tuple[str, ...] = ()) -> Mail:
    """`mail` with the raw mail and its safe HTML among what is kept, and `notes` above its text."""
    contents, html = {**mail.contents, digest_of(raw): raw}, ""
    if page and page.html:
        content = page.html.encode("utf-8", "replace")
        html = digest_of(content)
        contents[html] = content
    text = "\n\n".join(part for part in ("\n".join(notes), mail.message.text) if part)
    message = replace(mail.message, text=text, html=html, original=digest_of(raw))
    problems = (*mail.problems, *(page.problems if page else ()))
    return dataclasses.replace(mail, message=message, problems=problems, contents=contents)


def left_behind(
    head: bytes,
    problem: Problem,
    size: int,
    limit: int,
    account: Account,
    received_at: datetime,
    came_at: datetime,
) -> Mail:
    """The stub of a mail of `size` bytes of which only `head`, its headers, was fetched: too large (over `limit`).

    What makes its key, where it has no Message-ID, is the same at each reading: `came_at`, not `received_at`.
    """
    words = note(problem, size=megabytes(size), limit=megabytes(limit))
    headers = Headers.of(head[:HEADER_BYTES])
    key = _key(headers, head + f"{size} {came_at.isoformat()}".encode())
    report = report_in(None, headers, "", has_null_path(headers, None))
    return _mail(headers, Content(Parts(words), (problem,)), key, _Coming(account, received_at), report)


def _stub(raw: bytes, problem: Problem, coming: _Coming) -> Mail:
    """What can be shown of a mail whose parts are not read: the headers, and the beginning as it stands."""
    headers = Headers.of(raw[: min(header_size(raw), HEADER_BYTES)])
    beginning = clean(decoded(raw[header_size(raw) :][:BEGINNING_BYTES])[0]).strip()[:BEGINNING_LENGTH]
    words = Parts(f"{note(problem)}\n\n{beginning}".strip())
    report = report_in(None, headers, beginning, has_null_path(headers, coming.return_path))
    return _mail(headers, Content(words, (problem,), (whole_mail(raw),)), _key(headers, raw), coming, report)


def _mail(headers: Headers, content: Content, key: str, coming: _Coming, report: Report | None) -> Mail:
    address, ids = coming.account.address, coming.account.ids
    (sender, author), sender_problems = sender_of(headers, address, key)
    has_sender = Problem.NO_SENDER not in sender_problems
    named = written_by[0] if (written_by := headers.mailbox("from")) else None
    # Where the Reply-To stands for a From of ours.
    is_form = named is not None and sender != named
    kind = kind_of(headers, coming.return_path, address, ids, is_report=report is not None, is_form=is_form)
    # Nobody reads what goes to a mailbox of machines, whether it wrote or an answer is to go there.
    from_machine = kind is not MessageKind.MESSAGE or is_ours_again(headers, address, ids)
    from_machine |= any(is_automatic(headers, coming.return_path, handle) for handle in (named, sender))
    written = content.words.written
    identifiers = _identifiers(headers)
    message = InboundMessage(
        key=key,
        channel=CHANNEL,
        account=address,
        sender=sender,
        text=written if has_sender else f"{note(Problem.NO_SENDER)}\n\n{written}".strip(),
        # A mail can't have been written after it came; the clock of the sender's machine says many things.
        sent_at=min(headers.date() or coming.received_at, coming.received_at),
        author=author,
        subject=headers.text("subject", 500),
        thread=identifiers[0] if identifiers else "",
        references=_bounded(identifiers),
        attachments=tuple(listed(content.files)),
        conversation=ids.conversation_of(identifiers, sender),
        is_automatic=from_machine or not has_sender,
        is_doubtful=is_doubtful(headers, coming.return_path, named, sender),
        quoted=content.words.quoted,
        kind=kind,
    )
    problems = (*content.problems, *sender_problems, *_missing(headers))
    contents = {file.attachment.digest: file.content for file in content.files}
    return Mail(message, is_own(headers, address, ids), problems, contents, report)


def _missing(headers: Headers) -> Iterator[Problem]:
    """What every mail has that is written by the rules."""
    if headers.date() is None:
        yield Problem.NO_DATE
    if not headers.own_id():
        yield Problem.NO_MESSAGE_ID


def _identifiers(headers: Headers) -> list[str]:
    """The thread as the mail tells it: the references, oldest first, this mail's own last (RFC 5322 section 3.6.4)."""
    told = headers.message_ids("references", "in-reply-to")
    own = headers.own_id()
    return [*(each for each in told if each != own), *([own] if own else [])]


def _bounded(identifiers: list[str]) -> tuple[str, ...]:
    """The first, which names the thread, and the latest."""
    if len(identifiers) <= REFERENCES:
        return tuple(identifiers)
    return (identifiers[0], *identifiers[1 - REFERENCES :])


def _key(headers: Headers, raw: bytes) -> str:
    return headers.own_id() or f"sha256:{digest_of(raw)}"
