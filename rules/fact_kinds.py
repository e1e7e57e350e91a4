"""The kinds of facts that ops name, beside those that Hilo knows: from YAML files to what `facts_in` looks for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import re2

from rules.document import files_of
from rules.facts_file import FactEntry, FactsFile, StepEntry
from rules.problems import SourceError
from rules.source import Source
from rules.syntax import Mark
from rules.validation import validated

# Where they lie in a folder of rules; rules themselves lie in the folder, not below it.
FOLDER = "facts"
SECTIONS = (("facts", "fact"), ("steps", "step"))
Texts = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class FactWords:
    """What people call a kind of fact, and how it is asked for, by language."""

    label: Texts = field(default_factory=dict)
    ask: Texts = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sought:
    """A pattern of ops and the fact, or the step, that it finds: its one group, or all that it matches."""

    name: str
    pattern: Any
    is_open: bool = False


@dataclass(frozen=True, slots=True)
class FactKinds:
    """What is looked for beside what Hilo knows, and the words for both; lists show those of `whole` as they are."""

    sought: tuple[Sought, ...] = ()
    steps: tuple[Sought, ...] = ()
    words: Mapping[str, FactWords] = field(default_factory=dict)
    step_words: Mapping[str, FactWords] = field(default_factory=dict)
    whole: frozenset[str] = frozenset()


NO_KINDS = FactKinds()


def load_fact_kinds(path: Path) -> FactKinds:
    """The kinds in the YAML files of `path` (a folder, or one file); SourceError with every mistake of all of them."""
    sources = [Source.read(file) for file in files_of(path)]
    read = [(source, validated(source, FactsFile)) for source in sources]
    for key, what in SECTIONS:
        _refuse_same_names(read, key, what)
    for source, content in read:
        _refuse_groups(source, content)
    problems = [problem for source in sources for problem in source.sorted_problems()]
    if problems:
        raise SourceError(problems)
    return _kinds([content for _, content in read if content])


def _kinds(files: Sequence[FactsFile]) -> FactKinds:
    facts = [entry for file in files for entry in file.facts]
    steps = [entry for file in files for entry in file.steps]
    return FactKinds(
        tuple(
            Sought(entry.name, re2.compile(each), entry.shown == "whole")
            for entry in facts
            for each in entry.patterns or ()
        ),
        tuple(Sought(entry.name, re2.compile(each)) for entry in steps for each in entry.patterns),
        {entry.name: FactWords(entry.label or {}, entry.ask or {}) for entry in facts},
        {entry.name: FactWords(entry.label or {}) for entry in steps},
        frozenset(entry.name for entry in facts if entry.shown == "whole"),
    )


def _refuse_same_names(read: Sequence[tuple[Source, FactsFile | None]], key: str, what: str) -> None:
    """Add a problem for each name that an earlier thing of its kind has, in whichever file."""
    first: dict[str, tuple[str, Mark]] = {}
    for source, content in read:
        entries: Sequence[FactEntry | StepEntry] = getattr(content, key) if content else ()
        for number, entry in enumerate(entries):
            mark = source.place(key, number, "name")
            file, known = first.setdefault(entry.name, (source.name, mark))
            if (file, known) != (source.name, mark):
                message = f"a second {what} named `{entry.name}`; the first is at {file}:{known.line}"
                source.add(mark, message, "put them together")


def _refuse_groups(source: Source, content: FactsFile | None) -> None:
    """Add a problem for each pattern with several groups: which of them would be the value?"""
    for key, _ in SECTIONS:
        for number, entry in enumerate(getattr(content, key) if content else ()):
            for which, pattern in enumerate(entry.patterns or ()):
                if re2.compile(pattern).groups > 1:
                    message = "there are several groups in this pattern: the value is one of them"
                    source.add(source.place(key, number, "patterns", which), message, "write `(?:…)` for the others")
