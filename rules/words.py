"""Words as rules find them: whole, without regard to case and accents."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

READ_CHARACTERS = 10_000
SEARCHED_CHARACTERS = 2_000
WORD = re.compile(r"[^\W_]+")
# Accents that have no letter of their own with them (g̃) stay behind their letter in what is read as it was written.
ACCENT = r"[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
EXACT_WORD = re.compile(rf"(?:[^\W_]{ACCENT}*)+")
# All marks that NFC puts in order (Unicode Standard, section 3.11), those of other scripts too.
ORDERED = "".join(chr(code) for code in range(0x300, 0x1F000) if unicodedata.combining(chr(code)))
HEAP = re.compile(rf"([{ORDERED}]{{8}})[{ORDERED}]+")
UNSEEN = frozenset({"Mn", "Mc", "Me", "Cf"})
FOREIGN = re.compile(r"[^\x00-\x7f]")
# More different letters than this are taken in one pass instead of one by one.
FEW = 24
LETTERS_KEPT = 20_000
TERMS_KEPT = 50_000


class _Letters(dict[str, str]):
    """What each letter that is not ASCII becomes; filled as they come."""

    def __missing__(self, letter: str) -> str:
        if len(self) >= LETTERS_KEPT:
            self.clear()
        # Taking the case away can bring new accents forth (İ becomes i with a dot above), hence apart twice.
        apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", letter).casefold())
        found = "".join(part for part in apart if unicodedata.category(part) not in UNSEEN)
        self[letter] = found
        return found


class _Table(dict[int, str]):
    """The same, as `str.translate` asks for it."""

    def __missing__(self, code: int) -> str:
        return LETTERS[chr(code)] if code > 0x7F else chr(code)


LETTERS = _Letters()
TABLE = _Table()


def fold(text: str) -> str:
    """`text` without accents and case: `Facturación`, `FACTURACION` and `facturacion` are one, and ñ is n."""
    if text.isascii():
        return text.lower()
    foreign = set(FOREIGN.findall(text))
    if len(foreign) > FEW:
        text = text.translate(TABLE)
    else:
        for letter in foreign:
            text = text.replace(letter, LETTERS[letter])
    return text.lower() if text.isascii() else text.casefold()


def as_written(text: str) -> str:
    """`text` with each accented letter in one piece (NFC), so that what looks alike is alike.

    Of many accents on one letter the first few are kept: to put thousands in order takes the square of the time.
    """
    return text if text.isascii() else unicodedata.normalize("NFC", HEAP.sub(r"\1", text))


@dataclass(frozen=True, slots=True)
class Term:
    """A word, a phrase, or with a trailing `*` the beginning of one; `written` is how it stands in the rules' file.

    `words` are what is sought, one next to the other, folded unless `exact`; of the last one only the beginning where
    `is_beginning`.
    """

    written: str
    words: tuple[str, ...]
    is_beginning: bool = False
    exact: bool = False

    @classmethod
    @lru_cache(maxsize=TERMS_KEPT)
    def of(cls, written: str, *, exact: bool = False) -> "Term":
        """The term `written`; ValueError, in plain words, if it can never be found."""
        stem = written.strip()
        is_beginning = stem.endswith("*")
        stem = stem.removesuffix("*")
        if "*" in stem:
            raise ValueError("`*` stands at the end only")
        form = (as_written if exact else fold)(stem[:READ_CHARACTERS])
        words = (EXACT_WORD if exact else WORD).findall(form)
        if not words:
            raise ValueError("there is no letter and no digit in it")
        if is_beginning and not form.endswith(words[-1]):
            raise ValueError("`*` follows a letter or a digit")
        return cls(written, tuple(words), is_beginning, exact)

    @property
    def is_only_beginning(self) -> bool:
        """Whether no word of it is whole."""
        return self.is_beginning and len(self.words) == 1

    @property
    def sought(self) -> str:
        """What is looked for in a line of words that each stand between two spaces."""
        return f" {' '.join(self.words)}{'' if self.is_beginning else ' '}"

    def covers(self, other: "Term") -> bool:
        """Whether whatever holds `other` holds this one too."""
        if self.exact and not other.exact:
            return False
        mine, theirs = self.sought, other.sought
        if self.exact != other.exact:
            theirs = Term.of(other.written).sought
        return mine in theirs
