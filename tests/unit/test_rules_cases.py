"""`hilo rules test`: the tests beside the rules are played through the real core, with the clock in hand."""

from pathlib import Path

import pytest

from router.rehearsal import stage
from tests.rules_folder import Said, message, played, story


def test_what_holds_passes(tmp_path: Path) -> None:
    # given a message that two rules match, and all that can be expected of it
    said = played(
        tmp_path,
        message(
            "Es urgente, la factura llegó mal",
            "{team: billing, rule: invoice, matched: [urgent, invoice], priority: high, tags: urgent, not_tags: gold,"
            " facts: {matter: outage}, skills: networks, language: en, state: new, missed: [], told_supervisor: false,"
            " deadlines: {first_reply: 2026-01-05 10:15, resolution: 2026-01-06T10:00:00, next_reply: none},"
            " acknowledged: Recibido, callback: 2026-01-05 11:00}",
        ),
        "--no-coverage",
    )
    # then the file has its line, and the last one counts
    assert said == Said("rules/20-tests.yaml  1 passed\n\n1 passed\n", 0)


def test_a_ladder_climbs_step_by_step(tmp_path: Path) -> None:
    said = played(
        tmp_path,
        story(
            "message: Estoy sin internet\n        expect: {team: tech, priority: normal, not_tags: waits}",
            "after: 599s\n        expect: {priority: normal}",
            "after: 1s\n        expect: {priority: high, tags: [waits], told_supervisor: false}",
            "after: 25m\n        expect: {team: care, told_supervisor: true, missed: [first_reply]}",
            "reply: Ya vamos\n        expect: {team: care, state: pending, missed: [], told_supervisor: true}",
            "resolve: true\n        expect: {state: resolved, told_supervisor: false}",
        ),
    )
    assert said.last == "1 passed"


@pytest.mark.parametrize("act", ["claim: true", "reply: Hola", "resolve: true", "transfer: billing"])
def test_whoever_acts_ends_the_ladder(tmp_path: Path, act: str) -> None:
    later = "after: 5h\n        expect: {priority: normal, told_supervisor: false, not_tags: [waits]}"
    assert played(tmp_path, story("message: Estoy sin internet", act, later)).last == "1 passed"


def test_a_deadline_waits_over_the_weekend(tmp_path: Path) -> None:
    # given five minutes before the office closes on a Friday, half an hour for the first reply, ten minutes for a step
    said = played(
        tmp_path,
        story(
            "message: Estoy sin internet\n        expect: {deadlines: {first_reply: 2026-11-30 08:25}}",
            "after: 62h\n        expect: {missed: [], priority: normal, deadlines: {first_reply: 2026-11-30 08:25}}",
            "after: 10m\n        expect: {priority: high}",
            "after: 19m\n        expect: {missed: [], deadlines: {update: 2026-11-30 11:55}}",
            # then it is late on Monday
            "after: 1m\n        expect: {missed: first_reply, deadlines: {first_reply: 2026-11-30 08:25}}",
            "reply: Ya\n        expect: {missed: [], deadlines: {first_reply: none, update: 2026-11-30 12:25}}",
            at="2026-11-27 17:55",
        ),
    )
    assert said.last == "1 passed", said.text


def test_a_short_text_has_no_language(tmp_path: Path) -> None:
    assert played(tmp_path, message("Hola", "{language: unknown}")).last == "1 passed"


def test_the_clock_goes_forward_where_it_does(tmp_path: Path) -> None:
    # given the night in which Madrid's clock goes from two to three
    tests = (
        "  - name: spring\n    zone: Europe/Madrid\n    at: 2026-03-29 01:50\n    message: la factura\n"
        "    expect: {deadlines: {first_reply: 2026-03-29 03:06}}\n"
    )
    assert "actual    2026-03-29 03:05 (Europe/Madrid)\n" in played(tmp_path, tests).text


def test_an_owned_conversation_goes_on(tmp_path: Path) -> None:
    said = played(
        tmp_path,
        story(
            "message: la factura\n        expect: {team: billing, rule: invoice}",
            "message: Estoy sin internet\n        expect: {team: billing, rule: outage, matched: outage}",
            "transfer: tech\n        expect: {team: tech, state: new}",
            "claim: true\n        expect: {state: open}",
            "message: Llamo a mi abogado\n        expect: {team: care, rule: takes-over, callback: offer, tags: legal}",
            "expect: {team: care}",
        ),
    )
    assert said.last == "1 passed"


def test_after_three_days_another_conversation_begins(tmp_path: Path) -> None:
    said = played(
        tmp_path,
        story(
            "message: la factura",
            "resolve: true\n        expect: {state: resolved}",
            "after: 71h\n        expect: {state: resolved}",
            "after: 1h\n        expect: {state: closed}",
            "message: Hola\n        expect: {state: new, team: care, acknowledged: false}",
        ),
    )
    assert said.last == "1 passed"


def test_a_conversation_with_a_call_owed_does_not_close(tmp_path: Path) -> None:
    said = played(
        tmp_path,
        story(
            "message: es urgente, la factura",
            "resolve: true\n        expect: {state: resolved}",
            "after: 73h\n        expect: {state: resolved}",
        ),
    )
    assert said.last == "1 passed"


def test_what_is_around_a_message_is_as_the_test_says(tmp_path: Path) -> None:
    # given a rule for each thing that a test can set
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "15-around.yaml").write_text(
        "rules:\n"
        + "".join(
            f"  - {{name: {name}, when: {{{when}}}, then: {{tags: [{name}]}}}}\n"
            for name, when in (
                ("channel", "channel: twitter"),
                ("public", "public: true"),
                ("subject", "subject: {any: [queja]}"),
                ("files", "attachments: {at_least: 2, at_most: 2}"),
                ("spoken", "language: pt"),
                ("tier", "customer: {tier: gold, region: norte, expertise: basic, tags: vip}"),
                ("known", "customer: {followers: {at_least: 10}, attributes: {plan: fibra}}"),
                ("load", "team: {tech: {waiting: {at_least: 60}, available: {at_most: 0}}}"),
                ("unknown-load", "team: {billing: {waiting: {at_most: 10}}}"),
            )
        )
    )
    said = played(
        tmp_path,
        message(
            "{channel: twitter, text: Hola, subject: Mi queja, public: true, attachments: 2, language: pt}",
            "{tags: [channel, public, subject, files, spoken, tier, known, load],"
            " not_tags: unknown-load, language: pt}",
            "    teams: {tech: {waiting: 60}}\n    customer: {name: Ada, tier: gold, region: norte, expertise: basic,"
            " tags: vip, followers: 10, attributes: {plan: fibra}}\n",
        ),
    )
    assert said.last == "1 passed", said.text


IMPOSSIBLE = [
    (["reply: Hola"], 1, "there is no conversation yet: a story begins with a message"),
    (["after: 5m", "message: Hola"], 1, "there is no conversation yet: a story begins with a message"),
    (["expect: {team: care}"], 1, "there is no conversation yet: a story begins with a message"),
    (
        ["message: Hola", "resolve: true", "resolve: true"],
        3,
        "`resolve` can't be: the conversation is resolved already",
    ),
    (["message: Hola", "resolve: true", "claim: true"], 3, "`claim` can't be: the conversation is resolved already"),
    (["message: Hola", "transfer: care"], 2, "`transfer` can't be: the conversation is that team's already"),
    (["message: Hola", "claim: true", "claim: true"], 3, "`claim` can't be: the agent has it already, by a claim or a"),
    (["message: Hola", "reply: ' '"], 2, "`reply` can't be: there is no text in it"),
    (
        ["message: Hola", "resolve: true", "after: 4d", "reply: Hola"],
        4,
        "`reply` can't be: the conversation is closed; only a message of the customer's begins another",
    ),
]


@pytest.mark.parametrize(("steps", "number", "why"), IMPOSSIBLE, ids=[" ".join(row[0]) for row in IMPOSSIBLE])
def test_a_story_that_can_not_be_fails_with_a_sentence(tmp_path: Path, steps: list[str], number: int, why: str) -> None:
    said = played(tmp_path, story(*steps, "expect: {team: care}"))
    assert (
        f"  step {number} of {len(steps) + 1}, line {5 + number}: {steps[number - 1].split()[0].rstrip(':')}"
        in said.text
    )
    assert f"  {why}" in said.text
    assert (said.last, said.status) == ("0 passed, 1 failed", 1)


def test_what_the_core_can_not_decide_fails_with_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ValueError("no such thing")

    monkeypatch.setattr(stage, "decide", broken)
    assert "the router can't decide this: no such thing" in played(tmp_path, message("Hola", "{team: care}")).text


def test_time_that_never_ends_fails_with_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stage, "MOST_DUE", 3)
    said = played(tmp_path, story("message: Estoy sin internet", "after: 9h", "expect: {team: care}"))
    assert "  more than 3 deadlines and steps of ladders fall due in this step" in said.text
