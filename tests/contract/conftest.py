"""The sandbox's X, and tweepy led to it, for those who try it; who needs another sandbox has one of its own."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

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
