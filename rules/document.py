"""The rules' files, YAML, to a book; every mistake of every file at once, each with its file, line and column."""

import gc
import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from router.model.calendar import Calendar
from router.model.commitment import ALWAYS
from router.model.ids import TeamId
from router.model.message import ChannelName
from router.model.policy import CallPolicy, CarePolicy, RingingHours
from router.model.team import Team
from rules.calls_file import CallsEntry
from rules.clauses import Alternative, TooComplex, alternatives_of
from rules.engine import SHIPPED_CALLS, SHIPPED_CARE, Place, Rule, RuleBook
from rules.facts import CHANNELS
from rules.problems import Problem, SourceError, did_you_mean, shown_path
from rules.proof.lint import add_errors, warnings
from rules.rules_file import RulesFile
from rules.source import Source
from rules.syntax import Mark
from rules.tree import Node
from rules.validation import validated

SUFFIXES = (".yaml", ".yml")
# What at most one file gives.
POLICIES = ("calls", "care")

Alternatives = Sequence[Sequence[Alternative]] | None


@dataclass(frozen=True, slots=True)
class Document:
    """A file of rules that holds no mistake of form, with the source that tells where everything stands."""

    source: Source
    content: RulesFile


@dataclass(frozen=True, slots=True)
class Library:
    """All files together: their documents in order, the words of each list, the calendars, rules, calls and care.

    `warnings` are what was hardly meant, and keeps no book from being used.
    """

    documents: tuple[Document, ...]
    lists: Mapping[str, tuple[str, ...]]
    calendars: Mapping[str, Calendar]
    rules: tuple[Rule, ...]
    version: str
    warnings: tuple[Problem, ...] = ()
    calls: CallPolicy = SHIPPED_CALLS
    care: CarePolicy = SHIPPED_CARE

    def book(self, default_team: TeamId, teams: Collection[TeamId], alternatives: Alternatives = None) -> RuleBook:
        """The book of these rules; the `alternatives` of each rule may be known."""
        return RuleBook(
            default_team,
            self.rules,
            frozenset(teams),
            self.version,
            self.calendars,
            alternatives,
            calls=self.calls,
            care=self.care,
        )


def load_rules(
    path: Path, teams: Collection[TeamId], default_team: TeamId, channels: Collection[ChannelName] = CHANNELS
) -> RuleBook:
    """The book of the YAML files in `path` (a folder, or one file); SourceError with every mistake.

    `teams` may be a mapping to the teams themselves, whose names the hints then tell.
    """
    with _nothing_collected():
        return _book(path, teams, default_team, channels)


def load_library(
    path: Path, teams: Collection[TeamId], default_team: TeamId, channels: Collection[ChannelName] = CHANNELS
) -> Library:
    """What the files hold, with its warnings, in the order of their names; SourceError with every mistake."""
    with _nothing_collected():
        library, alternatives = _proved(path, teams, default_team, channels)
        files = [(document.source, document.content) for document in library.documents]
        return replace(library, warnings=tuple(warnings(files, library.rules, alternatives)))


def read_library(
    path: Path, teams: Collection[TeamId], default_team: TeamId, channels: Collection[ChannelName] = CHANNELS
) -> Library:
    """What the files hold, with SourceError for mistakes of form alone: what can be proved wrong is taken."""
    return _read(path, teams, default_team, channels)[0]


def _read(
    path: Path, teams: Collection[TeamId], default_team: TeamId, channels: Collection[ChannelName]
) -> tuple[Library, list[list[Alternative]]]:
    """What the files hold, and the alternatives of each rule."""
    sources = [Source.read(file) for file in files_of(path)]
    _refuse_same_names(sources)
    _refuse_second_policies(sources)
    context = {
        "teams": list(teams),
        "team_names": _names_of(teams),
        "channels": list(channels),
        "lists": _named(sources, "lists"),
        "calendars": [*_named(sources, "calendars"), ALWAYS],
        "is_alone": path.is_file(),
    }
    read = [(source, validated(source, RulesFile, context)) for source in sources]
    documents = tuple(Document(source, content) for source, content in read if content)
    calendars = _calendars(documents)
    calls, care = _calls(documents), _care(documents)
    lists = {name: words for document in documents for name, words in document.content.lists.items()}
    # A list that is in a broken file is known by name alone: rules are made once all files are whole.
    is_whole = not any(source.problems for source in sources)
    rules = tuple(_rules(documents, lists)) if is_whole else ()
    alternatives = list(_alternatives(documents, rules)) if is_whole else []
    problems = [problem for source in sources for problem in source.sorted_problems()]
    if default_team not in teams:
        hint = did_you_mean(default_team, teams)
        problems.append(Problem(shown_path(path), 1, 1, f"the default team `{default_team}` is unknown", hint))
    _refuse(problems)
    version = _version(default_team, sources)
    return Library(documents, lists, calendars, rules, version, calls=calls, care=care), alternatives


def _book(path: Path, teams: Collection[TeamId], default_team: TeamId, channels: Collection[ChannelName]) -> RuleBook:
    """The book; all else that was read is gone when it returns, so that nobody has to look through it."""
    library, alternatives = _proved(path, teams, default_team, channels)
    return library.book(default_team, teams, alternatives)


def _proved(
    path: Path, teams: Collection[TeamId], default_team: TeamId, channels: Collection[ChannelName]
) -> tuple[Library, list[list[Alternative]]]:
    """What the files hold, and the alternatives of each rule; SourceError with every mistake, of form or proved."""
    library, alternatives = _read(path, teams, default_team, channels)
    files = [(document.source, document.content) for document in library.documents]
    add_errors(files, alternatives)
    _refuse(problem for source, _ in files for problem in source.sorted_problems())
    return library, alternatives


@contextmanager
def _nothing_collected() -> Iterator[None]:
    """Keep the garbage collector from looking, over and over, through a million values of which none is garbage."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _refuse(problems: Iterable[Problem]) -> None:
    found = list(problems)
    if found:
        raise SourceError(found)


def _rules(documents: Collection[Document], lists: Mapping[str, tuple[str, ...]]) -> Iterator[Rule]:
    """The rules of `documents`, in their order."""
    for document in documents:
        source = document.source
        for number, entry in enumerate(document.content.rules):
            mark = source.place("rules", number)
            yield entry.rule(lists, Place(source.name, mark.line, mark.column))


def _alternatives(documents: Collection[Document], rules: Collection[Rule]) -> Iterator[list[Alternative]]:
    """The alternatives of each of `rules`; what is too complex for an index is a problem of its source."""
    places = ((document.source, number) for document in documents for number in range(len(document.content.rules)))
    for rule, (source, number) in zip(rules, places, strict=True):
        try:
            yield alternatives_of(rule.when)
        except TooComplex as error:
            source.add(source.place("rules", number, "when"), str(error))


def _calendars(documents: Collection[Document]) -> dict[str, Calendar]:
    """The calendars by name; hours that overlap are a problem of their source."""
    found: dict[str, Calendar] = {}
    for document in documents:
        for name, entry in document.content.calendars.items():
            try:
                found[name] = entry.calendar(name)
            except ValueError as error:
                document.source.add(document.source.place("calendars", name, "hours"), str(error))
    return found


def _calls(documents: Collection[Document]) -> CallPolicy:
    """What the files decide of calls; hours that overlap are a problem of their source."""
    found = ((each.source, each.content.calls) for each in documents if each.content.calls)
    return next((entry.policy(_ringing(source, entry)) for source, entry in found), SHIPPED_CALLS)


def _ringing(source: Source, entry: CallsEntry) -> dict[str, RingingHours]:
    """The hours of each country in which phones may ring."""
    found: dict[str, RingingHours] = {}
    for country, each in entry.ringing.items():
        try:
            found[country] = each.ringing()
        except ValueError as error:
            source.add(source.place("calls", "ringing", country, "hours"), str(error))
    return found


def _care(documents: Collection[Document]) -> CarePolicy:
    """What the files decide of promises."""
    return next((each.content.care.policy() for each in documents if each.content.care), SHIPPED_CARE)


def files_of(path: Path) -> list[Path]:
    """The rules' files in their order, without those that editors hide (`.#10-billing.yaml`)."""
    if path.is_file():
        return [path]
    try:
        found = [file for file in path.iterdir() if file.suffix in SUFFIXES and not file.name.startswith(".")]
    except OSError as error:
        message = f"the folder of the rules can't be read: {error.strerror}"
        raise SourceError([Problem(shown_path(path), 1, 1, message, "make the folder, or name another")]) from error
    return sorted(found, key=lambda file: file.name)


def _named(sources: Collection[Source], key: str) -> list[str]:
    """The names that `key` has in all files, right or wrong in other ways."""
    nodes = (source.root.find(key) for source in sources if source.root)
    return [str(name) for node in nodes if node and isinstance(node.value, dict) for name in node.value]


def _refuse_same_names(sources: Collection[Source]) -> None:
    """Add a problem for each name that an earlier thing of its kind has, in whichever file; broken ones count too."""
    for key, what in (("rules", "rule"), ("lists", "list"), ("calendars", "calendar"), ("tests", "test")):
        first: dict[str, tuple[str, Mark]] = {}
        for source in sources:
            for name, node in _names(source, key):
                mark = node.mark if isinstance(node.value, str) and key in ("rules", "tests") else node.place
                file, known = first.setdefault(name, (source.name, mark))
                if (file, known) != (source.name, mark):
                    message = f"a second {what} named `{name[:60]}`; the first is at {file}:{known.line}"
                    source.add(mark, message, f"give each {what} a name of its own")


def _refuse_second_policies(sources: Collection[Source]) -> None:
    """Add a problem for each policy that an earlier file gives, right or wrong: nobody could tell which counts."""
    for key in POLICIES:
        nodes = [(source, node) for source in sources if source.root and (node := source.root.find(key))]
        for source, node in nodes[1:]:
            first, begun = nodes[0][0].name, (nodes[0][1].key or nodes[0][1].place).line
            message = f"`{key}` stands in a second file; the first is {first}:{begun}"
            source.add(node.key or node.place, message, "put both together, in one file")


def _names_of(teams: Collection[TeamId]) -> dict[str, str]:
    """What people call the teams, where that is known."""
    named = teams.items() if isinstance(teams, Mapping) else ()
    return {name: team.name for name, team in named if isinstance(team, Team)}


def _names(source: Source, key: str) -> Iterator[tuple[str, Node]]:
    """The names under `key` of one file, each with the node that gives it."""
    parent = source.root.find(key) if source.root else None
    for name, child in parent.children.items() if parent else ():
        node: Any = child.find("name") if isinstance(name, int) else child
        if node is not None:
            value = node.value if isinstance(name, int) else name
            if isinstance(value, str):
                yield value, node


def _version(default_team: TeamId, sources: Collection[Source]) -> str:
    """A hash of all that decides, short enough to read aloud."""
    parts = [default_team, *(f"{Path(source.name).name}={source.digest}" for source in sources)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]
