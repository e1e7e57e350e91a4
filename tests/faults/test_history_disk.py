"""A disk or a file that fails history: it waits, says so, loses nothing, and goes on by itself."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AbstractContextManager, AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path

import pytest
from aiohttp import ClientSession
from redis.asyncio import Redis

import history.feeder
import history.schema
from history.archive import Archive, Story
from history.feeder import Feeder
from history.schema import FILE
from router.model.ids import ConversationId
from router.store import metrics
from tests.archived import Kept, closed, counted, feeder_of, kept, opened
from tests.core import Core, running_core
from tests.ports import free_ports
from tests.processes import hilo
from tests.up import SHIPPED, Up, shipped_config
from tests.waiting import eventually

# They tell their names, each of which takes more than what is free in a new archive's pages.
SENDERS = [f"chat:{name}{'a' * 20_000}" for name in ("ada", "bob", "eva")]
Fault = Callable[[Path], AbstractContextManager[None]]


@pytest.fixture
async def core(redis_url: str, redis_client: Redis) -> AsyncIterator[Core]:
    async with running_core(redis_url) as running:
        yield running


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history.schema, "BUSY_SECONDS", 0.2)
    monkeypatch.setattr(history.feeder, "AWAY_SECONDS", 0.1)


@contextmanager
def a_full_disk(_: Path) -> Iterator[None]:
    """Let the file not grow: what SQLite says then is what it says of a disk without room."""
    real = history.schema.opened

    def small(folder: Path) -> sqlite3.Connection:
        database = real(folder)
        (pages,) = database.execute("PRAGMA page_count").fetchone()
        database.execute(f"PRAGMA max_page_count = {pages}")
        return database

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("history.archive.opened", small)
        yield


@contextmanager
def a_locked_file(folder: Path) -> Iterator[None]:
    """Another program writes, and does not come to an end."""
    other = sqlite3.connect(folder / FILE, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.close()


@contextmanager
def a_file_that_is_none(folder: Path) -> Iterator[None]:
    """Somebody has put something else in its place."""
    held = {path: path.read_bytes() for path in folder.glob(f"{FILE}*")}
    for path in held:
        path.unlink()
    (folder / FILE).write_bytes(b"no database at all" * 100)
    try:
        yield
    finally:
        for path in folder.glob(f"{FILE}*"):
            path.unlink()
        for path, data in held.items():
            path.write_bytes(data)


FAULTS = {
    a_full_disk: "full",
    a_locked_file: "locked",
    a_file_that_is_none: "from a backup",
}


@asynccontextmanager
async def at_work(core: Core, archive: Archive) -> AsyncIterator[tuple[Feeder, "asyncio.Task[None]"]]:
    feeder = feeder_of(core.connection, archive)
    running = asyncio.create_task(feeder.run())
    try:
        yield feeder, running
    finally:
        feeder.stop()
        await running


@pytest.mark.parametrize(("fault", "words"), [pytest.param(*pair, id=pair[0].__name__) for pair in FAULTS.items()])
async def test_history_waits_through_a_fault_and_goes_on_by_itself(
    core: Core, tmp_path: Path, fault: Fault, words: str
) -> None:
    # given an archive that is there, and conversations that closed
    async with opened(tmp_path) as archive:
        await archive.open()
    stories = await closed(core, *SENDERS)
    async with opened(tmp_path) as archive, opened(tmp_path / "empty") as elsewhere, AsyncExitStack() as faults:
        faults.enter_context(fault(tmp_path))
        async with at_work(core, archive) as (feeder, running):
            # when history meets the fault, then it says so, and waits with all of it still in Redis
            await eventually(lambda: says(feeder, words), words)
            assert "hilo_history_away 1.0" in metrics.exposition().decode()
            assert not running.done()
            assert await kept(core, elsewhere, stories) == Kept(list(stories), [], [])
            # when that is over, then it goes on by itself
            await faults.aclose()
            await eventually(lambda: is_at_rest(feeder, core, archive, stories), "all in history")
            assert "hilo_history_away 0.0" in metrics.exposition().decode()
        assert await archive.counts() == await counted(core)


async def test_a_start_waits_for_no_disk_and_tells_machines_that_watch(tmp_path: Path) -> None:
    # given something that stands where the archive's folder belongs
    up = Up(tmp_path)
    (tmp_path / "data").mkdir(mode=0o700)
    (tmp_path / "data" / "history").write_text("a file", encoding="ascii")
    try:
        # when Hilo starts, then it serves, and says what waits
        await up.start()
        async with ClientSession(up.desk) as client:

            async def told(words: str) -> bool:
                async with client.get("/readyz") as answer:
                    return f"{answer.status} {await answer.text()}".startswith(words)

            await eventually(lambda: told("200 ready; history waits: the archive in "), "what waits")
            # and once it is gone, so is the remark
            (tmp_path / "data" / "history").unlink()
            await eventually(lambda: told("200 ready\n"), "ready", seconds=20)
    finally:
        await up.stop()


async def test_a_file_that_is_no_archive_ends_the_start_and_says_what_to_do(tmp_path: Path) -> None:
    config = shipped_config(tmp_path, dict(zip(SHIPPED, free_ports(len(SHIPPED)), strict=True)))
    (tmp_path / "data" / "history").mkdir(mode=0o700, parents=True)
    (tmp_path / "data" / "history" / FILE).write_bytes(b"no database at all" * 100)
    async with hilo("up", config=config) as process:
        assert await process.wait(60) != 0
        assert f"Put {FILE} back from a backup; or move it away" in process.output()
    # and nothing was done to it
    assert (tmp_path / "data" / "history" / FILE).read_bytes().startswith(b"no database")


async def is_at_rest(feeder: Feeder, core: Core, archive: Archive, stories: Mapping[ConversationId, Story]) -> bool:
    """Whether nothing is wrong and all of it is in history alone."""
    return not feeder.why_waiting and await kept(core, archive, stories) == Kept([], list(stories), [])


async def says(feeder: Feeder, words: str) -> bool:
    return words in feeder.why_waiting
