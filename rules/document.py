"""The rules' files, YAML, to a book; every mistake of every file at once, each with its file, line and column."""

import hashlib
from collections.abc import Collection
from pathlib import Path

from router.model.ids import TeamId
from router.model.message import ChannelName
from rules.conditions import Condition, TextCondition
from rules.engine import Rule, RuleBook
from rules.facts import CHANNELS
from rules.problems import Problem, SourceError, did_you_mean, shown_path
from rules.rules_file import RuleEntry, RulesFile
from rules.source import Source
from rules.validation import validated

SUFFIXES = (".yaml", ".yml")


def load_rules(
    folder: Path, teams: Collection[TeamId], default_team: TeamId, channels: Collection[ChannelName] = CHANNELS
) -> RuleBook:
    """The book of the YAML files in `folder`, in the order of their names; SourceError with every mistake."""
    sources = [Source.read(path) for path in _files(folder)]
    context = {"teams": list(teams), "channels": list(channels)}
    documents = [validated(source, RulesFile, context) for source in sources]
    _refuse_same_names(sources)
    problems = [problem for source in sources for problem in source.sorted_problems()]
    if default_team not in teams:
        hint = did_you_mean(default_team, teams)
        problems.append(Problem(shown_path(folder), 1, 1, f"the default team `{default_team}` is unknown", hint))
    if problems:
        raise SourceError(problems)
    entries = (entry for document in documents if document for entry in document.rules)
    rules = tuple(_rule(entry) for entry in entries)
    return RuleBook(default_team, rules, frozenset(teams), _version(default_team, sources))


def _rule(entry: RuleEntry) -> Rule:
    text = entry.when.text
    return Rule(
        name=entry.name,
        when=Condition(frozenset(entry.when.channel or ()), text.condition() if text else TextCondition()),
        team=TeamId(entry.then.team) if entry.then.team else None,
        priority=entry.then.priority,
        tags=entry.then.tags or (),
        description=entry.description or "",
    )


def _files(folder: Path) -> list[Path]:
    """The rules' files in their order, without those that editors hide (`.#10-billing.yaml`)."""
    try:
        found = [path for path in folder.iterdir() if path.suffix in SUFFIXES and not path.name.startswith(".")]
    except OSError as error:
        message = f"the folder of the rules can't be read: {error.strerror}"
        raise SourceError([Problem(shown_path(folder), 1, 1, message, "make the folder, or name another")]) from error
    return sorted(found, key=lambda path: path.name)


def _refuse_same_names(sources: list[Source]) -> None:
    """Add a problem for each rule whose name an earlier one has, in whichever file; broken rules count as well."""
    first: dict[str, str] = {}
    for source in sources:
        rules = source.root.find("rules") if source.root else None
        for rule in rules.children.values() if rules else ():
            node = rule.find("name")
            if node is None or not isinstance(node.value, str):
                continue
            place = f"{source.name}:{node.mark.line}"
            if first.setdefault(node.value, place) != place:
                message = f"a second rule named `{node.value[:60]}`; the first is at {first[node.value]}"
                source.add(node.mark, message, "give each rule a name of its own")


def _version(default_team: TeamId, sources: list[Source]) -> str:
    """A hash of all that decides, short enough to read aloud."""
    parts = [default_team, *(f"{Path(source.name).name}={source.digest}" for source in sources)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]
