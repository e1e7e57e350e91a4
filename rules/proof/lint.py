"""What can be proved wrong with rules whose files hold no mistake of form: nothing is said that is not surely so.

Errors are added to the sources, as all mistakes are; warnings, which keep no book from being used, come back.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from router.model.customer import CONTACTS_KEPT
from rules.clauses import Alternative
from rules.conditions import Any, HasOneOf, IsOpen
from rules.engine import Rule
from rules.language import UNKNOWN
from rules.problems import Problem
from rules.proof.clash import clash
from rules.proof.shadow import shadowed
from rules.proof.spare import Covered, Lists, covered, covered_words, walked
from rules.rules_file import RuleEntry, RulesFile
from rules.source import Source
from rules.values_file import is_list
from rules.when_file import WhenEntry

File = tuple[Source, RulesFile]
MOST_ADDING = 1_000


def add_errors(files: Iterable[File], alternatives: Iterable[Sequence[Alternative]]) -> None:
    """Add to the sources what is surely wrong; `alternatives` are those of each rule, over all files."""
    of_rule = iter(alternatives)
    adding = 0
    for source, content in files:
        _lists(source, content)
        for number, entry in enumerate(content.rules):
            _then(source, number, entry)
            _contacts(source, ("rules", number, "when"), entry.when)
            _when(source, number, next(of_rule))
            adding += entry.then.team is None
            if entry.then.team is None and adding == MOST_ADDING + 1:
                # All of them may match one message, and what each adds has to be put together.
                message = f"more than {MOST_ADDING:,} rules without a team"
                source.add(source.place("rules", number, "name"), message, "name teams, or put rules together")


def warnings(
    files: Sequence[File], rules: Sequence[Rule], alternatives: Sequence[Sequence[Alternative]]
) -> Iterator[Problem]:
    """What was hardly meant, in the order of the files, which hold no mistakes."""
    places = [(source, number) for source, content in files for number in range(len(content.rules))]
    _unreachable(places, rules, alternatives)
    lists: set[str] = set()
    words: Lists = {}
    calendars = {entry.then.calendar for _, content in files for entry in content.rules}
    calendars |= {name for _, content in files for name in content.calendars_of_policies()}
    for (source, number), rule in zip(places, rules, strict=True):
        for path, found in walked(rule.when):
            match found:
                case HasOneOf(_, name):
                    lists.add(name.removeprefix("$"))
                case IsOpen(calendar):
                    calendars.add(calendar)
                case Any(parts):
                    for each in covered(parts, words):
                        _spare(source, ("rules", number, "when", *path, each.number), each)
    for source, content in files:
        _unused(source, content, lists, calendars)
        # They are told in the file's order, and not without end, as mistakes are, but stop nothing.
        yield from (replace(problem, severity="warning") for problem in source.sorted_problems())
        source.problems.clear()


def _unreachable(
    places: Sequence[tuple[Source, int]], rules: Sequence[Rule], alternatives: Sequence[Sequence[Alternative]]
) -> None:
    """Add a problem for each rule that never matches because an earlier one takes all of its messages."""
    for later, earlier in shadowed(rules, alternatives):
        source, number = places[later]
        taker = rules[earlier]
        message = f"this rule never matches: `{taker.name}` ({taker.place}) takes all of its messages"
        source.add(source.place("rules", number), message, f"move it above `{taker.name}`, or take it out")


def _unused(source: Source, content: RulesFile, lists: set[str], calendars: set[str | None]) -> None:
    """Add a problem for each list and calendar that nothing uses, each spare word, and each calendar of nothing."""
    for name, words in content.lists.items():
        if name not in lists:
            source.add(source.place("lists", name), f"no rule uses the list `{name}`", f"write `${name}` in a rule")
        for each in covered_words(words):
            _spare(source, ("lists", name, each.number), each)
    for name in content.calendars:
        if name not in calendars:
            source.add(source.place("calendars", name), f"no rule uses the calendar `{name}`", "take it out")
    for number, entry in enumerate(content.rules):
        then = entry.then
        if then.calendar and not (then.deadlines or then.ladder or then.callback):
            mark = source.place("rules", number, "then", "calendar")
            source.add(mark, "nothing counts on this calendar", "give `deadlines`, a `ladder` or a `callback`")


def _spare(source: Source, path: tuple[str | int, ...], each: Covered) -> None:
    message = f"`{each.word[:60]}` adds nothing: {each.by[:80]} finds it anyway"
    source.add(source.place(*path), message, "take one of the two out")


def _lists(source: Source, content: RulesFile) -> None:
    """Add a problem for each list within a list."""
    for name, words in content.lists.items():
        for number, word in enumerate(words):
            if is_list(word):
                mark = source.place("lists", name, number)
                source.add(mark, f"`{word[:60]}`: a list holds no other lists", "write its words out")


def _contacts(source: Source, path: tuple[str | int, ...], when: WhenEntry) -> None:
    """Add a problem for each number of contacts that is never reached, since no more than the latest are remembered."""
    asked = when.contacts
    for key, bound in (("at_least", asked.at_least), ("at_most", asked.at_most)) if asked else ():
        if bound is not None and bound > CONTACTS_KEPT:
            message = f"{bound:g} contacts are never counted: Hilo remembers the last {CONTACTS_KEPT} contacts"
            source.add(source.place(*path, "contacts", key), message, f"ask for {CONTACTS_KEPT} or less")
    for name, parts in (("all", when.all), ("any", when.any)):
        for number, part in enumerate(parts or ()):
            _contacts(source, (*path, name, number), part)
    if when.not_:
        _contacts(source, (*path, "not"), when.not_)


def _when(source: Source, number: int, alternatives: Sequence[Alternative]) -> None:
    """Add a problem for conditions that hold for no message."""
    clashes = []
    for alternative in alternatives:
        found = clash(alternative)
        if found is None:
            return
        clashes.append(found)
    why = str(clashes[0]) if clashes else "what `not` excludes is always so"
    source.add(source.place("rules", number, "when"), f"this never holds: {why}", "take one of the conditions out")


def _then(source: Source, number: int, entry: RuleEntry) -> None:
    """Add a problem for each thing that can't follow."""
    then, path = entry.then, ("rules", number, "then")
    if then.reroute and not then.team:
        source.add(source.place(*path, "reroute"), "`reroute` needs a `team`", "name the team that takes it over")
    if then.language == UNKNOWN:
        message = f"`{UNKNOWN}` is no language that an agent speaks"
        source.add(source.place(*path, "language"), message, "`es`, `en`, …")
    if then.deadlines and not then.deadlines.model_fields_set:
        source.add(source.place(*path, "deadlines"), "no deadline is given here", "`first_reply: 15m`, for example")
    if then.ladder:
        _ladder(source, number, entry)


def _ladder(source: Source, number: int, entry: RuleEntry) -> None:
    """Add a problem for each step out of order, and for one that leads back to the rule's own team."""
    steps = entry.then.ladder or ()
    for place, step in enumerate(steps):
        path = ("rules", number, "then", "ladder", place)
        before = steps[place - 1] if place else None
        if before and before.team:
            message = f"no step comes after one that names a team: this ladder ends with `{before.team}`"
            source.add(source.place(*path), message, "make the step with the team the last one")
            return
        if before and step.after <= before.after:
            message = "this step does not come later than the one before it"
            source.add(source.place(*path, "after"), message, "each `after` is longer than the one before")
        if step.team and step.team == entry.then.team:
            message = f"this step leads back to the rule's own team, `{step.team}`"
            source.add(source.place(*path, "team"), message, "name another team, or `tell: supervisor`")
