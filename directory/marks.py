"""Marks: the one way in which a handle, or a fact that tells a person from all others, is written in an index."""

import re
from collections.abc import Iterable, Iterator, Sequence

from router.core.found.phones import phone
from router.model.fact import Fact, FactKind
from router.model.message import Handle

KINDS = ("site", "email", "phone", "twitter", "chat")
"""The kinds of handle by which customers are found."""

FACTS = (FactKind.ACCOUNT, FactKind.IDENTITY)
"""The facts by which they are found as well, once an agent has confirmed them."""

E164 = re.compile(r"\+[1-9][0-9]{6,14}")
MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
ON_X = re.compile(r"(?:https?://)?(?:www\.|mobile\.)?(?:x|twitter)\.com/@?", re.IGNORECASE)
X_NAME = re.compile(r"@?([A-Za-z0-9_]{1,15})")
SEPARATORS = {"email": re.compile(r"[;,|\s]+"), "phone": re.compile(r"[;,|/]+"), "twitter": re.compile(r"[;,|\s]+")}


def handle_of(kind: str, written: str, region: str = "") -> Handle | None:
    """The handle that `written` stands for; None if it can be none (a phone without its country, where none is set)."""
    text = written.strip()
    match kind:
        case "email":
            return Handle(kind, text.casefold()) if MAIL.fullmatch(text) else None
        case "phone":
            number = phone(text, region)
            return Handle(kind, number) if E164.fullmatch(number) else None
        case "twitter":
            return _on_x(ON_X.sub("", text))
    return Handle(kind, text) if text else None


def handles_in(kind: str, cell: str, region: str = "") -> Iterator[Handle | None]:
    """The handles that stand in one `cell`, None for each that can be none."""
    separator = SEPARATORS.get(kind)
    for part in separator.split(cell) if separator else (cell,):
        if part.strip():
            yield handle_of(kind, part, region)


def mark_of(handle: Handle) -> str:
    """How `handle` stands in an index; the same for all ways of writing it."""
    found = handle_of(handle.kind, handle.address) or handle
    return str(found)


def fact_mark(kind: str, value: str) -> str:
    """How a fact stands in an index: without blanks, points and dashes."""
    return f"{kind}={''.join(sign for sign in value.casefold() if sign.isalnum())}"


def marks_of(handles: Iterable[Handle], facts: Sequence[Fact] = ()) -> Iterator[str]:
    """The marks by which a customer is looked for, in their order."""
    yield from map(mark_of, handles)
    for fact in facts:
        if fact.kind in FACTS:
            yield fact_mark(fact.kind, fact.value)


def _on_x(text: str) -> Handle | None:
    if text.isdecimal():
        return Handle("twitter", text)
    found = X_NAME.fullmatch(text.rstrip("/"))
    return Handle("twitter", f"@{found[1].casefold()}") if found else None
