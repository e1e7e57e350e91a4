"""What is told about a message's way is so: the rules that held, what was found, and what follows."""

import json
import re
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result
from msgspec.structs import replace

from router.core.facts import kept
from router.model.customer import Profile
from router.model.decision import EntryKind, TimelineEntry
from router.model.ids import TeamId
from router.model.message import ChannelName
from router.rules_cli import routings, rules
from router.rules_cli.trace_lines import row, shown
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
    assert reasons(book, FACTS, book.route(FACTS).matched) == (
        "channel is webchat",
        "text.any: «Facturación»",
        "customer.tier is gold",
    )


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
    assert any(
        "first_reply" in line and line.endswith("4h of office: Wed 25 Nov 2026, 10:00 America/Panama") for line in lines
    )
    assert max(map(len, lines)) <= 100
    assert "text.any" in told(*asked, "--all").output


def told_of(config: Path, *rules: dict[str, Any]) -> list[str]:
    """What is told of a first message at ten in Panama, by rules of these alone."""
    with_calendars(config.parent / "book", *rules)
    answer = told("--config", config, "--text", "Hola", "--at", "2026-11-24 15:00", "--all")
    assert answer.exit_code == 0, answer.output
    return answer.output.splitlines()


def test_each_deadline_says_from_when_and_by_whose_clock(config: Path) -> None:
    targets = {"first_reply": "15m", "next_reply": "2h", "update": "4h"}
    lines = told_of(
        config,
        rule("day-and-night", {}, deadlines={"resolution": "24h"}),
        rule("office", {}, team="tech", calendar="office", deadlines=targets),
    )
    for name, words in (
        ("first_reply", "15m of office: Tue 24 Nov 2026, 10:15 America/Panama"),
        ("next_reply", "2h of office after each later message"),
        ("update", "every 4h of office after each reply, the first by Tue 24 Nov 2026, 14:00 America/Panama"),
        ("resolution", "24h: Wed 25 Nov 2026, 15:00 UTC"),
    ):
        # A line that is too long goes on below itself.
        assert f"{name} {words}" in " ".join(" ".join(lines).split()), lines


def test_columns_hold_and_a_new_conversation_is_nobodys_yet(config: Path) -> None:
    within = {"any": [{"all": [{"conversation": {"reopened": True}}, {"conversation": {"owner": "tech"}}]}]}
    lines = told_of(config, rule("it", within, team="tech"), rule("other", {}, team="care"))
    (reopened,) = (line for line in lines if "conversation.reopened" in line)
    (owner,) = (line for line in lines if "conversation.owner" in line)
    assert reopened.index("false") == owner.index("nobody yet")
    # and a name that is too long for its column keeps its distance
    (found,) = map(shown, row("conversation.attributes.and.more", "1"))
    assert plain_text(found) == "  conversation.attributes.and.more  1"


def plain_text(printed: str) -> str:
    return OWN_STYLES.sub("", printed)


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


EVIL = "\x1b]0;x\x07\x1b[2J\x9b2J\x7f"
# Bold, dim, colours, and their end.
OWN_STYLES = re.compile(r"\x1b\[(0|1|2|3[0-7])m")


def hostile(tmp_path: Path, config: Path) -> None:
    """Make rules whose keys, values and file would tell a terminal what to do."""
    (config.parent / "book" / "rules.yaml").unlink()
    attributes = {"customer": {"attributes": {f"k{EVIL}": f"v{EVIL}"}}}
    content = {
        "rules": [
            rule("missed", {"not": {"customer": {"attributes": {f"j{EVIL}": f"w{EVIL}"}}}}, team="billing"),
            rule("never", {"customer": {"tier": f"t{EVIL}", "region": f"r{EVIL}"}}, team="billing"),
            rule("adds", attributes, facts={f"k{EVIL}": f"v{EVIL}"}, skills=[f"s{EVIL}"]),
            {**rule("it", {"any": [deepcopy(attributes), {"public": True}]}, team="tech",
                    acknowledge={"es": f"a{EVIL}"}), "description": f"d{EVIL}"},
        ]
    }  # fmt: skip
    name = f"1{EVIL}\n.yaml"
    (config.parent / "book" / name).write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    known = {"attributes": {f"k{EVIL}": f"v{EVIL}", f"j{EVIL}": f"w{EVIL}"}, "tier": f"u{EVIL}"}
    (tmp_path / "known.yaml").write_text(yaml.safe_dump(known))


def is_quiet(answer: Result, *, is_coloured: bool) -> bool:
    """Whether nothing but the command's own styles came out, and these only where they were wanted."""
    printed = OWN_STYLES.sub("", answer.output) if is_coloured else answer.output
    return printed.replace("\n", "").isprintable()


@pytest.mark.parametrize("options", [(), ("--all",), ("--json",)])
@pytest.mark.parametrize("is_coloured", [False, True])
def test_what_files_and_messages_hold_keeps_the_terminal_quiet(
    config: Path, tmp_path: Path, options: tuple[str, ...], is_coloured: bool
) -> None:
    hostile(tmp_path, config)
    asked = ["explain", "--config", str(config), "--text", f"Hola {EVIL}", "--subject", f"s{EVIL}"]
    asked += ["--customer", str(tmp_path / "known.yaml"), *options]
    answer = CliRunner().invoke(rules, asked, color=is_coloured)
    assert answer.exit_code == 0, answer.output
    assert is_quiet(answer, is_coloured=is_coloured)
    if "--json" not in options:
        for words in ("customer.attributes.k�]0;x", "fact k�]0;x", "«s�]0;x", "d�]0;x", "a�]0;x", "s�]0;x"):
            assert words in answer.output
        assert ("\x1b[1m" in answer.output) is is_coloured
    # and mistakes in a file of such a name
    strange = tmp_path / f"{EVIL}\n.yaml"
    strange.write_text('"k\\e[2J": 1\n')
    refused = CliRunner().invoke(rules, [*asked, "--customer", str(strange)], color=is_coloured)
    assert refused.exit_code == 1
    assert is_quiet(refused, is_coloured=is_coloured)


@pytest.mark.parametrize("options", [(), ("--json",)])
@pytest.mark.parametrize("is_coloured", [False, True])
@pytest.mark.parametrize("is_present", [False, True])
def test_what_a_timeline_holds_keeps_the_terminal_quiet(
    config: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    options: tuple[str, ...],
    is_coloured: bool,
    is_present: bool,
) -> None:
    # given a routing by rules that were there before, or are there still, and their keys and values
    hostile(tmp_path, config)
    version = read_library(config.parent / "book", TEAMS, DEFAULT_TEAM).version if is_present else f"v{EVIL}"
    profile = Profile(tier=EVIL, attributes={f"k{EVIL}": f"v{EVIL}", f"j{EVIL}": f"w{EVIL}"})
    detail = dict.fromkeys(("rule", "team", "reason", "matched", "deciding", "priority", "tags"), f"x{EVIL}")
    detail |= {"version": version, "facts": kept(replace(FACTS, customer=profile))}
    entries = [
        TimelineEntry("1", EntryKind.MESSAGE_IN, TUESDAY, text=f"Hola {EVIL}", detail={"subject": EVIL}),
        TimelineEntry("2", EntryKind.ROUTED, TUESDAY, detail=detail),
    ]
    monkeypatch.setattr(routings, "asked_of_store", lambda *_: (None, entries))
    # when ops ask for its way
    asked = ["explain", "--config", str(config), "--conversation", "c-07-0123456789", *options]
    answer = CliRunner().invoke(rules, asked, color=is_coloured)
    # then nothing but the command's own styles comes out
    assert answer.exit_code == 0, answer.output
    assert is_quiet(answer, is_coloured=is_coloured)
    if not options:
        assert "«Hola �]0;x" in answer.output
        assert "customer.attributes.k�]0;x" in answer.output
