"""Repeat: a reply that asks for a fact that is known, or to take a step again that the customer has taken.

What is asked for is told by a request and what stands right behind it, in a list too; what is only told, confirmed,
not needed, or another's is none (rules/playbook/guard/repeat.*.yaml, docs/decisions/0036).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from router.core.guard.asked_facts import asked_facts
from router.core.guard.asked_steps import asked_steps
from router.core.guard.sentences import Read, languages, passed_over
from router.model.fact import Fact, FactKind
from router.model.finding import Finding
from rules.fact_kinds import NO_KINDS, FactKinds
from rules.guard.possible import Wordings


def repeat(
    text: str,
    lang: str | None,
    known: Sequence[Fact],
    book: Mapping[str, Wordings] | None = None,
    kinds: FactKinds = NO_KINDS,
) -> tuple[Finding, ...]:
    """Where `text` asks for what is `known`, in order; each fact and each step once, and no two findings overlap.

    `lang` is the text's language: all are looked for where it is None or not known. `kinds` are what ops call their
    facts. What is known of others does not count.
    """
    facts = [fact for fact in known if not fact.of_other and fact.kind != FactKind.TRIED]
    steps = {fact.value for fact in known if not fact.of_other and fact.kind == FactKind.TRIED}
    if not facts and not steps:
        return ()
    read = Read.of(text)
    wordings = languages(lang, book)
    left = passed_over(read.legible, [each.repeat.passes for each in wordings])
    found: list[Finding] = []
    for each in wordings:
        found += asked_facts(read, left, each.repeat, facts, kinds, lang) if facts else ()
        found += asked_steps(read, left, each.repeat, steps) if steps else ()
    return tuple(_first(found))


def _first(found: Iterable[Finding]) -> Iterator[Finding]:
    """The findings in order, without what is asked again or reaches into an earlier one."""
    told: set[tuple[str, str]] = set()
    end = 0
    for each in sorted(found, key=lambda one: (one.start, -one.end)):
        if each.start >= end and (each.fact, each.known) not in told:
            told.add((each.fact, each.known))
            end = each.end
            yield each
