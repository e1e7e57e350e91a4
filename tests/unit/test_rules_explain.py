"""What is told about a message's way is so: the rules that held, what was found, and what follows."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from router.model.customer import Profile
from router.model.ids import TeamId
from router.model.message import ChannelName
from router.rules_cli import rules
from rules.checks import Check, duration_words
from rules.document import read_library
from rules.engine import RuleBook
from rules.explain import deciding, reasons, trace
from rules.facts import Before, Facts, TeamLoad
from rules.problems import SourceError
from tests.rules_generator import DEFAULT_TEAM, TEAMS, message, rulebook

CHAT = ChannelName("webchat")
TUESDAY = datetime(2026, 11, 24, 15, tzinfo=UTC)
BOOKS = 150
MESSAGES = 40


def book_of(folder: Path, content: dict[str, Any]) -> RuleBook:
    """The book of `content`, what can be proved never to match included."""
    (folder / "rules.yaml").write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    library = read_library(folder, TEAMS, DEFAULT_TEAM)
    return RuleBook(DEFAULT_TEAM, library.rules, frozenset(TEAMS), library.version, library.calendars)


def rule(name: str, when: dict[str, Any], **then: Any) -> dict[str, Any]:
    return {"name": name, "when": when, "then": then}


@pytest.mark.parametrize("share", range(3))
def test_the_explanation_agrees_with_the_engine(tmp_path: Path, share: int) -> None:
    compared = 0
    for number in range(BOOKS // 3):
        random = Random(70_000 + share * BOOKS + number)
        content = rulebook(random)
        try:
            book = book_of(tmp_path, content)
        except SourceError:
            # It has too many alternatives.
            continue
        for _ in range(MESSAGES):
            facts = message(random, content)
            compared += 1
            found = trace(book, facts)
            matched = [tried.rule.name for tried in found.tried if tried.has_matched]
            assert matched == [each.name for each in book.matching(facts)]
            assert [tried.rule.name for tried in found.tried if tried.is_deciding] == matched[-1:] * (
                found.verdict.rule != "default"
            )
            for each in book.matching(facts):
                assert all(deciding(each, facts, book.calendars))
    assert compared > BOOKS // 3 * MESSAGES * 0.8


@pytest.mark.parametrize(
    ("when", "words"),
    [
        ({"channel": ["email", "webchat"]}, "channel is webchat (asked: email, webchat)"),
        ({"channel": "webchat"}, "channel is webchat"),
        ({"public": False}, "public is false"),
        ({"text": {"any": ["factur*", "recibo"]}}, "text.any: «Facturación» (asked: factur*, recibo)"),
        ({"text": {"any": ["$money"]}}, "text.any: «Facturación» ($money) (asked: $money)"),
        (
            {"text": {"all": ["facturación", "técnico"]}},
            "text.all: «Facturación», «técnico» (asked: facturación, técnico)",
        ),
        ({"text": {"regex": r"pedido\s+\d+"}}, r"text.regex: «pedido 123» (asked: pedido\s+\d+)"),
        ({"text": {"none": ["gracias"]}}, "text.none: nothing of it (asked: gracias)"),
        ({"customer": {"tier": ["Gold", "platinum"]}}, "customer.tier is gold (asked: gold, platinum)"),
        ({"customer": {"tags": ["vip"]}}, "customer.tags.any: vip"),
        ({"customer": {"followers": {"at_least": 1000}}}, "customer.followers: 12,000 (asked: at least 1,000)"),
        ({"customer": {"attributes": {"plan": "fibra"}}}, "customer.attributes.plan is fibra"),
        ({"contacts": {"within": "72h", "at_least": 2}}, "contacts in 72h: 2 (asked: at least 2)"),
        ({"conversation": {"waiting": {"at_least": "30m"}}}, "conversation.waiting: 90m (asked: at least 30m)"),
        ({"conversation": {"owner": "tech"}}, "conversation.owner is tech"),
        ({"hours": {"inside": "office"}}, "hours.inside: office is open"),
        ({"hours": {"outside": "night"}}, "hours.outside: night is closed"),
        ({"team": {"tech": {"waiting": {"at_least": 50}}}}, "team.tech.waiting: 60 (asked: at least 50)"),
    ],
)
def test_what_held_is_told_in_words(tmp_path: Path, when: dict[str, Any], words: str) -> None:
    (check,) = checks_of(tmp_path, when)
    assert check.is_held
    assert check.words == words


@pytest.mark.parametrize(
    ("when", "words"),
    [
        ({"channel": "email"}, "channel is webchat (asked: email)"),
        (
            {"text": {"any": ["a1", "b1", "c1", "d1", "e1", "f1"]}},
            "text.any: nothing of it (asked: a1, b1, c1, d1, … 2 more)",
        ),
        ({"text": {"all": ["técnico", "módem"]}}, "text.all: not there: módem (asked: técnico, módem)"),
        ({"text": {"none": ["factur*"]}}, "text.none: «Facturación» (asked: factur*)"),
        ({"customer": {"region": "colon"}}, "customer.region is not known (asked: colon)"),
        ({"customer": {"tags": {"all": ["vip", "late"]}}}, "customer.tags.all: vip (asked: vip, late)"),
        ({"conversation": {"tags": ["late"]}}, "conversation.tags.any: none (asked: late)"),
        ({"contacts": {"within": "72h", "at_least": 3}}, "contacts in 72h: 2 (asked: at least 3)"),
        ({"team": {"billing": {"available": {"at_most": 0}}}}, "team.billing.available: not known (asked: at most 0)"),
        ({"hours": {"inside": ["night"]}}, "hours.inside: night is closed"),
    ],
)
def test_what_did_not_hold_is_told_in_words(tmp_path: Path, when: dict[str, Any], words: str) -> None:
    (check,) = checks_of(tmp_path, when)
    assert not check.is_held
    assert check.words == words


def test_conditions_within_one_another_keep_their_form(tmp_path: Path) -> None:
    when = {
        "any": [{"customer": {"tier": "basic"}}, {"all": [{"public": True}, {"channel": "webchat"}]}],
        "not": {"hours": {"inside": "night"}, "channel": "webchat"},
    }
    both = checks_of(tmp_path, when)
    assert [(check.label, check.is_held) for check in both] == [("any", False), ("not", True)]
    assert [(part.label, part.is_held) for part in both[0].parts] == [("customer.tier", False), ("all", False)]
    assert [(part.label, part.is_held) for part in both[0].parts[1].parts] == [("public", False), ("channel", True)]
    assert {part.label: part.is_held for part in both[1].parts} == {"hours.inside": False, "channel": True}


@pytest.mark.parametrize(
    ("when", "told"),
    [
        ({"text": {"any": ["factur*"], "none": ["gracias"]}}, ("text.any: «Facturación»",)),
        ({"text": {"none": ["gracias"]}}, ("text.none: nothing of it",)),
        ({"any": [{"public": True}, {"customer": {"tier": "gold"}}]}, ("customer.tier is gold",)),
        ({"not": {"hours": {"inside": "night"}}}, ("hours.inside: night is closed",)),
        ({"not": {"text": {"any": ["gracias"]}}, "channel": "webchat"}, ("channel is webchat",)),
        ({"hours": {"outside": "night"}, "language": "es"}, ("language is es", "hours.outside: night is closed")),
        ({}, ()),
    ],
)
def test_the_deciding_facts_are_few(tmp_path: Path, when: dict[str, Any], told: tuple[str, ...]) -> None:
    book = with_calendars(tmp_path, rule("it", when, team="tech"))
    assert deciding(book.rules[0], FACTS, book.calendars) == told


def test_reading_stops_at_the_rule_that_decides(tmp_path: Path) -> None:
    book = with_calendars(
        tmp_path,
        rule("no", {"public": True}, team="billing"),
        rule("adds", {"channel": "webchat"}, tags=["chat"], priority="high"),
        rule("decides", {"text": {"any": ["factur*"]}}, team="tech", deadlines={"first_reply": "4h"}, calendar="office",
             ladder=[{"after": "30m", "tell": "supervisor"}], callback={"within": "1h"}),
        rule("below", {}, team="care"),
    )  # fmt: skip
    found = trace(book, FACTS)
    assert [(tried.rule.name, tried.has_matched, tried.is_deciding) for tried in found.tried] == [
        ("no", False, False),
        ("adds", True, False),
        ("decides", True, True),
    ]
    assert found.verdict.route.team == "tech"
    # On that Tuesday the office closes at 18:00 in Panama, 23:00 UTC.
    assert {due.what: (due.within, due.at) for due in found.due} == {
        "first_reply": (timedelta(hours=4), TUESDAY + timedelta(hours=4)),
        "step 1": (timedelta(minutes=30), TUESDAY + timedelta(minutes=30)),
        "callback": (timedelta(hours=1), TUESDAY + timedelta(hours=1)),
    }


def test_a_calendar_that_is_hardly_ever_open_counts_day_and_night(tmp_path: Path) -> None:
    content = {
        "calendars": {"rare": {"zone": "UTC", "hours": {"mon": "08:00-08:01"}}},
        "rules": [rule("it", {}, team="tech", deadlines={"resolution": "3000d"}, calendar="rare")],
    }
    (due,) = trace(book_of(tmp_path, content), FACTS).due
    assert due.at == TUESDAY + timedelta(days=3000)


def test_the_reasons_for_the_timeline_begin_with_the_rule_that_decided(tmp_path: Path) -> None:
    book = with_calendars(
        tmp_path,
        rule("adds", {"customer": {"tier": "gold"}, "channel": "webchat"}, tags=["gold"]),
        rule("decides", {"text": {"any": ["factur*"]}, "channel": "webchat"}, team="tech"),
    )
    assert reasons(book, FACTS) == ("channel is webchat", "text.any: «Facturación»", "customer.tier is gold")


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (timedelta(hours=72), "72h"),
        (timedelta(minutes=90), "90m"),
        (timedelta(days=14), "14d"),
        (timedelta(seconds=45), "45s"),
        (timedelta(milliseconds=500), "500ms"),
        (timedelta(), "0s"),
        (timedelta(minutes=5, seconds=1, microseconds=7), "301s"),
    ],
)
def test_durations_are_written_as_in_rules(length: timedelta, words: str) -> None:
    assert duration_words(length) == words


FACTS = Facts(
    channel=CHAT,
    text="Me llegó mal la Facturación del técnico, pedido 123",
    language="es",
    now=TUESDAY,
    customer=Profile(tier="Gold", followers=12_000, tags=("VIP",), attributes={"plan": "Fibra"}),
    conversation=Before(is_new=False, owner=TeamId("tech"), messages=3, waiting=timedelta(minutes=90)),
    contacts=(TUESDAY - timedelta(hours=30), TUESDAY),
    teams={TeamId("tech"): TeamLoad(waiting=60, available=1)},
)
CALENDARS = {
    "office": {"zone": "America/Panama", "hours": {"mon-fri": "08:00-18:00"}},
    "night": {"zone": "America/Panama", "hours": {"mon-sun": "20:00-24:00"}},
}


def with_calendars(folder: Path, *rules: dict[str, Any]) -> RuleBook:
    lists = {"money": ["factur*", "cobr*"]}
    return book_of(folder, {"lists": lists, "calendars": CALENDARS, "rules": list(rules)})


def checks_of(folder: Path, when: dict[str, Any]) -> tuple[Check, ...]:
    """What is asked of the message by a rule with that `when`."""
    (tried,) = trace(with_calendars(folder, rule("it", when, team="billing")), FACTS).tried
    return tried.check.parts


def told(*arguments: object) -> Result:
    return CliRunner().invoke(rules, ["explain", *map(str, arguments)])


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A configuration whose rules lie beside it."""
    folder = tmp_path / "book"
    folder.mkdir()
    with_calendars(
        folder,
        rule("no", {"channel": "email", "text": {"any": ["factur*"]}}, team="billing"),
        rule("vip", {"customer": {"tier": ["gold", "platinum"]}}, tags=["vip"], priority="high"),
        rule("late", {"contacts": {"within": "72h", "at_least": 3}}, team="tech", calendar="office",
             deadlines={"first_reply": "4h"}),
    )  # fmt: skip
    path = tmp_path / "config.yaml"
    teams = {team: {"name": team} for team in TEAMS}
    path.write_text(yaml.safe_dump({"teams": teams, "rules": {"folder": "book", "default_team": "care"}}))
    return path


def test_the_command_tells_what_held_and_folds_what_did_not(config: Path, tmp_path: Path) -> None:
    known = tmp_path / "ada.yaml"
    known.write_text("tier: gold\ncontacts: [2026-11-23 10:00, 2026-11-22 10:00]\n")
    asked = ("--config", config, "--text", "Hola", "--customer", known, "--at", "2026-11-24 16:00")
    answer = told(*asked, "--zone", "America/Panama")
    assert answer.exit_code == 0, answer.output
    lines = answer.output.splitlines()
    assert "✗ no    channel is webchat (asked: email)" in lines
    assert any(line.startswith("✓ vip   adds priority high; tags vip") for line in lines)
    assert any("✓ contacts in 72h" in line and line.endswith("asked: at least 3") for line in lines)
    assert "→ tech, by the rule late" in lines
    assert any("first_reply" in line and line.endswith("4h of office: Wed 25 Nov 2026, 10:00") for line in lines)
    assert max(map(len, lines)) <= 100
    assert "text.any" in told(*asked, "--all").output


def test_programs_get_the_trace(config: Path) -> None:
    found = json.loads(told("--config", config, "--channel", "email", "--text", "factura", "--json").output)
    (tried,) = found["tried"]
    assert (tried["rule"], tried["matched"], tried["decides"]) == ("no", True, True)
    assert [check["label"] for check in tried["checks"]] == ["channel", "text.any"]
    assert found["verdict"]["team"] == "billing"
    assert found["facts"]["channel"] == "email"


def test_mistakes_in_what_is_known_have_a_place(config: Path, tmp_path: Path) -> None:
    known = tmp_path / "ada.yaml"
    known.write_text("teir: gold\ncontacts: [yesterday]\nteams: {tehc: {waiting: 3}}\n")
    answer = told("--config", config, "--text", "Hola", "--customer", known)
    assert answer.exit_code == 1
    for words in (
        "ada.yaml:1:1: unknown key `teir`",
        "ada.yaml:2:12: `yesterday` is no instant",
        "did you mean `tech`?",
    ):
        assert words in answer.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "give the message"),
        (("--text", "x", "--at", "soon"), "2026-11-24 10:00"),
        (("--text", "x", "--zone", "Panama/City"), "there is no time zone"),
        (("--conversation", "c-07"), "not one of Hilo's identifiers"),
    ],
)
def test_what_was_asked_wrongly_is_told(config: Path, arguments: tuple[str, ...], words: str) -> None:
    answer = told("--config", config, *arguments)
    assert answer.exit_code == 2
    assert words in answer.stderr
