"""A mail that a colleague forwards to us is its first sender's: they are the customer, the colleague's words a note."""

import re
from collections.abc import Sequence
from dataclasses import replace

from msgspec import structs

from channels.email.address import domain_of, is_form_of, is_reachable
from channels.email.forward_block import forwarded_in
from channels.email.normalise import Account, Mail, normalise
from channels.email.quoted import split
from router.model.message import Handle, InboundMessage, Proof

PREFIX = re.compile(r"\s*(fwd?|rv|rm|enc|reenviado|encaminhado)\s*:\s*", re.IGNORECASE)
RFC822 = "message/rfc822"


def may_be_forwarded(message: InboundMessage, colleagues: Sequence[str]) -> bool:
    """Whether `message` is another's, if it is proved that the one of `colleagues` whom it names has forwarded it.

    What was left in the mailbox (it has no `original`) shows no words in which another could be named.
    """
    is_whole = message.original != ""
    return is_whole and _is_among(message.sender, colleagues) and PREFIX.match(message.subject) is not None


def as_first_written(mail: Mail, account: Account, colleagues: Sequence[str]) -> Mail:
    """`mail` as its first sender's, if one of `colleagues` forwarded it and that is proved; else as it is.

    Who wrote at first is known by the colleague's word alone: so it is claimed, and nothing answers it by itself.
    """
    message = mail.message
    if message.proof is Proof.NONE or not may_be_forwarded(message, colleagues):
        return mail
    first = _attached(mail, account) or _in_text(mail)
    if first is None or not _is_customer(first.message.sender, account, colleagues):
        return mail
    known = structs.replace(
        first.message,
        key=message.key,
        proof=Proof.NONE,
        is_doubtful=True,
        suggested=None,
        copied=(),
        forwarded_by=message.sender,
        original=message.original,
        html="",
    )
    return replace(first, message=known)


def _attached(mail: Mail, account: Account) -> Mail | None:
    """The mail that is attached, as if it had come by itself, with the other files and the words beside it."""
    message = mail.message
    # A mail of which not all is shown has itself as a file.
    others = (file for file in message.attachments if file.digest != message.original)
    file = next((file for file in others if file.media_type == RFC822), None)
    raw = mail.contents.get(file.digest) if file else None
    if file is None or raw is None:
        return None
    first = normalise(raw, account, message.sent_at)
    beside = tuple(each for each in message.attachments if each is not file)
    known = structs.replace(
        first.message, attachments=(*first.message.attachments, *beside), remark=_whole_text(message).strip()
    )
    return replace(mail, message=known, contents={**mail.contents, **first.contents})


def _in_text(mail: Mail) -> Mail | None:
    """The mail that stands in the text; what names its thread has not come along."""
    message = mail.message
    found = forwarded_in(_whole_text(message))
    if found is None:
        return None
    parts = split(found.text)
    known = structs.replace(
        message,
        sender=found.sender,
        author=found.author,
        subject=found.subject or PREFIX.sub("", message.subject, count=1),
        text=parts.written,
        quoted=parts.quoted,
        remark=found.remark,
        thread="",
        references=(),
        conversation=None,
    )
    return replace(mail, message=known)


def _whole_text(message: InboundMessage) -> str:
    """The text with what was folded away below it: a forwarded mail looks like an earlier one that is quoted."""
    return f"{message.text}\n\n{message.quoted}" if message.quoted else message.text


def _is_among(handle: Handle, colleagues: Sequence[str]) -> bool:
    return any(handle.address.lower() == each or domain_of(handle.address) == each for each in colleagues)


def _is_customer(handle: Handle, account: Account, colleagues: Sequence[str]) -> bool:
    is_ours = is_form_of(handle.address, account.address) or _is_among(handle, colleagues)
    return is_reachable(handle) and not is_ours
