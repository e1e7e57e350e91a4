"""Empty: a reply that says when without saying when ("lo antes posible", "shortly"), so that its author gives a date.

It is none with a day, a time or a duration in the same or the next sentence, of what was, and where the customer is the
one who is asked to hurry (rules/playbook/guard/empty.*.yaml, docs/decisions/0036).
"""

from collections.abc import Mapping
from datetime import UTC, datetime

from router.core.guard.sentences import Read, languages, passed_over
from router.core.times.due import Place, times_in
from router.model.finding import Finding, FindingKind
from rules.guard.possible import Wordings

# What a time is does not depend on when it is read.
_ANY_DAY = Place(datetime(2026, 1, 1, tzinfo=UTC))


def empty(text: str, lang: str | None, book: Mapping[str, Wordings] | None = None) -> tuple[Finding, ...]:
    """Where `text` says when without saying when, in order; once a sentence."""
    read = Read.of(text)
    wordings = languages(lang, book)
    if not any(each.empty.any.is_in(read.legible) for each in wordings):
        return ()
    left = passed_over(read.legible, [each.empty.passes for each in wordings])
    found = [(start, end) for each in wordings for _, start, end in each.empty.any.found(left)]
    if not found:
        return ()
    times = times_in(read.low, _ANY_DAY)
    sentences = [*read.sentences()]
    findings: list[Finding] = []
    for first, last in sorted(found, key=lambda span: (span[0], -span[1])):
        start, end = read.trimmed(first, last)
        begin, stop = _around(sentences, start)
        is_dated = any(begin <= each.start < stop for each in times)
        is_new = not findings or findings[-1].end <= begin
        if start < end and is_new and not is_dated:
            findings.append(Finding(FindingKind.EMPTY, start, end, read.text[start:end]))
    return tuple(findings)


def _around(sentences: list[tuple[int, int]], place: int) -> tuple[int, int]:
    """From where the sentence at `place` begins to where the next one ends."""
    for number, (start, end) in enumerate(sentences):
        if start <= place < end:
            following = sentences[min(number + 1, len(sentences) - 1)]
            return start, max(end, following[1])
    return place, place
