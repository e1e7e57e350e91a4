"""A customer asks for a call: one agent is asked, takes it, and has no other until they have wrapped up."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from redis.asyncio import Redis

from router.core.calls.when import ringing
from router.dispatcher.dispatcher import NAME, Dispatcher
from router.model.call import CallStatus, Disposition
from router.model.conversation import Conversation
from router.model.decision import OutcomeKind
from router.model.event import CallLogged, CallTaken, CallWanted, CallWrapped
from router.model.ids import PARTITIONS
from router.model.message import ChannelName, Handle
from router.store.call_board import CallBoard
from router.store.outbound import ChannelLease
from router.store.shifts import Shifts
from tests.core import Core, running_core
from tests.dispatching import POLICY, phone_agent
from tests.waiting import eventually

DORA, EVA = phone_agent("dora"), phone_agent("eva")


@asynccontextmanager
async def dispatching(core: Core) -> AsyncIterator[Shifts]:
    """A dispatcher at work beside `core`, and those who take calls."""
    shifts, lease = Shifts(core.connection, core.clock), ChannelLease(core.connection, NAME, timedelta(seconds=5))
    board = CallBoard(core.connection, PARTITIONS)
    dispatcher = Dispatcher(board, shifts, core.inbox, core.records, lease, core.clock, lambda: POLICY)
    work = asyncio.create_task(dispatcher.run())
    try:
        yield shifts
    finally:
        dispatcher.stop()
        await work


async def asks(core: Core, visitor: str, number: str) -> Conversation:
    """The conversation of a visitor who asks for a call now, whatever the hour."""
    source = Handle("chat", visitor)
    body = CallWanted(
        source, ChannelName("webchat"), Handle("phone", number), is_any_hour=True, words="now", account="main"
    )
    await core.inbox.accept(body, f"wanted {visitor}")
    return await eventually(lambda: core.open_of(str(source)), "a conversation with the call")


async def offered_to(core: Core, conversation: Conversation) -> str:
    """Who is asked to make the call."""

    async def asked() -> str:
        callback = (await core.now(conversation.id)).callback
        return callback.offer.agent if callback and callback.offer else ""

    return await eventually(asked, "an agent is asked")


async def test_one_agent_is_asked_and_has_one_call_until_they_have_wrapped_up(
    redis_url: str, redis_client: Redis
) -> None:
    async with running_core(redis_url) as core, dispatching(core) as shifts:
        # given an agent who takes calls, and a customer who asks for one at four in the morning
        assert not ringing(Handle("phone", "+50761234567"), POLICY).hours.is_open(core.clock.now())
        await shifts.ready(DORA)
        first = await asks(core, "ada", "+50761234567")
        assert await offered_to(core, first) == DORA.id
        # when they take it, and a second customer asks
        callback = (await core.now(first.id)).callback
        assert callback is not None
        assert (await core.does(CallTaken(DORA, callback.id), first.id)).kind is OutcomeKind.DONE
        await redis_client.delete("hilo:{phone}:held:dora")
        second = await asks(core, "bob", "+50761234568")
        # then the next one is offered to somebody else, as soon as there is one; the hold is not what keeps it away
        await shifts.ready(EVA)
        assert await offered_to(core, second) == EVA.id
        # and once the call is over and wrapped up its agent is asked for the next
        call = (await core.now(first.id)).call
        assert call is not None
        for status in (CallStatus.TALKING, CallStatus.ENDED):
            assert (await core.does(CallLogged(DORA, call.id, status), first.id)).kind is OutcomeKind.DONE
        third = await asks(core, "cora", "+50761234569")
        await shifts.away(EVA.id)
        wrapped = CallWrapped(DORA, call.id, Disposition.SOLVED)
        assert (await core.does(wrapped, first.id)).kind is OutcomeKind.DONE
        assert await offered_to(core, third) == DORA.id
        assert (await core.now(first.id)).callback is None
