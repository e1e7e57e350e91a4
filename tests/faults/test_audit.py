"""The audit: a store that is healthy is told to be, and each thing that is broken by hand is named."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from redis.asyncio import Redis

from router.model.clock import milliseconds
from router.model.event import MessageArrived, NoteAdded, ReplyWritten, Resolved, Transferred
from router.model.ids import PARTITIONS, ConversationId, CustomerId, customer_id, partition_of
from router.model.message import Handle
from router.store import keys, wire
from router.store.audit.audit import Audit, Report
from router.store.audit.counts import Row
from router.store.audit.findings import Wrong
from router.store.connection import xrange
from router.store.dead_letters import DeadLetters
from router.store.outbound import Attempt
from tests.clock import MONDAY
from tests.core import ANA, BILLING, CARE, TEAMS, running_core, written
from tests.faults.test_poison import PARTITION, Landmine, Stage
from tests.waiting import eventually

VISITORS = ("ada", "ben", "cleo")


def settled(name: str) -> CustomerId:
    """A customer of the partition that all is in."""
    made = (customer_id(f"{name}{number}") for number in count())
    return next(found for found in made if partition_of(found) == PARTITION)


class House:
    """A store after a story, and hands to break things in it."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.redis = stage.redis
        self.ada = self.ben = self.cleo = ConversationId("")

    async def play(self) -> None:
        """Three customers write; one is answered, one transferred, one resolved."""
        await self.stage.settle(VISITORS)
        await self.redis.set(keys.handle(Handle("email", "ada@example.org")), settled("email"))
        async with running_core(self.stage.connection.url) as core:
            for _ in range(2):
                self.ada, self.ben, self.cleo = [(await core.says("Hola", f"chat:{who}")).id for who in VISITORS]
            await core.says("Por correo", "email:ada@example.org", channel="email")
            await core.does(ReplyWritten(ANA, "Ya voy"), self.ada)
            await core.does(Transferred(ANA, BILLING, "factura"), self.ben)
            await core.does(Resolved(ANA), self.cleo)
            await core.does(NoteAdded(ANA, "nota"), self.ada)

    async def audit(self) -> Report:
        """What the audit says."""
        return await Audit(self.stage.connection, PARTITIONS, TEAMS, pause=0.01).run()

    def key(self, suffix: str) -> str:
        """The whole key."""
        return keys.key(PARTITION, suffix)

    async def customer(self, conversation: ConversationId) -> CustomerId:
        """Whose it is."""
        data = await self.redis.hget(self.key(keys.conversation(conversation)), "d")
        return CustomerId(str(wire.decode(dict, data or b"")["customer"]))

    async def edit(self, suffix: str, **fields: object) -> None:
        """Change fields of a record behind Hilo's back."""
        data = await self.redis.hget(self.key(suffix), "d")
        await self.redis.hset(self.key(suffix), "d", wire.encode(wire.decode(dict, data or b"") | fields))


@pytest.fixture
async def house(redis_url: str, redis_client: Redis) -> AsyncIterator[House]:
    async with aclosing(Stage(redis_url)) as stage:
        opened = House(stage)
        await opened.play()
        yield opened


async def test_a_healthy_store_is_told_to_be(house: House) -> None:
    report = await house.audit()
    assert report.findings == []
    assert report.rows == [
        Row("email", accepted=1, timelines=1),
        Row("webchat", accepted=6, timelines=6),
    ]
    assert report.conversations == 4


async def an_unknown_team(house: House) -> None:
    conversation = keys.conversation(house.cleo)
    data = wire.decode(dict, await house.redis.hget(house.key(conversation), "d") or b"")
    await house.edit(conversation, ownership={**data["ownership"], "team": "nobody"})


async def no_queue(house: House) -> None:
    await house.redis.zrem(house.key(keys.queue(CARE)), house.ada)


async def two_queues(house: House) -> None:
    await house.redis.zadd(house.key(keys.queue(CARE)), {house.ben: 1})


async def a_queue_though_resolved(house: House) -> None:
    await house.redis.zadd(house.key(keys.queue(CARE)), {house.cleo: 1})


async def a_wrong_place_in_the_queue(house: House) -> None:
    await house.redis.zadd(house.key(keys.queue(CARE)), {house.ada: 1})


async def a_queue_of_nobody(house: House) -> None:
    await house.redis.zadd(house.key(keys.queue(CARE)), {"c-07-nobody": 1})


async def two_open_conversations(house: House) -> None:
    await house.edit(keys.conversation(house.ben), customer=await house.customer(house.ada))


async def a_pointer_to_nothing(house: House) -> None:
    await house.edit(keys.customer(await house.customer(house.ada)), open_conversation="c-07-nobody")


async def a_pointer_lost(house: House) -> None:
    await house.edit(keys.customer(await house.customer(house.ada)), open_conversation=None)


async def a_pointer_beside_its_record(house: House) -> None:
    await house.redis.hset(house.key(keys.conversation(house.ada)), "p", "u-07-nobody")


async def a_customer_lost(house: House) -> None:
    await house.redis.delete(house.key(keys.customer(await house.customer(house.ada))))


async def a_timeline_lost(house: House) -> None:
    await house.redis.delete(house.key(keys.timeline(house.ada)))


async def a_conversation_lost(house: House) -> None:
    await house.redis.delete(house.key(keys.conversation(house.ada)))


async def an_entry_twice(house: House) -> None:
    first = await house.redis.lindex(house.key(keys.timeline(house.ada)), 0)
    assert first is not None
    await house.redis.rpush(house.key(keys.timeline(house.ada)), first)


async def a_message_twice(house: House) -> None:
    first = wire.decode(dict, await house.redis.lindex(house.key(keys.timeline(house.ada)), 0) or b"")
    await house.redis.rpush(house.key(keys.timeline(house.ada)), wire.encode(first | {"id": "1-0.0"}))


async def a_message_lost(house: House) -> None:
    await house.redis.lpop(house.key(keys.timeline(house.ada)))


async def a_timer_of_nobody(house: House) -> None:
    timer = {"conversation": "c-07-nobody", "kind": "close", "turn": 1, "due_at": MONDAY}
    await house.redis.zadd(house.key(keys.TIMERS), {wire.encode(timer): milliseconds(MONDAY)})


async def a_timer_at_a_wrong_instant(house: House) -> None:
    found: Any = await house.redis.zrange(house.key(keys.TIMERS), 0, -1)
    await house.redis.zadd(house.key(keys.TIMERS), {found[0]: milliseconds(MONDAY + timedelta(days=30))})


async def an_unreadable_timer(house: House) -> None:
    await house.redis.zadd(house.key(keys.TIMERS), {"no timer": milliseconds(MONDAY)})


async def a_reply_of_nobody(house: House) -> None:
    [(_, fields)] = await xrange(house.redis, house.key(keys.outbound("webchat")))
    message = wire.decode(dict, fields[b"m"]) | {"conversation": "c-07-nobody"}
    await house.redis.xadd(house.key(keys.outbound("webchat")), {"m": wire.encode(message)})


async def an_attempt_without_its_reply(house: House) -> None:
    await house.redis.hset(house.key(keys.attempts("webchat")), "o-07-nothing", wire.encode(Attempt()).decode())


async def a_handle_of_another_hilo(house: House) -> None:
    await house.redis.set(keys.handle(Handle("chat", "ada")), "u-77-ada")


async def a_revision_below_one(house: House) -> None:
    await house.redis.hset(house.key(keys.conversation(house.ada)), "r", "0")


async def a_record_of_another(house: House) -> None:
    await house.edit(keys.conversation(house.ada), id=house.ben)


async def a_record_in_another_partition(house: House) -> None:
    await house.redis.rename(
        house.key(keys.conversation(house.cleo)), keys.key(PARTITION + 1, keys.conversation(house.cleo))
    )


async def an_unreadable_record(house: House) -> None:
    await house.redis.hset(house.key(keys.conversation(house.ada)), "d", "{")


async def an_unreadable_entry(house: House) -> None:
    await house.redis.lset(house.key(keys.timeline(house.ada)), -1, "{")


async def a_key_of_another_type(house: House) -> None:
    await house.redis.set(house.key(keys.queue(CARE)), "no queue")


async def an_unread_key_of_another_type(house: House) -> None:
    await house.redis.set(house.key("wait:care"), "no list")


async def a_key_that_is_unknown(house: House) -> None:
    await house.redis.set(house.key("conf:x"), "?")


async def a_partition_that_is_unknown(house: House) -> None:
    await house.redis.set("hilo:{p77}:hw", "1")


async def a_counter_ahead(house: House) -> None:
    await house.redis.hincrby(house.key(keys.COUNTS), keys.accepted("email"), 1)


async def a_counter_behind(house: House) -> None:
    await house.redis.hincrby(house.key(keys.COUNTS), keys.accepted("email"), -1)


async def a_stream_of_another_type(house: House) -> None:
    await house.redis.delete(house.key(keys.INBOUND))
    await house.redis.set(house.key(keys.INBOUND), "no stream")


Break = Callable[[House], Awaitable[None]]
BROKEN: tuple[tuple[Break, set[Wrong]], ...] = (
    (an_unknown_team, {Wrong.OWNER}),
    (no_queue, {Wrong.QUEUE}),
    (two_queues, {Wrong.QUEUE}),
    (a_queue_though_resolved, {Wrong.QUEUE}),
    (a_wrong_place_in_the_queue, {Wrong.QUEUE}),
    (a_queue_of_nobody, {Wrong.QUEUE}),
    (two_open_conversations, {Wrong.OPEN_TWICE, Wrong.POINTER}),
    (a_pointer_to_nothing, {Wrong.POINTER}),
    (a_pointer_lost, {Wrong.POINTER}),
    (a_pointer_beside_its_record, {Wrong.POINTER}),
    (a_customer_lost, {Wrong.POINTER}),
    (a_timeline_lost, {Wrong.TIMELINE, Wrong.COUNTS}),
    (a_conversation_lost, {Wrong.TIMELINE, Wrong.QUEUE, Wrong.POINTER, Wrong.OUTBOUND}),
    (an_entry_twice, {Wrong.REPEATED_ENTRY, Wrong.NUMBERING, Wrong.DOUBLED, Wrong.COUNTS}),
    (a_message_twice, {Wrong.NUMBERING, Wrong.DOUBLED}),
    (a_message_lost, {Wrong.NUMBERING, Wrong.COUNTS}),
    (a_timer_of_nobody, {Wrong.TIMER}),
    (a_timer_at_a_wrong_instant, {Wrong.TIMER}),
    (an_unreadable_timer, {Wrong.UNREADABLE}),
    (a_reply_of_nobody, {Wrong.OUTBOUND}),
    (an_attempt_without_its_reply, {Wrong.ATTEMPT}),
    (a_handle_of_another_hilo, {Wrong.HANDLE}),
    (a_revision_below_one, {Wrong.REVISION}),
    (a_record_of_another, {Wrong.MISPLACED}),
    (a_record_in_another_partition, {Wrong.MISPLACED, Wrong.POINTER, Wrong.TIMELINE, Wrong.TIMER}),
    (an_unreadable_record, {Wrong.UNREADABLE}),
    (an_unreadable_entry, {Wrong.UNREADABLE, Wrong.COUNTS}),
    (a_key_of_another_type, {Wrong.WRONG_TYPE, Wrong.QUEUE}),
    (an_unread_key_of_another_type, {Wrong.WRONG_TYPE}),
    (a_key_that_is_unknown, {Wrong.UNKNOWN_KEY}),
    (a_partition_that_is_unknown, {Wrong.UNKNOWN_KEY}),
    (a_counter_ahead, {Wrong.COUNTS}),
    (a_counter_behind, {Wrong.COUNTS}),
    (a_stream_of_another_type, {Wrong.WRONG_TYPE, Wrong.COUNTS}),
)


async def test_each_thing_that_is_broken_is_named(house: House) -> None:
    before: dict[str, bytes] = {}
    async for name in house.redis.scan_iter():
        before[name] = await house.redis.dump(name)  # type: ignore[assignment]
    wrong = {}
    for breaks, expected in BROKEN:
        # when one thing is broken
        await breaks(house)
        found = {finding.kind for finding in (await house.audit()).findings}
        # then that is what is told
        if found != expected:
            wrong[breaks.__name__] = (found, expected)
        await house.redis.flushall()
        for name, dumped in before.items():
            await house.redis.restore(name, 0, dumped)
    assert wrong == {}
    # and each kind was broken at least once
    assert set(Wrong) == {kind for _, expected in BROKEN for kind in expected}


async def test_messages_add_up_wherever_they_are(house: House) -> None:
    letters = DeadLetters(house.stage.connection, PARTITIONS)

    async def webchat() -> Row:
        report = await house.audit()
        assert report.findings == []
        return next(row for row in report.rows if row.channel == "webchat")

    # given two messages that meet a fault in the rules, and one that nobody has read yet
    async with running_core(house.stage.connection.url, rulebook=Landmine(CARE)) as core:
        for _ in range(2):
            await core.accept(written("boom"))
        await eventually(lambda: _are(letters, 2), "two dead letters")
    await waits_unread(house)
    # then each is where it is
    assert await webchat() == Row("webchat", accepted=9, timelines=6, in_flight=1, dead=2)
    # when one is replayed and one dropped
    first, second = await letters.list()
    assert await letters.replay(first.id)
    assert await letters.drop(second.id)
    assert await webchat() == Row("webchat", accepted=9, timelines=6, in_flight=2, dropped=1)
    # and the rest is read
    async with running_core(house.stage.connection.url):
        await eventually(house.stage.is_empty, "all done")
    assert await webchat() == Row("webchat", accepted=9, timelines=8, dropped=1)


async def test_what_came_before_the_counting_is_told_apart(house: House) -> None:
    # given a store from before messages were counted
    await house.redis.delete(house.key(keys.COUNTS))
    report = await house.audit()
    assert (report.counted_since, report.findings) == (None, [])
    # when the first one comes that is counted
    await waits_unread(house)
    report = await house.audit()
    # then the others are in no number of it
    assert report.findings == []
    assert report.rows == [Row("email", earlier=1), Row("webchat", accepted=1, in_flight=1, earlier=6)]
    assert report.counted_since


async def test_nothing_is_told_wrong_while_traffic_flows(house: House) -> None:
    # given a core at work on much that comes and goes
    async with running_core(house.stage.connection.url) as core:
        is_over = asyncio.Event()

        async def flow() -> None:
            for number in count():
                if is_over.is_set():
                    return
                found = await core.says(f"Hola {number}", f"chat:v{number % 30}")
                await core.does(ReplyWritten(ANA, "Sí"), found.id)
                await core.does(Transferred(ANA, (CARE, BILLING)[number % 2], ""), found.id)

        tasks = [asyncio.create_task(flow()) for _ in range(4)]
        # when it is audited again and again
        reports = [await house.audit() for _ in range(10)]
        is_over.set()
        await asyncio.gather(*tasks)
    # then nothing is told, and much went on
    assert [report.findings for report in reports] == [[]] * 10
    assert reports[-1].rows[1].accepted > reports[0].rows[1].accepted


async def _are(letters: DeadLetters, count: int) -> bool:
    return await letters.count() == count


async def waits_unread(house: House) -> None:
    """A message that nobody reads yet."""
    message = written("¿Hay alguien?")
    await house.stage.inbox.accept(MessageArrived(message), message.key)
