"""Whose handles are: looked up, given to whom nobody else has them, and taken away again."""

from router.core.identity.telling import identities
from router.model.conversation import Conversation
from router.model.customer import Customer, is_verified
from router.model.event import Found
from router.model.ids import ConversationId, CustomerId, partition_of
from router.model.message import Handle
from router.store import keys, wire
from router.store.connection import Connection, Script
from router.store.moved import Moved
from router.store.records import Records
from router.store.senders import BIND

# The handle passes from ARGV[1] to ARGV[2]; returns whose it is then.
HAND_ON = """
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('SET', KEYS[1], ARGV[2]) end
return redis.call('GET', KEYS[1])
"""


class Owners:
    """The customers of handles and conversations, as they are by now."""

    def __init__(self, connection: Connection, partitions: int) -> None:
        self._redis = connection.commands
        self._partitions = partitions
        self._records = Records(connection, partitions)
        self._moved = Moved(connection)
        self._bind = Script(connection, BIND)
        self._hand_on = Script(connection, HAND_ON)

    async def of_handle(self, handle: Handle, claimant: CustomerId | None) -> CustomerId | None:
        """Whose `handle` is: the `claimant`'s from now on, if nobody has it. Raises redis' errors."""
        if claimant:
            return CustomerId(wire.text(await self._bind.kept([keys.handle(handle)], claimant)))
        found = await self._redis.get(keys.handle(handle))
        return CustomerId(wire.text(found)) if found else None

    async def of_conversation(self, name: ConversationId) -> CustomerId | None:
        """Who has that conversation, while it is here."""
        found = await self._records.conversation(name) if partition_of(name) < self._partitions else None
        return found.customer if found else None

    async def now(self, customer: CustomerId) -> CustomerId:
        """Who `customer` is by now: themselves, or whom they are part of."""
        return await self._moved.of(customer)

    async def known(self, customer: CustomerId, handle: Handle | None) -> Found:
        """What somebody else may know of `customer`, who has `handle`."""
        record = await self._records.customer(customer)
        if record is None:
            return Found(customer)
        conversation = await self._open(record)
        is_theirs = handle is None or is_verified(record, handle)
        if conversation is None:
            return Found(customer, is_theirs, identities(record))
        return Found(customer, is_theirs, identities(record), conversation.id, str(conversation.ownership.team))

    async def hand_on(self, handle: Handle, former: CustomerId, customer: CustomerId) -> None:
        """`handle` is `customer`'s from now on, if it was `former`'s; the same twice is once."""
        await self._hand_on.kept([keys.handle(handle)], former, customer)

    async def _open(self, record: Customer) -> Conversation | None:
        return await self._records.conversation(record.open_conversation) if record.open_conversation else None
