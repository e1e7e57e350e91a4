"""Planted words, and the search for them in every byte that is kept: of Redis, and of files."""

from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any

from redis.asyncio import Redis, RedisCluster

FORMS = ("utf-8", "utf-16-le")


async def plain_dumps(redis: Redis) -> None:
    """Let the servers write what they dump uncompressed from now on, so that words are to be seen in it."""
    where: dict[str, Any] = {"target_nodes": "all"} if isinstance(redis, RedisCluster) else {}
    await redis.config_set("rdbcompression", "no", **where)


async def in_redis(redis: Redis, words: Collection[str]) -> set[str]:
    """Which of `words` are anywhere in Redis, in names or in the bytes as they would be written to the disk.

    What is deleted from a stream, and still there, is found too: hence the dumps. See `plain_dumps`.
    """
    found: set[str] = set()
    async for name in redis.scan_iter(count=1000):
        data = await redis.dump(name) or b""
        found |= in_bytes(data, words) | in_bytes(name, words)
    return found


def in_files(folders: Iterable[Path], words: Collection[str]) -> dict[str, set[str]]:
    """Which of `words` are in which files under `folders`, names included."""
    found: dict[str, set[str]] = {}
    for folder in folders:
        for path in [folder] if folder.is_file() else sorted(folder.rglob("*")):
            if path.is_socket() or not path.is_file():
                continue
            if seen := in_bytes(path.read_bytes(), words) | in_bytes(path.name.encode(), words):
                found[str(path)] = seen
    return found


def in_bytes(data: bytes, words: Collection[str]) -> set[str]:
    """Which of `words` are in `data`, as they are written in files, in JSON, or by old programs."""
    lower = data.lower()
    return {word for word in words if any(form in lower for form in forms(word))}


def forms(word: str) -> set[bytes]:
    """`word` as bytes may hold it."""
    small = word.lower()
    escaped = "".join(sign if sign.isascii() else f"\\u{ord(sign):04x}" for sign in small)
    return {*(small.encode(name) for name in FORMS), escaped.encode()}
