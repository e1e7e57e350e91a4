"""All rules at once: for each answer, the rules that it satisfies, as the bits of one number.

A rule's conditions are clauses (`clauses.py`), each in a slot. A message's true answers set bits in the slots; a rule
holds where each of its slots has its bit, or where it has no clause there. The cost hardly grows with the rules: a
message has as many words as it has, and a slot costs one operation on a long number.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from router.model.calendar import Calendar
from rules.asking import number_of, values_of
from rules.clauses import Alternative, Clause
from rules.conditions import AtLeast, AtMost, Finds, Has, HasOneOf, Is, IsOpen, Question, Where, subject
from rules.facts import Facts
from rules.marks import Marks, merged, number_of_bits
from rules.needed_words import needed_word
from rules.reading import Reading
from rules.regexes import PatternSet
from rules.vocabulary import Vocabulary
from rules.words import Term

MINUTES_KEPT = 2_000
NEEDED = "needed words"


class Index:
    """Which of many conditions hold for a message."""

    def __init__(self, conditions: Sequence[Sequence[Alternative]], calendars: Mapping[str, Calendar]) -> None:
        """Of each of `conditions` its alternatives."""
        self._calendars = calendars
        self._owners: list[int] = []
        layout = _Layout()
        for number, alternatives in enumerate(conditions):
            for alternative in alternatives:
                layout.place(alternative, len(self._owners))
                self._owners.append(number)
        self._size = len(layout.names) + 2
        self._needed = layout.names.get((NEEDED, 0, 0))
        self._all = (1 << len(self._owners)) - 1
        self._slots = layout.slots(self._all)
        self._with_patterns = layout.with_patterns()
        self._minutes: dict[datetime, Marks] = {}
        self._sort(layout.marks())

    def _sort(self, marks: Mapping[Question, Marks]) -> None:
        """Lay the questions out by how their answers are found."""
        values: defaultdict[str, dict[str, Marks]] = defaultdict(dict)
        words: defaultdict[tuple[Where, bool], list[tuple[Has | HasOneOf, Marks]]] = defaultdict(list)
        patterns: defaultdict[tuple[Where, bool], list[tuple[str, Marks]]] = defaultdict(list)
        numbers: defaultdict[str, list[tuple[AtLeast | AtMost, Marks]]] = defaultdict(list)
        self._open: list[tuple[Calendar, Marks]] = []
        for question, found in marks.items():
            match question:
                case Is(field, value):
                    values[field][value] = found
                case Has(where, term):
                    words[where, term.exact].append((question, found))
                case HasOneOf(where, exact=exact):
                    words[where, exact].append((question, found))
                case Finds(where, pattern, exact):
                    patterns[where, exact].append((pattern, found))
                case AtLeast(field) | AtMost(field):
                    numbers[field].append((question, found))
                case IsOpen(calendar):
                    self._open.append((self._calendars[calendar], found))
        self._values = [(values_of(field), by_value) for field, by_value in values.items()]
        self._numbers = [(number_of(field), Steps(questions)) for field, questions in numbers.items()]
        self._words = [(*where, Vocabulary(questions)) for where, questions in words.items()]
        self._patterns = [(*where, PatternSet(questions, exact=where[1])) for where, questions in patterns.items()]

    def matching(self, reading: Reading) -> int:
        """The conditions that hold, as bits; `owner` tells which condition a bit belongs to."""
        facts = reading.facts
        hits = [0] * self._size
        for values, by_value in self._values:
            for value in values(facts):
                for place, bits in by_value.get(value, ()):
                    hits[place] |= bits
        for number, steps in self._numbers:
            for place, bits in steps.marks(number(facts)):
                hits[place] |= bits
        if self._open:
            for place, bits in self._open_at(facts):
                hits[place] |= bits
        for where, exact, vocabulary in self._words:
            for place, bits in vocabulary.marks(reading.words(where, exact=exact)):
                hits[place] |= bits
        if self._needed is not None and reading.has_foreign_letters:
            # RE2's `\b` takes letters beyond ASCII for none: what it calls a word need not be one of ours.
            hits[self._needed] = self._all
        alive = self._left(self._all, hits, self._slots[0])
        if not alive & self._with_patterns:
            return alive
        for where, exact, patterns in self._patterns:
            for place, bits in patterns.marks(reading.searched(where, exact=exact)):
                hits[place] |= bits
        return self._left(alive, hits, self._slots[1])

    def _left(self, alive: int, hits: list[int], slots: Iterable["Slot"]) -> int:
        """Those of `alive` that each of `slots` lets pass."""
        alive &= ~(hits[-1] | hits[-2])
        for place, free, against in slots:
            passed = hits[place] | free
            for other, members in against:
                passed |= members & ~hits[other]
            alive &= passed
            if not alive:
                return 0
        return alive

    def owner(self, bit: int) -> int:
        """The number of the condition that the bit belongs to."""
        return self._owners[bit]

    def bits(self, numbers: Iterable[int]) -> int:
        """The bits of those conditions."""
        wanted = frozenset(numbers)
        return number_of_bits(bit for bit, owner in enumerate(self._owners) if owner in wanted)

    def _open_at(self, facts: Facts) -> Marks:
        """The marks of the calendars that are open, kept for the minute: calendars open and close on whole ones."""
        minute = facts.now.replace(second=0, microsecond=0)
        known = self._minutes.get(minute)
        if known is None:
            if len(self._minutes) >= MINUTES_KEPT:
                self._minutes.clear()
            known = merged(marks for calendar, marks in self._open if calendar.is_open(facts.now))
            self._minutes[minute] = known
        return known


Slot = tuple[int, int, tuple[tuple[int, int], ...]]


class _Layout:
    """Puts each clause of each alternative into a slot, and notes for each question the bits that it sets there."""

    def __init__(self) -> None:
        # Slots by what they ask about and how many such clauses the rule has before; `no` answers have places of
        # their own, one for each question of a clause.
        self.names: dict[tuple[str, int, int], int] = {}
        self._bits: defaultdict[Question, defaultdict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
        self._members: defaultdict[int, list[int]] = defaultdict(list)
        self._is_late: set[int] = set()
        self._against: defaultdict[int, dict[int, None]] = defaultdict(dict)

    def place(self, alternative: Alternative, bit: int) -> None:
        """Give the clauses of `alternative` their slots; `bit` is its own."""
        counts: defaultdict[str, int] = defaultdict(int)
        for clause in alternative:
            self._place_needed(clause, bit)
            if not clause.yes and len(clause.no) == 1:
                question = clause.no[0]
                # What must not be: all such share the last two places, that of patterns apart.
                self._bits[question][-1 if isinstance(question, Finds) else -2].append(bit)
                continue
            about = _about(clause)
            slot = self._slot(about, counts[about])
            counts[about] += 1
            self._members[slot].append(bit)
            if any(isinstance(question, Finds) for question in (*clause.yes, *clause.no)):
                self._is_late.add(slot)
            for question in clause.yes:
                self._bits[question][slot].append(bit)
            for number, question in enumerate(clause.no, start=1):
                place = self._slot(about, counts[about] - 1, number)
                self._against[slot][place] = None
                self._members[place].append(bit)
                self._bits[question][place].append(bit)

    def _place_needed(self, clause: Clause, bit: int) -> None:
        """Where `clause` asks for regular expressions, ask first for the words that they can't do without."""
        words = _needed_words(clause)
        slot = self._slot(NEEDED, 0) if words else 0
        if words and bit not in self._members[slot][-1:]:
            self._members[slot].append(bit)
            for word in words:
                self._bits[word][slot].append(bit)

    def slots(self, everything: int) -> tuple[list[Slot], list[Slot]]:
        """The slots: those that are ready before patterns are looked for, and the others."""
        members = {place: number_of_bits(bits) for place, bits in self._members.items()}
        ready: tuple[list[Slot], list[Slot]] = ([], [])
        for (_, _, number), place in self.names.items():
            if not number:
                against = tuple((other, members[other]) for other in self._against[place])
                ready[place in self._is_late].append((place, everything & ~members[place], against))
        return ready

    def with_patterns(self) -> int:
        """The bits that regular expressions may still take away."""
        late = [bit for place in self._is_late for bit in self._members[place]]
        against = [
            bit for question, places in self._bits.items() if isinstance(question, Finds) for bit in places.get(-1, ())
        ]
        return number_of_bits(dict.fromkeys((*late, *against)))

    def marks(self) -> dict[Question, Marks]:
        """For each question what a yes sets."""
        return {
            question: tuple((place, number_of_bits(bits)) for place, bits in places.items())
            for question, places in self._bits.items()
        }

    def _slot(self, about: str, count: int, number: int = 0) -> int:
        return self.names.setdefault((about, count, number), len(self.names))


class Steps:
    """Bounds of one number: which marks hold for a value, laid out so that looking is two searches."""

    def __init__(self, questions: Iterable[tuple[AtLeast | AtMost, Marks]]) -> None:
        lower: list[tuple[float, Marks]] = []
        upper: list[tuple[float, Marks]] = []
        for question, marks in questions:
            (lower if isinstance(question, AtLeast) else upper).append((question.bound, marks))
        lower.sort(key=lambda each: each[0])
        upper.sort(key=lambda each: -each[0])
        self._lower, self._upper = [bound for bound, _ in lower], [-bound for bound, _ in upper]
        self._reached, self._within = _growing(lower), _growing(upper)

    def marks(self, value: float | None) -> Iterator[tuple[int, int]]:
        """What `value` sets; nothing where it is not known."""
        if value is not None:
            yield from self._reached[bisect_right(self._lower, value)]
            yield from self._within[bisect_right(self._upper, -value)]


def _growing(bounds: Sequence[tuple[float, Marks]]) -> list[Marks]:
    """The marks of none of `bounds`, of the first, of the first two, …"""
    grown: list[Marks] = [()]
    for _, marks in bounds:
        grown.append(merged((grown[-1], marks)))
    return grown


def _needed_words(clause: Clause) -> list[Has]:
    """Of regular expressions the words without which none of them is found; none where that is not known of all."""
    words = [
        Has(question.where, Term.of(word))
        for question in clause.yes
        if isinstance(question, Finds) and not question.exact and (word := needed_word(question.pattern))
    ]
    return words if len(words) == len(clause.yes) and not clause.no else []


def _about(clause: Clause) -> str:
    """What a clause asks about, if that is one thing."""
    subjects = {subject(question) for question in (*clause.yes, *clause.no)}
    return subjects.pop() if len(subjects) == 1 else "mixed"
