"""Why a message goes where it goes: the rules that were tried, what held and what did not, and what follows."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from router.model.calendar import Calendar
from router.model.commitment import DeadlineKind
from router.model.errors import PermanentError
from router.model.route import Route
from rules.checks import Check
from rules.engine import Rule, RuleBook, Verdict
from rules.examine import Examiner
from rules.facts import Facts

MOST_DECIDING = 8
STEP = "step "


@dataclass(frozen=True, slots=True)
class Tried:
    """A rule, and what it asked; it matched if all of that is so. `is_deciding`: reading stopped here."""

    rule: Rule
    check: Check
    is_deciding: bool = False

    @property
    def has_matched(self) -> bool:
        """Whether the rule holds."""
        return self.check.is_held


@dataclass(frozen=True, slots=True)
class Due:
    """Something that a route owes: `within` of the opening time of `calendar`, which is `at`.

    `zone` is the calendar's; `at` is None for what this message does not set running yet.
    """

    what: str
    within: timedelta
    calendar: str
    zone: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Trace:
    """The rules tried for a message, in order, and the verdict; `due` are its deadlines, steps and call as instants."""

    facts: Facts
    tried: tuple[Tried, ...]
    verdict: Verdict
    due: tuple[Due, ...]


def trace(book: RuleBook, facts: Facts) -> Trace:
    """Every rule of `book` up to the one that decides for `facts`, condition by condition, and what follows."""
    verdict = book.route(facts)
    return Trace(facts, tuple(_tried(book, facts)), verdict, tuple(_due(book, verdict.route, facts.now)))


def reasons(book: RuleBook, facts: Facts, matched: Sequence[str]) -> tuple[str, ...]:
    """What made the rules named in `matched` hold, the last one's first: for the timeline, at most eight lines."""
    examiner = Examiner(facts, book.calendars, is_brief=True)
    rules = (rule for rule in map(book.rule, reversed(matched)) if rule)
    found = (reason for rule in rules for reason in _deciding(rule, examiner))
    told: dict[str, None] = {}
    for reason in found:
        told[reason] = None
        if len(told) >= MOST_DECIDING:
            break
    return tuple(told)


def deciding(rule: Rule, facts: Facts, calendars: Mapping[str, Calendar]) -> tuple[str, ...]:
    """The few things that made a rule hold that matched, in short words: `text.any: «factura»`.

    What is merely not there (a word of `none`) is told only where nothing else speaks for the rule.
    """
    return _deciding(rule, Examiner(facts, calendars, is_brief=True))


def _deciding(rule: Rule, examiner: Examiner) -> tuple[str, ...]:
    found = list(_reasons(examiner.check(rule.when), is_held=True))
    told = [reason for reason in found if not reason.is_absence] or found
    return tuple(dict.fromkeys(reason.short for reason in told))[:MOST_DECIDING]


def _tried(book: RuleBook, facts: Facts) -> Iterator[Tried]:
    examiner = Examiner(facts, book.calendars)
    for rule in book.rules:
        check = examiner.check(rule.when)
        decides = check.is_held and rule.then.team is not None
        yield Tried(rule, check, decides)
        if decides:
            return


def _reasons(check: Check, *, is_held: bool) -> Iterator[Check]:
    """The checks without which `check` would not have come out as it did."""
    if check.label == "not":
        # What is denied is all of its parts together: one that fails is enough.
        yield from _some(check.parts, is_held=not is_held, needs_all=not is_held)
    elif check.parts:
        yield from _some(check.parts, is_held=is_held, needs_all=(check.label == "any") != is_held)
    elif check.label not in ("when", "all", "any"):
        yield check


def _some(parts: tuple[Check, ...], *, is_held: bool, needs_all: bool) -> Iterator[Check]:
    found = [part for part in parts if part.is_held == is_held]
    for part in found if needs_all else found[:1]:
        yield from _reasons(part, is_held=is_held)


def _due(book: RuleBook, route: Route, now: datetime) -> Iterator[Due]:
    def due(what: str, within: timedelta, calendar: str) -> Due:
        known = book.calendar(calendar)
        try:
            at = None if what == DeadlineKind.NEXT_REPLY else known.after(now, within)
        except PermanentError:
            # As where it runs: a calendar that is hardly ever open counts day and night.
            at = now + within
        return Due(what, within, calendar, known.zone, at)

    for target in route.targets:
        yield due(target.kind, target.within, target.calendar)
    if route.ladder:
        for number, step in enumerate(route.ladder.steps, start=1):
            yield due(f"{STEP}{number}", step.after, route.ladder.calendar)
    if route.callback and route.callback.within:
        yield due("callback", route.callback.within, route.callback.calendar)
