"""Keys from the DNS, within a time limit that holds whatever name servers do."""

import asyncio
from datetime import timedelta
from typing import Protocol

import dns.asyncresolver
import dns.exception
import dns.name
import dns.rcode
import dns.rdatatype
import dns.resolver
import structlog

from channels.email.address import ascii_domain
from router.model.clock import Clock
from router.model.units import Endpoint

log = structlog.get_logger()

NAMES_KEPT = 1000
# After so many look-ups in a row without an answer nobody is asked for a while, so that no mail waits for it.
UNANSWERED = 3
LEFT_ALONE = timedelta(seconds=30)


class Keys(Protocol):
    """Who knows the keys that domains publish."""

    async def find(self, names: list[str]) -> dict[str, bytes]:
        """The key under each of the `names` that has exactly one; never raises, never takes longer than its limit."""


class DnsKeys:
    """Asks the system's name servers, or the one `nameserver`; all of one mail's names take at most `within`."""

    def __init__(self, clock: Clock, within: timedelta, nameserver: Endpoint | None = None) -> None:
        self._clock = clock
        self._within = within.total_seconds()
        self._nameserver = nameserver
        self._resolver: dns.asyncresolver.Resolver | None = None
        self._unanswered = 0
        self._again_at = clock.now()

    async def find(self, names: list[str]) -> dict[str, bytes]:
        """The key under each of the `names` that has exactly one; empty while name servers do not answer."""
        if not names or self._clock.now() < self._again_at:
            return {}
        try:
            async with asyncio.timeout(self._within):
                found = await asyncio.gather(*(self._key(name) for name in dict.fromkeys(names)))
        except (TimeoutError, OSError, dns.exception.DNSException, ValueError) as error:
            self._failed(error)
            return {}
        if self._unanswered >= UNANSWERED:
            log.info("dns_back")
        self._unanswered = 0
        return {name: key for name, key in zip(dict.fromkeys(names), found, strict=True) if key}

    async def _key(self, name: str) -> bytes:
        """The one key under `name`; empty where there is none. Raises DNSException where nobody answers."""
        if not ascii_domain(name):
            return b""
        try:
            answer = await self._asked().resolve(
                dns.name.from_text(name), dns.rdatatype.TXT, lifetime=self._within, search=False
            )
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer, dns.resolver.YXDOMAIN):
            return b""
        except dns.resolver.NoNameservers as error:
            if _is_domains_own_fault(error):
                return b""
            raise
        texts = [b"".join(record.strings) for record in answer]
        keys = texts if len(texts) == 1 else [text for text in texts if text.lstrip().lower().startswith(b"v=dkim1")]
        return keys[0] if len(keys) == 1 else b""

    def _asked(self) -> dns.asyncresolver.Resolver:
        """The resolver; made when first needed, since a machine may have no name server at all."""
        if self._resolver is None:
            resolver = dns.asyncresolver.Resolver(configure=self._nameserver is None)
            if self._nameserver:
                resolver.nameservers = [self._nameserver.host]
                resolver.port = self._nameserver.port
            resolver.cache = dns.resolver.LRUCache(NAMES_KEPT)
            self._resolver = resolver
        return self._resolver

    def _failed(self, error: Exception) -> None:
        self._unanswered += 1
        if self._unanswered < UNANSWERED:
            return
        self._again_at = self._clock.now() + LEFT_ALONE
        if self._unanswered == UNANSWERED:
            hint = "mails are taken as unverified until name servers answer; channels.email.verify says which are asked"
            log.warning("dns_away", error=type(error).__name__, hint=hint)


def _is_domains_own_fault(error: dns.resolver.NoNameservers) -> bool:
    """Whether our name servers answered that those of the domain fail: whoever writes to us can have such a domain, and
    that is no reason to ask for nobody's keys.
    """
    answers = [response for *_, response in error.kwargs["errors"] if response is not None]
    return any(response.rcode() == dns.rcode.SERVFAIL for response in answers)
