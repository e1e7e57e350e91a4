"""What kind of promise words are: a call, a visit, a word from us, or something that will have been done."""

import re2

from router.core.guard.sentences import Read
from router.model.finding import Finding
from router.model.promise import PromiseKind

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
_BREAK = re2.compile(r"[;,.:]|\b(?:y|e|and|pero|but|then|luego|so)\b")


def kind_of(text: str, found: Finding, others: tuple[Finding, ...] = ()) -> PromiseKind:
    """What kind of promise `found` is, by what stands nearest to its words of time, in the same clause first.

    Whatever is neither a call, nor a visit, nor a word from us is something that will have been done.
    """
    low = Read.of(text).low
    begins, ends = sentence_of(text, found)
    begins = max([begins, *(each.end for each in others if each.end <= found.start)])
    ends = min([ends, *(each.start for each in others if each.start >= found.end)])
    ranked = [
        (*_distance(low, begins + match.start(), begins + match.end(), found), kind)
        for kind, said in _SAID.items()
        for match in said.finditer(low[begins:ends])
    ]
    return min(ranked, key=lambda each: each[:2])[2] if ranked else PromiseKind.DEED


def sentence_of(text: str, found: Finding) -> tuple[int, int]:
    """Where the sentence around what was found begins and ends."""
    spans = (span for span in Read.of(text).sentences() if span[0] <= found.start < span[1])
    start, end = next(spans, (found.start, found.end))
    return start, max(end, found.end)


def _distance(low: str, start: int, end: int, found: Finding) -> tuple[bool, int]:
    """Whether something lies between the words and the time, and how far they are apart."""
    between = low[end : found.start] if end <= found.start else low[found.end : start]
    return _BREAK.search(between) is not None, len(between)
