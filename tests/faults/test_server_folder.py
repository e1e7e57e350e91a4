"""The embedded server and the folder of its data: who may have it, who may read it, and what is said when not."""

import os
import shutil
import sys
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from structlog.testing import capture_logs

from router.model.errors import StartError
from router.store.folder_lock import FolderInUse, FolderLock
from router.store.server import EmbeddedServer, socket_path
from router.store.server_binary import OVERRIDE
from router.store.server_log import LARGEST, ServerLog
from tests.faults.servers import command, events, running, until

REDIS_7 = "/usr/bin/redis-server"
needs_redis_7 = pytest.mark.skipif(not Path(REDIS_7).exists(), reason="needs the system's redis-server")

HOLD = """
import pathlib, sys, time
from router.store.folder_lock import FolderLock
with FolderLock(pathlib.Path(sys.argv[1])):
    print("ready", flush=True)
    time.sleep(60)
"""


async def test_second_hilo_on_a_folder_is_refused(tmp_path: Path) -> None:
    # given a Hilo that holds the folder
    async with running(HOLD, tmp_path) as process:
        # then another is told who holds it
        with pytest.raises(FolderInUse, match=f"process {process.pid}.*{tmp_path}"):
            FolderLock(tmp_path).acquire()
        # and has the folder once the first was killed
        process.kill()
        await process.wait()
        with FolderLock(tmp_path):
            pass


async def test_folder_lock_is_not_inherited(tmp_path: Path) -> None:
    # given a server started by a Hilo that held the folder and has let it go
    lock = FolderLock(tmp_path)
    lock.acquire()
    async with EmbeddedServer(tmp_path):
        lock.release()
        # then the folder is free although the server runs
        with FolderLock(tmp_path):
            pass


async def test_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    blocked = tmp_path / "file" / "data"
    blocked.parent.write_text("not a folder")
    with pytest.raises(StartError, match=f"{blocked}.* cannot be used: Not a directory.*`data`"):
        await EmbeddedServer(blocked).start()
    with pytest.raises(StartError, match=f"{blocked} cannot be used"):
        FolderLock(blocked).acquire()


async def test_folder_too_deep_for_a_socket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # given a data folder with a path longer than a socket's may be, with blanks and accents in it
    deep = tmp_path / ("año nuevo " * 12) / "100%"
    async with EmbeddedServer(deep) as server:
        await command(server.url, "SET", "deep", "yes")
        private = socket_path(deep).parent
        # then the socket is in a short and private folder
        assert len(os.fsencode(socket_path(deep))) <= 107
        assert private.stat().st_mode & 0o777 == 0o700
        # and a process with another idea of temporary folders finds it all the same
        monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
        assert unquote(urlsplit(server.url).path) == str(socket_path(deep))
        assert await command(server.url, "GET", "deep") == "yes"
    shutil.rmtree(private)


@needs_redis_7
async def test_redis_7_serves_a_fresh_folder_and_valkey_takes_it_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given a folder that the system's Redis 7.0 wrote
    monkeypatch.setenv(OVERRIDE, REDIS_7)
    for _ in range(2):
        async with EmbeddedServer(tmp_path) as server:
            await command(server.url, "SET", "by", "redis")
    # then the packaged Valkey reads it
    monkeypatch.delenv(OVERRIDE)
    async with EmbeddedServer(tmp_path) as server:
        assert await command(server.url, "GET", "by") == "redis"
    # and Redis no longer may
    monkeypatch.setenv(OVERRIDE, REDIS_7)
    with pytest.raises(StartError, match=r"was written by Valkey [\d.]+, which Redis 7[\d.]+ .* cannot read"):
        await EmbeddedServer(tmp_path).start()


async def test_missing_binary_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for wrong in ("/nowhere/redis-server", sys.executable):
        monkeypatch.setenv(OVERRIDE, wrong)
        with pytest.raises(StartError, match=f"{OVERRIDE} names {wrong}"):
            await EmbeddedServer(tmp_path).start()


async def test_torn_tail_loads_and_is_noted(tmp_path: Path) -> None:
    # given an append-only file whose last command was half written
    async with EmbeddedServer(tmp_path) as server:
        await command(server.url, "SET", "whole", "kept")
        await command(server.url, "SET", "torn", "half")
    appended = next((tmp_path / "redis" / "appendonlydir").glob("*.incr.aof"))
    os.truncate(appended, appended.stat().st_size - 3)
    # when the server starts, then all before it is there, and the log says what was dropped
    with capture_logs() as logs:
        async with EmbeddedServer(tmp_path) as server:
            assert (await command(server.url, "GET", "whole"), await command(server.url, "GET", "torn")) == (
                "kept",
                None,
            )
    assert events(logs).count("redis_torn_tail") == 1


async def test_log_is_kept_short_while_the_server_runs(tmp_path: Path) -> None:
    async with EmbeddedServer(tmp_path) as server:
        # given a log that has grown large
        log = ServerLog(tmp_path / "redis" / "redis.log")
        with log.path.open("ab") as file:
            file.write(b"1:M 01 Jan 2026 10:00:00.000 * chatter\n" * (LARGEST // 30))
        # when it is rotated, then the server writes to the new one, and the old one is kept
        log.rotate()
        await command(server.url, "BGREWRITEAOF")
        await until(lambda: 0 < log.size() < LARGEST)
        assert log.path.with_name("redis.log.1").stat().st_size > LARGEST


async def test_data_that_cannot_be_read_stops_the_start_in_the_servers_words(tmp_path: Path) -> None:
    # given data that is damaged at its beginning
    async with EmbeddedServer(tmp_path) as server:
        await command(server.url, "SET", "story", "begun")
    base = next((tmp_path / "redis" / "appendonlydir").glob("*.base.rdb"))
    intact = base.read_bytes()
    base.write_bytes(b"nonsense" + intact[8:])
    # then the error holds what the server said
    with pytest.raises(StartError, match=r"did not start on .*\n[\s\S]*aof"):
        await EmbeddedServer(tmp_path).start()
    # and nothing was spoilt by trying
    base.write_bytes(intact)
    async with EmbeddedServer(tmp_path) as server:
        assert await command(server.url, "GET", "story") == "begun"
