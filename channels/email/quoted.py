"""What the customer wrote now, and what stood around it: earlier mails, signatures, disclaimers. Pure, in linear time.

Each line goes to one of the two, none is changed or lost. In doubt it is the customer's: what was answered between
quoted lines stays, with them, and a mail that only quotes or forwards keeps all of its text.
"""

from dataclasses import dataclass

from channels.email.quote_marks import Kind, begins_with_intro, is_rule, kinds_of
from channels.email.sign_offs import is_sent_from, signed_from

# A quotation with words above and below it: a short one was chosen to be answered, a longer one was left standing.
CHOSEN = 8
# Of sign-offs below one another so many are looked for; who sends more wants to be looked at for long.
SIGN_OFFS = 30


@dataclass(frozen=True, slots=True)
class Parts:
    """The text that was `written` now, and what was folded away, `quoted`, in the order in which it stood."""

    written: str
    quoted: str = ""


def split(text: str) -> Parts:
    """What of a mail's `text` was written now, and the rest; never nothing written where there are words."""
    lines = text.split("\n")
    body = _Body(lines, kinds_of(lines))
    body.fold()
    written = body.text(folded=False)
    if not _has_words(written):
        return Parts(text)
    quoted = body.text(folded=True)
    # A drawn line alone is not worth a look.
    return Parts(written, quoted if _has_words(quoted) else "")


class _Body:
    """The lines of a mail, and which of them are folded away."""

    def __init__(self, lines: list[str], kinds: list[Kind]) -> None:
        self._lines = lines
        self._kinds = kinds
        self._folded = [False] * len(lines)
        # How many lines with words of the sender's own stand before each line.
        self._words = [0]
        for line, kind in zip(lines, kinds, strict=True):
            self._words.append(self._words[-1] + (kind is Kind.TEXT and _has_words(line) and not is_sent_from(line)))

    def text(self, *, folded: bool) -> str:
        """The lines that are folded away, or those that are not, without empty ones around them."""
        chosen = [line for line, is_folded in zip(self._lines, self._folded, strict=True) if is_folded is folded]
        while chosen and not chosen[-1].strip():
            chosen.pop()
        begin = next((number for number, line in enumerate(chosen) if line.strip()), 0)
        return "\n".join(chosen[begin:])

    def fold(self) -> None:
        """Fold the history, then from the end what signs off, then what is quoted above the words."""
        stop = self._history()
        if stop is None:
            return
        self._fold(stop, len(self._lines))
        end = self._tail(stop)
        self._fold(end, stop)
        self._quotations(end)
        self._lines_of_machines(end)

    def _fold(self, begin: int, stop: int) -> None:
        self._folded[begin:stop] = [True] * (stop - begin)

    def _history(self) -> int | None:
        """Where an earlier mail begins that goes on to the end; None where the mail is nothing but that one."""
        number = 0
        while number < len(self._lines):
            kind, is_below = self._kinds[number], self._words[number] > 0
            after = self._end_of(Kind.INTRO, number)
            if kind is Kind.HISTORY:
                return number if is_below else None
            if kind is Kind.INTRO and self._next_kind(after) is not Kind.QUOTE:
                if is_below:
                    return number
                # With nothing above it what follows is all that the mail says.
                self._fold(number, after)
            number = max(after, number + 1)
        return number

    def _end_of(self, kind: Kind, number: int) -> int:
        """The first line from `number` on that is of another kind."""
        while number < len(self._lines) and self._kinds[number] is kind:
            number += 1
        return number

    def _next_kind(self, number: int) -> Kind | None:
        while number < len(self._lines) and self._kinds[number] is Kind.EMPTY:
            number += 1
        return self._kinds[number] if number < len(self._lines) else None

    def _tail(self, stop: int) -> int:
        """The end of the words before `stop`: without quotations, drawn lines and sign-offs below the last of them."""
        for _ in range(SIGN_OFFS):
            begin = stop
            while begin and (self._kinds[begin - 1] is not Kind.TEXT or is_rule(self._lines[begin - 1])):
                begin -= 1
            begin = begin if self._words[begin] else stop
            begin = self._signed_from(begin)
            if begin == stop:
                break
            stop = begin
        return stop

    def _signed_from(self, stop: int) -> int:
        begin = signed_from(self._lines, stop)
        return begin if self._words[begin] else stop

    def _quotations(self, stop: int) -> None:
        """Fold the headers of quotations, and the quotation that is answered as a whole."""
        blocks = self._blocks(stop)
        for number in range(stop):
            if self._kinds[number] is Kind.INTRO:
                self._folded[number] = True
        if len(blocks) != 1:
            return
        begin, end = blocks[0]
        is_first = not self._words[begin]
        if self._is_introduced(begin) and (is_first or end - begin > CHOSEN):
            self._fold(begin, end)

    def _blocks(self, stop: int) -> list[tuple[int, int]]:
        """The quotations before `stop`; empty lines do not part them."""
        blocks: list[tuple[int, int]] = []
        number = 0
        while number < stop:
            if self._kinds[number] is Kind.QUOTE:
                end = number
                while end < stop and self._kinds[end] in (Kind.QUOTE, Kind.EMPTY):
                    end += 1
                blocks.append((number, end))
                number = end
            number += 1
        return blocks

    def _is_introduced(self, begin: int) -> bool:
        if begins_with_intro(self._lines[begin : begin + 3]):
            return True
        while begin and self._kinds[begin - 1] is Kind.EMPTY:
            begin -= 1
        return begin > 0 and self._kinds[begin - 1] is Kind.INTRO

    def _lines_of_machines(self, stop: int) -> None:
        """Fold what a telephone wrote between two paragraphs."""
        for number in range(stop):
            above = number == 0 or not self._lines[number - 1].strip()
            below = number + 1 >= stop or not self._lines[number + 1].strip()
            if above and below and self._words[stop] and is_sent_from(self._lines[number]):
                self._folded[number] = True


def _has_words(text: str) -> bool:
    return any(letter.isalnum() for letter in text)
