"""What follows from an answer for another: never a guess, so that whatever `lint.py` says of a rule is so.

What is not known here (how two regular expressions or two calendars go together) is not said to follow.
"""

from collections.abc import Iterator
from math import ceil, floor
from typing import NamedTuple

from router.model.commitment import ALWAYS
from rules.asking import CONTACTS, LENGTHS
from rules.clauses import Clause
from rules.conditions import AtLeast, AtMost, Finds, Has, HasOneOf, Is, IsOpen, Question, Where

SWITCHES = frozenset({"public", "conversation.new", "conversation.reopened"})
MANY_VALUED = frozenset({"customer.tags", "conversation.tags"})
MOST_COMPARED = 200

Key = tuple[str | float | bool | None, ...]


class Literal(NamedTuple):
    """An answer to a question."""

    question: Question
    is_yes: bool

    def __str__(self) -> str:
        match self:
            case Literal(Has(where, term)):
                return f"{'' if self.is_yes else 'no '}`{term.written}` in the {where}"
            case Literal(HasOneOf(where, name)):
                return f"{'' if self.is_yes else 'no '}`{name}` in the {where}"
            case Literal(Finds(_, pattern)):
                return f"{'a' if self.is_yes else 'no'} match of `{pattern[:60]}`"
            case Literal(Is(field, value)):
                return f"{'' if self.is_yes else 'not '}`{field}: {value[:60]}`"
            case Literal(AtLeast(field, bound)):
                return f"`{field.split()[0]}` {'at least' if self.is_yes else 'less than'} {bound:g}"
            case Literal(AtMost(field, bound)):
                return f"`{field.split()[0]}` {'at most' if self.is_yes else 'more than'} {bound:g}"
            case Literal(IsOpen(calendar)):
                return f"`{calendar}` {'open' if self.is_yes else 'closed'}"
        raise AssertionError(self.question)


def literals(clause: Clause) -> Iterator[Literal]:
    """The answers of which `clause` asks for one."""
    for question in clause.yes:
        yield Literal(question, True)
    for question in clause.no:
        yield Literal(question, False)


def key_of(question: Question) -> Key:
    """What tells a question from others that ask for something else, quick to compare."""
    match question:
        case Has(where, term):
            return where, term.sought, term.exact
        case HasOneOf(where, name, terms):
            return where, name, terms[0].exact, ""
        case Finds(where, pattern, exact):
            return where, pattern, exact, None
        case Is(field, value):
            return field, value
        case AtLeast(field, bound):
            return field, bound, ">="
        case AtMost(field, bound):
            return field, bound, "<="
        case IsOpen(calendar):
            return (calendar,)


def follows(one: Literal, other: Literal) -> bool:
    """Whether `other` is so whenever `one` is."""
    match one.is_yes, other.is_yes:
        case True, True:
            return _entails(one.question, other.question)
        case True, False:
            return _excludes(one.question, other.question)
        case False, False:
            return _entails(other.question, one.question)
        case _:
            return _leaves(one.question, other.question)


def is_sure(question: Question, is_yes: bool) -> bool:
    """Whether the answer is the same for every message."""
    if isinstance(question, IsOpen):
        return is_yes and question.calendar == ALWAYS
    return is_yes and isinstance(question, AtLeast) and question.bound <= 0 and _is_count(question.field)


def _entails(one: Question, other: Question) -> bool:
    """Whether a yes to `other` follows from a yes to `one`."""
    match one, other:
        case Has(where, term), Has(there, wider):
            return is_within(where, there) and term.exact == wider.exact and wider.sought in term.sought
        case HasOneOf(where, name, terms), HasOneOf(there, wider_name, others):
            is_same = name == wider_name and terms[0].exact == others[0].exact
            return is_same and is_within(where, there)
        case Has(where, term), HasOneOf(there, _, terms) if len(terms) <= MOST_COMPARED:
            return any(_entails(one, Has(there, wider)) for wider in terms) and is_within(where, there)
        case HasOneOf(where, _, terms), Has() if len(terms) <= MOST_COMPARED:
            return all(_entails(Has(where, term), other) for term in terms)
        case AtLeast(field, bound), AtLeast(same, lower):
            return field == same and bound >= lower
        case AtMost(field, bound), AtMost(same, higher):
            return field == same and bound <= higher
        case _:
            return type(one) is type(other) and not isinstance(one, HasOneOf) and one == other


def _excludes(one: Question, other: Question) -> bool:
    """Whether a no to `other` follows from a yes to `one`."""
    match one, other:
        case Is(field, value), Is(same, another):
            return field == same and value != another and field not in MANY_VALUED
        case (AtLeast(field, lower), AtMost(same, upper)) | (AtMost(field, upper), AtLeast(same, lower)):
            return field == same and _up(field, lower) > _down(field, upper)
        case _:
            return False


def _leaves(one: Question, other: Question) -> bool:
    """Whether a yes to `other` follows from a no to `one`."""
    match one, other:
        case Is(field, value), Is(same, another):
            return field == same and value != another and field in SWITCHES
        case AtLeast(field, bound), AtMost(same, upper):
            return field == same and _is_count(field) and upper >= ceil(bound) - 1
        case AtMost(field, bound), AtLeast(same, lower):
            return field == same and _is_count(field) and lower <= floor(bound) + 1
        case _:
            return False


def is_within(where: Where, there: Where) -> bool:
    """Whether what stands `where` stands `there` too: the subject is part of the text."""
    return where is there or there is Where.TEXT


def _is_count(field: str) -> bool:
    """Whether `field` is a whole number that is always known (a customer's followers and a team may not be)."""
    return field in ("attachments", "conversation.messages") or field.startswith(CONTACTS)


def _up(field: str, bound: float) -> float:
    return bound if field in LENGTHS else ceil(bound)


def _down(field: str, bound: float) -> float:
    return bound if field in LENGTHS else floor(bound)
