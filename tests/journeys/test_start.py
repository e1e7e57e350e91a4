"""Starting Hilo where something is not as it should be: it says what, and what to do, and loses nothing."""

import asyncio
import signal
import socket
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest
from aiohttp import ClientSession

from router.store.server import EmbeddedServer
from tests.processes import hilo


def free_port() -> int:
    """A port that nobody listens on."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def config_file(folder: Path, *, data: str = "data", desk: int | None = None, redis: str = "{}") -> Path:
    """A small configuration: no channel, no sandbox."""
    rules = folder / "rules"
    rules.mkdir(parents=True, exist_ok=True)
    path = folder / "config.yaml"
    path.write_text(
        f"data: {data}\nredis: {redis}\nteams: {{care: {{name: Care}}}}\n"
        f"rules: {{folder: rules, default_team: care}}\ndesk: {{listen: '127.0.0.1:{desk or free_port()}'}}\n",
        encoding="utf-8",
    )
    return path


@pytest.fixture
def taken_port() -> Iterator[int]:
    with closing(socket.socket()) as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield int(other.getsockname()[1])


async def test_a_second_hilo_on_one_data_folder_says_so_and_stops(tmp_path: Path) -> None:
    # given a Hilo at work
    async with hilo("up", config=config_file(tmp_path / "one")) as first:
        await first.says("Hilo is up.")
        # when another is started on its data
        other = config_file(tmp_path / "two", data=str(tmp_path / "one" / "data"))
        async with hilo("up", config=other) as second:
            assert await second.wait() == 1
        # then it names the one that runs, which goes on
        assert str(first.pid) in second.output()
        assert first.is_running


async def test_a_port_in_use_is_named(tmp_path: Path, taken_port: int) -> None:
    async with hilo("up", config=config_file(tmp_path, desk=taken_port)) as process:
        assert await process.wait() == 1
    assert f"127.0.0.1:{taken_port}" in process.output()
    assert "Traceback" not in process.output()


async def test_a_data_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way", encoding="ascii")
    async with hilo("up", config=config_file(tmp_path, data="file/data")) as process:
        assert await process.wait() == 1
    assert "file/data" in process.output()
    assert "Traceback" not in process.output()


async def test_a_redis_out_of_reach_is_waited_for(tmp_path: Path) -> None:
    # given a configuration that names a server which does not run yet
    desk = free_port()
    server = EmbeddedServer(tmp_path / "later")
    config = config_file(tmp_path, desk=desk, redis=f"{{url: '{server.url}'}}")
    async with hilo("up", config=config) as process:
        await process.says("redis_away")
        assert "Hilo is up." not in process.output()
        # when it comes
        async with server:
            # then Hilo carries on by itself
            await process.says("Hilo is up.")
            async with ClientSession() as client, client.get(f"http://127.0.0.1:{desk}/readyz") as answer:
                assert answer.status == 200
            # and so it does when the server goes away and comes back
            await server.stop()
            await _until_ready(desk, 503)
            await server.start()
            await _until_ready(desk, 200)
            await process.end()


async def test_told_to_stop_while_it_waits_for_redis_it_claims_no_work(tmp_path: Path) -> None:
    # given a router whose server does not run, and a service manager that listens
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.setblocking(False)
        config = config_file(tmp_path / "run", redis=f"{{url: '{EmbeddedServer(tmp_path / 'never').url}'}}")
        environment = {"NOTIFY_SOCKET": str(tmp_path / "notify")}
        async with hilo("router", config=config, environment=environment) as process:
            await process.says("redis_away")
            # when it is told to stop
            process.signal(signal.SIGTERM)
            # then it ends well, and has told nobody that it is at work
            assert await process.wait() == 0
        told = _told(manager)
    assert "STATUS=waiting for Redis" in told
    assert "READY=1" not in told
    assert "at work" not in process.output()


def _told(manager: socket.socket) -> list[str]:
    """What the service manager was told, first to last."""
    told = []
    with suppress(BlockingIOError):
        while True:
            told.append(manager.recv(4096).decode())
    return told


async def _until_ready(desk: int, status: int) -> None:
    async with ClientSession() as client:
        for _ in range(400):
            async with client.get(f"http://127.0.0.1:{desk}/readyz") as answer:
                if answer.status == status:
                    return
            await asyncio.sleep(0.05)
    raise AssertionError(f"/readyz did not become {status}")
