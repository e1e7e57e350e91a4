"""What one visitor, one page and one network address may ask for: token buckets and counts, bounded themselves."""

import ipaddress
from collections import Counter, OrderedDict
from collections.abc import Sequence

from multidict import MultiMapping

REMEMBERED = 20_000

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Bucket:
    """Lets `size` things pass at once and `per_second` on the average; instants are the event loop's, in seconds."""

    __slots__ = ("_at", "_left", "_per_second", "_size")

    def __init__(self, per_second: float, size: float) -> None:
        self._per_second = per_second
        self._size = size
        self._left = size
        self._at = 0.0

    def wait(self, now: float) -> float:
        """0 and one thing less, or the seconds until the next may pass."""
        self._left = min(self._size, self._left + (now - self._at) * self._per_second)
        self._at = now
        if self._left >= 1:
            self._left -= 1
            return 0.0
        return (1 - self._left) / self._per_second


class Buckets:
    """A bucket for each of many names; the one that was asked for longest ago is forgotten."""

    def __init__(self, per_second: float, size: float) -> None:
        self._per_second = per_second
        self._size = size
        self._known: OrderedDict[str, Bucket] = OrderedDict()

    def wait(self, name: str, now: float) -> float:
        """0 and one thing less for `name`, or the seconds until its next may pass."""
        bucket = self._known.get(name)
        if bucket is None:
            bucket = self._known[name] = Bucket(self._per_second, self._size)
            if len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
        self._known.move_to_end(name)
        return bucket.wait(now)


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
