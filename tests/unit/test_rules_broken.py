"""Each broken file under tests/broken/rules, named after its fault, gives the mistakes expected and no other."""

import json
import shutil
from pathlib import Path

import pytest

from router.model.ids import TeamId
from rules.document import load_rules
from rules.engine import RuleBook
from rules.problems import SourceError, format_problems, to_json

BROKEN = Path(__file__).parents[1] / "broken" / "rules"
CARE = TeamId("care")

# name: (line, column, words of the message, words of the hint) of each mistake
EXPECTED: dict[str, list[tuple[int, int, str, str]]] = {
    "anchor": [(6, 13, "`&words`: anchors and aliases are not used here", "write the value out")],
    "backslash": [(7, 31, "a backslash within double quotes", "single quotes")],
    "bracket-never-closed": [(7, 14, "the `[` that opens here", "close it with `]`")],
    "colon-in-text": [(3, 21, "a colon within a text", "put quotes around")],
    "control-character": [(3, 21, "a control character (U+0007)", "remove it")],
    "deep": [(1, 27, "more than 20 levels", "flatter")],
    "exploding-aliases": [(1, 4, "anchors and aliases are not used here", "write the value out")],
    "item-without-value": [(2, 4, "this item has no value", "take the key out")],
    "key-twice": [(11, 7, "the key `team` stands here a second time; the first is on line 9", "one of the two")],
    "language-tag": [(3, 18, "tags (`!name`) are not used here", "put quotes around")],
    "latin-1": [(3, 27, "not text in UTF-8", "save the file as UTF-8")],
    "list-as-key": [(3, 5, "can't be a key", "put quotes around")],
    "list-at-the-top": [(1, 1, "keys with their values are expected here", "known: `rules`")],
    "list-for-name": [(2, 5, "a text is expected here", "")],
    "mapping-for-list": [(1, 1, "a list is expected here", "")],
    "missing-colon": [(8, 5, "a key without a colon", "write `key: value`")],
    "name-twice": [(12, 11, "a second rule named `bills`", "a name of its own")],
    "name-without-value": [(2, 5, "`name` has no value", "give it a value")],
    "named-default": [(2, 11, "`default` can't be a rule's name", "not `default`")],
    "no-key": [(3, 5, "this fits nothing above it", "indentation")],
    "no-name": [(2, 5, "`name` is missing", "")],
    "no-text": [(6, 7, "this asks for no words", "`any`, `all` or `none`")],
    "no-when": [(2, 5, "`when` is missing", "")],
    "no-words": [(7, 9, "this list is empty", "")],
    "nothing-follows": [(8, 5, "nothing follows from this rule", "`team`, `priority` or `tags`")],
    "quote-never-closed": [(7, 24, "the quote that opens here is never closed", "")],
    "rule-without-value": [(1, 1, "`rules` has no value", "`[]` for an empty list")],
    "several": [
        (3, 5, "unknown key `descripcion`", "did you mean `description`?"),
        (5, 24, "unknown channel `webchta`", "did you mean `webchat`?"),
        (9, 13, "unknown team `biling`", "did you mean `billing`?"),
        (10, 17, "`hihg` is not known here", "did you mean `high`?"),
    ],
    "sign-at-the-beginning": [(3, 18, "a text can't begin with this sign", "put quotes around")],
    "star-alone": [(7, 15, "no letter and no digit", "")],
    "star-in-the-middle": [(7, 15, "`*` stands at the end only", "")],
    "star-unquoted": [(7, 14, "`*factura`: anchors and aliases", "put quotes around a text that begins with `*`")],
    "tab-after-spaces": [(5, 5, "a tab: YAML indents with spaces only", "by spaces")],
    "tab-indentation": [(4, 1, "a tab: YAML indents with spaces only", "by spaces")],
    "tag-with-space": [(11, 14, "`dos palabras` can't be a tag", "without spaces")],
    "text-at-the-top": [(1, 1, "keys with their values are expected here", "known: `rules`")],
    "two-documents": [(12, 1, "a second document begins here", "remove the line `---`")],
    "unknown-channel": [(5, 16, "unknown channel `emial`", "did you mean `email`?")],
    "unknown-condition": [(6, 7, "unknown key `txet`", "did you mean `text`?")],
    "unknown-key": [(3, 5, "unknown key `descripcion`", "did you mean `description`?")],
    "unknown-priority": [(10, 17, "`hihg` is not known here", "did you mean `high`?")],
    "unknown-team": [(9, 13, "unknown team `biling`", "did you mean `billing`?")],
    "unknown-top-level-key": [(1, 1, "unknown key `ruels`", "did you mean `rules`?")],
    "word-without-letters": [(7, 15, "no letter and no digit", "")],
    "wrong-indentation": [(4, 4, "no part of the list above it", "indentation")],
}


def load(folder: Path) -> RuleBook:
    return load_rules(folder, [CARE, TeamId("billing")], CARE)


@pytest.mark.parametrize("name", EXPECTED)
def test_a_broken_file_is_refused_where_it_is_broken(name: str, tmp_path: Path) -> None:
    # given a folder with that file alone
    shutil.copy(BROKEN / f"{name}.yaml", tmp_path)
    # when it is loaded
    with pytest.raises(SourceError) as refused:
        load(tmp_path)
    # then each mistake is told at its place, with what to do, and no other
    found = refused.value.problems
    places = [(problem.line, problem.column) for problem in found]
    assert places == [(line, column) for line, column, _, _ in EXPECTED[name]]
    for problem, (_, _, message, hint) in zip(found, EXPECTED[name], strict=True):
        assert message in problem.message
        assert hint in problem.hint


def test_no_broken_file_goes_unexpected() -> None:
    assert {path.stem for path in BROKEN.glob("*.yaml")} == {*EXPECTED, "none"}


def test_the_same_file_without_a_fault_is_taken(tmp_path: Path) -> None:
    shutil.copy(BROKEN / "none.yaml", tmp_path)
    assert [rule.name for rule in load(tmp_path).rules] == ["bills"]


def test_mistakes_of_all_files_are_told_at_once() -> None:
    # when the folder of all broken files is loaded
    with pytest.raises(SourceError) as refused:
        load(BROKEN)
    # then there is none without its mistake
    assert {Path(problem.file).stem for problem in refused.value.problems} >= set(EXPECTED)


def test_a_name_is_given_once_in_all_files(tmp_path: Path) -> None:
    # given two files with a rule of the same name, one of them broken elsewhere
    shutil.copy(BROKEN / "none.yaml", tmp_path / "10-a.yaml")
    shutil.copy(BROKEN / "unknown-team.yaml", tmp_path / "20-b.yaml")
    # then the second is told where the first is
    with pytest.raises(SourceError) as refused:
        load(tmp_path)
    first, second = refused.value.problems
    assert (first.line, first.message) == (2, f"a second rule named `bills`; the first is at {tmp_path}/10-a.yaml:2")
    assert second.line == 9


def test_a_problem_reads_well(tmp_path: Path) -> None:
    shutil.copy(BROKEN / "unknown-team.yaml", tmp_path)
    with pytest.raises(SourceError) as refused:
        load(tmp_path)
    assert format_problems(refused.value.problems) == (
        f"{tmp_path}/unknown-team.yaml:9:13: unknown team `biling`\n"
        "          team: biling\n"
        "                ^\n"
        "    did you mean `billing`?"
    )
    assert str(refused.value) == format_problems(refused.value.problems)
    assert json.loads(to_json(refused.value.problems)) == [
        {
            "file": f"{tmp_path}/unknown-team.yaml",
            "line": 9,
            "column": 13,
            "message": "unknown team `biling`",
            "hint": "did you mean `billing`?",
            "source_line": "      team: biling",
        }
    ]


def test_a_problem_keeps_the_terminal_quiet(tmp_path: Path) -> None:
    # given a name with an escape sequence in it, and far to the right
    (tmp_path / "a.yaml").write_text('rules: [{name: "\\e[2J", when: {}, then: {' + " " * 300 + "team: caer}}]")
    with pytest.raises(SourceError) as refused:
        load(tmp_path)
    # then what is printed has none, and stays within the width of a terminal
    shown = str(refused.value)
    assert "\x1b" not in shown
    assert max(len(line) for line in shown.splitlines() if not line.startswith("/")) <= 104


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="can't be read"):
        load(tmp_path / "nowhere")


def test_a_default_team_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="did you mean `care`"):
        load_rules(tmp_path, [CARE], TeamId("caer"))
