"""What many tests share: one real Redis for the whole session, empty at the start of each test that asks for it."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator

import pytest
from redis.asyncio import Redis

from router.store.server import EmbeddedServer
from tests.redis_servers import client_of
from tests.redis_servers import server as started

pytest_plugins = ["tests.browser"]


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The session's Redis as shipped, on a unix socket.

    HILO_TEST_REDIS=redis or cluster starts others; HILO_TEST_REDIS_URL names one that runs, which is emptied.
    """
    if given := os.environ.get("HILO_TEST_REDIS_URL"):
        yield given
        return
    if (kind := os.environ.get("HILO_TEST_REDIS", "embedded")) != "embedded":
        with started(kind) as url:
            yield url
        return
    server = EmbeddedServer(tmp_path_factory.mktemp("redis"))
    # A loop of its own, since each test has its own; it stands still between start and stop, so nothing is supervised.
    with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
        runner.run(server.start())
        try:
            yield server.url
        finally:
            runner.run(server.stop())


@pytest.fixture
async def redis_client(redis_url: str) -> AsyncIterator[Redis]:
    """A client on the session's Redis, which holds nothing yet."""
    client = client_of(redis_url)
    await client.flushall()
    yield client
    await client.aclose()
