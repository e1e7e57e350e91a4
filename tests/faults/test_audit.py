"""The audit: a store that is healthy is told to be, and each thing that is broken by hand is named."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from contextlib import aclosing
from dataclasses import replace
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis

from history.archive import Archive, Late, Story
from history.schema import ArchiveAway
from router.model.clock import milliseconds
from router.model.commitment import DeadlineKind
from router.model.decision import ANY_TURN, Timer
from router.model.event import MessageArrived, NoteAdded, ReplyWritten, Resolved, Snoozed, TimerKind, Transferred
from router.model.ids import PARTITIONS, ConversationId, CustomerId, customer_id, partition_of
from router.model.message import Handle
from router.store import keys, wire
from router.store.audit.audit import Audit, Report
from router.store.audit.counts import Row
from router.store.audit.findings import Wrong
from router.store.connection import Connection, xrange
from router.store.dead_letters import DeadLetters
from router.store.outbound import Attempt
from tests.archived import LONG, feeder_of, opened
from tests.clock import MONDAY
from tests.core import ANA, BILLING, CARE, POLICY, TEAMS, running_core, written
from tests.faults.test_poison import PARTITION, Landmine, Stage
from tests.waiting import eventually

YEAR = MONDAY + timedelta(days=365)

VISITORS = ("ada", "ben", "cleo")
SOON = timedelta(minutes=1)


def settled(name: str) -> CustomerId:
    """A customer of the partition that all is in."""
    made = (customer_id(f"{name}{number}") for number in count())
    return next(found for found in made if partition_of(found) == PARTITION)


class House:
    """A store after a story, and hands to break things in it."""

    def __init__(self, stage: Stage, archive: Archive) -> None:
        self.stage = stage
        self.archive = archive
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

    async def audit(self, history: Archive | None = None) -> Report:
        """What the audit says, where the archive is at hand: that of the story, unless another one is given."""
        return await Audit(self.stage.connection, PARTITIONS, TEAMS, 0.01, history or self.archive).run()

    async def audit_elsewhere(self) -> Report:
        """What it says on a machine without the archive."""
        return await Audit(self.stage.connection, PARTITIONS, TEAMS, 0.01).run()

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
async def house(redis_url: str, redis_client: Redis, tmp_path: Path) -> AsyncIterator[House]:
    async with aclosing(Stage(redis_url)) as stage, opened(tmp_path) as archive:
        made = House(stage, archive)
        await made.play()
        yield made


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


async def a_board_of_nobody(house: House) -> None:
    await house.redis.zadd(house.key(keys.CALLS), {"c-07-nobody": 1})


async def a_board_without_a_call(house: House) -> None:
    await house.redis.zadd(house.key(keys.CALLS), {house.ada: 1})


async def a_call_off_the_board(house: House) -> None:
    at = "2026-11-23T10:00:00Z"
    await house.edit(
        keys.conversation(house.ada), callback={"kind": "schedule", "asked_at": at, "id": "k-07-1", "ready_at": at}
    )


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


async def a_timer_that_nothing_waits_for(house: House) -> None:
    timer = Timer(house.ada, TimerKind.DEADLINE, ANY_TURN, MONDAY, DeadlineKind.FIRST_REPLY)
    await house.redis.zadd(house.key(keys.TIMERS), {wire.encode(timer): milliseconds(MONDAY)})


async def a_timer_lost(house: House) -> None:
    assert await house.redis.zremrangebyrank(house.key(keys.TIMERS), 0, 0) == 1


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


async def part_of_another_and_taken_for_themselves(house: House) -> None:
    await house.edit(keys.customer(await house.customer(house.ben)), part_of="u-03-other")


async def taken_for_another_and_part_of_nobody(house: House) -> None:
    await house.redis.set(house.key(keys.moved(await house.customer(house.ben))), "done u-03-other u-03-other")


async def waiting_for_another_since_long_ago(house: House) -> None:
    name = keys.customer(await house.customer(house.ben))
    await house.edit(name, busy_with="u-03-other", busy_since="2026-11-01T00:00:00Z")


async def an_unreadable_errand(house: House) -> None:
    await house.redis.xadd(house.key(keys.ERRANDS), {"v": "1", "errand": "run", "body": "{}"})


async def an_unreadable_way(house: House) -> None:
    await house.redis.set(house.key(keys.moved(await house.customer(house.ben))), "nowhere")


async def a_record_of_another(house: House) -> None:
    await house.edit(keys.conversation(house.ada), id=house.ben)


async def a_record_in_another_partition(house: House) -> None:
    # Not by RENAME, which a cluster refuses between partitions.
    here, there = (keys.key(PARTITION + step, keys.conversation(house.cleo)) for step in (0, 1))
    record: Any = await house.redis.hgetall(here)
    await house.redis.hset(there, mapping=record)
    await house.redis.delete(here)


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


async def closed_and_not_asked_for(house: House) -> None:
    await house.redis.zremrangebyscore(house.key(keys.TIMERS), "-inf", "+inf")
    await house.edit(keys.conversation(house.cleo), state="closed")
    await house.edit(keys.customer(await house.customer(house.cleo)), open_conversation=None)
    await house.redis.hset(house.key(keys.customer(await house.customer(house.cleo))), "p", "")


async def asked_for_and_open(house: House) -> None:
    await house.redis.xadd(house.key(keys.ARCHIVE), {"c": house.ada})


async def asked_for_and_nowhere(house: House) -> None:
    await house.redis.xadd(house.key(keys.ARCHIVE), {"c": "c-07-nobody"})


async def nobody_asked_for(house: House) -> None:
    await house.redis.xadd(house.key(keys.ARCHIVE), {"what": "?"})


async def a_count_of_what_never_went(house: House) -> None:
    await house.redis.hincrby(house.key(keys.COUNTS), keys.archived("email"), 1)


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
    (a_board_of_nobody, {Wrong.CALLS}),
    (a_board_without_a_call, {Wrong.CALLS}),
    (a_call_off_the_board, {Wrong.CALLS}),
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
    (a_timer_that_nothing_waits_for, {Wrong.TIMER}),
    (a_timer_lost, {Wrong.TIMER}),
    (an_unreadable_timer, {Wrong.UNREADABLE}),
    (a_reply_of_nobody, {Wrong.OUTBOUND}),
    (an_attempt_without_its_reply, {Wrong.ATTEMPT}),
    (a_handle_of_another_hilo, {Wrong.HANDLE}),
    (a_revision_below_one, {Wrong.REVISION}),
    (part_of_another_and_taken_for_themselves, {Wrong.MERGING}),
    (taken_for_another_and_part_of_nobody, {Wrong.MERGING}),
    (waiting_for_another_since_long_ago, {Wrong.MERGING}),
    (an_unreadable_errand, {Wrong.UNREADABLE}),
    (an_unreadable_way, {Wrong.UNREADABLE}),
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
    (closed_and_not_asked_for, {Wrong.ARCHIVE}),
    (asked_for_and_open, {Wrong.ARCHIVE}),
    (asked_for_and_nowhere, {Wrong.ARCHIVE}),
    (nobody_asked_for, {Wrong.UNREADABLE}),
    (a_count_of_what_never_went, {Wrong.ARCHIVE, Wrong.COUNTS}),
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


class Meanwhile(Archive):
    """An archive beside which history goes on while an audit reads: after the cuts, and before it counts."""

    def __init__(self, folder: Path, connection: Connection, *, is_written: bool = True) -> None:
        super().__init__(folder)
        self._feeder = feeder_of(connection, self)
        self._is_written = is_written

    async def known(self, names: Collection[ConversationId]) -> set[ConversationId]:
        """As ever, after a batch of history's."""
        await self._feeder.feed()
        return await super().known(names)

    async def keep(self, stories: Sequence[Story], late: Sequence[Late] = ()) -> list[Late]:
        """As ever, or nothing at all."""
        return await super().keep(stories, late) if self._is_written else []


async def all_closed(house: House) -> None:
    """Everything in the house is resolved, and closes."""
    async with running_core(house.stage.connection.url) as core:
        # Not by KEYS, which one node of a cluster answers for itself alone.
        found = [key async for key in house.redis.scan_iter(house.key("conv:*"))]
        names = [ConversationId(wire.text(key).rpartition(":")[2]) for key in found]
        for name in names:
            await core.does(Resolved(ANA), name)
        await core.clock.advance(LONG)

        async def are_closed() -> bool:
            return all([(await core.now(name)).is_closed for name in names])

        await eventually(are_closed, "closed")


@pytest.mark.parametrize("looks", [1, 3])
async def test_history_at_work_in_the_middle_of_an_audit_is_no_finding(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, looks: int
) -> None:
    # given closed conversations, a snooze of one that lies a year ahead, and an audit that looks once or again
    async with running_core(house.stage.connection.url) as core:
        await core.does(Snoozed(ANA, YEAR), house.ada)
    await all_closed(house)
    older = wire.encode(Timer(house.ada, TimerKind.WAKE, 1, YEAR))
    assert await house.redis.zadd(house.key(keys.TIMERS), {older: milliseconds(YEAR)}) == 1
    monkeypatch.setattr("router.store.audit.audit.LOOKS", looks)
    archive = Meanwhile(tmp_path, house.stage.connection)
    # when history takes them between its cut and its counting
    report = await house.audit(archive)
    await archive.close()
    # then nothing is wrong, here, or later, or where the archive is not at hand
    gone = [Row("email", accepted=1, archived=1), Row("webchat", accepted=6, archived=6)]
    assert (report.findings, report.rows) == ([], gone)
    for later in (await house.audit(), await house.audit_elsewhere()):
        assert (later.findings, later.rows) == ([], gone)
    # although a timer that an older version left, not due yet, names a conversation that has gone
    assert await house.redis.zcard(house.key(keys.TIMERS)) == 1


class Halting(Archive):
    """An archive whose feeder ends between the writing and the forgetting."""

    async def keep(self, stories: Sequence[Story], late: Sequence[Late] = ()) -> list[Late]:
        """As ever, and no further."""
        await super().keep(stories, late)
        raise ArchiveAway("it ends here")


async def test_what_is_archived_and_not_yet_forgotten_is_there_once(house: House, tmp_path: Path) -> None:
    # given closed conversations that history has written, and that Redis still holds
    await all_closed(house)
    archive = Halting(tmp_path)
    with pytest.raises(ArchiveAway):
        await feeder_of(house.stage.connection, archive).feed()
    assert sum((await archive.counts()).values()) == 7
    await archive.close()
    # then they are counted where they are in Redis
    report = await house.audit()
    assert report.findings == []
    assert report.rows == [Row("email", accepted=1, timelines=1), Row("webchat", accepted=6, timelines=6)]


async def test_what_history_has_not_written_is_missed(house: House, tmp_path: Path) -> None:
    """The control arm: Redis forgets and counts, and the archive holds nothing."""
    await all_closed(house)
    archive = Meanwhile(tmp_path, house.stage.connection, is_written=False)
    report = await house.audit(archive)
    await archive.close()
    assert Wrong.ARCHIVE in {finding.kind for finding in report.findings}
    assert (await house.audit_elsewhere()).findings == []


async def test_what_is_forgotten_and_not_counted_is_missing(house: House, tmp_path: Path) -> None:
    """The control arm: the archive holds all, and Redis has counted nothing of it."""
    await all_closed(house)
    await feeder_of(house.stage.connection, house.archive).feed()
    await house.redis.hdel(house.key(keys.COUNTS), keys.archived("webchat"))
    report = await house.audit()
    assert {finding.kind for finding in report.findings} == {Wrong.ARCHIVE, Wrong.COUNTS}


async def test_history_counts_only_what_the_inbox_had_counted(house: House) -> None:
    # given a store from before messages were counted, and one message more in each of two conversations
    await house.redis.delete(house.key(keys.COUNTS))
    async with running_core(house.stage.connection.url) as core:
        for who in ("ada", "ben"):
            await core.says("Otra vez", f"chat:{who}")
    # when all of it closes and goes to history
    await all_closed(house)
    before = await house.audit()
    await feeder_of(house.stage.connection, house.archive).feed()
    after = await house.audit()
    # then only those two are counted as gone, whoever asks
    assert (before.findings, after.findings) == ([], [])
    assert before.rows[1] == Row("webchat", accepted=2, timelines=2, earlier=6)
    assert after.rows == [Row("webchat", accepted=2, archived=2)]
    assert (await house.audit_elsewhere()).rows == after.rows
    assert sum((await house.archive.counts()).values()) == 9


async def test_nothing_is_told_wrong_while_conversations_close_and_go(house: House) -> None:
    # given a core and a history at work: whoever writes is resolved, and closes soon
    async with running_core(house.stage.connection.url, policy=replace(POLICY, reopen_within=SOON)) as core:
        is_over = asyncio.Event()

        async def flow() -> None:
            while not is_over.is_set():
                found = await core.says("Hola", f"chat:v{next(numbers)}")
                await core.does(Resolved(ANA), found.id)
                await core.clock.advance(SOON)

        async def archive() -> None:
            feeder = feeder_of(house.stage.connection, house.archive)
            while not is_over.is_set():
                await feeder.feed()
                await asyncio.sleep(0.01)

        numbers = count()
        tasks = [asyncio.create_task(work) for work in (flow(), flow(), flow(), archive())]
        # when it is audited again and again, with the archive and without
        reports: list[Report] = []
        async with asyncio.timeout(60):
            while len(reports) < 10 or not _went_on(reports):
                reports += [await house.audit(), await house.audit_elsewhere()]
        is_over.set()
        await asyncio.gather(*tasks)
    # then nothing is told, although much went to history meanwhile
    assert [finding for report in reports for finding in report.findings] == []


def _went_on(reports: list[Report]) -> bool:
    return reports[-1].rows[1].archived > reports[0].rows[1].archived + 20


async def _are(letters: DeadLetters, count: int) -> bool:
    return await letters.count() == count


async def waits_unread(house: House) -> None:
    """A message that nobody reads yet."""
    message = written("¿Hay alguien?")
    await house.stage.inbox.accept(MessageArrived(message), message.key)
