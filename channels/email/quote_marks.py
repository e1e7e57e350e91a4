"""What each line of a mail's text is: words, a quoted line, or what a mail program put above a quotation.

Each line is looked at a bounded number of times and each expression sees a bounded text, so that the time is linear.
"""

import re
from collections.abc import Iterator
from enum import Enum, auto

from channels.email import quote_words as words

# A header of a quotation is no longer, and on no more lines.
LENGTH = 400
SPAN = 5
# Of an Outlook block: its header may be followed by so many lines before all of it was seen.
BLOCK = 14
WRAPPED = 60


class Kind(Enum):
    """What a line is. INTRO is "On ... wrote:"; HISTORY begins what is an earlier mail to its end."""

    EMPTY = auto()
    TEXT = auto()
    QUOTE = auto()
    INTRO = auto()
    HISTORY = auto()


def kinds_of(lines: list[str]) -> list[Kind]:
    """The kind of each of `lines`."""
    kinds = [_simple(line) for line in lines]
    _mark_wrapped(lines, kinds)
    labels = [_label(line) if kind is Kind.TEXT else "" for line, kind in zip(lines, kinds, strict=True)]
    for number, line in enumerate(lines):
        if kinds[number] is Kind.TEXT and (
            is_divider(line) or _is_block(lines, labels, number) or _is_foreign_block(lines, number)
        ):
            kinds[number] = Kind.HISTORY
        elif begin := _intro(lines, kinds, number):
            kinds[begin[0] : number + 1] = [Kind.INTRO] * (number + 1 - begin[0])
    return kinds


def is_divider(line: str) -> bool:
    """Whether the line says that an earlier mail follows: "-----Mensaje original-----"."""
    if len(line) > 200:
        return False
    told = SPACES.sub(" ", line.strip(AROUND)).casefold()
    if told in FORWARD_BEGINS or any(each in told for each in words.ABOVE):
        return True
    framed = any(frame in line for frame in ("--", "==", "__", "——", "**", "##"))
    return framed and (told in DIVIDERS or told.startswith("forwarded by "))


def is_rule(line: str) -> bool:
    """Whether the line is drawn, not written: "_____"."""
    return bool(RULE.fullmatch(line))


def _simple(line: str) -> Kind:
    told = line.lstrip(BLANK)
    if not told:
        return Kind.EMPTY
    return Kind.QUOTE if told.startswith(">") else Kind.TEXT


def _mark_wrapped(lines: list[str], kinds: list[Kind]) -> None:
    """A quoted line that was too long went on without its mark: between two quoted lines, in small letters."""
    for number in range(1, len(lines) - 1):
        before, line = lines[number - 1].rstrip(), lines[number]
        if kinds[number] is not Kind.TEXT or kinds[number - 1] is not Kind.QUOTE or len(before) < WRAPPED:
            continue
        if kinds[number + 1] is Kind.QUOTE and line[:1].islower() and before[-1] not in ".?!:;>)":
            kinds[number] = Kind.QUOTE


def _label(line: str) -> str:
    """Which header the line is of a block such as Outlook's (`from`, `date`, `to`, `subject`, `copies`), `form` of a
    form's, or empty.
    """
    found = LABEL.match(line[:100])
    return LABELS.get(SPACES.sub(" ", found[1].strip()).casefold(), "") if found else ""


def _is_block(lines: list[str], labels: list[str], number: int) -> bool:
    """Whether a block of headers begins at `number`: from whom, when, and to whom or about what."""
    if labels[number] not in ("from", "date", "to", "subject"):
        return False
    found: set[str] = set()
    other = 0
    for place in range(number, min(number + BLOCK, len(lines))):
        other = 0 if labels[place] else other + 1
        # Names and addresses go on over lines; an empty line may stand between two headers.
        if other > 2 or (labels[place] in found and labels[place] != "copies"):
            break
        found.add(labels[place])
    found -= {""}
    if "form" in found:
        return False
    if {"from", "date"} <= found and found & {"to", "subject"}:
        return True
    near = "\n".join(lines[number : number + 4])[: 4 * LENGTH]
    if {"from", "to", "subject"} <= found and "@" in near:
        return True
    return "from" in found and len(found) > 1 and _is_below_rule(lines, number)


def _is_below_rule(lines: list[str], number: int) -> bool:
    """Whether a long drawn line stands above, as Outlook puts one: "________________________________"."""
    above = next((line for line in reversed(lines[max(0, number - 3) : number]) if line.strip(BLANK)), "")
    return len(above.strip()) >= 10 and not above.strip(BLANK + "_-")


def _is_foreign_block(lines: list[str], number: int) -> bool:
    """Whether below a drawn line there stand headers in a language that is not known here."""
    headers = lines[number : number + 4]
    if len(headers) < 4 or not all(FOREIGN_LABEL.match(line[:60]) for line in headers):
        return False
    if any(_label(line) == "form" for line in headers):
        return False
    return _is_below_rule(lines, number) and "@" in "".join(line[:LENGTH] for line in headers)


def begins_with_intro(lines: list[str]) -> bool:
    """Whether the quoted `lines` begin with the header of their quotation, within the marks, as Apple's programs do."""
    told = ""
    for line in lines[:3]:
        told = f"{told} {line.lstrip(BLANK + '>').rstrip(BLANK)}"[: LENGTH + 1]
        if len(told) <= LENGTH and _is_intro(SPACES.sub(" ", told).strip()):
            return True
    return False


def _intro(lines: list[str], kinds: list[Kind], number: int) -> tuple[int] | None:
    """Where the header of a quotation begins that ends at line `number`; None if there is none."""
    line = lines[number]
    if not ENDS.search(line[-60:]) or len(line) > LENGTH:
        return None
    told, found = "", None
    for begin in _back(lines, kinds, number):
        told = f"{lines[begin].strip(BLANK)} {told}"
        if len(told) > LENGTH:
            break
        if not NUMBER_OR_ADDRESS.search(told):
            continue
        whole = SPACES.sub(" ", told).strip()
        if _is_intro(whole):
            # The name alone may do, but where a day stands before it the header begins there.
            found = (begin,) if found is None or _has_day(whole) else found
            if _has_day(whole):
                break
    return found


def _back(lines: list[str], kinds: list[Kind], number: int) -> Iterator[int]:
    """The line `number` and those before it that may belong to one header with it."""
    # A single `>` may be the end of an address that was wrapped.
    if kinds[number] is Kind.QUOTE and not BROKEN_ADDRESS.match(lines[number]):
        return
    if kinds[number] is Kind.EMPTY or kinds[number] is Kind.INTRO:
        return
    yield number
    for place in range(number - 1, max(-1, number - 1 - SPAN), -1):
        line = lines[place].strip(BLANK)
        if kinds[place] is Kind.EMPTY and lines[place + 1].strip(BLANK) == "<":
            yield place
        elif kinds[place] is not Kind.TEXT or not line or line[-1] in ":：?!":
            return
        else:
            yield place


def _is_intro(told: str) -> bool:
    if DATED_SENDER.fullmatch(told) and _is_dated(told) and A_TIME.search(told):
        return told.endswith((":", "：")) or bool(ISO_DATE.match(told))
    if OLD_GMAIL.fullmatch(told):
        return True
    if told.endswith(">"):
        # What else is known ends with a word or a colon; nearly every line of a hostile mail may come here.
        return False
    if QUOTING.match(told) and EVIDENCE.search(told) and told.endswith((":", "：")):
        return True
    at_end = WROTE_AT_END.search(told[-60:])
    if at_end:
        before = told[: len(told) - len(told[-60:]) + at_end.start()]
        is_framed = told.startswith("--") and told.endswith("--")
        return not _is_persons(before) and (is_framed or _is_dated(told) or bool(SENDER_FIRST.match(told)))
    return told.endswith((":", "：")) and _is_intro_by_its_middle(told)


def _is_intro_by_its_middle(told: str) -> bool:
    if SENDER_FIRST.match(told) and EVIDENCE.search(told):
        return bool(WROTE_AFTER_SENDER.search(told))
    return bool(WROTE_BETWEEN.search(told)) and _is_dated(told)


def _is_persons(before: str) -> bool:
    last = before.rstrip(" '’").rpartition(" ")[2].casefold()
    return last in words.PERSONS


def _is_dated(told: str) -> bool:
    """Whether it begins with a date, after a few words, and names a year, a time or an address."""
    date = A_DATE.search(told[:60])
    return bool(date) and len(told[: date.start()].split()) <= 4 and bool(EVIDENCE.search(told))  # type: ignore[union-attr]


def _has_day(told: str) -> bool:
    day = A_DAY.search(told[:60])
    return bool(day) and len(told[: day.start()].split()) <= 3  # type: ignore[union-attr]


def _any(choices: tuple[str, ...]) -> str:
    return "|".join(re.escape(each) for each in sorted(choices, key=len, reverse=True))


BLANK = " \t\r\f\v\u00a0\u200b\u200e\u200f\ufeff\u202f"
AROUND = BLANK + "-_=*#~>:：.|<[]()—–"
SPACES = re.compile(r"[\s\u200b\u200e\u200f\ufeff]+")
RULE = re.compile(r"\s*(?:[-_=*~#+—–―ᐧ]\s?){2,}\s*|\s*[ᐧ—]\s*")
DIVIDERS = frozenset(words.ORIGINAL + words.FORWARDED)
FORWARD_BEGINS = frozenset(words.FORWARD_BEGINS)
LABEL = re.compile(r"\s{0,12}[*_]{0,2}([^\W\d_][\w .’'-]{0,22}?)[*_]{0,2}\s?[:：][*_]{0,2}")
FOREIGN_LABEL = re.compile(r"\s{0,4}[*_]{0,2}[^\W\d_][^:：]{0,25}[:：]")
LABELS = {
    label: name
    for name, labels in (
        ("form", words.FORM),
        ("copies", words.COPIES),
        ("subject", words.SUBJECT),
        ("to", words.TO),
        ("date", words.DATE),
        ("from", words.FROM),
    )
    for label in labels
}
WROTE_AT_END = re.compile(
    rf"(?:(?<![\w@.-])(?:{_any(words.WROTE)})|{_any(words.WROTE_UNPARTED)})(?:\s?\([\w/]{{1,3}}\))?\s?[:：]?[\s*_-]*$",
    re.IGNORECASE,
)
WROTE_AFTER_SENDER = re.compile(
    rf"(?<!\w)(?:{_any(words.WROTE_BEFORE + words.WROTE_AFTER_SENDER)})(?!\w)", re.IGNORECASE
)
QUOTING = re.compile(rf"(?:{_any(words.QUOTING)})\s", re.IGNORECASE)
WROTE_BETWEEN = re.compile(rf"(?<!\w)(?:{_any(words.WROTE_BEFORE)})(?!\w)", re.I)
ENDS = re.compile(
    rf"[:：>]\s*$|(?:{_any(words.WROTE + words.WROTE_UNPARTED)})[\s*_-]*$|GMT[+-]\d\d:\d\d .{{1,50}}$", re.I
)
BROKEN_ADDRESS = re.compile(
    r"\s*>[:：]?\s*$|\s*>\s?(?:wrote|escribió|escreveu|a écrit|schrieb|ha scritto)\s?[:：]\s*$", re.I
)
DAY = (
    r"\d{1,4}\s?[-./年년]\s?\d{1,2}|(?<![\d:])\d{1,2}(?:st|nd|rd|th|[.ºª])?,?\s(?:de\s|d[’'])?[^\W\d]{3}"
    r"|[^\W\d]{3}\.?\s\d{1,2}(?![\d:])"
)
A_DAY = re.compile(DAY)
A_DATE = re.compile(DAY + r"|(?<!\d)\d{1,2}[:.h]\d\d(?!\d)")
NUMBER_OR_ADDRESS = re.compile(r"[\d@]|^\s*--")
A_TIME = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)|(?<!\d)\d{1,2}[:.h]\d\d(?![\d.])")
EVIDENCE = re.compile(r"@|(?<!\d)(?:19|20)\d\d(?!\d)|(?<!\d)\d{1,2}[:.h]\d\d(?!\d)")
DATED_SENDER = re.compile(r".{6,250}<[^<>\s]{1,150}@[^<>\s]{1,150}>\s?[:：]?")
ISO_DATE = re.compile(r"\d{4}[-/]\d\d?[-/]\d\d?\s")
OLD_GMAIL = re.compile(r"\d{4}-\d\d-\d\d \d\d?:\d\d GMT[+-]\d\d:\d\d .{1,100}")
SENDER_FIRST = re.compile(r"[^<>@:]{1,80}<[^<>\s]{1,150}@[^<>\s]{1,150}>[^<>@]{1,80}$|[^\s<>@:]{1,80}@[^\s<>@:]{1,80} ")
