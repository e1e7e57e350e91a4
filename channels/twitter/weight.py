"""How much a text counts on X, as twitter-text counts: Latin 1, most other scripts and emoji 2, links 23.

Where this can't be sure it counts more than X does, never less: a text that is taken for short enough is.
"""

import re
from unicodedata import normalize

import regex

MOST = 280
LINK = 23
EMOJI = 2

# Code points that count 1; all others count 2.
_LIGHT = ((0, 4351), (8192, 8205), (8208, 8223), (8242, 8247))
# One picture, however many code points it is made of: flags, keycaps, skin tones, families.
_EMOJI = regex.compile(
    r"\p{RI}\p{RI}|[0-9#*]\uFE0F?\u20E3"
    r"|(?:[\p{Emoji}--[0-9#*\p{RI}]][\uFE0F\p{EMod}]?[\U000E0020-\U000E007F]*)"
    r"(?:\u200D[\p{Emoji}--[0-9#*\p{RI}]][\uFE0F\p{EMod}]?)*",
    regex.V1,
)
# One word that is an address, perhaps in brackets or before a stop, of which it is sure that X makes one link of it.
# Each run is bounded, or begins with what the one before can't hold: no text takes long.
_ADDRESS = re.compile(
    r"(?P<before>[(\[\"'«“‘¿¡]*)(?P<scheme>https?://)?"
    r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.){1,12}(?P<domain>[a-z]{2,24})(?::[0-9]{1,5})?"
    r"(?:/(?:(?:[a-z0-9!*';:=+,.$/%#\-_~@&?|]|\([a-z0-9=+,.$/%#\-_~&]{1,200}\))*(?:[a-z0-9=_#/+\-]|\([a-z0-9_]{1,99}\)))?)?"
    r"(?P<after>[.,;:!?…)\]\"'»”’]*)",
    re.IGNORECASE | re.ASCII,
)
_MAILBOX = re.compile(r"[\w.+\-]+@[\w.\-]+[.,;:!?…)\]\"'»”’]*")
# Wherever X may find a link in a word, there is a dot before two letters.
_DOT = re.compile(r"\w\.[^\W\d_]{2}")
# X links every domain that there is. Of these, and of those of two letters, we know that there are.
_KNOWN = frozenset(
    {"app", "biz", "com", "dev", "edu", "gov", "info", "mil", "net", "online", "org", "shop", "site", "store"}
)
_SHORTENED = "t.co/"


def weight(text: str) -> int:
    """How much `text` counts; up to `MOST` a post may have."""
    text = normalize("NFC", text)
    return _letters(text) + sum(_extra(word) for word in text.split() if "." in word)


def _extra(word: str) -> int:
    """What `word` counts more, or less, than its letters do."""
    dots = len(_DOT.findall(word))
    if not dots:
        return 0
    if _MAILBOX.fullmatch(word):
        return LINK * len(_DOT.findall(word.partition("@")[0]))
    found = _ADDRESS.fullmatch(word)
    if not found or _SHORTENED in word.lower() or word.count("//") > 1:
        return LINK * dots
    if not _is_linked(found["domain"].lower(), bool(found["scheme"])):
        return LINK * dots
    return LINK - _letters(word[found.end("before") : found.start("after")])


def _is_linked(domain: str, has_scheme: bool) -> bool:
    return domain in _KNOWN or (has_scheme and len(domain) == 2)


def _letters(text: str) -> int:
    emoji, rest = 0, text
    if not text.isascii():
        rest, emoji = _EMOJI.subn("", text)
    return EMOJI * emoji + sum(1 if _is_light(ord(letter)) else 2 for letter in rest)


def _is_light(point: int) -> bool:
    return any(first <= point <= last for first, last in _LIGHT)
