"""The facts that a reply asks for: behind a request, in a question of its own, or as a line of a form."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

import re2

from router.core.found.plain import plain
from router.core.guard.legible import HANDLE, MAIL, NUMBER, STOP
from router.core.guard.sentences import PASSED, Read
from router.model.fact import Fact
from router.model.finding import Finding, FindingKind
from rules.fact_kinds import FactKinds
from rules.guard.asked import AskedWordings, FactWording
from rules.guard.patterns import options

REACH = 200
LONGEST_LINE = 60
MOST_LINES = 12
_PARTS = re2.compile(
    r"[,:;/()?\n\x01|]+|[ \n]-[ ]?| (?:y|e|o|u|and|or|&|&amp|as well as|asi como|junto con|ademas de|plus|mas|tambien) "
)
# What stands in an item that shows what is known: it is confirmed, not asked for.
_SHOWN = re2.compile(f"[{MAIL}{NUMBER}{HANDLE}]|[0-9]{{4}}|[*]{{2}}")
_FORM = re2.compile(r"(?:^|\n)[ \t*0-9.)-]{0,6}([a-z][a-z /()]{2,40}):[ _.]*(?:\n|$)")
_OF = re2.compile(" (?:de|del|of|for|from) ")
_END = re2.compile(r"[ ,]*(?:por favor|porfa|please|pls|plz)?[ ,)]*$")


Named = tuple[int, FactWording | None]


def asked_facts(
    read: Read, left: str, wordings: AskedWordings, known: Sequence[Fact], kinds: FactKinds, lang: str | None
) -> Iterator[Finding]:
    """What `left`, the reply without what is passed over, asks for of what is `known`."""
    labels = _of_ops(kinds, "label", lang)
    read_items: set[int] = set()
    for is_of_questions, start, end in wordings.heads.found(left):
        if not is_of_questions or read.is_in_question(end):
            yield from _behind(read, left, (start, end), wordings, labels, known, read_items)
    for what, start, end in wordings.asked.found(read.legible):
        # A whole question stands for itself, whatever in it sounds like what is passed over.
        if PASSED not in left[start:end] or read.is_in_question(end):
            yield from _finding(read, (start, end), what, known)
    for what, pattern in _of_ops(kinds, "ask", lang):
        for match in pattern.finditer(left):
            yield from _finding(read, match.span(), what, known)
    for start, end in (*_bare_questions(read, left), *_lines_of_forms(left)):
        item = left[start:end].partition(PASSED)[0]
        stop, asked = _what(item, wordings, labels)
        if asked and _END.match(item[stop:]) and not _is_other(item, stop, wordings):
            yield from _finding(read, (start, end), asked, known)


def _behind(
    read: Read,
    left: str,
    head: tuple[int, int],
    wordings: AskedWordings,
    labels: Sequence[tuple[FactWording, Any]],
    known: Sequence[Fact],
    read_items: set[int],
) -> Iterator[Finding]:
    """What is asked for behind a request, item by item; none of `read_items` is read again."""
    begin, stop = head[1], _end_of_list(read.legible, head[1])
    behind = left[begin:stop]
    cuts = [found.start() for each in wordings.breaks if (found := each.search(behind))]
    first = True
    for start, end in _items(behind[: min(cuts, default=len(behind))], begin):
        if start in read_items:
            break
        read_items.add(start)
        item = left[start:end].partition(PASSED)[0]
        length, what = _what(item, wordings, labels)
        if what and not _is_other(item, length, wordings):
            is_part = any(each.search(left[head[0] : end]) for each in wordings.last_digits)
            meant = [fact for fact in known if not is_part or _is_sure(fact)]
            yield from _finding(read, (head[0] if first else start, start + length), what, meant)
        first = first and not item.strip()


def _is_sure(fact: Fact) -> bool:
    """Whether nobody needs its last digits to be sure of it."""
    return fact.proved is True or fact.confirmed_by is not None


def _end_of_list(text: str, begin: int) -> int:
    """Where what is asked for ends: with the sentence, or with the list that stands in the lines below it."""
    end = text.find(STOP, begin, begin + REACH)
    end = min(begin + REACH, len(text)) if end < 0 else end
    if text[begin:end].strip() and not text[begin:end].rstrip().endswith(":"):
        return end
    for _ in range(MOST_LINES):
        following = text.find(STOP, end + 1)
        following = len(text) if following < 0 else following
        if end >= len(text) or following - end > LONGEST_LINE:
            break
        end = following
    return end


def _items(text: str, begin: int) -> Iterator[tuple[int, int]]:
    """The parts of `text`, which stands at `begin`."""
    start = begin
    for match in _PARTS.finditer(text):
        yield start, begin + match.start()
        start = begin + match.end()
    yield start, begin + len(text)


def _what(item: str, wordings: AskedWordings, labels: Sequence[tuple[FactWording, Any]]) -> Named:
    """Where the name ends that `item` begins with, behind words as "tu", and the fact; the longest name counts."""
    begin = len(item) - len(item.lstrip(" -*\"'0123456789.)?\x01"))
    if begin == len(item):
        return 0, None
    begin = max((found.end() for each in wordings.determiners if (found := each.match(item, begin))), default=begin)
    length, what = wordings.called.longest(item[begin:])
    for label, pattern in labels:
        if (found := pattern.match(item, begin)) and found.end() - begin > length:
            length, what = found.end() - begin, label
    length += begin
    if what and _OF.match(item, length) and not any(each.match(item, length) for each in wordings.behind):
        return 0, None
    return length, what


def _is_other(item: str, length: int, wordings: AskedWordings) -> bool:
    """Whether it is another's, or another than the one that is known, or shown to be confirmed."""
    if _SHOWN.search(item) or any(each.search(item) for each in wordings.others):
        return True
    return any(each.match(item, length) for each in wordings.confirms)


def _bare_questions(read: Read, text: str) -> Iterator[tuple[int, int]]:
    """Of each question the last clause: "¿tu nombre, por favor?"."""
    for start, end in read.sentences():
        if read.is_question(end) and end - start <= REACH:
            clause = max(text.rfind(sign, start, end) for sign in "\x01?,:;")
            yield (clause + 1 if clause >= start else start), end


def _lines_of_forms(text: str) -> Iterator[tuple[int, int]]:
    """What stands alone before a colon at the end of a line."""
    place = 0
    while match := _FORM.search(text, place):
        yield match.span(1)
        place = max(match.end() - 1, place + 1)


def _finding(read: Read, span: tuple[int, int], what: FactWording, known: Sequence[Fact]) -> Iterator[Finding]:
    meant = [fact for fact in known if fact.kind == what.fact and _is_of_sort(fact, what)]
    if meant:
        fact = next((each for each in meant if each.confirmed_by), meant[0])
        start, end = read.trimmed(*span)
        if start < end:
            yield Finding(FindingKind.REPEAT, start, end, read.text[start:end], fact=fact.kind, known=fact.masked)


def _is_of_sort(fact: Fact, what: FactWording) -> bool:
    """Whether a question for `what` is one for this fact; `cedula` is of `cedula-pa` too."""
    if not fact.sort:
        return True
    is_one = not what.sort or any(fact.sort.startswith(sort) for sort in what.sort)
    return is_one and not any(fact.sort.startswith(sort) for sort in what.besides)


def _of_ops(kinds: FactKinds, which: str, lang: str | None) -> Sequence[tuple[FactWording, Any]]:
    """What ops call each fact, or how they ask for it, as patterns."""
    return tuple(
        (FactWording(kind), _literally(words))
        for kind, texts in kinds.words.items()
        for language, words in (texts.label if which == "label" else texts.ask).items()
        if lang is None or language == lang
    )


@lru_cache(maxsize=1_000)
def _literally(words: str) -> Any:
    bare = " ".join("".join(sign if sign.isalnum() else " " for sign in plain(words).lower()).split())
    return re2.compile(rf"\b{re2.escape(bare)}\b".replace(r"\ ", "[ ,?.]+") if bare else "$.", options())
