"""Conditions that contradict each other: an alternative of a rule that holds for no message, and why."""

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from rules.clauses import Alternative
from rules.conditions import AtLeast, AtMost, Has, HasOneOf, Is, Question, Where, subject
from rules.proof.cover import Cover
from rules.proof.proofs import (
    MANY_VALUED,
    MOST_COMPARED,
    SWITCHES,
    Key,
    Literal,
    follows,
    is_sure,
    is_within,
    key_of,
    literals,
)
from rules.words import Term


class Clash(NamedTuple):
    """Two answers that are never given together; the second is None where the first is never given at all."""

    one: Literal
    other: Literal | None = None

    def __str__(self) -> str:
        if self.other is None:
            return f"{self.one} is never so"
        return f"{self.one} and {self.other} never go together"


def clash(alternative: Alternative) -> Clash | None:
    """Two things asked for by `alternative` that never hold together, if there are such."""
    clauses = [list(literals(clause)) for clause in alternative]
    subjects = Counter(subject(clause[0].question) for clause in clauses if clause)
    if len(subjects) == len(clauses) and all(one.is_yes for clause in clauses for one in clause[:1]):
        # Nothing is asked of one thing twice, as in most rules.
        return None
    given = Given()
    # What must not be there comes first, so that what must be is looked for among it.
    for one in sorted((clause[0] for clause in clauses if len(clause) == 1), key=lambda one: one.is_yes):
        against = given.against(one)
        if against:
            return Clash(one, against) if against is not one else Clash(one)
        given.add(one)
    several = [clause for clause in clauses if len(clause) > 1]
    return _refuted(several, given) or _apart(several)


class Given:
    """Answers that must be given, laid out so that what they rule out is found without comparing each with each."""

    def __init__(self) -> None:
        self._same: dict[tuple[Key, bool], Literal] = {}
        self._absent: dict[bool, Cover[tuple[Where, Literal]]] = {}
        self._words: list[Literal] = []
        self._is: dict[str, Literal] = {}
        self._is_not: dict[str, Literal] = {}
        self._bounds: dict[tuple[str, type[Question], bool], Literal] = {}

    def add(self, one: Literal) -> None:
        """Note that `one` must be so."""
        self._same[key_of(one.question), one.is_yes] = one
        match one.question:
            case Has(where, term) if not one.is_yes:
                self._cover(term).add(term, (where, one))
            case HasOneOf(where, _, terms) if not one.is_yes:
                for term in terms[:MOST_COMPARED]:
                    self._cover(term).add(term, (where, one))
            case Has() | HasOneOf() if len(self._words) < MOST_COMPARED:
                self._words.append(one)
            case Is(field):
                (self._is if one.is_yes else self._is_not)[field] = one
            case AtLeast(field) | AtMost(field):
                key = (field, type(one.question), one.is_yes)
                if key not in self._bounds or follows(one, self._bounds[key]):
                    self._bounds[key] = one

    def against(self, one: Literal) -> Literal | None:
        """An answer given before with which `one` is never so; `one` itself if it never is."""
        opposite = Literal(one.question, not one.is_yes)
        if is_sure(*opposite):
            return one
        same = self._same.get((key_of(one.question), not one.is_yes))
        if same:
            return same
        match one.question:
            case Has(where, term) if one.is_yes:
                return self._absence(where, term)
            case HasOneOf(where, _, terms) if one.is_yes:
                return self._absence_of_all(where, terms)
            case Has() | HasOneOf():
                return next((word for word in self._words if follows(word, opposite)), None)
            case Is(field):
                return self._other_value(field, opposite)
            case AtLeast(field) | AtMost(field):
                bounds = (self._bounds.get((field, kind, yes)) for kind in (AtLeast, AtMost) for yes in (True, False))
                return next((bound for bound in bounds if bound and follows(bound, opposite)), None)
        return None

    def _cover(self, term: Term) -> Cover[tuple[Where, Literal]]:
        return self._absent.setdefault(term.exact, Cover())

    def _absence(self, where: Where, term: Term) -> Literal | None:
        """What says that `term` is not there."""
        cover = self._absent.get(term.exact)
        absent = cover.over(term) if cover else ()
        return next((literal for there, literal in absent if is_within(where, there)), None)

    def _absence_of_all(self, where: Where, terms: Iterable[Term]) -> Literal | None:
        """What says that the last of `terms` is not there, if none of them is."""
        absence = None
        for term in terms:
            absence = self._absence(where, term)
            if absence is None:
                return None
        return absence

    def _other_value(self, field: str, opposite: Literal) -> Literal | None:
        if field in MANY_VALUED:
            return None
        known = [self._is.get(field), self._is_not.get(field) if field in SWITCHES else None]
        return next((value for value in known if value and follows(value, opposite)), None)


def _refuted(several: Iterable[list[Literal]], given: Given) -> Clash | None:
    """A clause of which each answer is ruled out by what must be."""
    for clause in several:
        against = None
        for one in clause:
            against = given.against(one)
            if against is None:
                break
        else:
            return Clash(clause[-1], against) if against is not clause[-1] else Clash(clause[-1])
    return None


def _apart(several: Iterable[list[Literal]]) -> Clash | None:
    """Two lists of values, asked of what has one value alone, that have none in common."""
    values: dict[str, set[str]] = {}
    first: dict[str, Literal] = {}
    for clause in several:
        found = [one.question for one in clause if one.is_yes and isinstance(one.question, Is)]
        fields = {question.field for question in found}
        if len(found) < len(clause) or len(fields) > 1 or fields & MANY_VALUED:
            continue
        (field,) = fields
        here = {question.value for question in found}
        values[field] = values.get(field, here) & here
        if not values[field]:
            return Clash(first[field], clause[0])
        first.setdefault(field, clause[0])
    return None
