"""The rows of a directory's file, CSV or YAML, each with its line; what is no such file is told where it is wrong."""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from rules.problems import Problem, SourceError, shown_path

MOST_BYTES = 200_000_000
DEEPEST = 4
DELIMITERS = ",;\t|"
LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
# A cell may hold a long note of somebody's; one without an end is a quote that was never closed.
csv.field_size_limit(1_000_000)


@dataclass(frozen=True, slots=True)
class Row:
    """One customer's row, at its `line`, counted from 1."""

    line: int
    values: tuple[str, ...] | Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Rows:
    """What a file holds: `columns` are a CSV's, in their order; a YAML has none, and its rows name each value."""

    columns: tuple[str, ...] | None
    rows: list[Row]

    def record(self, row: Row) -> Mapping[str, Any]:
        """The row's values by their names."""
        if isinstance(row.values, Mapping):
            return row.values
        return dict(zip(self.columns or (), row.values, strict=False))


def broken(path: Path, line: int, message: str, hint: str = "", column: int = 1) -> SourceError:
    """The error for one mistake in the file at `path`."""
    return SourceError([Problem(shown_path(path), line, column, message, hint)])


def read_rows(path: Path) -> Rows:
    """What the file at `path` holds. Raises SourceError where it can't be read."""
    text = _text_of(path)
    return _csv(path, text) if path.suffix.lower() == ".csv" else _yaml(path, text)


def _text_of(path: Path) -> str:
    try:
        with path.open("rb") as opened:
            content = opened.read(MOST_BYTES + 1)
    except OSError as error:
        raise broken(path, 1, f"the directory's file can't be read: {error.strerror or error}") from error
    if len(content) > MOST_BYTES:
        raise broken(path, 1, f"the file is larger than {MOST_BYTES:,} bytes", "use `directory.sql` or `http`")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise broken(path, line, "this is not text in UTF-8", "save the file as UTF-8 (Excel: CSV UTF-8)") from error


def _csv(path: Path, text: str) -> Rows:
    head = text[: text.find("\n")] if "\n" in text else text
    delimiter = max(DELIMITERS, key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        columns = tuple(name.strip() for name in next(reader, []))
        _check_columns(path, columns)
        return Rows(columns, list(_csv_rows(path, reader, len(columns))))
    except csv.Error as error:
        raise broken(path, reader.line_num or 1, f"this is no row of a CSV: {error}", "close each quote") from error


def _check_columns(path: Path, columns: tuple[str, ...]) -> None:
    if not any(columns):
        raise broken(path, 1, "the file is empty", "its first line names the columns: `id,email,tier`")
    twice = next((name for number, name in enumerate(columns) if name in columns[:number]), None)
    if twice is not None:
        raise broken(path, 1, f"the column `{twice[:60]}` stands twice", "give each a name of its own")


def _csv_rows(path: Path, reader: Any, width: int) -> Iterator[Row]:
    line = reader.line_num + 1
    for cells in reader:
        if len(cells) > width:
            raise broken(path, line, f"{len(cells)} values, and {width} columns", "quote a value that has commas in it")
        if any(map(str.strip, cells)):
            yield Row(line, tuple(cells))
        line = reader.line_num + 1


def _yaml(path: Path, text: str) -> Rows:
    try:
        rows = _Events(path, text).rows()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        raise broken(path, line, f"this is not YAML: {error.problem}", column=column) from error
    except yaml.YAMLError as error:
        raise broken(path, 1, f"this is not YAML: {error}"[:200]) from error
    return Rows(None, rows)


class _Events:
    """A YAML's events, made into a list of mappings without keeping a tree of all."""

    def __init__(self, path: Path, text: str) -> None:
        self._path = path
        self._events = yaml.parse(text, Loader=LOADER)

    def rows(self) -> list[Row]:
        """The rows: of a list, or of one under `customers:`."""
        event = self._next()
        while isinstance(event, yaml.StreamStartEvent | yaml.DocumentStartEvent):
            event = self._next()
        if isinstance(event, yaml.MappingStartEvent):
            key = self._next()
            if not isinstance(key, yaml.ScalarEvent) or key.value != "customers":
                raise self._wrong(key, "a list of customers is expected here", "`customers:`, and below it `- id: …`")
            event = self._next()
        if isinstance(event, yaml.StreamEndEvent):
            raise self._wrong(event, "the file is empty", "`customers:`, and below it `- id: …`")
        if isinstance(event, yaml.ScalarEvent) and not event.value:
            return []
        if not isinstance(event, yaml.SequenceStartEvent):
            raise self._wrong(event, "a list of customers is expected here", "each begins with `- `")
        return list(self._all())

    def _all(self) -> Iterator[Row]:
        while not isinstance(event := self._next(), yaml.SequenceEndEvent):
            if not isinstance(event, yaml.MappingStartEvent):
                raise self._wrong(event, "keys with their values are expected here", "`- id: …`")
            mark: Any = event.start_mark
            yield Row(mark.line + 1, self._mapping(0))
        if isinstance(rest := self._next(), yaml.ScalarEvent | yaml.DocumentStartEvent):
            raise self._wrong(rest, "there is more behind the list of customers", "take it out")

    def _mapping(self, depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while not isinstance(key := self._next(), yaml.MappingEndEvent):
            if not isinstance(key, yaml.ScalarEvent):
                raise self._wrong(key, "a key is a text", "`email: …`")
            if key.value in found:
                raise self._wrong(key, f"`{key.value[:60]}` stands twice", "remove one of the two")
            found[key.value] = self._value(self._next(), depth + 1)
        return found

    def _value(self, event: Any, depth: int) -> Any:
        if depth > DEEPEST:
            raise self._wrong(event, "this lies too deep", f"at most {DEEPEST} levels")
        if isinstance(event, yaml.ScalarEvent):
            is_nothing = event.implicit[0] and event.value in ("", "~", "null")
            return None if is_nothing else event.value
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(depth)
        if isinstance(event, yaml.SequenceStartEvent):
            items = []
            while not isinstance(item := self._next(), yaml.SequenceEndEvent):
                items.append(self._value(item, depth + 1))
            return items
        raise self._wrong(event, "a value is expected here")

    def _next(self) -> Any:
        event = next(self._events, None)
        if event is None:
            raise broken(self._path, 1, "the file ends too early")
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise self._wrong(event, "anchors and aliases are not read here", "write it out")
        return event

    def _wrong(self, event: Any, message: str, hint: str = "") -> SourceError:
        mark: Any = event.start_mark
        return broken(self._path, mark.line + 1, message, hint, mark.column + 1)
