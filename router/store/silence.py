"""Which of the store's servers does not answer, for who watches Hilo."""

import asyncio

from redis.exceptions import RedisError

from router.store.connection import Connection

PATIENCE_SECONDS = 3.0


async def why_silent(connection: Connection) -> str:
    """Who of the servers that take writes does not answer, in words; nothing where all do.

    One after another, since the cluster's client closes all its connections where one of them fails.
    """
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            primaries = await connection.primaries()
    except (RedisError, OSError):
        return "Redis does not answer"
    for where, ask in primaries.items():
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await ask("PING")
        except (RedisError, OSError):
            # A single server goes without its address, which is a path on this machine or somebody's secret.
            return f"Redis does not answer at {where}" if connection.is_cluster else "Redis does not answer"
    return ""
