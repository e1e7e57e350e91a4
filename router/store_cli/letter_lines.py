"""A dead letter as lines for a person and as data for a program."""

from typing import Any

from router.store.dead_letter import DeadLetter
from rules.problems import json_text, plain

# What a person reads first; the rest of what came follows below.
ROWS = ("kind", "channel", "error", "replays", "event", "customer", "conversation")


def as_row(letter: DeadLetter) -> str:
    """One line, without anything personal."""
    tried = f"  replayed {letter.replays}×" if letter.replays else ""
    when = letter.at.strftime("%Y-%m-%d %H:%M:%S")
    return plain(f"{letter.id:<24} {when}  {letter.kind:<16} {letter.channel or '-':<8} {letter.cause}{tried}")


def as_text(letter: DeadLetter) -> str:
    """Everything that is known of it, with what came as it can be read."""
    rows = [("id", letter.id), ("set aside", letter.at.isoformat(timespec="seconds"))]
    rows += [(name, str(getattr(letter, name))) for name in ROWS if getattr(letter, name)]
    # What came was written by strangers, and must not tell the terminal what to do.
    head = "\n".join(plain(f"{name:<13} {value}") for name, value in rows)
    return f"{head}\n\n{json_text(letter.readable())}"


def as_data(letter: DeadLetter, *, with_content: bool) -> dict[str, Any]:
    """All of it for a program; what came, which may be personal, only where it is asked for."""
    shown = {name: getattr(letter, name) for name in ("id", *ROWS)} | {"at": letter.at.isoformat()}
    return shown | ({"content": letter.readable()} if with_content else {"error": letter.cause})
