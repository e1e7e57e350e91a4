"""`hilo directory look-up`, and what `hilo check` says of the directory."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from router.cli import main

CONFIG = """
data: data
teams: {care: {name: Care}}
rules: {folder: rules, default_team: care}
facts: {region: PA}
"""
FILE = "directory: {file: {path: people.csv}}\n"
PEOPLE = """id,email,phone,name,tier,account
C-1,Ana@example.org,6123-4567,Ana Pérez,gold,00-123456
C-2,beto@example.org,12,Beto,,
C-3,beto@example.org,,Beto hijo,,
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "rules").mkdir()
    (tmp_path / "config.yaml").write_text(CONFIG + FILE, encoding="utf-8")
    (tmp_path / "people.csv").write_text(PEOPLE, encoding="utf-8")
    return tmp_path


def hilo(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, [*arguments, "--config", str(folder / "config.yaml")])


@pytest.mark.parametrize("handle", ["ana@EXAMPLE.org", "6123-4567", "+50761234567", "email:ana@example.org"])
def test_what_is_personal_is_masked(folder: Path, handle: str) -> None:
    done = hilo(folder, "directory", "look-up", handle)
    assert done.exit_code == 0
    lines = done.output.splitlines()
    assert lines[0].split() == ["id", "C-1"]
    assert "tier        gold" in lines
    assert "phone:****4567" in done.output
    for personal in ("Pérez", "ana@example.org", "123456", "61234567"):
        assert personal not in done.output


def test_for_programs(folder: Path) -> None:
    done = hilo(folder, "directory", "look-up", "ana@example.org", "--json")
    told = json.loads(done.output)
    assert (told["id"], told["tier"], told["name"]) == ("C-1", "gold", "A*** P***")
    assert told["facts"]["account"] == "****3456"


@pytest.mark.parametrize("handle", ["nobody@example.org", "beto@example.org", "@nobody"])
def test_nobody_and_two_of_them_are_a_no(folder: Path, handle: str) -> None:
    done = hilo(folder, "directory", "look-up", handle)
    assert (done.exit_code, "knows nobody" in done.output) == (1, True)


def test_a_broken_file_is_told_with_its_line(folder: Path) -> None:
    (folder / "people.csv").write_text(PEOPLE + ",x@example.org\n", encoding="utf-8")
    done = hilo(folder, "directory", "look-up", "ana@example.org")
    assert (done.exit_code, "people.csv:5:1" in done.output) == (1, True)


def test_what_is_no_handle_is_told(folder: Path) -> None:
    done = hilo(folder, "directory", "look-up", "12")
    assert done.exit_code == 2
    assert "is no phone" in done.output


def test_without_a_directory_it_says_where_to_read_on(folder: Path) -> None:
    (folder / "config.yaml").write_text(CONFIG, encoding="utf-8")
    done = hilo(folder, "directory", "look-up", "ana@example.org")
    assert (done.exit_code, "docs/directory.md" in done.output) == (1, True)


def test_check_reads_the_file_and_counts(folder: Path) -> None:
    done = hilo(folder, "check")
    assert done.exit_code == 0
    assert "Customers in the directory: 3, 1 handles shared by several, 1 handles not readable." in done.output
    # when a row is broken
    (folder / "people.csv").write_text(PEOPLE + ",x@example.org\n", encoding="utf-8")
    done = hilo(folder, "check")
    assert done.exit_code == 1
    assert "people.csv:5:1: there is no id here" in done.output
    told = json.loads(hilo(folder, "check", "--json").output)
    assert (told[0]["line"], told[0]["file"].endswith("people.csv")) == (5, True)


def test_the_shipped_customers_are_in_order() -> None:
    top = Path(__file__).parents[2]
    done = hilo(top, "directory", "look-up", "ana@example.org", "--json")
    told = json.loads(done.output)
    assert (told["tier"], told["attributes"], told["handles"][1]) == ("gold", {"plan": "Fibra 600"}, "phone:****4567")
