"""What each router says of its rules: which version it routes by, and what it refused; a dead router says nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from router.model.errors import PermanentError
from router.store import keys, wire
from router.store.connection import Connection, Script
from router.store.holder import is_dead
from rules.problems import Problem

# A router says it again three times in that span.
LIFE = timedelta(seconds=15)
MOST_PROBLEMS = 100

# A router's word stands behind the instant until which it counts, by the server's clock; whoever speaks drops what is
# over. ARGV: router, how long in ms, the word.
TELL = """
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local told = redis.call('HGETALL', KEYS[1])
for place = 1, #told, 2 do
  local until_ms = tonumber(string.match(told[place + 1], '^%d+'))
  if not until_ms or until_ms < now then redis.call('HDEL', KEYS[1], told[place]) end
end
redis.call('HSET', KEYS[1], ARGV[1], string.format('%.0f ', now + tonumber(ARGV[2])) .. ARGV[3])
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
"""
READ = "return {redis.call('TIME'), redis.call('HGETALL', KEYS[1])}"


@dataclass(frozen=True, slots=True)
class RulesStatus:
    """The version in force since `loaded_at`; what the files held wrong since `refused_at`, if they do.

    `mistakes` counts all of them, `problems` holds the first hundred.
    """

    version: str
    rules: int
    loaded_at: datetime
    refused_at: datetime | None = None
    mistakes: int = 0
    problems: tuple[Problem, ...] = ()


class RulesBoard:
    """Where routers tell how it stands with their rules, and the desk reads it."""

    def __init__(self, connection: Connection) -> None:
        self._redis = connection.commands
        self._tell = Script(connection, TELL)
        self._read = Script(connection, READ)

    async def tell(self, router: str, status: RulesStatus) -> None:
        """Say `status` of `router`, for as long as LIFE."""
        milliseconds = int(LIFE.total_seconds() * 1000)
        await self._tell([keys.RULES], router, milliseconds, wire.encode(status))

    async def withdraw(self, router: str) -> None:
        """Say nothing of `router` any more."""
        await self._redis.hdel(keys.RULES, router)

    async def all(self) -> Mapping[str, RulesStatus]:
        """What is said of each router that lives, by its name."""
        (seconds, micros), flat = await self._read([keys.RULES])
        now = int(seconds) * 1000 + int(micros) // 1000
        told = zip(flat[::2], flat[1::2], strict=True)
        found = {wire.text(router): _status(value, now) for router, value in sorted(told)}
        return {router: status for router, status in found.items() if status and not is_dead(router)}


def _status(value: Any, now: int) -> RulesStatus | None:
    """The status in `value`; None for one that is over, or that a Hilo of another version wrote."""
    until, _, word = bytes(value).partition(b" ")
    if not until.isdigit() or int(until) < now:
        return None
    try:
        return wire.decode(RulesStatus, word)
    except PermanentError:
        return None
