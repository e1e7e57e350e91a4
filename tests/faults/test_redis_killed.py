"""Redis killed, stopped and filled up under a load: what was accepted is there, once, and all goes on by itself."""

import asyncio
import os
import random
import signal
import sys
from pathlib import Path

import pytest
from redis.asyncio import Redis

from router.store.server import EmbeddedServer
from tests.checker import Found
from tests.faults.servers import command, until
from tests.ground import PATIENCE, Ground, ground
from tests.load import routers_config, seed, size
from tests.redis_servers import Node, one_node
from tests.waiting import eventually

RESTARTS, MESSAGES = size("HILO_RESTARTS", 5), size("HILO_RESTART_MESSAGES", 2_500)
ROUTERS, FILLS = 2, size("HILO_FILLS", 3)
# What a source brings again by itself: webhooks that were not answered, a mailbox from where it was read last.
AGAIN_SECONDS = 5.0
# About a second's messages.
UNWRITTEN = 500

pytestmark = [pytest.mark.alone, pytest.mark.timeout(PATIENCE)]


async def test_a_server_that_is_killed_again_and_again_loses_nothing_it_acknowledged(tmp_path: Path) -> None:
    chance = random.Random(seed())
    async with EmbeddedServer(tmp_path / "data") as server, Redis.from_url(server.url) as redis:
        configs = [routers_config(tmp_path, server.url)]
        async with ground(tmp_path, redis, server.url, chance, configs) as field:
            await field.begin(ROUTERS)

            async def strike() -> None:
                before, field.strikes = server.pid, field.strikes + 1
                os.kill(before, (signal.SIGKILL, signal.SIGTERM)[field.strikes % 2])
                await until(lambda: server.pid != before, 30)

            # when it is killed, or told to end, while customers write and agents answer
            traffic = await field.under_fire(MESSAGES, RESTARTS, strike)
            # then all that was accepted is there, once, without anybody's help
            assert await field.judged(traffic) == Found()
        # and it was durable before it was acknowledged
        assert (await command(server.url, "CONFIG", "GET", "appendfsync"))["appendfsync"] == "always"


async def test_what_a_power_cut_takes_from_a_lazy_server_comes_again_from_the_sources(tmp_path: Path) -> None:
    """`everysec`: the file is cut back to what it was shortly before, which is what a power cut may take.

    It is also the control arm of the test before: here something is lost, and it is seen.
    """
    chance, told = random.Random(seed()), []
    with one_node() as node:
        url = f"redis://127.0.0.1:{node.port}/0"
        await asyncio.to_thread(node.ask, "CONFIG", "SET", "appendfsync", "everysec")
        file = await asyncio.to_thread(_file, node)
        configs = [routers_config(tmp_path, url)]
        async with Redis.from_url(url) as redis, ground(tmp_path, redis, url, chance, configs) as field:
            await field.begin(ROUTERS)

            async def strike() -> None:
                began, size = asyncio.get_running_loop().time(), file.stat().st_size
                # So much work that nothing of may have reached the disk.
                field.traffic.limit = field.traffic.number + UNWRITTEN
                await field.traffic.has_reached(field.traffic.limit - UNWRITTEN // 5)
                await asyncio.to_thread(_cut, node, file, size)
                field.strikes += 1
                told.append(await field.traffic.bring_again(began - AGAIN_SECONDS))

            traffic = await field.under_fire(MESSAGES * 2, RESTARTS, strike)
            found = await field.judged(traffic, with_commands=False)
    sys.stdout.write(
        f"brought again, since they were lost: {told}; afterwards {len(found.lost)} lost, {len(found.doubled)} there "
        f"twice (of senders whose first message was cut away), {len(found.out_of_order)} senders out of order\n"
    )
    # then what was lost has come again. Its order is told, not asserted, and so is who became two customers since an
    # answer on its way over the cut named a customer whom nobody knew any more: the audit finds nobody with a message
    # twice.
    assert (found.lost, found.ownerless, found.split) == ([], [], [])
    assert sum(told) > 0


async def test_a_server_that_is_full_loses_nothing_and_goes_on_once_there_is_room(tmp_path: Path) -> None:
    chance = random.Random(seed())
    async with EmbeddedServer(tmp_path / "data") as server, Redis.from_url(server.url) as redis:
        configs = [routers_config(tmp_path, server.url)]
        async with ground(tmp_path, redis, server.url, chance, configs) as field:
            await field.begin(ROUTERS)
            # when it is full, again and again, for as long as customers are refused several times
            traffic = await field.under_fire(MESSAGES, FILLS, lambda: _fill(field, redis))
            # then all that was accepted is there, once, nothing was set aside, and nothing was thrown out
            assert await field.judged(traffic) == Found()
        assert traffic.unanswered > 0
        assert (await redis.info("stats"))["evicted_keys"] == 0
        assert [key async for key in redis.scan_iter("hilo:{p??}:dead")] == []


async def _fill(field: Ground, redis: Redis) -> None:
    """Let the server have no room for a while."""
    field.strikes += 1
    before = field.traffic.unanswered
    used = (await redis.info("memory"))["used_memory"]
    await redis.config_set("maxmemory", max(used // 2, 1))
    field.traffic.limit += MESSAGES // FILLS

    async def refused() -> bool:
        return field.traffic.unanswered > before + 100

    await eventually(refused, "customers are refused", 30)
    await redis.config_set("maxmemory", 0)


def _file(node: Node) -> Path:
    """The append-only file that the server writes now."""
    folder = Path(node.ask("CONFIG", "GET", "dir")["dir"], "appendonlydir")
    [file] = folder.glob("*.incr.aof")
    return file


def _cut(node: Node, file: Path, size: int) -> None:
    """Kill the server, take from its file what lies beyond `size`, and start it again."""
    node.kill()
    os.truncate(file, size)
    node.restart()
    node.ask("CONFIG", "SET", "appendfsync", "everysec")
