"""What routers tell of their rules is read while they live, by whoever runs the desk."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from redis.asyncio import Redis

from router.rules_watch import teller
from router.rules_watch.teller import RulesTeller
from router.rules_watch.watch import RulesWatch
from router.store import rules_status, wire
from router.store.connection import Connection
from router.store.holder import holder_name
from router.store.rules_status import RulesBoard, RulesStatus
from router.store.server import EmbeddedServer
from rules.problems import Problem
from tests.clock import MONDAY, HeldClock
from tests.core import CARE
from tests.waiting import eventually

GOOD = RulesStatus("abc", 3, MONDAY)
BROKEN = replace(GOOD, refused_at=MONDAY, mistakes=1, problems=(Problem("a.yaml", 2, 3, "no team `ñ`", "a hint"),))


async def test_each_router_is_read_by_its_name(redis_url: str, redis_client: Redis) -> None:
    connection = Connection(redis_url)
    board = RulesBoard(connection)
    assert await board.all() == {}
    await board.tell("one", GOOD)
    await board.tell("two", GOOD)
    await board.tell("two", BROKEN)
    assert await board.all() == {"one": GOOD, "two": BROKEN}
    await board.withdraw("one")
    assert await board.all() == {"two": BROKEN}
    await connection.close()


async def test_what_a_dead_router_told_is_over(
    redis_url: str, redis_client: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = Connection(redis_url)
    board = RulesBoard(connection)
    # given a router of another machine that says nothing any more, and one of this machine whose process is gone
    with monkeypatch.context() as short:
        short.setattr(rules_status, "LIFE", rules_status.LIFE / 1000)
        await board.tell("elsewhere", BROKEN)
    machine, _, started, number = holder_name().split(".")
    await board.tell(f"{machine}.99999999.{started}.{number}", BROKEN)
    await board.tell(holder_name(), GOOD)
    # and what another Hilo wrote
    await redis_client.hset("hilo:{rules}", "newer", b'99999999999999 {"shape": "another"}')
    await redis_client.hset("hilo:{rules}", "strange", b"\xff\x00")
    await asyncio.sleep(0.05)
    # then only the living one is read
    assert list((await board.all()).values()) == [GOOD]
    # and whoever speaks next sweeps
    await board.tell("one", GOOD)
    left = {wire.text(name) for name in await redis_client.hkeys("hilo:{rules}")}
    assert not left & {"elsewhere", "strange"}
    assert 0 < await redis_client.pttl("hilo:{rules}") <= rules_status.LIFE.total_seconds() * 1000
    await connection.close()


async def test_a_change_while_redis_is_away_is_told_once_it_is_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(teller, "AGAIN_SECONDS", 0.05)
    rules = tmp_path / "rules"
    rules.mkdir()
    async with EmbeddedServer(tmp_path / "redis") as server:
        connection = Connection(server.url)
        board, watch = RulesBoard(connection), RulesWatch(rules, [CARE], CARE, HeldClock())
        telling = RulesTeller(board, "one", watch)
        task = asyncio.create_task(telling.run())

        async def told(status: RulesStatus) -> bool:
            return await board.all() == {"one": status}

        await eventually(lambda: told(watch.status), "the first")
        # when the rules are refused while nobody can be told
        await server.stop()
        (rules / "a.yaml").write_text("rules: [x]\n")
        await watch.reload()
        assert watch.status.mistakes
        await server.start()
        await eventually(lambda: told(watch.status), "told late")
        # and when the router stops, nothing is told of it
        telling.stop()
        await asyncio.wait_for(task, 10)
        assert await board.all() == {}
        await connection.close()
