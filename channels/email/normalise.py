"""A raw mail to the message that a team reads. Pure, and it never raises: whatever the bytes, there is something."""

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from msgspec.structs import replace

from channels.email.address import digest_of, mail_handle, unknown_handle
from channels.email.automatic import has_null_path, is_automatic, is_doubtful, is_ours_again, kind_of
from channels.email.bounces import Report, report_in
from channels.email.charsets import beginning, clean, decoded
from channels.email.file_notes import told_by_files
from channels.email.headers import BROKEN, Headers, Mailbox
from channels.email.message_ids import MessageIds
from channels.email.mime import (
    HEADER_BYTES,
    File,
    Part,
    TooComplex,
    charset_of,
    content_of,
    file_of,
    files,
    from_headers_on,
    header_size,
    parsed,
    preamble,
    readable_texts,
    written_texts,
)
from channels.email.notes import Problem, megabytes, note
from channels.email.page import Page, page_of
from channels.email.plain_text import HTML_BYTES, Allowance, text_of_html, without_inline_data
from channels.email.quoted import Parts, split
from router.model.message import Attachment, ChannelName, InboundMessage, MessageKind

CHANNEL = ChannelName("email")
TEXT_LENGTH = 200_000
TEXT_BYTES = 2 * HTML_BYTES
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


def normalise(raw: bytes, account: Account, received_at: datetime, return_path: str | None = None) -> Mail:
    """The message in the mail `raw`, which came at `received_at`; `return_path` is its SMTP sender, where known.

    Mails that are too much, or too broken, become a stub that says so, with the whole mail as its file.
    """
    raw = from_headers_on(raw)
    try:
        root = parsed(raw)
        body, problems, attached = _body(root)
        page = page_of(root, attached)
        headers = Headers(root, _declared_charset(root))
    except TooComplex:
        return with_kept(_stub(raw, account, received_at, Problem.TOO_COMPLEX, return_path), raw)
    except BROKEN:
        return with_kept(_stub(raw, account, received_at, Problem.UNREADABLE, return_path), raw)
    attached += page.pictures
    if Problem.TEXT_CUT in problems:
        attached.append(_whole_mail(raw))
    report = report_in(root, headers, f"{body.written}\n{body.quoted}", has_null_path(headers, return_path))
    mail = _mail(headers, account, received_at, body, problems, attached, _key(headers, raw), return_path, report)
    return with_kept(mail, raw, page, told_by_files(mail.message.text, attached))


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
    return _mail(headers, account, received_at, Parts(words), [problem], [], key, None, report)


def _stub(raw: bytes, account: Account, received_at: datetime, problem: Problem, return_path: str | None) -> Mail:
    """What can be shown of a mail whose parts are not read: the headers, and the beginning as it stands."""
    headers = Headers.of(raw[: min(header_size(raw), HEADER_BYTES)])
    beginning = clean(decoded(raw[header_size(raw) :][: 4 * TEXT_LENGTH])[0]).strip()[: TEXT_LENGTH // 20]
    text = f"{note(problem)}\n\n{beginning}".strip()
    report = report_in(None, headers, beginning, has_null_path(headers, return_path))
    whole, key = [_whole_mail(raw)], _key(headers, raw)
    return _mail(headers, account, received_at, Parts(text), [problem], whole, key, return_path, report)


def _mail(
    headers: Headers,
    account: Account,
    received_at: datetime,
    body: Parts,
    problems: list[Problem],
    attached: list[File],
    key: str,
    return_path: str | None,
    report: Report | None = None,
) -> Mail:
    written_by = headers.mailbox("from")
    sender, sender_problems = _sender(headers, written_by, account, key)
    written_at = headers.date()
    problems = [*problems, *sender_problems, *_missing(headers)]
    identifiers = _identifiers(headers)
    named = written_by[0] if written_by else None
    is_form = named is not None and sender[0] != named
    kind = kind_of(headers, return_path, account.address, account.ids, is_report=report is not None, is_form=is_form)
    # Nobody reads what goes to a mailbox of machines, whether it wrote or an answer is to go there.
    from_machine = kind is not MessageKind.MESSAGE or is_ours_again(headers, account.address, account.ids)
    from_machine |= any(is_automatic(headers, return_path, handle) for handle in (named, sender[0]))
    message = InboundMessage(
        key=key,
        channel=CHANNEL,
        account=account.address,
        sender=sender[0],
        text=f"{note(Problem.NO_SENDER)}\n\n{body.written}".strip() if Problem.NO_SENDER in problems else body.written,
        # A mail can't have been written after it came; the clock of the sender's machine says many things.
        sent_at=min(written_at or received_at, received_at),
        author=sender[1],
        subject=headers.text("subject", 500),
        thread=identifiers[0] if identifiers else "",
        references=_bounded(identifiers),
        attachments=tuple(_listed(attached)),
        conversation=account.ids.conversation_of(identifiers, sender[0]),
        is_automatic=from_machine or Problem.NO_SENDER in problems,
        is_doubtful=is_doubtful(headers, return_path, named, sender[0]),
        quoted=body.quoted,
        kind=kind,
    )
    contents = {file.attachment.digest: file.content for file in attached}
    return Mail(message, _is_own(headers, written_by, account), tuple(problems), contents, report)


def _body(root: Part) -> tuple[Parts, list[Problem], list[File]]:
    """The text of the mail, what was written now apart from the rest; what was odd; and its files."""
    texts = written_texts(root)
    problems: list[Problem] = []
    shown = []
    allowance = Allowance()
    for part in texts:
        text, found = _text(part, allowance)
        problems += [problem for problem in found if problem not in problems]
        shown += [text] if text else []
    attached = [file_of(part, number) for number, part in enumerate(files(root, {id(part) for part in texts}), 1)]
    text = "\n\n".join(shown) or clean(preamble(root))
    body = split(text[:TEXT_LENGTH])
    if len(text) > TEXT_LENGTH or Problem.TEXT_CUT in problems:
        problems += [] if Problem.TEXT_CUT in problems else [Problem.TEXT_CUT]
        body = Parts(f"{note(Problem.TEXT_CUT)}\n\n{body.written}", body.quoted)
    return body, problems, attached


def _text(part: Part, allowance: Allowance) -> tuple[str, list[Problem]]:
    content = content_of(part)
    html = part.get_content_type() == "text/html"
    # What is never shown is not decoded: the text of a mail of 25 MB is in memory many times over.
    data = beginning(without_inline_data(content) if html else content, TEXT_BYTES)
    is_whole = html or len(data) == len(content)
    text, is_good = decoded(data, charset_of(part))
    if html:
        text, is_whole = text_of_html(text.encode("utf-8", "replace"), allowance)
    problems = ([] if is_good else [Problem.BAD_CHARSET]) + ([] if is_whole else [Problem.TEXT_CUT])
    return "\n".join(line.rstrip() for line in clean(text).split("\n")).strip("\n"), problems


def _declared_charset(root: Part) -> str:
    return next((charset for part in readable_texts(root) if (charset := charset_of(part))), "")


def _sender(headers: Headers, sender: Mailbox | None, account: Account, key: str) -> tuple[Mailbox, list[Problem]]:
    """Who wrote: the From; else, or where it is our own (a form of our site wrote for somebody), the Reply-To."""
    ours = mail_handle(account.address)
    if sender and sender[0] != ours:
        return sender, []
    reply_to = headers.mailbox("reply-to")
    if reply_to and reply_to[0] != ours:
        return (reply_to[0], reply_to[1] or (sender[1] if sender else "")), [Problem.SENDER_FROM_REPLY_TO]
    if sender:
        return sender, []
    return (unknown_handle(digest_of(key.encode())), headers.text("from", 100)), [Problem.NO_SENDER]


def _missing(headers: Headers) -> Iterable[Problem]:
    """What every mail has that is written by the rules."""
    if headers.date() is None:
        yield Problem.NO_DATE
    if not headers.own_id():
        yield Problem.NO_MESSAGE_ID


def _is_own(headers: Headers, written_by: Mailbox | None, account: Account) -> bool:
    """Whether our own mail comes back: from our address, under a Message-ID that we gave to a mail to its To.

    The address alone says nothing: forms, scanners and colleagues write from it too.
    """
    to = headers.mailbox("to")
    if written_by is None or written_by[0] != mail_handle(account.address) or to is None:
        return False
    return account.ids.conversation_of([headers.own_id()], to[0]) is not None


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


def _whole_mail(raw: bytes) -> File:
    return File(Attachment("mail.eml", "message/rfc822", len(raw), digest_of(raw)), raw)


def _listed(attached: Iterable[File]) -> Iterable[Attachment]:
    """The files as they are listed, no two by one name."""
    names: set[str] = set()
    for file in attached:
        name, number = file.attachment.name, 2
        while name in names:
            stem, dot, extension = file.attachment.name.rpartition(".")
            name = f"{stem or extension} ({number}){dot + extension if stem else ''}"
            number += 1
        names.add(name)
        yield replace(file.attachment, name=name)
