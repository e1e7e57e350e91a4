"""The rules follow their files, whatever way these are changed; what can't be used changes nothing."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from router.rules_watch import files, watch
from router.rules_watch.files import glance_at, read_rules
from router.rules_watch.watch import RulesWatch
from router.store import metrics, wire
from rules.document import load_rules
from rules.engine import RuleBook
from rules.guard import book
from rules.guard.book import GuardBook
from rules.guard.wordings import shipped
from rules.problems import SourceError
from tests.clock import HeldClock
from tests.core import BILLING, CARE
from tests.waiting import eventually

TEAMS = [CARE, BILLING]
BROKEN = "rules:\n  - {name: a, when: {channel: email}, then: {team: biling}}\n"


def rule(name: str, team: str = "billing") -> str:
    return f"rules:\n  - {{name: {name}, when: {{text: {{any: [{name}]}}}}, then: {{team: {team}}}}}\n"


def write(path: str, text: str) -> None:
    Path(path).write_text(text)


def replace_by(path: Path, text: str) -> None:
    """As editors do: a new file takes the place of the old one."""
    beside = path.with_name(f".{path.name}.new")
    beside.write_text(text)
    beside.rename(path)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "rules"
    made.mkdir()
    (made / "10-a.yaml").write_text(rule("first"))
    return made


@pytest.fixture(autouse=True)
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "LOOK_SECONDS", 0.02)
    monkeypatch.setattr(watch, "SETTLE_SECONDS", 0.01)


class Watched(RulesWatch):
    """A watch with what it said, and short ways to wait for it."""

    def __init__(self, folder: Path) -> None:
        self.said: list[str] = []
        super().__init__(folder, TEAMS, CARE, HeldClock(), self.said.append)

    async def has(self, *rules: str) -> None:
        """Return once these are in force, and no mistake."""
        await self._until(lambda: [each.name for each in self.book.rules] == list(rules) and not self.status.problems)

    async def tells(self, *messages: str) -> None:
        """Return once these mistakes are told."""
        await self._until(lambda: [each.message for each in self.status.problems] == list(messages))

    async def _until(self, holds: Callable[[], bool]) -> None:
        async def look() -> bool:
            return holds()

        await eventually(look, f"{self.book.rules} {self.status}")


@asynccontextmanager
async def watching(folder: Path) -> AsyncIterator[Watched]:
    watched = Watched(folder)
    task = asyncio.create_task(watched.run())
    yield watched
    watched.stop()
    await asyncio.wait_for(task, 5)


async def test_whatever_changes_in_the_folder_is_seen(folder: Path) -> None:
    async with watching(folder) as rules:
        # written in place, replaced twice in a row, another file added, one removed
        (folder / "10-a.yaml").write_text(rule("second"))
        await rules.has("second")
        replace_by(folder / "10-a.yaml", rule("third"))
        replace_by(folder / "10-a.yaml", rule("fourth"))
        await rules.has("fourth")
        (folder / "20-b.yml").write_text(rule("added"))
        await rules.has("fourth", "added")
        (folder / "10-a.yaml").unlink()
        await rules.has("added")
        # the same size at the same instant
        stat = (folder / "20-b.yml").stat()
        (folder / "20-b.yml").write_text(rule("dadde"))
        os.utime(folder / "20-b.yml", ns=(stat.st_mtime_ns, stat.st_mtime_ns))
        await rules.has("dadde")


async def test_a_folder_that_is_a_link_and_one_whose_files_are(tmp_path: Path, folder: Path) -> None:
    # given a link to a folder, as a deployment makes it
    other = tmp_path / "rules-2"
    other.mkdir()
    (other / "10-a.yaml").write_text(rule("other"))
    link = tmp_path / "current"
    link.symlink_to(folder)
    async with watching(link) as rules:
        (tmp_path / "next").symlink_to(other)
        (tmp_path / "next").rename(link)
        await rules.has("other")
    # and a folder of links that lead by way of one more, as Kubernetes mounts a ConfigMap
    mount = tmp_path / "mount"
    mount.mkdir()
    (mount / "..data").symlink_to(folder)
    (mount / "10-a.yaml").symlink_to("..data/10-a.yaml")
    async with watching(mount) as rules:
        (mount / "..data_tmp").symlink_to(other)
        (mount / "..data_tmp").rename(mount / "..data")
        await rules.has("other")


async def test_a_folder_made_anew_is_followed(tmp_path: Path, folder: Path) -> None:
    async with watching(folder) as rules:
        shutil.rmtree(folder)
        await rules.tells("the folder of the rules can't be read: No such file or directory")
        (tmp_path / "rules").mkdir()
        await rules.tells("this folder has no rules any more")
        assert [each.name for each in rules.book.rules] == ["first"]
        (folder / "10-a.yaml").write_text(rule("anew"))
        await rules.has("anew")
        # nobody meant what a full disk leaves
        (folder / "10-a.yaml").write_text("")
        await rules.tells("there is nothing in this file any more")
        # and what is meant can be said
        (folder / "10-a.yaml").write_text("rules: []\n")
        await rules.has()


async def test_the_guards_wordings_are_followed_with_the_rules(folder: Path) -> None:
    # given what comes with Hilo, since the folder has no wordings of its own
    async with watching(folder) as rules:
        worker = Decides()
        rules.supply(worker)
        assert worker.guard.wordings is shipped()
        # when ops allow a team something, then it is in force for whoever decides
        (folder / "guard").mkdir()
        (folder / "guard" / "ours.yaml").write_text("exceptions: [{team: care, kind: deflection}]\n")
        await eventually(lambda: _allows(worker, 1))
        # a mistake is told with the rules' own, and both stay as they were, though a rule is new
        (folder / "guard" / "ours.yaml").write_text("exceptions: [{team: caer, kind: deflection}]\n")
        (folder / "10-a.yaml").write_text(rule("second"))
        await rules.tells("unknown team `caer`")
        assert await _allows(worker, 1)
        assert [each.name for each in worker.rulebook.rules] == ["first"]
        # what a full disk leaves is told
        (folder / "guard" / "ours.yaml").write_text("")
        await rules.tells("there is nothing in this file any more")
        # and with the file, what it allowed is gone
        (folder / "guard" / "ours.yaml").unlink()
        await rules.has("second")
        assert await _allows(worker, 0)
        # rules that are gone are missed, though the wordings are there
        (folder / "guard" / "ours.yaml").write_text("exceptions: []\n")
        (folder / "10-a.yaml").unlink()
        await rules.tells("this folder has no rules any more")


class Decides:
    """Who is given the books."""

    rulebook: RuleBook
    guard: GuardBook


async def _allows(worker: Decides, count: int) -> bool:
    return len(worker.guard.exceptions) == count


async def test_the_playbooks_own_folder_is_followed_too(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # given rules that lie where those that come with Hilo lie, as after `make run` in a clone
    (folder / "guard").mkdir()
    (folder / "guard" / "ours.yaml").write_text("exceptions: []\n")
    for module in (book, files):
        monkeypatch.setattr(module, "SHIPPED", folder / "guard", raising=False)
    async with watching(folder) as rules:
        worker = Decides()
        rules.supply(worker)
        # when ops allow a team something there, then it is in force
        (folder / "guard" / "ours.yaml").write_text("exceptions: [{team: care, kind: deflection}]\n")
        await eventually(lambda: _allows(worker, 1))
        # and a mistake is told
        (folder / "guard" / "ours.yaml").write_text("exceptions: [{team: caer, kind: deflection}]\n")
        await rules.tells("unknown team `caer`")
        assert await _allows(worker, 1)


async def test_the_guards_wordings_are_made_anew_only_if_they_are_others(folder: Path) -> None:
    # given rules with wordings of their own beside them
    (folder / "guard").mkdir()
    (folder / "guard" / "ours.yaml").write_text("exceptions: [{team: care, kind: deflection}]\n")
    first = read_rules(folder, TEAMS, CARE)
    # when a rule changes, then the guard's book is the very same
    (folder / "10-a.yaml").write_text(rule("second"))
    second = read_rules(folder, TEAMS, CARE)
    assert second.book
    assert [each.name for each in second.book.rules] == ["second"]
    assert second.guard is first.guard
    # when the wordings change, or the teams that they may name, then it is not
    (folder / "guard" / "ours.yaml").write_text("exceptions: [{team: care, kind: repeat}]\n")
    third = read_rules(folder, TEAMS, CARE)
    assert third.guard
    assert [each.kind for each in third.guard.exceptions] == ["repeat"]
    assert [each.message for each in read_rules(folder, [BILLING], BILLING).problems] == ["unknown team `care`"]
    # and a mistake is found again each time
    (folder / "guard" / "ours.yaml").write_text("exceptions: [{team: caer, kind: deflection}]\n")
    for _ in range(2):
        assert [each.message for each in read_rules(folder, TEAMS, CARE).problems] == ["unknown team `caer`"]


async def test_what_editors_leave_beside_is_none_of_ours(folder: Path) -> None:
    before = glance_at(folder)
    for name in (".10-a.yaml.swp", "10-a.yaml~", "#10-a.yaml#", ".#10-a.yaml", "4913", "10-a.yaml.bak"):
        (folder / name).write_text(BROKEN)
    assert glance_at(folder) == before
    (folder / "20-b.yaml").symlink_to("nowhere.yaml")
    assert glance_at(folder) != before


async def test_a_mistake_changes_nothing_and_is_told_once(folder: Path) -> None:
    async with watching(folder) as rules:
        version = rules.book.version
        with capture_logs() as logs:
            (folder / "20-b.yaml").write_text(BROKEN)
            await rules.tells("unknown team `biling`")
            await asyncio.sleep(0.2)
        # then the rules of before go on, and it is said where and what
        assert rules.book.version == rules.status.version == version
        [told] = [entry for entry in logs if entry["event"] == "rules_refused"]
        assert told["problems"] == [f"{folder}/20-b.yaml:2:52: unknown team `biling`"]
        assert "did you mean `billing`?" in rules.said[-1]
        assert rules.status.refused_at == HeldClock().now()
        # whoever asks is told again
        rules.ask()
        await eventually(lambda: _said(rules.said, 2))
        # and when it is mended, with nothing new in it, the mistake is gone
        (folder / "20-b.yaml").unlink()
        await rules.has("first")
        assert rules.status.refused_at is None


async def _said(said: Sequence[str], times: int) -> bool:
    return len(said) == times


async def test_asking_reads_the_files_and_says_so(folder: Path) -> None:
    async with watching(folder) as rules:
        book = rules.book
        rules.ask()
        await eventually(lambda: _said(rules.said, 1))
        assert rules.said == ["The rules were read anew and are in force."]
        # a book of the same version stays
        assert rules.book is book


async def test_files_that_change_while_they_are_read_are_read_again(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given a save that happens after the first file was read
    (folder / "20-b.yaml").write_text(rule("old"))
    reads = 0

    def slowly(path: Path, *more: object) -> RuleBook:
        nonlocal reads
        reads += 1
        book = load_rules(path, TEAMS, CARE)
        if reads == 1:
            (folder / "20-b.yaml").write_text(rule("new"))
        return book

    monkeypatch.setattr(files, "load_rules", slowly)
    read = read_rules(folder, TEAMS, CARE)
    # then the book is the one that is on disk
    assert read.book
    assert [each.name for each in read.book.rules] == ["first", "new"]
    assert read.glance == glance_at(folder)


async def test_files_that_never_rest_are_not_taken_and_looked_at_again(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given somebody who writes whenever the files are read, as often as they are read at one go
    times = iter(range(files.ATTEMPTS))

    def reads_and_somebody_writes(path: Path, *_more: object) -> RuleBook:
        book = load_rules(path, TEAMS, CARE)
        if (number := next(times, None)) is not None:
            (folder / "10-a.yaml").write_text(rule(f"save-{number}"))
        return book

    async with watching(folder) as rules:
        monkeypatch.setattr(files, "load_rules", reads_and_somebody_writes)
        (folder / "10-a.yaml").write_text(rule("second"))
        # then what is on disk at last is in force
        await rules.has(f"save-{files.ATTEMPTS - 1}")


async def test_a_name_that_is_no_text_is_told_all_the_same(folder: Path) -> None:
    async with watching(folder) as rules:
        strange = os.fsdecode(os.fsencode(folder) + b"/50-facturaci\xf3n.yaml")
        write(strange, rule("strange"))
        await rules.has("first", "strange")
        write(strange, BROKEN)
        await rules.tells("unknown team `biling`")
        assert wire.encode(rules.status)


async def test_a_fault_of_ours_is_a_refusal_too(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with watching(folder) as rules:

        def fails(*_: object) -> RuleBook:
            raise RecursionError

        with monkeypatch.context() as faulty:
            faulty.setattr(files, "load_rules", fails)
            (folder / "10-a.yaml").write_text(rule("second"))
            await rules.tells("these files can't be read, by a fault of Hilo's own (RecursionError)")
        rules.ask()
        await rules.has("second")


async def test_what_is_measured(folder: Path) -> None:
    async with watching(folder) as rules:
        first = rules.book.version
        assert f'hilo_rules_info{{version="{first}"}} 1.0' in told_metrics()
        before = {result: _count(result) for result in ("ok", "refused")}
        (folder / "10-a.yaml").write_text(BROKEN)
        await rules.tells("unknown team `biling`")
        assert "hilo_rules_last_reload_success 0.0" in told_metrics()
        (folder / "10-a.yaml").write_text(rule("second") + rule("third").removeprefix("rules:\n"))
        await rules.has("second", "third")
        told = told_metrics()
        assert "hilo_rules_last_reload_success 1.0" in told
        assert "hilo_rules_count 2.0" in told
        taken = metrics.RULES_REGISTRY.get_sample_value("hilo_rules_last_success_timestamp_seconds")
        assert taken == HeldClock().now().timestamp()
        # an old version is no longer told
        assert f'hilo_rules_info{{version="{rules.book.version}"}} 1.0' in told
        assert first not in "\n".join(told)
        assert {result: _count(result) - before[result] for result in before} == {"ok": 1, "refused": 1}


def told_metrics() -> list[str]:
    return metrics.exposition().decode().splitlines()


def _count(result: str) -> float:
    return metrics.RULES_REGISTRY.get_sample_value("hilo_rules_reloads_total", {"result": result}) or 0.0


def test_at_the_start_there_are_no_rules_of_before(folder: Path) -> None:
    (folder / "10-a.yaml").write_text(BROKEN)
    with pytest.raises(SourceError, match="unknown team `biling`"):
        Watched(folder)
