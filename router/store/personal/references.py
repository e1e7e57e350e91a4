"""Which kept files are named by what Redis holds: a file that two customers sent is kept once."""

import re
from collections.abc import AsyncIterator, Collection
from typing import Any

from router.store import wire
from router.store.connection import Connection, xrange
from router.store.personal.held import FILE, PAGE
from router.store.personal.keyspace import chunks

NAMING = re.compile(r"hilo:\{p[0-9]{2}\}:(?:(tl|conv|out):.+|(in|dead|arch))", re.DOTALL)
AT_ONCE = 200


async def named(connection: Connection, digests: Collection[str]) -> set[str]:
    """Which of the files with these digests anything in Redis names now."""
    wanted = {digest.encode() for digest in digests}
    found: set[bytes] = set()
    if wanted:
        async for data in _all(connection.commands):
            found.update(wanted.intersection(FILE.findall(data)))
    return {digest.decode() for digest in found}


async def _all(redis: Any) -> AsyncIterator[bytes]:
    names: dict[str, list[str]] = {"tl": [], "conv": [], "stream": []}
    async for raw in redis.scan_iter(match="hilo:{p??}:*", count=1000):
        name = wire.text(raw)
        if known := NAMING.fullmatch(name):
            names[known[1] if known[1] in ("tl", "conv") else "stream"].append(name)
    for family in ("tl", "conv"):
        for chunk in chunks(names[family], AT_ONCE):
            async with redis.pipeline(transaction=False) as pipe:
                for name in chunk:
                    pipe.lrange(name, 0, -1) if family == "tl" else pipe.hget(name, "d")
                answers = await pipe.execute()
            for answer in answers:
                for data in answer if isinstance(answer, list) else [answer or b""]:
                    yield data
    for name in names["stream"]:
        start = "-"
        while page := await xrange(redis, name, start, count=PAGE):
            for _, fields in page:
                for value in fields.values():
                    yield value
            start = f"({wire.text(page[-1][0])}"
