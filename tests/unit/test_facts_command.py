"""`hilo facts`: what it finds, for people and for programs, whatever comes in; it needs no configuration."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from rich.cells import cell_len

from router.cli import main
from tests.cases import shared_cases

ROOT = Path(__file__).parent.parent.parent


def told(*arguments: str, lines: bytes | str = b"") -> Result:
    return CliRunner().invoke(main, ["facts", *arguments], input=lines)


def test_a_text_is_shown_with_its_facts_for_people() -> None:
    result = told("Soy Ana Ruiz, ya reinicié el módem; la cédula de mi esposo es 8-765-4321, RUT 12.345.678-5")
    assert result.exit_code == 0
    for word in ("Ana Ruiz", "A*** R***", "restarted_modem", "****4321", "somebody else's", "check digit right"):
        assert word in result.output
    assert max(cell_len(line) for line in result.output.splitlines()) <= 100


def test_a_text_without_facts_says_so() -> None:
    assert "Nothing is told here" in told("gracias").output


def test_signs_that_tell_a_terminal_what_to_do_are_not_printed() -> None:
    assert "\x1b" not in told("soy Ana\x1b[2J Ruiz\x9b, cel 6123-4567").output


def test_for_programs_each_fact_has_all_it_needs() -> None:
    result = told("mi cel es 6123-4567", "--region", "pa", "--json")
    assert json.loads(result.output)["facts"] == [
        {
            "kind": "phone",
            "value": "+50761234567",
            "sort": None,
            "phrase": "6123-4567",
            "start": 10,
            "end": 19,
            "masked": "****4567",
            "proved": None,
            "of_other": False,
        }
    ]


def test_lines_come_back_as_they_were_with_their_facts() -> None:
    lines = '{"text": "ya reinicié el módem", "lang": "es", "id": 7}\n\n{"text": "I restarted my modem"}\n'
    result = told("--jsonl", lines=lines)
    assert result.exit_code == 0
    first, second = (json.loads(line) for line in result.stdout.splitlines())
    assert (first["id"], first["lang"], first["text"]) == (7, "es", "ya reinicié el módem")
    assert [fact["value"] for entry in (first, second) for fact in entry["facts"]] == ["restarted_modem"] * 2


@pytest.mark.parametrize(
    "line",
    [
        b"nope",
        b"[1]",
        b"null",
        b'{"lang": "es"}',
        b'{"text": 5}',
        b'{"text": "a", "lang": 5}',
        b'{"text": "a"',
        b'\xff{"text": "a"}',
        b"[" * 100_000,
        b'{"text": ' + b"9" * 5_000 + b"}",
    ],
)
def test_a_line_that_is_none_is_told_by_its_number_and_the_rest_goes_on(line: bytes) -> None:
    result = told("--jsonl", lines=b'{"text": "a"}\n' + line + b'\n{"text": "soy Ana Ruiz"}\n')
    assert result.exit_code == 1
    assert result.stderr.startswith("line 2: ")
    assert "Traceback" not in result.output
    assert [len(json.loads(each)["facts"]) for each in result.stdout.splitlines()] == [0, 1]


@pytest.mark.parametrize("text", ["\ud800 soy Ana Ruiz", "\u2028\x85 soy Ana Ruiz\x00", "İßẞ ﷺ soy Ana Ruiz", ""])
def test_whatever_stands_in_a_line_it_stays_one_line(text: str) -> None:
    result = told("--jsonl", lines=json.dumps({"text": text}) + "\n")
    (line,) = result.stdout_bytes.split(b"\n")[:-1]
    entry = json.loads(line)
    assert entry["text"] == text
    assert [text[fact["start"] : fact["end"]] for fact in entry["facts"]] == (["Ana Ruiz"] if text else [])


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ((), 2),
        (("a", "--jsonl"), 2),
        (("a", "--lang", "xx"), 2),
        (("a", "--region", "XX"), 2),
        (("a", "--kinds", "no"), 2),
    ],
)
def test_what_is_used_wrongly_is_told_so(arguments: tuple[str, ...], code: int) -> None:
    result = told(*arguments)
    assert result.exit_code == code
    assert "Traceback" not in result.output


def test_a_mistake_in_the_kinds_is_told_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("facts: [{name: Meter, label: {es: a}}]")
    result = told("soy Ana Ruiz", "--kinds", str(tmp_path))
    assert result.exit_code == 1
    assert "a.yaml:1:16: `Meter` can't be a name here" in result.stderr


def test_a_process_of_its_own_answers_in_utf8_whatever_the_terminal_speaks() -> None:
    done = subprocess.run(
        [str(Path(sys.executable).parent / "hilo"), "facts", "--jsonl"],
        input='{"text": "soy José Núñez"}\n'.encode(),
        capture_output=True,
        cwd=ROOT,
        env={**os.environ, "LC_ALL": "C", "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"},
        timeout=60,
        check=True,
    )
    assert json.loads(done.stdout)["facts"][0]["value"] == "José Núñez"


def test_real_chats_go_through() -> None:
    chats = (shared_cases("chat_multidogo_media") / "chats.jsonl").read_text(encoding="utf-8").splitlines()[:100]
    turns = [turn for chat in chats for turn in json.loads(chat)["customer_turns"]]
    result = told("--jsonl", "--lang", "en", lines="".join(json.dumps(turn) + "\n" for turn in turns))
    assert result.exit_code == 0
    assert len(result.stdout.splitlines()) == len(turns)
