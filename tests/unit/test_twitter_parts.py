"""Long texts in parts for X: within the limit as X counts, cut where a reader would, nothing lost."""

import re
from unicodedata import normalize

import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.twitter.parts import LONG_LINK, MESSAGE_LETTERS, messages, posts
from channels.twitter.weight import MOST, weight
from router.model.errors import PermanentError

NUMBER = re.compile(r" \((\d+)/(\d+)\)$")
FAMILY, FLAG, ENGLAND = "👩‍👩‍👧‍👦", "🇵🇦", "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"

# What twitter-text counts: https://docs.x.com/fundamentals/counting-characters
WEIGHTS = [
    ("hola", 4),
    ("mañana", 6),
    ("man\u0303ana", 6),
    ("“sí” — no…", 11),
    ("日本語", 6),
    (FAMILY, 2),
    (FLAG, 2),
    (ENGLAND, 2),
    ("👍🏽", 2),
    ("❤️", 2),
    ("1️⃣", 2),
    ("https://example.org/" + "a" * 200, 23),
    ("ver https://example.org/a?b=c.", 4 + 23 + 1),
    ("example.com", 23),
    ("ana@example.com", 15),
    ("p. ej. a.m.", 11),
    # Nobody but X knows whether that is a domain: its letters, and a link.
    ("https://intranet.panama/" + "a" * 30, 54 + 23),
]

words = st.one_of(
    st.text("abcñáé¿¡'-&<", min_size=1, max_size=14),
    st.sampled_from(
        [
            FAMILY,
            FLAG,
            "👍🏽" * 3,
            "日本語です。次の文。",
            "https://example.org/a?b=c&d=(e)",
            "example.com/x",
            "hola.Que",
            "@ana",
            "Sr.",
        ]
    ),
    st.text(max_size=8),
    st.integers(1, 60).map(lambda count: "語" * 3 * count),
    st.integers(1, 700).map(lambda count: "x" * count),
)
texts = st.lists(st.tuples(words, st.sampled_from([" ", ". ", "! ", "?\n", "\n\n", ", ", "… "])), max_size=120).map(
    lambda pairs: "".join(word + space for word, space in pairs)
)


@pytest.mark.parametrize(("text", "counted"), WEIGHTS)
def test_a_text_counts_as_x_counts_it(text: str, counted: int) -> None:
    assert weight(text) == counted


@settings(max_examples=150, deadline=None)
@given(texts)
def test_parts_are_within_the_limit_and_lose_nothing(text: str) -> None:
    parts = posts(text)
    assert all(weight(part) <= MOST for part in parts)
    assert without_spaces("".join(bare(parts))) == without_spaces(visible(text))
    assert posts(text) == parts
    if len(parts) > 1:
        found = [NUMBER.search(part) for part in parts]
        assert [(int(each[1]), int(each[2])) for each in found if each] == [
            (place, len(parts)) for place in range(1, len(parts) + 1)
        ]


# What changes the sign before it.
ADDED = regex.compile(r"[\u200d\ufe0f\p{EMod}\p{M}]")


@settings(max_examples=100, deadline=None)
@given(texts)
def test_no_word_that_fits_and_no_picture_is_cut(text: str) -> None:
    parts = bare(posts(text))
    fitting = [word for word in visible(text).split() if weight(word) <= MOST - len(" (99/99)")]
    # Scripts without spaces end their sentences within what looks like a word.
    uncut = [word for word in fitting if not set(word) & set("。！？｡…")]
    there = [word for part in parts for word in part.split()]
    assert [word for word in uncut if word not in there] == []
    # One that stands by itself in the text belongs to no picture.
    alone = [word for word in text.split() if ADDED.match(word)]
    for part in parts[1:]:
        assert not ADDED.match(part) or any(part.startswith(word) for word in alone)


def test_the_cut_is_between_sentences() -> None:
    first = "Estimado Sr. Pérez: su factura núm. 41 vence el 3 de mar. de 2025, por un total de Bs. 20.50."
    second = "¿Puede venir mañana a las 3 p. m. a la oficina de Av. Balboa 12, o prefiere otro día de esta semana?"
    third = "Si prefiere pagar en línea, o más tarde, hoy mismo o mañana, este es el enlace: https://pagos.example.org/facturas/41?cliente=77&canal=x."
    parts = posts(f"{first} {second}\n\n{third}", "es")
    assert parts == (f"{first} {second} (1/2)", f"{third} (2/2)")


def test_what_fits_is_left_as_it_is() -> None:
    assert posts("  Hola,\r\n\r\nqué tal  ") == ("Hola,\n\nqué tal",)
    assert len(posts("x" * MOST)) == 1
    assert len(posts("語" * (MOST // 2))) == 1
    assert len(posts("語" * (MOST // 2 + 1))) == 2


def test_ten_parts_and_more_leave_room_for_their_numbers() -> None:
    parts = posts("Una frase de unas cuantas palabras más. " * 200)
    assert len(parts) > 9
    assert max(weight(part) for part in parts) <= MOST
    assert parts[-1].endswith(f" ({len(parts)}/{len(parts)})")


def test_a_link_is_never_cut() -> None:
    with pytest.raises(PermanentError, match=LONG_LINK):
        posts("Mire https://intranet.panama/" + "a" * 400)
    long_but_known = "https://example.org/" + "a" * 400
    assert posts(f"Mire {long_but_known} por favor") == (f"Mire {long_but_known} por favor",)


def test_direct_messages_are_longer() -> None:
    text = "Una frase de unas cuantas palabras más. " * 400
    parts = messages(text)
    assert len(parts) == 2
    assert all(len(part) <= MESSAGE_LETTERS for part in parts)
    assert without_spaces("".join(bare(parts))) == without_spaces(text)


@pytest.mark.parametrize("text", ["." * 6_000, "a." * 6_000, "x" * 6_000, "-a.com" * 2_000, "@" * 10_000, "👩‍" * 2_000])
def test_no_text_takes_long(text: str) -> None:
    """Each takes some 50 ms; the timeout of all tests finds what would take minutes."""
    assert without_spaces("".join(bare(posts(text)))) == without_spaces(text)


def bare(parts: tuple[str, ...]) -> list[str]:
    """The parts without their numbers."""
    return [NUMBER.sub("", part) for part in parts] if len(parts) > 1 else list(parts)


def visible(text: str) -> str:
    """What X takes of `text`."""
    composed = regex.sub(
        r"[\ufffe\uffff\ufeff\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", "", text.replace("\r\n", "\n").replace("\r", "\n")
    )
    return normalize("NFC", composed)


def without_spaces(text: str) -> str:
    return "".join(visible(text).split())
