"""The same rules on other engines: in order, the first match wins. Each maker gives the number of the rule, or -1."""

import re
from collections.abc import Callable

import cel
import rule_engine

from bench.rules_corpus import Asked
from rules.facts import Facts
from rules.words import fold

Match = Callable[[Facts], int]
Message = dict[str, object]


def naive(rules: list[Asked]) -> Match:
    """Each rule's conditions one after another, words by a regular expression of their own."""
    made = [_conditions(each) for each in rules]

    def match(facts: Facts) -> int:
        text, hour = fold(facts.text), facts.now.hour
        for number, conditions in enumerate(made):
            if all(condition(facts, text, hour) for condition in conditions):
                return number
        return -1

    return match


def by_rule_engine(rules: list[Asked]) -> Match:
    """The library `rule-engine`."""
    made = [rule_engine.Rule(_expression(each, lambda x: f'text =~~ "{x}"', "and")) for each in rules]

    def match(facts: Facts) -> int:
        message = _message(facts)
        return next((number for number, rule in enumerate(made) if rule.matches(message)), -1)

    return match


def by_cel(rules: list[Asked]) -> Match:
    """Google's Common Expression Language, in Rust."""
    made = [cel.compile(_expression(each, lambda x: f'text.matches("{x}")', "&&")) for each in rules]

    def match(facts: Facts) -> int:
        context = cel.Context(_message(facts))
        return next((number for number, rule in enumerate(made) if rule.execute(context)), -1)

    return match


def _conditions(each: Asked) -> list[Callable[[Facts, str, int], bool]]:
    found: list[Callable[[Facts, str, int], bool]] = []
    if each.channel:
        found.append(lambda facts, _text, _hour: facts.channel == each.channel)
    if each.language:
        found.append(lambda facts, _text, _hour: facts.language == each.language)
    if each.tier:
        found.append(lambda facts, _text, _hour: facts.customer.tier == each.tier)
    if each.hours:
        begin, end = each.hours
        found.append(lambda _facts, _text, hour: begin <= hour < end)
    for pattern in _patterns(each):
        search = re.compile(pattern).search
        found.append(lambda _facts, text, _hour, search=search: search(text) is not None)  # type: ignore[misc]
    return found


def _expression(each: Asked, matches: Callable[[str], str], also: str) -> str:
    fields = (("channel", each.channel), ("language", each.language), ("tier", each.tier))
    parts = [f'{name} == "{value}"' for name, value in fields if value]
    if each.hours:
        parts.append(f"hour >= {each.hours[0]} {also} hour < {each.hours[1]}")
    parts.extend(matches(pattern.replace("\\", "\\\\")) for pattern in _patterns(each))
    return f" {also} ".join(parts)


def _patterns(each: Asked) -> list[str]:
    """The regular expressions that a rule stands for, that of its words first."""
    folded = sorted({re.escape(fold(word)) for word in each.words}, key=len, reverse=True)
    words = [rf"\b(?:{'|'.join(folded)})\b"] if folded else []
    return [*words, each.pattern] if each.pattern else words


def _message(facts: Facts) -> Message:
    return {
        "channel": str(facts.channel),
        "language": facts.language,
        "tier": facts.customer.tier,
        "hour": facts.now.hour,
        "text": fold(facts.text),
    }
