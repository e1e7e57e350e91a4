"""What `hilo rules test` tells: each failure with its reason, the coverage."""

import re
from pathlib import Path

import pytest

from tests.rules_folder import Said, message, played, said_of, story

# Bold, dim, colours, and their end.
OWN_STYLES = re.compile(r"\x1b\[(0|1|2|3[0-7])m")
WRONG = [
    ("team: care", "team", "care", "billing"),
    ("rule: default", "rule", "default", "invoice"),
    ("matched: [outage, urgent]", "matched", "outage, urgent", "urgent, invoice"),
    ("priority: normal", "priority", "normal", "high"),
    ("tags: [urgent, gold]", "tags", "urgent, gold", "urgent"),
    ("not_tags: [gold, urgent]", "not_tags", "without urgent", "urgent"),
    ("facts: {matter: apn}", "facts.matter", "apn", "outage"),
    ("facts: {cause: storm}", "facts.cause", "storm", "none"),
    ("skills: fibre", "skills", "fibre", "networks"),
    ("language: es", "language", "es", "en"),
    ("state: pending", "state", "pending", "new"),
    (
        "deadlines: {first_reply: 2026-01-05 10:16}",
        "deadlines.first_reply",
        "2026-01-05 10:16",
        "2026-01-05 10:15 (America/Panama)",
    ),
    ("deadlines: {resolution: none}", "deadlines.resolution", "none", "2026-01-06 10:00 (America/Panama)"),
    ("deadlines: {update: 2026-01-05 10:15:30}", "deadlines.update", "2026-01-05 10:15:30 (America/Panama)", "none"),
    ("missed: [first_reply, resolution]", "missed", "first_reply, resolution", "none"),
    ("acknowledged: false", "acknowledged", "false", "Recibido"),
    ("acknowledged: Got it", "acknowledged", "Got it", "Recibido"),
    ("callback: none", "callback", "none", "2026-01-05 11:00 (America/Panama)"),
    ("callback: offer", "callback", "offer", "2026-01-05 11:00 (America/Panama)"),
    ("callback: 2026-01-05 11:30", "callback", "2026-01-05 11:30", "2026-01-05 11:00 (America/Panama)"),
    ("told_supervisor: true", "told_supervisor", "true", "false"),
]


@pytest.mark.parametrize(("expect", "key", "expected", "actual"), WRONG, ids=[row[0] for row in WRONG])
def test_what_does_not_hold_is_told(tmp_path: Path, expect: str, key: str, expected: str, actual: str) -> None:
    said = played(tmp_path, message("Es urgente, la factura llegó mal", f"{{{expect}}}"))
    # then it is said where, what was expected and what is, and nothing else
    lines = said.text.splitlines()
    assert lines[:3] == ["rules/20-tests.yaml  0 passed, 1 failed", "", "FAILED rules/20-tests.yaml:2: a message"]
    assert lines[3:5] == [f"  {key}  expected  {expected}", f"  {' ' * len(key)}  actual    {actual}"]
    assert lines[5].startswith("  the rules tried")
    assert (said.last, said.status) == ("0 passed, 1 failed", 1)


def test_instants_say_whose_clock_shows_them(tmp_path: Path) -> None:
    tests = "  - name: no zone\n    message: la factura\n    expect: {deadlines: {first_reply: 2026-01-05 10:10}}\n"
    assert "actual    2026-01-05 10:15 (UTC, as no other `zone` is given)\n" in played(tmp_path, tests).text


def test_a_message_without_an_answer_or_a_call_is_told_so(tmp_path: Path) -> None:
    said = played(tmp_path, message("Hola", "{acknowledged: true, callback: offer, language: es, rule: invoice}"))
    assert "acknowledged  expected  true\n                actual    false" in said.text
    assert "callback      expected  offer\n                actual    none" in said.text
    assert "language      expected  es\n                actual    unknown" in said.text
    assert "rule          expected  invoice\n                actual    default" in said.text


def test_a_failure_tells_why_the_rules_said_so(tmp_path: Path) -> None:
    # given a message that the second rule takes
    said = played(tmp_path, message("urgente, la factura", "{rule: gold, matched: [outage]}"))
    # then what matched is told with its reason, and of what was expected why it did not; others are counted
    assert said.text.splitlines()[7:12] == [
        "  the rules tried for «urgente, la factura»:",
        "    matched      urgent (rules/10-rules.yaml:4)  text.any: «urgente»",
        "    decides      invoice (rules/10-rules.yaml:7)  text.any: «factura»",
        "    not tried    gold: a rule above it decides",
        "    not tried    outage: a rule above it decides",
    ]
    said = played(tmp_path, message("un modem", "{rule: gold}"))
    assert "    not matched  gold (rules/10-rules.yaml:14)  customer.tier is not known (asked: gold)" in said.text
    assert "    4 others did not match" in said.text


def test_of_a_story_the_first_step_that_fails_is_told(tmp_path: Path) -> None:
    said = played(
        tmp_path,
        story("message: la factura", "after: 20m\n        expect: {team: tech}", "reply: Hola", "expect: {team: care}"),
        "--no-coverage",
    )
    assert said.text.splitlines()[2:6] == [
        "FAILED rules/20-tests.yaml:2: a story",
        "  step 2 of 4, line 7: after 20m",
        "  team  expected  tech",
        "        actual    billing",
    ]
    assert said.text.count("expected") == 1


def test_what_fails_first_is_told_although_the_story_then_can_not_be(tmp_path: Path) -> None:
    steps = ("message: la factura\n        expect: {team: tech}", "resolve: true", "resolve: true")
    said = played(tmp_path, story(*steps))
    assert "  step 1 of 3, line 6: message «la factura»\n  team  expected  tech" in said.text


@pytest.mark.parametrize(("expect", "shown"), [("[]", "none"), ("[resolution]", "resolution")])
def test_all_that_is_late_is_to_be_expected(tmp_path: Path, expect: str, shown: str) -> None:
    said = played(tmp_path, story("message: la factura", f"after: 24h\n        expect: {{missed: {expect}}}"))
    assert f"  missed  expected  {shown}\n          actual    first_reply, resolution\n" in said.text


def test_the_coverage_names_what_no_test_reached(tmp_path: Path) -> None:
    said = played(tmp_path, message("urgente", "{team: care}") + story("message: la factura", "expect: {team: tech}"))
    # then what was among the matched counts, also in a test that fails
    assert said.text.splitlines()[-3:] == [
        "coverage 2 of 5 rules (40 %); no test reached: gold (rules/10-rules.yaml:14), outage",
        "  (rules/10-rules.yaml:17), takes-over (rules/10-rules.yaml:27)",
        "1 passed, 1 failed",
    ]
    assert "coverage" not in played(tmp_path, "", "--no-coverage").text
    assert "coverage" not in played(tmp_path, "", "-k", "message").text


def test_too_little_coverage_fails_where_it_is_asked_for(tmp_path: Path) -> None:
    tests = message("urgente", "{team: care}")
    assert played(tmp_path, tests, "--fail-under", "20").status == 0
    said = played(tmp_path, tests, "--fail-under", "21")
    assert (said.last, said.status) == ("the coverage is under 21 %", 1)


def test_a_word_chooses_tests(tmp_path: Path) -> None:
    more = message("Hola", "{team: care}").replace("a message", "Facturación")
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "30-more.yaml").write_text(f"tests:\n{more}")
    tests = message("Hola", "{team: tech}")
    assert played(tmp_path, tests, "-k", "facturacion").last == "1 passed"
    assert played(tmp_path, tests, "-k", "30-MORE").last == "1 passed"
    assert played(tmp_path, tests, "-k", "message").last == "0 passed, 1 failed"
    assert played(tmp_path, tests).text.splitlines()[:2] == [
        "rules/20-tests.yaml  0 passed, 1 failed",
        "rules/30-more.yaml   1 passed",
    ]


def test_without_tests_it_says_where_they_go(tmp_path: Path) -> None:
    said = played(tmp_path, "", "--no-coverage")
    assert said == Said("no tests: write them under `tests:` beside the rules\n", 0)


def test_what_is_told_fits_a_terminal_and_keeps_it_quiet(tmp_path: Path) -> None:
    name, text = "un nombre " * 18 + "largo", "hola " * 300 + "\\u001b[2J\\u0008"
    tests = message("la factura", f'{{acknowledged: "{text}"}}').replace("a message", name)
    said = played(tmp_path, tests)
    assert max(map(len, said.text.splitlines())) <= 100
    assert not {"\x1b", "\x08"} & set(said.text)
    # and on a terminal what failed has its colour
    coloured = played(tmp_path, tests, is_coloured=True).text
    assert "\x1b[31m0 passed, 1 failed\x1b[0m" in coloured


EVIL = "\\e]0;x\\a\\e[2J\\x9b2J\\x7f"
HOSTILE = f"""\
rules:
  - name: evil
    when: {{customer: {{attributes: {{"k{EVIL}": "v{EVIL}"}}}}, text: {{any: [factura]}}}}
    then: {{team: tech, facts: {{"k{EVIL}": "v{EVIL}"}}, skills: ["s{EVIL}"], acknowledge: {{es: "a{EVIL}"}}}}
  - name: never
    when: {{customer: {{tier: "t{EVIL}"}}}}
    then: {{team: care}}
tests:
  - name: one
    zone: UTC
    customer: {{attributes: {{"k{EVIL}": "v{EVIL}"}}}}
    message: "factura {EVIL}"
    expect: {{facts: {{"k{EVIL}": "w{EVIL}"}}, skills: ["t{EVIL}"], acknowledged: "b{EVIL}", rule: never}}
  - name: two
    zone: UTC
    story:
      - {{reply: "{EVIL}", expect: {{team: care}}}}
"""


@pytest.mark.parametrize("options", [(), ("--json",)])
@pytest.mark.parametrize("is_coloured", [False, True])
def test_what_files_hold_and_how_they_are_named_keeps_the_terminal_quiet(
    tmp_path: Path, options: tuple[str, ...], is_coloured: bool
) -> None:
    # given names of facts, attributes and files, and values, that would tell a terminal what to do
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "10-\x1b]0;x\x07\x9b\n.yaml").write_text(HOSTILE)
    # when the tests fail, with all of it in what is told
    said = said_of(tmp_path, *options, is_coloured=is_coloured)
    assert said.status == 1
    # then nothing but the command's own styles comes out
    without = OWN_STYLES.sub("", said.text) if is_coloured else said.text
    assert without.replace("\n", "").isprintable()
    if not options:
        assert "  facts.k�]0;x��[2J�2J�  expected  w�]0;x" in without
        assert "10-�]0;x��" in without
        assert ("\x1b[31m" in said.text) is is_coloured
