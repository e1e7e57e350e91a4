"""The steps that a reply asks somebody to take, or asks whether they were taken."""

from collections.abc import Collection, Iterator, Sequence
from typing import Any

import re2

from router.core.found.tried import thing_in
from router.core.guard.legible import STOP
from router.core.guard.sentences import PASSED, Read
from router.model.fact import FactKind
from router.model.finding import Finding, FindingKind
from rules.guard.asked import AskedWordings

REACH = 120
BEHIND = 44
RESTARTED = "restarted"
ANY_THING = "restarted_device"
OTHER = "other"
_NAMED = re2.compile(r" (?:the|your|el|la|tu|su|los|las|tus) (?:[a-df-z]|e[a-pr-z])[a-z]+")


def asked_steps(read: Read, left: str, wordings: AskedWordings, known: Collection[str]) -> Iterator[Finding]:
    """What `left`, the reply without what is passed over, asks for of the steps `known`."""
    for (step, is_done), start, end in wordings.steps.found(left):
        taken = _known(step, _thing(left, start, end), known)
        heads = () if is_done else wordings.asks_steps
        if read.is_in_question(end):
            heads = (*heads, *wordings.asks_steps_if)
        if taken and (begin := _asked_from(left, start, heads)) is not None:
            first, last = read.trimmed(begin, end)
            yield Finding(
                FindingKind.REPEAT, first, last, read.text[first:last], fact=FactKind.TRIED.value, known=taken
            )


def _asked_from(left: str, start: int, heads: Sequence[Any]) -> int | None:
    """Where the request begins that stands before the step; None if there is none."""
    sentence = max(left.rfind(sign, max(start - REACH, 0), start) for sign in (STOP, PASSED)) + 1
    sentence = max(sentence, start - REACH, 0)
    starts = [sentence + found.start() for each in heads if (found := each.search(left[sentence:start])) is not None]
    return min(starts, default=None)


def _known(step: str, thing: str | None, known: Collection[str]) -> str | None:
    """The step among those `known` that is the one asked for; a restart is one of the thing that is named."""
    if step != RESTARTED:
        return step if step in known else None
    if thing is None:
        return min((each for each in known if each.startswith(RESTARTED)), default=None)
    return next((each for each in (f"{RESTARTED}_{thing}", ANY_THING) if each in known), None)


def _thing(left: str, start: int, end: int) -> str | None:
    """What is named there: a thing that is known, another one ("the console"), or None, as in "restart it"."""
    stop = min(place for place in (left.find(STOP, end), left.find(",", end), end + BEHIND) if place >= 0)
    known = thing_in(left[start:stop])
    return known or (OTHER if _NAMED.match(left, end) else None)
