"""The book: a directory's file in memory, with an index of all by which a customer is found."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from directory.contract import Changed, Entry
from directory.fields import Fields, Odd, checked, entry_of, first, handles_of
from directory.marks import FACTS, KINDS, fact_mark, marks_of
from directory.rows import Row, Rows, read_rows
from directory.settings import FileSettings
from router.model.fact import Fact
from router.model.message import Handle
from rules.problems import Problem, SourceError, did_you_mean, shown_path

NOBODY = ""
"""Where the index leads for what two entries have."""

MOST_TOLD = 20


@dataclass(slots=True)
class Book:
    """The entries by id, and by all of their marks.

    `shared` are the marks of more than one entry, which lead to none of them, and `unread` counts what stands as a
    handle and can be none.
    """

    rows: Rows
    fields: Fields
    region: str
    entries: dict[str, Row] = field(default_factory=dict)
    index: dict[str, str] = field(default_factory=dict)
    unread: int = 0

    @property
    def shared(self) -> int:
        """How many marks lead to nobody, since two have them."""
        return sum(name == NOBODY for name in self.index.values())

    def look_up(self, handles: Iterable[Handle], facts: Sequence[Fact]) -> Entry | None:
        """The entry of the first of these that one entry alone has."""
        for mark in marks_of(handles, facts):
            if name := self.index.get(mark, NOBODY):
                return entry_of(self.rows.record(self.entries[name]), self.fields, self.region)
        return None

    def marks(self, record: Mapping[str, Any], handles: Iterable[Handle | None] | None = None) -> set[str]:
        """All by which the customer of `record` is found; its `handles` are read unless they are given."""
        found = {str(handle) for handle in handles or handles_of(record, self.fields, self.region) if handle}
        for kind in FACTS:
            if value := first(record, self.fields.facts.get(str(kind), ())):
                found.add(fact_mark(kind, value))
        return found

    def put(self, name: str, row: Row, record: Mapping[str, Any]) -> None:
        """Take in the row of the entry `name`."""
        self.entries[name] = row
        handles = list(handles_of(record, self.fields, self.region))
        for mark in self.marks(record, handles):
            self.index[mark] = NOBODY if mark in self.index else name
        self.unread += handles.count(None)


def read_book(settings: FileSettings, region: str = "") -> Book:
    """The book of the file that `settings` name; numbers without a country are of `region`.

    Raises SourceError with its mistakes, each with its line.
    """
    rows = read_rows(settings.path)
    book = Book(rows, settings.columns, region)
    problems = list(_unknown_columns(settings, rows))
    for row in rows.rows:
        if len(problems) >= MOST_TOLD:
            break
        if problem := _taken(book, row, settings):
            problems.append(problem)
    if problems:
        raise SourceError(problems)
    return book


def changed(before: Book | None, after: Book) -> Changed:
    """What is another in `after` than it was in `before`."""
    old = before.entries if before else {}
    names = old.keys() | after.entries.keys()
    ids = frozenset(name for name in names if _values(before, name) != _values(after, name))
    marks: set[str] = set()
    for book in filter(None, (before, after)):
        for name in ids & book.entries.keys():
            marks |= book.marks(book.rows.record(book.entries[name]))
    return Changed(ids, frozenset(marks))


def _values(book: Book | None, name: str) -> Mapping[str, Any] | None:
    row = book.entries.get(name) if book else None
    return book.rows.record(row) if book and row else None


def _taken(book: Book, row: Row, settings: FileSettings) -> Problem | None:
    """What is wrong with `row`; nothing once the book has it."""
    record = book.rows.record(row)
    try:
        name = checked(record, book.fields)
    except Odd as error:
        return _problem(settings, row, str(error), f"it stands in `{error.place}`")
    if earlier := book.entries.get(name):
        return _problem(settings, row, "this id stands twice", f"the first is on line {earlier.line}")
    book.put(name, row, record)
    return None


def _problem(settings: FileSettings, row: Row, message: str, hint: str) -> Problem:
    return Problem(shown_path(settings.path), row.line, 1, message, hint)


def _unknown_columns(settings: FileSettings, rows: Rows) -> Iterable[Problem]:
    """The columns that the configuration names, and the file does not have."""
    columns = rows.columns
    if columns is None:
        return
    file = shown_path(settings.path)
    for thing, place in settings.columns.named():
        if place not in columns:
            message = f"there is no column `{place[:60]}`, which `directory.file.columns` names for `{thing}`"
            yield Problem(file, 1, 1, message, did_you_mean(place, columns))
    known = {place for kind in KINDS for place in getattr(settings.columns, kind)}
    known |= {place for places in settings.columns.facts.values() for place in places}
    if not known & set(columns):
        hint = "name one under `directory.file.columns`: `email: correo`"
        yield Problem(file, 1, 1, "no column has an address by which a customer is found", hint)
