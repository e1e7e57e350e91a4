"""Personal data in a text, in Spanish and English, as it is written in Latin America first.

It is found by RE2 alone, so in time that is linear in the text. Whoever it belongs to can't be told from a text: the
company's own numbers are found too, unless the words before them say so (docs/decisions/0027).
"""

from collections.abc import Callable, Iterable, Iterator, Sequence

import re2

from router.core.found.addresses import addresses
from router.core.found.labels import REACH, is_ours
from router.core.found.numbers import numbers
from router.core.found.plain import OTHER_SIGN, plain, visible
from router.model.finding import PersonalData, Sighting

_HAS_ANY = re2.compile("[0-9@]")
_EMAIL = re2.compile(r"(?:^|[^a-z0-9._%+*\x01-])([a-z0-9_][a-z0-9._%+-]*@(?:[a-z0-9-]+\.)+[a-z]{2,})")
# Links, hashtags and @names: nobody's number, whatever digits they have.
_NAMES = re2.compile(
    r"https?://[^ \n]*|www\.[^ \n]*|\b[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,}/[^ \n]*"
    r"|[@#][0-9_]*[a-z_][a-z0-9_]*|^(?: ?@[0-9]+)+"
)


def personal_data(text: str, says_ours: Callable[[str], bool] = is_ours) -> tuple[Sighting, ...]:
    """What in `text` is personal data, in the order in which it stands there; no two findings overlap.

    `says_ours` tells of the words before a number or an address that it is the company's own.
    """
    seen, places = visible(text)
    ascii_text = plain(seen)
    if not _HAS_ANY.search(ascii_text):
        return ()
    low = ascii_text.lower()
    apart = sightings(ascii_text, low, without_names(low), says_ours)
    return tuple(Sighting(each.kind, places[each.start], behind(places, each.end, text)) for each in apart)


def sightings(ascii_text: str, low: str, bare: str, says_ours: Callable[[str], bool] = is_ours) -> tuple[Sighting, ...]:
    """The same of a text that is known in ASCII, that in small letters (`low`), and that without names (`bare`)."""
    if not _HAS_ANY.search(ascii_text):
        return ()
    return _apart([*emails(low, says_ours), *addresses(ascii_text), *numbers(bare, says_ours)])


def emails(text: str, says_ours: Callable[[str], bool] = is_ours) -> Iterator[Sighting]:
    """The mail addresses in `text` (plain, in small letters), save where it says that one is ours."""
    for match in _EMAIL.finditer(text):
        start, end = match.span(1)
        if not says_ours(text[max(start - 2 * REACH, 0) : start]):
            yield Sighting(PersonalData.EMAIL, start, end)


def behind(places: Sequence[int], end: int, text: str) -> int:
    """The place in `text` before the letter that is seen at `end`: what is unseen there belongs to the one before."""
    return places[end] if end < len(places) else len(text)


def without_names(text: str) -> str:
    """`text` with a sign in place of each letter of a mail address, link, hashtag or @name."""
    for pattern, group in ((_EMAIL, 1), (_NAMES, 0)):
        kept, end = [], 0
        for match in pattern.finditer(text):
            start = match.start(group)
            kept += [text[end:start], OTHER_SIGN * (match.end(group) - start)]
            end = match.end(group)
        text = "".join([*kept, text[end:]])
    return text


def _apart(found: Iterable[Sighting]) -> tuple[Sighting, ...]:
    """`found` without what stands within, or reaches into, an earlier or longer one."""
    kept: list[Sighting] = []
    for each in sorted(found, key=lambda one: (one.start, -one.end)):
        if not kept or each.start >= kept[-1].end:
            kept.append(each)
    return tuple(kept)
