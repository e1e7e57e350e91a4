"""Who takes calls now, which call each is held for, and which windows have been promised to customers.

All keys lie in one slot, so that one script sees what it needs. A hold is what keeps two processes from asking an agent
twice at once. It is a brake and no record: what an agent is really at stands in the conversations, and whoever offers
calls looks there too, so that a hold that was lost does no harm.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from router.model.clock import Clock, from_milliseconds, milliseconds
from router.model.ids import AgentId, CallbackId, TeamId
from router.model.team import Agent, PhoneAgent
from router.store import keys, wire
from router.store.connection import Connection, Script

READY_FOR = timedelta(seconds=40)
"""How long an agent takes calls after their desk last said so."""

BOOKED_FOR = timedelta(days=1)
"""How long it is known, after a window has begun, who was to be called in it."""

WAITING_FOR = timedelta(seconds=60)
"""How long it counts how many calls wait, after that was last told."""

OFF_FOR = timedelta(days=1)
"""How long it is known why an agent was taken off."""

FRESH_FOR = timedelta(minutes=2)
"""How long a reservation counts by itself: then the call is owed, and counted as such, or nothing came of it."""

MILLISECOND = timedelta(milliseconds=1)

# KEYS: ready, agents, idle, off  ARGV: now, until, how long the keys live (all ms), agent id, the agent,
# `1` only to renew.
# Returns 1, or 0 where there was nothing to renew.
READY = """
for _, gone in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1])) do
  redis.call('ZREM', KEYS[1], gone)
  redis.call('HDEL', KEYS[2], gone)
  redis.call('ZREM', KEYS[3], gone)
end
if ARGV[6] == '1' and not redis.call('ZSCORE', KEYS[1], ARGV[4]) then return 0 end
redis.call('ZADD', KEYS[1], ARGV[2], ARGV[4])
redis.call('ZADD', KEYS[3], 'NX', ARGV[1], ARGV[4])
redis.call('HSET', KEYS[2], ARGV[4], ARGV[5])
if ARGV[6] ~= '1' then redis.call('DEL', KEYS[4]) end
for i = 1, 3 do redis.call('PEXPIRE', KEYS[i], ARGV[3]) end
return 1
"""
# KEYS: ready, agents, idle, off  ARGV: agent id, why (`` where they say so themselves), how long that is kept (ms)
AWAY = """
if ARGV[2] == '' then redis.call('DEL', KEYS[4]) else redis.call('SET', KEYS[4], ARGV[2], 'PX', ARGV[3]) end
redis.call('HDEL', KEYS[2], ARGV[1])
redis.call('ZREM', KEYS[3], ARGV[1])
return redis.call('ZREM', KEYS[1], ARGV[1])
"""
# KEYS: idle  ARGV: now, agent id. Who takes no calls is not made one who does.
BUSY = "return redis.call('ZADD', KEYS[1], 'XX', ARGV[1], ARGV[2])"
# KEYS: held  ARGV: callback, now, until, length (all ms). A hold for the same callback is made longer, never shorter.
HOLD = """
local known = redis.call('HMGET', KEYS[1], 'callback', 'until')
local till = tonumber(known[2] or '0')
if known[1] and known[1] ~= ARGV[1] and till > tonumber(ARGV[2]) then return 0 end
if known[1] == ARGV[1] and till >= tonumber(ARGV[3]) then return 1 end
redis.call('HSET', KEYS[1], 'callback', ARGV[1], 'until', ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return 1
"""
# KEYS: held  ARGV: callback, until when it was held (ms; `` for whenever). A later hold is somebody else's.
LET_GO = """
local known = redis.call('HMGET', KEYS[1], 'callback', 'until')
if known[1] ~= ARGV[1] then return 0 end
if ARGV[2] ~= '' and tonumber(known[2]) > tonumber(ARGV[2]) then return 0 end
return redis.call('DEL', KEYS[1])
"""
# KEYS: the window, later  ARGV: who, capacity, how long it is kept, now, since when a reservation is fresh (all ms),
# the window's field in `later`.
# What is owed in it as the dispatcher told, and what was reserved since; all that ever was, where nobody tells.
BOOK = """
local known = redis.call('ZSCORE', KEYS[1], ARGV[1])
local told = redis.call('HMGET', KEYS[2], 'at', ARGV[6])
if known and (not told[1] or tonumber(known) > tonumber(ARGV[5])) then return 1 end
local taken = redis.call('ZCARD', KEYS[1])
if told[1] then taken = tonumber(told[2] or '0') + redis.call('ZCOUNT', KEYS[1], '(' .. ARGV[5], '+inf') end
if taken >= tonumber(ARGV[2]) then return 0 end
redis.call('ZADD', KEYS[1], ARGV[4], ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 1
"""
# KEYS: the window  ARGV: who
UNBOOK = "return redis.call('ZREM', KEYS[1], ARGV[1])"

# KEYS: waiting, or later  ARGV: how long it counts (ms), field, count, ...
TELL = """
redis.call('DEL', KEYS[1])
for i = 2, #ARGV, 2 do redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1]) end
if #ARGV > 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return 1
"""


class Shifts:
    """The agents who take calls, one state for all processes. Every method raises redis' errors."""

    def __init__(self, connection: Connection, clock: Clock) -> None:
        self._redis = connection.commands
        self._clock = clock
        self._ready, self._away = Script(connection, READY), Script(connection, AWAY)
        self._busy = Script(connection, BUSY)
        self._hold, self._let_go = Script(connection, HOLD), Script(connection, LET_GO)
        self._tell = Script(connection, TELL)
        self._book, self._unbook = Script(connection, BOOK), Script(connection, UNBOOK)

    async def ready(self, agent: Agent) -> None:
        """Count `agent` among those who take calls, for as long as `READY_FOR`; idle since now, or since they were."""
        await self._counted(agent)

    async def still_here(self, agent: Agent) -> bool:
        """Whether `agent` still takes calls, counted anew, and known as they are now; False for who is to say so."""
        return await self._counted(agent, is_renewal=True)

    async def away(self, agent: AgentId, why: str = "") -> None:
        """Offer `agent` no calls any more; what they are held for stays theirs. `why` is told at their desk."""
        names = [keys.phone("ready"), keys.phone("agents"), keys.phone("idle"), keys.off(agent)]
        await self._away(names, agent, why, OFF_FOR // MILLISECOND)

    async def off(self, agent: AgentId) -> str:
        """Why `agent` was taken off by others; empty where they were not."""
        return wire.text(await self._redis.get(keys.off(agent)) or b"")

    async def was_busy(self, agent: AgentId) -> None:
        """`agent` has just had a call: they are idle since now."""
        await self._busy([keys.phone("idle")], milliseconds(self._clock.now()), agent)

    async def agents(self) -> list[PhoneAgent]:
        """Who takes calls now, held or not, longest idle first."""
        now = milliseconds(self._clock.now())
        async with self._redis.pipeline(transaction=False) as pipe:
            pipe.zrangebyscore(keys.phone("ready"), f"({now}", "+inf", withscores=True)
            pipe.hgetall(keys.phone("agents"))
            pipe.zrange(keys.phone("idle"), 0, -1, withscores=True)
            ready, known, idle = await pipe.execute()
        since = dict(idle)
        found = [
            PhoneAgent(wire.decode(Agent, known[name]), _instant(since.get(name, now)), _instant(until))
            for name, until in ready
            if name in known
        ]
        return sorted(found, key=lambda each: (each.idle_since, each.agent.id))

    async def hold(self, agent: AgentId, callback: CallbackId, length: timedelta) -> bool:
        """Whether `agent` is held for `callback` from now on, for `length` at least; False if it is for another."""
        now = self._clock.now()
        until = milliseconds(now + length)
        return bool(
            await self._hold([keys.held(agent)], callback, milliseconds(now), until, max(1, length // MILLISECOND))
        )

    async def let_go(self, agent: AgentId, callback: CallbackId, until: datetime | None = None) -> None:
        """Hold `agent` for `callback` no longer, unless for longer than `until`; one held for another stays so."""
        await self._let_go([keys.held(agent)], callback, milliseconds(until) if until else "")

    async def held(self, agent: AgentId) -> CallbackId | None:
        """What `agent` is held for now."""
        return (await self.holds([agent])).get(agent)

    async def holds(self, agents: Iterable[AgentId]) -> Mapping[AgentId, CallbackId]:
        """What each of `agents` is held for now; who is not is left out."""
        names, now = list(agents), milliseconds(self._clock.now())
        async with self._redis.pipeline(transaction=False) as pipe:
            for name in names:
                pipe.hmget(keys.held(name), ["callback", "until"])
            found: list[Any] = await pipe.execute()
        return {
            name: CallbackId(wire.text(callback))
            for name, (callback, until) in zip(names, found, strict=True)
            if callback and int(until) > now
        }

    async def book(self, team: TeamId, slot: datetime, who: str, capacity: int) -> bool:
        """Whether `who` is among the `capacity` whom `team` calls in the window that begins at `slot`, from now on.

        `who` is kept as a digest.
        """
        now = self._clock.now()
        life, since = max(timedelta(0), slot - now) + BOOKED_FOR, milliseconds(now - FRESH_FOR)
        names = [keys.window(team, slot), keys.phone("later")]
        most, field = max(0, capacity), _window(team, slot)
        return bool(
            await self._book(names, keys.digest(who), most, life // MILLISECOND, milliseconds(now), since, field)
        )

    async def unbook(self, team: TeamId, slot: datetime, who: str) -> None:
        """Give back what `who` has just reserved in that window."""
        await self._unbook([keys.window(team, slot)], keys.digest(who))

    async def booked(self, team: TeamId, slots: Sequence[datetime]) -> Mapping[datetime, int]:
        """How many are to be called in each of the windows that begin at `slots`.

        Those are what is owed, as it was last told, and what was reserved a moment ago; some may be counted twice until
        that is over. Where nobody tells, as without a dispatcher, all that was ever reserved counts.
        """
        since = milliseconds(self._clock.now() - FRESH_FOR)
        async with self._redis.pipeline(transaction=False) as pipe:
            pipe.hgetall(keys.phone("later"))
            for slot in slots:
                pipe.zcard(keys.window(team, slot))
                pipe.zcount(keys.window(team, slot), f"({since}", "+inf")
            told, *found = await pipe.execute()
        owed = {wire.text(name): int(count) for name, count in told.items()}
        pairs = zip(slots, found[::2], found[1::2], strict=True)
        return {slot: owed.get(_window(team, slot), 0) + fresh if owed else every for slot, every, fresh in pairs}

    async def tell_waiting(self, counts: Mapping[TeamId, int]) -> None:
        """Let it be known, for `WAITING_FOR`, how many calls of each team may be made now and wait for an agent."""
        flat = [part for team, count in sorted(counts.items()) for part in (team, count)]
        await self._tell([keys.phone("waiting")], WAITING_FOR // MILLISECOND, *flat)

    async def tell_later(self, counts: Mapping[tuple[TeamId, datetime], int]) -> None:
        """Let it be known, for `WAITING_FOR`, how many calls each team owes in the windows that begin then."""
        flat = [part for (team, slot), count in sorted(counts.items()) for part in (_window(team, slot), count)]
        at = milliseconds(self._clock.now())
        await self._tell([keys.phone("later")], WAITING_FOR // MILLISECOND, "at", at, *flat)

    async def waiting(self, team: TeamId) -> int:
        """How many calls of `team` wait for an agent, as it was last told."""
        return int(await self._redis.hget(keys.phone("waiting"), team) or 0)

    async def _counted(self, agent: Agent, *, is_renewal: bool = False) -> bool:
        now, life = milliseconds(self._clock.now()), READY_FOR // MILLISECOND
        names = [keys.phone("ready"), keys.phone("agents"), keys.phone("idle"), keys.off(agent.id)]
        return bool(
            await self._ready(names, now, now + life, life, agent.id, wire.encode(agent), "1" if is_renewal else "")
        )


def _window(team: TeamId, slot: datetime) -> str:
    return f"{team}:{milliseconds(slot)}"


def _instant(score: float) -> datetime:
    return from_milliseconds(int(score))
