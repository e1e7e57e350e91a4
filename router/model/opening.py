"""How people write opening time: hours as `08:00-12:00, 14:00-18:00`, weekdays as `mon-fri` or `lun-vie`."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

DAY = 24 * 60
HOURS = re.compile(r"([0-9]{1,2}):([0-9]{2}) *[-–] *([0-9]{1,2}):([0-9]{2})", re.ASCII)
WEEKDAYS = (
    ("monday", "lunes"),
    ("tuesday", "martes"),
    ("wednesday", "miercoles"),
    ("thursday", "jueves"),
    ("friday", "viernes"),
    ("saturday", "sabado"),
    ("sunday", "domingo"),
)
SHORTEST_NAME = 3


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Opening time of one day, from the minute `start` up to but without the minute `end`, counted from midnight."""

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end <= DAY:
            raise ValueError(f"opening hours lie between 00:00 and 24:00 and end after they begin, not {self}")

    def __str__(self) -> str:
        return f"{_clock(self.start)}-{_clock(self.end)}"


ALL_DAY = (Span(0, DAY),)


def spans(text: str) -> tuple[Span, ...]:
    """The hours of one day that `text` (`08:00-12:00, 14:00-18:00`) stands for, in order.

    ValueError, in plain words, if they overlap or go on after midnight: only `week` knows which day comes next.
    """
    found = []
    for start, end in _hours(text):
        if end > DAY:
            here, rest = Span(start, DAY), Span(0, end - DAY)
            raise ValueError(f"`{text[:80]}` goes on after midnight: write `{here}`, and `{rest}` under the next date")
        found.append(Span(start, end))
    return in_order(found)


def weekdays(text: str) -> tuple[int, ...]:
    """The weekdays, Monday being 0, that `text` stands for, as written: `fri-mon`, `lun-vie`, `sábado, domingo`.

    ValueError, in plain words, if a name is no weekday.
    """
    found: list[int] = []
    for part in text.split(","):
        first, *last = (_weekday(name, text) for name in re.split("[-–]", part, maxsplit=1))
        length = (last[0] - first) % 7 if last else 0
        found += [(first + step) % 7 for step in range(length + 1)]
    return tuple(dict.fromkeys(found))


def week(hours: Mapping[str, str | Sequence[str]]) -> dict[int, tuple[Span, ...]]:
    """The hours of each weekday, Monday being 0, that `hours` (`{"mon-fri": "08:00-18:00"}`) stands for.

    What goes on after midnight (`22:00-06:00`) belongs to the next weekday from there on. ValueError, in plain words,
    if hours overlap or can't be read.
    """
    found: dict[int, list[Span]] = {}
    for names, written in hours.items():
        texts = [written] if isinstance(written, str) else written
        pairs = [pair for text in texts for pair in _hours(text)]
        for weekday in weekdays(names):
            for start, end in pairs:
                found.setdefault(weekday, []).append(Span(start, min(end, DAY)))
                if end > DAY:
                    found.setdefault((weekday + 1) % 7, []).append(Span(0, end - DAY))
    return {weekday: in_order(found[weekday], f" on {WEEKDAYS[weekday][0].title()}") for weekday in sorted(found)}


def in_order(found: Iterable[Span], where: str = "") -> tuple[Span, ...]:
    """The spans of one day in their order; ValueError if two of them overlap (`where` ends the sentence's subject)."""
    ordered = tuple(sorted(found))
    for earlier, later in pairwise(ordered):
        if later.start < earlier.end:
            raise ValueError(f"the hours `{earlier}` and `{later}`{where} overlap: write each hour once")
    return ordered


def _hours(text: str) -> list[tuple[int, int]]:
    """Each part of `text` as minutes from midnight; one that goes on after midnight ends beyond 1440."""
    found = []
    for part in text.split(","):
        numbers = HOURS.fullmatch(part.strip())
        if not numbers:
            raise ValueError(f"`{part.strip()[:80]}` are no opening hours: write, for example, `08:00-18:00`")
        start, end = (_minute(hour, minute) for hour, minute in (numbers.group(1, 2), numbers.group(3, 4)))
        if start in (end, DAY):
            raise ValueError(f"`{part.strip()}` has no length: for day and night write `00:00-24:00`")
        found.append((start, end if end > start else end + DAY))
    return found


def _minute(hour: str, minute: str) -> int:
    """The minute of the day at which the clock shows `hour` and `minute`."""
    count = int(hour) * 60 + int(minute)
    if count > DAY or int(minute) > 59:
        raise ValueError(f"`{hour}:{minute}` is no time of day: it is between 00:00 and 24:00")
    return count


def _weekday(name: str, text: str) -> int:
    """The number of the weekday that `name`, three letters at least, begins."""
    apart = unicodedata.normalize("NFKD", name.strip().casefold())
    folded = "".join(letter for letter in apart if not unicodedata.combining(letter)).removesuffix(".")
    for number, names in enumerate(WEEKDAYS):
        if len(folded) >= SHORTEST_NAME and any(known.startswith(folded) for known in names):
            return number
    raise ValueError(
        f"`{name.strip()[:80]}` in `{text[:80]}` is no weekday: write `mon-fri`, `sat` or `lun-vie`, `sáb`"
    )


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
