"""Erasing a person from Redis: one script a partition, and keys of no partition one by one.

A worker that has read what is erased here commits nothing: the revisions that it read are gone. What the same person
writes afterwards is a new contact, whole, and of a new customer once their handles are forgotten.
"""

from collections.abc import Collection, Iterable, Mapping
from importlib import resources
from typing import Any

import msgspec

from router.model.errors import TemporaryError
from router.model.ids import ConversationId, CustomerId, partition_of
from router.model.message import Handle
from router.store import keys, wire
from router.store.connection import Connection, Script, xrange
from router.store.personal.held import Held, Story, counted, is_about, needles
from router.store.personal.keyspace import chunks
from router.store.visitors import NOBODY

MOST = 20_000
"""A stream with more entries is not written anew: the server would stand still for too long."""

PAGE = 1000
# KEYS: the key  ARGV: whom it may name. A handle that has another owner by now stays.
UNBIND = """
local found = redis.call('GET', KEYS[1])
for _, name in ipairs(ARGV) do
  if found == name then return redis.call('DEL', KEYS[1]) end
end
return 0
"""
# Names nobody any more; as nobody it stays as long as it would have. KEYS: a signed token's bringer  ARGV: nobody, whom
DISOWN = """
local found = redis.call('GET', KEYS[1])
for at = 2, #ARGV do
  if found == ARGV[at] then
    redis.call('SET', KEYS[1], ARGV[1], 'KEEPTTL')
    return 1
  end
end
return 0
"""
# Counts what history held as erased instead of archived, once. KEYS: count  ARGV: mark, then channel, messages, ...
MOVE = """
if redis.call('HSETNX', KEYS[1], ARGV[1], 1) == 0 then return 0 end
for at = 2, #ARGV, 2 do
  redis.call('HINCRBY', KEYS[1], 'archived:' .. ARGV[at], -ARGV[at + 1])
  redis.call('HINCRBY', KEYS[1], 'erased:' .. ARGV[at], ARGV[at + 1])
end
return 1
"""
# Takes out of a chat's transcript what names one of the ids, and writes the rest anew. KEYS: log, ids  ARGV: ids
SIFT = """
if redis.call('TYPE', KEYS[1]).ok ~= 'stream' then return 0 end
local kept, gone = {}, {}
for _, entry in ipairs(redis.call('XRANGE', KEYS[1], '-', '+')) do
  local is_theirs = false
  for _, id in ipairs(ARGV) do
    if string.find(entry[2][2] or '', '"' .. id .. '"', 1, true) then is_theirs = true end
  end
  if is_theirs then gone[entry[1]] = true else kept[#kept + 1] = entry end
end
if next(gone) == nil then return 0 end
local seconds = redis.call('TTL', KEYS[1])
redis.call('DEL', KEYS[1])
for _, entry in ipairs(kept) do redis.call('XADD', KEYS[1], entry[1], unpack(entry[2])) end
local ids = redis.call('HGETALL', KEYS[2])
for at = 1, #ids, 2 do if gone[ids[at + 1]] then redis.call('HDEL', KEYS[2], ids[at]) end end
if seconds > 0 and #kept > 0 then redis.call('EXPIRE', KEYS[1], seconds) end
return 1
"""
# KEYS: feed. Who has read all of it finds their place gone, and reads anew; who has not is told the same change.
STIR = """
local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
if not last then return 0 end
redis.call('XDEL', KEYS[1], last[1])
redis.call('XADD', KEYS[1], '*', unpack(last[2]))
return 1
"""


class Changed(TemporaryError):
    """A record has changed since it was read: read again."""


class Eraser:
    """Erases from Redis."""

    def __init__(self, connection: Connection, teams: Collection[str], channels: Collection[str]) -> None:
        """`teams` are those whose queues are looked at, `channels` those whose replies are."""
        self._redis = connection.commands
        self._teams = teams
        self._channels = channels
        self._erase = Script(
            connection, resources.files("router.store.personal").joinpath("erase.lua").read_text("utf-8")
        )
        self._unbind = Script(connection, UNBIND)
        self._disown = Script(connection, DISOWN)
        self._move = Script(connection, MOVE)
        self._stir = Script(connection, STIR)
        self._sift = Script(connection, SIFT)

    async def unbind(self, names: Iterable[str], customers: Collection[CustomerId]) -> None:
        """Forget the handles and pins `names`, unless they are somebody else's by now."""
        for name in names:
            await self._unbind([name], *customers)

    async def disown(self, names: Iterable[str], visitors: Collection[str]) -> None:
        """Let the signed tokens `names` be nobody's: deleted, one that is still good could be brought by another."""
        for name in names:
            await self._disown([name], NOBODY, *visitors)

    async def partition(
        self, partition: int, held: Held, outcomes: Collection[str], conversations: Collection[ConversationId]
    ) -> list[str]:
        """Erase what a partition holds of the customers and `conversations`; streams too long to be written anew.

        Raises Changed if any of it is not as it was read; then nothing was erased.
        """
        customers = [name for name in held.customers if partition_of(name) == partition]
        stories = [s for s in held.stories if partition_of(s.conversation.id) == partition and not s.is_archived]
        channels = map(keys.outbound, self._channels)
        told = {
            "ids": [*customers, *(name for name in conversations if partition_of(name) == partition)],
            "needles": needles(held.customers, held.handles),
            "x": _revisions(customers, held, stories),
            "keys": [*_suffixes(partition, outcomes, conversations), *map(keys.moved, customers)],
            "queues": sorted({*self._teams, *(story.conversation.ownership.team for story in stories)}),
            "streams": [keys.INBOUND, keys.ARCHIVE, keys.DEAD, keys.LOOK_UPS, keys.ERRANDS, *channels],
            "tries": [keys.attempts(channel) for channel in self._channels],
            "messages": sorted(held.outbound),
            "counts": sorted(counted(stories, await self.since(partition)).items()),
            "marks": [story.conversation.id for story in stories],
            "most": MOST,
        }
        answer = await self._erase([keys.key(partition, keys.LEASE)], msgspec.msgpack.encode(told))
        state, *names = (wire.text(part) for part in answer)
        if state == "changed":
            raise Changed(names[0])
        return names

    async def feed(self, partition: int, conversations: Collection[ConversationId]) -> None:
        """Forget what the feed told of the conversations; whoever follows it reads anew what there is."""
        name, start = keys.key(partition, keys.FEED), "-"
        while page := await xrange(self._redis, name, start, count=PAGE):
            theirs = [entry[0] for entry in page if is_about(entry, conversations)]
            if theirs:
                await self._redis.xdel(name, *theirs)
            start = f"({wire.text(page[-1][0])}"
        await self._stir([name])

    async def sift(self, visitor: str, ids: Collection[str]) -> None:
        """Take out of a transcript what names one of `ids`: a reply that left while its visitor was erased."""
        await self._sift([keys.transcript(visitor), keys.transcript_ids(visitor)], *ids)

    async def delete(self, names: Iterable[str]) -> None:
        """Delete keys of no partition; those in different slots by commands of their own."""
        for name in names:
            await self._redis.delete(name)

    async def forget_members(self, tallies: Iterable[tuple[str, list[str]]]) -> None:
        """Take messages out of sorted sets."""
        for name, members in tallies:
            for chunk in chunks(members, PAGE):
                await self._redis.zrem(name, *chunk)

    async def forget_fields(self, hashes: Iterable[tuple[str, list[str]]]) -> None:
        """Take fields out of hashes."""
        for name, fields in hashes:
            for chunk in chunks(fields, PAGE):
                await self._redis.hdel(name, *chunk)

    async def marked(self, partition: int, conversations: Iterable[ConversationId]) -> set[ConversationId]:
        """Which of the conversations this erasure took out of Redis, where their messages were counted."""
        found: Any = await self._redis.hkeys(keys.key(partition, keys.COUNTS))
        known = {wire.text(name) for name in found}
        return {name for name in conversations if keys.erasing(name) in known}

    async def move_counts(self, round_: str, counts: Mapping[str, Mapping[str, int]]) -> None:
        """Count what history held as erased; asked again for the same `round_` it changes nothing."""
        for partition, channels in counts.items():
            flat = [part for channel, count in channels.items() for part in (channel, str(count))]
            await self._move([keys.key(int(partition), keys.COUNTS)], keys.erasing(round_), *flat)

    async def unmark(self, partitions: Iterable[int], names: Collection[str]) -> None:
        """Remove the marks of the erasure itself."""
        for partition in partitions:
            for chunk in chunks(map(keys.erasing, names), PAGE):
                await self._redis.hdel(keys.key(partition, keys.COUNTS), *chunk)

    async def bind(self, handle: Handle, customer: CustomerId) -> None:
        """Let `handle` be the customer's who wrote from it meanwhile, if it is nobody's."""
        await self._redis.set(keys.handle(handle), customer, nx=True)

    async def since(self, partition: int) -> str | None:
        """The first event of the partition whose message was counted."""
        found = await self._redis.hget(keys.key(partition, keys.COUNTS), keys.COUNTED_SINCE)
        return None if found is None else wire.text(found)


def _revisions(customers: Iterable[CustomerId], held: Held, stories: Iterable[Story]) -> list[tuple[str, str]]:
    known = {record.id: record.revision for record in held.records}
    found = [(keys.customer(name), str(known.get(name, 0))) for name in customers]
    return found + [(keys.conversation(s.conversation.id), str(s.conversation.revision)) for s in stories]


def _suffixes(partition: int, outcomes: Iterable[str], conversations: Iterable[ConversationId]) -> list[str]:
    prefix = keys.prefix(partition)
    found = [name.removeprefix(prefix) for name in outcomes if name.startswith(prefix)]
    return found + [keys.timeline(name) for name in conversations if partition_of(name) == partition]
