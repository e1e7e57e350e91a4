"""Texts as X handles them: how long one counts, what it links and mentions, and how it is shown."""

from __future__ import annotations

import re
import secrets
import string
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import escape

# Of a link only this much counts, whatever its length (twitter-text, transformedURLLength).
_LINK_LENGTH = 23
MOST = 280
_ADDRESS = re.compile(
    r"(?<![@\w./-])(?:https?://[^\s<>\"]+|(?:[a-z0-9-]+\.)+(?:com|org|net|io|info|es|pa|mx|co|ar|cl|pe|us|example)"
    r"(?![\w@])(?:/[^\s<>\"]*)?)",
    re.IGNORECASE,
)
_MENTION = re.compile(r"(?<![\w@/.!#$%&*])@([A-Za-z0-9_]{1,15})(?![\w@])")
_LEADING = re.compile(r"(?:@[A-Za-z0-9_]{1,15}\s+)*")
_HASHTAG = re.compile(r"(?<![\w&/])#(\w*[^\W\d_]\w*)")
_SHORT = re.compile(r"https://t\.co/[A-Za-z0-9]{10}")
# What is seen as one emoji counts 2, however many code points it is made of.
_EMOJI = re.compile(
    "[\U0001f1e6-\U0001f1ff]{2}"
    "|[0-9#*]\ufe0f?\u20e3"
    "|\U0001f3f4[\U000e0061-\U000e007a]+\U000e007f"
    "|[\u00a9\u00ae\u203c\u2049\u2122\u2139\u2194-\u21aa\u231a-\u23ff\u25aa-\u27bf\u2934-\u2b55\u3030\u303d\u3297\u3299"
    "\U0001f000-\U0001faff][\ufe0f\U0001f3fb-\U0001f3ff]*"
    "(?:\u200d[\u2640\u2642\u2695-\u27bf\U0001f000-\U0001faff][\ufe0f\U0001f3fb-\U0001f3ff]*)*"
)
# Latin and its like count 1, all else 2 (twitter-text configuration 3).
_LIGHT = ((0, 4351), (8192, 8205), (8208, 8223), (8242, 8247))
_LETTERS = string.ascii_letters + string.digits


@dataclass(frozen=True, slots=True)
class Found:
    """Something in a shown text, by its code points: `text[start:end]`, and what it means."""

    start: int
    end: int
    value: str


def weighted_length(text: str) -> int:
    """How many characters `text` counts, as twitter-text does it: links 23, emoji 2, most scripts but Latin 2."""
    text = unicodedata.normalize("NFC", text)
    links = sum(1 for _ in _addresses(text))
    return links * _LINK_LENGTH + _weight(_without_addresses(text))


def _weight(text: str) -> int:
    emoji = len(_EMOJI.findall(text))
    rest = _EMOJI.sub("", text)
    return 2 * emoji + sum(1 if any(a <= ord(one) <= b for a, b in _LIGHT) else 2 for one in rest)


def without_leading_mentions(text: str) -> str:
    """`text` without the names in front of a reply, which do not count."""
    return text[_end_of_leading(text) :]


def leading_mentions(text: str) -> list[str]:
    """The names in front of a reply."""
    return _MENTION.findall(text[: _end_of_leading(text)])


def shown(text: str) -> tuple[str, dict[str, str]]:
    """`text` as X shows it, its addresses behind t.co and `&<>` escaped; and t.co → address."""
    urls: dict[str, str] = {}
    parts, end = [], 0
    for start, stop in _addresses(text):
        short = short_address()
        written = text[start:stop]
        urls[short] = written if "://" in written else f"http://{written}"
        parts += [_escaped(text[end:start]), short]
        end = stop
    return "".join([*parts, _escaped(text[end:])]), urls


def short_address() -> str:
    """A new t.co address."""
    return "https://t.co/" + "".join(secrets.choice(_LETTERS) for _ in range(10))


def mentions(text: str) -> list[Found]:
    """The @names in a shown text."""
    return [Found(*found.span(), found[1]) for found in _MENTION.finditer(text)]


def hashtags(text: str) -> list[Found]:
    """The hashtags in a shown text, without the #."""
    return [Found(*found.span(), found[1]) for found in _HASHTAG.finditer(text)]


def links(text: str, address_of: Callable[[str], str | None]) -> list[Found]:
    """The t.co links in a shown text whose address is known; the value is the t.co link."""
    return [Found(*found.span(), found[0]) for found in _SHORT.finditer(text) if address_of(found[0])]


def cut_short(text: str, most: int = 276) -> str:
    """The beginning of a long post as `text` has it: X cuts it and puts an ellipsis."""
    return text[:most].rstrip() + "…"


def _escaped(text: str) -> str:
    return escape(text, quote=False)


def _end_of_leading(text: str) -> int:
    found = _LEADING.match(text)
    return found.end() if found else 0


def _addresses(text: str) -> Iterator[tuple[int, int]]:
    """Where the addresses are, without the punctuation behind them."""
    for found in _ADDRESS.finditer(text):
        yield found.start(), found.start() + len(found[0].rstrip(".,;:!?)'»”"))


def _without_addresses(text: str) -> str:
    parts, end = [], 0
    for start, stop in _addresses(text):
        parts.append(text[end:start])
        end = stop
    return "".join([*parts, text[end:]])
