"""Leases: a worker's right to a partition, with a fencing token that every commit checks.

Expiry is Redis' own time, so a jump of a clock costs throughput, never truth: who lost a lease without noticing is
stopped at the commit.
"""

import asyncio
import secrets
from collections.abc import Awaitable, Coroutine, Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

import structlog
from redis.exceptions import RedisError

from router.store import keys
from router.store.connection import Connection, Script
from router.store.holder import holder_name, is_dead
from router.store.wire import text

log = structlog.get_logger()

SLOWEST = timedelta(seconds=1)
# A batch takes some 30 ms from read to committed. One that takes longer is fenced, and done by the next holder.
GRACE_SECONDS = 0.1

# Tell the others that this router is alive; forget those that are not; say who is there. A lease lives ten minutes at
# most: what is to live longer is from before the server's clock went back.
REGISTER = """
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
redis.call('ZREMRANGEBYSCORE', KEYS[1], now + 660000, '+inf')
redis.call('ZADD', KEYS[1], now + tonumber(ARGV[2]), ARGV[1])
return redis.call('ZRANGE', KEYS[1], 0, -1)
"""
# Who asks again because the answer was lost finds the lease to be theirs.
TAKE = """
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then
  if redis.call('PTTL', KEYS[1]) > 660000 then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
  return 0
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
"""
RENEW = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
"""
RELEASE = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
"""


class Leases:
    """This router's share of the partitions."""

    def __init__(self, connection: Connection, partitions: int, ttl: timedelta) -> None:
        self.router = holder_name()
        self._connection = connection
        self._redis = connection.commands
        self._partitions = partitions
        self._ttl = int(ttl.total_seconds() * 1000)
        self._register = Script(connection, REGISTER)
        self._acquire = Script(connection, TAKE)
        self._renew = Script(connection, RENEW)
        self._release = Script(connection, RELEASE)
        self._held: dict[int, str] = {}
        self._under_way: dict[str, asyncio.Task[None]] = {}

    @property
    def held(self) -> Mapping[int, str]:
        """The partitions held, as far as this router knows, each with its token."""
        return self._held

    @property
    def period(self) -> timedelta:
        """How often `balance` is to be called: three times in the life of a lease, and every second at least.

        Who joins gets a share two rounds later: one in which the others see it, one in which it takes what they left.
        """
        return min(timedelta(milliseconds=self._ttl / 3), SLOWEST)

    async def balance(self) -> None:
        """Renew what is held, hand back what is over the fair share, take what is free up to it.

        Of several servers one may be silent: what it keeps is waited for no longer than a third of a lease, and the
        rest goes on. Raises redis' errors where that is not known which all routers share.
        """
        before = set(self._held)
        # What is held comes first: nothing may keep it waiting.
        await self._in_time({token: self._keep(partition, token) for partition, token in self._held.items()})
        share = await self._share()
        await self._hand_back(sorted(self._held)[share:])
        if len(self._held) < share:
            await self._in_time({"free": self._take_free(share)})
        if before != set(self._held):
            log.info("leases", router=self.router, partitions=sorted(self._held))

    def lose(self, partition: int, token: str) -> None:
        """Stop working on a partition whose lease `token` has passed to another router, or to ourselves anew."""
        if self._held.get(partition) == token:
            del self._held[partition]
            log.warning("lease_lost", router=self.router, partition=partition)

    async def release(self, partition: int) -> None:
        """Hand a partition back, so that another router need not wait until the lease expires."""
        token = self._held.pop(partition, None)
        if token:
            await self._release([keys.key(partition, keys.LEASE)], token)

    async def leave(self) -> None:
        """Hand back everything."""
        await self._redis.zrem(keys.ROUTERS, self.router)
        await _side_by_side(self.release(partition) for partition in list(self._held))

    async def _in_time(self, work: Mapping[str, Coroutine[Any, Any, None]]) -> None:
        """Do all of `work` side by side, but wait for none longer than a third of a lease; it goes on by itself then.

        What of an earlier call is still under way under the same name is not begun a second time.
        """
        for name, each in work.items():
            if name in self._under_way:
                each.close()
                continue
            self._under_way[name] = self._connection.keep_task(each)
        if not self._under_way:
            return
        done, _ = await asyncio.wait(self._under_way.values(), timeout=self._ttl / 3000)
        for name in [name for name, task in self._under_way.items() if task in done]:
            error = self._under_way.pop(name).exception()
            if isinstance(error, RedisError | OSError):
                log.warning("leases_not_renewed", router=self.router, error=str(error))
            elif error:
                raise error

    async def _keep(self, partition: int, token: str) -> None:
        if not await self._renew([keys.key(partition, keys.LEASE)], token, self._ttl):
            self.lose(partition, token)

    async def _hand_back(self, partitions: Sequence[int]) -> None:
        """Stop working on `partitions`, and free them once what is under way there is committed, as a rule."""
        leases = {keys.key(partition, keys.LEASE): self._held.pop(partition) for partition in partitions}
        if leases:
            await asyncio.sleep(GRACE_SECONDS)
            await _side_by_side(self._release([name], token) for name, token in leases.items())

    async def _share(self) -> int:
        """How many partitions are this router's: the same for all, those first in the alphabet take the rest."""
        named = [name.decode() for name in await self._register([keys.ROUTERS], self.router, self._ttl)]
        alive = sorted(name for name in named if not is_dead(name))
        whole, rest = divmod(self._partitions, len(alive))
        return whole + (1 if alive.index(self.router) < rest else 0)

    async def _take_free(self, share: int) -> None:
        """Take free partitions until they are `share`, and those whose holder was a process of this machine, now gone.

        For the latter there is no need to wait until their leases expire.
        """
        others = [partition for partition in range(self._partitions) if partition not in self._held]
        names = [keys.key(partition, keys.LEASE) for partition in others]
        holders = await asyncio.gather(*map(self._holder, names))
        dead = [(n, t) for n, t in zip(names, holders, strict=True) if t and is_dead(t.partition(":")[0])]
        await _side_by_side(self._release([name], token) for name, token in dead)
        freed = {name for name, _ in dead}
        free = [part for part, name, token in zip(others, names, holders, strict=True) if not token or name in freed]
        await _side_by_side(self._take(partition) for partition in free[: share - len(self._held)])
        if len(self._held) < share:
            # Of those that others hold none is had, but what seems to live too long is cut.
            await _side_by_side(self._take(partition) for partition in others if partition not in free)

    async def _holder(self, name: str) -> str:
        """The token of the lease `name`; empty where it is free, or where its server is away: it is tried, in vain."""
        try:
            token = await self._redis.get(name)
        except (RedisError, OSError):
            return ""
        return text(token) if token else ""

    async def _take(self, partition: int) -> None:
        token = f"{self.router}:{secrets.token_hex(6)}"
        if await self._acquire([keys.key(partition, keys.LEASE)], token, self._ttl):
            self._held[partition] = token


async def _side_by_side(work: Iterable[Awaitable[object]]) -> None:
    """Return once all of `work` has ended. Raises the first error of it."""
    for result in await asyncio.gather(*work, return_exceptions=True):
        if isinstance(result, BaseException):
            raise result
