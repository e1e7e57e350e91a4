"""A folder of rules, with tests beside them, as `hilo rules test` is given it."""

from contextlib import chdir
from dataclasses import dataclass
from pathlib import Path

from click.testing import CliRunner

from router.rules_cli import rules

CONFIG = (
    "teams: {care: {name: A}, billing: {name: B}, tech: {name: C}, retention: {name: D}}\nrules: {default_team: care}\n"
)
RULES = """\
calendars:
  office: {zone: America/Panama, hours: {mon-fri: 08:00-18:00}}
rules:
  - name: urgent
    when: {text: {any: [urgente]}}
    then: {priority: high, tags: [urgent], facts: {matter: outage}, skills: [networks], callback: {within: 1h}}
  - name: invoice
    when: {text: {any: [factura]}}
    then:
      team: billing
      language: en
      acknowledge: {es: Recibido, en: Got it}
      deadlines: {first_reply: 15m, resolution: 24h}
  - name: gold
    when: {customer: {tier: gold}, text: {any: [factura, modem]}}
    then: {team: tech, tags: [gold]}
  - name: outage
    when: {text: {any: [sin internet]}}
    then:
      team: tech
      calendar: office
      deadlines: {first_reply: 30m, update: 4h}
      ladder:
        - {after: 10m, priority: up, tags: [waits]}
        - {after: 20m, tell: supervisor}
        - {after: 30m, team: care}
  - name: takes-over
    when: {text: {any: [abogado]}}
    then: {team: care, reroute: true, tags: [legal], callback: offer}
"""


@dataclass(frozen=True)
class Said:
    """What the command printed, and how it ended."""

    text: str
    status: int

    @property
    def last(self) -> str:
        return self.text.splitlines()[-1]


def played(top: Path, tests: str = "", *options: str, is_coloured: bool = False) -> Said:
    """What `hilo rules test`, called in `top`, says of the rules above with `tests` in a file of their own."""
    folder = top / "rules"
    folder.mkdir(exist_ok=True)
    (folder / "10-rules.yaml").write_text(RULES)
    (folder / "20-tests.yaml").write_text(f"tests:\n{tests}" if tests else "")
    return said_of(top, *options, is_coloured=is_coloured)


def said_of(top: Path, *options: str, is_coloured: bool = False) -> Said:
    """What `hilo rules test`, called in `top`, says of the rules in `top/rules`."""
    (top / "config.yaml").write_text(CONFIG)
    with chdir(top):
        result = CliRunner().invoke(rules, ["test", "rules", *options], color=is_coloured)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return Said(result.output, result.exit_code)


def story(*steps: str, at: str = "2026-11-24 10:00") -> str:
    """A test of these steps, by the clock of Panama."""
    lines = "\n".join(f"      - {step}" for step in steps)
    return f"  - name: a story\n    at: {at}\n    zone: America/Panama\n    story:\n{lines}\n"


def message(text: str, expect: str, more: str = "") -> str:
    """A test of one message."""
    return f"  - name: a message\n    zone: America/Panama\n{more}    message: {text}\n    expect: {expect}\n"
