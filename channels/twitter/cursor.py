"""How far a feed of X has been read."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from channels.twitter.reading import id_at
from router.model.clock import from_milliseconds, milliseconds

MILLISECOND = timedelta(milliseconds=1)
# Our clock and X's may differ, and X refuses what is a second too old.
MARGIN = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Cursor:
    """All up to the id `upto` is settled, as it was shown at `looked_at`."""

    upto: int
    looked_at: datetime

    @classmethod
    def read(cls, text: str | None) -> "Cursor | None":
        """The cursor that was kept as `text`; None if there is none."""
        try:
            upto, looked = (int(number) for number in (text or "").split())
            return cls(upto, from_milliseconds(looked))
        except (ValueError, OverflowError, OSError):
            return None

    @classmethod
    def first(cls, now: datetime, back: timedelta) -> "Cursor":
        """Where the very first look begins."""
        return cls(id_at(now - back), now)

    def __str__(self) -> str:
        return f"{self.upto} {milliseconds(self.looked_at)}"

    def since(self, overlap: timedelta, now: datetime, shown: timedelta | None) -> int:
        """Above which id to look at `now`: an overlap behind what is known, and no further back than X shows."""
        behind = max(self.upto - ((overlap // MILLISECOND) << 22), 1)
        return max(behind, id_at(now - shown + MARGIN)) if shown else behind

    def has_missed(self, now: datetime, shown: timedelta | None) -> bool:
        """Whether the last look was so long ago that X does not show any more all that came since."""
        return shown is not None and now - self.looked_at > shown - MARGIN

    def after(self, newest: int, began_at: datetime) -> "Cursor":
        """The cursor once all that a look showed, which began at `began_at`, is settled.

        An id from the future takes it no further: what comes until then would be passed over.
        """
        return Cursor(max(self.upto, min(newest, id_at(began_at))), began_at)
