"""What a reply or a note promises, with the dates that the policy makes; and the words in which it does."""

import re2
from msgspec.structs import replace

from router.core.guard.kinds import sentence_of
from router.core.guard.read import promises_in
from router.core.guard.sentences import Read
from router.core.step import Step
from router.model.decision import Decision
from router.model.finding import Finding

LONGEST = 200
_HOUR = re2.compile(r"\b(?:a las?|at) [0-9]")
_UNTIL = re2.compile(r"\b(?:antes|hasta|tardar|maximo|before|by|until|latest|entre|between|from|desde|de [0-9])\b")


def found_in(text: str, step: Step) -> tuple[Finding, ...]:
    """What a note, or what was typed as a promise, promises: for its author to confirm, and recorded by nobody else."""
    return tuple(sorted(promises_in(text, step), key=lambda each: (each.start, each.end)))


def with_found(decided: Decision, text: str, step: Step) -> Decision:
    """`decided`, with what `text` promises told to its author."""
    return replace(decided, outcome=replace(decided.outcome, found=found_in(text, step)))


def is_hour(phrase: str) -> bool:
    """Whether words of time name an hour at which something happens, not one by which it has."""
    low = Read.of(phrase).low
    return _HOUR.search(low) is not None and not _UNTIL.search(low)


def words_of(text: str, found: Finding) -> str:
    """The sentence around what was found, as the customer reads it."""
    start, end = sentence_of(text, found)
    return " ".join(text[start:end].split())[:LONGEST]
