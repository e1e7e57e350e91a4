"""The labelled lines of tests/unit/promises.txt, and how far what is found agrees with them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

import re2

from router.core.guard.promise import promises

FILE = Path(__file__).parent / "unit" / "promises.txt"
_MARKED = re2.compile(r"\[([^\]]*)\]")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A promise as it is labelled: from `start` to before `end`; `due_at` is None for a vague one."""

    start: int
    end: int
    due_at: datetime | None


@dataclass(frozen=True, slots=True)
class Line:
    """A text with what it promises, as read at `now` in `zone`; `is_held` is of the half that was not worked on."""

    text: str
    lang: str
    now: datetime
    zone: ZoneInfo
    wanted: tuple[Wanted, ...]
    is_held: bool


@lru_cache(maxsize=1)
def labelled() -> tuple[Line, ...]:
    """All lines, in their order."""
    return tuple(_lines())


def _lines() -> Iterator[Line]:
    now, zone, number = datetime(2026, 1, 1, tzinfo=UTC), ZoneInfo("UTC"), 0
    is_seen = False
    for written in FILE.read_text(encoding="utf-8").splitlines():
        if written.startswith("="):
            is_seen = True
        elif written.startswith("@"):
            _, at, name = written.split()
            zone = ZoneInfo(name)
            now = datetime.fromisoformat(at).replace(tzinfo=zone)
        elif not written.startswith("#"):
            lang, marked, due = written.split("|")
            yield _line(lang, marked.replace("\\n", "\n"), due, now, number % 2 == 1 and not is_seen)
            number += 1


def _line(lang: str, marked: str, due: str, now: datetime, is_held: bool) -> Line:
    zone = now.tzinfo
    assert isinstance(zone, ZoneInfo)
    spans = [(match.start() - 2 * at, match.end() - 2 * at - 2) for at, match in enumerate(_MARKED.finditer(marked))]
    wanted = zip(spans, filter(None, due.split(";")), strict=True)
    text = marked.replace("[", "").replace("]", "")
    return Line(text, lang, now, zone, tuple(Wanted(*span, _due(each, now)) for span, each in wanted), is_held)


def _due(written: str, now: datetime) -> datetime | None:
    if written == "~":
        return None
    dated = written if written.count("-") == 2 else f"{now.year}-{written}"
    return datetime.fromisoformat(dated).replace(tzinfo=now.tzinfo)


@dataclass(frozen=True, slots=True)
class Score:
    """How far what is found agrees with the labels, and what does not, a line each."""

    found: int
    right: int
    wanted: int
    due_right: int
    misses: tuple[str, ...]

    @property
    def precision(self) -> float:
        """Of what is found, what is promised."""
        return self.right / max(self.found, 1)

    @property
    def recall(self) -> float:
        """Of what is promised, what is found."""
        return self.right / max(self.wanted, 1)

    @property
    def due(self) -> float:
        """Of what is rightly found, what is due at the right instant."""
        return self.due_right / max(self.right, 1)


def scored(lines: Sequence[Line]) -> Score:
    """The score of the lines; a promise is found where the words of time overlap."""
    found = right = wanted = due_right = 0
    misses: list[str] = []
    for line in lines:
        seen = [*promises(line.text, line.lang, line.now, line.zone)]
        found, wanted = found + len(seen), wanted + len(line.wanted)
        for each in line.wanted:
            match = next((one for one in seen if one.start < each.end and each.start < one.end), None)
            if match is None:
                misses.append(f"not seen: {line.text}")
                continue
            seen.remove(match)
            right += 1
            is_right = match.due_at == each.due_at
            due_right += is_right
            if not is_right:
                misses.append(f"due {match.due_at}, not {each.due_at}: {line.text}")
        misses += [f"none, but found “{one.phrase}”: {line.text}" for one in seen]
    return Score(found, right, wanted, due_right, tuple(misses))
