"""`hilo promises`: what a text promises and by when, for people and for programs, without a configuration."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from router.cli import main


@pytest.fixture(autouse=True)
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder without a configuration."""
    monkeypatch.chdir(tmp_path)


def promises(*arguments: str, given: str | bytes | None = None) -> Result:
    return CliRunner().invoke(main, ["promises", *arguments], input=given)


def told(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_each_line_comes_back_with_its_promises() -> None:
    # given a line that says when and where it was written, and one that leaves it to the options
    lines: list[dict[str, Any]] = [
        {
            "id": 7,
            "text": "👋 Te llamo mañana a las 10",
            "lang": "es",
            "now": "2026-11-27T10:00",
            "zone": "America/Bogota",
        },
        {"text": "We'll call you shortly", "lang": "en"},
        {"text": "Hola"},
    ]
    given = "".join(json.dumps(line) + "\n" for line in lines)
    # when they are read
    result = promises("--jsonl", "--now", "2026-03-02T09:00", "--zone", "Europe/Madrid", given=given)
    # then each is as it was, and tells
    due = {"due": "2026-11-28T10:00:00-05:00", "phrase": "mañana a las 10", "start": 11, "end": 26, "vague": False}
    vague = {"due": None, "phrase": "shortly", "start": 15, "end": 22, "vague": True}
    assert result.exit_code == 0
    assert told(result) == [line | {"promises": found} for line, found in zip(lines, ([due], [vague], []), strict=True)]


def test_lines_that_cannot_be_read_are_told_once_all_others_are_done() -> None:
    bad = [
        *(b"nonsense", b"[1]", b'{"text": 1}', b"{}", b'{"text": "\xff"}', b"[" * 100_000, b'{"text": "a", "lang": 1}'),
        *(b'{"text": "a", "now": "soon"}', b'{"text": "a", "zone": "Panama City"}', b'{"text": "a", "now": 5}'),
        *(b'{"text": "a", "now": "0001-01-01T00:00"}', b'{"text": "a", "now": "9999-12-31T23:00"}'),
    ]
    result = promises("--jsonl", given=b"\n".join([b'{"text": "Hola"}', *bad, b"", b'{"text": "Hoy te llamo"}']))
    assert result.exit_code == 1
    assert [len(each["promises"]) for each in told(result)] == [0, 1]
    said = result.stderr.splitlines()
    assert [line.split(":")[0] for line in said] == [f"line {number}" for number in range(2, 2 + len(bad))]
    assert "Traceback" not in result.stderr


def test_an_instant_with_an_offset_is_that_instant() -> None:
    at = ("--now", "2026-11-27T23:30:00-05:00", "--zone", "Europe/Madrid")
    (found,) = told(promises("Te llamo hoy", "--lang", "es", "--json", *at))
    assert found["promises"][0]["due"] == "2026-11-28T18:00:00+01:00"


def test_a_person_sees_by_when() -> None:
    result = promises("Mañana te llamo. En cuanto sepa algo te aviso.", "--now", "2026-11-27T10:00")
    assert result.stdout.splitlines() == [
        "“Mañana” is due by 2026-11-28 18:00:00+00:00",
        "“En cuanto sepa algo” is vague: say a date",
    ]
    assert "nothing is promised" in promises("Hola").stdout


def test_ops_have_hours_of_their_own(tmp_path: Path) -> None:
    # given rules with a file of hours alone beside them
    (tmp_path / "guard").mkdir()
    (tmp_path / "guard" / "hours.yaml").write_text('hours: {day_ends: "17:00"}\n', encoding="utf-8")
    # then the wordings are those that come with Hilo, and a day ends earlier
    found = promises("Te llamo hoy", "--rules", str(tmp_path), "--json", "--now", "2026-11-27T10:00")
    assert told(found)[0]["promises"][0]["due"] == "2026-11-27T17:00:00+00:00"
    # and a mistake is told with its place
    (tmp_path / "guard" / "hours.yaml").write_text("hours: {day_ends: 25:00}\n", encoding="utf-8")
    wrong = promises("Te llamo hoy", "--rules", str(tmp_path))
    assert wrong.exit_code == 1
    assert "hours.yaml:1" in wrong.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--now", "soon"), "write 2026-11-27T10:00"),
        (("--now", "0001-01-01T00:00", "--zone", "Asia/Tokyo"), "is no time"),
        (("--zone", "Panama City"), "there is no time zone"),
        (("--jsonl",), "give a text, or --jsonl"),
    ],
)
def test_what_cannot_be_read_says_what_to_write(arguments: tuple[str, ...], said: str) -> None:
    result = promises("Te llamo hoy", *arguments)
    assert result.exit_code == 2
    assert said in result.stderr
