"""Waiting for what must come, with a bound instead of a hope."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")


async def eventually(look: Callable[[], Awaitable[T | None]], what: str = "", seconds: float = 10.0) -> T:
    """The first truthy answer of `look`; AssertionError with the last one if none came in `seconds`."""
    deadline = asyncio.get_running_loop().time() + seconds
    while True:
        found = await look()
        if found:
            return found
        if asyncio.get_running_loop().time() > deadline:
            raise AssertionError(f"not within {seconds} s: {what or look}; last seen: {found!r}")
        await asyncio.sleep(0.02)
