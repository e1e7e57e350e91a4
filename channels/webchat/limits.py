"""How many sockets one network address may have, and which address that is."""

import ipaddress
from collections import Counter
from collections.abc import Sequence

from multidict import MultiMapping

from channels.buckets import Buckets

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Doors:
    """How many sockets each network address has open, and how fast it opens them."""

    def __init__(self, per_address: int) -> None:
        self._per_address = per_address
        self._open: Counter[str] = Counter()
        self._opened = Buckets(per_second=5.0, size=max(per_address, 60))

    def enter(self, address: str, now: float) -> bool:
        """Whether one more socket of `address` may open; it counts until it `leave`s. No address is not counted."""
        if not address:
            return True
        if self._open[address] >= self._per_address or self._opened.wait(address, now):
            return False
        self._open[address] += 1
        return True

    def leave(self, address: str) -> None:
        """One socket of `address` less."""
        self._open[address] -= 1
        if self._open[address] <= 0:
            del self._open[address]


def address_of(peer: str | None, headers: MultiMapping[str], proxies: Sequence[Network]) -> str:
    """The visitor's network address, or nothing where only a proxy of ours is known.

    `X-Forwarded-For` counts where it comes from a proxy that is named, or from this machine, and is read from its end:
    what stands further left was written by whoever stands further away. A proxy may add a line of its own to those that
    came. Where it names what is no address, its own counts. An IPv6 address stands for its /64.
    """
    lines = ", ".join(headers.getall("X-Forwarded-For", []))
    chain = [part.strip() for part in lines.split(",") if part.strip()]
    near = _parsed(peer or "")
    for address in [near, *(_parsed(_without_port(part)) for part in reversed(chain))]:
        if address is None:
            return _shown(near) if near else ""
        if not _is_ours(address, proxies):
            return _shown(address)
    return ""


def _parsed(text: str) -> Address | None:
    try:
        return ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None


def _without_port(text: str) -> str:
    """The address in `192.0.2.7:4711` or `[2001:db8::1]:4711`, as some proxies tell it."""
    if text.startswith("["):
        return text[1:].partition("]")[0]
    return text.partition(":")[0] if text.count(":") == 1 else text


def _shown(address: Address) -> str:
    return str(ipaddress.ip_network((address, 64), strict=False)) if address.version == 6 else str(address)


def _is_ours(address: Address, proxies: Sequence[Network]) -> bool:
    plain = getattr(address, "ipv4_mapped", None) or address
    return plain.is_loopback or any(plain in network for network in proxies if network.version == plain.version)
