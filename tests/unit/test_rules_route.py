"""What rules decide: order, what is added above the deciding rule, and how words are found."""

from pathlib import Path

import pytest

from router.model.ids import TeamId
from router.model.message import ChannelName
from router.model.team import Priority
from rules.document import load_library, load_rules
from rules.engine import RuleBook
from rules.facts import Facts
from rules.problems import SourceError

CARE = TeamId("care")
TEAMS = [CARE, TeamId("billing"), TeamId("tech"), TeamId("sales"), TeamId("retention")]
PLAYBOOK = Path(__file__).parents[2] / "rules" / "playbook"


def book(folder: Path, *files: str) -> RuleBook:
    for number, text in enumerate(files, 1):
        (folder / f"{number}0-rules.yaml").write_text(f"rules: [{text}]")
    return load_rules(folder, TEAMS, CARE)


def mail(text: str, subject: str = "") -> Facts:
    return Facts(ChannelName("email"), text, subject)


def test_the_first_matching_rule_with_a_team_decides(tmp_path: Path) -> None:
    # given two rules that both match, in two files
    rules = book(
        tmp_path,
        "{name: a, description: Facturas, when: {text: {any: factura}}, then: {team: billing, tags: [a]}}",
        "{name: b, when: {}, then: {team: tech, priority: urgent, tags: [b]}}",
    )
    # then the first decides, and nothing below it is read
    verdict = rules.route(mail("La factura 41"))
    assert (verdict.route.team, verdict.rule, verdict.matched) == ("billing", "a", ("a",))
    assert (verdict.route.priority, verdict.route.tags, verdict.route.reason) == (None, ("a",), "Facturas")
    assert verdict.version == rules.version
    # and where it doesn't match, the second
    other = rules.route(mail("hola"))
    assert (other.route.team, other.rule, other.route.reason) == ("tech", "b", "b")


def test_rules_without_a_team_add_to_what_is_decided_below_them(tmp_path: Path) -> None:
    # given three rules without a team above one with, and one below it
    rules = book(
        tmp_path,
        "{name: a, when: {text: {any: urgente}}, then: {priority: high, tags: [x, y]}},"
        "{name: b, when: {text: {any: urgente}}, then: {priority: urgent, tags: [y, z]}},"
        "{name: c, when: {text: {any: otra}}, then: {priority: low}},"
        "{name: d, when: {text: {any: factura}}, then: {team: billing, tags: d}},"
        "{name: e, when: {}, then: {priority: low, tags: [e]}}",
    )
    # then what matches adds up, and a later priority replaces an earlier
    verdict = rules.route(mail("factura urgente"))
    assert (verdict.route.team, verdict.rule, verdict.matched) == ("billing", "d", ("a", "b", "d"))
    assert (verdict.route.priority, verdict.route.tags) == (Priority.URGENT, ("x", "y", "z", "d"))
    # and where none with a team matches, it adds to the default
    default = rules.route(mail("urgente"))
    assert (default.route.team, default.rule, default.matched) == ("care", "default", ("a", "b", "e"))
    assert (default.route.priority, default.route.tags) == (Priority.LOW, ("x", "y", "z", "e"))
    assert default.route.reason == "default"


def test_a_deciding_rule_s_own_priority_is_the_latest(tmp_path: Path) -> None:
    rules = book(
        tmp_path,
        "{name: a, when: {}, then: {priority: urgent}}, {name: b, when: {}, then: {team: tech, priority: low}}",
    )
    assert rules.route(mail("")).route.priority is Priority.LOW


def test_without_rules_the_default_team_answers(tmp_path: Path) -> None:
    (tmp_path / "10-nothing.yaml").write_text("# nothing yet\n")
    (tmp_path / "notes.txt").write_text("- not: a\n\trule")
    (tmp_path / ".#20-half-written.yaml").write_text("rules: [")
    verdict = load_rules(tmp_path, TEAMS, CARE).route(mail("hola"))
    assert (verdict.route.team, verdict.rule) == ("care", "default")
    assert RuleBook(CARE).route(mail("hola")).route == verdict.route


@pytest.mark.parametrize(
    ("channel", "asked", "matches"),
    [
        ("email", "email", True),
        ("webchat", "email", False),
        ("webchat", "[email, webchat]", True),
    ],
)
def test_a_channel_is_asked_for_by_name(tmp_path: Path, channel: str, asked: str, matches: bool) -> None:
    rules = book(tmp_path, f"{{name: a, when: {{channel: {asked}}}, then: {{team: tech}}}}")
    assert (rules.route(Facts(ChannelName(channel))).rule == "a") is matches


WORDS = [
    # case and accents do not matter, on either side
    ("any: facturación", "FACTURACION", True),
    ("any: FACTURACION", "La facturación", True),
    ("any: facturación", "La facturacio\u0301n", True),
    ("any: año", "este AÑO", True),
    ("any: ano", "año", True),
    ("any: straße", "STRASSE", True),
    ("any: factura", "fac\u00adtura", True),
    # whole words only
    ("any: plan", "planeta", False),
    ("any: plan", "¿plan?", True),
    ("any: plan", "mi_plan", True),
    ("any: baja", "trabaja", False),
    # the beginning of a word
    ("any: factur*", "me facturaron", True),
    ("any: factur*", "refacturar", False),
    ("any: factur*", "factur", True),
    ("any: 'dar de baj*'", "quiero dar de baja", True),
    ("any: 'dar de baj*'", "dar de alta", False),
    # phrases, whatever stands between their words but words
    ("any: dar de baja", "dar\n  de, BAJA!", True),
    ("any: dar de baja", "dar la de baja", False),
    ("any: dar de baja", "ayudar de baja", False),
    ("any: e-mail", "mi e-mail", True),
    ("any: can't connect", "I can’t connect", True),
    # numbers are words
    ("any: [100, 1.10, true]", "marqué 100", True),
    ("any: [1.10]", "cuesta 1.10", True),
    ("any: true", "es true", True),
    ("any: no", "no", True),
    # all, none, and the three together
    ("all: [factura, alta]", "factura muy alta", True),
    ("all: [factura, alta]", "factura", False),
    ("none: [factura]", "hola", True),
    ("none: [factura]", "la factura", False),
    ("any: [a, b], all: [c], none: [d]", "b c", True),
    ("any: [a, b], all: [c], none: [d]", "b c d", False),
    ("any: [a, b], all: [c], none: [d]", "c", False),
    # nothing is not a word
    ("any: a", "", False),
    ("none: a", "", True),
]


@pytest.mark.parametrize(("asked", "text", "matches"), WORDS)
def test_words(tmp_path: Path, asked: str, text: str, matches: bool) -> None:
    rules = book(tmp_path, f"{{name: a, when: {{text: {{{asked}}}}}, then: {{team: tech}}}}".replace("can't", "can’t"))
    assert (rules.route(mail(text)).rule == "a") is matches


def test_the_subject_is_read_as_well_but_no_phrase_spans_it(tmp_path: Path) -> None:
    rules = book(tmp_path, "{name: a, when: {text: {any: dar de baja}}, then: {team: retention}}")
    assert rules.route(mail("adjunto carta", subject="Dar de baja")).rule == "a"
    assert rules.route(mail("de baja", subject="Dar")).rule == "default"


def test_the_version_is_that_of_what_decides(tmp_path: Path) -> None:
    # given a book
    first = book(tmp_path, "{name: a, when: {}, then: {team: tech}}")
    # then the same files give the same version, other files or another default another
    assert load_rules(tmp_path, TEAMS, CARE).version == first.version
    assert load_rules(tmp_path, TEAMS, TeamId("tech")).version != first.version
    assert book(tmp_path, "{name: a, when: {}, then: {team: care}}").version != first.version


SAID = [
    ("Me llegó la factura muy alta", "billing", None),
    ("Me cobraron dos veces", "billing", None),
    ("My invoice 41 is wrong", "billing", None),
    ("I was charged twice!!", "billing", None),
    ("FACTURACION", "billing", None),
    ("No tengo señal desde ayer", "tech", Priority.HIGH),
    ("El wifi va muy lento", "tech", None),
    ("The internet is down", "tech", Priority.HIGH),
    ("my router stopped working", "tech", None),
    ("Quiero darme de baja, la factura es un abuso", "retention", Priority.HIGH),
    ("Please cancel my contract", "retention", Priority.HIGH),
    ("me paso a otra compañía", "retention", None),
    ("¿Cuánto cuesta el plan de 20 GB?", "sales", None),
    ("Quiero contratar fibra", "sales", Priority.HIGH),
    ("How much is the new plan?", "sales", None),
    ("Quiero traer mi número, portabilidad", "sales", Priority.HIGH),
    ("hola", "care", None),
    ("Thank you, have a nice day", "care", None),
    ("URGENTE: necesito hablar con alguien", "care", Priority.HIGH),
    ("it is not urgent", "care", None),
    ("Es la tercera vez que escribo por la factura", "billing", Priority.HIGH),
    ("Voy a poner una denuncia ante ASEP, sin internet hace una semana", "tech", Priority.URGENT),
    ("Hay un cable caído en la calle, es urgente", "care", Priority.URGENT),
]


@pytest.mark.parametrize(("text", "team", "priority"), SAID)
def test_the_playbook(text: str, team: str, priority: Priority | None) -> None:
    verdict = load_rules(PLAYBOOK, TEAMS, CARE).route(Facts(ChannelName("webchat"), text))
    assert (verdict.route.team, verdict.route.priority) == (team, priority)


def test_the_playbook_never_lowers_what_cannot_wait() -> None:
    # given the playbook, where a later priority replaces an earlier
    rules = load_rules(PLAYBOOK, TEAMS, CARE).rules
    # then priorities only rise on the way down
    ranks = [rule.then.priority.rank for rule in rules if rule.then.priority]
    assert ranks == sorted(ranks, reverse=True)


def test_the_playbook_has_nothing_to_warn_of() -> None:
    assert load_library(PLAYBOOK, TEAMS, CARE).warnings == ()


def test_a_file_too_large_is_refused_at_once(tmp_path: Path) -> None:
    with (tmp_path / "a.yaml").open("wb") as opened:
        opened.truncate(50_000_000)
    with pytest.raises(SourceError, match="larger than 1,000,000 bytes"):
        load_rules(tmp_path, TEAMS, CARE)
