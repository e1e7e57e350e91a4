"""One thing that a rule asks of a message, and what was found, in the words of the rules' files."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

SHOWN_WORDS = 4
SHOWN_CHARACTERS = 60
UNITS = ((timedelta(hours=1), "h"), (timedelta(minutes=1), "m"), (timedelta(seconds=1), "s"))
LONG = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that a rule asks, or several of them together (`parts`).

    `label` is how the rules' file calls it, `asked` what it has to be, and `found` what it is, in plain words.
    `is_absence` says that nothing speaks for it but that something is not there.
    """

    label: str
    is_held: bool
    asked: tuple[str, ...] = ()
    found: str = ""
    parts: tuple["Check", ...] = ()
    joint: str = ": "
    is_absence: bool = False

    @property
    def short(self) -> str:
        """What was found, in short words: `customer.tier is gold`."""
        return f"{self.label}{self.joint}{self.found}" if self.found else self.label

    @property
    def words(self) -> str:
        """What was found and what had been asked: `customer.tier is gold (asked: gold, platinum)`."""
        asked = shortened(self.asked)
        return f"{self.short} (asked: {asked})" if asked and asked != self.found else self.short


def shortened(words: Iterable[str], unseen: int = 0) -> str:
    """`words` in a row, the first few of them if they are many; `unseen` more were not even looked at."""
    each = list(words)
    more = len(each) + unseen - SHOWN_WORDS
    return ", ".join(each) if more <= 1 else f"{', '.join(each[:SHOWN_WORDS])}, … {more} more"


def duration_words(length: timedelta) -> str:
    """`length` as rules write it: `90m`, `72h`, `14d`."""
    if length >= LONG and not length % timedelta(days=1):
        return f"{length // timedelta(days=1)}d"
    for unit, letter in UNITS:
        if length and not length % unit:
            return f"{length // unit}{letter}"
    # What was measured, unlike what was written, is told to the second.
    whole = timedelta(seconds=int(length.total_seconds()))
    return f"{length // timedelta(milliseconds=1)}ms" if not whole and length else f"{whole.total_seconds():.0f}s"


def one_line(text: str, longest: int = SHOWN_CHARACTERS) -> str:
    """`text` in one line, its beginning if it is long."""
    return cut(" ".join(text.split()), longest)


def cut(text: str, longest: int) -> str:
    """`text`, its beginning and `…` if it has more than `longest` characters."""
    return text if len(text) <= longest else f"{text[: max(0, longest - 1)]}…"
