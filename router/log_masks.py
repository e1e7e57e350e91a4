"""What a log line may not hold is masked: addresses, names on a channel, numbers of people, words in quotes.

It errs on the side of too much: ids of Hilo's, hosts, paths, codes and counts stay, since that is what ops need.
"""

import builtins
import hashlib
import keyword
from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache
from pathlib import PurePath
from traceback import extract_tb
from typing import Any

import re2

from router.core.found.personal_data import personal_data
from router.model import conversation, customer, decision, event
from router.model.finding import PersonalData
from router.model.value import Value

LONGEST = 600
DEEPEST = 4
FRAMES = 30
ADDRESS, HANDLE, NUMBER, WORDS, DATA = "(address)", "(handle)", "(number)", "(words)", "(personal)"
CLOSING = "'\"»”"

_ADDRESS = re2.compile(r"""[^\s<>"'`(){}\[\],;:@|=/\\]+(?:@|%40|=40)[\pL\d_-][^\s<>"'`(){}\[\],;:@|/\\]*""")
_HANDLE = re2.compile(r"(?:^|[^\pL\d_@/.])(@[\pL\d_]{2,})")
# Words that somebody or something put between quotes, bytes too; an apostrophe within a word opens and closes none. Of
# what was cut the end may be missing.
_QUOTED = re2.compile(
    r"""(?s)(?:^|[^\pL\d_]|\b[bBrRuU])"""
    r"""('(?:[^'\\]|\\.|'[\pL\d_])*(?:'|\\?\z)|"(?:[^"\\]|\\.|"[\pL\d_])*(?:"|\\?\z)|«[^»]*(?:»|\z)|“[^”]*(?:”|\z))"""
    r"""(?:$|[^\pL\d_])"""
)
# What may stand in quotes: a name of ours, a place on this machine, a number. No file that somebody sent, and no word
# in small letters alone that is none of ours: a name on a channel looks like that.
_WORD = re2.compile(r"[a-z]+")
_NAME = re2.compile(r"[a-z][a-z0-9_.:-]{0,40}|[A-Z][A-Z_0-9]{2,20}|[0-9.]{1,6}|utf-8|UTF-8")
_FILE = re2.compile(r"(?i).*\.(?:pdf|png|jpe?g|gif|webp|heic|docx?|xlsx?|csv|txt|zip|eml|html?|mp[34]|ogg|wav|mov)")
_PATH = re2.compile(r"/[^\s'\"]+")
# Kept before numbers are looked for: what of ours has digits, instants, addresses of machines, sizes and lengths.
_OURS = re2.compile(
    r"\b[cuodkp]-[0-9]{2}-[0-9a-z-]+\b|\b(?:[0-9]{2}-)?1[0-9]{12}-[0-9]+\b"
    r"|\b[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ][0-9:.]+)?"
    r"(?:Z|\+00:00)?|\b(?:[0-9]{1,3}\.){3}[0-9]{1,3}(?::[0-9]+)?\b|\b[0-9]+ ?(?:bytes|ms|s|kB|KB|MB|GB|seconds)\b"
    r"|\b[0-9a-f]{40}(?:[0-9a-f]{24})?\b|0x[0-9a-f]+|/[^\s'\"]+"
)
_NUMBER = re2.compile(r"\+?[0-9(][0-9 .()/-]{5,}[0-9](?:-?[kKxX]\b)?")
# In a place: numbers as people have them, between signs. Days, long ids and short numbers stay.
_IN_PLACE = re2.compile(
    r"(?:^|[^0-9A-Za-z]|%2[Bb])(\+?[0-9]{7,12}|[0-9]{1,4}(?:-[0-9]{2,6}){1,3}|\+[0-9]{1,3}-[0-9-]{6,14})(?:$|[^0-9A-Za-z])"
)
_DAY = re2.compile(r"(?:19|20)[0-9]{2}-?(?:0[1-9]|1[0-2])-?(?:0[1-9]|[12][0-9]|3[01])")
_CODE = re2.compile(r"\b[A-Z]{1,4}-?[0-9]{6,}[A-Z0-9]*\b")


def masked(value: Any, ours: frozenset[str] = frozenset(), depth: int = 0) -> Any:
    """`value` as a log may hold it; `ours` are the addresses and names of the company, in small letters."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return masked_text(value, ours)
    if isinstance(value, bytes | bytearray):
        return f"({len(value)} bytes)"
    if isinstance(value, PurePath):
        return masked_place(str(value))
    if isinstance(value, BaseException):
        return named(value, ours)
    if depth >= DEEPEST:
        return "(…)"
    if isinstance(value, Mapping):
        return {masked_text(str(name), ours): masked(each, ours, depth + 1) for name, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [masked(each, ours, depth + 1) for each in value]
    return masked_text(str(value), ours)


def masked_text(text: str, ours: frozenset[str] = frozenset()) -> str:
    """`text` without what tells who somebody is or what they wrote; what is longer than a reason is cut."""
    text = text if len(text) <= 4 * LONGEST else text[: 4 * LONGEST]
    text = _replaced(_QUOTED, text, lambda found: found if _may_be_told(found[1:-1], ours) else _in_quotes(found))
    text = _replaced(_ADDRESS, text, lambda found: found if _is_ours(found, ours) else ADDRESS)
    text = _replaced(_HANDLE, text, lambda found: found if _is_ours(found, ours) else HANDLE)
    text = "".join(_kept(part) if is_kept else _numbers(part) for part, is_kept in _apart(text))
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def masked_place(place: str) -> str:
    """A path or an address on the web without numbers of people: routes, ids and days in it stay."""
    return _replaced(_IN_PLACE, place, lambda found: NUMBER if _is_a_persons(found) else found)


def named(error: BaseException, ours: frozenset[str] = frozenset()) -> str:
    """The error's class and its text, masked."""
    return f"{type(error).__name__}: {masked_text(str(error), ours)}".removesuffix(": ")


def traced(error: BaseException, ours: frozenset[str] = frozenset()) -> str:
    """Where `error` was raised and by what it was caused: places and classes, no values and no lines of code."""
    told: list[str] = []
    seen: set[int] = set()
    each: BaseException | None = error
    while each is not None and id(each) not in seen and len(told) < 4 * FRAMES:
        seen.add(id(each))
        frames = extract_tb(each.__traceback__)[-FRAMES:]
        told += [named(each, ours), *(f"  {frame.filename}:{frame.lineno} in {frame.name}" for frame in frames)]
        if isinstance(each, BaseExceptionGroup):
            told += [f"  + {named(inner, ours)}" for inner in each.exceptions[:10]]
        each = each.__cause__ or (None if each.__suppress_context__ else each.__context__)
    return "\n".join(told)


def known_again(key: str) -> str:
    """A stable name for a provider's key with an address in it, such as a Message-ID; others stay as they are."""
    return f"key-{hashlib.sha256(key.encode('utf-8', 'replace')).hexdigest()[:12]}" if "@" in key else key


def _replaced(pattern: Any, text: str, tell: Any) -> str:
    """`text` with what `tell` says in place of each match, or of its first group."""
    kept: list[str] = []
    end = at = 0
    while found := pattern.search(text, at):
        start, stop = found.span(1 if pattern.groups else 0)
        kept += [text[end:start], tell(text[start:stop])]
        end, at = stop, max(stop, at + 1)
    return "".join([*kept, text[end:]])


def _may_be_told(words: str, ours: frozenset[str]) -> bool:
    if _is_ours(words, ours) or not words:
        return True
    if _FILE.fullmatch(words) and not words.startswith("/"):
        return False
    if _WORD.fullmatch(words):
        return words in _names_of_ours()
    return bool(_NAME.fullmatch(words) or _PATH.fullmatch(words))


@lru_cache(maxsize=1)
def _names_of_ours() -> frozenset[str]:
    """The words that our records, Python and codecs go by: fields, kinds and states, types, encodings."""
    found = {*dir(builtins), *keyword.kwlist, "ascii", "charmap", "idna", "surrogateescape"}
    for each in (each for module in (conversation, customer, decision, event) for each in vars(module).values()):
        if isinstance(each, type) and issubclass(each, StrEnum):
            found.update(each)
        elif isinstance(each, type) and issubclass(each, Value):
            found.update(each.__struct_fields__)
    return frozenset(found)


def _is_a_persons(number: str) -> bool:
    return sum(map(str.isdigit, number)) >= 7 and not _DAY.fullmatch(number)


def _kept(part: str) -> str:
    return masked_place(part) if part.startswith("/") else part


def _in_quotes(found: str) -> str:
    return f"{found[0]}{WORDS}{found[-1] if found[-1] in CLOSING else '…'}"


def _is_ours(found: str, ours: frozenset[str]) -> bool:
    return found.lower().rstrip(".") in ours


def _apart(text: str) -> list[tuple[str, bool]]:
    """`text` in parts, each with whether it is one that stays as it is."""
    parts: list[tuple[str, bool]] = []
    end = 0
    for found in _OURS.finditer(text):
        parts += [(text[end : found.start()], False), (found.group(), True)]
        end = found.end()
    return [*parts, (text[end:], False)]


def _numbers(text: str) -> str:
    if not any(sign.isdigit() for sign in text):
        return text
    text = _replaced(_NUMBER, text, lambda found: NUMBER if sum(map(str.isdigit, found)) >= 7 else found)
    text = _replaced(_CODE, text, lambda _: NUMBER)
    # Addresses are done; what is left of them is ours.
    for each in reversed([one for one in personal_data(text) if one.kind is not PersonalData.EMAIL]):
        text = f"{text[: each.start]}{DATA}{text[each.end :]}"
    return text
