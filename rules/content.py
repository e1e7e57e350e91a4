"""Rules, calendars and policies as plain data, as they would be written: what two versions of them are compared by."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from router.model.ids import TeamId
from rules.care_file import OFF
from rules.checks import duration_words
from rules.document import Library, files_of, read_library
from rules.folder import refuse_no_files
from rules.rules_file import RuleEntry
from rules.source import Source

NOBODY = TeamId("default")
Plain = dict[str, Any]


def library_of(path: Path) -> Library:
    """What the files at `path` hold, whichever teams there are; SourceError with every mistake of form in them.

    So it is where a folder holds no file of rules.
    """
    refuse_no_files(path)
    sources = [Source.read(file) for file in files_of(path)]
    # Whatever stands there may be a team.
    words = {TeamId(word) for source in sources if source.root for word in words_of(source.root.value)}
    return read_library(path, [*words, NOBODY], NOBODY)


def words_of(value: Any) -> Iterator[str]:
    """Every key and every value within `value`."""
    if isinstance(value, dict):
        yield from value
        value = list(value.values())
    if isinstance(value, list):
        for inner in value:
            yield from words_of(inner)
    elif isinstance(value, str | int | float):
        yield str(value)


def rules_of(library: Library) -> dict[str, Plain]:
    """Each rule's content by its name, in order: keys as `when.text.any`, and their values."""
    entries: list[RuleEntry] = [entry for document in library.documents for entry in document.content.rules]
    return {
        entry.name: _flat({key: value for key, value in _plain(entry).items() if key != "name"}) for entry in entries
    }


def calendars_of(library: Library) -> dict[str, Plain]:
    """Each calendar's content by its name."""
    return {
        name: _flat(_plain(entry))
        for document in library.documents
        for name, entry in document.content.calendars.items()
    }


def policies_of(library: Library) -> dict[str, Plain]:
    """What the files say of calls and of care, each by its key."""
    contents = [document.content for document in library.documents]
    found: dict[str, list[BaseModel | None]] = {
        "calls": [each.calls for each in contents],
        "care": [each.care for each in contents],
    }
    return {key: _policy(entry) for key, entries in found.items() for entry in entries if entry}


def _policy(entry: BaseModel) -> Plain:
    # Of a policy's keys those that are written and hold nothing are `off`.
    return _flat(_plain(entry)) | {key: OFF for key in entry.model_fields_set if getattr(entry, key) is None}


def _plain(value: Any) -> Any:
    """`value` of a file's model as it would be written."""
    if isinstance(value, BaseModel):
        value = value.model_dump(by_alias=True, exclude_unset=True)
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items() if inner is not None}
    if isinstance(value, tuple | list):
        found = [_plain(inner) for inner in value]
        return found[0] if len(found) == 1 and not isinstance(found[0], dict) else found
    if isinstance(value, timedelta):
        return duration_words(value)
    return value if isinstance(value, bool | int | float) else str(value)


def _flat(value: Plain, name: str = "") -> Plain:
    """`{"text": {"any": …}}` as `{"text.any": …}`."""
    found: Plain = {}
    for key, inner in value.items():
        path = f"{name}.{key}" if name else key
        found |= _flat(inner, path) if isinstance(inner, dict) and inner else {path: inner}
    return found


def written(value: Any) -> str:
    """`value` as one line of YAML: `[a, b]`, `{after: 15m}`."""
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key}: {written(inner)}' for key, inner in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(written, value))}]"
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)
