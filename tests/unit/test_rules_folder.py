"""The commands about rules tell what lies in a folder and is not read, and that a folder has no rules at all."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from router.cli import main
from router.model.ids import TeamId
from rules.document import load_rules

CONFIG = """
data: data
teams: {care: {name: Atención}}
users: {ana: {name: Ana, role: ops, teams: [care], password: {file: password}}}
channels: {webchat: {listen: 127.0.0.1:8421}}
rules: {folder: rules, default_team: care}
desk: {listen: 127.0.0.1:8420}
"""
RULE = "rules: [{name: a, when: {}, then: {tags: x}}]\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config.yaml").write_text(CONFIG)
    (tmp_path / "password").write_text("long enough to be one")
    (tmp_path / "rules").mkdir()
    return tmp_path / "rules"


def told(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


@pytest.mark.parametrize(
    "command",
    [
        ("check",),
        ("check", "rules"),
        ("test",),
        ("explain", "--text", "Hola"),
        ("diff", "rules", "rules"),
    ],
)
def test_a_folder_without_rules_is_said_to_have_none(folder: Path, command: tuple[str, ...]) -> None:
    # given a folder whose rules lie one deeper
    (folder / "playbook").mkdir()
    (folder / "playbook" / "26.yaml").write_text(RULE)
    answer = told("rules", *command)
    assert answer.exit_code == (2 if command[0] == "diff" else 1)
    assert "rules:1:1: there is no file of rules here (`*.yaml`)" in answer.output
    assert "`playbook/26.yaml` is not read: files lie in the folder itself" in answer.output
    # then Hilo itself starts with it all the same
    assert load_rules(folder, [TeamId("care")], TeamId("care")).rules == ()
    assert told("check").exit_code == 0


def test_files_that_are_not_read_are_told(folder: Path) -> None:
    # given rules, and files that only look like some
    for name in ("26.yaml", "27.YAML", "27.yaml.txt", "x.yam", ".#26.yaml", "rules.schema.json", "26.yaml~"):
        (folder / name).write_text(RULE)
    (folder / "30.yaml").write_text("\n")
    for inner, name in (("sub", "1.yaml"), ("sub", "2.yml"), ("..data", "1.yaml"), ("notes", "a.txt")):
        (folder / inner).mkdir(exist_ok=True)
        (folder / inner / name).write_text(RULE)
    # then each is a warning
    found = json.loads(told("rules", "check", "--json").output)
    assert [(each["file"], each["message"]) for each in found] == [
        ("rules/27.YAML", "`27.YAML` is not read"),
        ("rules/27.yaml.txt", "`27.yaml.txt` is not read"),
        ("rules/30.yaml", "there is nothing in this file: a running Hilo refuses one that was emptied"),
        ("rules/sub/1.yaml", "`sub/1.yaml` and 1 more are not read: files lie in the folder itself"),
        ("rules/x.yam", "`x.yam` is not read"),
    ]
    assert {each["severity"] for each in found} == {"warning"}
    assert told("rules", "check").output.endswith("1 rules in 1 files: no mistakes, 5 warnings.\n")
    assert told("rules", "check", "--strict").exit_code == 1


def test_both_checks_tell_all_that_is_wrong_beside_the_rules_with_theirs(folder: Path) -> None:
    # given rules that are right, and what lies with them and is not
    (folder / "26.yaml").write_text(RULE)
    for name, text in (("guard", "exceptions: [{team: caer, kind: deflection}]"), ("facts", "facts: [{name: phone}]")):
        (folder / name).mkdir()
        (folder / name / "00.yaml").write_text(f"{text}\n")
    wrong = ["guard/00.yaml:1:21: unknown team `caer`", "facts/00.yaml:1:9: nothing is said of this fact"]
    # when they are checked, then both are told, and with a mistake in the rules all three
    for rules, told_too in ((RULE, []), (RULE.replace("then", "than"), ["26.yaml:1:"])):
        (folder / "26.yaml").write_text(rules)
        for command in (("check",), ("rules", "check"), ("rules", "check", "rules")):
            answer = told(*command)
            assert answer.exit_code == 1
            assert [each for each in (*wrong, *told_too) if each not in answer.output] == [], answer.output
    files = {each["file"] for each in json.loads(told("rules", "check", "--json").output)}
    assert files == {"rules/26.yaml", "rules/guard/00.yaml", "rules/facts/00.yaml"}


def test_both_checks_find_a_test_that_expects_no_rule_of_ours(folder: Path) -> None:
    # given a test that expects a rule which was renamed
    tests = "tests: [{name: t, message: Hola, expect: {rule: invioces}}]"
    (folder / "26.yaml").write_text(f"{RULE}{tests}\n")
    for command in (("check",), ("rules", "check")):
        answer = told(*command)
        assert (answer.exit_code, "unknown rule `invioces`" in answer.output) == (1, True)
    # then Hilo itself takes the rules
    assert load_rules(folder, [TeamId("care")], TeamId("care")).rules


def test_what_can_only_be_proved_later_is_announced(folder: Path) -> None:
    # given a mistake of form, and beside it a contradiction
    (folder / "26.yaml").write_text("rules: [{name: a, when: {}, then: {teem: care}}]")
    first = told("rules", "check")
    assert first.output.endswith("\n\nmistakes of form first: others may follow once these are mended\n")
    # then once that is mended, nothing is announced any more
    (folder / "26.yaml").write_text("rules: [{name: a, when: {}, then: {reroute: true, tags: x}}]")
    then = told("rules", "check")
    assert (then.exit_code, "of form" in then.output, "needs a `team`" in then.output) == (1, False, True)


@pytest.mark.parametrize("command", [("check",), ("rules", "check"), ("rules", "test")])
def test_from_another_folder_it_is_said_where_to_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    monkeypatch.chdir(tmp_path)
    answer = told(*command)
    assert answer.exit_code == 1
    assert "there is no such file\n    run it in Hilo's folder, or give `--config FILE`" in answer.output


@pytest.mark.parametrize(
    ("policy", "warning"),
    [
        ("care: {follow_up: {after: 72h}}", "Warning: care.follow_up.after is no shorter than rules.reopen_within"),
        ("calls: {silent: 89s}", "Warning: calls.silent is shorter than 90s"),
        ("calls: {silent: 90s}\ncare: {follow_up: {after: 71h}}", ""),
    ],
)
def test_what_hardly_goes_together_is_warned_of(folder: Path, policy: str, warning: str) -> None:
    (folder / "a.yaml").write_text(f"{RULE}{policy}\n")
    answer = told("check")
    assert (answer.exit_code, "Warning" in answer.output) == (0, bool(warning))
    assert warning in answer.output
    assert len(json.loads(told("check", "--json").output)["warnings"]) == bool(warning)
