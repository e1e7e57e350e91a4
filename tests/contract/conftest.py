"""The sandbox's X with tweepy led to it, and its Asterisk; who needs another sandbox has one of its own."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from redis.asyncio import Redis

from tests.asterisk import Line, Pbx, hilo, pbx
from tests.sandbox_here import SandboxHere
from tests.sandbox_process import SandboxProcess
from tests.x_client import XClient


@pytest.fixture
async def sandbox() -> AsyncIterator[SandboxProcess]:
    async with SandboxHere() as sandbox:
        yield sandbox


@pytest.fixture
async def x(sandbox: SandboxProcess) -> AsyncIterator[Any]:
    async with XClient(sandbox.x_url) as client:
        yield client.tweepy


@pytest.fixture
async def asterisk() -> AsyncIterator[Pbx]:
    async with pbx() as made:
        yield made


@pytest.fixture
async def line(asterisk: Pbx, redis_client: Redis, redis_url: str) -> AsyncIterator[Line]:
    async with hilo(asterisk, redis_url) as made:
        await made.ready()
        yield made
