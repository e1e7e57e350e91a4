"""The tests that stand beside the rules, each ready to be played."""

from collections.abc import Collection, Iterator

from rules.cases.case import Case
from rules.cases.cases_file import CaseEntry
from rules.cases.expect_file import ExpectEntry
from rules.document import Library
from rules.engine import DEFAULT
from rules.problems import SourceError, did_you_mean
from rules.source import Source

Path = tuple[str | int, ...]


def cases_in(library: Library) -> tuple[Case, ...]:
    """The cases of all files in their order; SourceError if one expects a rule that there is not."""
    names = [*(rule.name for rule in library.rules), DEFAULT]
    for document in library.documents:
        _refuse_unknown(document.source, document.content.tests, names)
    problems = [problem for document in library.documents for problem in document.source.sorted_problems()]
    if problems:
        raise SourceError(problems)
    return tuple(
        entry.case(document.source, number)
        for document in library.documents
        for number, entry in enumerate(document.content.tests)
    )


def _refuse_unknown(source: Source, entries: Collection[CaseEntry], names: Collection[str]) -> None:
    for path, name in _rules_expected(entries):
        if name not in names:
            source.add(source.place(*path), f"unknown rule `{name[:60]}`", did_you_mean(name, names))


def _rules_expected(entries: Collection[CaseEntry]) -> Iterator[tuple[Path, str]]:
    """Each name of a rule among the expectations, with its path in the file."""
    for number, entry in enumerate(entries):
        if entry.expect:
            yield from _rules_of(entry.expect, ("tests", number))
        for place, step in enumerate(entry.story or ()):
            if step.expect:
                yield from _rules_of(step.expect, ("tests", number, "story", place))


def _rules_of(expected: ExpectEntry, path: Path) -> Iterator[tuple[Path, str]]:
    if expected.rule is not None:
        yield (*path, "expect", "rule"), expected.rule
    for number, name in enumerate(expected.matched or ()):
        yield (*path, "expect", "matched", number), name
