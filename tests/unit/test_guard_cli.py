"""`hilo guard`: what stops a reply, for people and for programs, without a configuration."""

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


def guard(*arguments: str, given: str | bytes | None = None) -> Result:
    return CliRunner().invoke(main, ["guard", *arguments], input=given)


def told(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_each_line_comes_back_with_its_verdict() -> None:
    # given a reply that sends the customer away, and one that does not; each has something of its own
    lines: list[dict[str, Any]] = [
        {"id": 7, "text": "¡Hola! Mándanos un DM", "lang": "es", "channel": "twitter_public"},
        {"text": "Te llamamos hoy", "lang": "es", "channel": "twitter_public", "note": None},
    ]
    # when they are judged
    result = guard("--jsonl", "--at", "2026-11-27T10:00", given="".join(json.dumps(line) + "\n" for line in lines))
    # then each is as it was, and tells
    finding = {"kind": "deflection", "to": "dm", "phrase": "Mándanos un DM", "start": 7, "end": 21}
    promise = {
        "kind": "promise",
        "to": None,
        "due_at": "2026-11-27T18:00:00+00:00",
        "phrase": "hoy",
        "start": 12,
        "end": 15,
    }
    assert result.exit_code == 0
    assert told(result) == [
        lines[0] | {"verdict": "stop", "findings": [finding]},
        lines[1] | {"verdict": "allow", "findings": [promise]},
    ]


def test_lines_that_cannot_be_read_are_told_once_all_others_are_done() -> None:
    # given lines of all sorts among two that are right
    bad = [b"nonsense", b"[1]", b'{"text": 1}', b"{}", b'{"text": "\xff"}', b"[" * 100_000, b'{"text": "a", "lang": 1}']
    lines = [b'{"text": "Hola"}', *bad, b"", b'{"text": "Please DM us"}']
    # when they are judged
    result = guard("--jsonl", given=b"\n".join(lines))
    # then the two come back, and each other is told by its number, without a traceback
    assert result.exit_code == 1
    assert [each["verdict"] for each in told(result)] == ["allow", "stop"]
    said = result.stderr.splitlines()
    assert [line.split(":")[0] for line in said] == [f"line {number}" for number in range(2, 9)]
    assert "Traceback" not in result.stderr


def test_personal_data_counts_where_all_the_world_reads() -> None:
    line = json.dumps({"text": "Tu línea 6123-4567 ya tiene señal", "lang": "es"})
    public, private = (
        told(guard("--jsonl", "--channel", channel, given=line))[0] for channel in ("twitter_public", "twitter_dm")
    )
    assert (public["verdict"], private["verdict"]) == ("stop", "allow")
    assert [(each["kind"], each["phrase"]) for each in public["findings"]] == [("exposure", "6123-4567")]


def test_a_person_sees_where_and_why_in_a_hundred_columns() -> None:
    result = guard(f"{'Con gusto. ' * 20}Llámanos al 611", "--lang", "es")
    assert result.exit_code == 0
    assert "“Llámanos al 611” sends the customer to the phone" in result.stdout
    assert max(map(len, result.stdout.splitlines())) <= 100
    assert "allow" in guard("Te llamamos nosotros").stdout


def test_one_text_for_programs() -> None:
    (found,) = told(guard("Please DM us", "--json"))
    assert found["verdict"] == "stop"
    assert found["findings"][0]["to"] == "dm"


def test_what_no_terminal_should_show_is_not_shown() -> None:
    assert "\x1b" not in guard("hola \x1b[31m", "--channel", "email").stdout
    assert told(guard("--jsonl", given='{"text": "a\\ud83d\\u009b"}'))[0]["text"] == "a\ud83d\x9b"


@pytest.mark.parametrize("arguments", [(), ("text", "--jsonl")])
def test_neither_or_both_is_used_wrongly(arguments: tuple[str, ...]) -> None:
    result = guard(*arguments)
    assert result.exit_code == 2
    assert "give a text, or --jsonl" in result.stderr


def test_by_the_wordings_of_ones_own_rules_and_what_a_team_may_write(tmp_path: Path) -> None:
    # given rules of one's own, by which sales may send people to a branch
    (tmp_path / "guard").mkdir()
    (tmp_path / "guard" / "ours.yaml").write_text("exceptions: [{team: sales, kind: deflection, to: branch}]\n")
    text, rules = "Acércate a la sucursal", ("--rules", str(tmp_path))
    assert told(guard(text, "--json", *rules))[0]["verdict"] == "stop"
    assert told(guard(text, "--json", *rules, "--team", "sales"))[0]["verdict"] == "allow"
    assert told(guard(text, "--json", *rules, "--team", "care"))[0]["verdict"] == "stop"
    # and a mistake there is told
    (tmp_path / "guard" / "ours.yaml").write_text("exceptions: [{team: sales}]\n")
    result = guard(text, *rules)
    assert (result.exit_code, "`kind` is missing" in result.stderr) == (1, True)


def test_what_is_known_is_asked_again_and_a_promise_has_its_instant() -> None:
    # given a reply that asks for what is known, and promises
    line = {
        "text": "¿Me das tu nombre? Reinicia el módem y te llamamos mañana a las 10. Lo vemos lo antes posible.",
        "known": [{"kind": "name", "value": "Ana Ruiz"}],
    }
    at = ("--at", "2026-11-27T10:00", "--zone", "America/Panama")
    # when it is judged, where the modem was restarted
    (found,) = told(guard("--jsonl", "--known", "tried=restarted_modem", *at, given=json.dumps(line)))
    # then each kind tells its own
    assert found["verdict"] == "stop"
    assert [(each["kind"], each["phrase"]) for each in found["findings"]] == [
        ("repeat", "Me das tu nombre"),
        ("repeat", "Reinicia el módem"),
        ("promise", "mañana a las 10"),
        ("promise", "lo antes posible"),
        ("empty", "lo antes posible"),
    ]
    name, step, promise, vague, _ = found["findings"]
    assert (name["fact"], name["known"]) == ("name", "A*** R***")
    assert (step["fact"], step["known"]) == ("tried", "restarted_modem")
    assert (promise["due_at"], vague["due_at"]) == ("2026-11-28T15:00:00+00:00", None)


def test_promises_and_empty_words_stop_nothing() -> None:
    result = guard("Te llamamos mañana a las 10, lo antes posible", "--lang", "es")
    assert "is a promise, due by" in result.stdout
    assert result.stdout.splitlines()[-1] == "allow: nothing here stops it"
    # and of empty words it says what the desk does
    assert "asks for a date" in guard("Lo resolvemos pronto").stdout.splitlines()[-1]
    (found,) = told(guard("Lo resolvemos pronto", "--json"))
    assert (found["verdict"], [each["kind"] for each in found["findings"]]) == ("allow", ["promise", "empty"])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--known", "name"), "write `name=Ana`"),
        (("--at", "soon"), "write 2026-11-27T10:00"),
        (("--zone", "Panama City"), "there is no time zone"),
    ],
)
def test_what_is_not_understood_is_told(arguments: tuple[str, str], said: str) -> None:
    result = guard("Hola", *arguments)
    assert result.exit_code == 2
    assert said in result.stderr


@pytest.mark.parametrize("known", ["name", [{"kind": "name"}], [1]])
def test_a_line_whose_known_facts_are_none_is_told(known: object) -> None:
    result = guard("--jsonl", given=json.dumps({"text": "Hola", "known": known}))
    assert result.exit_code == 1
    assert "`known`" in result.stderr
