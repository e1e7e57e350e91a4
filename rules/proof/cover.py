"""Words that cover others: whatever holds `factura` holds `factur*` too, and `dar de baja` holds `de baja`."""

from collections.abc import Iterable, Iterator
from typing import Generic, TypeVar

from rules.words import Term

T = TypeVar("T")


class Cover(Generic[T]):
    """Terms of one kind (all folded, or all exact), each with what is kept under it."""

    def __init__(self, kept: Iterable[tuple[Term, T]] = ()) -> None:
        self._whole: dict[str, list[T]] = {}
        self._begun: dict[str, list[T]] = {}
        self._lengths: set[int] = set()
        for term, what in kept:
            self.add(term, what)

    def add(self, term: Term, what: T) -> None:
        """Keep `what` under `term`."""
        sought = term.sought
        if term.is_beginning:
            self._lengths.add(len(sought))
            self._begun.setdefault(sought, []).append(what)
        else:
            self._whole.setdefault(sought, []).append(what)

    def over(self, term: Term) -> Iterator[T]:
        """What is kept under the terms that are there whenever `term` is, `term` itself among them."""
        sought = term.sought
        starts = _spaces(sought) if len(term.words) > 1 else [0]
        ends = [*starts[1:], *([] if term.is_beginning else [len(sought) - 1])]
        for number, start in enumerate(starts):
            for end in ends[number:]:
                yield from self._whole.get(sought[start : end + 1], ())
            for length in self._lengths:
                if start + length <= len(sought):
                    yield from self._begun.get(sought[start : start + length], ())


def _spaces(sought: str) -> list[int]:
    """Where the words of `sought` begin, each at the space before it."""
    return [place for place, sign in enumerate(sought[:-1]) if sign == " "]
