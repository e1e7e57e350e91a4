"""To whom a mail was sent: our own address in the forms that it was written in, and the others."""

from collections.abc import Iterable, Iterator
from email.utils import getaddresses

from channels.email.address import is_form_of, mail_handle
from channels.email.headers import BROKEN, Headers
from router.model.message import Handle

COPIES = 50
# Where mail servers write whom a mail was handed in for, and where its sender did.
DELIVERED = ("delivered-to", "x-original-to", "envelope-to")
WRITTEN = ("to", "cc")


def our_forms(headers: Headers, handed_to: Iterable[str], account: str) -> list[str]:
    """The forms of our `account` that the mail was sent to; `handed_to` is what the envelope says, where known."""
    named = (handle.address for name in (*DELIVERED, *WRITTEN) for handle in _handles(headers, name))
    return [address for address in dict.fromkeys((*handed_to, *named)) if is_form_of(address, account)]


def others(headers: Headers, sender: Handle, account: str) -> tuple[Handle, ...]:
    """Whom else the mail was sent to, as its sender wrote them: neither us nor the sender."""
    found = dict.fromkeys(handle for name in WRITTEN for handle in _handles(headers, name))
    seen = (handle for handle in found if handle != sender and not is_form_of(handle.address, account))
    return tuple(seen)[:COPIES]


def _handles(headers: Headers, name: str) -> Iterator[Handle]:
    try:
        found = getaddresses(list(headers.values(name)))
    except BROKEN:
        return
    for _, address in found:
        if handle := mail_handle(address):
            yield handle
