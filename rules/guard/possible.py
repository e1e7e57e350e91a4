"""What of one language's wordings may be found in a text: what is passed over, the signs, and what sends elsewhere."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import Any

import re2

from router.model.finding import Destination
from rules.guard.asked import AskedWordings, TimedWordings
from rules.guard.patterns import PatternSet, options

Further = tuple[AskedWordings, TimedWordings, TimedWordings]


@dataclass(frozen=True, slots=True)
class Passed:
    """A pattern that is passed over."""

    pattern: Any
    signed: bool = False


@dataclass(frozen=True, slots=True)
class Sign:
    """A letter that stands for whatever `pattern` finds; `signed` where that holds signs itself."""

    letter: str
    pattern: Any
    signed: bool


@dataclass(frozen=True, slots=True)
class Wording:
    """A pattern that sends the customer `to` a place; `signed` where it holds signs.

    With `even_here` a reply that leaves by that place may go elsewhere by it.
    """

    to: Destination
    pattern: Any
    even_passed: bool
    signed: bool
    even_here: bool = False


@dataclass(frozen=True, slots=True)
class Possible:
    """What of one language may be found in a text, for its letters are there."""

    passes: Sequence[Passed]
    signs: Sequence[Sign]
    sending: Sequence[Wording]


class Wordings:
    """One language: what is passed over, what is one letter for the rest, and what each kind of finding looks for."""

    def __init__(
        self,
        passes: Sequence[Passed],
        signs: Sequence[Sign],
        sending: Sequence[Wording],
        further: Further,
    ) -> None:
        self.repeat, self.promise, self.empty = further
        self._all: Sequence[Passed | Sign | Wording] = (*passes, *_signs_as_one(signs), *_wordings_as_one(sending))
        # What holds signs is never found in a text that has none yet, so that its letters say nothing.
        self._always = {number for number, each in enumerate(self._all) if each.signed}
        known = [number for number in range(len(self._all)) if number not in self._always]
        self._known = PatternSet([(number, self._all[number].pattern) for number in known])

    def possible(self, text: str) -> Possible:
        """What may be found in `text`, or in its signs, in the order written; told in one pass."""
        known = (number for number, _ in self._known.possible(text))
        found = [self._all[number] for number in sorted({*self._always, *known})]
        return Possible(
            [each for each in found if isinstance(each, Passed)],
            [each for each in found if isinstance(each, Sign)],
            [each for each in found if isinstance(each, Wording)],
        )


def _signs_as_one(signs: Sequence[Sign]) -> list[Sign]:
    """Neighbours of one letter as one pattern: many small ones take longer than what they look for."""
    groups = [[*each] for _, each in groupby(signs, key=attrgetter("letter"))]
    return [Sign(each[0].letter, _as_one(each, True), any(sign.signed for sign in each)) for each in groups]


def _wordings_as_one(sending: Sequence[Wording]) -> list[Wording]:
    """Those with signs and one place to go to as one pattern; of the others only those are tried that may be there."""
    signed = [each for each in sending if each.signed and not (each.even_passed or each.even_here)]
    groups = {to: [each for each in signed if each.to is to] for to in dict.fromkeys(each.to for each in signed)}
    together = [Wording(to, _as_one(each, False), False, True) for to, each in groups.items()]
    return [*together, *(each for each in sending if each not in signed)]


def _as_one(parts: Sequence[Sign] | Sequence[Wording], captures: bool) -> Any:
    return re2.compile("|".join(f"(?:{each.pattern.pattern})" for each in parts), options(captures))
