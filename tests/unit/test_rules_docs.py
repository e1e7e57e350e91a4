"""What docs/rules.md and docs/configuration.md show is so."""

import re
from pathlib import Path

import pytest

from channels.brake import Limits
from channels.email.settings import EmailSettings, ImapSettings, LmtpSettings, SmtpSettings, VerifySettings
from channels.webchat.settings import WebchatSettings
from desk.settings import DeskSettings
from router.model.ids import TeamId
from router.model.message import ChannelName
from router.model.units import Slice
from router.settings import load_settings
from router.settings_file import RedisSettings, RulesSettings, SandboxSettings, SettingsFile, TeamEntry, UserEntry
from rules.document import load_rules
from rules.facts import Facts

DOCS = Path(__file__).parents[2] / "docs"
RULES = (DOCS / "rules.md").read_text()
CONFIGURATION = (DOCS / "configuration.md").read_text()
EXAMPLE = re.compile(r"^```yaml\n(.*?)^```$", re.MULTILINE | re.DOTALL)
TEAMS = [TeamId(name) for name in ("care", "billing", "tech", "sales", "retention")]


def found_in() -> list[tuple[str, str, bool]]:
    """The rows of the table "How words are found"."""
    table = RULES.split("How words are found:")[1].split("\n\n")[1]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]]
    cases = []
    for written, found, missed in rows:
        # The phrases' row has a comma within its example, so it is one; the others list several.
        texts = [found] if ":" in found else found.split(",")
        cases += [(written.strip("`"), text, True) for text in texts]
        cases += [(written.strip("`"), text, False) for text in missed.split(",")]
    return cases


# What holds tests alone is played with the rules that they are about, in test_rules_docs_cases.py.
@pytest.mark.parametrize("example", [each for each in EXAMPLE.findall(RULES) if "rules:\n" in each])
def test_each_example_of_a_rule_is_taken(tmp_path: Path, example: str) -> None:
    (tmp_path / "10-example.yaml").write_text(example)
    assert load_rules(tmp_path, TEAMS, TeamId("care")).rules


@pytest.mark.parametrize(("written", "text", "is_found"), found_in())
def test_words_are_found_as_the_table_says(tmp_path: Path, written: str, text: str, is_found: bool) -> None:
    (tmp_path / "a.yaml").write_text(
        f"rules: [{{name: a, when: {{text: {{any: {written}}}}}, then: {{team: billing}}}}]"
    )
    verdict = load_rules(tmp_path, TEAMS, TeamId("care")).route(Facts(ChannelName("email"), text))
    assert (verdict.rule == "a") is is_found


def test_the_least_configuration_is_taken(tmp_path: Path) -> None:
    (example,) = EXAMPLE.findall(CONFIGURATION)
    (tmp_path / "rules" / "playbook-of-ours").mkdir(parents=True)
    (tmp_path / "config.yaml").write_text(example)
    assert load_settings(tmp_path / "config.yaml").rules.default_team == "care"


@pytest.mark.parametrize(
    ("section", "model", "prefix"),
    [
        ("`redis`", RedisSettings, ""),
        ("`teams`", TeamEntry, ""),
        ("`users`", UserEntry, ""),
        ("`channels.webchat`", WebchatSettings, ""),
        ("`channels.email`", EmailSettings, ""),
        ("`channels.email`", ImapSettings, "imap."),
        ("`channels.email`", LmtpSettings, "lmtp."),
        ("`channels.email`", SmtpSettings, "smtp."),
        ("`channels.email`", VerifySettings, "verify."),
        ("`channels.email`", Limits, "automatic."),
        ("`rules`", RulesSettings, ""),
        ("`desk`", DeskSettings, ""),
        ("`sandbox`", SandboxSettings, ""),
    ],
)
def test_each_key_is_explained(section: str, model: type[Slice], prefix: str) -> None:
    # given the section's tables
    text = re.split(r"^###? ", CONFIGURATION.split(f"# {section}\n")[1], flags=re.MULTILINE)[0]
    explained = {key for row in re.findall(r"^\|(.*?)\|", text, re.MULTILINE) for key in re.findall(r"`([^`]+)`", row)}
    # then they have each key of the model
    keys = {name for name, field in model.model_fields.items() if not is_section(field.annotation)}
    assert {prefix + key for key in keys} <= explained
    assert {key for key in explained if key.startswith(prefix) and "." not in key.removeprefix(prefix)} == {
        prefix + key for key in keys
    }


def test_each_top_level_key_has_its_section() -> None:
    sections = re.findall(r"^## `(\w+)`$", CONFIGURATION, re.MULTILINE)
    assert sections == list(SettingsFile.model_fields)


def is_section(annotation: object) -> bool:
    sections = (SmtpSettings, VerifySettings, Limits)
    return any(annotation == (model | None) for model in (ImapSettings, LmtpSettings)) or annotation in sections
