"""A text in ASCII, letter by letter, so that what is found in it stands at the same place in the text itself."""

import unicodedata
from collections.abc import Sequence
from functools import lru_cache

import regex

OTHER_LETTER, OTHER_SIGN = "_", "\x01"
LETTERS_KEPT = 4_000
_UNSEEN = regex.compile(r"[\p{Cf}\p{Mn}\p{Me}]")


def visible(text: str) -> tuple[str, Sequence[int]]:
    """What is seen of `text`, without accents that stand alone, and the place in `text` of each letter of it."""
    if text.isascii() or not _UNSEEN.search(text):
        return text, range(len(text))
    places = [place for place, letter in enumerate(text) if letter < "\x80" or not _is_unseen(letter)]
    return "".join(text[place] for place in places), places


def plain(text: str) -> str:
    """`text` without accents, with plain digits, blanks and hyphens, `$` for all money; as long as it was."""
    if text.isascii():
        return text
    return text.translate(_PLAIN)


@lru_cache(maxsize=2_000)
def _is_unseen(letter: str) -> bool:
    """Whether it only joins, splits, boxes or accents its neighbours: pasted texts are full of them."""
    return unicodedata.category(letter) in ("Cf", "Mn", "Me")


class _Letters(dict[int, str]):
    """Each letter's plain one, worked out once for those that texts use."""

    def __missing__(self, code: int) -> str:
        letter = chr(code)
        found = letter if letter < "\x80" else _plain(letter)
        if len(self) < LETTERS_KEPT:
            self[code] = found
        return found


_PLAIN = _Letters()


def _plain(letter: str) -> str:
    category = unicodedata.category(letter)
    if category == "Pd" or letter == "\u2212":
        return "-"
    if category == "Zs":
        return " "
    if category == "Sc":
        return "$"
    first = unicodedata.normalize("NFKD", letter)[0]
    if first < "\x80":
        return first
    if first.isdecimal():
        return str(unicodedata.decimal(first))
    return OTHER_LETTER if first.isalpha() else OTHER_SIGN
