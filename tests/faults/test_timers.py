"""Timers: each fires once, in order, never early, and the late say so; routers die, answers are lost, clocks jump."""

import asyncio
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from redis.asyncio import Redis
from structlog.testing import capture_logs

from router.model.clock import Clock, milliseconds
from router.model.commitment import DeadlineKind, Target
from router.model.decision import Timer
from router.model.event import MessageArrived, ReplyWritten, TimerDue, TimerKind
from router.model.ids import PARTITIONS, ConversationId
from router.store import keys, wire
from router.store.clock import RedisClock
from router.store.connection import Connection, Script, xrange
from router.store.lease import Leases
from router.store.schedule import AT_ONCE, BACKLOG, MOVE, Schedule
from router.ticker import Ticker
from rules.engine import RuleBook, Then
from tests.clock import MONDAY, HeldClock
from tests.core import ANA, CARE, Core, running_core, written
from tests.redis_door import Losing, redis_door, time_off_by
from tests.story import MINUTE, asked
from tests.waiting import eventually

TIMERS, CUSTOMERS_A_MOMENT = 10_000, 10
MILLISECOND = timedelta(milliseconds=1)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
BOOK = RuleBook(CARE, (asked("factura", Then(CARE, targets=(Target(DeadlineKind.FIRST_REPLY, 15 * MINUTE),))),))
ONCE = "if redis.call('ZREM', KEYS[2], timer[2]) == 1 then"

# A router at the instant given, until it is killed.
ROUTER = """
import asyncio, sys
from datetime import datetime
from router.logs import configure_logs
from tests.clock import HeldClock
from tests.core import running_core
async def main():
    configure_logs("error")
    async with running_core(sys.argv[1], clock=HeldClock(datetime.fromisoformat(sys.argv[2]))):
        print("at work", flush=True)
        await asyncio.sleep(600)
asyncio.run(main())
"""


@pytest.fixture
async def connection(redis_url: str, redis_client: Redis) -> AsyncIterator[Connection]:
    opened = Connection(redis_url)
    yield opened
    await opened.close()


class Bench:
    """One partition under our lease, and timers for conversations that nobody knows."""

    def __init__(self, connection: Connection, clock: Clock, url: str = "") -> None:
        self.redis = connection.commands
        self.connection = Connection(url) if url else connection
        self.schedule = Schedule(self.connection, clock)
        self.token = "ours"

    async def set(self, *dues: datetime) -> list[str]:
        """Set a timer for each instant, and a token; their subjects are "0", "1" and so on."""
        await self.redis.set(keys.key(0, keys.LEASE), "ours")
        timers = [Timer(ConversationId("c-00-x"), TimerKind.WAKE, 1, due, str(n)) for n, due in enumerate(dues)]
        members = {wire.encode(timer): milliseconds(timer.due_at) for timer in timers}
        await self.redis.zadd(keys.key(0, keys.TIMERS), members)
        return [timer.subject for timer in timers]

    async def tick(self) -> int:
        return (await self.schedule.tick({0: self.token})).count

    async def fired(self) -> list[str]:
        """The subjects of the timers on the stream, in order."""
        entries = await xrange(self.redis, keys.key(0, keys.INBOUND))
        return [wire.decode(TimerDue, fields[b"body"]).subject for _, fields in entries]

    async def waiting(self) -> int:
        return int(await self.redis.zcard(keys.key(0, keys.TIMERS)))


@pytest.fixture
async def bench(connection: Connection) -> Bench:
    return Bench(connection, HeldClock())


async def test_ten_thousand_due_in_one_second_fire_once_in_order_while_routers_are_killed(
    redis_url: str, connection: Connection
) -> None:
    # given ten thousand customers who are owed a reply, all of them within the same second, and nobody at work
    async with running_core(redis_url, rulebook=BOOK) as core:
        await _owed(core, TIMERS)
    due = [await _timers(connection, partition) for partition in range(PARTITIONS)]
    assert sum(map(len, due)) == TIMERS
    first, last = (pick(timer.due_at for part in due for timer in part) for pick in (min, max))
    assert last - first <= timedelta(seconds=1)
    # when routers come a millisecond before, then none fires
    async with running_core(redis_url, clock=HeldClock(first - MILLISECOND)) as core:
        schedule = Schedule(connection, HeldClock(first - MILLISECOND))
        assert (await schedule.tick(core.leases.held)).count == 0
    # when the second is over, and three routers are killed at work one after the other
    for left in (8_000, 5_000, 2_000):
        async with _router(redis_url, last):
            await eventually(partial(_is_down_to, connection, left), f"{left} left", 60)
    assert await _left(connection) > 0
    async with running_core(redis_url, clock=HeldClock(last)):
        await eventually(lambda: _is_down_to(connection, 0), "all done", 60)
    # then each conversation was told once, and each partition's in the order in which they were due
    for partition in range(PARTITIONS):
        assert await _missed(connection, partition) == [timer.conversation for timer in due[partition]]
    assert await _told_once(connection) == TIMERS


async def test_those_that_fell_due_in_an_outage_fire_at_once_and_say_that_they_are_late(
    redis_url: str, redis_client: Redis
) -> None:
    async with running_core(redis_url, rulebook=BOOK) as core:
        # given a reply that is due in a quarter of an hour
        conversation = (await core.says("mi factura")).id
    clock = HeldClock(MONDAY + 2 * HOUR)
    with capture_logs() as logs:
        # when no router works until an hour and three quarters later
        async with running_core(redis_url, rulebook=BOOK, clock=clock) as core:

            async def missed() -> list[str]:
                entries = await core.timeline(conversation)
                return [entry.detail["late"] for entry in entries if entry.kind == "deadline_missed"]

            # then the timeline says how late it comes, and the log how many came late, once
            assert await eventually(missed, "missed") == [str(105 * 60)]
            told = await eventually(lambda: _found(logs, "timers_late"), "told in the log")
    assert [(entry["count"], entry["most_seconds"]) for entry in told] == [(1, 105 * 60)]


async def test_a_timer_whose_matter_has_moved_on_does_nothing(redis_url: str, redis_client: Redis) -> None:
    async with running_core(redis_url, rulebook=BOOK) as core:
        # given a reply that was given in time
        conversation = (await core.says("mi factura")).id
        await core.does(ReplyWritten(ANA, "Hola"), conversation)
        before, story = await core.now(conversation), await core.story(conversation)
        # when its timer falls due
        await core.clock.advance(HOUR)
        await eventually(lambda: _is_down_to(core.connection, 0), "all done")
        # then nothing has changed
        assert (await core.now(conversation), await core.story(conversation)) == (before, story)


async def test_a_timer_of_a_conversation_that_is_not_there_does_nothing(redis_url: str, bench: Bench) -> None:
    await bench.set(MONDAY)
    await bench.redis.delete(keys.key(0, keys.LEASE))
    async with running_core(redis_url) as core:
        await eventually(lambda: _is_down_to(core.connection, 0), "all done")
    assert await bench.redis.exists(keys.key(0, keys.DEAD), keys.key(0, keys.FEED)) == 0


async def test_the_oldest_fire_first_a_share_at_a_time(bench: Bench) -> None:
    # given more timers than fit into one tick, set in any order
    count = AT_ONCE + 50
    subjects = await bench.set(*(MONDAY - timedelta(seconds=number) for number in range(count)))
    # when there are two ticks, then the oldest went first, and the third has nothing to do
    assert [await bench.tick() for _ in range(3)] == [AT_ONCE, 50, 0]
    assert await bench.fired() == subjects[::-1]


async def test_while_a_partition_has_much_to_do_it_gets_no_timers(bench: Bench) -> None:
    # given a stream with a long way to go, and a timer
    for number in range(BACKLOG):
        await bench.redis.xadd(keys.key(0, keys.INBOUND), {"number": number})
    await bench.set(MONDAY)
    moved = await bench.schedule.tick({0: bench.token})
    assert (moved.count, moved.is_more, await bench.waiting()) == (0, True, 1)
    # when it is shorter by one, then it has room
    await bench.redis.xtrim(keys.key(0, keys.INBOUND), maxlen=BACKLOG - 1, approximate=False)
    assert await bench.tick() == 1


async def test_a_ticker_that_lost_its_lease_moves_nothing(bench: Bench) -> None:
    await bench.set(MONDAY)
    bench.token = "another's"
    assert (await bench.tick(), await bench.fired(), await bench.waiting()) == (0, [], 1)


async def test_a_timer_that_nobody_can_read_is_set_aside_and_the_others_fire(bench: Bench) -> None:
    await bench.set(MONDAY, MONDAY)
    await bench.redis.zadd(keys.key(0, keys.TIMERS), {"nonsense": 0})
    assert await bench.tick() == 3
    assert await bench.fired() == ["0", "1"]
    [(_, fields)] = await xrange(bench.redis, keys.key(0, keys.DEAD))
    assert fields[b"timer"] == b"nonsense"


@pytest.mark.parametrize("suffix", [keys.INBOUND, keys.DEAD, keys.TIMERS])
async def test_a_partition_that_can_not_be_written_keeps_its_timers_and_the_others_go_on(
    bench: Bench, suffix: str
) -> None:
    await bench.set(MONDAY)
    await bench.redis.set(keys.key(1, keys.LEASE), "theirs")
    await bench.redis.zadd(keys.key(1, keys.TIMERS), {wire.encode(Timer(_X, TimerKind.WAKE, 1, MONDAY)): 0})
    # given a key of another type where one of the writes goes
    aside = await bench.redis.zrange(keys.key(0, keys.TIMERS), 0, -1)
    await bench.redis.delete(keys.key(0, suffix))
    await bench.redis.set(keys.key(0, suffix), "of another type")
    # when both tick, then one has moved, and the other has lost nothing
    assert (await bench.schedule.tick({0: "ours", 1: "theirs"})).count == 1
    if suffix != keys.TIMERS:
        assert await bench.redis.zrange(keys.key(0, keys.TIMERS), 0, -1) == aside


_X = ConversationId("c-01-x")


@pytest.mark.parametrize("is_guarded", [True, False])
async def test_answers_that_are_lost_move_nothing_twice(
    redis_url: str, connection: Connection, is_guarded: bool
) -> None:
    """The server does its work and the answer is lost on the way: the client tries again by itself.

    Without its guard (the control arm) the script would move again what it moved before.
    """
    losing = Losing()
    async with redis_door(redis_url) as door:
        door.passing = losing
        bench = Bench(connection, HeldClock(), door.url)
        assert ONCE in MOVE
        source = MOVE if is_guarded else MOVE.replace(ONCE, "if redis.call('ZREM', KEYS[2], timer[2]) then")
        bench.schedule._move = Script(bench.connection, source)
        await bench.connection.commands.script_load(source)
        count = 0
        # when one answer, then three in a row are lost
        for day, lost in enumerate((1, 3)):
            count += len(await bench.set(*[MONDAY - day * DAY] * 40))
            losing.left = lost
            await bench.tick()
            assert losing.left == 0
        await bench.tick()
        await bench.connection.close()
    assert (len(await bench.fired()) == count) is is_guarded


@pytest.mark.parametrize("by", [HOUR, -HOUR, DAY, -DAY, timedelta(seconds=90), timedelta(seconds=-90)])
async def test_a_server_whose_clock_jumps_fires_nothing_early_and_loses_nothing(
    redis_url: str, connection: Connection, by: timedelta
) -> None:
    is_small = abs(by) < timedelta(minutes=2)
    async with redis_door(redis_url) as door:
        doored = Connection(door.url)
        clock = RedisClock(doored)
        await clock.begin()
        bench = Bench(connection, clock)
        # given timers that are due in half an hour, and tomorrow, and one that is due now
        began = clock.now()
        await bench.set(began + HOUR / 2, began + DAY - HOUR, began)
        with capture_logs() as logs:
            # when the server's clock jumps, and stays so for as long as it is asked
            door.passing = time_off_by(by)
            for _ in range(10):
                await clock.read()
                await bench.tick()
            # then only the one that is due has fired, and the first reading rang the alarm
            assert await bench.fired() == ["2"]
            assert (await _found(logs, "clock_jumped") != []) is not is_small
            assert abs(clock.now() - began) < timedelta(minutes=2)
            # and time goes on
            moment = clock.now()
            await clock.read()
            assert is_small or clock.now() > moment
            # when it comes back, then all is as before
            door.passing = bytes
            await clock.read()
        assert clock.now() >= began
        assert (await bench.fired(), await bench.waiting()) == (["2"], 2)
        await doored.close()


@pytest.mark.parametrize("by", [HOUR, DAY])
async def test_a_clock_that_was_set_right_is_followed_at_the_second_reading(
    redis_url: str, connection: Connection, by: timedelta
) -> None:
    """The twin: the machine's own time says the same as the server's, as after a suspended machine woke."""
    off = [timedelta()]
    async with redis_door(redis_url) as door:
        doored = Connection(door.url)
        real = HeldClock(await _server_time(connection))
        clock = RedisClock(doored, wall=lambda: real.now() + off[0])
        await clock.begin()
        bench = Bench(connection, clock)
        began = clock.now()
        await bench.set(began + by / 2, began + 2 * by)
        door.passing, off[0] = time_off_by(by), by
        fired = []
        for _ in range(3):
            await clock.read()
            await bench.tick()
            fired.append(await bench.fired())
        # then it is held at first; after the second reading what is due by now has fired, once
        assert fired == [[], ["0"], ["0"]]
        assert await bench.waiting() == 1
        # when it goes back again, then it is not followed into the past
        latest = clock.now()
        door.passing, off[0] = bytes, timedelta()
        for _ in range(3):
            await clock.read()
        assert clock.now() >= latest
        await doored.close()


async def test_a_ticker_tells_of_an_outage_once_it_is_over(bench: Bench, connection: Connection) -> None:
    count = AT_ONCE + 5
    await bench.set(*[MONDAY - HOUR] * count)
    leases = Leases(connection, 1, HOUR / 6)
    leases._held = {0: bench.token}
    ticker = Ticker(bench.schedule, leases)
    told = []
    with capture_logs() as logs:
        for _ in range(4):
            await ticker.tick()
            told.append(len(await _found(logs, "timers_late")))
    assert told == [0, 0, 1, 1]
    assert (await _found(logs, "timers_late"))[0]["count"] == count


async def _found(logs: Sequence[object], event: str) -> list[dict[str, object]]:
    return [entry for entry in logs if isinstance(entry, dict) and entry["event"] == event]


async def _server_time(connection: Connection) -> datetime:
    clock = RedisClock(connection)
    await clock.begin()
    return clock.now()


async def _owed(core: Core, count: int) -> None:
    """So many customers write; a few at a time, a millisecond later than those before."""
    for start in range(0, count, CUSTOMERS_A_MOMENT * 10):
        numbers = range(start, min(start + CUSTOMERS_A_MOMENT * 10, count))
        messages = [written("mi factura", f"chat:customer-{number}", f"k{number}") for number in numbers]
        await asyncio.gather(*(core.inbox.accept(MessageArrived(message), message.key) for message in messages))
        await core.clock.advance(MILLISECOND)
    await eventually(lambda: _is_heard(core.connection), "all heard", 60)


async def _is_heard(connection: Connection) -> bool:
    return not sum([await connection.commands.xlen(keys.key(part, keys.INBOUND)) for part in range(PARTITIONS)])


async def _timers(connection: Connection, partition: int) -> list[Timer]:
    """The partition's timers, in the order in which they are to fire."""
    members: Any = await connection.commands.zrange(keys.key(partition, keys.TIMERS), 0, -1)
    return [wire.decode(Timer, member) for member in members]


async def _left(connection: Connection) -> int:
    """How many timers have not been committed."""
    async with connection.commands.pipeline(transaction=False) as pipe:
        for partition in range(PARTITIONS):
            pipe.zcard(keys.key(partition, keys.TIMERS))
            pipe.xlen(keys.key(partition, keys.INBOUND))
        return sum(await pipe.execute())


async def _is_down_to(connection: Connection, most: int) -> bool:
    return await _left(connection) <= most


async def _missed(connection: Connection, partition: int) -> list[str]:
    """The conversations whose missed deadline was told, in the order of the commits."""
    entries = await xrange(connection.commands, keys.key(partition, keys.FEED))
    return [fields[b"c"].decode() for _, fields in entries if b"deadline_missed" in fields.get(b"n", b"")]


async def _told_once(connection: Connection) -> int:
    """How many timelines tell of exactly one missed deadline."""
    found = 0
    async for key in connection.commands.scan_iter("hilo:{p??}:tl:*", count=1000):
        entries = await connection.commands.lrange(key, 0, -1)
        found += sum(b'"deadline_missed"' in entry for entry in entries) == 1
    return found


@asynccontextmanager
async def _router(url: str, now: datetime) -> AsyncIterator[None]:
    """A router in a process of its own, at work; killed at the end."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", ROUTER, url, now.isoformat(), stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(30):
            await process.stdout.readuntil(b"at work\n")
        yield
    finally:
        process.kill()
        await process.wait()
