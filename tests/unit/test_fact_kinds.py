"""What ops name in YAML is found as what Hilo knows by itself is; each mistake is told where it stands."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner
from jsonschema import Draft202012Validator

from router.cli import main
from router.core.found.facts import facts_in
from router.core.found.steps_en import STEPS_EN
from router.core.found.steps_es import STEPS_ES
from router.core.found.tried import THINGS
from router.model.fact import FactKind
from rules.fact_kinds import load_fact_kinds
from rules.fact_words import OWN_KINDS, OWN_STEPS
from rules.facts_schema import facts_schema
from rules.folder import unread
from rules.problems import SourceError

TOP = Path(__file__).parents[2]
PLAYBOOK = TOP / "rules" / "playbook" / "facts"
VALIDATOR = Draft202012Validator(facts_schema())
METER = """
facts:
  - name: meter
    label: {es: Medidor, en: Meter}
    ask: {es: "¿Qué número tiene tu medidor?"}
    patterns: '\\bmedidor (?:n[o.]* )?([0-9]{5,11})'
  - name: building
    label: {en: Building}
    patterns: ['\\bph [a-z]+']
    shown: whole
steps:
  - name: tripped_breaker
    patterns: ['\\bbaje (?:el|los) breakers?']
"""
BROKEN = [
    ("facts: [{name: Meter, label: {es: a}}]", "1:16: `Meter` can't be a name here"),
    ("facts: [{name: meter}]", "1:9: `meter` is a new kind of fact: agents need a word for it"),
    ("facts: [{name: phone}]", "1:9: nothing is said of this fact"),
    ("facts: [{name: phone, shown: whole}]", "1:9: how `phone` is shown in lists is fixed"),
    ("facts: [{name: tried, patterns: abc}]", "1:9: what was tried is found by its steps"),
    ("facts: [{name: meter, label: Medidor}]", "1:30: a text for each language is expected here"),
    ("facts: [{name: m, label: {es: a}, patterns: Medidor}]", "1:45: a pattern is looked for in text without capitals"),
    ("facts: [{name: m, label: {es: a}, patterns: 'a*'}]", "1:45: this pattern finds nothing at all, everywhere"),
    ("facts: [{name: m, label: {es: a}, patterns: '(a)(b)'}]", "1:45: there are several groups in this pattern"),
    ("facts: [{name: m, label: {es: a}, patterns: '(?=a)'}]", "1:45: RE2 has no look-around"),
    ("steps: [{name: a}]", "1:9: `patterns` is missing"),
    ("steps: [{name: a, patterns: x}, {name: a, patterns: y}]", "1:40: a second step named `a`"),
    ("hechos: []", "1:1: unknown key `hechos`"),
]


def loaded(tmp_path: Path, text: str) -> Any:
    (tmp_path / "a.yaml").write_text(text, encoding="utf-8")
    return load_fact_kinds(tmp_path)


def test_what_ops_name_is_found_beside_the_rest(tmp_path: Path) -> None:
    # given a kind with a group, one without, and a step
    kinds = loaded(tmp_path, METER)
    # when a customer tells all of it, in capitals and with accents too
    text = "Soy Ana Ruiz, MEDIDOR No. 1234567, vivo en el PH Océano y ya bajé los breakers"
    found = {fact.value: fact for fact in facts_in(text, "es", kinds=kinds)}
    # then each is a fact: the group's text, else all; masked unless it may be read by all
    assert [(fact.kind, value) for value, fact in found.items()] == [
        ("name", "Ana Ruiz"),
        ("meter", "1234567"),
        ("building", "PH Océano"),
        ("tried", "tripped_breaker"),
    ]
    assert (found["1234567"].masked, found["PH Océano"].masked) == ("****567", "PH Océano")
    assert kinds.words["meter"].ask == {"es": "¿Qué número tiene tu medidor?"}


@pytest.mark.parametrize(
    "text", ["no bajé los breakers", "¿tengo que bajar los breakers?", "me dijeron que baje los breakers"]
)
def test_a_step_of_ops_is_undone_asked_and_told_as_ours_are(tmp_path: Path, text: str) -> None:
    assert facts_in(text, "es", kinds=loaded(tmp_path, METER)) == ()


@pytest.mark.parametrize(("text", "told"), BROKEN)
def test_a_mistake_is_told_where_it_stands(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(SourceError) as error:
        loaded(tmp_path, text)
    assert f"a.yaml:{told}" in str(error.value)


def test_the_same_kind_in_two_files_is_a_mistake_of_the_second(tmp_path: Path) -> None:
    (tmp_path / "b.yaml").write_text(METER, encoding="utf-8")
    with pytest.raises(SourceError) as error:
        loaded(tmp_path, METER)
    assert [(Path(each.file).name, each.line) for each in error.value.problems] == [
        ("b.yaml", 3),
        ("b.yaml", 7),
        ("b.yaml", 12),
    ]


def test_the_playbook_has_words_for_all_that_hilo_knows() -> None:
    words = load_fact_kinds(PLAYBOOK).words
    for kind in FactKind:
        assert {*words[kind].label} == {*words[kind].ask} == {"es", "en"}


def test_rules_do_not_miss_what_lies_there() -> None:
    assert unread(PLAYBOOK.parent) == []


def test_the_schema_takes_what_is_taken_and_sees_mistakes_of_form() -> None:
    Draft202012Validator.check_schema(facts_schema())
    for text in (METER, *(path.read_text(encoding="utf-8") for path in PLAYBOOK.glob("*.yaml"))):
        assert list(VALIDATOR.iter_errors(yaml.safe_load(text))) == []
    # what is seen in a pattern's or a name's meaning is left to the command
    later = ("pattern", "second", "steps")
    for text, told in BROKEN:
        if not any(word in told for word in later) and "look-around" not in told:
            assert not VALIDATOR.is_valid(yaml.safe_load(text)), text


def test_the_command_prints_the_schema() -> None:
    result = CliRunner().invoke(main, ["facts", "--schema"])
    assert result.exit_code == 0
    assert '"Fact kinds of Hilo"' in result.output


def test_every_step_that_hilo_finds_has_words_in_both_languages() -> None:
    found = {step for step, _ in (*STEPS_ES, *STEPS_EN)} - {"restarted"}
    restarted = {f"restarted_{thing}" for thing in (*(name for name, _ in THINGS), "device")}
    assert found | restarted | {"reset_settings"} == OWN_STEPS.keys()
    assert set(OWN_KINDS) == set(FactKind)
    assert all(words.keys() == {"es", "en"} for words in (*OWN_STEPS.values(), *OWN_KINDS.values()))
