"""The schema that editors check rules with takes what Hilo takes, and refuses what can be seen without the rest."""

import json
import re
from pathlib import Path
from random import Random
from typing import Any

import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator

from router.model.ids import TeamId
from router.rules_cli import rules as hilo_rules
from rules.descriptions import DESCRIPTIONS
from rules.facts import CHANNELS
from rules.schema import schema
from rules.source import Source
from tests.rules_generator import TEAMS, rulebook

TOP = Path(__file__).parents[2]
BROKEN = TOP / "tests" / "broken" / "rules"
PLAYBOOK = sorted((TOP / "rules" / "playbook").glob("*.yaml"))
EXAMPLES = re.findall(r"^```yaml\n(.*?)^```$", (TOP / "docs/rules.md").read_text(), re.MULTILINE | re.DOTALL)
ALL_TEAMS = sorted({*TEAMS, *map(TeamId, ("sales", "care", "billing", "tech", "retention"))})
SCHEMA = schema(ALL_TEAMS, CHANNELS)
VALIDATOR = Draft202012Validator(SCHEMA)
# What is seen only with other files, other rules, or by reading words, dates and regular expressions.
SEEN_LATER = (
    *("closed-on-no-date", "deadline-of-nothing", "holidays-of-no-country", "holidays-of-no-region", "hours-overlap"),
    *("contradiction-in-bounds", "contradiction-in-hours", "contradiction-in-tags", "contradiction-in-values"),
    *("contradiction-in-words", "contradiction-of-everything", "too-complex", "name-twice", "none"),
    *("ladder-out-of-order", "ladder-step-after-team", "ladder-to-its-own-team", "phrase-too-long"),
    *(
        "regex-back-reference",
        "regex-capitals",
        "regex-look-ahead",
        "regex-too-large",
        "regex-unbalanced",
        "word-without-letters",
    ),
    *("unknown-calendar-in-hours", "unknown-calendar-of-rule", "unknown-list", "calendar-with-strange-name"),
)


def is_taken(value: Any) -> bool:
    return bool(VALIDATOR.is_valid(value))


def value_of(content: bytes) -> Any:
    """What a file holds, as Hilo reads it; None if that can't be read."""
    source = Source("a.yaml", content)
    return source.root.value if source.root and not source.problems else None


READABLE = [path for path in sorted(BROKEN.glob("*.yaml")) if value_of(path.read_bytes()) is not None]


def test_it_is_a_schema_of_the_draft_that_it_names() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["$schema"] == Draft202012Validator.META_SCHEMA["$id"]


@pytest.mark.parametrize("example", EXAMPLES)
def test_each_example_of_the_documentation_is_taken(example: str) -> None:
    assert [error.message for error in VALIDATOR.iter_errors(value_of(example.encode()))] == []


@pytest.mark.parametrize("path", PLAYBOOK, ids=lambda path: path.stem)
def test_the_playbook_is_taken(path: Path) -> None:
    assert [error.message for error in VALIDATOR.iter_errors(value_of(path.read_bytes()))] == []


def test_whatever_a_rule_may_ask_for_is_taken() -> None:
    for seed in range(50):
        book = rulebook(Random(seed))
        assert [error.message for error in VALIDATOR.iter_errors(book)] == []


@pytest.mark.parametrize("path", READABLE, ids=lambda path: path.stem)
def test_a_mistake_of_form_is_refused(path: Path) -> None:
    assert is_taken(value_of(path.read_bytes())) is (path.stem in SEEN_LATER)


@pytest.mark.parametrize("model", DESCRIPTIONS)
def test_each_key_is_described_and_no_other_is_known(model: str) -> None:
    known = SCHEMA if model == "File" else SCHEMA["$defs"][model]
    assert known["properties"].keys() == DESCRIPTIONS[model].keys()
    assert known["additionalProperties"] is False
    assert all(each["description"] for each in known["properties"].values())


def test_every_part_with_keys_is_described() -> None:
    assert {name for name, each in SCHEMA["$defs"].items() if "properties" in each} == {*DESCRIPTIONS} - {"File"}


@pytest.mark.parametrize(
    ("rule", "is_right"),
    [
        ({"then": {"team": "care"}}, True),
        ({"then": {"team": "nobody"}}, False),
        ({"then": {"team": "care", "reroute": True}}, True),
        ({"then": {"callback": "offer"}}, True),
        ({"then": {"callback": {"within": "1h"}}}, True),
        ({"then": {"callback": {"within": "1 week"}}}, False),
        ({"then": {"team": "care", "acknowledge": {"es": "Hola"}}}, True),
        ({"when": {"channel": "fax"}}, False),
        ({"when": {"not": {"any": [{"public": True}, {"all": [{"text": {"any": 100}}]}]}}}, True),
        ({"when": {"not": {"any": [{"public": True}, {"all": [{"txt": {"any": 100}}]}]}}}, False),
        ({"when": {"team": {"care": {"waiting": {"at_least": 3}}}}}, True),
        ({"when": {"team": {"nobody": {"waiting": {"at_least": 3}}}}}, False),
        ({"when": {"attachments": True, "customer": {"tags": "vip"}}}, True),
        ({"when": {"customer": {"tags": {"none": ["vip"]}}}}, True),
        ({"when": {"text": {"any": ["factur*", "$pay", 100]}}}, True),
        ({"when": {"text": {"any": ["fac*ura"]}}}, False),
        ({"name": "default"}, False),
        ({"name": 2026}, True),
    ],
)
def test_a_rule(rule: dict[str, Any], is_right: bool) -> None:
    assert is_taken({"rules": [{"name": "a", "when": {}, "then": {"tags": ["x"]}, **rule}]}) is is_right


@pytest.mark.parametrize(
    ("days", "is_right"),
    [
        *((days, True) for days in ("mon-fri", "sat", "lun-vie", "sáb", "Sábado, Domingo", "mie–jue")),
        *((days, False) for days in ("mo-fri", "mon-fry", "")),
    ],
)
def test_weekdays(days: str, is_right: bool) -> None:
    assert is_taken({"calendars": {"a": {"zone": "UTC", "hours": {days: "22:00-06:00"}}}}) is is_right


def test_the_command_prints_it_with_the_teams_of_the_configuration(tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text("teams:\n  billing: {name: Billing}\n")
    printed = CliRunner().invoke(hilo_rules, ["schema", "--config", str(config)])
    assert printed.exit_code == 0
    assert json.loads(printed.output) == schema(["billing"], CHANNELS)


def test_the_command_tells_of_a_configuration_without_teams(tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text("rules: {folder: .}\n")
    refused = CliRunner().invoke(hilo_rules, ["schema", "--config", str(config)])
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "no teams are named here" in refused.stderr
