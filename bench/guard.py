"""How well the guard tells what sends a customer elsewhere, beside a plain list of keywords, and how fast.

The replies are the shared cases (HILO_CASES, read in place): labelled once, by one person, and nobody has measured how
far the labels can be trusted.
"""

import json
import os
import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from router.core.guard.alone import Setting, seen_alone
from router.core.guard.deflection import deflection
from router.model.fact import Fact
from router.model.message import LONGEST_TEXT
from rules.guard.book import shipped_book

TOP = Path(__file__).parent.parent
KEYWORDS = re.compile(
    r"\b(dms?|md|inbox|direct message|mensaje (directo|privado)|privado|e-?mail|correo|call|phone|ll[aá]m\w+|l[ií]nea"
    r"|tel[eé]fono|whatsapp|link|enlace|formulario|form|sucursal|tienda|oficina|store|branch|app|web)\b",
    re.IGNORECASE,
)
SECONDS = 2.0
SHOWN = 150
# Replies that nobody writes.
HOSTILE = {
    "dm": "dm ",
    "ends": ". ",
    "broken lines": "a\nb",
    "links": "a.com ",
    "asks": "please call us, te llamamos al ",
    "lists": "indícanos: nombre, ",
    "times": "te llamamos mañana entre 8 y 12 ",
}
# A customer of whom much is known, so that all that can be asked again is looked for.
FACTS = ("name", "identity", "account", "phone", "email", "address", "device", "plan", "order")
STEPS = ("restarted_modem", "checked_cables", "speed_test")
KNOWN = (*(Fact(kind, "1") for kind in FACTS), *(Fact("tried", step) for step in STEPS))
NOW = datetime(2026, 11, 27, 15, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Reply:
    """A company's reply, and whether it sends the customer elsewhere; `hard` ones are disputable."""

    text: str
    lang: str
    channel: str
    sends: bool
    hard: bool


def guard_quality() -> Iterator[str]:
    """The table, a line each; without the shared cases, that they are not here."""
    folder = Path(os.environ.get("HILO_CASES") or TOP.parent / "shared" / "cases") / "channel_switch"
    if not folder.is_dir():
        yield f"no shared cases here: {folder} (set HILO_CASES)"
        return
    yield f"{'':52}{'replies':>9}{'precision':>11}{'recall':>8}"
    for name in ("real_replies", "own_spanish"):
        known = replies(folder / f"{name}.jsonl")
        for told, asked in (("all", known), ("without hard", [each for each in known if not each.hard])):
            for side, stops in (("hilo", hilo), ("hilo, language not told", hilo_untold), ("keywords", keywords)):
                yield f"{f'{name}, {told}':28}{side:24}{len(asked):>9}{figures(asked, stops)}"
        yield from mistakes(known)
    yield from speed(replies(folder / "real_replies.jsonl"))


def replies(path: Path) -> list[Reply]:
    """The replies in a file."""
    lines = (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines())
    return [
        Reply(each["text"], each["lang"], each["channel"], each["label"] == "switch", each["hard"]) for each in lines
    ]


def hilo(reply: Reply) -> bool:
    """Whether the guard stops it, its language told."""
    return bool(deflection(reply.text, reply.lang, reply.channel))


def hilo_untold(reply: Reply) -> bool:
    """Whether the guard stops it, its language not told."""
    return bool(deflection(reply.text, None, reply.channel))


def all_kinds(reply: Reply) -> bool:
    """Whether the guard sees anything: what sends away, asks again, promises, or says nothing of when."""
    setting = Setting(shipped_book(), NOW, lang=reply.lang, channel=reply.channel, known=KNOWN)
    return bool(seen_alone(reply.text, setting))


def keywords(reply: Reply) -> bool:
    """Whether a plain list of keywords would."""
    return KEYWORDS.search(reply.text) is not None


def figures(asked: Sequence[Reply], stops: Callable[[Reply], bool]) -> str:
    """Of those stopped, and of those to be stopped, the share that was right."""
    stopped = [each for each in asked if stops(each)]
    right = sum(each.sends for each in stopped)
    return f"{right / max(len(stopped), 1):>11.3f}{right / max(sum(each.sends for each in asked), 1):>8.3f}"


def mistakes(known: Sequence[Reply]) -> Iterator[str]:
    """What the guard got wrong, a line each."""
    for each in known:
        if hilo(each) is not each.sends:
            told = "not seen" if each.sends else "stopped wrongly"
            yield f"  {told}{' (hard)' if each.hard else ''}: {' '.join(each.text.split())[:SHOWN]}"


def speed(known: Sequence[Reply]) -> Iterator[str]:
    """Replies a second on one core, and what the slowest texts take."""
    sides = (("hilo", hilo), ("hilo, language not told", hilo_untold), ("hilo, all kinds", all_kinds))
    for side, stops in (*sides, ("keywords", keywords)):
        done, began = 0, time.process_time()
        while time.process_time() - began < SECONDS:
            for each in known:
                stops(each)
            done += len(known)
        yield f"{side:28}{done / (time.process_time() - began):>12,.0f} replies a second"
    for name, text in HOSTILE.items():
        began = time.process_time()
        seen_alone((text * LONGEST_TEXT)[:LONGEST_TEXT], Setting(shipped_book(), NOW, known=KNOWN))
        yield f"{LONGEST_TEXT:,} letters of {name:14}{1000 * (time.process_time() - began):>12.1f} ms"
