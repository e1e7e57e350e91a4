"""Poison: an event that can't be read, decided or written is set aside, and its neighbours are not."""

import dataclasses
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from itertools import count
from typing import Any

import pytest
from msgspec.structs import replace
from redis.asyncio import Redis

from router.model.decision import OutcomeKind
from router.model.event import Body, Claimed, DeliveryReported, MessageArrived, NoteAdded
from router.model.ids import PARTITIONS, ConversationId, MessageId, customer_id, partition_of
from router.model.message import DeliveryState, Handle, Receipt
from router.store import keys, wire
from router.store.connection import Connection, xrange
from router.store.inbox import Inbox
from router.store.senders import Senders
from rules.engine import RuleBook, Verdict
from rules.facts import Facts
from tests.clock import MONDAY, HeldClock
from tests.core import ANA, CARE, running_core, written
from tests.waiting import eventually

PARTITION = 7
NONSENSE = Receipt(MessageId("nonsense"), ConversationId("nonsense"), DeliveryState.SENT, MONDAY)


class Landmine(RuleBook):
    """A rulebook with faults in it: one word makes it raise, another gives a reason that no text can hold."""

    def route(self, facts: Facts) -> Verdict:
        """What the rulebook says, unless one of the words is there."""
        if "boom" in facts.text:
            raise ZeroDivisionError("a fault in a rule")
        verdict = super().route(facts)
        if "half" in facts.text:
            return dataclasses.replace(verdict, route=replace(verdict.route, is_reroute=True, reason="\ud800"))
        return verdict


class Stage:
    """One partition while nobody reads it: what is put into its stream is one batch later."""

    def __init__(self, url: str) -> None:
        self.connection = Connection(url)
        self.redis = self.connection.commands
        self.inbox = Inbox(self.connection, HeldClock())

    async def aclose(self) -> None:
        await self.connection.close()

    async def settle(self, visitors: Sequence[str]) -> None:
        """Let the visitors be customers of this partition."""
        seeds = (seed for seed in map(str, count()) if partition_of(customer_id(seed)) == PARTITION)
        for visitor, seed in zip(visitors, seeds, strict=False):
            await self.redis.set(keys.handle(Handle("chat", visitor)), customer_id(seed))

    async def settle_another(self, visitor: str) -> None:
        """Let one more visitor be a customer of this partition."""
        seeds = (seed for seed in map(str, count(-1, -1)) if partition_of(customer_id(seed)) == PARTITION)
        await self.redis.set(keys.handle(Handle("chat", visitor)), customer_id(next(seeds)))

    async def put(self, fields: Mapping[str, str | bytes]) -> None:
        """Put an entry as it is."""
        entry: dict[Any, Any] = {**fields}
        await self.redis.xadd(keys.key(PARTITION, keys.INBOUND), entry)

    async def is_empty(self) -> bool:
        """Whether nothing waits any more."""
        return not await self.entries(keys.INBOUND)

    async def entries(self, suffix: str) -> dict[bytes, dict[bytes, bytes]]:
        """What one of the partition's streams holds."""
        return dict(await xrange(self.redis, keys.key(PARTITION, suffix)))


async def a_timeline_of_another_type(stage: Stage, broken: ConversationId) -> None:
    await stage.redis.delete(keys.key(PARTITION, keys.timeline(broken)))
    await stage.redis.set(keys.key(PARTITION, keys.timeline(broken)), "not a list")
    await stage.inbox.submit(Claimed(ANA), broken, broken)


async def a_record_of_another_type(stage: Stage, broken: ConversationId) -> None:
    await stage.redis.set(keys.key(PARTITION, keys.conversation(broken)), "not a hash")
    await stage.inbox.submit(Claimed(ANA), broken, broken)


async def a_record_that_cannot_be_decoded(stage: Stage, broken: ConversationId) -> None:
    await stage.redis.hset(keys.key(PARTITION, keys.conversation(broken)), "d", "{")
    await stage.inbox.submit(Claimed(ANA), broken, broken)


async def a_message_that_meets_a_fault(stage: Stage, _: ConversationId) -> None:
    message = written("boom", f"chat:{a_message_that_meets_a_fault.__name__}")
    await stage.inbox.accept(MessageArrived(message), message.key)


async def a_message_of_which_half_can_be_written_down(stage: Stage, _: ConversationId) -> None:
    # It begins a conversation, whose first entry can be written and whose second can't.
    await stage.settle_another("somebody new")
    message = written("half", "chat:somebody new")
    await stage.inbox.accept(MessageArrived(message), message.key)


async def a_receipt_of_no_conversation(stage: Stage, _: ConversationId) -> None:
    await stage.put(fields_of(DeliveryReported(NONSENSE), NONSENSE.conversation))


async def an_entry_without_its_instant(stage: Stage, broken: ConversationId) -> None:
    fields = fields_of(Claimed(ANA), broken)
    await stage.put({name: value for name, value in fields.items() if name != "at"})


async def an_entry_without_a_body_that_fits(stage: Stage, broken: ConversationId) -> None:
    await stage.put({**fields_of(Claimed(ANA), broken), "body": "[]"})


async def an_entry_of_no_kind(stage: Stage, _: ConversationId) -> None:
    await stage.put({"v": wire.VERSION, "kind": "riddle"})


async def an_entry_of_nothing_known(stage: Stage, _: ConversationId) -> None:
    await stage.put({"nothing": "known"})


FAULTS = (
    a_timeline_of_another_type,
    a_record_of_another_type,
    a_record_that_cannot_be_decoded,
    a_message_that_meets_a_fault,
    a_message_of_which_half_can_be_written_down,
    a_receipt_of_no_conversation,
    an_entry_without_its_instant,
    an_entry_without_a_body_that_fits,
    an_entry_of_no_kind,
    an_entry_of_nothing_known,
)
Fault = Callable[[Stage, ConversationId], Awaitable[None]]
ALONE_AND_TOGETHER = [*(pytest.param([fault], id=fault.__name__) for fault in FAULTS), pytest.param(FAULTS, id="all")]


@pytest.fixture
async def stage(redis_url: str, redis_client: Redis) -> AsyncIterator[Stage]:
    async with aclosing(Stage(redis_url)) as opened:
        yield opened


@pytest.mark.parametrize("faults", ALONE_AND_TOGETHER)
async def test_what_is_bad_in_a_batch_is_set_aside_alone(stage: Stage, faults: Sequence[Fault]) -> None:
    # given conversations of one partition
    visitors = [fault.__name__ for fault in faults]
    await stage.settle(["ada", *visitors])
    async with running_core(stage.connection.url) as core:
        fine = (await core.says("Hola")).id
        broken = [(await core.says("Hola", f"chat:{visitor}")).id for visitor in visitors]
    # and, while nobody reads, good events and bad ones by turns
    for number, (fault, conversation) in enumerate(zip(faults, broken, strict=True)):
        await stage.inbox.submit(NoteAdded(ANA, str(number)), fine, str(number))
        await fault(stage, conversation)
    await stage.inbox.submit(NoteAdded(ANA, "last"), fine, "last")
    batch = list(await stage.entries(keys.INBOUND))
    assert len(batch) == 2 * len(faults) + 1
    # when a worker finds them all at once
    async with running_core(stage.connection.url, rulebook=Landmine(CARE)) as core:
        await eventually(stage.is_empty, "all done")
        # then it goes on
        await core.says("¿Y ahora?")
        # and the bad ones are dead letters, each with its error
        letters = list((await stage.entries(keys.DEAD)).values())
        assert [letter[b"event"] for letter in letters] == batch[1::2]
        assert all(letter[b"error"] for letter in letters)
        # and who gave one of those commands is told
        told = [
            await core.records.outcome(PARTITION, letter[b"key"].decode()) for letter in letters if b"key" in letter
        ]
        assert all(
            outcome and (outcome.kind, outcome.reason) == (OutcomeKind.REFUSED, "dead_letter") for outcome in told
        )
        # and the good ones are done, in order
        texts = [text for kind, text in await core.story(fine) if kind in ("message_in", "note")]
        assert texts == ["Hola", *map(str, range(len(faults))), "last", "¿Y ahora?"]
        # and of the bad ones nothing is there in part
        timelines = core.connection.commands.scan_iter(match=keys.key(PARTITION, "tl:*"))
        assert len([name async for name in timelines]) == len([fine, *broken])


async def test_a_dead_letter_holds_the_event_as_it_came(stage: Stage) -> None:
    await stage.settle(["ada"])
    async with running_core(stage.connection.url, rulebook=Landmine(CARE)) as core:
        await core.accept(written("boom"))
        letters = await eventually(lambda: stage.entries(keys.DEAD), "a dead letter")
    (letter,) = letters.values()
    assert (letter[b"kind"], letter[b"error"]) == (b"message", b"ZeroDivisionError: a fault in a rule")
    assert b"boom" in letter[b"body"]


async def test_what_a_newer_hilo_wrote_waits_for_one(stage: Stage) -> None:
    # given an event of a version that nobody knows here yet
    await stage.put({**fields_of(NoteAdded(ANA, "mañana"), ConversationId("c-07-x")), "v": "2"})
    waiting = await stage.entries(keys.INBOUND)
    async with running_core(stage.connection.url) as core:
        # when a worker finds it, then the partition is handed back, for a newer one
        seen: set[bytes | str | None] = set()

        async def was_free() -> bool:
            # Free for a moment only, in which nobody may look: whoever takes it has another token.
            seen.add(await stage.redis.get(keys.key(PARTITION, keys.LEASE)))
            return len(seen - {None}) > 1

        await eventually(was_free, "the lease handed back, and taken anew", 30)
        # and the other partitions go on
        somebody = customer_id("somebody")
        assert partition_of(somebody) != PARTITION
        await stage.redis.set(keys.handle(Handle("chat", "elsewhere")), somebody)
        await core.says("Hola", "chat:elsewhere")
    # and nothing is set aside
    assert await stage.entries(keys.INBOUND) == waiting
    assert await stage.entries(keys.DEAD) == {}


def fields_of(body: Body, conversation: ConversationId) -> dict[str, str | bytes]:
    """The entry of an event about `conversation`, whose outcome is kept under the conversation's name."""
    return wire.event_fields(body, MONDAY, conversation=conversation, key=conversation)


@pytest.mark.parametrize("suffix", [keys.HIGH_WATER, keys.INBOUND])
async def test_a_partition_that_can_not_be_read_keeps_no_other_from_its_work(
    redis_url: str, redis_client: Redis, suffix: str
) -> None:
    # given a partition whose key is of a type that Hilo never made, and customers in all partitions
    broken = keys.key(PARTITION, suffix)
    await redis_client.sadd(broken, "not Hilo's")
    async with running_core(redis_url) as core:
        minting, senders = Senders(core.connection, PARTITIONS), dict[int, str]()
        for number in range(200):
            customer = await minting.customer_of(Handle("chat", f"who{number}"))
            senders.setdefault(partition_of(customer), f"chat:who{number}")
        ours = senders.pop(PARTITION)
        assert len(senders) == PARTITIONS - 1
        # when all write, then all others are heard
        for sender in senders.values():
            await core.says("Hola", sender)
        # and once the key is gone, so is the customer of that partition
        await redis_client.delete(broken)
        await core.says("Hola", ours)
