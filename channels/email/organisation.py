"""Which domains belong to one organisation, by the public suffix list that comes with a library (RFC 7489 3.2)."""

from functools import cache

from publicsuffixlist import PublicSuffixList

from channels.email.address import ascii_domain


def is_aligned(domain: str, author: str) -> bool:
    """Whether who signs for `domain` may write as `author` (both domains): relaxed alignment (RFC 7489 section 3.1)."""
    one, other = organisation_of(domain), organisation_of(author)
    return bool(one) and one == other


def organisation_of(domain: str) -> str:
    """The domain that an organisation has registered (`example.co.uk` of `mail.example.co.uk`); empty if none."""
    return _suffixes().privatesuffix(ascii_domain(domain)) or "" if ascii_domain(domain) else ""


@cache
def _suffixes() -> PublicSuffixList:
    """The list: those of domain registries and those of who lets others have names below theirs."""
    return PublicSuffixList()
