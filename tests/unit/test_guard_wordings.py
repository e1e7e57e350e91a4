"""Wordings that ops add, and what is told of mistakes in them."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from router.core.guard.deflection import deflection
from router.core.guard.empty import empty
from router.core.guard.promise import promises
from router.core.guard.repeat import repeat
from router.model.fact import Fact
from router.model.finding import Destination, FindingKind
from router.model.ids import TeamId
from rules.folder import unread
from rules.guard.book import folder_of, load_guard
from rules.guard.wordings import SHIPPED, load_wordings, shipped
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
    for text in ("Cámbialo en un telepunto", "Eso está en Mi Claro Online", "Acércate a la sucursal"):
        assert deflection(text, "es", None, ours)
    assert not deflection("El día de puertas abiertas visita nuestra oficina", "es", None, ours)
    assert not deflection("Cámbialo en un telepunto", "es")


def test_a_sign_stands_for_all_that_it_names_and_takes_what_others_add(tmp_path: Path) -> None:
    # given a courtyard as a sign of one's own, and one more shop among those that are a sign as shipped
    text = (
        "language: es\nsigns:\n  S: telepunto\n  O: ['(?:en |por )(patio)', corral]\n"
        "deflection:\n  - to: branch\n    any: 'O de la luna'\n  - to: branch\n    any: 'quedamos<gap> O'\n"
    )
    ours = load_wordings(folder(tmp_path, text))
    # then each is told wherever a wording asks for it, by its group alone where it has one
    for text in ("Quedamos hoy en el corral", "Quedamos en patio", "Solicítalo en el telepunto más cercano"):
        assert deflection(text, "es", None, ours), text
    assert not deflection("Quedamos patio", "es", None, ours)
    assert not deflection("Solicítalo en el telepunto más cercano", "es")


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
        ("language: es\nsigns: {L: luna}\n", "2:", "can't be a sign"),
        ("language: es\nsigns: {O: '<luna>'}\n", "2:12", "there are no words `luna`"),
        ("language: es\nrepeat: {words: {ours_a: [x]}}\nempty: {any: ['<ours_a>']}\n", "3:15", "no words `ours_a`"),
        ("language: es\nrepeat: {facts: [{fact: meter}]}\n", "2:18", "nothing is said of how `meter`"),
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


def test_exceptions_are_a_teams_and_a_file_of_them_alone_is_of_no_language(tmp_path: Path) -> None:
    # given a folder of rules with nothing for the guard but what sales may do
    (tmp_path / "guard").mkdir()
    (tmp_path / "guard" / "ours.yml").write_text(
        "exceptions:\n  - {team: sales, kind: deflection, to: [branch, web]}\n"
        "  - {team: care, kind: deflection, phrase: telefono}\n"
    )
    assert folder_of(tmp_path) == tmp_path / "guard"
    book = load_guard(folder_of(tmp_path), [TeamId("sales"), TeamId("care")])
    # then the wordings are those that come with Hilo, and each team has its own exceptions
    assert book.wordings is shipped()
    (sales,), (care,) = (book.allowed(TeamId(name)) for name in ("sales", "care"))
    assert book.allowed(TeamId("billing")) == ()
    assert [sales.covers(FindingKind.DEFLECTION, to, "") for to in Destination] == [
        to in ("branch", "web") for to in Destination
    ]
    assert not sales.covers(FindingKind.REPEAT, None, "")
    asked = ("llamanos al telefono", "llamanos")
    assert [care.covers(FindingKind.DEFLECTION, Destination.PHONE, text) for text in asked] == [True, False]
    # and a folder without files is none
    (tmp_path / "guard" / "ours.yml").unlink()
    assert folder_of(tmp_path) == SHIPPED


@pytest.mark.parametrize(
    ("entry", "place", "message"),
    [
        ("{team: slaes, kind: deflection}", "2:12", "did you mean `sales`?"),
        ("{team: sales, kind: exposure}", "2:25", "`exposure` is not known here"),
        ("{team: sales, kind: deflection, to: moon}", "2:41", "`moon` is not known here"),
        ("{team: sales, kind: empty, to: dm}", "2:5", "`to` says nothing"),
        ("{team: sales, kind: deflection, phrase: 'a('}", "2:45", "missing )"),
    ],
)
def test_a_mistake_in_an_exception_is_told_with_its_place(tmp_path: Path, entry: str, place: str, message: str) -> None:
    (tmp_path / "ours.yaml").write_text(f"exceptions:\n  - {entry}\n")
    with pytest.raises(SourceError) as caught:
        load_guard(tmp_path, [TeamId("sales")])
    assert f"ours.yaml:{place}" in str(caught.value)
    assert message in str(caught.value)


def test_each_kind_has_words_of_its_own(tmp_path: Path) -> None:
    # given ops who know a fact and a step of their own, and how their people promise
    ours = load_wordings(
        folder(
            tmp_path,
            "language: es\nrepeat:\n  words: {ours: [medidor]}\n"
            "  facts:\n    - {fact: meter, called: 'numero del <ours>'}\n"
            "  steps:\n    - {step: tripped_breaker, any: 'baja los breakers'}\n"
            "promise: {any: 'te pego un telefonazo', vague: 'en un pis pas'}\nempty: {any: 'en un ratito'}\n",
        )
    )
    known = [Fact("meter", "55443322"), Fact("tried", "tripped_breaker")]
    # then they are found
    asked = repeat("Dame el número del medidor y, por favor, baja los breakers", "es", known, ours)
    assert [each.fact for each in asked] == ["meter", "tried"]
    assert promises("Te pego un telefonazo en un pis pas", "es", datetime(2026, 11, 27, tzinfo=UTC), book=ours)
    assert empty("Lo vemos en un ratito", "es", ours)
