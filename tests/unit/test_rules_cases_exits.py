"""`hilo rules test` for other programs: how it ends, and its results as JUnit's XML and as JSON."""

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.rules_folder import message, played, story


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (["-k", "nothing"], "none of 1 tests has `nothing` in its name or its file's"),
        (["-k", "message", "--fail-under", "5"], "--fail-under needs the coverage of all tests"),
        (["--no-coverage", "--fail-under", "5"], "--fail-under needs the coverage of all tests"),
        (["--fail-under", "101"], "101 is not in the range"),
        (["--junit", "nowhere/out.xml"], "nowhere/out.xml can't be written"),
    ],
)
def test_used_wrongly_it_ends_with_two(tmp_path: Path, options: list[str], why: str) -> None:
    said = played(tmp_path, message("Hola", "{team: care}"), *options)
    assert why in said.text
    assert said.status == 2


def test_the_results_as_junit(tmp_path: Path) -> None:
    # given a test that fails, with what XML would take for its own and what it can't hold
    name = "<a> & «ñ»"
    tests = message("'urgente <b> & \"c\"'", "{team: tech}").replace("a message", f'"{name}"')
    tests += message('"la factura \\u0007"', "{acknowledged: '<x> & y'}")
    tests += story("resolve: true", "expect: {team: care}") + story("message: Hola", "expect: {team: care}").replace(
        "a story", "good"
    )
    played(tmp_path, tests, "--junit", "out.xml")
    # when it is read back
    (suite,) = (top := ElementTree.parse(tmp_path / "out.xml").getroot())
    # then all is as it was
    assert (top.tag, top.get("tests"), top.get("failures")) == ("testsuites", "4", "3")
    assert (suite.get("name"), suite.get("tests"), suite.get("failures")) == ("rules/20-tests.yaml", "4", "3")
    first, _, _, good = suite
    assert (first.get("name"), first.get("file"), first.get("line")) == (name, "rules/20-tests.yaml", "2")
    assert [element.get("message") for element in suite.iter("failure")] == [
        "team: expected tech, actual care",
        "acknowledged: expected <x> & y, actual Recibido",
        "there is no conversation yet: a story begins with a message",
    ]
    text = first[0].text or ""
    assert "  team  expected  tech\n        actual    care\n" in text
    assert '«urgente <b> & "c"»' in text
    assert "\x1b" not in text
    assert list(good) == []


def test_the_results_as_json(tmp_path: Path) -> None:
    said = played(tmp_path, message("urgente", "{team: tech}"), "--json")
    found = json.loads(said.text)
    assert (found["passed"], found["failed"], said.status) == (0, 1, 1)
    assert found["tests"] == [
        {
            "name": "a message",
            "file": "rules/20-tests.yaml",
            "line": 2,
            "passed": False,
            "failure": {
                "step": 1,
                "line": 4,
                "differences": [{"key": "team", "expected": "tech", "actual": "care"}],
                "impossible": "",
            },
        }
    ]
    assert found["coverage"]["unreached"][0] == {"name": "invoice", "file": "rules/10-rules.yaml", "line": 7}
