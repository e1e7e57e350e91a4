"""The compiled engine and a plain reading of the documentation agree, on a hundred thousand messages."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import pytest
import yaml

from router.model.commitment import CallbackWish, Ladder
from rules.document import load_library, read_library
from rules.engine import Rule, RuleBook, Verdict
from rules.examine import Examiner
from rules.facts import Facts
from rules.problems import SourceError
from tests.reference_rules import Outcome, answers, holds, outcome
from tests.rules_generator import DEFAULT_TEAM, TEAMS, Plain, message, rulebook

SHARES = 16
BOOKS = 82
MESSAGES = 80
# Of these the share is looked at more closely, which takes longer.
SAMPLE = 10
LEAST_DECIDED = 30
# A deeply nested condition may have more alternatives than the engine takes.
TOO_COMPLEX = "too many alternatives"
MOST_REFUSED = 3

WORDS = {f"{where}.{how}" for where in ("text", "subject") for how in ("any", "all", "none", "regex")}
CUSTOMER = {"tier", "region", "expertise", "tags", "followers", "attributes"}
SENDER = {"age", "verified"}
CONVERSATION = {"new", "reopened", "owner", "tags", "messages", "waiting"}
OTHERS = {"channel", "public", "kind", "language", "contacts", "attachments", "all", "any", "not"}
KEYS = (
    WORDS
    | OTHERS
    | {f"customer.{key}" for key in CUSTOMER}
    | {f"sender.{key}" for key in SENDER}
    | {f"conversation.{key}" for key in CONVERSATION}
    | {"hours.inside", "hours.outside", "team.waiting", "team.available"}
)


@dataclass(frozen=True, slots=True)
class Loaded:
    """A book as Hilo has it, and the names of the rules of which it is said that they never match."""

    book: RuleBook
    never: frozenset[str]


@pytest.mark.parametrize("share", range(SHARES))
def test_the_engine_reads_rules_as_they_are_documented(tmp_path: Path, share: int) -> None:
    refused, never = 0, 0
    for number in range(share * BOOKS, (share + 1) * BOOKS):
        random = Random(number)
        book = rulebook(random)
        ours = loaded(book, tmp_path)
        if ours is None:
            refused += 1
            continue
        never += len(ours.never)
        for _ in range(MESSAGES):
            facts = message(random, book)
            if differ(ours, book, facts):
                pytest.fail(disagreement(book, facts, tmp_path))
    assert refused <= MOST_REFUSED
    assert never > 0


def test_what_is_explained_is_what_is_documented(tmp_path: Path) -> None:
    for number in range(0, SHARES * BOOKS, SAMPLE):
        random = Random(number)
        book = rulebook(random)
        ours = loaded(book, tmp_path)
        if ours is None:
            continue
        for _ in range(MESSAGES // SAMPLE):
            facts = message(random, book)
            examiner = Examiner(facts, ours.book.calendars)
            explained = [rule.name for rule in ours.book.rules if examiner.check(rule.when).is_held]
            assert explained == [rule["name"] for rule in book["rules"] if holds(rule["when"], facts, book)]


def test_what_is_compared_is_worth_comparing() -> None:
    # given some of the books and messages
    with_team, total = 0, 0
    decided: Counter[tuple[str, bool]] = Counter()
    for number in range(0, SHARES * BOOKS, SAMPLE):
        random = Random(number)
        book = rulebook(random)
        for _ in range(MESSAGES):
            facts = message(random, book)
            total += 1
            with_team += outcome(book, DEFAULT_TEAM, facts).rule != "default"
            decided.update(decisive(book, facts))
    # then a rule with a team matches now and then, and each key makes rules hold and fail
    assert 0.2 < with_team / total < 0.9
    assert {key for key, _ in decided} == KEYS
    assert {key: count for key, count in decided.items() if count < LEAST_DECIDED} == {}
    assert len(decided) == 2 * len(KEYS)


def loaded(book: Plain, folder: Path) -> Loaded | None:
    """`book` by way of its file; nothing if it is too complex."""
    (folder / "rules.yaml").write_text(yaml.dump(book, Dumper=yaml.CSafeDumper, allow_unicode=True))
    try:
        library = load_library(folder, TEAMS, DEFAULT_TEAM)
        problems = library.warnings
    except SourceError as error:
        if any(TOO_COMPLEX in problem.message for problem in error.problems):
            return None
        # What is proved never to match is compared all the same.
        library = read_library(folder, TEAMS, DEFAULT_TEAM)
        problems = error.problems
    never = frozenset(rule_at(library.rules, each.line) for each in problems if "never" in each.message)
    return Loaded(RuleBook(DEFAULT_TEAM, library.rules, frozenset(TEAMS), "1", library.calendars), never)


def rule_at(rules: tuple[Rule, ...], line: int) -> str:
    """The name of the rule that stands at `line`."""
    return [rule.name for rule in rules if rule.place.line <= line][-1]


def as_outcome(verdict: Verdict) -> Outcome:
    """What the engine says, in the words of the reference."""
    route = verdict.route
    return Outcome(
        matched=verdict.matched,
        rule=verdict.rule,
        team=route.team,
        reason=route.reason,
        reroute=route.is_reroute,
        priority=route.priority or "",
        tags=route.tags,
        facts=route.facts,
        deadlines={target.kind: (target.within, target.calendar) for target in route.targets},
        acknowledge=route.acknowledge,
        callback=_callback(route.callback),
        ladder=_ladder(route.ladder),
        skills=route.skills,
        language=route.spoken,
    )


def _callback(wish: CallbackWish | None) -> tuple[Any, ...]:
    if wish is None:
        return ()
    return (wish.within, wish.calendar) if wish.within else (str(wish.kind),)


def _ladder(ladder: Ladder | None) -> tuple[Any, ...]:
    if ladder is None:
        return ()
    steps = tuple(
        (step.after, "up" if step.raises else step.priority or "", step.tags, step.tell_supervisor, step.team or "")
        for step in ladder.steps
    )
    return ladder.rule, ladder.calendar, steps


def decisive(book: Plain, facts: Facts) -> Iterator[tuple[str, bool]]:
    """The keys that decided a `when`: each one of those that hold, and the one that alone does not."""
    todo = [rule["when"] for rule in book["rules"]]
    while todo:
        when = todo.pop()
        todo += [*when.get("all", []), *when.get("any", []), *([when["not"]] if "not" in when else [])]
        found = list(answers(when, facts, book))
        failed = [key for key, is_so in found if not is_so]
        if not failed:
            yield from found
        elif len(failed) == 1:
            yield failed[0], False


def disagreement(book: Plain, facts: Facts, folder: Path) -> str:
    """What the two make of `facts`, with the fewest rules on which they still differ."""
    for rule in list(book["rules"]):
        fewer = {**book, "rules": [other for other in book["rules"] if other is not rule]}
        if fewer["rules"] and differ(loaded(fewer, folder), fewer, facts):
            book = fewer
    ours = loaded(book, folder)
    return "\n".join(
        (
            yaml.safe_dump({"lists": book["lists"], "rules": book["rules"]}, allow_unicode=True, sort_keys=False),
            f"facts:     {facts!r}",
            f"engine:    {ours and as_outcome(ours.book.route(facts))}, never {sorted(ours.never) if ours else ()}",
            f"reference: {outcome(book, DEFAULT_TEAM, facts)}",
        )
    )


def differ(ours: Loaded | None, book: Plain, facts: Facts) -> bool:
    """Whether the two make something else of `facts`."""
    expected = outcome(book, DEFAULT_TEAM, facts)
    return ours is not None and (
        as_outcome(ours.book.route(facts)) != expected or not ours.never.isdisjoint(expected.matched)
    )
