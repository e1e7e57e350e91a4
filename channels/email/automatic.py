"""Whether a machine wrote a mail: nothing automatic is sent back to it, so that no two machines write to each other."""

import re

from channels.email.headers import Headers
from router.model.message import Handle

# RFC 3834 section 2 has "bulk", "junk" and "list"; the others are what responders write of themselves.
PRECEDENCES = frozenset({"bulk", "junk", "list", "auto_reply", "auto-reply"})
# Mailing lists (RFC 2919, RFC 2369) and responders that know no better header.
TELLTALES = ("list-id", "list-unsubscribe", "x-autoreply", "x-autorespond", "x-autoreply-from", "x-mail-autoreply")
# Mailboxes that nobody reads, in the ways that they are written here and around.
UNREAD = re.compile(r"(do[-_.]?not|no)[-_.]?(reply|responder|responda)|mailer[-_.]?daemon", re.IGNORECASE)


def is_automatic(headers: Headers, return_path: str | None, sender: Handle | None) -> bool:
    """Whether a machine wrote it, or says so (RFC 3834 sections 2 and 5, RFC 5321 section 4.5.5)."""
    path = headers.raw("return-path") if return_path is None else return_path or "<>"
    return (
        path.strip() == "<>"
        or _word(headers, "auto-submitted") not in ("", "no")
        or _word(headers, "precedence") in PRECEDENCES
        or _word(headers, "x-auto-response-suppress") not in ("", "none")
        or _word(headers, "content-type") == "multipart/report"
        or any(headers.has(name) for name in TELLTALES)
        or (sender is not None and UNREAD.match(sender.address) is not None)
    )


def _word(headers: Headers, name: str) -> str:
    """What a header says before its parameters, in small letters."""
    return headers.raw(name).partition(";")[0].strip().lower()
