"""How often a provider may still be called: what its answers said, and what we want to pay for.

One state for all processes. What the provider says is the truth; between two answers our own count goes on from there.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from router.model.clock import milliseconds
from router.store import keys
from router.store.connection import Connection, Script
from router.store.wire import text

# KEYS: the route's limit, the ask's budget  ARGV: now, calls of the budget (0: no budget), its window, how long kept
# All in ms. Answers 0 once the call is counted, else the wait and why.
TAKE = """
local now, calls, per = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local limit = redis.call('HMGET', KEYS[1], 'remaining', 'reset', 'parked')
local remaining, reset, parked = tonumber(limit[1]), tonumber(limit[2] or '0'), tonumber(limit[3] or '0')
if parked > now then return {parked - now, 'limit'} end
local is_known = remaining ~= nil and reset > now
if is_known and remaining <= 0 then return {reset - now, 'limit'} end
local window, used = 0, 0
if calls > 0 then
  window = math.floor(now / per)
  local budget = redis.call('HMGET', KEYS[2], 'window', 'used')
  if tonumber(budget[1] or '-1') == window then used = tonumber(budget[2]) end
  if used >= calls then return {(window + 1) * per - now, 'budget'} end
end
if is_known then redis.call('HINCRBY', KEYS[1], 'remaining', -1) end
if calls > 0 then
  redis.call('HSET', KEYS[2], 'window', string.format('%.0f', window), 'used', used + 1)
  redis.call('PEXPIRE', KEYS[2], ARGV[4])
end
return {0, ''}
"""
# KEYS: the route's limit  ARGV: remaining, reset, until when to ask nothing, how long to keep it
# An answer of an earlier window says nothing of this one; of two of one window the later has less left.
LEARN = """
local known = redis.call('HMGET', KEYS[1], 'remaining', 'reset', 'parked')
local reset, parked = tonumber(known[2] or '0'), tonumber(known[3] or '0')
local told, left = tonumber(ARGV[2]), tonumber(ARGV[1])
if told > reset or (told == reset and left < tonumber(known[1] or '1e15')) then
  redis.call('HSET', KEYS[1], 'remaining', ARGV[1], 'reset', ARGV[2])
end
if tonumber(ARGV[3]) > parked then redis.call('HSET', KEYS[1], 'parked', ARGV[3]) end
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return 1
"""
KEPT_MS = 40 * 24 * 3600 * 1000
MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Budget:
    """At most `calls` within each `per`, counted from 1970 on (a day begins at midnight UTC)."""

    calls: int
    per: timedelta


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing may be called for `length`: our own budget is used up, or what the provider grants."""

    length: timedelta
    is_budget: bool


class Calls:
    """The calls of one account of a channel."""

    def __init__(self, connection: Connection, channel: str, account: str) -> None:
        self._channel = channel
        self._account = account
        self._take = Script(connection, TAKE)
        self._learn = Script(connection, LEARN)

    async def take(self, route: str, ask: str, budget: Budget | None, now: datetime) -> Wait | None:
        """None once one call of `route` may be made, which counts from then on, for the budget of `ask` as well.

        Asked again because Redis' answer was lost, it counts twice: we are slower then, never faster.
        """
        calls, per = (budget.calls, budget.per // MILLISECOND) if budget else (0, 1)
        names = [self._key(f"limit:{route}"), self._key(f"budget:{ask}")]
        wait, why = await self._take(names, milliseconds(now), calls, per, KEPT_MS)
        return Wait(int(wait) * MILLISECOND, text(why) == "budget") if int(wait) else None

    async def learn(self, route: str, remaining: int, reset: datetime, parked_until: datetime | None) -> None:
        """Keep that `remaining` calls of `route` are left until `reset`, and none before `parked_until`."""
        parked = milliseconds(parked_until) if parked_until else 0
        await self._learn([self._key(f"limit:{route}")], remaining, milliseconds(reset), parked, KEPT_MS)

    def _key(self, name: str) -> str:
        return keys.channel(self._channel, f"calls:{self._account}:{name}")
