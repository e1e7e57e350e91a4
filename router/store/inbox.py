"""The one way in: resolve the handle, deduplicate, append. Whoever sent it is told "received" only after this."""

import secrets
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from msgspec.structs import replace

from router.model.clock import Clock, milliseconds
from router.model.errors import PermanentError
from router.model.event import AddressGiven, Body, Command, DeliveryReported, MessageArrived
from router.model.ids import PARTITIONS, ConversationId, CustomerId, EventId, customer_id, partition_of
from router.model.message import Handle, InboundMessage
from router.store import keys, wire
from router.store.connection import Connection, Script, lua
from router.store.room import Door, Room
from rules.language import detect

# How long a source may bring the same again: webhooks three days, a mailbox that is read anew a month.
USUALLY_REPEATS_FOR = timedelta(hours=72)
REPEATS_FOR = {"email": timedelta(days=30)}
# What is remembered beside the channels' messages, under these names.
OTHER_SOURCES = ("address", "receipt")
OUTCOME_KEPT = timedelta(days=1)

# Returns the customer of the handle, who is ARGV[1] from now on if there was none.
MINT = """
redis.call('SET', KEYS[1], ARGV[1], 'NX')
return redis.call('GET', KEYS[1])
"""

log = structlog.get_logger()

Arrived = MessageArrived | AddressGiven | DeliveryReported


class KeyReused(PermanentError):
    """The same idempotency key came with another command: nothing was done."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """The inbox holds it, as `event`; `is_new` is False where it held it already."""

    is_new: bool
    partition: int
    event: EventId | None = None
    customer: CustomerId | None = None


class Inbox:
    """Takes what happened into the stream of the partition that it belongs to."""

    def __init__(
        self,
        connection: Connection,
        clock: Clock,
        partitions: int = PARTITIONS,
        room: Room | None = None,
    ) -> None:
        """Without a `room` all is taken that the server takes."""
        self._redis = connection.commands
        self._replicas = connection.replicas
        self._clock = clock
        self._partitions = partitions
        self._room = room
        self._accept = Script(connection, lua("accept"))
        self._submit = Script(connection, lua("submit"))
        self._mint = Script(connection, MINT)

    async def accept(self, body: Arrived, key: str) -> Accepted:
        """Hold `body` durably, exactly once for the same `key` with the same content.

        Raises StoreClosed where there is no room, redis' errors when the server is away, NotReplicated (one of them)
        when too few replicas hold it: then nothing may be confirmed to the source.
        """
        async with self._entering(Door.ARRIVALS):
            return await self._accepted(body, key)

    async def _accepted(self, body: Arrived, key: str) -> Accepted:
        match body:
            case MessageArrived(message):
                # Here, since doors are many and a partition has one worker.
                body = MessageArrived(replace(message, written_in=detect(message.text).code))
                customer = await self._sender_of(message)
                channel, content = str(message.channel), _content(message)
            case AddressGiven(address, source):
                customer = await self.customer_of(source)
                channel, content = "address", str(address)
            case DeliveryReported(receipt):
                partition = self._partition_of(receipt.message)
                if self._partition_of(receipt.conversation) != partition:
                    raise PermanentError("a receipt names a message and a conversation that don't belong together")
                digest = keys.digest(key, receipt.message, receipt.state)
                return await self._take(body, partition, "receipt", digest)
        digest = keys.digest(channel, _account(body), key, content)
        return await self._take(body, partition_of(customer), channel, digest, customer)

    async def submit(
        self, command: Command, conversation: ConversationId, key: str, expected: int | None = None
    ) -> bool:
        """Hold an agent's command; False where `key` brought the same one before. KeyReused if it was another one.

        Raises StoreClosed where there is no room even for that, redis' errors.
        """
        partition = self._partition_of(conversation)
        fields = wire.event_fields(command, self._clock.now(), conversation=conversation, key=key, expected=expected)
        parts = (conversation, wire.NAMES[type(command)], wire.encode(command).decode(), str(expected))
        content = keys.digest(*parts)
        async with self._entering(Door.COMMANDS):
            answer = await self._submit.kept(
                [keys.key(partition, keys.INBOUND), keys.key(partition, keys.outcome(key))],
                content,
                int(OUTCOME_KEPT.total_seconds()),
                *_flat(fields),
            )
        if answer[0] == 0 and answer[1] != content.encode():
            raise KeyReused("this Idempotency-Key was used for another request; use a new key for each")
        if answer[0]:
            log.info("submitted", event_id=f"{partition:02d}-{wire.text(answer[1])}", conversation=conversation)
        return bool(answer[0])

    def _entering(self, door: Door) -> AbstractAsyncContextManager[None]:
        return self._room.entering(door) if self._room else nullcontext()

    async def _sender_of(self, message: InboundMessage) -> CustomerId:
        """Whose message it is. An unknown sender who answers a conversation of ours joins it with this message alone.

        It proves that our mail reached them, not that they are that customer: somebody may have given an address that
        is not theirs. So the handle is not bound, and what they write of their own accord is a conversation of theirs.
        """
        if message.conversation and await self._redis.get(keys.handle(message.sender)) is None:
            owner = await self._owner(message.conversation)
            if owner:
                return owner
        return await self.customer_of(message.sender)

    async def customer_of(self, handle: Handle) -> CustomerId:
        """The customer of `handle`: the one known, else a new one.

        Two first messages at once: the loser of the race takes the winner's.
        """
        name = keys.handle(handle)
        known = await self._redis.get(name)
        # Where replicas count, one that was minted may not be on them yet.
        if known is None or self._replicas:
            minted = customer_id(secrets.token_hex(16), self._partitions)
            known = await self._mint.kept([name], minted)
        return CustomerId(wire.text(known))

    def _partition_of(self, identifier: str) -> int:
        """The partition that `identifier` names; PermanentError if there is none, since nobody would read there."""
        partition = partition_of(identifier)
        if partition >= self._partitions:
            raise PermanentError(f"{identifier[:40]!r} is not one of this Hilo's identifiers")
        return partition

    async def _owner(self, conversation: ConversationId) -> CustomerId | None:
        name = keys.key(partition_of(conversation), keys.conversation(conversation))
        data = await self._redis.hget(name, "d")
        return wire.decode(_Owned, data).customer if data else None

    async def _take(
        self, body: Body, partition: int, channel: str, digest: str, customer: CustomerId | None = None
    ) -> Accepted:
        now = self._clock.now()
        conversation = _reported_in(body)
        fields = wire.event_fields(body, now, customer=customer, conversation=conversation)
        forget = milliseconds(forgotten_before(channel, now))
        answer = await self._accept.kept(
            [keys.key(partition, suffix) for suffix in (keys.INBOUND, keys.seen(channel), keys.COUNTS)],
            digest,
            milliseconds(now),
            forget,
            keys.accepted(channel) if isinstance(body, MessageArrived) else "",
            *_flat(fields),
        )
        if not answer[0]:
            return Accepted(False, partition, customer=customer)
        log.info("accepted", event_id=f"{partition:02d}-{wire.text(answer[1])}", channel=channel)
        return Accepted(True, partition, EventId(wire.text(answer[1])), customer)


@dataclass(frozen=True, slots=True)
class _Owned:
    customer: CustomerId


def forgotten_before(channel: str, now: datetime) -> datetime:
    """Since when what a channel brought is remembered: before that it may not come again."""
    return now - REPEATS_FOR.get(channel, USUALLY_REPEATS_FOR)


def _reported_in(body: Body) -> ConversationId | None:
    return body.receipt.conversation if isinstance(body, DeliveryReported) else None


def _account(body: Arrived) -> str:
    return body.message.account if isinstance(body, MessageArrived) else ""


def _content(message: InboundMessage) -> str:
    """What makes two messages with one key two: a sender who reuses another's key suppresses nothing."""
    files = ",".join(file.digest or file.name for file in message.attachments)
    return "\x1e".join((str(message.sender), message.subject, message.text, files))


def _flat(fields: Mapping[str, str | bytes]) -> list[str | bytes]:
    return [part for pair in fields.items() for part in pair]
