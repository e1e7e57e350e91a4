"""What became of the tests, for a person to read: a line for each file, then each failure, the coverage, the sum."""

import textwrap
from collections.abc import Iterator, Sequence
from itertools import groupby

from router.rules_cli.trace_lines import WIDTH, Line, Styled, shown
from rules.cases.case import Case, GivenTo, Happening, Passed, Replied, Written
from rules.cases.results import Coverage, Difference, Failure, Result
from rules.checks import Check, cut, duration_words, one_line
from rules.engine import RuleBook
from rules.explain import Tried, deciding, trace
from rules.facts import Facts

LONGEST_VALUE = 2000


def report(results: Sequence[Result], book: RuleBook, covered: Coverage | None) -> str:
    """All of it, with colours; of `covered` nothing is told where it is None."""
    blocks = [list(map(shown, _files(results)))]
    blocks += [list(failure_lines(result, result.failure, book)) for result in results if result.failure]
    end = _wrapped(_coverage(covered), "  ", may_break=False) if covered else ()
    blocks += [[*map(shown, end), shown((_summary(results),))]]
    return "\n\n".join("\n".join(block) for block in blocks if block)


def failure_lines(result: Result, failure: Failure, book: RuleBook) -> Iterator[str]:
    """What did not go as expected, what was expected, and why the rules said what they said; with colours."""
    return map(shown, _failure(result, failure, book))


def _summary(results: Sequence[Result]) -> str | Styled:
    """How many passed, and how many failed."""
    if not results:
        return "no tests: write them under `tests:` beside the rules"
    failed = sum(result.failure is not None for result in results)
    passed = f"{len(results) - failed} passed"
    return Styled(f"{passed}, {failed} failed", fg="red") if failed else Styled(passed, fg="green")


def _coverage(covered: Coverage) -> str:
    """The share of the rules that tests reached, and the names of the others."""
    names = ", ".join(f"{rule.name} ({rule.place})" for rule in covered.unreached)
    rest = f"; no test reached: {names}" if names else ""
    return f"coverage {covered.reached} of {covered.total} rules ({covered.percent} %){rest}"


def _failure(result: Result, failure: Failure, book: RuleBook) -> Iterator[Line]:
    yield from _wrapped(f"FAILED {result.case.place}: {result.case.name}", "  ", may_break=False, is_title=True)
    if len(result.case.steps) > 1:
        where = f"step {failure.number} of {len(result.case.steps)}, line {failure.step.line}"
        yield from _wrapped(f"  {where}: {_words(failure.step.happening)}", "    ")
    if failure.impossible:
        yield from _wrapped(f"  {failure.impossible}", "    ")
    width = max((len(difference.key) for difference in failure.differences), default=0)
    for difference in failure.differences:
        expected, actual = (cut(value, LONGEST_VALUE) for value in _values(result.case, difference))
        yield from _wrapped(f"  {difference.key:<{width}}  expected  {expected}", " " * (width + 14))
        yield from _wrapped(f"  {'':<{width}}  actual    {actual}", " " * (width + 14))
    if failure.situation and failure.situation.seen:
        yield from _trace(failure, failure.situation.seen, book)


def _values(case: Case, difference: Difference) -> tuple[str, str]:
    """What was expected and what is; the last of them that is an instant says whose clock shows it."""
    expected, actual = difference.expected, difference.actual
    if difference.key != "callback" and not difference.key.startswith("deadlines."):
        return expected, actual
    zone = " (UTC, as no other `zone` is given)" if case.zone == "UTC" else f" ({case.zone})"
    if actual[:1].isdigit():
        return expected, actual + zone
    return (expected + zone if expected[:1].isdigit() else expected), actual


def _files(results: Sequence[Result]) -> Iterator[Line]:
    """A line for each file that holds tests."""
    by_file = [(name, list(each)) for name, each in groupby(results, lambda result: result.case.place.file)]
    width = max((len(name) for name, _ in by_file), default=0)
    for name, each in by_file:
        yield f"{name:<{width}}  ", _summary(each)


def _trace(failure: Failure, seen: Facts, book: RuleBook) -> Iterator[Line]:
    """The rules that matched the latest message and why, those that were expected to and why not, and the others."""
    found = trace(book, seen)
    yield (f"  the rules tried for {_quoted(seen.text or seen.subject)}:",)
    wanted = _rules_wanted(failure)
    told = [tried for tried in found.tried if tried.has_matched or tried.rule.name in wanted]
    for tried in told:
        yield from _wrapped(f"    {_tried(tried, seen, book)}", "      ", may_break=False)
    for name in sorted(wanted - {tried.rule.name for tried in found.tried}):
        yield from _wrapped(f"    not tried    {name}: a rule above it decides", "      ")
    others = len(found.tried) - len(told)
    if others:
        yield (f"    {others} other{'s' * (others != 1)} did not match",)


def _rules_wanted(failure: Failure) -> set[str]:
    """The rules that are expected and did not do so."""
    expected, situation = failure.step.expected, failure.situation
    known = set(situation.matched) if situation else set()
    names = (expected.rule, *expected.matched) if expected else ()
    return {name for name in names if name and name not in known}


def _tried(tried: Tried, seen: Facts, book: RuleBook) -> str:
    name = f"{tried.rule.name} ({tried.rule.place})"
    if not tried.has_matched:
        return f"not matched  {name}  {cut(_why_not(tried.check).words, LONGEST_VALUE)}"
    why = "; ".join(deciding(tried.rule, seen, book.calendars))
    return f"{'decides' if tried.is_deciding else 'matched':<11}  {name}  {cut(why, LONGEST_VALUE)}"


def _why_not(check: Check) -> Check:
    """The first question whose answer kept the rule from matching."""
    while check.parts:
        check = next((part for part in check.parts if not part.is_held), check.parts[0])
    return check


def _words(happening: Happening | None) -> str:
    """A step in the words of the rules' file."""
    match happening:
        case None:
            return "expect"
        case Written(text=text, subject=subject):
            return f"message {_quoted(text or subject)}"
        case Replied(text):
            return f"reply {_quoted(text)}"
        case GivenTo(team):
            return f"transfer {team}"
        case Passed(duration):
            return f"after {duration_words(duration)}"
    return str(happening)


def _quoted(text: str) -> str:
    return f"«{one_line(text)}»" if text else "a message without text"


def _wrapped(text: str, indent: str, *, may_break: bool = True, is_title: bool = False) -> Iterator[Line]:
    """`text` in lines of at most 100 columns; unless it `may_break`, a path that is longer stays whole."""
    for line in textwrap.wrap(
        text, WIDTH, subsequent_indent=indent, break_on_hyphens=False, break_long_words=may_break
    ):
        yield (Styled(line, fg="red", bold=True) if is_title else line,)
