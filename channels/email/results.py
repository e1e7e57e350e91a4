"""What our own mail server found when it took a mail (Authentication-Results, RFC 8601)."""

import re
from dataclasses import dataclass

import authres

from channels.email.address import ascii_domain
from channels.email.headers import ADDRESS_LENGTH, UNREADABLE, Headers
from channels.email.organisation import is_aligned

COMMENT = re.compile(r"\([^()]*\)")


@dataclass(frozen=True, slots=True)
class Finding:
    """Whether the server found the author's domain proved; where it did not, nobody else is asked."""

    is_proved: bool


def finding_of(headers: Headers, server: str, domain: str) -> Finding | None:
    """What `server` says of a mail whose author is of `domain`; None where it says nothing about that.

    Only its topmost header counts: servers write above what they were handed, so that one further down may be the
    sender's own. SPF alone proves the envelope, not the author: it counts as far as the server's DMARC says so.
    """
    for value in headers.values("authentication-results"):
        if _server(value) == server.lower():
            return _found(_read(value), domain)
    return None


def _server(value: str) -> str:
    """Whose findings they are, without the version that may stand behind the name (RFC 8601 section 2.2)."""
    words = COMMENT.sub(" ", value.partition(";")[0]).split()
    return words[0].strip('"').lower() if words else ""


def _read(value: str) -> list[authres.AuthenticationResult]:
    """The findings of one header; none where it can't be read, or was cut: a domain's name may have been."""
    if len(value) >= ADDRESS_LENGTH:
        return []
    try:
        read = authres.AuthenticationResultsHeader.parse(f"Authentication-Results: {value}")
    except (authres.AuthResError, *UNREADABLE):
        return []
    return list(read.results)


def _found(results: list[authres.AuthenticationResult], domain: str) -> Finding | None:
    said = [result for result in results if result.method in ("dmarc", "dkim")]
    if not said:
        return None
    if any(result.method == "dmarc" and result.result not in ("pass", "none", "bestguesspass") for result in said):
        return Finding(False)
    return Finding(any(_proves(result, domain) for result in said))


def _proves(result: authres.AuthenticationResult, domain: str) -> bool:
    if result.result != "pass":
        return False
    named = {f"{each.type}.{each.name}": str(each.value) for each in result.properties}
    if result.method == "dmarc":
        return ascii_domain(named.get("header.from", "")) == domain
    signer = named.get("header.d") or named.get("header.i", "").rpartition("@")[2]
    return is_aligned(signer, domain)
