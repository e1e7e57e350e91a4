"""What was made to be slow is not: counted in what is looked at, not in time."""

from collections.abc import Sequence
from typing import Any

import pytest
import re2

from router.model.ids import TeamId
from router.model.message import ChannelName
from rules import regexes
from rules.conditions import Any as AnyOf
from rules.conditions import Finds, Has, Where
from rules.engine import Rule, RuleBook, Then
from rules.explain import reasons
from rules.facts import Facts
from rules.reading import Reading
from rules.words import Term, as_written

CARE = TeamId("care")


def test_patterns_that_come_into_question_share_what_may_be_spent(monkeypatch: pytest.MonkeyPatch) -> None:
    # given many large expressions that all come into question for a text of two thousand letters
    searched: list[tuple[int, int]] = []
    real = re2.Filter.re

    class Counted:
        def __init__(self, inner: Any) -> None:
            self.programsize = inner.programsize
            self._inner = inner

        def search(self, text: str) -> object:
            searched.append((self.programsize, len(text)))
            return self._inner.search(text)

    monkeypatch.setattr(re2.Filter, "re", lambda self, number: Counted(real(self, number)))
    rules = [Rule(f"r{n}", Finds(Where.TEXT, rf"hola.{{0,30}}[a-z]{{{n % 20 + 1}}}x"), Then(CARE)) for n in range(300)]
    RuleBook(CARE, rules).route(Facts(ChannelName("webchat"), "hola " * 400))
    # then all of them together see no more than that
    assert len(searched) > 10
    assert sum(size * length for size, length in searched) <= regexes.WORK


def test_a_heap_of_accents_is_cut() -> None:
    assert len(as_written("a" + "\u0301" * 5_000)) < 20
    assert as_written("g\u0303uah\u1ebd") == "g\u0303uah\u1ebd"


def test_reasons_look_at_no_more_rules_than_they_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    # given a thousand rules that all match
    rules = [Rule(f"r{n}", Has(Where.TEXT, Term.of(f"palabra{n}")), Then(tags=("x",))) for n in range(1_000)]
    facts = Facts(ChannelName("webchat"), " ".join(f"palabra{n}" for n in range(1_000)))
    book = RuleBook(CARE, rules)
    asked = 0
    real = Reading.has_each

    def counted(self: Reading, where: Where, terms: Sequence[Term]) -> list[bool]:
        nonlocal asked
        asked += len(terms)
        return real(self, where, terms)

    monkeypatch.setattr(Reading, "has_each", counted)
    verdict = book.route(facts)
    assert len(reasons(book, facts, verdict.matched)) == 8
    assert asked < 20


def test_of_many_words_found_those_that_are_told_are_spotted(monkeypatch: pytest.MonkeyPatch) -> None:
    # given a rule that eight hundred words of a message speak for
    words = [f"palabra{number}" for number in range(800)]
    rule = Rule("r", AnyOf(tuple(Has(Where.TEXT, Term.of(word)) for word in words), "text.any"), Then(CARE))
    facts = Facts(ChannelName("webchat"), " ".join(words))
    looks = 0
    real = Reading.kept_words

    def counted(self: Reading, where: Where, *, exact: bool) -> list[str]:
        nonlocal looks
        looks += 1
        return real(self, where, exact=exact)

    monkeypatch.setattr(Reading, "kept_words", counted)
    book = RuleBook(CARE, [rule])
    (reason,) = reasons(book, facts, ["r"])
    # then the first few are told, and nobody went through the message for the others
    assert reason == "text.any: «palabra0», «palabra1», «palabra2», «palabra3», … 796 more"
    assert looks < 20
