"""The labelled lines of tests/unit/promises.txt, and how far what is found agrees with them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

import re2

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
