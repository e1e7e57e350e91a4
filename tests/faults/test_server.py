"""The embedded server keeps what it acknowledged through every death, and is alone on its data."""

import asyncio
import os
import signal
from datetime import timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from router.model.errors import StartError
from router.store.folder_lock import FolderInUse
from router.store.server import EmbeddedServer, socket_path
from tests.faults.servers import command, events, kill, orphan, servers_on, settings, until


async def test_serves_on_a_private_socket_until_stopped(tmp_path: Path) -> None:
    # given a server on a fresh folder
    async with EmbeddedServer(tmp_path) as server:
        # then it answers on a socket that only this user reaches, in a session of its own, and on no port
        assert await settings(server, "port", "unixsocketperm") == {"port": "0", "unixsocketperm": "700"}
        assert socket_path(tmp_path).parent.stat().st_mode & 0o777 == 0o700
        assert os.getsid(server.pid) == server.pid
        # and it is durable and evicts nothing
        durable = {"appendonly": "yes", "appendfsync": "always", "save": "", "maxmemory-policy": "noeviction"}
        assert await settings(server, *durable) == durable
    # when it is stopped, then it has ended
    assert servers_on(tmp_path) == []


async def test_data_outlives_a_stop(tmp_path: Path) -> None:
    async with EmbeddedServer(tmp_path) as server:
        await command(server.url, "SET", "story", "begun")
    async with EmbeddedServer(tmp_path) as server:
        assert await command(server.url, "GET", "story") == "begun"


async def test_killed_server_comes_back_with_its_data(tmp_path: Path) -> None:
    async with EmbeddedServer(tmp_path) as server:
        for life in range(3):
            # given an acknowledged write
            await command(server.url, "SET", f"life:{life}", "kept")
            # when the server is killed
            with capture_logs() as logs:
                await kill(server)
            # then another serves with all that was acknowledged, and the log tells
            found = [await command(server.url, "GET", f"life:{past}") for past in range(life + 1)]
            assert found == ["kept"] * (life + 1)
            assert "redis_died" in events(logs)


async def test_stop_while_it_restarts_leaves_no_server(tmp_path: Path) -> None:
    # The stop must not be forgotten just as the end of the server is noticed, some milliseconds after the kill.
    for moment in (*(0.0005 * step for step in range(20)), *(0.004 * step for step in range(20))):
        server = EmbeddedServer(tmp_path)
        await server.start()
        # when the server dies and is stopped at about the same moment
        os.kill(server.pid, signal.SIGKILL)
        await asyncio.sleep(moment)
        async with asyncio.timeout(20):
            await server.stop()
        # then none is left
        assert servers_on(tmp_path) == []


async def test_orphan_is_adopted_and_supervised(tmp_path: Path) -> None:
    # given a server whose parent was killed after a write
    async with orphan(tmp_path) as pid:
        # when the next Hilo starts
        async with EmbeddedServer(tmp_path) as server:
            # then it goes on with the same server, the only one, and its data
            assert (server.pid, servers_on(tmp_path)) == (pid, [pid])
            assert await command(server.url, "GET", "written") == "before the kill"
            # and restarts it like its own when it dies
            await kill(server)
            assert await command(server.url, "GET", "written") == "before the kill"
        assert servers_on(tmp_path) == []


async def test_adopted_server_is_stopped_with_us(tmp_path: Path) -> None:
    async with orphan(tmp_path):
        async with EmbeddedServer(tmp_path):
            pass
        assert servers_on(tmp_path) == []


async def test_of_many_starts_at_once_one_succeeds(tmp_path: Path) -> None:
    # when several start on one folder
    servers = [EmbeddedServer(tmp_path) for _ in range(4)]
    outcomes = await asyncio.gather(*(server.start() for server in servers), return_exceptions=True)
    # then one runs its server, and the others are told by which process the folder is held
    [winner] = [server for server, outcome in zip(servers, outcomes, strict=True) if outcome is None]
    try:
        assert servers_on(tmp_path) == [winner.pid]
        refused = [str(outcome) for outcome in outcomes if isinstance(outcome, FolderInUse)]
        assert len(refused) == 3
        assert all(f"process {os.getpid()}" in text for text in refused)
    finally:
        await winner.stop()


@pytest.mark.parametrize(("name", "value"), [("appendfsync", "everysec"), ("appendonly", "no"), ("save", "60 1")])
async def test_adopted_server_with_other_settings_is_set_right(tmp_path: Path, name: str, value: str) -> None:
    # given an orphan that somebody has set otherwise by hand
    async with orphan(tmp_path):
        await command(f"unix://{socket_path(tmp_path)}", "CONFIG", "SET", name, value)
        # when it is adopted
        with capture_logs() as logs:
            async with EmbeddedServer(tmp_path) as server:
                # then it is set as it must be, the log says so, and what it held is on the disk
                assert (await settings(server, name))[name] == {"appendfsync": "always", "appendonly": "yes"}.get(
                    name, ""
                )
                assert "redis_settings_wrong" in events(logs)
                await kill(server)
                assert await command(server.url, "GET", "written") == "before the kill"


async def test_server_that_does_not_answer_is_named(tmp_path: Path) -> None:
    # given an orphan that stands still
    async with orphan(tmp_path) as pid:
        os.kill(pid, signal.SIGSTOP)
        # then a start ends with its process ID, and no second server runs on its data
        with pytest.raises(StartError, match=f"process {pid}.* does not answer"):
            await EmbeddedServer(tmp_path, patience=timedelta(seconds=0.5)).start()
        assert servers_on(tmp_path) == [pid]


async def test_server_that_keeps_dying_is_tried_again_and_again(tmp_path: Path) -> None:
    async with EmbeddedServer(tmp_path) as server:
        await command(server.url, "SET", "story", "begun")
        # given data that has become unreadable
        base = next((tmp_path / "redis" / "appendonlydir").glob("*.base.rdb"))
        away = base.rename(tmp_path / "away")
        before = server.pid
        # when the server dies, then each failed start is told, with pauses
        with capture_logs() as logs:
            os.kill(before, signal.SIGKILL)
            await until(lambda: events(logs).count("redis_not_restarted") >= 2)
            assert events(logs).count("redis_keeps_dying") >= 1
        # and it serves again when the data can be read again
        away.rename(base)
        await until(lambda: server.pid != before)
        assert await command(server.url, "GET", "story") == "begun"
