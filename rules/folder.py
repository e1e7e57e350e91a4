"""What lies in a folder of rules beside its rules: nothing, or files that look like some and are not read."""

import re
from collections.abc import Iterator
from pathlib import Path

from rules.document import SUFFIXES, files_of
from rules.fact_kinds import FOLDER as FACTS
from rules.problems import Problem, SourceError, shown_path

# Folders within it that hold files of another kind.
OTHERS = ("guard", FACTS)
# What is hardly another kind of file: `27.YAML`, `27.yaml.txt`, `27.yam`.
LIKE_RULES = re.compile(r"\.(ya?ml|yam)(\.txt)?$", re.IGNORECASE)


def refuse_no_files(path: Path) -> None:
    """SourceError if `path` is a folder without any file of rules; it tells what lies there and is not read."""
    if not files_of(path):
        message = "there is no file of rules here (`*.yaml`)"
        raise SourceError([Problem(shown_path(path), 1, 1, message, "name the folder that has them"), *unread(path)])


def unread(path: Path) -> list[Problem]:
    """A warning for each file in the folder `path` that looks like one of rules and is not read, and for empty ones."""
    if path.is_file():
        return []
    found = [*_misnamed(path), *_deeper(path), *_empty(path)]
    return sorted(found, key=lambda problem: problem.file)


def _misnamed(folder: Path) -> Iterator[Problem]:
    for file in folder.iterdir():
        if file.is_file() and LIKE_RULES.search(file.name) and file.suffix not in SUFFIXES and _is_seen(file):
            yield _warning(file, f"`{file.name}` is not read", "name it so that it ends in `.yaml`")


def _deeper(folder: Path) -> Iterator[Problem]:
    by_folder: dict[str, list[Path]] = {}
    for file in sorted(folder.glob("*/*")):
        if (
            file.suffix in SUFFIXES
            and file.is_file()
            and _is_seen(file)
            and _is_seen(file.parent)
            and not _is_other(file.parent)
        ):
            by_folder.setdefault(file.parent.name, []).append(file)
    for name, files in by_folder.items():
        which = f"`{name}/{files[0].name}`"
        which += f" and {len(files) - 1} more are" if files[1:] else " is"
        yield _warning(files[0], f"{which} not read: files lie in the folder itself", "move it up, or name that folder")


def _empty(folder: Path) -> Iterator[Problem]:
    for file in files_of(folder):
        if not file.read_bytes().strip():
            message = "there is nothing in this file: a running Hilo refuses one that was emptied"
            yield _warning(file, message, "delete it, or write `rules: []`")


def _is_other(folder: Path) -> bool:
    return folder.name in OTHERS


def _is_seen(path: Path) -> bool:
    return not path.name.startswith(".")


def _warning(file: Path, message: str, hint: str) -> Problem:
    return Problem(shown_path(file), 1, 1, message, hint, severity="warning")
