"""The calls of a phone channel of which no end is known yet, and for which conversation each number was rung lately."""

from datetime import datetime, timedelta

from msgspec.structs import replace

from router.model.ids import AgentId, ConversationId, MessageId
from router.model.message import Handle, OutboundMessage
from router.model.value import Value
from router.store import keys, wire
from router.store.connection import Connection, Script

# How long who is rung back by a customer finds the conversation that they were rung for.
RANG_FOR = timedelta(days=7)
# KEYS: open, rang (none for a call that came in)  ARGV: call, record, conversation, seconds
BEGIN = """
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
if KEYS[2] then redis.call('SET', KEYS[2], ARGV[3], 'EX', ARGV[4]) end
return 1
"""


class OpenCall(Value, frozen=True):
    """A call under way since `at`: one that was ordered, with its `order`, or one that came in, from its `caller`.

    `conversation` is what the caller was led to, where their number alone would not do that; `agent` who was rung. It
    is `accepted_at` once that agent has said that they are there: from then on the other side may be rung.
    """

    id: MessageId
    at: datetime
    order: OutboundMessage | None = None
    caller: Handle | None = None
    conversation: ConversationId | None = None
    agent: AgentId | None = None
    agent_name: str = ""
    accepted_at: datetime | None = None


class OpenCalls:
    """A channel's calls under way. One process runs a channel at a time. Every method raises redis' errors."""

    def __init__(self, connection: Connection, channel: str) -> None:
        self._redis = connection.commands
        self._channel = channel
        self._key = keys.channel(channel, "open")
        self._begin = Script(connection, BEGIN)

    async def begin(self, call: OpenCall) -> None:
        """Keep `call`, before anybody is rung for it; the same twice is once."""
        order = call.order
        names = [self._key, *([self._rang(order.recipient)] if order else [])]
        conversation = order.conversation if order else ""
        await self._begin(names, call.id, wire.encode(call), conversation, int(RANG_FOR.total_seconds()))

    async def accepted(self, call: OpenCall, at: datetime) -> None:
        """Keep that the agent of `call` is there, before anybody else is rung; the same twice is once."""
        if call.accepted_at is None:
            await self._redis.hset(self._key, call.id, wire.encode(replace(call, accepted_at=at)))

    async def end(self, call: MessageId) -> None:
        """Forget `call`: its end is known, or it never began."""
        await self._redis.hdel(self._key, call)

    async def of(self, call: MessageId) -> OpenCall | None:
        """The call under way with that id, or None."""
        found = await self._redis.hget(self._key, call)
        return wire.decode(OpenCall, found) if found else None

    async def all(self) -> list[OpenCall]:
        """All that are under way, the oldest first."""
        found = await self._redis.hgetall(self._key)
        return sorted((wire.decode(OpenCall, record) for record in found.values()), key=lambda each: each.at)

    async def rang_for(self, number: Handle) -> ConversationId | None:
        """The conversation for which `number` was rung last, within a week."""
        found = await self._redis.get(self._rang(number))
        return ConversationId(wire.text(found)) if found else None

    def _rang(self, number: Handle) -> str:
        return keys.channel(self._channel, f"rang:{keys.digest(number.kind, number.address)}")
