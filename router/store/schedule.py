"""Timers: one script moves what is due from a partition's sorted set to its stream, where it is an event like any."""

from typing import Any

import structlog

from router.model.clock import Clock, milliseconds
from router.model.decision import Timer
from router.model.errors import PermanentError
from router.model.event import TimerDue
from router.store import keys, metrics, wire
from router.store.connection import Connection, Script

log = structlog.get_logger()

AT_ONCE = 100

# Only what is still in the set is moved, so a call that is repeated moves nothing twice.
MOVE = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
if redis.call('ZREM', KEYS[2], ARGV[2]) == 0 then return 0 end
redis.call('XADD', KEYS[3], '*', unpack(ARGV, 3))
return 1
"""


class Schedule:
    """What falls due in a partition."""

    def __init__(self, connection: Connection, clock: Clock) -> None:
        self._redis = connection.commands
        self._clock = clock
        self._move = Script(connection, MOVE)

    async def tick(self, partition: int, token: str) -> int:
        """How many timers were moved to the partition's stream, the earliest first, at most `AT_ONCE`."""
        now = self._clock.now()
        due: Any = await self._redis.zrangebyscore(
            keys.key(partition, keys.TIMERS), "-inf", milliseconds(now), start=0, num=AT_ONCE
        )
        names = [keys.key(partition, suffix) for suffix in (keys.LEASE, keys.TIMERS, keys.INBOUND)]
        aside = [*names[:2], keys.key(partition, keys.DEAD)]
        moved = 0
        for member in map(wire.text, due):
            try:
                timer = wire.decode(Timer, member)
            except PermanentError as error:
                await self._move(aside, token, member, "error", str(error), "timer", member)
                log.error("dead_letter", partition=partition, error="an unreadable timer")
                continue
            body = TimerDue(timer.kind, timer.turn, timer.due_at, timer.subject)
            fields = wire.event_fields(body, now, conversation=timer.conversation)
            metrics.TIMERS_LATE.observe(max((now - timer.due_at).total_seconds(), 0.0))
            moved += await self._move(names, token, member, *(part for pair in fields.items() for part in pair))
        return moved
