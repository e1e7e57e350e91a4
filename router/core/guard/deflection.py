"""Deflection: a reply that sends the customer to another channel, place or form, in Spanish and English.

What thanks for a contact, tells of one, says that we do it, or that nobody need do it, is passed over first; in what is
left the wordings that tell somebody to go elsewhere are sought (rules/playbook/guard, docs/decisions/0033).
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from router.core.guard.legible import legible, masked
from router.model.finding import Deflection, Destination
from router.model.message import LONGEST_TEXT
from rules.guard.possible import Sign, Wordings
from rules.guard.wordings import shipped

# Letters that may stand between two parts of one finding.
BETWEEN = 1
# What nothing in a wording stands for, so that none reaches over it.
PASSED = "\r"
# With its accent it tells what we did (only verbs in -ar: "poné" is told to do); without it asks for the same. The text
# as it was written may hold what RE2 does not take.
_WE_DID = re.compile(
    r"\b(?:habl|llam|contact|consult|pregunt|pas|dej|mand|envi|solicit|report|cancel|registr|us|entr|ingres|busqu|marqu"
    r"|comuniqu|acerqu|revis|activ|agend|cre|levant|tramit|gestion|confirm|convers|visit|llev|escal|avis|coordin)é\b",
    re.IGNORECASE,
)
_HERE = {
    Destination.DM: ("dm", "direct", "private"),
    Destination.EMAIL: ("email", "mail"),
    Destination.PHONE: ("phone", "call", "voice"),
    Destination.CHAT: ("webchat", "chat"),
    Destination.WHATSAPP: ("whatsapp",),
}


def deflection(
    text: str, lang: str | None = None, channel: str | None = None, book: Mapping[str, Wordings] | None = None
) -> tuple[Deflection, ...]:
    """Where in `text` the customer is sent elsewhere, in order; no two findings overlap.

    `lang` (`es`) is the text's language: all are looked for where it is None or not known. To stay on the `channel`
    that the reply leaves by (`twitter_dm`) is no deflection, but another mailbox is one in a mail. Of a text of
    unusual length the beginning is read.
    """
    known = shipped() if book is None else book
    languages = [known[lang]] if lang and lang in known else known.values()
    here = destination_of(channel)
    read = legible(text[:LONGEST_TEXT])
    return tuple(_findings(text, read, _spans(text[:LONGEST_TEXT], read, [*languages], here)))


def destination_of(channel: str | None) -> Destination | None:
    """What `channel` is called as a place to send somebody to; None for one that is none, as a public page."""
    words = (channel or "").lower().replace("-", "_").split("_")
    return next((place for place, names in _HERE.items() if any(name in words for name in names)), None)


def _spans(
    text: str, read: str, languages: Sequence[Wordings], here: Destination | None
) -> Iterator[tuple[int, int, Destination]]:
    possible = [wordings.possible(read) for wordings in languages]
    left = read
    for each in (passed for known in possible for passed in known.passes):
        left = masked(left, each.pattern, PASSED)
    left = _without_what_we_did(text, left)
    for known in possible:
        signed = _signed(left, known.signs)
        for wording in (each for each in known.sending if each.even_here or each.to is not here):
            within = read if wording.even_passed else signed if wording.signed else left
            for match in wording.pattern.finditer(within):
                start, end = match.span()
                # It may begin right behind something that was passed over.
                while start < end and within[start] == PASSED:
                    start += 1
                yield start, end, wording.to


def _without_what_we_did(text: str, left: str) -> str:
    """`left` without verbs of ours that tell what is past, as only the accent in `text` says."""
    for match in () if text.isascii() else _WE_DID.finditer(text):
        start, end = match.span()
        left = left[:start] + PASSED * (end - start) + left[end:]
    return left


def _signed(left: str, signs: Iterable[Sign]) -> str:
    for sign in signs:
        left = masked(left, sign.pattern, sign.letter)
    return left


def _findings(text: str, read: str, spans: Iterable[tuple[int, int, Destination]]) -> Iterator[Deflection]:
    for start, end, to in _apart(spans):
        while start < end and not read[start].isalnum():
            start += 1
        while start < end and not read[end - 1].isalnum():
            end -= 1
        if start < end:
            yield Deflection(to, text[start:end], start, end)


def _apart(spans: Iterable[tuple[int, int, Destination]]) -> list[tuple[int, int, Destination]]:
    """The spans without those that reach into an earlier or shorter one; of one `to`, those that touch are one."""
    kept: list[tuple[int, int, Destination]] = []
    for start, end, to in sorted(spans, key=_first):
        if kept and start - kept[-1][1] <= BETWEEN and to is kept[-1][2]:
            kept[-1] = (kept[-1][0], max(end, kept[-1][1]), to)
        elif not kept or start >= kept[-1][1]:
            kept.append((start, end, to))
    return kept


def _first(span: tuple[int, int, Destination]) -> tuple[int, bool, int]:
    """The earlier, then the shorter; somebody else comes last, for anybody at all may be meant by it."""
    start, end, to = span
    return start, to is Destination.COMPANY, end
