"""Whether a customer's words let us ring them at any hour: "llámenme a la hora que sea", "call me as soon as possible".

Only what is surely meant is taken, for it wakes people: it is said of a call to them that they ask for, and no word
near it names a time, takes it back, or tells of what somebody else did or promised.
"""

from collections.abc import Iterator, Sequence

import re2

from router.core.calls.consent_words import ALONE, ANY_HOUR, ASKED, LIMITED, NAMED_BEFORE, SOON, TOLD, UNWANTED
from router.core.found.plain import plain, visible

# Who asks for a call says so early, and in few words.
LONGEST_TEXT, LONGEST_PHRASE = 4_000, 120
_END = re2.compile(r"[.!?;\x01]+(?:\s|$)|[!?;\x01]|\n\s*\n")
_COMMA = re2.compile(r"[,:()]")

Span = tuple[int, int]


def consent_in(text: str) -> str:
    """The words of `text` that let us ring its writer at any hour; empty if none surely do."""
    seen, places = visible(text[:LONGEST_TEXT])
    low = plain(seen).lower()
    if UNWANTED.search(low):
        return ""
    is_asked = False
    for start, end in _sentences(low):
        sentence = low[start:end]
        asked = None if TOLD.search(sentence) else ASKED.search(sentence)
        found = _said(sentence, asked.span()) if asked else _said_alone(sentence) if is_asked else None
        if found:
            return _written(text, places, start + found[0], start + found[1])
        is_asked = is_asked or asked is not None
    return ""


def _sentences(low: str) -> Iterator[Span]:
    start = 0
    for end in _END.finditer(low):
        yield start, end.start()
        start = end.end()
    yield start, len(low)


def _said(sentence: str, asked: Span) -> Span | None:
    """Where `sentence` says that any hour will do for the call that is `asked` for in it."""
    for pattern in (ANY_HOUR, SOON):
        for match in pattern.finditer(sentence):
            start, end = match.span()
            if not _is_limited(sentence, (start, end), asked):
                return start, end
    return None


def _said_alone(sentence: str) -> Span | None:
    """Where `sentence` says that any hour will do, and nothing else: "No importa la hora, gracias"."""
    match = ANY_HOUR.search(sentence)
    if match is None:
        return None
    start, end = match.span()
    return (start, end) if ALONE.fullmatch(sentence[:start]) and ALONE.fullmatch(sentence[end:]) else None


def _is_limited(sentence: str, said: Span, asked: Span) -> bool:
    """Whether a time is named beside it: then that is when they are to be called."""
    first, last = min(said[0], asked[0]), max(said[1], asked[1])
    between, behind = sentence[min(said[1], asked[1]) : max(said[0], asked[0])], sentence[last:]
    comma = _COMMA.search(behind)
    clause = behind[: comma.start()] if comma else behind
    return bool(
        NAMED_BEFORE.search(sentence[:first])
        or LIMITED.time.search(between)
        or LIMITED.time.search(clause)
        or LIMITED.exception.search(behind)
    )


def _written(text: str, places: Sequence[int], start: int, end: int) -> str:
    """What the customer wrote there, on one line."""
    return " ".join(text[places[start] : places[end - 1] + 1].split())[:LONGEST_PHRASE]
