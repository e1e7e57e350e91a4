"""A condition in a form that an index can hold: alternatives, each of them clauses that must all hold.

A clause is a handful of questions, one of which must be answered with yes, or one of its other handful with no.
"""

from dataclasses import dataclass

from rules.conditions import All, Any, Condition, Not, Question

MOST_ALTERNATIVES = 64
MOST_QUESTIONS = 4_000


class TooComplex(ValueError):
    """A condition has too many alternatives: it is better written as several rules."""


@dataclass(frozen=True, slots=True)
class Clause:
    """Holds if one of `yes` is answered with yes, or one of `no` with no."""

    yes: tuple[Question, ...] = ()
    no: tuple[Question, ...] = ()


Alternative = tuple[Clause, ...]


def alternatives_of(condition: Condition) -> list[Alternative]:
    """The alternatives of `condition`: none if it never holds. Raises TooComplex."""
    return _alternatives(condition, is_asked=True)


def _alternatives(condition: Condition, *, is_asked: bool) -> list[Alternative]:
    # A book has ten thousands of these: what is asked for most comes first.
    if isinstance(condition, All | Any):
        inner = [_alternatives(part, is_asked=is_asked) for part in condition.parts]
        # What is not (a and b) is not a, or not b.
        return _each(inner) if isinstance(condition, All) == is_asked else _one(inner)
    if isinstance(condition, Not):
        return _alternatives(condition.part, is_asked=not is_asked)
    return [(Clause(yes=(condition,)) if is_asked else Clause(no=(condition,)),)]


def _each(inner: list[list[Alternative]]) -> list[Alternative]:
    """All of `inner` at once: every way to choose an alternative of each."""
    if all(len(part) == 1 for part in inner):
        return [tuple(dict.fromkeys(clause for part in inner for clause in part[0]))]
    chosen: list[Alternative] = [()]
    for part in inner:
        chosen = [before + more for before in chosen for more in part]
        _bound(chosen)
    return [tuple(dict.fromkeys(alternative)) for alternative in chosen]


def _one(inner: list[list[Alternative]]) -> list[Alternative]:
    """One of `inner`: what is a single clause each is one clause together, the others stay alternatives."""
    flat = [alternative for part in inner for alternative in part]
    if () in flat:
        return [()]
    single = [alternative[0] for alternative in flat if len(alternative) == 1]
    rest = [alternative for alternative in flat if len(alternative) > 1]
    if single:
        yes = dict.fromkeys(question for clause in single for question in clause.yes)
        no = dict.fromkeys(question for clause in single for question in clause.no)
        rest.insert(0, (Clause(tuple(yes), tuple(no)),))
    _bound(rest)
    return rest


def _bound(alternatives: list[Alternative]) -> None:
    if len(alternatives) < 2:
        return
    questions = sum(len(clause.yes) + len(clause.no) for alternative in alternatives for clause in alternative)
    if len(alternatives) > MOST_ALTERNATIVES or questions > MOST_QUESTIONS:
        raise TooComplex("this has too many alternatives at once: write it as several rules")
