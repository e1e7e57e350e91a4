"""How far a mailbox has been read (RFC 3501 section 2.3.1.1)."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from router.model.clock import from_milliseconds, milliseconds

# The inbox knows for thirty days what it has seen; a day less is left for clocks that differ.
REMEMBERED = timedelta(days=29)
CLOCKS_DIFFER = timedelta(days=1)
NOTED_EVERY = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Place:
    """All up to `uid` is settled, under that UIDVALIDITY; None where nothing was read yet.

    `through_at` is when the mailbox was last read to its end. After a renumbering `known_before` tells those that were
    read for sure, and so long ago that the inbox may have forgotten them: mails that came before it.
    """

    validity: int | None = None
    uid: int = 0
    through_at: datetime | None = None
    known_before: datetime | None = None

    @classmethod
    def read(cls, text: str | None) -> "Place":
        """The place that was kept as `text`; the beginning if there is none."""
        try:
            validity, uid, through, known = (int(number) for number in (text or "").split())
        except ValueError:
            return cls()
        return cls(validity, uid, _instant(through), _instant(known))

    def __str__(self) -> str:
        return f"{self.validity or 0} {self.uid} {_number(self.through_at)} {_number(self.known_before)}"

    def at(self, uid: int) -> "Place":
        """The place once all up to `uid` is settled."""
        return replace(self, uid=uid)

    def knows(self, received_at: datetime | None) -> bool:
        """Whether a mail that came then was read before the mails were numbered anew, and may be unknown elsewhere.

        Of a mail of which nobody knows when it came (None) that can't be said.
        """
        return self.known_before is not None and received_at is not None and received_at < self.known_before

    def renumbered(self, validity: int, now: datetime) -> "Place":
        """The place at the beginning of the mailbox as it is numbered now."""
        through = self.through_at
        known = min(through, now - REMEMBERED) - CLOCKS_DIFFER if through else None
        return Place(validity, 0, through, known)

    def is_worth_noting(self, now: datetime) -> bool:
        """Whether it would be news that the mailbox was read to its end at `now`."""
        return self.known_before is not None or self.through_at is None or now - self.through_at >= NOTED_EVERY

    def read_through(self, now: datetime) -> "Place":
        """The place once the mailbox was read, and settled, to its end at `now`."""
        return replace(self, through_at=now, known_before=None)


def _number(instant: datetime | None) -> int:
    return milliseconds(instant) if instant else 0


def _instant(number: int) -> datetime | None:
    return from_milliseconds(number) if number else None
