"""What machines that watch are told, and who is not told."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import ClientSession

from router.health import HealthServer
from router.model.units import Endpoint
from router.store.room import Door
from router.store.server_socket import socket_path
from tests.journeys.test_start import config_file
from tests.ports import free_ports
from tests.processes import hilo
from tests.redis_servers import NoServerError, one_node
from tests.room import fill, make_room
from tests.up import running_hilo
from tests.waiting import eventually


async def unready() -> str:
    """Why not."""
    return "Redis does not answer"


@pytest.fixture
async def address() -> AsyncIterator[str]:
    port = free_ports(1)[0]
    server = HealthServer(Endpoint("127.0.0.1", port), unready)
    await server.start()
    yield f"http://127.0.0.1:{port}"
    await server.stop()


async def test_alive_is_not_ready(address: str) -> None:
    async with ClientSession(address) as client:
        async with client.get("/healthz") as answer:
            assert answer.status == 200
        async with client.get("/readyz") as answer:
            assert (answer.status, await answer.text()) == (503, "Redis does not answer\n")


async def test_who_asks_from_elsewhere_is_not_told_why(address: str) -> None:
    headers = {"X-Forwarded-For": "203.0.113.7"}
    async with ClientSession(address, headers=headers) as client, client.get("/readyz") as answer:
        assert (answer.status, await answer.text()) == (503, "not ready\n")


@pytest.mark.parametrize(("headers", "status"), [({}, 200), ({"X-Forwarded-For": "203.0.113.7"}, 403)])
async def test_metrics_are_for_this_machine_alone(address: str, headers: dict[str, str], status: int) -> None:
    async with ClientSession(address, headers=headers) as client, client.get("/metrics") as answer:
        assert answer.status == status
        text = await answer.text()
        assert ("hilo_events_committed_total" in text, "this machine alone" in text) == (status == 200, status == 403)


async def test_a_full_store_is_not_ready_and_says_why(tmp_path: Path) -> None:
    async with running_hilo(tmp_path) as up, ClientSession(up.desk) as client:
        url = f"unix://{socket_path(tmp_path / 'data')}"

        async def told() -> str:
            async with client.get("/readyz") as answer:
                return f"{answer.status} {await answer.text()}"

        async def says(words: str) -> bool:
            return words in await told()

        assert await told() == "200 ready\n"
        await fill(url, 0.92)
        await eventually(lambda: says("503 the store is full (9"), "not ready")
        async with client.get("/metrics") as answer:
            assert "hilo_store_full_ratio 0.9" in await answer.text()
        await make_room(url)
        await eventually(lambda: says("200 ready"), "ready again")


async def test_without_the_replicas_asked_for_it_is_not_ready_and_says_so(tmp_path: Path) -> None:
    # given a server without a replica, and a configuration that asks for one
    try:
        with one_node() as server, one_node() as other:
            desk = free_ports(1)[0]
            url = f"{{url: 'redis://127.0.0.1:{server.port}/0', replicas: 1}}"
            async with hilo("up", config=config_file(tmp_path, desk=desk, redis=url)) as process:
                await process.says("Hilo is up.")
                # then that is told at the start, in the log and to who watches
                assert process.output().count("0 of 1 replicas are there") == len(Door)
                await eventually(lambda: _tells(desk, 503, "0 of 1 replicas are there"), "not ready")
                # when a replica comes, it is ready by itself
                other.ask("REPLICAOF", "127.0.0.1", server.port)
                await eventually(lambda: _tells(desk, 200, "ready"), "ready", 30)
    except NoServerError as error:
        pytest.skip(str(error))


async def _tells(desk: int, status: int, words: str) -> bool:
    async with ClientSession(f"http://127.0.0.1:{desk}") as client, client.get("/readyz") as answer:
        return answer.status == status and words in await answer.text()
