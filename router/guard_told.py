"""What the guard sees in a text, as `hilo guard` tells it: as data, or marked in the text, with the reasons below."""

import io
import sys
from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.text import Text

from router.model.fact import FactKind
from router.model.finding import STOPPING, Destination, Finding, FindingKind

WIDEST = 100
LONGEST = 40
PLACES = {
    Destination.DM: "a direct message",
    Destination.EMAIL: "email",
    Destination.PHONE: "the phone",
    Destination.WEB: "a page or a form",
    Destination.APP: "the app",
    Destination.CHAT: "another chat",
    Destination.WHATSAPP: "WhatsApp",
    Destination.BRANCH: "a branch",
    Destination.COMPANY: "somebody else",
}


def as_data(found: Finding) -> dict[str, Any]:
    """The finding for programs: `start` and `end` count code points; a kind's own fields where they apply."""
    told: dict[str, Any] = {"kind": found.kind.value, "to": found.to.value if found.to else None}
    match found.kind:
        case FindingKind.EXPOSURE:
            told["what"] = found.what.value if found.what else None
        case FindingKind.REPEAT:
            told |= {"fact": found.fact, "known": found.known}
        case FindingKind.PROMISE:
            told["due_at"] = found.due_at.isoformat() if found.due_at else None
    return told | {"phrase": found.phrase, "start": found.start, "end": found.end}


def tell(text: str, found: Sequence[Finding], is_stopped: bool) -> None:
    """The text with what was found marked, and why, at most WIDEST columns; red is what stops it."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    console = Console(highlight=False)
    console.width = min(console.width, WIDEST)
    shown = Text("".join(letter if letter.isprintable() or letter == "\n" else "�" for letter in text))
    for each in found:
        shown.stylize("bold underline red" if each.kind in STOPPING else "underline", each.start, each.end)
    console.print(shown)
    for each in found:
        console.print(Text(f"  {_reason(each)}", style="yellow" if each.kind in STOPPING else "dim"))
    console.print(Text(_end(found, is_stopped=is_stopped), style="bold"))


def _end(found: Sequence[Finding], *, is_stopped: bool) -> str:
    """The verdict, and what the desk does where it is no mere yes."""
    if is_stopped:
        return "stop"
    if any(each.kind is FindingKind.EMPTY for each in found):
        return "allow: but the desk asks for a date first; any agent may send it without one"
    return "allow: nothing here stops it"


def _reason(found: Finding) -> str:
    phrase = " ".join(found.phrase.split())
    cut = phrase if len(phrase) <= LONGEST else f"{phrase[: LONGEST - 1]}…"
    return f"“{cut}” {_what(found)}"


def _what(found: Finding) -> str:
    match found.kind:
        case FindingKind.DEFLECTION:
            return f"sends the customer to {PLACES[found.to]}" if found.to else "sends the customer away"
        case FindingKind.REPEAT if found.fact == FactKind.TRIED:
            return f"asks for a step that was taken ({found.known})"
        case FindingKind.REPEAT:
            return f"asks for the {found.fact}, which is known ({found.known})"
        case FindingKind.PROMISE if found.due_at:
            return f"is a promise, due by {found.due_at:%Y-%m-%d %H:%M} UTC"
        case FindingKind.PROMISE:
            return "is a promise without a date"
        case FindingKind.EMPTY:
            return "says when without a date"
        case FindingKind.EXPOSURE:
            return f"shows personal data in public ({found.what})"
