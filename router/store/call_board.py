"""What the dispatcher reads of the board of calls: all that has an agent's time, and what may be offered now.

It looks several times a second. So a look costs the same whatever is owed later, a conversation is read anew only where
its revision has changed, and of what waits at most so many of each partition are looked at in turn.
"""

from dataclasses import dataclass
from datetime import datetime

import structlog

from router.core.calls.board import AT_WORK
from router.model.clock import milliseconds
from router.model.conversation import Conversation
from router.model.errors import NewerVersion, PermanentError
from router.model.ids import ConversationId, partition_of
from router.store import keys, wire
from router.store.connection import Connection

log = structlog.get_logger()

MOST_AT_WORK = 1000
MOST_LATER = 2000
"""Of so many in a partition that are owed later it is known when."""

PAGE = 64
"""How many that wait are looked at in a partition at once."""


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen: conversations with a call that is offered or under way, and those whose call may be made now.

    `waiting` is how many there are of the latter, of which `due` are some: the next look shows the next ones.
    """

    at_work: tuple[Conversation, ...]
    due: tuple[Conversation, ...]
    waiting: int


class CallBoard:
    """The board of calls in all partitions, as one reader has it."""

    def __init__(self, connection: Connection, partitions: int) -> None:
        self._redis = connection.commands
        self._partitions = partitions
        self._offsets = dict.fromkeys(range(partitions), 0)
        self._known, self._later = _Known(connection), _Known(connection)

    async def look(self, now: datetime) -> Look:
        """What there is at `now`. Raises redis' errors."""
        until = milliseconds(now)
        async with self._redis.pipeline(transaction=False) as pipe:
            for partition, offset in self._offsets.items():
                name = keys.key(partition, keys.CALLS)
                pipe.zrangebyscore(name, "-inf", AT_WORK, start=0, num=MOST_AT_WORK)
                pipe.zrangebyscore(name, f"({AT_WORK}", until, start=offset, num=PAGE)
                pipe.zcount(name, f"({AT_WORK}", until)
            found = await pipe.execute()
        at_work, due = (_names(found[start::3]) for start in (0, 1))
        for partition, page in enumerate(found[1::3]):
            self._offsets[partition] = self._offsets[partition] + PAGE if len(page) == PAGE else 0
        await self._known.read([*at_work, *due])
        return Look(self._known.of(at_work), self._known.of(due), sum(found[2::3]))

    async def later(self, now: datetime, until: datetime) -> tuple[Conversation, ...]:
        """Those whose call may be made after `now`, and by `until`. Raises redis' errors."""
        first, last = milliseconds(now), milliseconds(until)
        async with self._redis.pipeline(transaction=False) as pipe:
            for partition in range(self._partitions):
                pipe.zrangebyscore(keys.key(partition, keys.CALLS), f"({first}", last, start=0, num=MOST_LATER)
            names = _names(await pipe.execute())
        await self._later.read(names)
        return self._later.of(names)


class _Known:
    """Conversations as they were last read: each is read anew where its revision has changed."""

    def __init__(self, connection: Connection) -> None:
        self._redis = connection.commands
        self._known: dict[ConversationId, tuple[bytes, Conversation | None]] = {}

    async def read(self, names: list[ConversationId]) -> None:
        """Know `names` as they are now, and no others."""
        async with self._redis.pipeline(transaction=False) as pipe:
            for name in names:
                pipe.hget(_key(name), "r")
            revisions = dict(zip(names, await pipe.execute() if names else [], strict=True))
        self._known = {name: self._known[name] for name in names if name in self._known}
        stale = [name for name in names if self._known.get(name, (None,))[0] != revisions[name]]
        async with self._redis.pipeline(transaction=False) as pipe:
            for name in stale:
                pipe.hmget(_key(name), ["r", "d"])
            records = await pipe.execute() if stale else []
        for name, (revision, data) in zip(stale, records, strict=True):
            self._known.pop(name, None)
            if data:
                self._learn(name, revision, data)

    def _learn(self, name: ConversationId, revision: bytes, data: bytes) -> None:
        try:
            self._known[name] = revision, wire.decode(Conversation, data)
        except (PermanentError, NewerVersion) as error:
            # It keeps no other call from being made, and is told once.
            self._known[name] = revision, None
            log.error("call_unreadable", conversation=name, error=str(error), hint="nobody is asked to make it")

    def of(self, names: list[ConversationId]) -> tuple[Conversation, ...]:
        """Those of `names` that can be read."""
        found = (self._known.get(name, (b"", None))[1] for name in names)
        return tuple(each for each in found if each)


def _names(parts: list[list[bytes]]) -> list[ConversationId]:
    return [ConversationId(wire.text(name)) for part in parts for name in part]


def _key(name: ConversationId) -> str:
    return keys.key(partition_of(name), keys.conversation(name))
