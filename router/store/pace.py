"""How fast a channel may send for an account, kept in Redis: who takes over begins with what was used before."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from router.model.clock import from_milliseconds, milliseconds
from router.store import keys
from router.store.connection import Connection, Script

# A token bucket by one number, the instant at which it is full again (the generic cell rate algorithm).
# KEYS: the account's  ARGV: now, ms for one, how many at once, all in ms. Answers 0 once taken, else the wait.
TAKE = """
local full_at = tonumber(redis.call('HGET', KEYS[1], 'full_at') or '0')
local now, each, burst = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
if full_at < now then full_at = now end
local wait = full_at - (burst - 1) * each - now
if wait > 0 then return math.ceil(wait) end
redis.call('HSET', KEYS[1], 'full_at', full_at + each)
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return 0
"""
# KEYS: the account's  ARGV: until, how long to keep it
PARK = """
local known = tonumber(redis.call('HGET', KEYS[1], 'parked_until') or '0')
if known < tonumber(ARGV[1]) then redis.call('HSET', KEYS[1], 'parked_until', ARGV[1]) end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1
"""
KEPT_MS = 7 * 24 * 3600 * 1000


@dataclass(frozen=True, slots=True)
class SendLimit:
    """At most `messages` leave within any `within`; a tenth of them may leave at once."""

    messages: int
    within: timedelta

    @property
    def burst(self) -> int:
        """How many may leave at once after a silence."""
        return max(1, self.messages // 10)

    @property
    def each(self) -> timedelta:
        """The time that one takes: with it no window of `within`, wherever it begins, holds more than `messages`."""
        return self.within / (self.messages - self.burst + 1)


class Pace:
    """The accounts of one channel, shared by all processes that ever send for it."""

    def __init__(self, connection: Connection, channel: str) -> None:
        self._redis = connection.commands
        self._channel = channel
        self._take = Script(connection, TAKE)
        self._park = Script(connection, PARK)

    async def take(self, account: str, limit: SendLimit, now: datetime) -> timedelta:
        """Nothing if one message may leave, which counts from now on; else how long to wait before asking again.

        Asked again because the answer was lost, it counts twice: we are slower then, never faster.
        """
        each = limit.each.total_seconds() * 1000
        wait = await self._take([self._key(account)], milliseconds(now), each, limit.burst, KEPT_MS)
        return timedelta(milliseconds=int(wait))

    async def park(self, account: str, until: datetime) -> None:
        """Remember that the provider wants no call before `until`."""
        await self._park([self._key(account)], milliseconds(until), KEPT_MS)

    async def parked_until(self, account: str) -> datetime | None:
        """Until when the provider wants no call, as it said last; None if it never did."""
        known = await self._redis.hget(self._key(account), "parked_until")
        return from_milliseconds(int(known)) if known else None

    def _key(self, account: str) -> str:
        return keys.channel(self._channel, f"rate:{account}")
