"""What an answer sets in the index: bits of rules, at places."""

from collections import defaultdict
from collections.abc import Iterable
from functools import reduce
from operator import or_

# A place among the hits (a slot, or where a no counts), and the rules' bits that are set there.
Marks = tuple[tuple[int, int], ...]
FEW = 8


def number_of_bits(bits: Iterable[int]) -> int:
    """The number in which exactly `bits` are set."""
    places = list(bits)
    if len(places) <= FEW:
        return reduce(or_, (1 << place for place in places), 0)
    content = bytearray(max(places) // 8 + 1)
    for place in places:
        content[place >> 3] |= 1 << (place & 7)
    return int.from_bytes(content, "little")


def bits_of(number: int) -> list[int]:
    """The bits that are set in `number`, lowest first."""
    if not number:
        return []
    found = []
    written = bin(number)[:1:-1]
    place = written.find("1")
    while place >= 0:
        found.append(place)
        place = written.find("1", place + 1)
    return found


def merged(marks: Iterable[Marks]) -> Marks:
    """All of `marks` as one."""
    by_place: defaultdict[int, int] = defaultdict(int)
    for each in marks:
        for place, bits in each:
            by_place[place] |= bits
    return tuple(by_place.items())
