"""What became of the tests beside the rules, and which rules they reached."""

from collections.abc import Iterable
from dataclasses import dataclass

from rules.cases.case import Case, Situation, Step
from rules.engine import Rule


@dataclass(frozen=True, slots=True)
class Difference:
    """One expectation that did not hold, in words."""

    key: str
    expected: str
    actual: str


@dataclass(frozen=True, slots=True)
class Failure:
    """The step (its number counts from 1) that did not go as expected: the differences, or why it was impossible."""

    number: int
    step: Step
    differences: tuple[Difference, ...] = ()
    impossible: str = ""
    situation: Situation | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a case: the first step that failed, if one did, and the rules that matched on the way."""

    case: Case
    failure: Failure | None
    reached: frozenset[str]


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many of the rules were among the matched of some message, and which never were."""

    total: int
    unreached: tuple[Rule, ...]

    @property
    def reached(self) -> int:
        """How many were reached."""
        return self.total - len(self.unreached)

    @property
    def percent(self) -> int:
        """The share of those reached, rounded down, so that 100 means all; without any rule it is 100."""
        return self.reached * 100 // self.total if self.total else 100

    def is_under(self, percent: int) -> bool:
        """Whether fewer than `percent` of a hundred were reached."""
        return self.reached * 100 < self.total * percent


def coverage(rules: Iterable[Rule], results: Iterable[Result]) -> Coverage:
    """The coverage of `rules` by the cases behind `results`."""
    known = tuple(rules)
    reached = {name for result in results for name in result.reached}
    return Coverage(len(known), tuple(rule for rule in known if rule.name not in reached))
