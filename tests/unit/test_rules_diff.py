"""What changed between two versions of the rules is told rule by rule, in the words of the files."""

import json
from pathlib import Path
from random import Random
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from router.rules_cli import rules
from rules.diff import Changed, Moved, Named, Part, diff
from rules.problems import SourceError
from tests.rules_generator import rulebook

ONE = {"name": "one", "when": {"text": {"any": ["$money", "tarjeta"]}}, "then": {"team": "billing"}}
TWO = {"name": "two", "when": {"hours": {"outside": "office"}}, "then": {"priority": "high"}}
THREE = {"name": "three", "when": {"channel": "email"}, "then": {"team": "tech", "deadlines": {"first_reply": "1h"}}}
FOUR = {"name": "four", "when": {}, "then": {"tags": ["seen"]}}
BOOK: dict[str, Any] = {
    "lists": {"money": ["factur*", "cobr*"]},
    "calendars": {"office": {"zone": "America/Panama", "hours": {"mon-fri": "08:00-18:00"}}},
    "rules": [ONE, TWO, THREE, FOUR],
}


def written(path: Path, content: dict[str, Any]) -> Path:
    path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    return path


@pytest.fixture
def old(tmp_path: Path) -> Path:
    return written(tmp_path / "old.yaml", BOOK)


@pytest.fixture
def new(tmp_path: Path) -> Path:
    return tmp_path / "new.yaml"


def told(*arguments: object) -> Result:
    return CliRunner().invoke(rules, ["diff", *map(str, arguments)])


def test_the_same_content_is_the_same_however_it_is_written(old: Path, new: Path) -> None:
    three = {**THREE, "when": {"channel": ["email"]}, "then": {"team": "tech", "deadlines": {"first_reply": "60m"}}}
    written(new, {**BOOK, "rules": [ONE, TWO, three, FOUR]})
    assert not diff(old, new)
    answer = told(old, new)
    assert answer.exit_code == 0
    assert "No difference" in answer.output


def test_rules_come_go_and_get_other_names(old: Path, new: Path) -> None:
    written(
        new, {**BOOK, "rules": [ONE, TWO, {**THREE, "name": "drei"}, {**FOUR, "name": "five", "then": {"tags": ["x"]}}]}
    )
    found = diff(old, new)
    assert (found.added, found.removed, found.renamed) == (("five",), ("four",), (("three", "drei"),))
    assert (found.moved, found.changed) == ((), ())
    answer = told(old, new)
    assert answer.exit_code == 1
    assert answer.output.splitlines() == ["+ rule five", "- rule four", "→ rule three is now named drei"]


def test_what_moved_is_as_little_as_explains_the_order(old: Path, new: Path) -> None:
    written(new, {**BOOK, "rules": [FOUR, ONE, TWO, THREE]})
    found = diff(old, new)
    assert found.moved == (Moved("four", "three", ""),)
    assert not found.changed
    assert "rule four moved: it was after three, it is now the first" in told(old, new).output


def test_the_parts_that_changed_are_told_as_before_and_after(old: Path, new: Path) -> None:
    one = {**ONE, "description": "Un cobro", "when": {"text": {"any": ["$money", "recibo"]}, "public": False}}
    three = {**THREE, "then": {"team": "care", "deadlines": {"first_reply": "30m"}}}
    written(new, {**BOOK, "rules": [one, TWO, three, FOUR]})
    assert diff(old, new).changed == (
        Changed(
            "one",
            (
                Part("when.text.any", ["$money", "tarjeta"], ["$money", "recibo"]),
                Part("description", None, "Un cobro"),
                Part("when.public", None, False),
            ),
        ),
        Changed("three", (Part("then.team", "tech", "care"), Part("then.deadlines.first_reply", "1h", "30m"))),
    )
    lines = told(old, new).output.splitlines()
    assert "    when.text.any: - tarjeta" in lines
    assert "    when.text.any: + recibo" in lines
    assert "    when.public: (nothing) → false" in lines
    assert "    then.deadlines.first_reply: 1h → 30m" in lines


def test_rules_are_changed_by_what_they_use(old: Path, new: Path) -> None:
    calendars = {"office": {"zone": "America/Panama", "hours": {"mon-fri": "08:00-17:00"}}}
    written(new, {**BOOK, "lists": {"money": ["factur*", "recibo"], "new": ["x1"]}, "calendars": calendars})
    found = diff(old, new)
    assert found.changed == (Changed("one", lists=("money",)), Changed("two", calendars=("office",)))
    assert found.lists == Named(("new",), (), {"money": (Part("", ["factur*", "cobr*"], ["factur*", "recibo"]),)})
    assert list(found.calendars.changed) == ["office"]
    lines = told(old, new).output.splitlines()
    assert "~ rule one: changed by list $money" in lines
    assert "~ rule two: changed by calendar office" in lines
    assert "    hours.mon-fri: 08:00-18:00 → 08:00-17:00" in lines


def test_a_calendar_deep_in_a_condition_is_used_too(tmp_path: Path, new: Path) -> None:
    deep = {"name": "deep", "when": {"any": [{"not": {"hours": {"inside": ["office"]}}}]}, "then": {"tags": ["office"]}}
    tagged = {"name": "tagged", "when": {}, "then": {"tags": ["office"]}}
    old = written(tmp_path / "deep.yaml", {**BOOK, "rules": [deep, tagged]})
    calendars = {"office": {"zone": "America/Panama", "hours": {"mon-fri": "08:00-17:00"}}}
    written(new, {**BOOK, "rules": [deep, tagged], "calendars": calendars})
    assert [changed.name for changed in diff(old, new).changed] == ["deep"]


def test_programs_get_all_of_it(old: Path, new: Path) -> None:
    written(new, {**BOOK, "rules": [{**ONE, "name": "uno"}, THREE, TWO]})
    found = json.loads(told(old, new, "--json").output)
    assert found["removed"] == ["four"]
    assert found["renamed"] == [{"before": "one", "after": "uno"}]
    assert len(found["moved"]) == 1


def test_trouble_is_told_apart_from_a_difference(old: Path, new: Path) -> None:
    written(new, {"rules": [{"name": "x", "when": {}}]})
    assert told(old, new).exit_code == 2
    assert "`then` is missing" in told(old, new).stderr
    assert told(old, "nowhere").exit_code == 2


def test_any_book_is_the_same_as_itself(tmp_path: Path) -> None:
    for seed in range(60):
        book = rulebook(Random(seed))
        path = written(tmp_path / "book.yaml", book)
        try:
            assert not diff(path, path)
        except SourceError:
            # It has too many alternatives.
            continue
        fewer = written(tmp_path / "fewer.yaml", {**book, "rules": book["rules"][1:]})
        assert diff(path, fewer).removed == (book["rules"][0]["name"],)
        assert diff(fewer, path).added == (book["rules"][0]["name"],)
