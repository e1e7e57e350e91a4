"""Calls through the real store: the board, one agent on each, reports doubled and mixed, all in their own partition."""

import random
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from redis.asyncio import Redis

from router.core.dispatch.standing import ready
from router.model.call import CallReport, CallStatus
from router.model.commitment import CallbackKind
from router.model.conversation import Conversation
from router.model.event import CallbackSet, CallLogged, CallOffered, CallReported, CallTaken, CallWrapped
from router.model.ids import PARTITIONS, ConversationId, MessageId
from router.model.message import Handle, OutboundMessage
from router.store import keys, wire
from router.store.audit.audit import Audit
from router.store.connection import xrange
from router.store.schedule import Schedule
from tests.core import ANA, TEAMS
from tests.phone import ANA_, DORA
from tests.stepper import TOKEN, Stepper, stepper

CUSTOMERS, ROUNDS = 8, 100
SECOND = timedelta(seconds=1)
SCRIPTS = (
    (CallStatus.RINGING, CallStatus.TALKING, CallStatus.ENDED),
    (CallStatus.RINGING, CallStatus.TALKING, CallStatus.DROPPED),
    (CallStatus.RINGING, CallStatus.NO_ANSWER),
    (CallStatus.AGENT_AWAY,),
    (CallStatus.RINGING,),
)


@pytest.fixture
async def steps(redis_url: str, redis_client: Redis) -> AsyncIterator[Stepper]:
    async with stepper(redis_url) as steps:
        yield steps


async def test_the_board_holds_what_is_owed_and_each_call_is_made_by_one_agent(steps: Stepper) -> None:
    # given customers who are to be called
    dice = random.Random(7)
    for number in range(CUSTOMERS):
        await steps.writes(f"chat:v{number}")
    await steps.settles()
    names = [await steps.open_of(f"chat:v{number}") for number in range(CUSTOMERS)]
    for number, name in enumerate(filter(None, names)):
        await steps.does(CallbackSet(ANA, Handle("phone", f"+507612345{number:02}")), name)
    await steps.settles()
    assert {each.id for each in await steps.records.calls()} == set(names)
    assert [each.id for each in await steps.records.calls(3)] == [each.id for each in await steps.records.calls()][:3]
    # when agents, a provider and time do what they do
    said: set[tuple[str, str]] = set()
    for turn in range(ROUNDS):
        for _ in range(dice.choice([1, 3, 4])):
            for conversation in await steps.records.calls():
                await _something(steps, conversation, dice, said)
            await steps.settles()
        await _passes(steps, timedelta(minutes=dice.choice([1, 20, 150, 300])))
        if turn == 2:
            assert await _wrong(steps) == []
        if not await steps.records.calls():
            break
    # then nobody is owed a call any more, and each was made, or its customer told
    assert await steps.records.calls() == []
    assert await _wrong(steps) == []
    for known in await steps.records.conversations([name for name in names if name]):
        assert known
        callback = known.callback
        assert callback is None or (callback.kind is CallbackKind.OFFER and callback.told_at)
    # and what left is what the timelines tell: one order for each offer that was taken, however many took it
    told = Counter([entry.detail.get("state") for name in names if name for entry in await steps.timeline(name)])
    orders = await _orders(steps)
    assert len({order.id for order in orders}) == len(orders) == told["ordered"]
    assert told["ordered"] <= told["offered"] + told["dropped"]


async def _something(
    steps: Stepper, conversation: Conversation, dice: random.Random, said: set[tuple[str, str]]
) -> None:
    """What the dispatcher, agents and a provider do about one conversation."""
    name, callback, call = conversation.id, conversation.callback, conversation.call
    if callback and callback.offer and not callback.again_at:
        # Both want it, in the same moment.
        for agent in dice.sample([ANA_, DORA], 2):
            await steps.does(CallTaken(agent, callback.id), name)
    elif callback and callback.is_in_doubt and call:
        await steps.does(CallLogged(ANA, call.id, CallStatus.NO_ANSWER), name)
    elif ready(conversation, steps.clock.now()) and callback:
        agent = dice.choice([ANA_, DORA])
        offer = CallOffered(callback.id, agent.id, steps.clock.now() + 90 * SECOND, agent.name)
        await steps.inbox.submit(offer, name, f"{callback.id}{steps.clock.now()}")
    elif call and not call.status.is_over and (call.id, "") not in said:
        said.add((call.id, ""))
        await _told(steps, name, call.id, dice)
    elif call and call.is_busy and call.status.is_over:
        await steps.does(CallWrapped(ANA, call.id, "solved"), name)


async def _told(steps: Stepper, name: ConversationId, call: MessageId, dice: random.Random) -> None:
    """What becomes of the call, some of it twice, and not in its order."""
    script = dice.choice(SCRIPTS)
    reports = [CallReport(call, status, steps.clock.now()) for status in (*script, script[-1])]
    dice.shuffle(reports)
    for number, report in enumerate(reports):
        await steps.inbox.accept(CallReported(report, None, name), f"{call}{number}")


async def _passes(steps: Stepper, time: timedelta) -> None:
    """Let `time` pass, and what is due happen."""
    await steps.clock.advance(time)
    await Schedule(steps.connection, steps.clock).tick(dict.fromkeys(range(PARTITIONS), TOKEN))
    await steps.settles()


async def _wrong(steps: Stepper) -> list[str]:
    report = await Audit(steps.connection, PARTITIONS, TEAMS, 0.0).run()
    return [f"{finding.kind} {finding.subject}: {finding.text}" for finding in report.findings]


async def _orders(steps: Stepper) -> list[OutboundMessage]:
    found = []
    for partition in range(PARTITIONS):
        entries = await xrange(steps.connection.commands, keys.key(partition, keys.outbound("phone")))
        found += [wire.decode(OutboundMessage, fields[b"m"]) for _, fields in entries]
    return found
