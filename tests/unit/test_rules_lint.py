"""What can be proved of rules is told, and nothing else: no rule is said to be dead that ever matches."""

import json
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from router.model.ids import TeamId
from router.rules_cli import rules as hilo_rules
from rules.clauses import alternatives_of
from rules.document import Library, load_library, load_rules, read_library
from rules.problems import SourceError
from rules.proof.clash import clash
from rules.proof.shadow import shadowed
from rules.source import MOST_BYTES, MOST_TOLD
from tests.reference_rules import holds
from tests.rules_generator import TEAMS, message, rulebook

CARE = TEAMS[0]
BOOKS, MESSAGES = 150, 40
TEAM = "team: billing"


def told(tmp_path: Path, content: str) -> list[str]:
    """The warnings of a file, each as its line and what it says."""
    (tmp_path / "a.yaml").write_text(content)
    return [f"{each.line}: {each.message}" for each in library(tmp_path).warnings]


def library(folder: Path) -> Library:
    return load_library(folder, TEAMS, CARE)


def two(earlier: str, later: str, then: str = TEAM) -> str:
    """Two rules, the first with a team; the second stands on line 2."""
    first = f"{{name: first, when: {{{earlier}}}, then: {{{then}}}}}"
    second = f"{{name: second, when: {{{later}}}, then: {{tags: [x]}}}}"
    return f"rules: [{first},\n  {second}]\nlists: {{pay: [pago*, factura], bill: [factura]}}"


SHADOWED = [
    ("", "channel: email"),
    ("channel: [email, webchat]", "channel: email, public: false"),
    ("text: {any: [factur*, cobro]}", "text: {any: [factura, cobro indebido]}"),
    ("text: {any: factura}", "subject: {any: FACTURA}"),
    ("text: {any: $pay}", "text: {any: [factura, mi pago]}"),
    ("text: {any: $pay}", "text: {any: $bill}"),
    ("text: {any: factur*}", "text: {any: $bill}"),
    ("text: {any: factura, none: [gracias, de nada]}", "text: {any: factura, none: [gracias, de, nada]}"),
    ("text: {regex: a+}", "text: {regex: a+, any: b}"),
    ("customer: {followers: {at_least: 100}}", "customer: {followers: {at_least: 101, at_most: 200}}"),
    ("not: {channel: phone}", "channel: [email, twitter]"),
    ("public: false", "not: {public: true}"),
    ("attachments: {at_most: 1}", "not: {attachments: {at_least: 2}}"),
    ("attachments: {at_least: 0}", "channel: email"),
    ("hours: {inside: always}", "channel: email"),
    ("conversation: {tags: [a, b]}", "conversation: {tags: {all: [a, c]}}"),
    ("any: [{channel: email}, {public: true, language: es}]", "any: [{public: true, language: es}, {channel: email}]"),
    ("any: [{channel: email}, {channel: phone}]", "any: [{channel: email, public: true}, {channel: [phone, email]}]"),
    ("channel: email", "any: [{channel: email}, {channel: phone, not: {channel: phone}}]"),
]
REACHED = [
    ("text: {any: factura}", "text: {any: factur*}"),
    ("text: {any: factura vencida}", "text: {any: factura}"),
    ("subject: {any: factura}", "text: {any: factura}"),
    # Folded words may be glued by what separates exact ones (a soft hyphen), so neither takes the other's messages.
    ("text: {any: factura}", "text: {any: factura, exact: true}"),
    ("text: {any: factura, exact: true}", "text: {any: factura}"),
    ("text: {all: [factura, pago]}", "text: {any: [factura, pago]}"),
    ("text: {any: $bill}", "text: {any: $pay}"),
    ("text: {any: factura, none: [gracias]}", "text: {any: factura, none: [gracias a todos]}"),
    ("text: {regex: a+}", "text: {regex: a}"),
    ("customer: {followers: {at_least: 100}}", "customer: {followers: {at_least: 99}}"),
    # Whoever's followers are not known has neither at least nor at most so many.
    ("not: {customer: {followers: {at_most: 9}}}", "not: {customer: {followers: {at_least: 10}}}"),
    ("contacts: {within: 1h, at_least: 2}", "contacts: {within: 2h, at_least: 2}"),
    ("channel: email, public: false", "channel: email"),
    ("customer: {tags: {none: [a]}}", "customer: {tags: [b]}"),
    ("any: [{channel: email}, {channel: phone}]", "channel: [email, phone, twitter]"),
]


@pytest.mark.parametrize(("earlier", "later"), SHADOWED)
def test_a_rule_that_never_matches_is_told_with_the_one_that_takes_all(
    tmp_path: Path, earlier: str, later: str
) -> None:
    assert [line for line in told(tmp_path, two(earlier, later)) if line.startswith("2:")] == [
        f"2: this rule never matches: `first` ({tmp_path}/a.yaml:1) takes all of its messages"
    ]


@pytest.mark.parametrize(("earlier", "later"), REACHED)
def test_a_rule_that_may_match_is_not(tmp_path: Path, earlier: str, later: str) -> None:
    assert [line for line in told(tmp_path, two(earlier, later)) if line.startswith("2:")] == []


def test_a_rule_without_a_team_takes_nothing(tmp_path: Path) -> None:
    assert told(tmp_path, two("channel: email", "channel: email", "priority: high")) == [
        "3: no rule uses the list `pay`",
        "3: no rule uses the list `bill`",
    ]


POSSIBLE = [
    "text: {all: [factura, pago], none: [factura pagada]}",
    "text: {any: [factura, pago], none: [factur*]}",
    "text: {any: factura}, subject: {none: factura}",
    "text: {any: factura, exact: true}, subject: {none: FACTURA}",
    "customer: {tags: {all: [a, b]}}",
    "customer: {followers: {at_least: 50, at_most: 50}}",
    "all: [{channel: [email, phone]}, {channel: [phone, twitter]}]",
    "any: [{channel: email, not: {channel: email}}, {public: true}]",
    "not: {customer: {followers: {at_least: 10}}}, customer: {tier: gold}",
    "all: [{not: {customer: {followers: {at_least: 10}}}}, {not: {customer: {followers: {at_most: 5}}}}]",
    "not: {all: [{channel: email}, {channel: phone}]}",
    "contacts: {within: 14d, at_least: 20}",
]
IMPOSSIBLE = [
    "subject: {any: factura}, text: {none: factura}",
    "text: {all: [factura], none: [factura]}",
    "text: {any: [factura, cobro mensual], none: [factur*, cobro]}",
    "text: {any: $pay, none: [pag*, factura]}",
    "text: {any: factura, none: $pay}",
    "text: {regex: a+}, not: {text: {regex: a+}}",
    "channel: email, all: [{channel: phone}]",
    "channel: [email, phone], all: [{channel: [twitter, webchat]}]",
    "public: true, not: {public: true}",
    "all: [{not: {conversation: {new: true}}}, {not: {conversation: {new: false}}}]",
    "customer: {attributes: {plan: [a, b]}}, all: [{customer: {attributes: {plan: [c, d]}}}]",
    "attachments: {at_least: 2}, not: {attachments: {at_least: 1}}",
    "all: [{not: {attachments: {at_least: 3}}}, {not: {attachments: {at_most: 2}}}]",
    "conversation: {waiting: {at_least: 2h, at_most: 1h}}",
    "contacts: {within: 1h, at_least: 3, at_most: 2}",
    "hours: {inside: office, outside: office}",
    "any: [{public: true, not: {public: true}}, {channel: email, not: {channel: email}}]",
    "any: [{not: {}}]",
]
REST = "lists: {pay: [pago, factura]}\ncalendars: {office: {zone: UTC, hours: {mon: 08:00-18:00}}}"


@pytest.mark.parametrize("when", IMPOSSIBLE)
def test_conditions_that_contradict_each_other_are_refused(tmp_path: Path, when: str) -> None:
    (tmp_path / "a.yaml").write_text(f"rules: [{{name: a, when: {{{when}}}, then: {{{TEAM}}}}}]\n{REST}")
    with pytest.raises(SourceError, match=r"a\.yaml:1:19: this never holds: ") as refused:
        library(tmp_path)
    assert len(refused.value.problems) == 1


@pytest.mark.parametrize("when", POSSIBLE)
def test_conditions_that_only_seem_to_are_taken(tmp_path: Path, when: str) -> None:
    (tmp_path / "a.yaml").write_text(f"rules: [{{name: a, when: {{{when}}}, then: {{{TEAM}}}}}]\n{REST}")
    assert len(library(tmp_path).rules) == 1


@pytest.mark.parametrize(
    "when",
    [
        "contacts: {within: 14d, at_least: 21}",
        "contacts: {within: 14d, at_most: 21}",
        "any: [{channel: email}, {not: {all: [{contacts: {at_least: 21, within: 14d}}]}}]",
    ],
)
def test_more_contacts_than_are_remembered_are_refused(tmp_path: Path, when: str) -> None:
    content = f"rules: [{{name: a, when: {{{when}}}, then: {{{TEAM}}}}}]"
    (tmp_path / "a.yaml").write_text(content)
    with pytest.raises(SourceError) as refused:
        library(tmp_path)
    (problem,) = refused.value.problems
    assert "Hilo remembers the last 20 contacts" in problem.message
    assert (problem.line, problem.column) == (1, content.index("21") + 1)


def test_whatever_is_said_never_to_match_never_does(tmp_path: Path) -> None:
    dead = 0
    for seed in range(BOOKS):
        random = Random(seed)
        book = many_rules(random)
        never, takers = proved(book, tmp_path)
        whens = [rule["when"] for rule in book["rules"]]
        for _ in range(MESSAGES if never or takers else 0):
            facts = message(random, book)
            assert [number for number in never if holds(whens[number], facts, book)] == []
            for later, earlier in takers:
                assert holds(whens[earlier], facts, book) or not holds(whens[later], facts, book), (later, earlier)
        dead += len(never) + len(takers)
    # and there are such rules among them
    assert dead > BOOKS


def many_rules(random: Random) -> dict[str, Any]:
    """Rules of several books as one; some ask for less than they did, so that they take what others would."""
    book = rulebook(random)
    each = [*book["rules"], *rulebook(random)["rules"], *rulebook(random)["rules"]]
    for number, rule in enumerate(each):
        kept = random.sample(list(rule["when"]), min(len(rule["when"]), random.randint(1, 3)))
        each[number] = {**rule, "name": f"r{number}", "when": {key: rule["when"][key] for key in kept}}
    calendars = {name: {"zone": "UTC", "hours": {"mon-fri": "08:00-18:00"}} for name in book["calendars"]}
    return {**book, "rules": each, "calendars": calendars}


def proved(book: dict[str, Any], folder: Path) -> tuple[list[int], list[tuple[int, int]]]:
    """The numbers of the rules that never hold, and of those that an earlier one takes all of, with that one's."""
    (folder / "rules.yaml").write_text(yaml.dump(book, Dumper=yaml.CSafeDumper, allow_unicode=True))
    try:
        found = read_library(folder, TEAMS, CARE).rules
    except SourceError:
        # Some hold what is refused for its form: too many alternatives, a regular expression with capitals.
        return [], []
    alternatives = [alternatives_of(rule.when) for rule in found]
    never = [number for number, each in enumerate(alternatives) if all(map(clash, each))]
    return never, [pair for pair in shadowed(found, alternatives) if pair[0] not in never]


SPARE = """
lists:
  pay: [factura, factur*, FACTURA, cobro, mi cobro]
  leaving: [dar de baja]
  other: [otro]
calendars:
  office: {zone: UTC, hours: {mon: 08:00-18:00}}
  shop: {zone: UTC, hours: {mon: 08:00-18:00}}
rules:
  - name: a
    when:
      text:
        any: [$leaving, quiero dar de baja, cancelar]
        none: [Gracias, gracias]
      not: {any: [{subject: {any: [uno, un*]}}, {text: {any: $pay}}, {hours: {inside: office}}]}
    then: {team: billing, calendar: shop}
"""


def test_what_is_spare_is_told_in_the_order_of_the_file(tmp_path: Path) -> None:
    assert told(tmp_path, SPARE) == [
        "3: `factura` adds nothing: `factur*` finds it anyway",
        "3: `FACTURA` adds nothing: `factura` finds it anyway",
        "3: `mi cobro` adds nothing: `cobro` finds it anyway",
        "5: no rule uses the list `other`",
        "13: `quiero dar de baja` adds nothing: the list `$leaving` finds it anyway",
        "14: `gracias` adds nothing: `Gracias` finds it anyway",
        "15: `uno` adds nothing: `un*` finds it anyway",
        "16: nothing counts on this calendar",
    ]


def test_the_command_tells_warnings_and_is_content_unless_it_is_strict(tmp_path: Path) -> None:
    # given rules that work, one of them never
    config, rules = tmp_path / "config.yaml", tmp_path / "a.yaml"
    config.write_text("teams:\n  billing: {name: Billing}\nrules: {folder: ., default_team: billing}\n")
    rules.write_text(
        f"rules:\n- {{name: a, when: {{}}, then: {{{TEAM}}}}}\n- {{name: b, when: {{}}, then: {{{TEAM}}}}}"
    )
    asked = ["check", str(rules), "--config", str(config)]
    # then that is told, at its place
    plain, strict, as_json = (
        CliRunner().invoke(hilo_rules, [*asked, *more]) for more in ((), ("--strict",), ("--json",))
    )
    assert f"{rules}:3:3: warning: this rule never matches: `a` ({rules}:2) takes all" in plain.output
    assert plain.output.endswith("2 rules in 1 files: no mistakes, 1 warning.\n")
    assert (plain.exit_code, strict.exit_code, as_json.exit_code) == (0, 1, 0)
    assert [(each["line"], each["severity"]) for each in json.loads(as_json.output)] == [(3, "warning")]
    # and a book is made of them all the same
    assert len(load_rules(rules, [TeamId("billing")], TeamId("billing")).rules) == 2


@pytest.mark.parametrize(
    ("key", "what"), [("rules", "rule"), ("lists", "list"), ("calendars", "calendar"), ("tests", "test")]
)
def test_a_name_is_given_once_in_all_files(tmp_path: Path, key: str, what: str) -> None:
    each = {
        "rules": "[{name: same, when: {}, then: {team: care}}]",
        "lists": "{same: [word]}",
        "calendars": "{same: {zone: UTC, hours: {mon: 08:00-18:00}}}",
        "tests": "[{name: same, message: hola, expect: {team: care}}]",
    }
    for name in ("10-a.yaml", "20-b.yaml"):
        (tmp_path / name).write_text(f"# {what}\n{key}: {each[key]}")
    with pytest.raises(SourceError) as refused:
        library(tmp_path)
    (problem,) = refused.value.problems
    assert problem.message == f"a second {what} named `same`; the first is at {tmp_path}/10-a.yaml:2"
    assert (problem.file, problem.line) == (f"{tmp_path}/20-b.yaml", 2)


def test_a_list_of_a_hundred_thousand_words_is_taken(tmp_path: Path) -> None:
    # given a list that fills its file, and many rules that use it
    words = [f"w{number:x}" for number in range(100_000)]
    (tmp_path / "lists.yaml").write_text(f"lists: {{many: [{','.join(words)}]}}")
    lines = (
        f"- {{name: r{number}, when: {{text: {{any: [$many, x{number}]}}}}, then: {{team: care}}}}"
        for number in range(1_000)
    )
    (tmp_path / "rules.yaml").write_text("rules:\n" + "\n".join(lines))
    found = library(tmp_path)
    assert len(found.rules) == 1_000
    assert found.warnings == ()


def hostile() -> Iterator[tuple[str, bytes, str]]:
    yield "larger than is read", b"#" * 50_000_000, f"larger than {MOST_BYTES:,} bytes"
    yield "deep", b"rules: " + b"[" * 500_000, "more than 20 levels"
    yield "flow of mappings", b"{a: " * 200_000, "more than 20 levels"
    yield "aliases", b"a: &a [x]\nb: [" + b"*a," * 300_000 + b"]", "anchors and aliases are not used here"
    yield "values", b"tests: [" + b"1," * 200_001 + b"]", "more than 200,000 values"
    yield "many mistakes", b"rules: [" + b"{}," * 60_000 + b"]", "more mistakes in this file"


@pytest.mark.parametrize(("content", "words"), [pytest.param(*case[1:], id=case[0]) for case in hostile()])
def test_a_hostile_file_is_refused_in_few_words(tmp_path: Path, content: bytes, words: str) -> None:
    (tmp_path / "a.yaml").write_bytes(content)
    with pytest.raises(SourceError, match=words) as refused:
        library(tmp_path)
    assert len(refused.value.problems) <= MOST_TOLD + 1
    assert max(len(problem.message) for problem in refused.value.problems) < 200


def test_warnings_are_told_with_an_end(tmp_path: Path) -> None:
    # given a thousand rules behind one that takes everything
    lines = (f"- {{name: r{number}, when: {{}}, then: {{team: care}}}}" for number in range(1000))
    found = told(tmp_path, "rules:\n" + "\n".join(lines))
    assert len(found) == MOST_TOLD + 1
    assert found[-1].endswith("and 949 more mistakes in this file")


def test_rules_that_only_add_are_bounded(tmp_path: Path) -> None:
    # given as many rules without a team as there may be, and one more
    rules = "".join(f"- {{name: r{number}, when: {{}}, then: {{tags: t}}}}\n" for number in range(1_001))
    (tmp_path / "10-many.yaml").write_text(f"rules:\n{rules}")
    with pytest.raises(SourceError) as refused:
        library(tmp_path)
    (problem,) = refused.value.problems
    assert (problem.line, problem.message) == (1_002, "more than 1,000 rules without a team")
