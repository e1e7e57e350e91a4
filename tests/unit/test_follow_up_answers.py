"""What customers answer to the follow-up is read as the table says: a doubt is none of it, and reopens."""

from pathlib import Path

import pytest

from router.core.care.answers import NOTHING, Answer, answer_in

TABLE = Path(__file__).with_name("follow_up_answers.txt")
WORKS = {"yes": True, "no": False, "-": None, "thanks": None}


def rows() -> list[tuple[str, str, str]]:
    lines = TABLE.read_text(encoding="utf-8").splitlines()
    cells = [line.split("|", 2) for line in lines if line and not line.startswith("#")]
    return [(works.strip(), score.strip(), text.strip()) for works, score, text in cells]


@pytest.mark.parametrize(("works", "score", "text"), rows())
def test_what_is_read(works: str, score: str, text: str) -> None:
    found = answer_in(text)
    assert (found.works, found.score) == (WORKS[works], None if score == "-" else int(score))
    assert found.is_thanks or works != "thanks"
    assert (found == NOTHING) is ((works, score) == ("-", "-"))


def test_the_table_is_large_and_in_both_languages() -> None:
    assert len(rows()) >= 80
    texts = [text.casefold() for _, _, text in rows()]
    for words in (("gracias", "funciona", "sigue", "internet"), ("thank", "works", "still", "working")):
        assert all(any(word in text for text in texts) for word in words)


def test_what_is_signed_below_is_no_part_of_it() -> None:
    assert answer_in("Sí, ya funciona.\n\nSaludos,\nAna Pérez") == Answer(works=True, is_said=True)
    assert answer_in("Sí, ya funciona.\n\nSaludos,\nllámenme por la factura que llegó mal ayer") == NOTHING


@pytest.mark.parametrize("text", ["", "   ", "?", "sí " * 300, "5" * 100, "-" * 50, "\u202e", "👍" * 30 + "?"])
def test_what_is_no_answer(text: str) -> None:
    assert answer_in(text) == NOTHING
