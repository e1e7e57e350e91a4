"""What a customer wrote, in the forms in which facts are looked for; all of them are as long as the text itself."""

from dataclasses import dataclass
from typing import Any

from router.core.found.personal_data import without_names
from router.core.found.plain import plain
from router.core.found.whose import is_of_other
from router.model.fact import OPEN_KINDS, Fact

# They stand within words: "I\u2019ve".
_APOSTROPHES = str.maketrans("\u2019\u2018\u00b4`", "''''")


@dataclass(frozen=True, slots=True)
class Said:
    """The text as written, in ASCII, that in small letters, and that again without links, addresses and @names.

    `region` is the country (`PA`) that numbers without one are of; nothing where nobody knows.
    """

    text: str
    ascii: str
    low: str
    bare: str
    region: str = ""

    @classmethod
    def of(cls, text: str, region: str = "") -> "Said":
        """The forms of `text`."""
        ascii_text = plain(text.translate(_APOSTROPHES))
        low = ascii_text.lower()
        return cls(text, ascii_text, low, without_names(low), region.upper())

    def fact(self, kind: str, span: tuple[int, int], value: str, sort: str = "", proved: bool | None = None) -> Fact:
        """The fact that stands at `span`."""
        start, end = span
        return Fact(
            kind,
            value,
            sort,
            self.text[start:end],
            start,
            end,
            proved,
            of_other=is_of_other(self.low, start, end),
            is_open=kind in OPEN_KINDS,
        )

    def before(self, start: int, reach: int = 60) -> str:
        """The words before `start`, in small letters."""
        return self.low[max(start - reach, 0) : start]

    def words(self, span: tuple[int, int]) -> str:
        """What was written at `span`, with one blank between words."""
        return " ".join(self.text[span[0] : span[1]].split())


def span_of(match: Any, name: str) -> tuple[int, int]:
    """Where the group `name` of `match` stands; RE2 asks for its number."""
    start, end = match.span(match.re.groupindex[name])
    return start, end
