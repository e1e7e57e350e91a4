"""Erasing a person everywhere, step by step in an order that may be broken off anywhere and begun again.

First their handles, so that what they write from now on is a new customer's; then, partition by partition in one
script each, all that Redis holds; then the archive, the files, and what was under way in other processes meanwhile; at
last the server's own files, which are written anew.
"""

import asyncio
import secrets
from contextlib import closing
from typing import Any

from history.erasure import ArchivedPerson
from router.customer_cli.files import FilesOf
from router.customer_cli.glance import glance
from router.customer_cli.person import People, Person, Tell
from router.customer_cli.plan import Plan, Plans, Round
from router.model.errors import PermanentError, TemporaryError
from router.model.ids import ConversationId, CustomerId, partition_of
from router.model.message import Handle
from router.store import keys
from router.store.personal.eraser import Changed, Eraser
from router.store.personal.held import Held, counted
from router.store.personal.keyspace import forgotten_address
from router.store.personal.kin import settled
from router.store.personal.mentions import Mentions
from router.store.personal.rewriting import write_anew
from router.store.server_socket import server_home

ATTEMPTS = 50
SETTLES_SECONDS = 2.0
"""What another process had read before the erasure it has written after so long, or never does."""


class Erasing:
    """The erasure of one person, as its plan says."""

    def __init__(self, people: People, plans: Plans, plan: Plan, tell: Tell, pause: float = SETTLES_SECONDS) -> None:
        self._people = people
        self._plans = plans
        self.plan = plan
        self._tell = tell
        self._pause = pause
        self._files = FilesOf(people.connection, people.attachments, people.history if people.has_history else None)
        self.files_left: list[str] = []

    async def run(self, person: Person) -> None:
        """Do what is left to do. Raises TemporaryError where it can't be finished now: begun again, it goes on."""
        eraser = Eraser(self._people.connection, person.keyspace.queues, self._channels(person))
        if not self.plan.is_out_of_redis:
            await self._out_of_redis(eraser, person)
        await self._out_of_archive(eraser)
        self._tell("Erasing from the records of others", 0, 0)
        await self._out_of_others()
        self._tell("Removing files", 0, 0)
        self.files_left = await self._files.set_aside(self.plan.customers, self.plan.files)
        self._tell("Waiting for what was under way", 0, 0)
        await asyncio.sleep(self._pause)
        await self._out_of_what_was_under_way(eraser)
        self.files_left = await self._files.remove(self.plan.customers, self.plan.files)
        await self._forget_bytes()
        await eraser.unmark(self._partitions(), [*self.plan.conversations, *self._round_names()])

    async def _out_of_redis(self, eraser: Eraser, person: Person) -> None:
        held, keyspace, customers = person.held, person.keyspace, self.plan.customers
        settled(held.records)
        self.plan.add(held, glance(person).counts)
        self._plans.keep(self.plan)
        await eraser.unbind(await keyspace.bound(customers), customers)
        for done, partition in enumerate(person.partitions, 1):
            self._tell("Erasing from Redis", done, len(person.partitions))
            await self._partition(eraser, partition, person)
        plan = self.plan
        for partition in person.partitions:
            await eraser.feed(partition, plan.conversations)
        await eraser.delete(await keyspace.posted(plan.messages))
        await eraser.delete(keyspace.authors_of(plan.originals))
        await eraser.disown(await keyspace.brought(plan.visitors), plan.visitors)
        await eraser.delete(self._of_handles(plan.handles))
        await eraser.delete(self._uploads())
        await eraser.forget_members(await keyspace.tallies(plan.messages))
        await eraser.delete(await keyspace.rang(plan.conversations))
        numbers = [handle.address for handle in plan.handles if handle.kind == "phone"]
        await eraser.forget_fields(await keyspace.open_calls([*plan.conversations, *numbers]))
        plan.is_out_of_redis = True
        self._plans.keep(plan)

    async def _out_of_others(self) -> None:
        """Let nobody else's record tell of them: for whom they were taken, or might be."""
        mentions = Mentions(self._people.connection, self.plan.customers, self.plan.conversations)
        for _ in range(ATTEMPTS):
            if await mentions.forget():
                return
        raise TemporaryError("the records that tell of this customer change all the time: run it again in a moment")

    async def _partition(self, eraser: Eraser, partition: int, person: Person) -> None:
        """Erase from one partition; what changes meanwhile is read again."""
        held = person.held
        for _ in range(ATTEMPTS):
            outcomes = await person.keyspace.outcomes(self.plan.conversations)
            try:
                long = await eraser.partition(partition, held, outcomes, self.plan.conversations)
            except Changed:
                settled(await self._people.records(self.plan.customers))
                held = await self._people.held(self.plan.customers, self.plan.conversations, person.keyspace)
                self.plan.add(held, self.plan.counts)
                self._plans.keep(self.plan)
                continue
            if long:
                raise TemporaryError(
                    f"partition {partition:02d} has too much under way ({', '.join(long)}) for its streams to be "
                    "written anew: run it again once that is worked off"
                )
            return
        raise TemporaryError("the customer's conversation changes all the time: run it again in a moment")

    async def _out_of_archive(self, eraser: Eraser) -> None:
        if self.plan.is_out_of_archive or not self._people.has_history:
            return
        if self.plan.round is None:
            self.plan.round = Round(f"round-{secrets.token_hex(6)}", await self._archived_counts(eraser))
            self._plans.keep(self.plan)
        self._tell("Erasing from the archive", 0, 0)
        await asyncio.to_thread(self._erase_archived)
        await eraser.move_counts(self.plan.round.name, self.plan.round.counts)
        self.plan.is_out_of_archive = True
        self._plans.keep(self.plan)

    async def _archived_counts(self, eraser: Eraser) -> dict[str, dict[str, int]]:
        """How many messages in the archive are theirs, but for those that were counted as they left Redis."""
        stories = await self._people.archived(self.plan.customers)
        found: dict[str, dict[str, int]] = {}
        for partition in {partition_of(story.conversation.id) for story in stories}:
            mine = [story for story in stories if partition_of(story.conversation.id) == partition]
            marked = await eraser.marked(partition, [story.conversation.id for story in mine])
            left = [story for story in mine if story.conversation.id not in marked]
            found[str(partition)] = dict(counted(left, await eraser.since(partition)))
        return found

    def _erase_archived(self) -> None:
        with closing(ArchivedPerson(self._people.history, self.plan.customers)) as person:
            person.erase(self.plan.conversations)

    async def _out_of_what_was_under_way(self, eraser: Eraser) -> None:
        """Erase what others wrote of it after they had read it before: receipts, timers, late words in a chat."""
        names = [ConversationId(name) for name in self.plan.conversations]
        for partition in self._partitions():
            rest = Held(())
            await eraser.partition(partition, rest, (), names)
            await eraser.feed(partition, names)
        for visitor in self.plan.visitors:
            await eraser.sift(visitor, [*names, *self.plan.messages])
        await self._bind_anew(eraser)

    async def _bind_anew(self, eraser: Eraser) -> None:
        """Give those their handles who wrote while they were erased: what they wrote is theirs, and all they have."""
        person = await self._people.person(self.plan.customers, self._tell)
        for record in person.held.records:
            for link in record.links:
                await eraser.bind(link.handle, record.id)
        for waiting in person.held.waiting:
            customer, handle = waiting.get("customer"), _sender(waiting.get("body"))
            if customer and handle:
                await eraser.bind(handle, CustomerId(customer))

    async def _forget_bytes(self) -> None:
        if self._people.has_history:
            self._tell("Writing the archive anew", 0, 0)
            await asyncio.to_thread(self._forget_archived_bytes)
        if self._people.settings.redis.url is None:
            self._tell("Writing Redis' files anew", 0, 0)
            await write_anew(self._people.connection, server_home(self._people.settings.data))

    def _forget_archived_bytes(self) -> None:
        with closing(ArchivedPerson(self._people.history, ())) as person:
            person.forget_bytes()

    def _of_handles(self, handles: list[Handle]) -> list[str]:
        found = [forgotten_address("email", handle.address) for handle in handles if handle.kind == "email"]
        for visitor in self.plan.visitors:
            found += [keys.transcript(visitor), keys.transcript_ids(visitor), keys.signed_as(visitor)]
        return found

    def _uploads(self) -> list[str]:
        """The marks of who has brought which of the files."""
        users = (user.agent.id for user in self._people.settings.users.values())
        return [keys.upload(keys.digest(agent, digest)) for agent in users for digest in self.plan.files]

    def _partitions(self) -> list[int]:
        return sorted({partition_of(name) for name in (*self.plan.customers, *self.plan.conversations)})

    def _round_names(self) -> list[str]:
        return [self.plan.round.name] if self.plan.round else []

    def _channels(self, person: Person) -> list[str]:
        return sorted({*person.keyspace.channels, "email", "twitter", "webchat", "phone"})


def _sender(body: Any) -> Handle | None:
    """Who wrote the message that an event holds; None for what is none."""
    message = body.get("message") if isinstance(body, dict) else None
    sender = message.get("sender") if isinstance(message, dict) else None
    if not isinstance(sender, dict):
        return None
    return Handle(str(sender.get("kind", "")), str(sender.get("address", "")))


def why_not(plan: Plan | None, person: Person, *, is_sure: bool) -> None:
    """Raise PermanentError if the person can't be erased, or only by who is sure."""
    owed = glance(person).owed
    if owed and not is_sure and plan is None:
        told = "; ".join(f"{each.what} in {each.conversation}" for each in owed)
        raise PermanentError(f"something is promised to this customer and still open: {told}. Keep it, or give --yes")
