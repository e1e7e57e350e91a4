"""What changed between two versions of the rules is told rule by rule, in the words of the files."""

import json
import re
from pathlib import Path
from random import Random
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from router.rules_cli import rules
from router.rules_cli.diff import _lines
from router.rules_cli.trace_lines import shown
from rules.diff import Changed, Diff, Moved, Named, Part, diff
from rules.problems import SourceError
from tests.rules_generator import rulebook

# Bold, dim, colours, and their end.
OWN_STYLES = re.compile(r"\x1b\[(0|1|2|3[0-7])m")
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


def test_what_moved_along_with_the_rule_before_it_is_not_told(old: Path, new: Path) -> None:
    # given the first two rules below the others, one after the other as before
    five = {"name": "five", "when": {}, "then": {"tags": ["read"]}}
    written(old, {**BOOK, "rules": [THREE, FOUR, five, ONE, TWO]})
    written(new, {**BOOK, "rules": [ONE, TWO, THREE, FOUR, five]})
    # then the first of them tells it
    assert diff(old, new).moved == (Moved("one", "five", ""),)


@pytest.mark.parametrize("options", [(), ("--json",)])
@pytest.mark.parametrize("is_coloured", [False, True])
def test_what_files_hold_keeps_the_terminal_quiet(tmp_path: Path, options: tuple[str, ...], is_coloured: bool) -> None:
    # given keys and values that would tell a terminal what to do, in all that can differ
    evil = "\x1b]0;x\x07\x1b[2J\x9b2J\x7f"
    one = {**ONE, "when": {"customer": {"attributes": {f"k{evil}": f"v{evil}"}}}}
    before = {**BOOK, "rules": [{**one, "description": f"a{evil}"}, {**TWO, "then": {"skills": [f"s{evil}", "t"]}}]}
    after = {**BOOK, "rules": [{**one, "then": {"facts": {f"k{evil}": evil}}}, {**TWO, "then": {"skills": ["t", "u"]}}]}
    old, new = written(tmp_path / "old.yaml", before), written(tmp_path / "new.yaml", after)
    # when it is told, also where the file itself is named so and broken
    answer = CliRunner().invoke(rules, ["diff", str(old), str(new), *options], color=is_coloured)
    office = {"zone": "UTC", "hours": {"mon": "08:00-18:00"}}
    strange = written(
        tmp_path / f"{evil}.yaml",
        {**BOOK, "calendars": {f"c{evil}": {**office, "hours": {"tue": "08:00-18:00"}}, "office": office}},
    )
    refused = CliRunner().invoke(rules, ["diff", str(old), str(strange), *options], color=is_coloured)
    # then nothing but the command's own styles comes out
    assert (answer.exit_code, refused.exit_code) == (1, 2)
    for printed in (answer.output, refused.output):
        assert (OWN_STYLES.sub("", printed) if is_coloured else printed).replace("\n", "").isprintable()
    if not options:
        assert ("\x1b[32m" in answer.output) is is_coloured
        assert "then.facts.k�]0;x��[2J�2J�: (nothing) → �]0;x" in answer.output
    assert "can't be a calendar's name" in refused.output


def test_also_a_name_that_no_file_could_hold_is_printed_plainly() -> None:
    # The names of rules, lists and calendars are looked at as they are read; what tells of them does not rely on it.
    evil = "x\x1b[2J"
    part = (Part(evil, evil, [evil]),)
    named = Named((evil,), (evil,), {evil: part})
    moved, changed = (Moved(evil, evil, evil),), (Changed(evil, part, (evil,), (evil,)), Changed(evil, (), (evil,)))
    for line in _lines(Diff((evil,), (evil,), ((evil, evil),), moved, changed, named, named)):
        assert OWN_STYLES.sub("", shown(line)).isprintable()
