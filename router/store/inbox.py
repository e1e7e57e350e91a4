"""The one way in: resolve the handle, deduplicate, append. Whoever sent it is told "received" only after this."""

import asyncio
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from msgspec.structs import replace

from router.core.found.finder import FactFinder
from router.model.clock import Clock, milliseconds
from router.model.decision import MovingState
from router.model.errors import PermanentError, StoreClosed
from router.model.event import (
    AddressGiven,
    Body,
    CallOffered,
    CallReported,
    CallWanted,
    Command,
    DeliveryReported,
    DirectoryAnswered,
    MessageArrived,
    MessageWithdrawn,
)
from router.model.ids import PARTITIONS, ConversationId, CustomerId, EventId, partition_of
from router.model.message import InboundMessage
from router.store import keys, wire
from router.store.connection import Connection, Script, lua
from router.store.moved import Moved, Way, way_of
from router.store.room import Door, Room
from router.store.senders import Senders
from rules.language import UNKNOWN, detect

# How long a source may bring the same again: webhooks three days, a mailbox that is read anew a month, X a week.
USUALLY_REPEATS_FOR = timedelta(hours=72)
REPEATS_FOR = {"email": timedelta(days=30), "twitter": timedelta(days=8), "errand": timedelta(days=30)}
# What is remembered beside the channels' messages, under these names.
OTHER_SOURCES = ("address", "receipt", "withdrawn", "directory", "errand", "call")
OUTCOME_KEPT = timedelta(days=1)
# How long who becomes part of another is waited for, and how often that is looked at.
MOVING_SECONDS = 3.0
LOOK_SECONDS = 0.05
# Channels whose provider gives out the keys: nobody can write under another's. Their words may be shown in another way
# when they come again (a link that has been looked up since), and are the same message all the same.
KEYS_OF_PROVIDER = frozenset({"twitter"})

log = structlog.get_logger()

Arrived = (
    MessageArrived | MessageWithdrawn | AddressGiven | CallWanted | CallReported | DeliveryReported | DirectoryAnswered
)


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
        finder: FactFinder | None = None,
        patience: float = MOVING_SECONDS,
    ) -> None:
        """Without a `room` all is taken that the server takes; `finder` knows what ops look for in messages.

        `patience`, in seconds, is for customers who are becoming one.
        """
        self._clock = clock
        self._partitions = partitions
        self._room = room
        self._finder = finder or FactFinder()
        self._accept = Script(connection, lua("accept"))
        self._submit = Script(connection, lua("submit"))
        self._senders = Senders(connection, partitions)
        self._moved = Moved(connection)
        self._patience = patience

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
                body = MessageArrived(await self._read(message))
                channel = str(message.channel)
                digest = keys.digest(channel, message.account, key, _content(message))
                customer = await self._senders.of(message, digest, repeats_for(channel))
            case AddressGiven(address, source):
                channel, digest = "address", keys.digest("address", "", key, str(address))
                customer = await self._senders.customer_of(source)
            case CallWanted(source):
                channel, digest = "call", keys.digest("wanted", "", key, str(source))
                customer = await self._senders.customer_of(source)
            case CallReported(report, caller, led_to) if caller is not None:
                channel, digest = "call", keys.digest("call", str(caller), key, report.status)
                customer = await self._senders.caller(caller, led_to)
            case CallReported(report, conversation=conversation):
                partition = self._partition_of(report.call)
                if conversation is None or self._partition_of(conversation) != partition:
                    raise PermanentError("a call's report names a call and a conversation that don't belong together")
                digest = keys.digest("call", report.call, key, report.status)
                reported = await self._take(body, partition, "call", digest)
                assert isinstance(reported, Accepted), "a report goes where its conversation is"
                return reported
            case MessageWithdrawn(message, source, sender):
                channel, digest = "withdrawn", keys.digest("withdrawn", source, message, str(sender))
                customer = await self._senders.customer_of(sender)
            case DirectoryAnswered(customer):
                # Whatever it says: a look-up is answered once.
                channel, digest = "directory", keys.digest("directory", customer, key)
            case DeliveryReported(receipt):
                partition = self._partition_of(receipt.message)
                if self._partition_of(receipt.conversation) != partition:
                    raise PermanentError("a receipt names a message and a conversation that don't belong together")
                digest = keys.digest(key, receipt.message, receipt.state)
                taken = await self._take(body, partition, "receipt", digest)
                assert isinstance(taken, Accepted), "a receipt goes where its conversation is"
                return taken
        return await self._taken(body, channel, digest, customer)

    async def deliver(self, errand: str, customer: CustomerId, fields: Mapping[str, str | bytes]) -> bool:
        """Hold what an errand of that name tells `customer`; False where it had been held before. Raises redis' errors.

        It is said to who they were when it was made: if they are part of another since, it is passed on from there.
        """
        partition, now = self._partition_of(customer), self._clock.now()
        names = [keys.key(partition, suffix) for suffix in (keys.INBOUND, keys.seen("errand"), keys.COUNTS)]
        forget = milliseconds(forgotten_before("errand", now))
        answer = await self._accept.kept(
            names, keys.digest("errand", errand), milliseconds(now), forget, "", "", *_flat(fields)
        )
        return bool(answer[0])

    async def _read(self, message: InboundMessage) -> InboundMessage:
        """`message` with what its text tells; here, since doors are many and a partition has one worker."""
        written_in = detect(message.text).code
        language = "" if written_in == UNKNOWN else written_in
        facts = await self._finder.facts_of(message, language, self._clock.now())
        return replace(message, written_in=written_in, facts=facts)

    async def submit(
        self, command: Command | CallOffered, conversation: ConversationId, key: str, expected: int | None = None
    ) -> bool:
        """Hold a command; False where `key` brought the same one before. KeyReused if it was another one.

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

    def _partition_of(self, identifier: str) -> int:
        """The partition that `identifier` names; PermanentError if there is none, since nobody would read there."""
        partition = partition_of(identifier)
        if partition >= self._partitions:
            raise PermanentError(f"{identifier[:40]!r} is not one of this Hilo's identifiers")
        return partition

    async def _taken(self, body: Body, channel: str, digest: str, customer: CustomerId) -> Accepted:
        """Taken for `customer`, or for whom they are part of; seen before wherever it was taken before."""
        expected, until = b"", asyncio.get_running_loop().time() + self._patience
        while True:
            answer = await self._take(body, partition_of(customer), channel, digest, customer, expected)
            if isinstance(answer, Accepted):
                return answer
            if answer.state in (MovingState.MOVING, MovingState.LEAVING):
                if asyncio.get_running_loop().time() >= until:
                    raise StoreClosed(
                        "its customer is just becoming one with another, or leaves one: try again in a moment"
                    )
                await asyncio.sleep(LOOK_SECONDS)
                continue
            others = tuple(former for former in answer.formers if former != answer.to)
            if await self._moved.has_seen(others, channel, digest):
                return Accepted(False, partition_of(customer), customer=customer)
            # Who was part of another is taken for as they are; nothing more is asked of the same word twice.
            expected, customer = (b"", answer.to) if answer.to else (answer.raw, customer)

    async def _take(
        self,
        body: Body,
        partition: int,
        channel: str,
        digest: str,
        customer: CustomerId | None = None,
        expected: bytes = b"",
    ) -> Accepted | Way:
        now = self._clock.now()
        conversation = _reported_in(body)
        fields = wire.event_fields(body, now, customer=customer, conversation=conversation)
        suffixes = [keys.INBOUND, keys.seen(channel), keys.COUNTS]
        suffixes += [keys.moved(customer)] if customer else []
        answer = await self._accept.kept(
            [keys.key(partition, suffix) for suffix in suffixes],
            digest,
            milliseconds(now),
            milliseconds(forgotten_before(channel, now)),
            keys.accepted(channel) if isinstance(body, MessageArrived) else "",
            expected,
            *_flat(fields),
        )
        if answer[0] == 2:
            return way_of(answer[1])
        if not answer[0]:
            return Accepted(False, partition, customer=customer)
        log.info("accepted", event_id=f"{partition:02d}-{wire.text(answer[1])}", channel=channel)
        return Accepted(True, partition, EventId(wire.text(answer[1])), customer)


def forgotten_before(channel: str, now: datetime) -> datetime:
    """Since when what a channel brought is remembered: before that it may not come again."""
    return now - repeats_for(channel)


def repeats_for(channel: str) -> timedelta:
    """How long what a channel brought may come again."""
    return REPEATS_FOR.get(channel, USUALLY_REPEATS_FOR)


def _reported_in(body: Body) -> ConversationId | None:
    """Where it happened, for what a channel tells of something of ours."""
    match body:
        case DeliveryReported(receipt):
            return receipt.conversation
        case CallReported(caller=None, conversation=conversation):
            return conversation
    return None


def _content(message: InboundMessage) -> str:
    """What makes two messages with one key two: a sender who reuses another's key suppresses nothing."""
    if message.channel in KEYS_OF_PROVIDER:
        return str(message.sender)
    files = ",".join(file.digest or file.name for file in message.attachments)
    return "\x1e".join((str(message.sender), message.subject, message.text, files))


def _flat(fields: Mapping[str, str | bytes]) -> list[str | bytes]:
    return [part for pair in fields.items() for part in pair]
