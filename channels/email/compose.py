"""A reply to the mail that leaves. Pure: the same message gives the same bytes at every attempt."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import HeaderRegistry
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8, EmailPolicy
from types import MappingProxyType

from channels.email import wire
from channels.email.address import KIND, is_reachable, mail_handle
from channels.email.automatic import LOOP_MARK
from channels.email.body import DEFAULT_LANGUAGE, NAME_LENGTH, html, language_of, plain
from channels.email.charsets import one_line
from channels.email.message_ids import MessageIds
from channels.email.tokens import Purpose
from router.model.errors import PermanentError
from router.model.message import Handle, OutboundMessage

REFERENCES = 20
SUBJECT_LENGTH = 250
FILE_NAME_LENGTH = 150
FILE_KINDS = frozenset({"application", "audio", "font", "image", "text", "video"})
TOKEN = re.compile(r"[a-z0-9][a-z0-9.+-]{0,80}")
NO_FILES: Mapping[str, bytes] = MappingProxyType({})
MESSAGE_ID = re.compile(r"<[!-;=?-~]{1,250}>")
# "Re:" as mail programs write it, in the languages that customers here and around write (RFC 5322 section 3.6.5).
REPLY_PREFIX = re.compile(r"\s*(re|rv|rif|aw|antw|sv|vs|res)(\[\d+\])?\s*:", re.IGNORECASE)
SUBJECTS = {"es": "Respuesta de {team}", "en": "Answer from {team}"}
ACKNOWLEDGED = {"es": "Recibimos tu mensaje", "en": "We have your message"}
TEAMS = {"es": "nuestro equipo", "en": "our team"}


def _on_the_wire(policy: "EmailPolicy[EmailMessage]") -> "EmailPolicy[EmailMessage]":
    registry = HeaderRegistry()
    for name in ("from", "reply-to", "to", "cc", "subject", "message-id", "in-reply-to", "references"):
        registry.map_to_type(name, wire.WireHeader)
    return policy.clone(header_factory=registry)


ASCII_HEADERS = _on_the_wire(SMTP)
UTF8_HEADERS = _on_the_wire(SMTPUTF8)


@dataclass(frozen=True, slots=True)
class Letterhead:
    """Who writes: the account's `address` and `name`, and how its Message-IDs are made.

    `is_tagged` says that answers go to an address that leads back to the conversation.
    """

    address: str
    name: str
    ids: MessageIds
    is_tagged: bool = False

    def reply_address(self, message: OutboundMessage) -> str:
        """Where the recipient answers `message` to: what they write from there belongs to its conversation."""
        return self.ids.tokens.address(self.address, Purpose.REPLY, message.recipient, message.conversation)


def compose(message: OutboundMessage, letterhead: Letterhead, contents: Mapping[str, bytes] = NO_FILES) -> bytes:
    """The mail for `message`, with CRLF line ends: text and HTML, in the thread of its references.

    `contents` are its files' bytes under their digests. Raises PermanentError if there is nobody whom it could reach.
    """
    recipient, copied = address_of(message), [_address(handle) for handle in message.copied]
    identifier = letterhead.ids.of(message)
    # Letters beyond ASCII before the `@` need a server that takes them (RFC 6531); all else is ASCII for any server.
    rules = ASCII_HEADERS if all(address.isascii() for address in (recipient, *copied)) else UTF8_HEADERS
    mail = EmailMessage(policy=rules)
    mail["From"] = wire.mailbox(letterhead.address, one_line(letterhead.name or message.team, NAME_LENGTH))
    if letterhead.is_tagged:
        mail["Reply-To"] = letterhead.reply_address(message)
    mail["To"] = recipient
    if copied:
        mail["Cc"] = ", ".join(copied)
    mail["Subject"] = wire.text(subject_of(message))
    mail["Date"] = _whole_second(message.created_at)
    mail["Message-ID"] = identifier
    mail[LOOP_MARK] = letterhead.address
    if message.is_automatic:
        mail["Auto-Submitted"] = "auto-replied"
    references = _references(message)
    if references:
        mail["In-Reply-To"] = references[-1]
        mail["References"] = " ".join(references)
    mail.set_content(plain(message), cte="quoted-printable")
    mail.add_alternative(html(message), subtype="html", cte="quoted-printable")
    mail.set_boundary(letterhead.ids.boundary(identifier))
    if message.attachments:
        _attach(mail, message, contents)
        mail.set_boundary(letterhead.ids.boundary(f"{identifier} files"))
    return mail.as_bytes()


def address_of(message: OutboundMessage) -> str:
    """Where `message` goes, its domain in ASCII. Raises PermanentError if there is nobody whom it could reach."""
    return _address(message.recipient)


def copies_of(message: OutboundMessage) -> tuple[str, ...]:
    """Who else gets `message`, openly or not. Raises PermanentError if one of them is nobody whom it could reach."""
    return tuple(_address(handle) for handle in (*message.copied, *message.blind_copied))


def subject_of(message: OutboundMessage) -> str:
    """The subject of the thread with one "Re:", or that of a thread that begins here.

    Where there is none, a sensible one in the customer's language.
    """
    subject = one_line(message.subject, SUBJECT_LENGTH)
    if subject:
        begins = not message.references and message.quotation is None
        return subject if begins or REPLY_PREFIX.match(subject) else f"Re: {subject}"
    language = language_of(message) or DEFAULT_LANGUAGE
    if message.is_automatic:
        # An acknowledgement is no answer, and must not look like one.
        team = one_line(message.team, NAME_LENGTH)
        return f"{ACKNOWLEDGED[language]} · {team}" if team else ACKNOWLEDGED[language]
    return SUBJECTS[language].format(team=one_line(message.team, NAME_LENGTH) or TEAMS[language])


def _address(handle: Handle) -> str:
    reached = mail_handle(handle.address) if handle.kind == KIND else None
    if reached is None or not is_reachable(reached):
        raise PermanentError("there is no address to answer to")
    return reached.address


def _attach(mail: EmailMessage, message: OutboundMessage, contents: Mapping[str, bytes]) -> None:
    for file in message.attachments:
        kind, _, subtype = file.media_type.partition("/")
        # What calls itself a mail or a multipart would be taken apart; as bytes it arrives as it is.
        main = kind in FILE_KINDS and TOKEN.fullmatch(subtype) is not None
        kind, subtype = (kind, subtype) if main else ("application", "octet-stream")
        name = one_line(file.name, FILE_NAME_LENGTH) or "file"
        mail.add_attachment(contents[file.digest], maintype=kind, subtype=subtype, filename=name)


def _references(message: OutboundMessage) -> list[str]:
    """The thread that is answered: its first mail, then the latest; the last is the one replied to."""
    told = [identifier for identifier in message.references if MESSAGE_ID.fullmatch(identifier)]
    return told if len(told) <= REFERENCES else [told[0], *told[1 - REFERENCES :]]


def _whole_second(instant: datetime) -> datetime:
    return instant.replace(microsecond=0)
