"""The word that a regular expression can't do without: no text in which it is found lacks that word."""

from random import Random

import pytest
import re2

from rules.needed_words import needed_word
from rules.words import WORD

# Parts of patterns, each with what may stand for it in a text.
PIECES = {
    **{word: (word,) for word in ("factura", "gb", "5", "a", "-", "#", "/", " ", ":")},
    **dict.fromkeys((r"\b", "(?i)", "^", "$", r"\s*", "x?", r"\Bab"), ("", " ")),
    r"\s": (" ",),
    r"\s+": (" ", "  "),
    r"\d{2,3}": ("12", "123"),
    ".": ("x", "-"),
    ".*": ("", "de la"),
    "(?:pago|cobro)": ("pago", "cobro"),
    "(baja)": ("baja",),
    "[abc]": ("a", "b"),
    "[^x]+": ("de", " "),
    r"\.": (".",),
    r"\\": ("\\",),
    "|": ("",),
    r"[\]b]": ("]", "b"),
    "{2}": ("", "a"),
    "+": ("", "5"),
}
NOISE = ("", "", "", "", "_", "a", " ", "-", "5")


@pytest.mark.parametrize(
    ("pattern", "word"),
    [
        (r"\bpedido\s+#?\d{5,8}\b", "pedido"),
        (r"\b(?:uno|dos)\b.{0,20}\btres\b", "tres"),
        (r"\b[a-z]{2}-123-\d{4}\b", "123"),
        (r"factura", ""),
        (r"\bfactura", ""),
        (r"\bfactura\b|\bcobro\b", ""),
        (r"(\bfactura\b)", ""),
        (r"\bfacturas?\b", ""),
        (r"\bfactura\s*de\b", ""),
        (r"\\bfactura\\b", ""),
        (r"[\bfactura\b]", ""),
    ],
)
def test_a_word_is_needed_only_where_it_stands_whole(pattern: str, word: str) -> None:
    assert needed_word(pattern) == word


@pytest.mark.parametrize("seed", range(4))
def test_what_is_needed_is_there_wherever_the_pattern_is_found(seed: int) -> None:
    # given patterns and texts as they come
    random, found, needed = Random(seed), 0, 0
    options = re2.Options()
    options.log_errors = False
    for _ in range(8_000):
        chosen = random.choices(list(PIECES), k=random.randint(1, 7))
        pattern = "".join(chosen)
        try:
            search = re2.compile(pattern, options).search
        except re2.error:
            continue
        word = needed_word(pattern)
        needed += bool(word)
        for _ in range(20 if word else 0):
            text = "".join(random.choice(PIECES[each]) + random.choice(NOISE) for each in chosen)
            if search(text):
                found += 1
                # then no text in which it is found lacks the word
                assert word in WORD.findall(text), (pattern, text, word)
    assert needed > 50
    assert found > 50
