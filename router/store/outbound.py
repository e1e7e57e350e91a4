"""Replies on their way: an intent from the commit, "sending" durably before the provider is called, settled after.

One process sends for a channel at a time. It holds the channel's lease, and the token of that lease, which only grows,
is written into each partition as a fence: whoever was paused and woke finds a higher one and settles nothing.
"""

import heapq
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import structlog

from router.model.clock import Clock
from router.model.errors import Fenced, PermanentError
from router.model.event import DeliveryReported
from router.model.ids import MessageId
from router.model.message import DeliveryState, OutboundMessage, Receipt
from router.store import keys, wire
from router.store.connection import Connection, Entry, Script, xrange
from router.store.following import Reader
from router.store.holder import holder_name, is_dead
from router.store.lease import RELEASE, RENEW
from router.store.pace import Pace
from router.store.shelf import Shelf
from router.store.tally import Tally

log = structlog.get_logger()

PAGE = 500
AT_ONCE = 100
"""How many replies of a partition are read at once when new ones come."""

BEGINNING = "0-0"
REMEMBERED = 10_000
"""Receipts that a process knows by heart: those of more seconds than a server goes back."""

REACHED = (DeliveryState.SENT, DeliveryState.DELIVERED)

FENCE = """
local known = tonumber(redis.call('GET', KEYS[1]) or '0')
if known > tonumber(ARGV[1]) then return 0 end
redis.call('SET', KEYS[1], ARGV[1])
return 1
"""
# KEYS: fence, attempts  ARGV: token, message id, attempt
MARK = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[2], ARGV[2], ARGV[3])
return 1
"""
# KEYS: fence, attempts, outbound stream, in  ARGV: token, message id, stream id, field, value, ...
SETTLE = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
if redis.call('XDEL', KEYS[3], ARGV[3]) == 1 then redis.call('XADD', KEYS[4], '*', unpack(ARGV, 4)) end
redis.call('HDEL', KEYS[2], ARGV[2])
return 1
"""
# KEYS: fence, outbound stream, dead letters  ARGV: token, stream id, field, value, ...
ASIDE = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
if redis.call('XDEL', KEYS[2], ARGV[2]) == 1 then redis.call('XADD', KEYS[3], '*', unpack(ARGV, 3)) end
return 1
"""
# KEYS: lease, counter  ARGV: holder, milliseconds. The token grows with each time that somebody new takes the lease;
# who asks again because the answer was lost is told the same.
TAKE = """
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
if holder then return tonumber(redis.call('GET', KEYS[2])) end
return redis.call('INCR', KEYS[2])
"""


class AttemptState(StrEnum):
    """Where a reply stands between the commit and its receipt."""

    WAITING = "waiting"
    SENDING = "sending"


@dataclass(frozen=True, slots=True)
class Attempt:
    """How often a reply was tried; found SENDING after a crash, nobody knows whether it left."""

    state: AttemptState = AttemptState.WAITING
    count: int = 0
    not_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class Intent:
    """A reply that is not settled, with what was tried so far."""

    id: str
    partition: int
    message: OutboundMessage
    attempt: Attempt


class ChannelLease:
    """The right to be the one process that polls and sends for a channel."""

    def __init__(self, connection: Connection, channel: str, ttl: timedelta) -> None:
        self._redis = connection.commands
        self._name = keys.channel(channel, "lease")
        self._counter = keys.channel(channel, "token")
        self._ttl = int(ttl.total_seconds() * 1000)
        self._take = Script(connection, TAKE)
        self._renew = Script(connection, RENEW)
        self._release = Script(connection, RELEASE)
        self._holder = holder_name()

    async def take(self) -> int | None:
        """The fencing token, higher than all before it; None while another process holds the lease."""
        known = await self._redis.get(self._name)
        if known and is_dead(wire.text(known)):
            await self._release([self._name], wire.text(known))
        return int(await self._take([self._name, self._counter], self._holder, self._ttl)) or None

    async def renew(self) -> bool:
        """Whether the lease is still ours, renewed."""
        return bool(await self._renew([self._name], self._holder, self._ttl))

    async def release(self) -> None:
        """Hand it back, if it is ours."""
        await self._release([self._name], self._holder)


class Outbound:
    """A channel's replies in all partitions, for the holder of the channel's lease."""

    def __init__(self, connection: Connection, clock: Clock, channel: str, partitions: int) -> None:
        self._redis = connection.commands
        self._reader = Reader(connection)
        self._clock = clock
        self._channel = channel
        self._partitions = partitions
        self._fence = Script(connection, FENCE)
        self._mark = Script(connection, MARK)
        self._settle = Script(connection, SETTLE)
        self._aside = Script(connection, ASIDE)
        self._token = 0
        self._settled: OrderedDict[MessageId, Receipt] = OrderedDict()
        self.pace = Pace(connection, channel)
        self.tally = Tally(connection, channel)
        self.shelf = Shelf(connection, channel)

    async def take_over(self, token: int) -> list[Intent]:
        """Every reply that is not settled, oldest first; earlier holders are fenced."""
        self._token = token
        found: list[list[Intent]] = []
        for partition in range(self._partitions):
            if not await self._fence([self._key(partition, keys.fence(self._channel))], token):
                raise Fenced(f"another process sends for {self._channel}")
            found.append(await self.left(partition))
        # Merged, not sorted: within a partition the order is that of its stream, whatever a clock did.
        return list(heapq.merge(*found, key=lambda intent: intent.message.created_at))

    async def follow(self, cursor: dict[int, str], block: timedelta) -> list[Intent]:
        """The replies that came after `cursor` (partition to stream id; moved on), waiting up to `block` for one."""
        names = {self._key(p, keys.outbound(self._channel)): p for p in range(self._partitions)}
        streams = {name: cursor.get(partition, BEGINNING) for name, partition in names.items()}
        found = await self._reader.read(streams, count=AT_ONCE, block=block)
        intents = [await self._intent(names[name], entry) for name, entries in found for entry in entries]
        # The cursor moves once nothing can fail any more: what was read is not forgotten when the server goes away.
        for name, entries in found:
            cursor[names[name]] = wire.text(entries[-1][0])
        return [intent for intent in intents if intent]

    async def lengths(self) -> list[int]:
        """How many replies each partition holds that are not settled."""
        async with self._redis.pipeline(transaction=False) as pipe:
            for partition in range(self._partitions):
                pipe.xlen(self._key(partition, keys.outbound(self._channel)))
            return list(await pipe.execute())

    async def left(self, partition: int) -> list[Intent]:
        """What a partition holds, read by the page: a backlog may be long, and others want the server too."""
        intents: list[Intent] = []
        name, start = self._key(partition, keys.outbound(self._channel)), "-"
        while entries := await xrange(self._redis, name, start, count=PAGE):
            read = [(entry, await self._message(partition, entry)) for entry in entries]
            intents += await self._with_attempts(partition, [(entry, m) for entry, m in read if m])
            start = f"({wire.text(entries[-1][0])}"
        return intents

    async def as_it_stands(self, intent: Intent) -> Intent:
        """`intent` with what Redis knows of its attempts."""
        known = await self._redis.hget(self._key(intent.partition, keys.attempts(self._channel)), intent.message.id)
        return replace(intent, attempt=_attempt(known))

    def receipt_of(self, message: MessageId) -> Receipt | None:
        """The receipt by which this process has settled `message` lately.

        Where the server has gone back since, the message waits again, perhaps without its mark: it is not to be sent.
        """
        return self._settled.get(message)

    async def sending(self, intent: Intent) -> Intent:
        """`intent` marked as being sent, durably: to be called before the provider is. Raises Fenced."""
        attempt = replace(intent.attempt, state=AttemptState.SENDING, count=intent.attempt.count + 1, not_before=None)
        # On replicas too, where those are asked for: whoever is promoted knows that it may have left.
        return await self._marked(intent, attempt, self._mark.kept)

    async def defer(self, intent: Intent, wait: timedelta) -> Intent:
        """`intent` as surely not sent, to be tried again after `wait`. Raises Fenced."""
        attempt = replace(intent.attempt, state=AttemptState.WAITING, not_before=self._clock.now() + wait)
        return await self._marked(intent, attempt)

    async def settle(self, intent: Intent, receipt: Receipt) -> None:
        """End `intent` and put its receipt on the partition's stream, both or none. Raises Fenced."""
        # What a person may have to send again goes with it: the conversation does not hold each reply.
        body = DeliveryReported(receipt, None if receipt.state in REACHED else intent.message)
        fields = wire.event_fields(body, self._clock.now(), conversation=intent.message.conversation)
        suffixes = (
            keys.fence(self._channel),
            keys.attempts(self._channel),
            keys.outbound(self._channel),
            keys.INBOUND,
        )
        flat = [part for pair in fields.items() for part in pair]
        names = [self._key(intent.partition, suffix) for suffix in suffixes]
        if not await self._settle(names, str(self._token), intent.message.id, intent.id, *flat):
            raise Fenced(f"another process sends for {self._channel}")
        self._settled[intent.message.id] = receipt
        if len(self._settled) > REMEMBERED:
            self._settled.popitem(last=False)

    async def _marked(
        self, intent: Intent, attempt: Attempt, mark: Callable[..., Awaitable[Any]] | None = None
    ) -> Intent:
        names = [
            self._key(intent.partition, keys.fence(self._channel)),
            self._key(intent.partition, keys.attempts(self._channel)),
        ]
        if not await (mark or self._mark)(names, str(self._token), intent.message.id, wire.encode(attempt)):
            raise Fenced(f"another process sends for {self._channel}")
        return replace(intent, attempt=attempt)

    async def _intent(self, partition: int, entry: Entry) -> Intent | None:
        """The reply that the entry holds; None if it holds none."""
        message = await self._message(partition, entry)
        return (await self._with_attempts(partition, [(entry, message)]))[0] if message else None

    async def _with_attempts(self, partition: int, found: list[tuple[Entry, OutboundMessage]]) -> list[Intent]:
        if not found:
            return []
        names = [message.id for _, message in found]
        tried: Any = await self._redis.hmget(self._key(partition, keys.attempts(self._channel)), names)
        return [
            Intent(wire.text(entry[0]), partition, message, _attempt(known))
            for (entry, message), known in zip(found, tried, strict=True)
        ]

    async def _message(self, partition: int, entry: Entry) -> OutboundMessage | None:
        """The message that the entry holds; None if it holds none: then it is a dead letter from now on."""
        try:
            return wire.decode(OutboundMessage, entry[1].get(b"m", b""))
        except PermanentError as error:
            suffixes = (keys.fence(self._channel), keys.outbound(self._channel), keys.DEAD)
            names = [self._key(partition, suffix) for suffix in suffixes]
            flat = [part for pair in entry[1].items() for part in pair]
            told = ("error", str(error), "channel", self._channel)
            await self._aside(names, str(self._token), wire.text(entry[0]), *told, *flat)
            log.error("dead_letter", channel=self._channel, partition=partition, error="an unreadable reply")
            return None

    def _key(self, partition: int, suffix: str) -> str:
        return keys.key(partition, suffix)


def _attempt(known: bytes | str | None) -> Attempt:
    """What is known of a reply's attempts; a mark that can't be read is one all the same: it may have left."""
    if not known:
        return Attempt()
    try:
        return wire.decode(Attempt, known)
    except PermanentError as error:
        log.error("attempt_unreadable", error=str(error), hint="looked for at the provider")
        return Attempt(AttemptState.SENDING, count=1)
