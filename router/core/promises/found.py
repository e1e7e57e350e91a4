"""What a reply or a note promises, with the dates that the policy makes; and what kind of promise its words are."""

import re2
from msgspec.structs import replace

from router.core.guard.read import promises_in
from router.core.guard.sentences import Read
from router.core.step import Step
from router.model.decision import Decision
from router.model.finding import Finding
from router.model.promise import PromiseKind

LONGEST = 200
_KINDS = {
    PromiseKind.CALL: r"(?:re)?llam\w*|telefone\w*|marc(?:o|amos|are(?:mos)?)|calls?|calling|phon\w+|ring",
    PromiseKind.VISIT: r"visit\w*|tecnic\w+|cuadrillas?|instalador\w*|technicians?|engineers?|installers?|crew",
    PromiseKind.WORD: (
        r"escrib\w*|avis\w*|respond\w*|respuesta|contest\w*|confirm\w*|inform\w*|cuento|contamos|contare\w*|digo|decimos"
        r"|dire(?:mos)?|comunic\w*|notici\w*|novedad\w*|notific\w*|write|reply|answer|respond|updates?|let you know"
        r"|get back|tell you|hear|news|follow up|message"
    ),
}
_SAID = {kind: re2.compile(rf"\b(?:{words})\b") for kind, words in _KINDS.items()}
_HOUR = re2.compile(r"\b(?:a las?|at) [0-9]")
_UNTIL = re2.compile(r"\b(?:antes|hasta|tardar|maximo|before|by|until|latest|entre|between|from|desde|de [0-9])\b")
_BREAK = re2.compile(r"[;,.:]|\b(?:y|e|and|pero|but|then|luego|so)\b")


def found_in(text: str, step: Step) -> tuple[Finding, ...]:
    """What a note, or what was typed as a promise, promises: for its author to confirm, and recorded by nobody else."""
    return tuple(sorted(promises_in(text, step), key=lambda each: (each.start, each.end)))


def with_found(decided: Decision, text: str, step: Step) -> Decision:
    """`decided`, with what `text` promises told to its author."""
    return replace(decided, outcome=replace(decided.outcome, found=found_in(text, step)))


def kind_of(text: str, found: Finding, others: tuple[Finding, ...] = ()) -> PromiseKind:
    """What kind of promise `found` is, by what stands nearest to its words of time, in the same clause first.

    Whatever is neither a call, nor a visit, nor a word from us is something that will have been done.
    """
    low = Read.of(text).low
    begins, ends = _around(text, found)
    begins = max([begins, *(each.end for each in others if each.end <= found.start)])
    ends = min([ends, *(each.start for each in others if each.start >= found.end)])
    ranked = [
        (*_distance(low, begins + match.start(), begins + match.end(), found), kind)
        for kind, said in _SAID.items()
        for match in said.finditer(low[begins:ends])
    ]
    return min(ranked, key=lambda each: each[:2])[2] if ranked else PromiseKind.DEED


def is_hour(phrase: str) -> bool:
    """Whether words of time name an hour at which something happens, not one by which it has."""
    low = Read.of(phrase).low
    return _HOUR.search(low) is not None and not _UNTIL.search(low)


def words_of(text: str, found: Finding) -> str:
    """The sentence around what was found, as the customer reads it."""
    start, end = _around(text, found)
    return " ".join(text[start:end].split())[:LONGEST]


def _around(text: str, found: Finding) -> tuple[int, int]:
    spans = (span for span in Read.of(text).sentences() if span[0] <= found.start < span[1])
    start, end = next(spans, (found.start, found.end))
    return start, max(end, found.end)


def _distance(low: str, start: int, end: int, found: Finding) -> tuple[bool, int]:
    """Whether something lies between the words and the time, and how far they are apart."""
    between = low[end : found.start] if end <= found.start else low[found.end : start]
    return _BREAK.search(between) is not None, len(between)
