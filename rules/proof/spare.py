"""What is spare in the rules' files: words that another one covers, lists and calendars that nothing uses."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from rules.conditions import All, Any, Condition, Has, HasOneOf, IsOpen, Not
from rules.proof.cover import Cover
from rules.words import Term

Path = tuple[str | int, ...]
Lists = dict[tuple[str, bool], Cover[str]]
LOOKED_INTO = (All, Any, Not, HasOneOf, IsOpen)
WORDS = frozenset({"text.any", "text.none", "subject.any", "subject.none"})


class Covered(NamedTuple):
    """The word at place `number` of its list, and what covers it."""

    number: int
    word: str
    by: str


def walked(condition: Condition) -> Iterator[tuple[Path, Condition]]:
    """What a rule's `when` holds, each with where its file has it: choices of words, and all lists and calendars."""
    todo: list[tuple[Path, Condition]] = [((), condition)]
    while todo:
        path, here = todo.pop()
        match here:
            case HasOneOf() | IsOpen():
                yield path, here
            case Not(part):
                todo.append(((*path, "not") if isinstance(part, All) and part.label == "when" else path, part))
            case All(parts, ("all" | "any") as label) | Any(parts, ("all" | "any") as label):
                todo += [((*path, label, number), part) for number, part in enumerate(parts)]
            case All(parts, label) | Any(parts, label):
                if label in WORDS:
                    yield (*path, *label.split(".")), here
                todo += [(path, part) for part in parts if isinstance(part, LOOKED_INTO)]


def covered(parts: Sequence[Condition], lists: Lists) -> Iterator[Covered]:
    """Those of `parts`, of which one is enough, that another covers; `lists` keeps what was made of lists before."""
    terms = [(part.term, number) for number, part in enumerate(parts) if isinstance(part, Has)]
    named = [_list(part, lists) for part in parts if isinstance(part, HasOneOf)]
    if named or _is_worth_it([term for term, _ in terms]):
        yield from _covered(terms, named)


def covered_words(words: Sequence[str]) -> Iterator[Covered]:
    """Those of the `words` of a list that another of them covers."""
    yield from _covered([(Term.of(word), number) for number, word in enumerate(words)], ())


def _list(part: HasOneOf, lists: Lists) -> Cover[str]:
    """The words of a list, which hundreds of rules may ask for."""
    key = (part.name, part.terms[0].exact)
    if key not in lists:
        lists[key] = Cover((term, part.name) for term in part.terms)
    return lists[key]


def _covered(terms: Sequence[tuple[Term, int]], lists: Sequence[Cover[str]]) -> Iterator[Covered]:
    cover = Cover((term, (number, term)) for term, number in terms)
    for term, number in terms:
        name = next((name for each in lists for name in each.over(term)), None)
        # Of two that are the same the later is spare.
        others = (
            other.written
            for place, other in cover.over(term)
            if place != number and (place < number or other.sought != term.sought)
        )
        by = f"the list `{name}`" if name else next((f"`{other}`" for other in others), None)
        if by:
            yield Covered(number, term.written, by)


def _is_worth_it(terms: Sequence[Term]) -> bool:
    """Whether one of `terms` may cover another: single words without a star do so if they are the same alone."""
    if any(term.is_beginning or len(term.words) > 1 for term in terms):
        return len(terms) > 1
    return len({term.sought for term in terms}) < len(terms)
