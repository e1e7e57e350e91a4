"""A server that goes back: a partition as it was before, with no line broken.

So it is after a replica that lagged was promoted, and after a power cut where the disk did not hold everything yet.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from redis.asyncio import Redis

from router.store import keys


async def remembered(redis: Redis, partition: int) -> Callable[[], Awaitable[None]]:
    """What lets the partition be again as it is now; its lease stays as it is then."""
    before = {name: await redis.dump(name) or b"" for name in await _names(redis, partition)}

    async def go_back() -> None:
        since = await _names(redis, partition)
        async with redis.pipeline(transaction=True) as pipe:
            if since:
                pipe.delete(*since)
            for name, value in before.items():
                pipe.restore(name, 0, value)
            await pipe.execute()

    return go_back


async def clock_ahead(redis: Redis, stream: str, milliseconds: int = 3_600_000) -> None:
    """Let the server's next entry in `stream` have an id that a clock gives which is ahead by so much."""
    seconds, _ = await redis.time()
    # It is missing in the client's commands.
    ask: Any = redis.execute_command
    await ask("XSETID", stream, f"{int(seconds) * 1000 + milliseconds}-0")


async def _names(redis: Redis, partition: int) -> list[bytes]:
    lease = keys.key(partition, keys.LEASE).encode()
    return [name async for name in redis.scan_iter(f"{keys.prefix(partition)}*") if name != lease]
