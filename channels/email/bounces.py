"""Delivery reports: what a mail server says of a mail that it was given (RFC 3464), or writes in words of its own."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice

from channels.email.automatic import ADDRESSED, AWAY
from channels.email.bounce_words import DELAYED, FAILED_BODY, FAILED_SUBJECT
from channels.email.charsets import one_line
from channels.email.compose import REPLY_PREFIX
from channels.email.headers import BARE_ADDRESS, Headers
from channels.email.mime import Part, content_of

STATUS_PARTS = frozenset({"message/delivery-status", "message/global-delivery-status"})
RETURNED_PARTS = frozenset({"message/rfc822", "message/global", "text/rfc822-headers", "message/global-headers"})
# Reports of another sort: that somebody read a mail (RFC 8098), or calls it spam (RFC 5965).
OTHER_REPORTS = re.compile(r"report-type\s*=\s*\"?(disposition-notification|feedback-report)", re.IGNORECASE)
REPORTS = re.compile(r"^multipart/report\b.*report-type\s*=\s*\"?delivery-status", re.IGNORECASE)
# Who writes such reports; a person may have the mailbox of a postmaster.
SERVERS = re.compile(r"mailer[-_. ]?daemon|mail delivery? (sub)?system|^mail system", re.IGNORECASE)
POSTMASTERS = re.compile(r"^post[-_.]?master\b|\bpostmaster@", re.IGNORECASE)
ANSWERS = re.compile(rf"{REPLY_PREFIX.pattern}|{AWAY.pattern}", re.IGNORECASE)
STATUS = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
REPLY_LINE = re.compile(r"(?<![\w.-])[45]\d\d[ -][^\n]{3,}|#[45]\.\d{1,3}\.\d{1,3}[^\n]*")
WRITTEN_ID = re.compile(r"^\W{0,4}message-id:\s*(<[^<>\s]{1,250}>)", re.IGNORECASE | re.MULTILINE)
WRITTEN_TO = re.compile(r"^\W{0,4}to:[^\n]{0,500}", re.IGNORECASE | re.MULTILINE)
BLOCKS = 50
READ = 100_000
RECIPIENTS = 20
# Each is looked at for each recipient, in the loop that all share; the mail that came back stands first.
IDENTIFIERS = 50
WORDS = 300


class Action(StrEnum):
    """What became of the mail (RFC 3464 section 2.3.3)."""

    FAILED = "failed"
    DELAYED = "delayed"
    DELIVERED = "delivered"
    RELAYED = "relayed"
    EXPANDED = "expanded"


# Of several recipients (a list behind the address) the worst news counts.
WORST_FIRST = tuple(Action)


@dataclass(frozen=True, slots=True)
class Report:
    """A delivery report: what became of which mail.

    `words` are the server's, `recipients` all addresses that it may be about, `copied` those of them that had a copy
    only, and `identifiers` the Message-IDs that it may be about; `addressed_to` is where it was sent. Nothing of it is
    proved.
    """

    action: Action
    status: str
    words: str
    recipients: tuple[str, ...]
    identifiers: tuple[str, ...]
    addressed_to: tuple[str, ...]
    copied: tuple[str, ...] = ()

    @property
    def is_permanent(self) -> bool:
        """Whether the server will never take a mail for this address, as it says (RFC 3463 section 2)."""
        return self.action is Action.FAILED and self.status.startswith("5.")


def report_in(root: Part | None, headers: Headers, text: str, has_null_path: bool) -> Report | None:
    """The delivery report that the mail is; None if it is none.

    `text` is what its sender wrote, and `root` None where the parts of the mail could not be read.
    """
    if OTHER_REPORTS.search(headers.raw("content-type")):
        return None
    parts = list(_own_parts(root)) if root is not None else []
    is_unread = root is None and REPORTS.search(headers.raw("content-type")) is not None
    if not (is_unread or _is_report(parts, headers, text[:READ], has_null_path)):
        return None
    return _report(parts, headers, text[:READ])


def _is_report(parts: list[Part], headers: Headers, text: str, has_null_path: bool) -> bool:
    """Whether a mail server wrote it about a mail of ours: what it is made of says so, or who wrote it and its words.

    A person's words never do, whatever they are: who forwards a bounce is not one.
    """
    kinds = {part.get_content_type() for part in parts}
    written_by = headers.text("from", 300)
    is_server, is_postmaster = SERVERS.search(written_by), POSTMASTERS.search(written_by)
    # Some write no sender at all where others have no return path.
    has_null_path = has_null_path or written_by.strip() == "<>"
    is_machine = bool(is_server or is_postmaster or has_null_path)
    if kinds & STATUS_PARTS and (is_machine or headers.word("content-type") == "multipart/report"):
        return True
    if not is_machine:
        return False
    subject = headers.text("subject", 300)
    says_subject = FAILED_SUBJECT.search(subject) is not None
    says_body = FAILED_BODY.search(text) is not None or DELAYED.search(text) is not None
    if is_server:
        return says_subject or says_body or headers.has("x-failed-recipients")
    if ANSWERS.match(subject):
        # It is the customer's own subject that speaks of a delivery.
        return False
    return (says_subject and says_body) or (bool(kinds & RETURNED_PARTS) and (says_body or has_null_path))


def _report(parts: list[Part], headers: Headers, text: str) -> Report:
    told = sorted(_told(parts), key=lambda each: WORST_FIRST.index(each[0]))
    blocks = [block for part in parts if part.get_content_type() in STATUS_PARTS for block in _blocks(part)]
    returned = list(_returned(parts))
    action, status, words = told[0] if told else (_action_in(headers, text), "", "")
    line = REPLY_LINE.search(text)
    words = words or (line.group() if line else headers.text("subject", WORDS))
    found = STATUS.search(words) or STATUS.search(text)
    status = status or (found[1] if found else _class_of(words))
    return Report(
        action,
        status,
        one_line(words, WORDS),
        _recipients(blocks, returned, headers, text),
        _identifiers(blocks, returned, headers, text),
        tuple(_addresses(headers, *ADDRESSED)),
        _copied(blocks, returned, headers),
    )


def _told(parts: list[Part]) -> Iterator[tuple[Action, str, str]]:
    """What the report says of each recipient: what became of the mail, the status, the words of the server."""
    for part in parts:
        if part.get_content_type() not in STATUS_PARTS:
            continue
        for block in _blocks(part):
            named = block.word("action").partition(" ")[0]
            if named in WORST_FIRST:
                status = STATUS.search(block.raw("status"))
                yield Action(named), status[1] if status else "", _without_type(block.text("diagnostic-code", WORDS))


def _without_type(diagnostic: str) -> str:
    """The words of a Diagnostic-Code without what says whose they are (`smtp;`), which some leave out."""
    kind, _, words = diagnostic.partition(";")
    return (words if " " not in kind.strip() else diagnostic).strip()


def _blocks(part: Part) -> Iterator[Headers]:
    """The groups of fields of a report: of the mail first, then of each recipient (RFC 3464 section 2.1)."""
    if inner := _children(part):
        yield from map(Headers, inner[:BLOCKS])
        return
    data = content_of(part)[:READ].replace(b"\r\n", b"\n").strip()
    for block in re.split(rb"\n[ \t]*\n+", data, maxsplit=BLOCKS)[:BLOCKS]:
        yield Headers.of(block)


def _returned(parts: list[Part]) -> Iterator[Headers]:
    """The headers of the mail that came back, whole or by its headers alone."""
    for part in parts:
        if part.get_content_type() in RETURNED_PARTS:
            inner = _children(part)
            yield Headers(inner[0]) if inner else Headers.of(content_of(part)[:READ].lstrip())


def _action_in(headers: Headers, text: str) -> Action:
    """What became of a mail of which the server tells in words alone."""
    is_delayed = DELAYED.search(headers.text("subject", 300)) or DELAYED.search(text)
    return Action.DELAYED if is_delayed else Action.FAILED


def _class_of(words: str) -> str:
    """The status that a reply code (`550`) stands for where there is no more than that."""
    found = re.search(r"(?<![\d.])([45])\d\d(?![\d.])", words)
    return f"{found[1]}.0.0" if found else ""


def _recipients(blocks: list[Headers], returned: list[Headers], headers: Headers, text: str) -> tuple[str, ...]:
    named = (
        *(each for block in blocks for each in _addresses(block, "original-recipient", "final-recipient")),
        *(each for mail in returned for each in _addresses(mail, "to")),
        *_addresses(headers, "x-failed-recipients"),
        *(each for line in WRITTEN_TO.findall(text) for each in BARE_ADDRESS.findall(line)),
        *islice(BARE_ADDRESS.findall(text), RECIPIENTS),
    )
    return tuple(dict.fromkeys(named))[:RECIPIENTS]


def _copied(blocks: list[Headers], returned: list[Headers], headers: Headers) -> tuple[str, ...]:
    """Whom the report is about (no more than RECIPIENTS), if all of them stand in the Cc of the mail that came back."""
    named = {each.lower() for block in blocks for each in _addresses(block, "original-recipient", "final-recipient")}
    named |= {each.lower() for each in _addresses(headers, "x-failed-recipients")}
    copied = {each.lower() for mail in returned for each in _addresses(mail, "cc")}
    return tuple(sorted(named))[:RECIPIENTS] if named <= copied else ()


def _identifiers(blocks: list[Headers], returned: list[Headers], headers: Headers, text: str) -> tuple[str, ...]:
    named = (
        *(mail.own_id() for mail in returned),
        *(each for block in blocks for each in block.message_ids("original-message-id", "x-original-message-id")),
        *headers.message_ids("original-message-id", "x-original-message-id"),
        *WRITTEN_ID.findall(text),
        *reversed(headers.message_ids("references", "in-reply-to")),
    )
    return tuple(dict.fromkeys(filter(None, named)))[:IDENTIFIERS]


def _addresses(headers: Headers, *names: str) -> Iterable[str]:
    return (found for name in names for value in headers.values(name) for found in BARE_ADDRESS.findall(value))


def _own_parts(root: Part) -> Iterator[Part]:
    """The mail's parts, but none of a mail within it."""
    yield root
    for child in _children(root) if root.get_content_maintype() == "multipart" else ():
        yield from _own_parts(child)


def _children(part: Part) -> list[Part]:
    children = part.get_payload() if part.is_multipart() else []
    return [child for child in children if isinstance(child, Part)] if isinstance(children, list) else []
