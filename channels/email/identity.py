"""What a mail is once it is known who wrote it: proved or not, of which conversation, and who else got it."""

from dataclasses import replace

from msgspec import structs

from channels.email.headers import Headers
from channels.email.mime import HEADER_BYTES, header_size
from channels.email.normalise import Account, Mail
from channels.email.recipients import others, our_forms
from channels.email.threads import thread_of
from router.model.message import Handle, Proof


def identified(mail: Mail, raw: bytes, author: Handle | None, handed_to: tuple[str, ...], account: Account) -> Mail:
    """`mail`, made of `raw`, with all of that; `author` is proved to have written it, and it was handed in for those.

    Who is shown as its sender is who is proved to be its author: an address from Reply-To is not.
    """
    message = mail.message
    headers = Headers.of(raw[: min(header_size(raw), HEADER_BYTES)])
    forms = our_forms(headers, handed_to, account.address)
    thread = thread_of(message.references, forms, message.sender, account.address, account.ids)
    known = structs.replace(
        message,
        proof=Proof.DKIM if author is not None and author == message.sender else message.proof,
        conversation=message.conversation or thread.conversation,
        suggested=None if message.conversation else thread.suggested,
        copied=others(headers, message.sender, account.address),
    )
    return replace(mail, message=known)
