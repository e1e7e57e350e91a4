"""Which mails nothing automatic is sent back to: a machine's, so that no two write to each other, and doubtful ones."""

import re

from channels.email.address import domain_of
from channels.email.headers import Headers
from router.model.message import Handle

# RFC 3834 section 2 has "bulk", "junk" and "list"; the others are what responders write of themselves.
PRECEDENCES = frozenset({"bulk", "junk", "list", "auto_reply", "auto-reply"})
# Mailing lists (RFC 2919, RFC 2369) and responders that know no better header.
TELLTALES = ("list-id", "list-unsubscribe", "x-autoreply", "x-autorespond", "x-autoreply-from", "x-mail-autoreply")
# Mailboxes that nobody reads, in the ways that they are written here and around.
UNREAD = re.compile(r"(do[-_.]?not|no)[-_.]?(reply|responder|responda)|mailer[-_.]?daemon", re.IGNORECASE)
# RFC 8601 section 2.2, RFC 7489 section 11.2.
DMARC_FAILED = re.compile(r"(^|[;\s])dmarc\s*=\s*fail\b", re.IGNORECASE)


def is_automatic(headers: Headers, return_path: str | None, sender: Handle | None) -> bool:
    """Whether a machine wrote it, or says so (RFC 3834 sections 2 and 5, RFC 5321 section 4.5.5)."""
    return (
        _path(headers, return_path) == "<>"
        or _word(headers, "auto-submitted") not in ("", "no")
        or _word(headers, "precedence") in PRECEDENCES
        or _word(headers, "x-auto-response-suppress") not in ("", "none")
        or _word(headers, "content-type") == "multipart/report"
        or any(headers.has(name) for name in TELLTALES)
        or (sender is not None and UNREAD.match(sender.address) is not None)
    )


def is_doubtful(headers: Headers, return_path: str | None, written_by: Handle | None, sender: Handle) -> bool:
    """Whether somebody else than `sender` may have written it: what an answer by itself would go to is then a stranger.

    The sender was taken from a Reply-To of another organisation than From (`written_by`), the envelope's sender is of
    another one, or the server that took the mail found that From is not proved (DMARC). That none of these speaks
    against a mail proves nothing for it.
    """
    domain = domain_of(written_by.address) if written_by else ""
    path = _path(headers, return_path)
    return (
        not _is_same_organisation(domain, domain_of(sender.address))
        or (path not in ("", "<>") and not _is_same_organisation(domain, domain_of(path.strip("<>"))))
        or DMARC_FAILED.search(headers.raw("authentication-results")) is not None
    )


def _path(headers: Headers, return_path: str | None) -> str:
    """The envelope's sender, `<>` for none, empty if it is not known; the topmost header is our own server's."""
    path = headers.raw("return-path") if return_path is None else return_path or "<>"
    return path.strip()


def _is_same_organisation(one: str, other: str) -> bool:
    """Whether two domains are the same, or one is part of the other."""
    return bool(one and other) and (one == other or one.endswith(f".{other}") or other.endswith(f".{one}"))


def _word(headers: Headers, name: str) -> str:
    """What a header says before its parameters, in small letters."""
    return headers.raw(name).partition(";")[0].strip().lower()
