"""What machines that watch are told, and who is not told."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientSession

from router.health import HealthServer
from router.model.units import Endpoint
from tests.ports import free_ports


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


@pytest.mark.parametrize(("headers", "status"), [({}, 200), ({"X-Forwarded-For": "203.0.113.7"}, 404)])
async def test_metrics_are_for_this_machine_alone(address: str, headers: dict[str, str], status: int) -> None:
    async with ClientSession(address, headers=headers) as client, client.get("/metrics") as answer:
        assert answer.status == status
        assert ("hilo_events_committed_total" in await answer.text()) == (status == 200)
