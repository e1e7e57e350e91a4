"""`tests:` beside the rules: each mistake of form is told where it is."""

import json
from pathlib import Path

import pytest

from tests.rules_folder import message, played

SHAPES: list[tuple[str, int, int, str, str]] = [
    ("message: Hola", 2, 5, "a test is `message` and `expect`, or a `story`", "give both"),
    ("message: Hola\n    expect: {}", 4, 5, "nothing is expected here", "`team`, `rule`"),
    ("message: Hola\n    expect: {deadlines: {}}", 4, 5, "nothing is expected here", "`team`, `rule`"),
    ("message: Hola\n    expect: {team: bililng}", 4, 20, "unknown team `bililng`", "did you mean `billing`?"),
    ("message: Hola\n    expect: {rule: invoic}", 4, 20, "unknown rule `invoic`", "did you mean `invoice`?"),
    ("message: Hola\n    expect: {matched: [urgent, uregnt]}", 4, 32, "unknown rule `uregnt`", "`urgent`?"),
    ("message: Hola\n    expect: {priority: hihg}", 4, 24, "`hihg` is not known here", "`high`?"),
    ("message: Hola\n    expect: {state: opne}", 4, 21, "`opne` is not known here", "`open`?"),
    ("message: Hola\n    expect: {missed: [frist_reply]}", 4, 23, "`frist_reply` is not known", "`first_reply`?"),
    ("message: Hola\n    expect: {tema: care}", 4, 14, "unknown key `tema`", "did you mean `team`?"),
    ("message: Hola\n    expect: {not_tags: a b}", 4, 24, "`a b` can't be a tag", "without spaces"),
    ("message: Hola\n    expect: {language: spanish}", 4, 24, "`spanish` is no code of a language", "`es`"),
    ("message: Hola\n    expect: {acknowledged: 5}", 4, 28, "`true`, `false` or the text itself", ""),
    ("message: Hola\n    expect: {callback: soon}", 4, 24, "`soon` is no instant", "`2026-11-24 10:00`"),
    ("message: Hola\n    expect: {deadlines: {first_reply: 15m}}", 4, 39, "`15m` is no instant", "zone"),
    ("message: Hola\n    expect: {deadlines: {first: none}}", 4, 26, "unknown key `first`", "`first_reply`?"),
    (
        "message: {text: Hola, channel: emial}\n    expect: {team: care}",
        3,
        36,
        "unknown channel `emial`",
        "`email`?",
    ),
    ("message: {channel: email}\n    expect: {team: care}", 3, 5, "this message is empty", "`subject`"),
    ("message: {text: Hola, attachments: true}\n    expect: {team: care}", 3, 40, "a whole number is exp", ""),
    ("story: []", 3, 5, "a story has between 1 and 100 steps", ""),
    (f"story: [{'{message: a}, ' * 101}]", 3, 5, "a story has between 1 and 100 steps", "two tests"),
    ("story:\n      - message: Hola", 2, 5, "nothing is expected in this story", "`expect`"),
    ("story:\n      - {message: Hola, reply: Hola}", 4, 9, "`message` and `reply` in one step", "a step of each"),
    ("story:\n      - {}", 4, 9, "nothing happens in this step", "`message`"),
    ("story:\n      - claim: false", 4, 16, "only `true` stands here", "take the step out"),
    ("story:\n      - after: 5", 4, 16, "a duration is a whole number with a unit", "`15m`"),
    ("story:\n      - transfer: tehc", 4, 19, "unknown team `tehc`", "did you mean `tech`?"),
    ("story:\n      - expect: {rule: gould}", 4, 24, "unknown rule `gould`", "did you mean `gold`?"),
    ("story: [{message: a}]\n    message: Hola\n    expect: {team: care}", 2, 5, "`story` stands alone", "first"),
    ("at: 2026-02-30 10:00\n    message: Hola\n    expect: {team: care}", 3, 9, "`2026-02-30 10:00` is no in", ""),
    ("at: 2026-02-03\n    message: Hola\n    expect: {team: care}", 3, 9, "`2026-02-03` is no instant", "date and"),
    ("at: 0001-01-01 10:00\n    message: Hola\n    expect: {team: care}", 3, 9, "is no instant", "1971 to 2199"),
    ("zone: America/Panma\n    message: Hola\n    expect: {team: care}", 3, 11, "no time zone", "America/Panama"),
    ("teams: {tehc: {}}\n    message: Hola\n    expect: {team: care}", 3, 13, "unknown team `tehc`", "`tech`?"),
    ("teams: {tech: {waiting: -1}}\n    message: a\n    expect: {team: care}", 3, 29, "this is less than 0", ""),
    ("customer: {teir: gold}\n    message: Hola\n    expect: {team: care}", 3, 16, "unknown key `teir`", "`tier`?"),
]


@pytest.mark.parametrize(
    ("body", "line", "column", "why", "hint"), SHAPES, ids=[row[0].replace("\n", " ") for row in SHAPES]
)
def test_a_mistake_is_told_where_it_is(tmp_path: Path, body: str, line: int, column: int, why: str, hint: str) -> None:
    said = played(tmp_path, f"  - name: a test\n    {body}\n", "--json")
    # the first mistake of the file is that one
    first = json.loads(said.text)[0]
    assert (first["file"], first["line"], first["column"]) == ("rules/20-tests.yaml", line, column), first
    assert why in first["message"]
    assert hint in first["hint"] or hint in first["message"]
    assert said.status == 1


def test_mistakes_are_told_as_check_tells_them(tmp_path: Path) -> None:
    said = played(tmp_path, message("Hola", "{rule: outag}"))
    assert said.text == (
        "rules/20-tests.yaml:5:20: unknown rule `outag`\n"
        "        expect: {rule: outag}\n"
        "                       ^\n"
        "    did you mean `outage`?\n"
    )


def test_two_tests_of_one_name_are_a_mistake(tmp_path: Path) -> None:
    said = played(tmp_path, message("Hola", "{team: care}") * 2)
    assert "rules/20-tests.yaml:6:11: a second test named `a message`" in said.text


def test_a_name_is_one_line(tmp_path: Path) -> None:
    said = played(tmp_path, '  - {name: "one\\ntwo", message: Hola, expect: {team: care}}\n')
    assert "rules/20-tests.yaml:2:12: `one�two` can't be a test's name" in said.text
