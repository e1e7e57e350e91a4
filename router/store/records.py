"""Reading what Redis holds: customers, conversations, timelines, queues."""

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import islice
from statistics import median

from router.core.calls.board import board_score
from router.core.queue import STEP, queue_score
from router.model.conversation import Conversation
from router.model.customer import Customer
from router.model.decision import Became, Outcome, TimelineEntry
from router.model.finding import FindingKind
from router.model.ids import ConversationId, CustomerId, TeamId, partition_of
from router.model.message import Handle
from router.store import keys, wire
from router.store.connection import Connection
from router.store.moved import Moved


class Records:
    """Looks things up; writes nothing."""

    def __init__(self, connection: Connection, partitions: int) -> None:
        self._redis = connection.commands
        self._partitions = partitions
        self._moved = Moved(connection)

    @property
    def partitions(self) -> int:
        """How many partitions there are."""
        return self._partitions

    async def conversations(self, identifiers: Sequence[ConversationId]) -> list[Conversation | None]:
        """The conversations of those ids, None for each that there is not."""
        data = await self._hashes(keys.key(partition_of(i), keys.conversation(i)) for i in identifiers)
        return [wire.decode(Conversation, record) if record else None for record in data]

    async def customers(self, identifiers: Sequence[CustomerId]) -> list[Customer | None]:
        """The customers of those ids, None for each that has not been committed yet."""
        data = await self._hashes(keys.key(partition_of(i), keys.customer(i)) for i in identifiers)
        return [wire.decode(Customer, record) if record else None for record in data]

    async def customer_of(self, handle: Handle) -> CustomerId | None:
        """The customer that `handle` is known to be, or whom they are part of; None if nobody: none is minted here."""
        found = await self._redis.get(keys.handle(handle))
        return None if found is None else await self._moved.of(CustomerId(wire.text(found)))

    async def conversation(self, identifier: ConversationId) -> Conversation | None:
        """The conversation, or None."""
        return (await self.conversations([identifier]))[0]

    async def customer(self, identifier: CustomerId) -> Customer | None:
        """The customer, or None."""
        return (await self.customers([identifier]))[0]

    async def timeline(self, identifier: ConversationId, start: int = 0, end: int = -1) -> list[TimelineEntry]:
        """The conversation's entries from number `start` to `end` (both included; -1 is the latest), oldest first."""
        name = keys.key(partition_of(identifier), keys.timeline(identifier))
        return [wire.decode(TimelineEntry, entry) for entry in await self._redis.lrange(name, start, end)]

    async def timeline_length(self, identifier: ConversationId) -> int:
        """How many entries the conversation's timeline has."""
        return int(await self._redis.llen(keys.key(partition_of(identifier), keys.timeline(identifier))))

    async def queue(self, team: TeamId, limit: int = 200) -> list[Conversation]:
        """The first `limit` conversations of the team's queue, what is to be done next first: its parts, merged."""
        async with self._redis.pipeline(transaction=False) as pipe:
            for partition in range(self._partitions):
                pipe.zrange(keys.key(partition, keys.queue(team)), 0, limit - 1, withscores=True)
            parts = await pipe.execute()
        ranked = sorted(((score, name) for part in parts for name, score in part))[:limit]
        found = await self.conversations([ConversationId(name.decode()) for _, name in ranked])
        return [conversation for conversation in found if conversation and conversation.is_queued]

    async def calls(self, limit: int = 500) -> list[Conversation]:
        """The first `limit` conversations with a call owed, under way or not wrapped up: what is ready first."""
        async with self._redis.pipeline(transaction=False) as pipe:
            for partition in range(self._partitions):
                pipe.zrange(keys.key(partition, keys.CALLS), 0, limit - 1, withscores=True)
            parts = await pipe.execute()
        ranked = sorted(((score, name) for part in parts for name, score in part))[:limit]
        found = await self.conversations([ConversationId(name.decode()) for _, name in ranked])
        return [conversation for conversation in found if conversation and board_score(conversation) is not None]

    async def queue_length(self, team: TeamId) -> tuple[int, int]:
        """How many conversations are in the team's queue, and for how many of them the team owes something."""
        async with self._redis.pipeline(transaction=False) as pipe:
            for partition in range(self._partitions):
                pipe.zcard(keys.key(partition, keys.queue(team)))
                pipe.zcount(keys.key(partition, keys.queue(team)), "-inf", f"({4 * STEP}")
            counts = await pipe.execute()
        return sum(counts[0::2]), sum(counts[1::2])

    async def waiting(self, teams: Sequence[TeamId]) -> dict[TeamId, int]:
        """For how many conversations each of `teams` owes something."""
        async with self._redis.pipeline(transaction=False) as pipe:
            for team in teams:
                for partition in range(self._partitions):
                    pipe.zcount(keys.key(partition, keys.queue(team)), "-inf", f"({4 * STEP}")
            counts = iter(await pipe.execute() if len(pipe) else ())
        return {team: sum(islice(counts, self._partitions)) for team in teams}

    async def guarded(self, team: TeamId) -> dict[FindingKind, dict[Became, int]]:
        """How many replies of the team's the guard stopped, and how many left in spite of it, by what it saw."""
        async with self._redis.pipeline(transaction=False) as pipe:
            for partition in range(self._partitions):
                pipe.hgetall(keys.key(partition, keys.guard(team)))
            parts = await pipe.execute()
        total = Counter[bytes]()
        for part in parts:
            total.update({name: int(count) for name, count in part.items()})
        return {
            kind: {became: total[keys.guarded(kind, became).encode()] for became in Became}
            for kind in (FindingKind.DEFLECTION, FindingKind.REPEAT, FindingKind.EXPOSURE, FindingKind.EMPTY)
        }

    async def tallies(self, team: TeamId) -> dict[str, dict[str, int]]:
        """What became of what the team owed, and how often: `{"promise": {"kept": 7, "broken": 1}}`."""
        async with self._redis.pipeline(transaction=False) as pipe:
            for partition in range(self._partitions):
                pipe.hgetall(keys.key(partition, keys.tally(team)))
            parts = await pipe.execute()
        total = Counter[str]()
        for part in parts:
            total.update({wire.text(name): int(count) for name, count in part.items()})
        found: dict[str, dict[str, int]] = {}
        for name, count in sorted(total.items()):
            what, _, became = name.partition(":")
            found.setdefault(what, {})[became] = count
        return found

    async def place(self, conversation: Conversation) -> int:
        """How many conversations of the same team are to be answered before this one."""
        async with self._redis.pipeline(transaction=False) as pipe:
            for partition in range(self._partitions):
                name = keys.key(partition, keys.queue(conversation.ownership.team))
                pipe.zcount(name, "-inf", f"({queue_score(conversation)}")
            return sum(await pipe.execute())

    async def expected_wait(self, team: TeamId) -> int | None:
        """How long customers waited for the team's answers lately (the median), in seconds; None if nobody knows."""
        async with self._redis.pipeline(transaction=False) as pipe:
            for partition in range(self._partitions):
                pipe.lrange(keys.key(partition, keys.waits(team)), 0, -1)
            parts = await pipe.execute()
        waits = [int(wait) for part in parts for wait in part]
        return int(median(waits)) if waits else None

    async def outcome(self, partition: int, key: str) -> Outcome | None:
        """What became of the command with that key; None if it is not decided (or not known)."""
        data = await self._redis.hget(keys.key(partition, keys.outcome(key)), "o")
        return wire.decode(Outcome, data) if data else None

    async def _hashes(self, names: Iterable[str]) -> list[bytes | None]:
        async with self._redis.pipeline(transaction=False) as pipe:
            for name in names:
                pipe.hget(name, "d")
            found: list[bytes | None] = await pipe.execute() if len(pipe) else []
        return found
