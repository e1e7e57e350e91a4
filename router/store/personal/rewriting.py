"""The embedded server's files written anew, so that they hold what Redis holds now and nothing of before."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

from redis.exceptions import ResponseError

from router.model.errors import TemporaryError
from router.store.connection import Connection

GLANCE_SECONDS = 0.1
PATIENCE_SECONDS = 1800.0


class NotWrittenAnew(TemporaryError):
    """The server could not write its files anew: what was erased is still in the old ones."""


async def write_anew(connection: Connection, home: Path, tell: Callable[[], None] = lambda: None) -> None:
    """Return once the append-only file in `home`, and a dump beside it, hold only what is in memory now.

    `tell` is called now and then meanwhile. Raises NotWrittenAnew.
    """
    redis = connection.commands
    # One that is under way began before the erasure.
    await _until_idle(connection, tell)
    await redis.bgrewriteaof()
    await _until_idle(connection, tell)
    told = await _persistence(connection)
    if told.get("aof_last_bgrewrite_status") != "ok":
        raise NotWrittenAnew("Redis could not write its append-only file anew: is the disk full? Run it again then")
    if (home / "dump.rdb").exists():
        await _dump(connection, tell)
    await _until_tidy(home / "appendonlydir")
    # What was slow is remembered with the beginnings of what was written.
    await redis.slowlog_reset()


async def _dump(connection: Connection, tell: Callable[[], None]) -> None:
    try:
        await connection.commands.bgsave(schedule=False)
    except ResponseError as error:
        raise NotWrittenAnew(f"Redis could not write its dump anew: {error}") from error
    await _until_idle(connection, tell)
    if (await _persistence(connection)).get("rdb_last_bgsave_status") != "ok":
        raise NotWrittenAnew("Redis could not write its dump anew: is the disk full? Run it again then")


async def _until_idle(connection: Connection, tell: Callable[[], None]) -> None:
    busy = {"aof_rewrite_in_progress", "aof_rewrite_scheduled", "rdb_bgsave_in_progress"}
    deadline = asyncio.get_running_loop().time() + PATIENCE_SECONDS
    while busy & {name for name, value in (await _persistence(connection)).items() if value}:
        if asyncio.get_running_loop().time() > deadline:
            raise NotWrittenAnew("Redis has been writing its files anew for half an hour: look at it, and run it again")
        tell()
        await asyncio.sleep(GLANCE_SECONDS)


async def _persistence(connection: Connection) -> dict[str, Any]:
    return dict(await connection.commands.info("persistence"))


async def _until_tidy(folder: Path) -> None:
    """Return once only the files of the manifest are there: the server removes the former ones a moment later."""
    deadline = asyncio.get_running_loop().time() + 60.0
    while left := _left_over(folder):
        if asyncio.get_running_loop().time() > deadline:
            raise NotWrittenAnew(f"former append-only files are still there: {', '.join(left)} in {folder}")
        await asyncio.sleep(GLANCE_SECONDS)


def _left_over(folder: Path) -> list[str]:
    manifests = list(folder.glob("*.manifest"))
    if not manifests:
        return []
    words = [line.split() for line in manifests[0].read_text(encoding="utf-8").splitlines()]
    # `file NAME seq N type b|i|h`: those of the type h are history.
    kept = {line[1] for line in words if len(line) >= 6 and line[5] != "h"}
    return sorted(p.name for p in folder.iterdir() if p.name not in kept and p.suffix in (".aof", ".rdb"))
