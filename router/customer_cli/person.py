"""Everything that is held of one person, wherever it is: in Redis, in the archive, and the files that these name."""

import asyncio
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from history.erasure import ArchivedPerson
from history.schema import FILE
from router.model.conversation import Conversation
from router.model.customer import Customer
from router.model.decision import TimelineEntry
from router.model.errors import PermanentError
from router.model.ids import ConversationId, CustomerId, partition_of
from router.model.message import Handle
from router.settings import Settings
from router.store import keys, wire
from router.store.connection import Connection
from router.store.personal.held import Held, Reader, Story
from router.store.personal.keyspace import Keyspace
from router.store.personal.kin import kin
from router.store.records import Records

Tell = Callable[[str, int, int], None]
"""Is told what is being done, how much of it is, and of how much (0: nobody knows)."""

CHANNELS = ("email", "twitter", "webchat", "phone")


class NobodyKnown(PermanentError):
    """There is no such customer."""


@dataclass(frozen=True, slots=True)
class Person:
    """What was found: all that is held, and where else something names them."""

    held: Held
    keyspace: Keyspace

    @property
    def partitions(self) -> list[int]:
        """The partitions of their customers' ids."""
        return sorted({partition_of(name) for name in self.held.customers})


class People:
    """Finds people in one installation."""

    def __init__(self, settings: Settings, connection: Connection) -> None:
        self.settings = settings
        self.connection = connection
        self.history = settings.data / "history"
        self.attachments = settings.data / "attachments"
        self._records = Records(connection, settings.redis.partitions)

    async def customers(self, name: str) -> tuple[CustomerId, ...]:
        """The customers whom `name` means, all who are one: an id, of a conversation too, or a handle.

        Raises NobodyKnown.
        """
        kind, _, address = name.partition(":")
        if address:
            found = await self._records.customer_of(Handle(kind, address))
        else:
            found = await self._of_id(name)
        if found is None:
            raise NobodyKnown(
                f"nobody is known as {name}: give a customer's id (u-07-…), a conversation's (c-07-…), or a handle "
                "with its kind, such as email:ana@example.org or phone:+50761234567"
            )
        return await kin(self._records, [found])

    async def person(self, customers: Sequence[CustomerId], tell: Tell) -> Person:
        """All that is held of `customers`. Raises ArchiveAway, PermanentError for what can't be read."""
        keyspace = Keyspace(self.connection)
        await keyspace.look({partition_of(name) for name in customers}, lambda done: tell("Looking at keys", done, 0))
        held = await self.held(customers, await keyspace.conversations(customers), keyspace)
        return Person(held, keyspace)

    async def held(
        self, customers: Sequence[CustomerId], conversations: Collection[ConversationId], keyspace: Keyspace
    ) -> Held:
        """What is held of `customers` and `conversations` now."""
        reader = Reader(self.connection, self.settings.redis.partitions)
        pointed = [each.open_conversation for each in await self._records.customers(customers) if each]
        names = {*conversations, *filter(None, pointed)}
        former = await self.archived(customers)
        named = {*names, *(story.conversation.id for story in former)}
        held = await reader.held(customers, named, {*CHANNELS, *keyspace.channels})
        in_redis = set(held.conversations)
        for story in former:
            if story.conversation.id not in in_redis:
                held.add(story)
        return held

    async def records(self, customers: Iterable[CustomerId]) -> list[Customer]:
        """The customers' records, of those that have one."""
        return [record for record in await self._records.customers(list(customers)) if record]

    async def archived(self, customers: Collection[CustomerId]) -> list[Story]:
        """Their conversations in the archive."""
        if not self.has_history:
            return []
        found = await asyncio.to_thread(_archived, self.history, customers)
        return [Story(conversation, entries, is_archived=True) for conversation, entries in found]

    @property
    def has_history(self) -> bool:
        """Whether the archive lies on this machine."""
        return (self.history / FILE).exists()

    async def why_not_whole(self, customers: Collection[CustomerId]) -> str:
        """Why not everything can be reached from here, in words; empty where it can."""
        if self.has_history:
            return ""
        for partition in {partition_of(name) for name in customers}:
            counts = await self.connection.commands.hgetall(keys.key(partition, keys.COUNTS))
            if any(wire.text(name).startswith(keys.archived("")) and int(value) for name, value in counts.items()):
                return f"the archive is not in {self.history}: run this on the machine where history and the desk run"
        return ""

    async def _of_id(self, name: str) -> CustomerId | None:
        if not name.startswith(("u-", "c-")) or partition_of(name) >= self.settings.redis.partitions:
            return None
        if name.startswith("u-"):
            return CustomerId(name)
        conversation = await self._records.conversation(ConversationId(name))
        if conversation is None and self.has_history:
            return await asyncio.to_thread(_owner_of, self.history, ConversationId(name))
        return conversation.customer if conversation else None


def _archived(folder: Path, customers: Collection[CustomerId]) -> list[tuple[Conversation, Sequence[TimelineEntry]]]:
    with closing(ArchivedPerson(folder, customers)) as person:
        return person.stories()


def _owner_of(folder: Path, conversation: ConversationId) -> CustomerId | None:
    with closing(ArchivedPerson(folder, ())) as person:
        return person.owner_of(conversation)
