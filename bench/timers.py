"""How late timers are when many fall due within the same second: until each is committed."""

import asyncio
from datetime import datetime, timedelta

from bench.rig import Rig
from router.model.clock import SystemClock, from_milliseconds, milliseconds
from router.model.conversation import Conversation, ConversationState
from router.model.decision import Timer
from router.model.event import TimerKind
from router.model.ids import PARTITIONS, ConversationId, CustomerId, TeamId
from router.model.team import Ownership
from router.store import keys, wire
from router.store.connection import xrange
from router.store.schedule import Schedule
from router.ticker import Ticker

TIMERS = 10_000
AHEAD = timedelta(seconds=4)
SECOND = timedelta(seconds=1)


async def timers(rig: Rig) -> str:
    """The line to print: ten thousand snoozed conversations wake, evenly over one second."""
    clock = SystemClock()
    first = clock.now() + AHEAD
    dues = [first + SECOND * number / TIMERS for number in range(TIMERS)]
    for start in range(0, TIMERS, 1_000):
        await _snooze(rig, range(start, start + 1_000), dues)
    async with rig.worker() as worker:
        ticker = Ticker(Schedule(rig.connection, clock), worker.leases)
        ticking = asyncio.create_task(ticker.run())
        await asyncio.sleep(max((first + SECOND - clock.now()).total_seconds(), 0))
        while await _left(rig):  # noqa: ASYNC110 - what is waited for happens in Redis
            await asyncio.sleep(0.05)
        ticker.stop()
        await ticking
    woken = await _committed(rig)
    late = sorted((woken[_name(number)] - due).total_seconds() for number, due in enumerate(dues))
    p50, p99 = late[TIMERS // 2], late[TIMERS * 99 // 100]
    return f"  {TIMERS:,} due in one second: p50 {p50:.2f} s late, p99 {p99:.2f} s, at most {late[-1]:.2f} s"


def _name(number: int) -> ConversationId:
    return ConversationId(f"c-{number % PARTITIONS:02d}-timer{number}")


async def _snooze(rig: Rig, numbers: range, dues: list[datetime]) -> None:
    async with rig.connection.commands.pipeline(transaction=False) as pipe:
        for number in numbers:
            name, due = _name(number), dues[number]
            record = Conversation(
                id=name,
                customer=CustomerId(f"u-{number % PARTITIONS:02d}-timer{number}"),
                state=ConversationState.SNOOZED,
                ownership=Ownership(TeamId("care"), due - AHEAD, "bench"),
                created_at=due - AHEAD,
                updated_at=due - AHEAD,
                revision=1,
                snoozed_until=due,
            )
            timer = Timer(name, TimerKind.WAKE, record.turn, due)
            partition = number % PARTITIONS
            pipe.hset(keys.key(partition, keys.conversation(name)), mapping={"r": "1", "d": wire.encode(record)})
            pipe.zadd(keys.key(partition, keys.TIMERS), {wire.encode(timer): milliseconds(due)})
        await pipe.execute()


async def _left(rig: Rig) -> int:
    waiting = [await rig.connection.commands.zcard(keys.key(part, keys.TIMERS)) for part in range(PARTITIONS)]
    return sum(waiting) + await rig.waiting()


async def _committed(rig: Rig) -> dict[str, datetime]:
    """When each conversation's change was committed, as the feed has it."""
    found = {}
    for partition in range(PARTITIONS):
        for identifier, fields in await xrange(rig.connection.commands, keys.key(partition, keys.FEED)):
            if b"woken" in fields.get(b"n", b""):
                found[fields[b"c"].decode()] = from_milliseconds(int(identifier.partition(b"-")[0]))
    return found
