"""What one visitor, page, network address or sender may ask for: token buckets, bounded themselves."""

from collections import OrderedDict

REMEMBERED = 20_000


class Bucket:
    """Lets `size` things pass at once and `per_second` on the average; instants are seconds of one clock."""

    __slots__ = ("_at", "_left", "_per_second", "_size")

    def __init__(self, per_second: float, size: float) -> None:
        self._per_second = per_second
        self._size = size
        self._left = size
        self._at = 0.0

    def wait(self, now: float) -> float:
        """0 and one thing less, or the seconds until the next may pass."""
        seconds = self.until(now)
        if not seconds:
            self._left -= 1
        return seconds

    def until(self, now: float) -> float:
        """The seconds until one may pass, 0 if one may now; it takes nothing."""
        # A clock that goes back gives nothing, and takes nothing away either.
        self._left = min(self._size, self._left + max(0.0, now - self._at) * self._per_second)
        self._at = now
        return 0.0 if self._left >= 1 else (1 - self._left) / self._per_second


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

    def until(self, name: str, now: float) -> float:
        """The seconds until one of `name` may pass, 0 if one may now; it takes nothing."""
        bucket = self._known.get(name)
        return bucket.until(now) if bucket else 0.0
