"""FastStream on a Redis stream with a group: one message a call, or batches of 100."""

from collections.abc import Callable
from typing import Any

import redis.asyncio as redis
import uvloop
from faststream import FastStream
from faststream.redis import RedisBroker, StreamSub

STREAM, GROUP = "bench", "workers"


async def fill(url: str, payloads: list[dict[str, Any]]) -> None:
    """Publish all and make the group."""
    broker = RedisBroker(url, logger=None)
    await broker.connect()
    for payload in payloads:
        await broker.publish(payload, stream=STREAM)
    await broker.stop()
    client: redis.Redis = redis.from_url(url)
    await client.xgroup_create(STREAM, GROUP, "0")
    await client.aclose()


def work(url: str, handled: Callable[[int], None], variant: str) -> None:
    """Handle messages: 100 a call if `variant` is `batch`, else one."""
    broker = RedisBroker(url, logger=None)
    wanted = {"group": GROUP, "consumer": "one", "max_records": 100, "polling_interval": 100, "last_id": ">"}

    async def one(_message: dict[str, Any]) -> None:
        handled(1)

    async def many(messages: list[dict[str, Any]]) -> None:
        handled(len(messages))

    if variant == "batch":
        broker.subscriber(stream=StreamSub(STREAM, batch=True, **wanted))(many)
    else:
        broker.subscriber(stream=StreamSub(STREAM, **wanted))(one)
    uvloop.run(FastStream(broker).run())
