"""A dead letter as lines for a person and as data for a program."""

import json
from typing import Any

from router.store.dead_letter import DeadLetter

# What a person reads first; the rest of what came follows below.
ROWS = ("kind", "channel", "error", "replays", "event", "customer", "conversation")


def as_row(letter: DeadLetter) -> str:
    """One line, without anything personal."""
    tried = f"  replayed {letter.replays}×" if letter.replays else ""
    when = letter.at.strftime("%Y-%m-%d %H:%M:%S")
    return f"{letter.id:<24} {when}  {letter.kind:<16} {letter.channel or '-':<8} {letter.cause}{tried}"


def as_text(letter: DeadLetter) -> str:
    """Everything that is known of it, with what came as it can be read."""
    rows = [("id", letter.id), ("set aside", letter.at.isoformat(timespec="seconds"))]
    rows += [(name, str(getattr(letter, name))) for name in ROWS if getattr(letter, name)]
    head = "\n".join(f"{name:<13} {value}" for name, value in rows)
    return f"{head}\n\n{json.dumps(letter.readable(), ensure_ascii=False, indent=2)}"


def as_data(letter: DeadLetter, *, with_content: bool) -> dict[str, Any]:
    """All of it for a program; what came, which may be personal, only where it is asked for."""
    shown = {name: getattr(letter, name) for name in ("id", *ROWS)} | {"at": letter.at.isoformat()}
    return shown | ({"content": letter.readable()} if with_content else {"error": letter.cause})
