"""A text in as many parts as X needs for it: cut between sentences where that can be, numbered, in order."""

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator
from unicodedata import normalize

import regex
from sentencex import segment

from channels.twitter import weight as weights
from router.model.errors import PermanentError

MESSAGE_LETTERS = 10_000
# What X refuses in any text, and control characters, which nobody sees.
_FORBIDDEN = re.compile("[\ufffe\uffff\ufeff\x00-\x08\x0b-\x1f\x7f]")
_WORD = re.compile(r"\S+\s*|\s+")
_SHOWN_AS_ONE = regex.compile(r"\X")
_LINKED = re.compile(r"https?://", re.IGNORECASE)
_FULL_STOPS = tuple("。！？｡…")
USUAL = "es"
LONG_LINK = "a link in the text is longer than a post may be: shorten it"

Measure = Callable[[str], int]


def posts(text: str, language: str = "") -> tuple[str, ...]:
    """`text` as posts of at most 280, numbered if there are several. Raises PermanentError if a link is too long."""
    return _parts(text, weights.MOST, weights.weight, language)


def messages(text: str, language: str = "") -> tuple[str, ...]:
    """`text` as direct messages of at most 10,000 letters, numbered if there are several."""
    return _parts(text, MESSAGE_LETTERS, _letters, language)


def _parts(text: str, most: int, measure: Measure, language: str) -> tuple[str, ...]:
    text = _FORBIDDEN.sub("", normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))).strip()
    if measure(text) <= most:
        return (text,)
    digits, parts = 0, [text]
    while len(str(len(parts))) > digits:
        digits = len(str(len(parts))) if digits else 1
        parts = list(_filled(text, most - len(_number(10**digits - 1, 10**digits - 1)), measure, language))
    return tuple(part + _number(place, len(parts)) for place, part in enumerate(parts, 1))


def _number(place: int, count: int) -> str:
    return f" ({place}/{count})"


def _filled(text: str, room: int, measure: Measure, language: str) -> Iterator[str]:
    """The parts, each as full as it can be without a cut within a sentence, a word or a picture that fits whole."""
    part, used = "", 0
    for piece, is_full in _pieces(text, room, measure, language):
        if part and used + measure(piece.rstrip()) > room:
            yield part.strip()
            part, used = "", 0
        part, used = part + piece, used + measure(piece)
        if is_full:
            yield part.strip()
            part, used = "", 0
    if part.strip():
        yield part.strip()


def _pieces(text: str, room: int, measure: Measure, language: str) -> Iterator[tuple[str, bool]]:
    """What is not to be cut, in order: sentences, else words, else what is seen as one letter; and if one fills a part.

    Where two of them meet there is a space, or the stop of a script without spaces: so each can be measured by itself.
    """
    for sentence in _sentences(text, language):
        if measure(sentence.rstrip()) <= room:
            yield sentence, False
            continue
        for word in _WORD.findall(sentence):
            if measure(word.rstrip()) <= room:
                yield word, False
            else:
                yield from _cut(word, room, measure)


def _cut(word: str, room: int, measure: Measure) -> Iterator[tuple[str, bool]]:
    """A word that no part has room for: the texts of some scripts have no spaces. Raises PermanentError for a link."""
    if _LINKED.search(word):
        raise PermanentError(LONG_LINK)
    letters: list[str] = _SHOWN_AS_ONE.findall(word)
    if any(2 * len(letter) > room for letter in letters):
        # Hundreds of marks on one letter are no writing.
        letters = list(word)
    while len(letters) > room or measure("".join(letters).rstrip()) > room:
        fits = (
            bisect_left(range(1, room + 1), True, key=lambda count: measure("".join(letters[: count + 1])) > room) + 1
        )
        yield "".join(letters[:fits]), True
        letters = letters[fits:]
    yield "".join(letters), False


def _sentences(text: str, language: str) -> Iterator[str]:
    """The sentences, each with the space behind it; together they are `text`."""
    sentence = ""
    for found in segment(language or USUAL, text):
        if sentence and _ends(sentence) and _begins(found):
            yield sentence
            sentence = ""
        sentence += found
    yield sentence


def _ends(sentence: str) -> bool:
    return sentence[-1].isspace() or sentence.endswith(_FULL_STOPS)


def _begins(following: str) -> bool:
    """What follows the dot of an abbreviation, or a list's number, goes on with it."""
    first = following.lstrip()[:1]
    return bool(first) and not following[0].isspace() and not (first.isdigit() or first.islower())


def _letters(text: str) -> int:
    # As X's own programs count, which know nothing beyond 16 bits.
    return len(text.encode("utf-16-le")) // 2
