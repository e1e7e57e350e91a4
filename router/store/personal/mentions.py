"""What the records of others tell of a person: that they were taken for one, or might be. It goes with the person.

Ids stay, which lead nowhere any more. What others wrote of them is theirs, and stays.
"""

from collections.abc import Callable, Collection
from typing import TypeVar

from msgspec.structs import replace

from router.model.conversation import Conversation
from router.model.customer import Customer, Host
from router.model.decision import EntryKind, TimelineEntry
from router.model.ids import ConversationId, CustomerId
from router.store import wire
from router.store.connection import Connection, Script

WRITTEN = (EntryKind.MESSAGE_IN, EntryKind.MESSAGE_OUT, EntryKind.EDITED, EntryKind.NOTE)
"""Entries that are somebody's words, and are not touched."""

T = TypeVar("T", Conversation, Customer)
# A record as it is now, if it is as it was read. KEYS: record  ARGV: revision before, after, record
REVISE = """
if redis.call('HGET', KEYS[1], 'r') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'r', ARGV[2], 'd', ARGV[3])
return 1
"""
# An entry of a timeline as it is now, if it still stands there. KEYS: timeline  ARGV: number, before, after
RETELL = """
if redis.call('LINDEX', KEYS[1], ARGV[1]) ~= ARGV[2] then return 0 end
redis.call('LSET', KEYS[1], ARGV[1], ARGV[3])
return 1
"""


class Mentions:
    """Takes a person out of the records of others."""

    def __init__(
        self, connection: Connection, customers: Collection[CustomerId], conversations: Collection[ConversationId]
    ) -> None:
        self._redis = connection.commands
        self._customers, self._conversations = set(customers), set(conversations)
        self._ids = [f'"{name}"'.encode() for name in (*customers, *conversations)]
        self._revise = Script(connection, REVISE)
        self._retell = Script(connection, RETELL)

    async def forget(self) -> bool:
        """Whether nobody's record tells of them now; False if some changed meanwhile: then do it once more."""
        is_done = True
        async for name in self._redis.scan_iter(match="hilo:{p??}:*", count=1000):
            family = wire.text(name).split(":")[2]
            if family == "tl":
                is_done = await self._timeline(wire.text(name)) and is_done
            elif family in ("cust", "conv"):
                is_done = await self._record(wire.text(name), family) and is_done
        return is_done

    async def _record(self, name: str, family: str) -> bool:
        data = await self._redis.hget(name, "d")
        if data is None or not any(each in data for each in self._ids):
            return True
        if family == "cust":
            return await self._revised(name, wire.decode(Customer, data), self._customer)
        return await self._revised(name, wire.decode(Conversation, data), self._conversation)

    async def _revised(self, name: str, before: T, change: Callable[[T], T]) -> bool:
        after = change(before)
        if after == before:
            return True
        after = replace(after, revision=before.revision + 1)
        return bool(await self._revise([name], str(before.revision), str(after.revision), wire.encode(after)))

    def _customer(self, record: Customer) -> Customer:
        left = tuple(each for each in record.left if each.customer not in self._customers)
        return replace(record, left=left, host=self._host(record.host) if record.host else None)

    def _host(self, host: Host) -> Host:
        """What is kept for an undo: nothing but whose it is, where it is from when they were one with the person.

        Nobody can tell what of it was the person's. An undo leaves the customer then with what is theirs by now.
        """
        if not self._customers.isdisjoint(host.customer.identities):
            return Host(Customer(host.customer.id))
        conversation = self._conversation(host.conversation) if host.conversation else None
        return Host(self._customer(host.customer), conversation)

    def _conversation(self, record: Conversation) -> Conversation:
        kept = tuple(
            each
            for each in record.suggestions
            if each.customer not in self._customers and each.conversation not in self._conversations
        )
        return replace(record, suggestions=kept)

    async def _timeline(self, name: str) -> bool:
        is_done = True
        for number, data in enumerate(await self._redis.lrange(name, 0, -1)):
            if any(each in data for each in self._ids):
                after = wire.encode(told_without(wire.decode(TimelineEntry, data)))
                if after != data:
                    is_done = bool(await self._retell([name], number, data, after)) and is_done
        return is_done


def told_without(entry: TimelineEntry) -> TimelineEntry:
    """An entry that names somebody by their id, without their handle."""
    if entry.kind in WRITTEN:
        return entry
    return replace(entry, detail={name: value for name, value in entry.detail.items() if name != "handle"})
