"""Wordings that ops add, and what is told of mistakes in them."""

import shutil
from pathlib import Path

import pytest

from router.core.guard.deflection import deflection
from rules.folder import unread
from rules.guard.wordings import SHIPPED, load_wordings
from rules.problems import SourceError


def folder(top: Path, text: str) -> Path:
    """The wordings as shipped, and a file of one's own."""
    shutil.copytree(SHIPPED, top / "guard")
    (top / "guard" / "ours.yaml").write_text(text, encoding="utf-8")
    return top / "guard"


def test_a_file_of_ones_own_adds_words_wordings_and_what_is_passed_over(tmp_path: Path) -> None:
    # given a shop that calls its branches by a name of its own, and has a portal, and a day of open doors
    ours = load_wordings(
        folder(
            tmp_path,
            "language: es\nwords:\n  store: [telepunto]\npasses: ['el dia de puertas abiertas visita<gap> oficina']\n"
            "deflection:\n  - to: web\n    any: 'mi claro online'\n",
        )
    )
    # then each counts, beside those as shipped
    for text in ("Acércate a un telepunto", "Eso está en Mi Claro Online", "Acércate a la sucursal"):
        assert deflection(text, "es", None, ours)
    assert not deflection("El día de puertas abiertas visita nuestra oficina", "es", None, ours)
    assert not deflection("Acércate a un telepunto", "es")


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("language: es\npasses: ['<stroe>']\n", "2:10", "there are no words `stroe`"),
        ("language: es\npasses:\n  - 'a('\n", "3:5", "RE2 refuses this"),
        ("language: es\npasses:\n  - 'a(?=b)'\n", "3:5", "RE2 has no look-around"),
        ("language: es\nwords: {a: ['<b>'], b: ['<a>']}\npasses: ['<a>']\n", "3:10", "too large"),
        ("language: es\npasses: ['(?:(?:a{100}){100}){9}']\n", "2:10", "RE2 refuses this"),
        ("language: es\ndeflection:\n  - to: moon\n    any: luna\n", "3:9", "moon"),
        ("language: es\nwords: {Store: [x]}\n", "2:", "can't be the name of words"),
        ("languages: es\n", "1:1", "language"),
    ],
)
def test_a_mistake_is_told_with_its_place(tmp_path: Path, text: str, place: str, message: str) -> None:
    with pytest.raises(SourceError) as caught:
        load_wordings(folder(tmp_path, text))
    said = str(caught.value)
    assert f"ours.yaml:{place}" in said
    assert message in said


def test_an_empty_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no file of wordings"):
        load_wordings(tmp_path)


def test_the_rules_take_them_for_no_rules() -> None:
    assert unread(SHIPPED.parent) == []
