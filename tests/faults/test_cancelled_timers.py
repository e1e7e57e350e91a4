"""Timers from which nothing would come any more leave with the commit that ends their matter; no other does."""

from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import pytest
from redis.asyncio import Redis

from router.model.commitment import Ladder, LadderStep
from router.model.decision import ANY_TURN, Timer
from router.model.event import (
    Claimed,
    Command,
    MessageArrived,
    NoteAdded,
    Reopened,
    ReplyWritten,
    Resolved,
    Snoozed,
    TimerKind,
)
from router.model.ids import PARTITIONS, ConversationId, partition_of
from router.store import keys, wire
from router.store.audit.audit import Audit
from router.store.audit.findings import Finding
from router.store.connection import Connection
from router.store.inbox import Inbox
from rules.engine import RuleBook, Then
from tests.clock import MONDAY, HeldClock
from tests.core import ANA, CARE, POLICY, TEAMS, Core, running_core, written
from tests.story import DAY, HOUR, MINUTE, asked, targets
from tests.waiting import eventually

STEPS = (LadderStep(15 * MINUTE, raises=True), LadderStep(HOUR, tell_supervisor=True))
OWED = targets(first_reply=HOUR, next_reply=2 * HOUR, resolution=2 * DAY, update=5 * HOUR)
BOOK = RuleBook(CARE, (asked("factura", Then(CARE, targets=OWED, ladder=Ladder("factura", STEPS))),))
ALL_CLOSED = POLICY.reopen_within + MINUTE


@pytest.fixture
async def connection(redis_url: str, redis_client: Redis) -> AsyncIterator[Connection]:
    opened = Connection(redis_url)
    yield opened
    await opened.close()


async def test_what_is_met_left_or_over_has_no_timer_any_more(redis_url: str, connection: Connection) -> None:
    async with running_core(redis_url, rulebook=BOOK) as core:
        # given a customer who is owed a first reply, a solution and a word now and then, and a ladder
        name = (await core.says("Mi factura está mal")).id
        assert await _kinds(connection) == [
            *("deadline first_reply", "deadline resolution", "deadline update", "ladder", "silence"),
        ]
        # when somebody is at work on it, then the ladder goes; once they replied only the next word is owed
        await core.does(Claimed(ANA), name)
        assert await _kinds(connection) == ["deadline first_reply", "deadline resolution", "deadline update", "silence"]
        await core.does(ReplyWritten(ANA, "Lo miro"), name)
        assert await _kinds(connection) == ["deadline update", "silence"]
        # and once it sleeps it has something to wake it, which the customer does first
        await core.does(Snoozed(ANA, MONDAY + 300 * DAY), name)
        assert await _kinds(connection) == ["deadline resolution", "deadline update", "silence", "wake"]
        await core.says("¿Y mi factura?")
        owed = ["deadline next_reply", "deadline resolution", "deadline update", "ladder", "silence"]
        assert await _kinds(connection) == owed
        # when it is done, then only the question and the end of its reopening wait, and go where it is taken up again
        await core.does(Resolved(ANA), name)
        await core.does(NoteAdded(ANA, "era el IVA"), name)
        assert await _kinds(connection) == ["close", "follow_up"]
        await core.does(Reopened(ANA), name)
        assert await _kinds(connection) == ["deadline resolution", "deadline update", "silence"]
        assert await _wrong(connection) == []
        # and once it is closed nothing waits at all
        await core.does(Resolved(ANA), name)
        await core.clock.advance(ALL_CLOSED)
        await eventually(partial(_is_closed, core, name), "closed")
        assert (await _kinds(connection), await _wrong(connection)) == ([], [])


async def test_a_timer_that_is_set_and_cancelled_in_one_batch_is_not_there(
    redis_url: str, connection: Connection
) -> None:
    # given a conversation, and what comes for it while nobody is at work, so that it is decided in one batch
    async with running_core(redis_url, rulebook=BOOK) as core:
        name = (await core.says("Mi factura")).id
        await core.does(Claimed(ANA), name)
    inbox = Inbox(connection, HeldClock())
    commands: tuple[Command, ...] = (
        Resolved(ANA),
        Reopened(ANA),
        Snoozed(ANA, MONDAY + DAY),
        Resolved(ANA),
        ReplyWritten(ANA, "Ya"),
    )
    for number, command in enumerate(commands):
        await inbox.submit(command, name, f"k{number}")
    arrived = MessageArrived(written("¿Y mi factura?"))
    await inbox.accept(arrived, arrived.message.key)
    # when a router takes it, then what is owed at its end has its timers, and nothing else has
    async with running_core(redis_url, rulebook=BOOK) as core:
        await eventually(partial(_is_idle, connection, name), "all decided")
        owed = ["deadline next_reply", "deadline resolution", "deadline update", "ladder", "silence"]
        assert await _kinds(connection) == owed
        after = await core.now(name)
        assert after.silence
        assert {timer.due_at for timer in await _waiting(connection)} == {
            *(each.due_at for each in after.deadlines),
            MONDAY + STEPS[0].after,
            after.silence.due_at,
        }
        assert await _wrong(connection) == []


async def test_what_an_older_version_stored_falls_due_as_ever(redis_url: str, connection: Connection) -> None:
    # given conversations as they were stored before: records without these instants, each timer with a turn
    async with running_core(redis_url, rulebook=BOOK) as core:
        owed = (await core.says("Mi factura", "chat:ada")).id
        done = (await core.says("Mi factura", "chat:ben")).id
        back = (await core.says("Mi factura", "chat:cleo")).id
        for name in (done, back):
            await core.does(Resolved(ANA), name)
    await _as_before(connection, owed, done, back)
    # when one of the resolved is taken up again, then the others wait for what they waited for
    async with running_core(redis_url, rulebook=BOOK) as core:
        await core.does(Reopened(ANA), back)
        await core.clock.advance(HOUR + MINUTE)

        async def told() -> bool:
            kinds = [kind for kind, _ in await core.story(owed)]
            return kinds == ["message_in", "routed", "ladder", "deadline_missed", "ladder", "escalated"]

        await eventually(told, "the ladder's steps and the deadline")
        await core.does(Resolved(ANA), owed)
        # and close when their time has come; what was left behind does nothing, and is no finding
        await core.clock.advance(ALL_CLOSED)
        for name in (owed, done):
            await eventually(partial(_is_closed, core, name), "closed")
        assert not (await core.now(back)).is_closed
        assert await _wrong(connection) == []


async def _as_before(connection: Connection, *names: ConversationId) -> None:
    """Store the conversations, and all timers, as the version before did."""
    redis = connection.commands
    for name in names:
        key = keys.key(partition_of(name), keys.conversation(name))
        record: dict[str, Any] = wire.decode(dict, await redis.hget(key, "d") or b"")
        record.pop("closes_at", None)
        record.get("ladder", {}).pop("due_at", None)
        await redis.hset(key, "d", wire.encode(record))
    for partition in range(PARTITIONS):
        key = keys.key(partition, keys.TIMERS)
        found: Any = await redis.zrange(key, 0, -1, withscores=True)
        for member, due in found:
            timer: dict[str, Any] = wire.decode(dict, member)
            if timer["turn"] == ANY_TURN:
                await redis.zrem(key, member)
                await redis.zadd(key, {wire.encode(timer | {"turn": 3}): due})


async def _waiting(connection: Connection) -> list[Timer]:
    """The timers of all partitions."""
    found: list[Timer] = []
    for partition in range(PARTITIONS):
        members: Any = await connection.commands.zrange(keys.key(partition, keys.TIMERS), 0, -1)
        found += [wire.decode(Timer, member) for member in members]
    return found


async def _kinds(connection: Connection) -> list[str]:
    """Of what kinds they are; deadlines with what is owed."""
    return sorted(
        f"{timer.kind} {timer.subject}" if timer.kind is TimerKind.DEADLINE else str(timer.kind)
        for timer in await _waiting(connection)
    )


async def _wrong(connection: Connection) -> list[Finding]:
    """What the audit finds."""
    return (await Audit(connection, PARTITIONS, TEAMS, 0.01).run()).findings


async def _is_closed(core: Core, name: ConversationId) -> bool:
    return (await core.now(name)).is_closed


async def _is_idle(connection: Connection, name: ConversationId) -> bool:
    return not await connection.commands.xlen(keys.key(partition_of(name), keys.INBOUND))
