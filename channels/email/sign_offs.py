"""What stands below the words of a mail and says nothing new: signatures, a telephone's line, disclaimers."""

from channels.email.quote_marks import BLANK, is_rule
from channels.email.sign_off_words import (
    ADVERT,
    ASKED,
    ASKS,
    CLOSING,
    CONTACT,
    IN_NAMES,
    LEGAL,
    LONG_NUMBER,
    MINE,
    NAME,
    NAME_ENDS,
    NUMBERS,
    OPENING,
    PRINTING,
    SENT_BY,
    SENT_FROM,
)

# A signature is no longer (lines with something in them), a disclaimer begins no farther from the end.
SIGNATURE_LINES = 12
CONTACT_LINES = 8
REACH = 60
LINE = 300


def is_sent_from(line: str) -> bool:
    """Whether a telephone or a mail program wrote the line: "Enviado desde mi iPhone"."""
    told = line.strip(BLANK + "<>()[]*_-")
    if not 4 < len(told) < 160 or len(told.split()) > 16:
        return False
    if LONG_NUMBER.search(told.partition("http")[0]):
        return False
    device = SENT_BY.match(told) or MINE.match(told)
    if device and all(_is_of_name(word) for word in NAME_ENDS.split(told[device.end() :], maxsplit=1)[0].split()):
        return True
    return any(each.match(told) for each in SENT_FROM)


def _is_of_name(word: str) -> bool:
    """Whether `word` may stand in a device's name: of "Samsung Galaxy s5" each, of "app to all users" not."""
    return not word.islower() or any(letter.isdigit() for letter in word) or word in IN_NAMES


def signed_from(lines: list[str], stop: int) -> int:
    """Where the sign-off begins that ends `lines[:stop]`; `stop` if there is none."""
    for find in (_sent_from, _disclaimer, _marked, _ruled, _closed):
        begin = find(lines, stop)
        if begin < stop:
            return begin
    return stop


def _sent_from(lines: list[str], stop: int) -> int:
    return stop - 1 if stop and (is_sent_from(lines[stop - 1]) or ADVERT.match(lines[stop - 1].strip(BLANK))) else stop


def _disclaimer(lines: list[str], stop: int) -> int:
    """The first paragraph, near the end, that opens as disclaimers do and goes on in their words."""
    for begin in range(max(0, stop - REACH), stop):
        if begin and not _ends_paragraph(lines[begin - 1]):
            continue
        opening = lines[begin].strip(BLANK + "*_-<>")[:LINE]
        if PRINTING.match(opening) and _is_last(lines, begin, stop):
            return begin
        if opening and OPENING.match(opening) and _is_legal(lines, begin, stop):
            return begin
    return stop


def _ends_paragraph(line: str) -> bool:
    return not line.strip(BLANK) or is_rule(line)


def _is_last(lines: list[str], begin: int, stop: int) -> bool:
    return sum(bool(line.strip(BLANK)) for line in lines[begin:stop]) <= 3


def _is_legal(lines: list[str], begin: int, stop: int) -> bool:
    """Whether what follows, some lines of it, holds at least three of the words that disclaimers are made of."""
    told = " ".join(line[: 8 * LINE] for line in lines[begin : min(stop, begin + 8)])[: 8 * LINE].casefold()
    return len({found.group()[:6] for found in LEGAL.finditer(told)}) >= 3


def _marked(lines: list[str], stop: int) -> int:
    """The mark of a signature, `--` on a line of its own, with few lines below it (RFC 3676 section 4.3)."""
    below = 0
    for place in range(stop - 1, -1, -1):
        line = lines[place].strip(BLANK)
        if line in ("--", "—", "–", "- --"):
            return place if below <= SIGNATURE_LINES else stop
        below += bool(line)
        if below > SIGNATURE_LINES or len(line) > LINE or ASKS.search(line):
            return stop
    return stop


def _ruled(lines: list[str], stop: int) -> int:
    """A drawn line with a card below it: who, and how to reach them; or the foot of a mailing list."""
    below: list[str] = []
    for place in range(stop - 1, -1, -1):
        line = lines[place].strip(BLANK)
        if is_rule(line) and len(line) > 2:
            is_card = len(below) > 1 and any(CONTACT.search(each) for each in below)
            return place if is_card and line[0] in "-_—–―" and not _tells(lines, place, stop) else stop
        below += [line] if line else []
        if len(below) > CONTACT_LINES or (line and not _is_of_card(line)):
            return stop
    return stop


def _is_of_card(line: str) -> bool:
    """Whether the line says who or how to reach them; a form's "Name: ..." says what was asked for."""
    if len(line) > 100 or ASKED.match(line):
        return False
    return bool(CONTACT.search(line)) or (len(line.split()) <= 5 and line[-1] not in ".:!")


def _closed(lines: list[str], stop: int) -> int:
    """A closing, a name and at least a title, all of whose lines say how to reach somebody and nothing else."""
    found: list[int] = []
    for place in range(stop - 1, max(-1, stop - 16), -1):
        line = lines[place].strip(BLANK)
        if CLOSING.fullmatch(line):
            rest = [lines[each].strip(BLANK) for each in reversed(found)]
            is_card = len(rest) > 1 and bool(NAME.fullmatch(rest[0])) and all(CONTACT.search(each) for each in rest[1:])
            return place if is_card and not _tells(lines, place, stop) else stop
        if line:
            found.append(place)
        if len(found) > CONTACT_LINES or len(line) > 100:
            return stop
    return stop


def _tells(lines: list[str], begin: int, stop: int) -> bool:
    """Whether a line asks, or names what an agent needs: the number of a customer, a contract, an order."""
    return any(ASKS.search(line[:LINE]) or NUMBERS.search(line[:LINE]) for line in lines[begin:stop])
