"""The files of wordings, read: each language's patterns, ready to be looked for; every mistake with its place.

A wording is a regular expression of RE2 in small letters without accents, in which `<name>` stands for the words of
that name. All files of a language are read as one, so that a file of one's own adds words to those as shipped.
"""

import re
from collections.abc import Collection, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import re2

from router.model.ids import TeamId
from rules.document import files_of
from rules.guard.asked import Compile, asked_wordings, timed_wordings
from rules.guard.patterns import options
from rules.guard.possible import Further, Passed, Sign, Wording, Wordings
from rules.guard.wordings_file import WordingsFile
from rules.problems import Problem, SourceError, did_you_mean, shown_path
from rules.regexes import in_plain_words
from rules.source import Source
from rules.validation import validated

# Beside the rules, one folder down: what reads rules reads files in the folder itself alone.
FOLDER = "guard"
SHIPPED = Path(__file__).parent.parent / "playbook" / FOLDER
MOST_INSTRUCTIONS = 10_000
LONGEST_EXPANDED = 50_000
DEEPEST = 12
_NAMED = re.compile("<([a-z_]+)>")
# A capital stands for a whole link, number or sign, and is as many of these as that has letters; not so in a class.
_MASKED = re.compile(r"(?s)\[[^\]]*\]|\\.|([A-Z])(?!\+)")
# In a pattern put together, and not in its classes of letters that are not wanted.
_SIGN = re.compile(r"(?s)\\.|\[\^[^\]]*\]|([A-Z])")


@dataclass(frozen=True, slots=True)
class _Document:
    source: Source
    content: WordingsFile


@lru_cache(maxsize=4)
def shipped() -> Mapping[str, Wordings]:
    """The wordings as they come with Hilo, by language."""
    return load_wordings(SHIPPED)


def load_wordings(folder: Path) -> Mapping[str, Wordings]:
    """The wordings of the YAML files in `folder`, by language; SourceError with every mistake."""
    return read_files(folder)[0]


def read_files(
    folder: Path, teams: Collection[TeamId] | None = None
) -> tuple[Mapping[str, Wordings], tuple[WordingsFile, ...]]:
    """The wordings by language, and what each file of `folder` holds; SourceError with every mistake.

    Exceptions may name `teams` alone, or any where it is None.
    """
    sources = [Source.read(file) for file in files_of(folder)]
    if not sources:
        raise SourceError([Problem(shown_path(folder), 1, 1, "there is no file of wordings here (`*.yaml`)")])
    context = {"teams": None if teams is None else list(teams)}
    read = [(source, validated(source, WordingsFile, context)) for source in sources]
    documents = [_Document(source, content) for source, content in read if content]
    words = {language: _words(documents, language) for language in dict.fromkeys(_languages(documents))}
    found = {language: _wordings(documents, language, words[language]) for language in words}
    further = {language: _further(documents, language, words[language]) for language in words}
    if problems := [problem for source in sources for problem in source.sorted_problems()]:
        raise SourceError(problems)
    wordings = {}
    for language, (passes, signs, sending) in found.items():
        wordings[language] = Wordings(passes, signs, sending, further[language])
    return wordings, tuple(document.content for document in documents)


def _languages(documents: Sequence[_Document]) -> Iterator[str]:
    return (document.content.language for document in documents if document.content.language)


def _of(documents: Sequence[_Document], language: str) -> Iterator[_Document]:
    return (document for document in documents if document.content.language == language)


def _words(documents: Sequence[_Document], language: str) -> dict[str, tuple[str, ...]]:
    """The words by their names, those of all files together."""
    found: dict[str, tuple[str, ...]] = {}
    for document in _of(documents, language):
        for name, patterns in document.content.words.items():
            found[name] = (*found.get(name, ()), *patterns)
    return found


def _wordings(
    documents: Sequence[_Document], language: str, words: Mapping[str, tuple[str, ...]]
) -> tuple[list[Passed], list[Sign], list[Wording]]:
    passes, sending = [], []
    signs: dict[str, list[Sign]] = {letter: [] for letter in _letters(documents, language)}
    for document in _of(documents, language):
        source, content = document.source, document.content
        for place, written in enumerate(content.passes):
            passes.append(Passed(_compiled(source, words, written, "passes", place, captures=True)))
        for letter, patterns in content.signs.items():
            for place, written in enumerate(patterns):
                pattern = _compiled(source, words, written, "signs", letter, place, captures=True)
                signs[letter].append(Sign(letter, pattern, _signed(pattern, signs)))
        for entry, each in enumerate(content.deflection):
            for place, written in enumerate(each.any):
                pattern = _compiled(source, words, written, "deflection", entry, "any", place)
                sending.append(Wording(each.to, pattern, each.even_passed, _signed(pattern, signs), each.even_here))
    return passes, [sign for each in signs.values() for sign in each], sending


def _signed(pattern: Any, signs: Container[str]) -> bool:
    return pattern is not None and any(letter in signs for letter in _SIGN.findall(pattern.pattern))


def _further(documents: Sequence[_Document], language: str, words: Mapping[str, tuple[str, ...]]) -> Further:
    """The three kinds that have words of their own, which go before those of the language."""
    repeat, promise, empty = (_files(documents, language, words, key) for key in ("repeat", "promise", "empty"))
    return asked_wordings(repeat), timed_wordings(promise, "promise"), timed_wordings(empty, "empty")


def _files(
    documents: Sequence[_Document], language: str, words: Mapping[str, tuple[str, ...]], section: str
) -> list[tuple[WordingsFile, Compile]]:
    own: dict[str, tuple[str, ...]] = {}
    for document in _of(documents, language):
        for name, patterns in getattr(document.content, section).words.items():
            own[name] = (*own.get(name, ()), *patterns)
    known = {**words, **own}
    return [(each.content, partial(_compiled, each.source, known)) for each in _of(documents, language)]


def _letters(documents: Sequence[_Document], language: str) -> list[str]:
    """The signs in the order in which they are looked for: as in the file that has most of them."""
    files = sorted((document.content.signs for document in _of(documents, language)), key=len, reverse=True)
    return [*dict.fromkeys(letter for signs in files for letter in signs)]


def _compiled(
    source: Source, words: Mapping[str, tuple[str, ...]], written: str, *path: str | int, captures: bool = False
) -> Any:
    """`written` with its words put in, as a pattern of whole words; None, with a problem added, if it can't be one."""
    mark = source.place(*path)
    try:
        expanded = _expanded(written, words)
        pattern = re2.compile(rf"(?:\b|^|[\n\r])(?:{expanded})(?:\b|$)", options(captures))
    except _Refused as refused:
        source.add(mark, *refused.args)
        return None
    except re2.error as error:
        source.add(mark, in_plain_words(error))
        return None
    if pattern.programsize > MOST_INSTRUCTIONS:
        source.add(mark, "this wording is too large", "ask for less at once")
    return pattern


class _Refused(Exception):
    """A wording can't be written out: what is wrong, and what to do."""


def _expanded(written: str, words: Mapping[str, tuple[str, ...]]) -> str:
    """`written` with the words in place of their names. Raises _Refused."""
    text = written
    for _ in range(DEEPEST):
        if not _NAMED.search(text):
            return _MASKED.sub(lambda match: match[0] + "+" * bool(match[1]), text)
        text = _NAMED.sub(lambda match: f"(?:{'|'.join(_named(match[1], words))})", text)
        if len(text) > LONGEST_EXPANDED:
            break
    raise _Refused("this wording is too large with its words put in", "are there words that hold their own name?")


def _named(name: str, words: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    if name not in words:
        raise _Refused(f"there are no words `{name}` in this language", did_you_mean(name, words))
    return words[name]
