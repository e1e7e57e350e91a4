"""Whose message it is: the customer of its handle, or for one message alone the owner of what it answers."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from router.model.ids import ConversationId, CustomerId, customer_id, partition_of
from router.model.message import SITE, Handle, InboundMessage
from router.store import keys, wire
from router.store.connection import Connection, Script

# Returns the customer of the handle, who is ARGV[1] from now on if there was none.
BIND = """
redis.call('SET', KEYS[1], ARGV[1], 'NX')
return redis.call('GET', KEYS[1])
"""
# Returns whose message it is for good: who was pinned to it, else the customer of the handle. Where there is neither,
# the owner of what it answers is pinned to it, and where nobody owns that any more the handle gets a customer.
# KEYS: handle, pin  ARGV: owner (or ''), customer to mint, how long to pin (ms)
PIN = """
local known = redis.call('GET', KEYS[2]) or redis.call('GET', KEYS[1])
if known then return known end
if ARGV[1] ~= '' then
  redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[3])
  return ARGV[1]
end
redis.call('SET', KEYS[1], ARGV[2])
return ARGV[2]
"""


class Senders:
    """Knows the customers of handles, and mints those who are new."""

    def __init__(self, connection: Connection, partitions: int) -> None:
        self._redis = connection.commands
        self._replicas = connection.replicas
        self._partitions = partitions
        self._bind = Script(connection, BIND)
        self._pin = Script(connection, PIN)

    async def of(self, message: InboundMessage, digest: str, repeats_for: timedelta) -> CustomerId:
        """Whose `message` is, the same at each repetition of `digest` within `repeats_for`, whatever happens meanwhile.

        An unknown sender who answers a conversation of ours joins it with this message alone. It proves that our mail
        reached them, not that they are that customer: somebody may have given an address that is not theirs. So the
        handle is not bound, and what they write of their own accord is a conversation of theirs. Whose the message was
        is pinned to it, since the handle may have a customer, or the conversation be in history, when it comes again.
        """
        if not message.conversation:
            return await self.customer_of(message.sender, message.proved)
        names = [keys.handle(message.sender), keys.pin(message.sender, digest)]
        bound, pinned = await self._redis.mget(names)
        known = pinned or bound
        # Where replicas count, what is known here may not be on them yet.
        if known is None or self._replicas:
            owner = pinned or (None if bound else await self._owner(message.conversation))
            kept_for = int(repeats_for.total_seconds() * 1000)
            known = await self._pin.kept(names, owner or "", bound or self._minted(), kept_for)
        return CustomerId(wire.text(known))

    async def customer_of(self, handle: Handle, proved: Sequence[Handle] = ()) -> CustomerId:
        """The customer of `handle`: the one known, else whom the company's site knows them as, else a new one.

        Two first messages at once: the loser of the race takes the winner's. Of what is `proved` to be theirs only the
        site's own id names one person; a mailbox may be a family's.
        """
        name = keys.handle(handle)
        known = await self._redis.get(name)
        # Where replicas count, one that was minted may not be on them yet.
        if known is None or self._replicas:
            known = known or await self._of_site(proved)
            known = await self._bind.kept([name], known or self._minted())
        return CustomerId(wire.text(known))

    async def caller(self, handle: Handle, led_to: ConversationId | None) -> CustomerId:
        """Whose call is reported that came from `handle`: as of the message with which it began.

        One that was `led_to` a conversation is of whoever has that, as long as the handle itself is nobody's.
        """
        known = await self._redis.get(keys.handle(handle)) if led_to else None
        owner = await self._owner(led_to) if led_to and known is None else None
        return CustomerId(owner) if owner else await self.customer_of(handle)

    async def _of_site(self, proved: Sequence[Handle]) -> str | None:
        site = next((each for each in proved if each.kind == SITE), None)
        known = await self._redis.get(keys.handle(site)) if site else None
        return wire.text(known) if known else None

    def _minted(self) -> CustomerId:
        return customer_id(secrets.token_hex(16), self._partitions)

    async def _owner(self, conversation: ConversationId) -> CustomerId | None:
        name = keys.key(partition_of(conversation), keys.conversation(conversation))
        data = await self._redis.hget(name, "d")
        return wire.decode(_Owned, data).customer if data else None


@dataclass(frozen=True, slots=True)
class _Owned:
    customer: CustomerId
