"""How facts and steps are asked for, and how times are promised, as patterns: what the files say, made ready."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from rules.guard.patterns import PatternSet, StartSet
from rules.guard.wordings_file import AskedAgain, AskedFact, SaidOfTime, WordingsFile

# Makes a wording at a place of a file into a pattern; None where it can't be one, with the problem told.
Compile = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class FactWording:
    """The kind of `fact`, in one of the sorts `sort` (all, if there are none) but in none of `besides`."""

    fact: str
    sort: tuple[str, ...] = ()
    besides: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AskedWordings:
    """One language: `heads` ask for what follows them (True: in a question only), `called` is what each fact is called.

    `asked` are questions that need no head; `others` is said of what is not the customer's, or not what is known,
    and what `confirms` stands behind what is known and shown;
    what is called by `no_facts` is no fact whatever it begins with, nor what is "of" something that `behind` does not
    know. `steps` (True: as they were taken) are asked for behind `asks_steps`, in questions `asks_steps_if` too.
    """

    passes: PatternSet[None]
    heads: PatternSet[bool]
    asked: PatternSet[FactWording]
    called: StartSet[FactWording | None]
    breaks: tuple[Any, ...]
    determiners: tuple[Any, ...]
    others: tuple[Any, ...]
    confirms: tuple[Any, ...]
    behind: tuple[Any, ...]
    last_digits: tuple[Any, ...]
    steps: PatternSet[tuple[str, bool]]
    asks_steps: tuple[Any, ...]
    asks_steps_if: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class TimedWordings:
    """One language: what is passed over, what is looked for, and what says when without a date."""

    passes: PatternSet[None]
    any: PatternSet[None]
    vague: PatternSet[None]


def asked_wordings(files: Sequence[tuple[WordingsFile, Compile]]) -> AskedWordings:
    """What the files of one language say under `repeat`, together."""
    parts = [(content.repeat, compiled) for content, compiled in files]
    return AskedWordings(
        passes=PatternSet([(None, each) for each in _all(parts, "passes")]),
        heads=PatternSet(
            [
                *((False, each) for each in _all(parts, "asks")),
                *((True, each) for each in _all(parts, "asks_in_questions")),
            ]
        ),
        asked=PatternSet([each for repeat, compiled in parts for each in _facts(repeat, compiled, "asked")]),
        called=StartSet(
            [
                *((None, each) for each in _all(parts, "no_facts")),
                *(each for repeat, compiled in parts for each in _facts(repeat, compiled, "called")),
            ]
        ),
        breaks=_all(parts, "breaks"),
        determiners=_all(parts, "determiners"),
        others=_all(parts, "others"),
        confirms=_all(parts, "confirms"),
        behind=_all(parts, "behind"),
        last_digits=_all(parts, "last_digits"),
        steps=PatternSet([each for repeat, compiled in parts for each in _steps(repeat, compiled)]),
        asks_steps=_all(parts, "asks_steps", end=" *$"),
        asks_steps_if=_all(parts, "asks_steps_in_questions", end=" *$"),
    )


def timed_wordings(files: Sequence[tuple[WordingsFile, Compile]], section: str) -> TimedWordings:
    """What the files of one language say under `section`, together."""
    passes: list[tuple[None, Any]] = []
    sought: list[tuple[None, Any]] = []
    vague: list[tuple[None, Any]] = []
    for content, compiled in files:
        said: SaidOfTime = getattr(content, section)
        passes += [(None, each) for each in _listed(said.passes, compiled, section, "passes")]
        sought += [(None, each) for each in _listed(said.any, compiled, section, "any")]
        vague += [(None, each) for each in _listed(said.vague, compiled, section, "vague")]
    return TimedWordings(PatternSet(passes), PatternSet(sought), PatternSet(vague))


def _all(parts: Sequence[tuple[AskedAgain, Compile]], key: str, end: str = "") -> tuple[Any, ...]:
    """The wordings under `key`, each as a pattern; behind each comes `end`."""
    return tuple(
        each for repeat, compiled in parts for each in _listed(getattr(repeat, key), compiled, "repeat", key, end=end)
    )


def _facts(repeat: AskedAgain, compiled: Compile, key: str) -> Iterator[tuple[FactWording, Any]]:
    for number, entry in enumerate(repeat.facts):
        for each in _listed(getattr(entry, key), compiled, "repeat", "facts", number, key):
            yield _fact(entry), each


def _fact(entry: AskedFact) -> FactWording:
    return FactWording(entry.fact, entry.sort, entry.besides)


def _steps(repeat: AskedAgain, compiled: Compile) -> Iterator[tuple[tuple[str, bool], Any]]:
    for number, entry in enumerate(repeat.steps):
        for key, written in (("any", entry.any), ("done", entry.done)):
            for each in _listed(written, compiled, "repeat", "steps", number, key):
                yield (entry.step, key == "done"), each


def _listed(written: Sequence[str], compiled: Compile, *path: str | int, end: str = "") -> Iterator[Any]:
    for place, each in enumerate(written):
        if (pattern := compiled(f"(?:{each}){end}" if end else each, *path, place)) is not None:
            yield pattern
