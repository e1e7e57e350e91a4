"""How full the store is: one look at its memory, the events that wait, the disk under it, what it refuses by itself.

And whether the replicas are there that `redis.replicas` asks for: without them nothing would be received.
"""

import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from redis.asyncio.cluster import RedisCluster

from router.store import keys
from router.store.connection import Connection

SECTIONS = ("memory", "persistence", "stats", "replication")


@dataclass(frozen=True, slots=True)
class Bounds:
    """What the store may hold; shares are of its memory.

    Above `warn` it is told; above `refuse` nothing new is taken from customers, above `refuse_commands` nothing from
    agents either. `backlog` is in events, `free_disk` and `memory` in bytes (None: as much as the server has),
    `patience` in seconds: a write that takes longer is given up.
    """

    warn: float = 0.70
    refuse: float = 0.85
    refuse_commands: float = 0.95
    backlog: int = 100_000
    free_disk: int = 512 * 10**6
    memory: int | None = None
    patience: float = 5.0


@dataclass(frozen=True, slots=True)
class Fullness:
    """What one look saw. `memory` is the share in use on the fullest server; `free_disk` None where nobody can tell.

    `lacking` says in words which server has too few replicas, `is_kept` whether any has enough of them.
    """

    memory: float = 0.0
    backlog: int = 0
    free_disk: int | None = None
    needed_disk: int = 0
    evicted: int = 0
    is_written: bool = True
    lacking: str = ""
    is_kept: bool = True


class Eye:
    """Looks at the store; `folder` is where its data lies, if that is on this machine."""

    def __init__(self, connection: Connection, partitions: int, bounds: Bounds, folder: Path | None) -> None:
        self._redis: Any = connection.commands
        self._replicas = connection.replicas
        self._partitions = partitions
        self._bounds = bounds
        self._folder = folder

    async def look(self) -> Fullness:
        """How it stands now, in two round trips. Raises redis' errors."""
        named = await self._servers()
        servers = list(named.values())
        lacking = [
            f"{there} of {self._replicas} replicas are there{where and f' at {where}'}"
            for where, each in named.items()
            if (there := replicas_of(each)) < self._replicas
        ]
        written = sum(int(each.get("aof_current_size", 0)) for each in servers)
        return Fullness(
            memory=max(share_of(each, self._bounds.memory) for each in servers),
            backlog=await self._backlog(),
            free_disk=shutil.disk_usage(self._folder).free if self._folder else None,
            # An append-only file that is written anew needs its room twice for a while.
            needed_disk=max(self._bounds.free_disk, 2 * written),
            evicted=sum(int(each.get("evicted_keys", 0)) for each in servers),
            is_written=all(each.get("aof_last_write_status", "ok") == "ok" for each in servers),
            lacking="; ".join(lacking),
            is_kept=len(lacking) < len(servers),
        )

    async def _servers(self) -> Mapping[str, Mapping[str, Any]]:
        """What each server that takes writes tells of itself, by its name (a single one has none)."""
        if not isinstance(self._redis, RedisCluster):
            return {"": await self._redis.info(*SECTIONS)}
        found = await self._redis.info(*SECTIONS, target_nodes=RedisCluster.PRIMARIES)
        # One primary alone answers for itself, several by their names.
        return {"": found} if "used_memory" in found else found

    async def _backlog(self) -> int:
        async with self._redis.pipeline(transaction=False) as pipe:
            for partition in range(self._partitions):
                pipe.xlen(keys.key(partition, keys.INBOUND))
            waiting: Iterable[int] = await pipe.execute()
        return sum(waiting)


def share_of(info: Mapping[str, Any], allowed: int | None) -> float:
    """The share of its memory that a server uses, counted as it counts itself before it refuses to write.

    Its memory is the least of what it was given (`maxmemory`), of what Hilo was told that it may have, and of the
    machine's.
    """
    used = int(info["used_memory"]) - int(info.get("mem_not_counted_for_evict", 0))
    known = (int(info.get("maxmemory", 0)), allowed or 0, int(info.get("total_system_memory", 0)))
    limits = [limit for limit in known if limit > 0]
    return used / min(limits) if limits else 0.0


def replicas_of(info: Mapping[str, Any]) -> int:
    """How many replicas a server has that can confirm; one that is still being filled can't."""
    told: list[dict[str, Any]] = [value for value in info.values() if isinstance(value, dict)]
    unready = [each for each in told if each.get("state", "online") != "online"]
    return int(info.get("connected_slaves", 0)) - len(unready)
