"""Promise: what a reply or a note says that we will do, and until when, so that it can be recorded.

It has words of time; what was done, what is only offered, asked, tried or tied to a condition, and what the customer
has to do is none (rules/playbook/guard/promise.*.yaml, docs/promises.md, docs/decisions/0036 and 0040).
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

import re2

from router.core.guard.said import statements, unsaid
from router.core.guard.sentences import PASSED, Read, languages
from router.core.times.due import CORRECTED, Place, Time, joined, may_hold_times, times_in
from router.model.calendar import Calendar
from router.model.finding import Finding, FindingKind
from router.model.hours import USUAL, Hours
from rules.guard.possible import Wordings

# How far from what is promised its time may stand.
REACH = 90
# Where one commitment ends and the next may begin.
_BREAK = re2.compile(r"[;,]|\b(?:y|e|and|pero|but|then|luego|entonces|so|asi que|despues|&amp)\b")
# A past of the third person, or of the first: "te llamó", "le escribí"; "te llamaré" is none.
_PAST = re.compile(r"(?i)\b[a-zñ]{2,}(?:ó|(?<!as)(?<!ah)(?<!qu)(?<!ll)(?<!aj)í|(?<![rtq])é|(?<!es)té)\b")
_FUTURE = re.compile(r"(?i)\b(?!habr|podr)[a-zñ]{2,}r(?:é|á|án)\b")
# Promised just now, as a note tells.
_PROMISED = re.compile("(?i)(?:promet|qued|compromet|agend|program|coordin|pact)[a-zéóí]+")


@dataclass(frozen=True, slots=True)
class _When:
    """What says when, from `start` to before `end`; `time` is None where it is vague."""

    start: int
    end: int
    time: Time | None


def promises(
    text: str,
    lang: str | None,
    now: datetime,
    zone: tzinfo = UTC,
    calendar: Calendar | None = None,
    book: Mapping[str, Wordings] | None = None,
    hours: Hours = USUAL,
) -> tuple[Finding, ...]:
    """What `text` promises, in order: its words of time, and until when (`due_at`, UTC), None if vague.

    Days and times of day are those of `zone`, as `hours` has them; working days are those of `calendar`, or from Monday
    to Friday.
    """
    read, wordings = Read.of(text), languages(lang, book)
    if not may_hold_times(read.low) and not any(each.promise.vague.is_in(read.legible) for each in wordings):
        return ()
    # What is in ASCII has no accents, and the expression that looks for them is slow.
    if (text.isascii() or not _FUTURE.search(text)) and not any(
        each.promise.any.is_in(read.legible) for each in wordings
    ):
        return ()
    left = _left(unsaid(read), wordings)
    said = _acts(read, left, wordings)
    if not said:
        return ()
    place = Place(now, zone, calendar, lang != "en", hours)
    when = _times(read, left, wordings, said, place)
    found: list[Finding] = []
    for start, end in statements(read):
        acts = [each for each in said if start <= each[0] < end]
        told = [each for each in when if start <= each.start and each.end <= end]
        for group in _owned(left, acts, told):
            found += _finding(read, group, place, found[-1].end if found else 0)
    return tuple(found)


def _left(text: str, wordings: Sequence[Wordings]) -> str:
    """`text` with all that is passed over blanked; one pass takes nothing from another."""
    left = [*text]
    for each in wordings:
        for _, start, end in each.promise.passes.found(text):
            left[start:end] = PASSED * (end - start)
    return "".join(left)


def _acts(read: Read, left: str, wordings: Sequence[Wordings]) -> list[tuple[int, int]]:
    """What somebody does for the customer, in order, without what was done."""
    found = [(start, end) for each in wordings for _, start, end in each.promise.any.found(left)]
    found += (match.span() for match in _FUTURE.finditer(read.text) if PASSED not in left[slice(*match.span())])
    return [each for each in _apart(found) if not _is_past(read.text[each[0] : each[1]].rstrip())]


def _is_past(said: str) -> bool:
    return _PAST.search(said) is not None and _PROMISED.search(said) is None


def _apart(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """In order; what reaches into another is one with it."""
    kept: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if kept and start < kept[-1][1]:
            kept[-1] = (kept[-1][0], max(end, kept[-1][1]))
        else:
            kept.append((start, end))
    return kept


def _times(
    read: Read, left: str, wordings: Sequence[Wordings], said: Sequence[tuple[int, int]], place: Place
) -> list[_When]:
    """What says when and is not passed over, in order; a vague one ends where what is promised begins."""
    when = [_When(each.start, each.end, each) for each in times_in(read.low, place)]
    vague = _apart((start, end) for each in wordings for _, start, end in each.promise.vague.found(left))
    for start, end in vague:
        stop = min((act[0] for act in said if start < act[0] < end), default=end)
        first, last = read.trimmed(start, stop)
        if first < last and not any(each.start < last and first < each.end for each in when):
            when.append(_When(first, last, None))
    return sorted((each for each in when if "\r" not in left[each.start : each.end]), key=lambda each: each.start)


def _owned(left: str, acts: Sequence[tuple[int, int]], told: Sequence[_When]) -> list[list[_When]]:
    """What says when, for each of the acts that has such."""
    groups: list[list[_When]] = [[] for _ in acts]
    for each in told:
        owner = _owner(left, acts, each)
        if owner is not None:
            groups[owner].append(each)
    return [group for group in groups if group]


def _owner(left: str, acts: Sequence[tuple[int, int]], when: _When) -> int | None:
    """Which act it belongs to: the one before it, or the one behind it if only that is in its clause."""
    before = [number for number, (start, end) in enumerate(acts) if start <= when.start and when.start - end <= REACH]
    after = [number for number, (start, _) in enumerate(acts) if when.start < start and start - when.end <= REACH]
    before = [number for number in before if "\r" not in left[acts[number][1] : when.start]]
    after = [number for number in after if "\r" not in left[when.end : acts[number][0]]]
    if not before or not after:
        return before[-1] if before else after[0] if after else None
    is_apart = _BREAK.search(left[acts[before[-1]][1] : when.start])
    is_near = not _BREAK.search(left[when.end : acts[after[0]][0]])
    return after[0] if is_apart and is_near else before[-1]


def _finding(read: Read, group: Sequence[_When], place: Place, behind: int) -> list[Finding]:
    """One commitment: the dated time of its times, which a part told elsewhere or a correction completes."""
    dated: Time | None = None
    start = min(each.start for each in group)
    end = max(each.end for each in group if each.time is None) if any(not each.time for each in group) else 0
    for each in group:
        if each.time is None:
            continue
        if dated is None:
            dated = each.time
        elif CORRECTED.search(read.low[dated.end : each.start]):
            dated, start = each.time, each.start
        elif (both := joined(dated, each.time, place)) is not None:
            dated = both
        else:
            break
    end = max(end, dated.end) if dated else end
    first, last = read.trimmed(max(start, behind), end)
    if first >= last:
        return []
    due = dated.due_at if dated else None
    return [Finding(FindingKind.PROMISE, first, last, read.text[first:last], due_at=due)]
