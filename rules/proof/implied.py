"""What follows from a clause for all others, looked up rather than compared pair by pair."""

from collections import defaultdict
from collections.abc import Iterable

from rules.asking import FALSE, TRUE
from rules.clauses import Alternative, Clause
from rules.conditions import AtLeast, AtMost, Has, HasOneOf, Is, IsOpen, Question, Where, subject
from rules.proof.cover import Cover
from rules.proof.proofs import MOST_COMPARED, SWITCHES, Literal, follows, is_sure, is_within, key_of
from rules.words import Term

# Bounds of one number, or values that one thing is not; a book has a handful, and what is beyond is not compared.
MOST_ABOUT_ONE = 50
MAYBE_SURE = (IsOpen, AtLeast)

Numbers = frozenset[int]


class Clauses:
    """Every clause once, by number, and every answer in them likewise."""

    def __init__(self) -> None:
        self.literals: list[Literal] = []
        self.clauses: list[Numbers] = []
        self._literals: dict[object, int] = {}
        self._clauses: dict[Numbers, int] = {}

    def numbers(self, alternative: Alternative) -> Numbers:
        """The numbers of the clauses of `alternative`, without those that always hold."""
        found = (self._clause(clause) for clause in alternative)
        return frozenset(number for number in found if number >= 0)

    def _clause(self, clause: Clause) -> int:
        found = []
        for question in clause.yes:
            if type(question) in MAYBE_SURE and is_sure(question, True):
                return -1
            found.append(self._literal(question, True))
        for question in clause.no:
            switched = _switched(question)
            found.append(self._literal(switched or question, switched is not None))
        members = frozenset(found)
        number = self._clauses.setdefault(members, len(self.clauses))
        if number == len(self.clauses):
            self.clauses.append(members)
        return number

    def _literal(self, question: Question, is_yes: bool) -> int:
        number = self._literals.setdefault((key_of(question), is_yes), len(self.literals))
        if number == len(self.literals):
            self.literals.append(Literal(question, is_yes))
        return number


class Implied:
    """What follows from a clause: the clauses, of those `wanted`, that hold whenever it does."""

    def __init__(self, known: Clauses, wanted: Iterable[int]) -> None:
        self._known = known
        self._of_clause: dict[int, Numbers] = {}
        self._of_literal: dict[int, Numbers] = {}
        self._with: defaultdict[int, set[int]] = defaultdict(set)
        for clause in wanted:
            for literal in known.clauses[clause]:
                self._with[literal].add(clause)
        # For texts as they are folded (False) and as they were written.
        self._words: dict[bool, Cover[tuple[Where, int]]] = {False: Cover(), True: Cover()}
        self._lists: dict[bool, Cover[str]] = {False: Cover(), True: Cover()}
        self._named: defaultdict[tuple[str, bool], list[tuple[Where, int]]] = defaultdict(list)
        self._about: defaultdict[str, list[int]] = defaultdict(list)
        self._wider: defaultdict[int, set[int]] = defaultdict(set)
        absent: dict[bool, Cover[tuple[Where, int]]] = {False: Cover(), True: Cover()}
        for number, (question, is_yes) in enumerate(known.literals):
            if isinstance(question, Has) and not is_yes:
                absent[question.term.exact].add(question.term, (question.where, number))
        for number in self._with:
            self._sort(number, absent)

    def clauses(self, number: int) -> Numbers:
        """What follows from the clause `number`."""
        found = self._of_clause.get(number)
        if found is None:
            each = iter(self._known.clauses[number])
            found = self._literal(next(each, -1))
            for literal in each:
                if not found:
                    break
                found &= self._literal(literal)
            self._of_clause[number] = found
        return found

    def _sort(self, number: int, absent: dict[bool, Cover[tuple[Where, int]]]) -> None:
        """Lay out the answer `number`, which is asked for, by what it may follow from."""
        question, is_yes = self._known.literals[number]
        match question:
            case Has(where, term) if is_yes:
                self._words[term.exact].add(term, (where, number))
            case Has(where, term):
                for there, narrower in absent[term.exact].over(term):
                    if is_within(where, there):
                        self._wider[narrower].add(number)
            case HasOneOf(where, name, terms) if is_yes:
                exact = terms[0].exact
                if (name, exact) not in self._named:
                    for term in terms:
                        self._lists[exact].add(term, name)
                self._named[name, exact].append((where, number))
            case Is() | AtLeast() | AtMost():
                about = self._about[subject(question)]
                if (not is_yes or not isinstance(question, Is)) and len(about) < MOST_ABOUT_ONE:
                    about.append(number)

    def _literal(self, number: int) -> Numbers:
        found = self._of_literal.get(number)
        if found is None:
            found = self._of_literal[number] = frozenset(self._following(number))
        return found

    def _following(self, number: int) -> set[int]:
        if number < 0:
            return set()
        literal = self._known.literals[number]
        found = {number, *self._wider.get(number, ())}
        match literal:
            case Literal(Has(where, term), True):
                return self._asking(found) | self._word(where, term)
            case Literal(HasOneOf(where, _, terms), True) if len(terms) <= MOST_COMPARED:
                return self._asking(found) | set.intersection(*(self._word(where, term) for term in terms))
            case Literal(Is() | AtLeast() | AtMost() as question):
                others = self._about.get(subject(question), ())
                found.update(other for other in others if follows(literal, self._known.literals[other]))
        return self._asking(found)

    def _word(self, where: Where, term: Term) -> set[int]:
        """The clauses that hold whenever `term` stands there."""
        found = [other for there, other in self._words[term.exact].over(term) if is_within(where, there)]
        for name in self._lists[term.exact].over(term):
            found += [other for there, other in self._named[name, term.exact] if is_within(where, there)]
        return self._asking(found)

    def _asking(self, numbers: Iterable[int]) -> set[int]:
        return {clause for number in numbers for clause in self._with.get(number, ())}


def _switched(question: Question) -> Question | None:
    """The question whose yes is a no to `question`, if that asks for what is either true or false."""
    if isinstance(question, Is) and question.field in SWITCHES:
        return Is(question.field, FALSE if question.value == TRUE else TRUE)
    return None
