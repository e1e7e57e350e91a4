"""A dispatcher on a real server, with calls to make: what is decided on its offers, and when, is the test's choice."""

from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from msgspec.structs import replace

from router.core.calls.board import board_score
from router.core.dispatch.standing import at_work
from router.dispatcher.dispatcher import NAME, Dispatcher
from router.model.call import CallOffer
from router.model.commitment import CallbackKind
from router.model.conversation import Callback, Conversation, ConversationState
from router.model.decision import Outcome, OutcomeKind
from router.model.event import CallOffered
from router.model.ids import PARTITIONS, AgentId, CallbackId, ConversationId, CustomerId, TeamId, partition_of
from router.model.message import Handle
from router.model.policy import CallPolicy
from router.model.team import Agent, Ownership, Role
from router.store import keys, wire
from router.store.call_board import CallBoard
from router.store.connection import Connection, xrange
from router.store.inbox import Inbox
from router.store.outbound import ChannelLease
from router.store.records import Records
from router.store.shifts import Shifts
from tests.clock import HeldClock

CARE = TeamId("care")
POLICY = CallPolicy()
MINUTE = timedelta(minutes=1)


def phone_agent(name: str, team: TeamId = CARE, role: Role = Role.AGENT) -> Agent:
    """An agent who can take calls."""
    return Agent(AgentId(name), name.title(), frozenset({team}), role, phone=f"sip:{name}")


@dataclass
class Office:
    """Redis as the commits would leave it, and as many dispatchers as the test wants."""

    connection: Connection
    clock: HeldClock
    shifts: Shifts
    records: Records
    offered: list[CallOffered] = field(default_factory=list)

    def dispatcher(self, shifts: Shifts | None = None) -> Dispatcher:
        """One more, that knows nothing of the others."""
        board, lease = CallBoard(self.connection, PARTITIONS), ChannelLease(self.connection, NAME, timedelta(seconds=5))
        inbox = Inbox(self.connection, self.clock)
        shifts = shifts or Shifts(self.connection, self.clock)
        return Dispatcher(board, shifts, inbox, self.records, lease, self.clock, lambda: POLICY)

    async def ready(self, *agents: Agent) -> None:
        """They take calls."""
        for agent in agents:
            await self.shifts.ready(agent)

    async def owes(
        self, number: int, *, team: TeamId = CARE, partition: int | None = None, **told: Any
    ) -> Conversation:
        """A conversation with a call that may be made now."""
        part = number % PARTITIONS if partition is None else partition
        now = self.clock.now()
        fields = {"due_at": now + 60 * MINUTE, "ready_at": now, "number": Handle("phone", "+50761234567"), **told}
        callback = Callback(CallbackKind.SCHEDULE, now, id=CallbackId(f"k-{part:02d}-{number}"), **fields)
        conversation = Conversation(
            ConversationId(f"c-{part:02d}-{number}"),
            CustomerId(f"u-{part:02d}-{number}"),
            ConversationState.OPEN,
            Ownership(team, now, "default"),
            now,
            now,
            callback=callback,
        )
        await self.put(conversation)
        return conversation

    async def put(self, conversation: Conversation) -> None:
        """Redis holds `conversation`, and the board its place."""
        after = replace(conversation, revision=conversation.revision + 1, updated_at=self.clock.now())
        redis, part = self.connection.commands, partition_of(conversation.id)
        record: dict[Any, Any] = {"r": str(after.revision), "d": wire.encode(after)}
        await redis.hset(keys.key(part, keys.conversation(after.id)), mapping=record)
        score = board_score(after)
        name = keys.key(part, keys.CALLS)
        await (redis.zrem(name, after.id) if score is None else redis.zadd(name, {after.id: score}))

    async def changed(self, name: ConversationId, change: Callable[[Callback], Callback | None]) -> None:
        """The call that is owed there has changed."""
        conversation = await self.now(name)
        assert conversation.callback is not None
        await self.put(replace(conversation, callback=change(conversation.callback)))

    async def now(self, name: ConversationId) -> Conversation:
        """The conversation as it is."""
        found = await self.records.conversation(name)
        assert found is not None
        return found

    async def decides(self) -> int:
        """How many offers were decided on, all that wait: one agent is asked for a call, in time, or nobody is."""
        count, redis = 0, self.connection.commands
        for part in range(PARTITIONS):
            for identifier, told in await xrange(redis, keys.key(part, keys.INBOUND)):
                event = wire.read_event(identifier, part, told)
                assert isinstance(event.body, CallOffered)
                assert event.conversation is not None
                outcome = await self._decided(event.conversation, event.body)
                await redis.hset(keys.key(part, keys.outcome(event.key)), "o", wire.encode(outcome))
                await redis.xdel(keys.key(part, keys.INBOUND), identifier)
                count += 1
        return count

    async def _decided(self, name: ConversationId, body: CallOffered) -> Outcome:
        conversation = await self.now(name)
        callback = conversation.callback
        if callback is None or callback.id != body.callback or callback.offer or callback.order:
            return Outcome(OutcomeKind.REFUSED, reason="call_taken")
        if body.until <= self.clock.now():
            return Outcome(OutcomeKind.REFUSED, reason="in_the_past")
        self.offered.append(body)
        offer = CallOffer(body.agent, body.until, body.name)
        await self.put(replace(conversation, callback=replace(callback, offer=offer)))
        return Outcome(OutcomeKind.DONE)

    async def asked(self) -> dict[ConversationId, AgentId]:
        """Which agent is asked for the call of which conversation."""
        found = await self.records.calls()
        return {each.id: each.callback.offer.agent for each in found if each.callback and each.callback.offer}

    async def at_once(self) -> int:
        """How many calls the agent has who has most of them, offered or under way."""
        busy = Counter(agent for each in await self.records.calls(5000) for agent in at_work(each))
        return max(busy.values(), default=0)


@asynccontextmanager
async def office(url: str) -> AsyncIterator[Office]:
    """An office on the server at `url`."""
    connection, clock = Connection(url), HeldClock()
    try:
        yield Office(connection, clock, Shifts(connection, clock), Records(connection, PARTITIONS))
    finally:
        await connection.close()
