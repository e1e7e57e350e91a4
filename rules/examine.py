"""Whether a condition holds, question by question, and what was found: for people who ask why.

Routing does not read conditions so: `compile.py` asks those of all rules at once, and comes to the same answers.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from router.model.calendar import Calendar
from rules.asking import CONTACTS, LENGTHS, number_of, values_of
from rules.checks import SHOWN_WORDS, Check, duration_words, one_line, shortened
from rules.conditions import All, Any, AtLeast, AtMost, Condition, Finds, Has, HasOneOf, Is, IsOpen, Not, Where
from rules.facts import Facts
from rules.reading import Reading
from rules.regexes import finder
from rules.words import Term

GROUPS = frozenset({"when", "all", "any"})
NOTHING = "nothing of it"
UNKNOWN_VALUE = "not known"


class Examiner:
    """Asks about one message; `is_brief` leaves out what was asked for and tells only what was found."""

    def __init__(self, facts: Facts, calendars: Mapping[str, Calendar], *, is_brief: bool = False) -> None:
        self._facts = facts
        self._reading = Reading(facts)
        self._calendars = calendars
        self._is_brief = is_brief
        self._known: dict[str, frozenset[str]] = {}

    def check(self, condition: Condition) -> Check:
        """Whether `condition` holds, with all that it asks."""
        match condition:
            case Not(Any(parts, label)) if label not in GROUPS:
                return self._leaf(label, parts, is_negated=True)
            case Not(part):
                inner = self.check(part)
                return Check("not", not inner.is_held, parts=inner.parts if inner.label == "when" else (inner,))
            case All(parts, label) if label not in GROUPS:
                return self._leaf(label, parts, needs_all=True)
            case Any(parts, label) if label not in GROUPS:
                return self._leaf(label, parts)
            case All(parts, label) | Any(parts, label):
                found = tuple(map(_unwrapped, map(self.check, parts)))
                holds = all if isinstance(condition, All) else any
                return Check(label, holds(each.is_held for each in found), parts=found)
            case question:
                return self._leaf(_label(question), (question,))

    def _leaf(
        self, label: str, questions: Sequence[Condition], *, needs_all: bool = False, is_negated: bool = False
    ) -> Check:
        """What is asked under one key of the rules' file, which is questions of one kind."""
        answers = self._answers(questions)
        is_held = (all if needs_all else any)(answers) != is_negated
        first = questions[0]
        if isinstance(first, Has | HasOneOf | Finds):
            found = self._words_found(questions, answers, needs_all=needs_all)
            asked = () if self._is_brief else tuple(map(_written, questions))
            return Check(label, is_held, asked, found, is_absence=is_held == is_negated)
        if isinstance(first, IsOpen):
            return Check(label, is_held, found=", ".join(map(_open_words, questions, answers)))
        if isinstance(first, AtLeast | AtMost):
            return Check(label, is_held, (_bound(first),), self._number(first))
        values = tuple(values_of(first.field)(self._facts)) if isinstance(first, Is) else ()
        asked = tuple(question.value for question in questions if isinstance(question, Is))
        return _value_check(label, is_held, asked, values, is_negated=is_negated)

    def _answers(self, questions: Sequence[Condition]) -> list[bool]:
        # Rules ask for words by the hundred: those of one key are looked for together.
        terms = [question.term for question in questions if isinstance(question, Has)]
        if len(terms) == len(questions) and isinstance(questions[0], Has):
            return self._reading.has_each(questions[0].where, terms)
        return [self._answer(question) for question in questions]

    def _values(self, field: str) -> frozenset[str]:
        values = self._known.get(field)
        if values is None:
            values = self._known[field] = frozenset(values_of(field)(self._facts))
        return values

    def _answer(self, question: Condition) -> bool:
        facts = self._facts
        match question:
            case Has(where, term):
                return self._reading.has_each(where, (term,))[0]
            case HasOneOf(where, _, terms):
                return any(self._reading.has_each(where, terms))
            case Finds(where, pattern, exact):
                return bool(finder(pattern).search(self._reading.searched(where, exact=exact)))
            case Is(field, value):
                return value in self._values(field)
            case AtLeast(field, bound):
                number = number_of(field)(facts)
                return number is not None and number >= bound
            case AtMost(field, bound):
                number = number_of(field)(facts)
                return number is not None and number <= bound
            case IsOpen(calendar):
                return self._calendars[calendar].is_open(facts.now)
            case _:
                return self.check(question).is_held

    def _words_found(self, questions: Sequence[Condition], answers: Sequence[bool], *, needs_all: bool) -> str:
        missing = [_written(question) for question, answer in zip(questions, answers, strict=True) if not answer]
        if needs_all and missing:
            return f"not there: {shortened(missing)}"
        there = [question for question, answer in zip(questions, answers, strict=True) if answer]
        # Spotting a word goes through the whole message: it is done for those that are shown.
        looked_for = there[: SHOWN_WORDS + 1]
        return shortened(dict.fromkeys(map(self._spotted, looked_for)), len(there) - len(looked_for)) or NOTHING

    def _spotted(self, question: Condition) -> str:
        """What stands in the message, as the customer wrote it where that can be told."""
        match question:
            case Has(where, term):
                return f"«{self._as_written(where, term)}»"
            case HasOneOf(where, name, terms):
                term = terms[self._reading.has_each(where, terms).index(True)]
                return f"«{self._as_written(where, term)}» ({name})"
            case Finds(where, pattern, exact):
                found = finder(pattern).search(self._reading.searched(where, exact=exact))
                return f"«{one_line(found.group(0))}»"
            case _:
                return ""

    def _as_written(self, where: Where, term: Term) -> str:
        words, length = self._reading.kept_words(where, exact=term.exact), len(term.words)
        for place in range(len(words) - length + 1):
            part = words[place : place + length]
            last = part[-1].startswith(term.words[-1]) if term.is_beginning else part[-1] == term.words[-1]
            if last and part[:-1] == list(term.words[:-1]):
                original = self._reading.kept_words(where, exact=True)
                return one_line(" ".join(original[place : place + length] if len(original) == len(words) else part))
        return term.written

    def _number(self, question: AtLeast | AtMost) -> str:
        number = number_of(question.field)(self._facts)
        return UNKNOWN_VALUE if number is None else _amount(question.field, number)


def _unwrapped(check: Check) -> Check:
    """A `when` within another that asks one thing is that thing."""
    return check.parts[0] if check.label == "when" and len(check.parts) == 1 else check


def _label(question: Condition) -> str:
    match question:
        case Is(field) | AtLeast(field) | AtMost(field):
            if field.startswith(CONTACTS):
                return f"contacts in {duration_words(timedelta(seconds=float(field.removeprefix(CONTACTS))))}"
            return field
        case Has(where) | HasOneOf(where) | Finds(where):
            return str(where)
        case _:
            return "hours"


def _value_check(
    label: str, is_held: bool, asked: tuple[str, ...], values: tuple[str, ...], *, is_negated: bool
) -> Check:
    """What something is: of what was asked the part that is there, else all that it is."""
    there = [value for value in values if value in asked]
    is_tags = ".tags" in label
    otherwise = "none" if is_tags else UNKNOWN_VALUE
    found = shortened(there if there else values) or otherwise
    return Check(
        label, is_held, asked, found, joint=": " if is_tags else " is ", is_absence=is_tags and is_held == is_negated
    )


def _written(question: Condition) -> str:
    """What is looked for, as the rules' file has it."""
    match question:
        case Has(_, term):
            return term.written
        case HasOneOf(_, name):
            return name
        case Finds(_, pattern):
            return pattern
        case _:
            return ""


def _bound(question: AtLeast | AtMost) -> str:
    side = "at least" if isinstance(question, AtLeast) else "at most"
    return f"{side} {_amount(question.field, question.bound)}"


def _amount(field: str, number: float) -> str:
    if field in LENGTHS:
        return duration_words(timedelta(seconds=number))
    return f"{number:,.0f}" if float(number).is_integer() else f"{number:g}"


def _open_words(question: Condition, is_open: bool) -> str:
    name = question.calendar if isinstance(question, IsOpen) else ""
    return f"{name} is {'open' if is_open else 'closed'}"
