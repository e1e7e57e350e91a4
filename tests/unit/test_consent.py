"""Words that let us ring a customer at any hour are read as the table says: a doubt is none, and nobody is woken."""

from pathlib import Path

import pytest

from router.core.calls.consent import LONGEST_PHRASE, consent_in

TABLE = Path(__file__).with_name("consent.txt")


def rows() -> list[tuple[str, str]]:
    """The words, and the text in which they stand; no words where it has none."""
    lines = TABLE.read_text(encoding="utf-8").splitlines()
    cells = [line.split("|", 1) for line in lines if line and not line.startswith("#")]
    return [(words.strip(), text.strip()) for words, text in cells]


@pytest.mark.parametrize(("words", "text"), rows())
def test_what_is_read(words: str, text: str) -> None:
    assert consent_in(text) == words


@pytest.mark.parametrize("text", ["", "   ", "?", "a cualquier hora " * 300, "llámenme " * 500, "\u202e", "👍. " * 50])
def test_what_says_nothing(text: str) -> None:
    assert consent_in(text) == ""


def test_the_words_are_as_they_were_written() -> None:
    # what stands unseen between their letters is theirs too, and a line that a mail program wrapped is one
    assert consent_in("Lla\u0301menme a LA hora\u200b que sea") == "a LA hora\u200b que sea"
    assert consent_in("Llámenme, por favor, a la\n  hora   que\nsea") == "a la hora que sea"
    # and a paragraph ends a sentence
    assert consent_in("Llámenme\n\nSe cae a cualquier hora") == ""
    assert len(consent_in("Llámenme a cualquier" + " " * 300 + "hora")) <= LONGEST_PHRASE


def test_a_long_mail_is_read_as_soon_as_a_short_one() -> None:
    # a mail of a megabyte is not worth waiting for: who asks for a call says so at its beginning
    assert consent_in("no me funciona " * 70_000 + "llámenme a cualquier hora") == ""
    assert consent_in("Llámenme a cualquier hora. " + "no me funciona " * 70_000) == "a cualquier hora"
