"""A directory in a file: what a company's export may look like, changed while it is read, broken, gone, and large."""

import asyncio
import csv
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from directory.book import read_book
from directory.contract import Entry
from directory.file import FileDirectory
from directory.settings import FileSettings
from router.model.errors import TemporaryError
from router.model.message import Handle
from rules.problems import SourceError
from tests.waiting import eventually

ANA = Handle("email", "ana@example.org")
ROWS = 100_000


def settings(path: Path, **columns: object) -> FileSettings:
    return FileSettings.model_validate({"path": path, "columns": columns})


@asynccontextmanager
async def watched(path: Path, **columns: object) -> AsyncIterator[FileDirectory]:
    """The file's directory, looked after as the router does."""
    directory = FileDirectory(settings(path, **columns))
    await directory.open()

    async def watch() -> None:
        while True:
            await directory.changed()

    task = asyncio.create_task(watch())
    try:
        yield directory
    finally:
        task.cancel()
        await directory.close()


async def is_refused(directory: FileDirectory) -> None:
    async def look() -> bool:
        return bool(directory.why_away())

    await eventually(look, "the broken file, refused")


async def is_of_tier(directory: FileDirectory, tier: str) -> None:
    async def look() -> bool:
        entry = await known(directory)
        return entry is not None and entry.profile.tier == tier

    await eventually(look, f"the tier {tier}")


async def known(directory: FileDirectory) -> Entry | None:
    try:
        return await directory.look_up([ANA], ())
    except TemporaryError:
        return None


@pytest.mark.parametrize("text", ["id,email,tier\nC-1,", "", "id,email\nC-1,ana@example.org,more\n", None])
async def test_a_broken_file_changes_nothing_until_it_is_mended(tmp_path: Path, text: str | None) -> None:
    # given a file in force
    path = tmp_path / "people.csv"
    path.write_text("id,email,tier\nC-1,ana@example.org,gold\n", encoding="utf-8")
    async with watched(path) as directory:
        # when it is broken, or gone
        if text is None:
            path.unlink()
        else:
            path.write_text(text and text + '"', encoding="utf-8")
        await is_refused(directory)
        # then it is told by file and line, and what it said goes on
        assert "people.csv:" in directory.why_away()
        entry = await known(directory)
        assert entry is not None
        assert entry.profile.tier == "gold"
        # and the mended one is in force by itself, also where it takes the place of the other
        other = tmp_path / "export.tmp"
        other.write_text("id,email,tier\nC-1,ana@example.org,basic\n", encoding="utf-8")
        other.replace(path)
        await is_of_tier(directory, "basic")
        assert directory.why_away() == ""


async def test_a_file_that_is_broken_at_the_start_keeps_nobody_waiting(tmp_path: Path) -> None:
    path = tmp_path / "people.yaml"
    path.write_text("- id: [", encoding="utf-8")
    async with watched(path) as directory:
        with pytest.raises(TemporaryError, match=r"people\.yaml:\d"):
            await directory.look_up([ANA], ())
        path.write_text("- {id: C-1, email: [ana@example.org, a@example.org], tier: gold}", encoding="utf-8")
        await is_of_tier(directory, "gold")


BROKEN = {
    "no id": ("id,email\n,ana@example.org\n", 2, "no id"),
    "the same id": ("id,email\nC-1,a@b.co\n\nC-1,c@d.co\n", 4, "stands twice"),
    "too many values": ("id,email\nC-1,a@b.co,x\n", 2, "3 values, and 2 columns"),
    "a column twice": ("id,email,email\n", 1, "stands twice"),
    "no address": ("id,tier\nC-1,gold\n", 1, "by which a customer is found"),
    "an open quote": ('id,email\nC-1,"a@b.co\nC-2,c@d.co\n', 3, "no row of a CSV"),
    "expertise": ("id,email,expertise\nC-1,a@b.co,guru\n", 2, "basic, intermediate or advanced"),
    "followers": ("id,email,followers\nC-1,a@b.co,many\n", 2, "a whole number"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_each_mistake_has_its_line(tmp_path: Path, name: str) -> None:
    text, line, message = BROKEN[name]
    path = tmp_path / "people.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SourceError) as refused:
        read_book(settings(path))
    (problem,) = refused.value.problems
    assert (problem.line, problem.file.endswith("people.csv")) == (line, True)
    assert message in problem.message
    # and no customer's data stands in what the log will hold
    assert "a@b.co" not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("customers:\n  - id: C-1\n    email: &a a@b.co\n  - {id: C-2, email: *a}\n", 3, "anchors and aliases"),
        ("customers:\n  - id: C-1\n    id: C-2\n", 3, "stands twice"),
        ("people: []\n", 1, "a list of customers"),
        ("- C-1\n", 1, "keys with their values"),
        ("- id: C-1\n  email: {a: {b: {c: {d: {e: x}}}}}\n", 2, "too deep"),
        ("- id: C-1\n- id: C-1\n", 2, "stands twice"),
    ],
)
def test_each_mistake_of_a_yaml_has_its_line(tmp_path: Path, text: str, line: int, message: str) -> None:
    path = tmp_path / "people.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SourceError) as refused:
        read_book(settings(path))
    assert refused.value.problems[0].line == line
    assert message in refused.value.problems[0].message


def test_what_is_no_text_is_told_where_it_begins(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes("id,email,name\nC-1,a@b.co,Ana\nC-2,c@d.co,Pérez\n".encode("latin-1"))
    with pytest.raises(SourceError) as refused:
        read_book(settings(path))
    assert refused.value.problems[0].line == 3


def test_a_column_that_is_not_there_is_told_with_the_one_that_was_meant(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("id,email,segmento\nC-1,a@b.co,gold\n", encoding="utf-8")
    with pytest.raises(SourceError) as refused:
        read_book(settings(path, tier="segmeto"))
    assert "did you mean `segmento`?" in refused.value.problems[0].hint


def test_handles_that_can_be_none_are_left_out_and_counted(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("id,email,phone\nC-1,ana@example.org; -,6123-4567\n", encoding="utf-8")
    # given a phone without its country, where none is set
    book = read_book(settings(path))
    assert (list(book.index), book.unread) == (["email:ana@example.org"], 2)


def test_nested_data_is_named_by_its_path(tmp_path: Path) -> None:
    path = tmp_path / "people.yaml"
    path.write_text(
        "- {id: 7, contact: {mails: [ana@example.org]}, plan: {name: Fibra}, vip: true}\n", encoding="utf-8"
    )
    named = {"email": "contact.mails", "attributes": {"plan": "plan.name", "vip": "vip"}}
    entry = read_book(settings(path, **named)).look_up([ANA], ())
    assert entry is not None
    assert (entry.id, entry.profile.attributes) == ("7", {"plan": "Fibra", "vip": "true"})


async def test_a_hundred_thousand_customers_are_read_beside_the_work(tmp_path: Path) -> None:
    # given a large file
    path = tmp_path / "people.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(large())
    directory = FileDirectory(settings(path), "PA")
    # when it is read, then the loop goes on turning all the while
    reading = asyncio.create_task(directory.open())
    turns = 0
    while not reading.done():
        await asyncio.sleep(0.01)
        turns += 1
    assert turns > 10
    # and everybody is known
    for number in (0, 4_711, ROWS - 1):
        entry = await directory.look_up([Handle("phone", f"+507{60_000_000 + number}")], ())
        assert entry is not None
        assert entry.id == f"C-{number}"
    await directory.close()


def large() -> Iterator[tuple[str, ...]]:
    yield ("id", "email", "phone", "name", "tier", "account")
    for number in range(ROWS):
        yield (f"C-{number}", f"c{number}@example.org", str(60_000_000 + number), f"N {number}", "gold", str(number))
