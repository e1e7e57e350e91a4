"""What a mail is once it is known who wrote it: proved or not, of which conversation, and who else got it."""

from collections.abc import Sequence
from dataclasses import replace

from msgspec import structs

from channels.email.automatic import is_for_bounces
from channels.email.forwards import as_first_written
from channels.email.headers import Headers
from channels.email.mime import HEADER_BYTES, from_headers_on, header_size
from channels.email.normalise import Account, Mail
from channels.email.recipients import others, our_forms
from channels.email.threads import thread_of
from router.model.message import Handle, Proof

QUOTED_LENGTH = 20_000


def identified(
    mail: Mail,
    raw: bytes,
    author: Handle | None,
    handed_to: tuple[str, ...],
    account: Account,
    colleagues: Sequence[str] = (),
) -> Mail:
    """`mail`, made of `raw`, with all of that; `author` is proved to have written it, and it was handed in for those.

    What one of `colleagues` forwarded is its first sender's. The proof is for who is shown: not for one from Reply-To.
    """
    message = mail.message
    raw = from_headers_on(raw)
    headers = Headers.of(raw[: min(header_size(raw), HEADER_BYTES)])
    forms = our_forms(headers, handed_to, account.address)
    thread = thread_of(message.references, forms, message.sender, account.address, account.ids)
    known = structs.replace(
        message,
        proof=Proof.DKIM if author is not None and author == message.sender else message.proof,
        conversation=message.conversation or thread.conversation,
        suggested=None if message.conversation else thread.suggested,
        copied=others(headers, message.sender, account.address),
        is_automatic=message.is_automatic or any(is_for_bounces(form, account.address) for form in forms),
    )
    return _bounded(as_first_written(replace(mail, message=known), account, colleagues))


def _bounded(mail: Mail) -> Mail:
    """`mail` with the beginning of what is folded away: not before, since a forwarded mail looks like a quoted one."""
    quoted = mail.message.quoted
    if len(quoted) <= QUOTED_LENGTH:
        return mail
    return replace(mail, message=structs.replace(mail.message, quoted=f"{quoted[: QUOTED_LENGTH - 4]} […]"))
