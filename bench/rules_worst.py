"""What one message can cost at most: books and texts that are made to be slow."""

import gc
import itertools
import random
import string
import time
from collections.abc import Callable, Iterator
from datetime import timedelta

from bench.rules_corpus import CARE
from router.model.calendar import Calendar
from router.model.customer import Profile
from router.model.message import ChannelName
from router.model.opening import Span
from rules.asking import contacts_field
from rules.conditions import All, Any, AtLeast, Condition, Finds, Has, Is, IsOpen, Not, Where
from rules.engine import Rule, RuleBook, Then
from rules.facts import Facts
from rules.proof.lint import MOST_ADDING
from rules.words import READ_CHARACTERS, Term

MANY = 10_000
Case = tuple[list[Rule], Facts]


def rules_worst() -> Iterator[str]:
    """A line for each book: the first message, and the median of nine more, in milliseconds."""
    for name, make in CASES.items():
        rules, facts = make()
        book = RuleBook(CARE, rules, calendars=CALENDARS)
        # What other books left behind is not this message's to clear away.
        gc.collect()
        gc.freeze()
        first, *more = (_milliseconds(book, facts) for _ in range(10))
        yield f"{name:<62} first {first:6.2f} ms, then {sorted(more)[4]:6.2f} ms"


def _milliseconds(book: RuleBook, facts: Facts) -> float:
    began = time.perf_counter()
    book.route(facts)
    return 1000 * (time.perf_counter() - began)


def _rules(conditions: Iterator[Condition], team: bool = True) -> list[Rule]:
    then = Then(team=CARE) if team else Then(tags=("x",))
    return [Rule(f"rule-{number}", condition, then) for number, condition in enumerate(conditions)]


def _webchat(text: str) -> Facts:
    return Facts(ChannelName("webchat"), text)


def _random_words(length: int, seed: int) -> list[str]:
    chance = random.Random(seed)
    return ["".join(chance.choices(string.ascii_lowercase, k=length)) for _ in range(READ_CHARACTERS)]


def _has(word: str) -> Has:
    return Has(Where.TEXT, Term.of(word))


def _all_add() -> Case:
    return _rules((All(()) for _ in range(MOST_ADDING)), team=False), _webchat("hola")


def _all_add_but_different() -> Case:
    rules = [
        Rule(f"r{n}", Is("channel", "webchat"), Then(tags=(f"t{n}",), facts={f"f{n}": "x"})) for n in range(MOST_ADDING)
    ]
    return rules, _webchat("hola")


def _each_word_is_asked_for() -> Case:
    words = list(dict.fromkeys(_random_words(3, 1)))[:MANY]
    return _rules(All((_has(word), _has("nowhere"))) for word in words), _webchat(" ".join(words))


def _beginnings_of_all_lengths() -> Case:
    words = _random_words(20, 2)
    asked = (_has(f"{word[: 1 + number % 20]}*") for number, word in enumerate(words[:MANY]))
    return _rules(All((one, _has("nowhere"))) for one in asked), _webchat(" ".join(_random_words(5, 3)))


def _phrases_that_begin_alike() -> Case:
    tails = itertools.product("abcdefghij", repeat=4)
    asked = (_has(f"no no no no no no no {' '.join(tail)}") for tail in tails)
    return _rules(asked), _webchat("no " * (READ_CHARACTERS // 3))


def _patterns_that_nearly_match() -> Case:
    words = _random_words(4, 4)
    asked = (Finds(Where.TEXT, rf"{word[0]}.{{0,30}}{word[1]}[a-z]{{2}}.{{0,30}}{word[2:]}x") for word in words[:3000])
    return _rules(asked), _webchat(" ".join(words)[:READ_CHARACTERS])


def _catastrophic_for_others() -> Case:
    return _rules(iter([Finds(Where.TEXT, "(a+)+$"), Finds(Where.TEXT, "(a|aa)+$")])), _webchat("a" * 30_000 + "!")


def _numbers_of_all_sizes() -> Case:
    asked = (All((AtLeast("customer.followers", number), _has("nowhere"))) for number in range(MANY))
    return _rules(asked), Facts(ChannelName("webchat"), "hola", customer=Profile(followers=MANY))


def _contacts_within_all_times() -> Case:
    now = Facts(ChannelName("webchat")).now
    asked = (AtLeast(contacts_field(timedelta(minutes=number + 1)), 50) for number in range(500))
    contacts = tuple(now - timedelta(hours=number) for number in range(20))
    return _rules(asked), Facts(ChannelName("webchat"), "hola", contacts=contacts)


def _what_must_not_be() -> Case:
    words = _random_words(3, 5)
    return _rules(Not(Any((_has(word), Is("channel", "webchat")))) for word in words), _webchat(" ".join(words))


def _calendars() -> Case:
    return _rules(All((IsOpen(name), _has("nowhere"))) for name in CALENDARS), _webchat("hola")


def _alternatives() -> Case:
    words = _random_words(4, 6)
    pairs = (All((_has(one), _has(other))) for one, other in itertools.pairwise(words))
    asked = iter([Any(tuple(itertools.islice(pairs, 60))) for _ in range(150)])
    return _rules(asked), _webchat(" ".join(words[:-1:2]))


CALENDARS = {
    f"c{number}": Calendar(f"c{number}", "America/Panama", dict.fromkeys(range(7), (Span(number, number + 600),)))
    for number in range(200)
}
CASES: dict[str, Callable[[], Case]] = {
    "1,000 rules without a team (the most there may be), all match": _all_add,
    "the same, each with a tag and a fact of its own": _all_add_but_different,
    "every word of the text is asked for by a rule": _each_word_is_asked_for,
    "10,000 beginnings of words, of twenty lengths": _beginnings_of_all_lengths,
    "10,000 phrases that begin alike": _phrases_that_begin_alike,
    "3,000 regular expressions with gaps": _patterns_that_nearly_match,
    "(a+)+$ and (a|aa)+$ on 30,000 letters": _catastrophic_for_others,
    "10,000 bounds of one number": _numbers_of_all_sizes,
    "500 spans of contacts": _contacts_within_all_times,
    "10,000 rules of what must not be": _what_must_not_be,
    "200 calendars": _calendars,
    "150 rules of 60 alternatives each": _alternatives,
}
