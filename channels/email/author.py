"""The one mailbox of From, where there is no doubt which it is: who else is named could be taken for the author."""

import re
from email.policy import default
from email.utils import getaddresses

from channels.email.address import mail_handle
from channels.email.headers import ADDRESS_LENGTH, BROKEN, ENCODED_WORDS, Headers
from router.model.message import Handle

NAME = "\ue000"


def author_of(headers: Headers) -> Handle | None:
    """Who wrote as From says: exactly one header with exactly one mailbox (RFC 7489 section 6.6.1), else None.

    Two parsers have to read the same: where programs differ, one of them shows a sender whom nobody has verified.
    """
    values = list(headers.values("from"))
    if len(values) != 1 or len(values[0]) >= ADDRESS_LENGTH or not values[0].isprintable():
        return None
    # What stands in encoded words is a name, whatever it decodes to; no part of an address.
    value = ENCODED_WORDS.sub(f" {NAME} ", values[0])
    if re.search(rf"{NAME}\s*@", value):
        return None
    strict, plain = _strictly(value), _plainly(value)
    return strict if strict is not None and strict == plain else None


def _strictly(value: str) -> Handle | None:
    """The mailbox as RFC 5322 has it: no group, no defect, nothing beside it."""
    try:
        header = default.header_factory("from", value)
        groups = header.groups
        if header.defects or len(groups) != 1 or groups[0].display_name is not None or len(groups[0].addresses) != 1:
            return None
        return mail_handle(str(groups[0].addresses[0].addr_spec))
    except BROKEN:
        return None


def _plainly(value: str) -> Handle | None:
    """The mailbox as the older parser of the standard library has it."""
    try:
        found = [address for _, address in getaddresses([value])]
    except BROKEN:
        return None
    # An address in the name, outside of quotes, is what some programs show instead.
    bare = re.sub(r'"(?:[^"\\]|\\.)*"', "", value)
    return mail_handle(found[0]) if len(found) == 1 and bare.count("@") == 1 else None
