"""Rules in the shadow of an earlier one with a team, which takes every message that they would match.

Only what follows clause by clause is found: each clause of the earlier rule from one clause of the later. The cost
grows with the rules, not with their pairs: of each earlier rule's clauses the rarest alone leads to it.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence

from rules.clauses import Alternative
from rules.engine import Rule
from rules.proof.clash import clash
from rules.proof.implied import Clauses, Implied, Numbers

MOST_CHECKS = 1_000_000

NONE: Numbers = frozenset()


def shadowed(rules: Sequence[Rule], alternatives: Sequence[Sequence[Alternative]]) -> Iterator[tuple[int, int]]:
    """The numbers of rules that never match, each with the number of the first rule that takes all it would match."""
    known = Clauses()
    # An alternative that never holds needs nobody to take its messages; of a single one that is told as a mistake.
    asked = [[known.numbers(one) for one in each if len(each) == 1 or not clash(one)] for each in alternatives]
    takers = _Takers(known, [(number, asked[number]) for number, rule in enumerate(rules) if rule.then.team])
    for number, each in enumerate(asked):
        first = takers.first(number, each)
        if first is not None:
            yield number, first


class _Takers:
    """The rules with a team, to be found by what they ask for."""

    def __init__(self, known: Clauses, rules: Sequence[tuple[int, list[Numbers]]]) -> None:
        counts = Counter(number for _, each in rules for needed in each for number in needed)
        self._implied = Implied(known, counts)
        self._by_rarest: defaultdict[int, list[tuple[int, Numbers]]] = defaultdict(list)
        self._always: int | None = None
        self._checks = 0
        for rule, each in rules:
            for needed in each:
                if needed:
                    self._by_rarest[min(needed, key=counts.__getitem__)].append((rule, needed))
                elif self._always is None:
                    self._always = rule

    def first(self, number: int, each: Iterable[Numbers]) -> int | None:
        """The first rule before `number` that holds whenever one of the alternatives `each` does."""
        found: set[int] | None = None
        for clauses in each:
            here = set(self._before(number, clauses))
            found = here if found is None else found & here
            if not found:
                return None
        return min(found) if found else None

    def _before(self, number: int, clauses: Numbers) -> Iterator[int]:
        if self._always is not None and self._always < number:
            yield self._always
        implied = NONE.union(*map(self._implied.clauses, clauses))
        for clause in implied:
            for rule, needed in self._by_rarest.get(clause, ()):
                self._checks += 1
                if rule >= number or self._checks > MOST_CHECKS:
                    break
                if needed <= implied:
                    yield rule
