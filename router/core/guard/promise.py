"""Promise: what a reply says that we will do, and until when, so that it can be recorded.

What was done, what is only offered or asked, and what the customer has to do is none
(rules/playbook/guard/promise.*.yaml, docs/decisions/0036).
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, tzinfo

import re2

from router.core.guard.sentences import Read, languages, passed_over
from router.core.times.due import Place, Time, times_in
from router.model.calendar import Calendar
from router.model.finding import Finding, FindingKind
from rules.guard.possible import Wordings

# "Send us the number and we call you" is no promise until they do, unless it says when.
_FOLLOWS = re2.compile(r" (?:y|e|and|&amp|&|so|asi|entonces) (?:nosotros |then |also )?$")
# How far from what is promised its time may stand.
REACH = 90


def promises(
    text: str,
    lang: str | None,
    now: datetime,
    zone: tzinfo = UTC,
    calendar: Calendar | None = None,
    book: Mapping[str, Wordings] | None = None,
) -> tuple[Finding, ...]:
    """What `text` promises, in order; `due_at` (UTC) is the last instant that keeps it, None if it can't be told.

    Days and times of day are those of `zone`, working days and hours those of `calendar`, or from Monday to Friday. A
    call, a visit or an answer counts without a time as well; whatever else we do only with one.
    """
    read, wordings = Read.of(text), languages(lang, book)
    if not any(each.promise.any.is_in(read.legible) for each in wordings):
        return ()
    found: list[tuple[int, int, bool]] = []
    left = passed_over(read.legible, [each.promise.passes for each in wordings])
    for each in wordings:
        found += [(start, end, is_alone) for is_alone, start, end in each.promise.any.found(left)]
    if not found:
        return ()
    times = [time for time in times_in(read.low, Place(now, zone, calendar, lang != "en")) if _is_left(left, time)]
    return tuple(
        finding
        for start, end in read.sentences()
        if not read.is_question(end)
        for finding in _of_sentence(read, (start, end), found, times)
    )


def _is_left(left: str, time: Time) -> bool:
    return "\r" not in left[time.start : time.end]


def _of_sentence(
    read: Read, sentence: tuple[int, int], found: Sequence[tuple[int, int, bool]], times: Sequence[Time]
) -> list[Finding]:
    start, end = sentence
    said = _apart([each for each in found if start <= each[0] and each[1] <= end + 1])
    when = [each for each in times if start <= each.start and each.end <= end]
    findings = []
    for number, (first, last, is_alone) in enumerate(said):
        before = said[number - 1][1] if number else start
        after = said[number + 1][0] if number + 1 < len(said) else end
        time = _time_of(when, first, last, after) or (_time_before(when, before, first) if not number else None)
        if time or (is_alone and not _FOLLOWS.search(read.legible[start:first])):
            span = (min(first, time.start), max(last, time.end)) if time else (first, last)
            begin, stop = read.trimmed(*span)
            due = time.due_at if time else None
            findings.append(Finding(FindingKind.PROMISE, begin, stop, read.text[begin:stop], due_at=due))
    return findings


def _time_of(when: Sequence[Time], first: int, last: int, after: int) -> Time | None:
    """The first time behind what is promised and before what is promised next, or the one within it."""
    return next((each for each in when if first <= each.start < after and each.start - last <= REACH), None)


def _time_before(when: Sequence[Time], before: int, first: int) -> Time | None:
    return next((each for each in reversed(when) if before <= each.start and first - REACH <= each.end <= first), None)


def _apart(found: Sequence[tuple[int, int, bool]]) -> list[tuple[int, int, bool]]:
    """In order, without what reaches into an earlier or longer one; it counts alone if any of these does."""
    kept: list[tuple[int, int, bool]] = []
    for start, end, is_alone in sorted(found, key=lambda each: (each[0], -each[1])):
        if kept and start < kept[-1][1]:
            kept[-1] = (kept[-1][0], max(end, kept[-1][1]), kept[-1][2] or is_alone)
        else:
            kept.append((start, end, is_alone))
    return kept
