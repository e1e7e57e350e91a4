"""A reply made ready to be looked through: small letters, no accents, a letter for each link, address and number.

It stays as long as it was, letter by letter, so that what is found in it stands at the same place in the text.
"""

from functools import lru_cache

import re2

from router.core.found.plain import OTHER_LETTER, plain

# Capitals are free for this once all letters are small: a link, a mail address, an @name, a number that is no date.
LINK, MAIL, HANDLE, NUMBER = "LMHN"
STOP = "\n"
_QUOTES = str.maketrans({"’": "'", "‘": "'", "´": "'", "“": '"', "”": '"', "\r": " ", "¿": "?"})
_MASKS = tuple(
    (re2.compile(pattern), sign)
    for pattern, sign in (
        (
            r"https?://[^ \n]*|www\.[^ \n]*|\b[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,}/[^ \n]*"
            r"|\b[a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:com|net|org|example)(?:\.[a-z]{2})?\b",
            LINK,
        ),
        # The address of a machine is no number to call.
        (r"\b[0-9]{1,3}(?:\.[0-9]{1,3}){3}\b", "_"),
        (r"[a-z0-9_][a-z0-9._%+-]*@L+|[a-z0-9_][a-z0-9._%+-]*@(?:[a-z0-9-]+\.)+[a-z]{2,}", MAIL),
        ("@[a-z0-9_]+", HANDLE),
        (r"\b[0-3]?[0-9][-/.][01]?[0-9][-/.](?:20)?[0-9]{2}\b", OTHER_LETTER),
        (
            r"[*#][0-9]{2,5}\b|\b1?-?8[0-9]{2}-[a-z0-9][a-z0-9-]{4,}|(?:[+(]|\b)[0-9][0-9 ().-]{5,}[0-9]\b",
            NUMBER,
        ),
    )
)
# A line that goes on in small letters was broken by a mail program.
_BROKEN = re2.compile(r"([a-z,])\n([a-z])")
# A full stop that ends a word cut short ends no sentence.
_SHORT = re2.compile(r"(\b(?:dept|acct|tel|ext|ref|conf|mr|mrs|ms|dr|sr|sra|ud|uds|av|pls|approx))\.")
_END = re2.compile('[.!?]+(?:[ \n"\x01)]|$)')


@lru_cache(maxsize=16)
def legible(text: str) -> str:
    """`text` as described above; sentences end with STOP. It is kept for the next kind of finding that reads it."""
    text = plain(text.translate(_QUOTES)).lower()
    for pattern, sign in _MASKS:
        text = masked(text, pattern, sign)
    text = _BROKEN.sub(r"\1 \2", text)
    return masked(_SHORT.sub(r"\1 ", text), _END, STOP)


def masked(text: str, pattern: "re2._Regexp", sign: str) -> str:
    """`text` with `sign` in place of each letter of what `pattern` finds, or of the group found where it has some."""
    kept, end = [], 0
    # In ASCII a letter is a byte, and RE2 is spared the counting from one to the other.
    for match in pattern.finditer(text.encode() if text.isascii() else text):
        start, stop = match.span(match.lastindex or 0)
        kept += [text[end:start], sign * (stop - start)]
        end = stop
    return "".join([*kept, text[end:]]) if kept else text
