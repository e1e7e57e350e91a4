"""`hilo dead` and `hilo audit` as ops use them: what they print, and how they end."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from redis.asyncio import Redis

from router.cli import main
from router.settings import load_settings
from router.store import keys
from router.store.dead_letters import DeadLetters
from tests.archived import closed, feeder_of, opened
from tests.core import CARE, running_core, written
from tests.faults.test_poison import PARTITION, Landmine, Stage
from tests.processes import router_config
from tests.waiting import eventually

Hilo = Callable[..., Coroutine[Any, Any, Result]]


@pytest.fixture
def hilo(tmp_path: Path, redis_url: str) -> Hilo:
    config = router_config(tmp_path, redis_url)

    async def run(*words: str, say: str = "") -> Result:
        arguments = [*words, "--config", str(config)]
        return await asyncio.to_thread(CliRunner().invoke, main, arguments, input=say)

    return run


@pytest.fixture
async def stage(redis_url: str, redis_client: Redis) -> AsyncIterator[Stage]:
    async with aclosing(Stage(redis_url)) as opened:
        await opened.settle(["ada"])
        yield opened


async def dead_letters(stage: Stage, count: int) -> list[str]:
    """The ids of so many dead messages."""
    letters = DeadLetters(stage.connection, 16)
    async with running_core(stage.connection.url, rulebook=Landmine(CARE)) as core:
        for number in range(count):
            await core.accept(written(f"boom, soy Ada, {number}"))

        async def all_dead() -> bool:
            return await letters.count() == count

        await eventually(all_dead, "dead letters")
    return [letter.id for letter in await letters.list()]


async def test_a_letter_is_found_read_and_replayed(stage: Stage, hilo: Hilo) -> None:
    # given a message that met a fault
    [name] = await dead_letters(stage, 1)
    # when ops list it, then they see what it is, and nothing of what Ada wrote
    listed = await hilo("dead", "list")
    assert listed.exit_code == 0
    assert all(words in listed.output for words in (name, "message", "webchat", "ZeroDivisionError"))
    assert "soy Ada" not in listed.output + (await hilo("dead", "list", "--json")).output
    # when they show it, then they see all
    assert "soy Ada" in (await hilo("dead", "show", name)).output
    shown = json.loads((await hilo("dead", "show", name, "--json")).output)
    assert shown["content"]["body"]["message"]["text"] == "boom, soy Ada, 0"
    # when they replay it, then it is on its way, and a second time it is not there any more
    assert "1 replayed" in (await hilo("dead", "replay", name)).output
    again = await hilo("dead", "replay", name)
    assert (again.exit_code, "replayed or dropped already" in again.output) == (1, True)
    assert len(await stage.entries(keys.INBOUND)) == 1


async def test_many_are_replayed_or_dropped_at_once(stage: Stage, hilo: Hilo) -> None:
    names = await dead_letters(stage, 3)
    # when several are to be dropped, then it is asked first
    assert (await hilo("dead", "drop", *names[:2], say="n\n")).exit_code == 1
    assert (await hilo("dead", "list")).output.count("d-07-") == 3
    assert "2 dropped" in (await hilo("dead", "drop", *names[:2], "--yes")).output
    # when the rest is replayed, then none is left
    assert json.loads((await hilo("dead", "replay", "--all", "--json")).output) == {
        "replayed": names[2:],
        "failed": {},
    }
    assert "No dead letters." in (await hilo("dead", "list")).output


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("dead", "show", "d-07-1-0"), 1),
        (("dead", "replay"), 2),
        (("dead", "replay", "d-07-1-0", "--all"), 2),
        (("dead", "drop"), 2),
        (("dead", "drop", "nonsense"), 1),
        (("dead", "list", "--limit", "0"), 2),
    ],
)
async def test_what_is_not_there_or_makes_no_sense_ends_so(
    stage: Stage, hilo: Hilo, words: tuple[str, ...], code: int
) -> None:
    assert (await hilo(*words)).exit_code == code


async def test_the_audit_ends_as_it_found(stage: Stage, hilo: Hilo) -> None:
    # given an empty store
    assert "No customer has written yet." in (await hilo("audit")).output
    # and one message, then all is well
    async with running_core(stage.connection.url) as core:
        conversation = await core.says("Hola")
    healthy = await hilo("audit")
    assert (healthy.exit_code, "all is there, once, and agrees" in healthy.output) == (0, True)
    report = json.loads((await hilo("audit", "--json")).output)
    assert (report["ok"], report["channels"][0]["accepted"], report["wrong"]) == (True, 1, [])
    # when queue entries are broken, then it says no, and tells the first twenty
    queue = keys.key(PARTITION, keys.queue(CARE))
    await stage.redis.zadd(queue, {f"c-07-n{number}": 1 for number in range(25)})
    broken = await hilo("audit")
    assert broken.exit_code == 1
    assert all(words in broken.output for words in ("queue: 25", "… and 5 more", "docs/operations.md"))
    [wrong] = json.loads((await hilo("audit", "--json")).output)["wrong"]
    assert (wrong["kind"], wrong["count"], len(wrong["first"])) == ("queue", 25, 20)
    assert conversation.id not in broken.output


async def test_the_audit_says_where_it_could_not_look(stage: Stage, hilo: Hilo, tmp_path: Path) -> None:
    # given a conversation that history has taken, into an archive on another machine
    async with running_core(stage.connection.url) as core, opened(tmp_path / "elsewhere") as archive:
        await closed(core, "chat:ada")
        await feeder_of(stage.connection, archive).feed()
    # when it is audited here, then it says that it took Redis' word for it
    told = await hilo("audit")
    assert (told.exit_code, "No archive lies in this machine's data folder" in told.output) == (0, True)
    assert json.loads((await hilo("audit", "--json")).output)["archive_read"] is False
    # and where the archive lies, it looks into it
    data = load_settings(tmp_path / "config.yaml", with_secrets=False).data
    data.mkdir()
    (tmp_path / "elsewhere").rename(data / "history")
    told = await hilo("audit")
    assert (told.exit_code, "No archive" in told.output) == (0, False)
    assert json.loads((await hilo("audit", "--json")).output)["archive_read"] is True
