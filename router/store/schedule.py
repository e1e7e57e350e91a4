"""Timers: what is due goes from a partition's sorted set to its stream, where it is an event like any.

One look at all partitions, then one script for each that has something due: the partitions side by side.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec
import structlog
from redis.exceptions import RedisError

from router.model.clock import Clock, milliseconds
from router.model.decision import Timer
from router.model.errors import PermanentError
from router.model.event import TimerDue
from router.model.late import is_late
from router.store import keys, metrics, wire
from router.store.connection import Connection, Script

log = structlog.get_logger()

AT_ONCE = 200
# A stream that holds so much gets no timers until it is shorter: after an outage customers wait behind few of them.
BACKLOG = 400
PLACES = (keys.LEASE, keys.TIMERS, keys.INBOUND, keys.DEAD)
TO_STREAM, TO_DEAD = 3, 4

# KEYS: lease, timers, stream, dead letters. ARGV: token, timers as MessagePack {{place, member, field, value...}...}.
# Only what is still in the set is moved, so a call that is repeated moves nothing twice.
MOVE = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
for _, place in ipairs({KEYS[3], KEYS[4]}) do
  local found = redis.call('TYPE', place).ok
  if found ~= 'none' and found ~= 'stream' then return redis.error_reply('WRONGTYPE ' .. place .. ' is no stream') end
end
local moved = 0
for _, timer in ipairs(cmsgpack.unpack(ARGV[2])) do
  if redis.call('ZREM', KEYS[2], timer[2]) == 1 then
    redis.call('XADD', KEYS[timer[1]], '*', unpack(timer, 3))
    moved = moved + 1
  end
end
return moved
"""


@dataclass(frozen=True, slots=True)
class Moved:
    """What a tick did: how many it moved, how many of these late and the latest by how much; whether more are due."""

    count: int = 0
    late: int = 0
    most: timedelta = timedelta()
    is_more: bool = False


class Schedule:
    """What falls due in the partitions."""

    def __init__(self, connection: Connection, clock: Clock) -> None:
        self._redis = connection.commands
        self._clock = clock
        self._move = Script(connection, MOVE)

    async def tick(self, held: Mapping[int, str]) -> Moved:
        """Move what is due in the partitions `held` (with their tokens), each one's earliest first.

        Those due at the same instant go in the order of their bytes. At most `AT_ONCE` of a partition are moved, and
        none while its stream is long. Raises redis' errors if no partition could be looked at; where only one can't be
        read or written it is told in the log, and the others go on.
        """
        now, partitions = self._clock.now(), list(held)
        looks = zip(partitions, await self._look(partitions, now), strict=True)
        return _sum(await asyncio.gather(*(self._tick_one(part, held[part], look, now) for part, look in looks)))

    async def _look(self, partitions: Sequence[int], now: datetime) -> list[tuple[Any, Any]]:
        """Partition by partition the length of its stream and the members that are due, or what went wrong."""
        async with self._redis.pipeline(transaction=False) as pipe:
            for partition in partitions:
                pipe.xlen(keys.key(partition, keys.INBOUND))
                pipe.zrangebyscore(keys.key(partition, keys.TIMERS), "-inf", milliseconds(now), start=0, num=AT_ONCE)
            answers: list[Any] = await pipe.execute(raise_on_error=False)
        return list(zip(answers[::2], answers[1::2], strict=True))

    async def _tick_one(self, partition: int, token: str, look: tuple[Any, Any], now: datetime) -> Moved:
        length, members = look
        try:
            for answer in look:
                if isinstance(answer, Exception):
                    raise answer
            if members and length < BACKLOG:
                return await self._move_due(partition, token, [wire.text(member) for member in members], now)
        except RedisError as error:
            log.warning("timers_not_moved", partition=partition, error=str(error))
            return Moved()
        return Moved(is_more=bool(members))

    async def _move_due(self, partition: int, token: str, due: Sequence[str], now: datetime) -> Moved:
        timers, late = [], []
        for member in due:
            place, fields, late_by = _event(partition, member, now)
            timers.append((place, member, *(wire.text(part) for pair in fields.items() for part in pair)))
            late.append(late_by)
        names = [keys.key(partition, place) for place in PLACES]
        count = int(await self._move(names, token, msgspec.msgpack.encode(timers)))
        if not count:
            return Moved()
        for late_by in late:
            metrics.TIMERS_LATE.observe(late_by.total_seconds())
        return Moved(count, sum(map(is_late, late)), max(late), len(due) == AT_ONCE)


def _event(partition: int, member: str, now: datetime) -> tuple[int, Mapping[str, str | bytes], timedelta]:
    """Where the timer goes, as which fields, and how late it is; one that nobody can read is a dead letter."""
    try:
        timer = wire.decode(Timer, member)
    except PermanentError as error:
        log.error("dead_letter", partition=partition, error="an unreadable timer")
        metrics.DEAD_LETTERS.inc()
        return TO_DEAD, {"error": str(error), "timer": member}, timedelta()
    body = TimerDue(timer.kind, timer.turn, timer.due_at, timer.subject)
    fields = wire.event_fields(body, now, conversation=timer.conversation)
    return TO_STREAM, fields, max(now - timer.due_at, timedelta())


def _sum(moved: Iterable[Moved]) -> Moved:
    parts = list(moved)
    return Moved(
        sum(part.count for part in parts),
        sum(part.late for part in parts),
        max((part.most for part in parts), default=timedelta()),
        any(part.is_more for part in parts),
    )
