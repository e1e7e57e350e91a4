"""All words and phrases of all rules, found in one pass over a message's words."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import chain

from rules.conditions import Has, HasOneOf
from rules.marks import Marks, merged
from rules.words import Term

# Common words are few; what goes on and on are numbers, of which none comes again. So many take a megabyte.
WORDS_KEPT = 10_000
LONGEST_COMMON = 40


@dataclass(slots=True)
class _Node:
    """What may follow the words so far: what ends here, what goes on, and what goes on with a beginning."""

    marks: Marks = ()
    children: dict[str, "_Node"] = field(default_factory=dict)
    beginnings: dict[int, dict[str, Marks]] = field(default_factory=dict)

    def begun_by(self, word: str) -> list[Marks]:
        """The marks of the beginnings that `word` has."""
        found = (known.get(word[:length]) for length, known in self.beginnings.items() if length <= len(word))
        return [marks for marks in found if marks]


class _Known(dict[str, tuple[Marks, _Node | None] | None]):
    """For each word that came: its marks and the phrases that it begins, or nothing; filled as they come."""

    def __init__(self, root: _Node) -> None:
        super().__init__()
        self._root = root
        self._longest = max((*map(len, root.children), LONGEST_COMMON))

    def __missing__(self, word: str) -> tuple[Marks, _Node | None] | None:
        if len(self) >= WORDS_KEPT:
            self.clear()
        if len(word) > self._longest:
            # No word sought is as long: at most its beginning is, and it is not worth its room.
            begun = self._root.begun_by(word) if self._root.beginnings else []
            return (tuple(chain.from_iterable(begun)), None) if begun else None
        child = self._root.children.get(word)
        begun = self._root.begun_by(word) if self._root.beginnings else []
        found = None
        if child or begun:
            marks = (*(child.marks if child else ()), *chain.from_iterable(begun))
            goes_on = child if child and (child.children or child.beginnings) else None
            found = (marks, goes_on)
        self[word] = found
        return found


class Vocabulary:
    """The words and phrases sought in one place, and what finding each of them sets."""

    def __init__(self, questions: Iterable[tuple[Has | HasOneOf, Marks]]) -> None:
        sought: defaultdict[Term, list[Marks]] = defaultdict(list)
        for question, marks in questions:
            for term in (question.term,) if isinstance(question, Has) else question.terms:
                sought[term].append(marks)
        root = _Node()
        for term, found in sought.items():
            _plant(root, term, found[0] if len(found) == 1 else merged(found))
        self._known = _Known(root)

    def marks(self, words: Sequence[str]) -> list[tuple[int, int]]:
        """What `words`, in their order, set."""
        known = self._known
        found: list[tuple[int, int]] = []
        for place, entry in enumerate([known[word] for word in words]):
            if entry is not None:
                found += entry[0]
                if entry[1] is not None:
                    _follow(entry[1], words, place + 1, found)
        return found


def _follow(node: _Node, words: Sequence[str], place: int, found: list[tuple[int, int]]) -> None:
    """Add what the phrases that began before `place` set; the longest ends the walk."""
    while place < len(words):
        word = words[place]
        for marks in node.begun_by(word) if node.beginnings else ():
            found += marks
        following = node.children.get(word)
        if following is None:
            return
        found += following.marks
        node, place = following, place + 1


def _plant(root: _Node, term: Term, marks: Marks) -> None:
    node = root
    for word in term.words[:-1]:
        node = node.children.setdefault(word, _Node())
    last = term.words[-1]
    if term.is_beginning:
        known = node.beginnings.setdefault(len(last), {})
        known[last] = merged((known.get(last, ()), marks))
    else:
        leaf = node.children.setdefault(last, _Node())
        leaf.marks = merged((leaf.marks, marks))
