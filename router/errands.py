"""Errands: carries out what one partition owes to others, in order, where this router holds the partition's lease.

Each is done and then removed from its stream. One that was done and not removed, since the router died in between, is
done once more: whoever is told something by it knows it by its name, and a handle that is bound stays as it was bound.
"""

import asyncio
from collections.abc import Collection, Mapping
from datetime import timedelta

import structlog
from redis.exceptions import RedisError

from router.decider import Held
from router.model.clock import Clock
from router.model.errand import HandedOn, HandleSought, PartSent, Run
from router.model.errors import NewerVersion, PermanentError
from router.model.event import HandleFound, PartArrived
from router.model.ids import CustomerId
from router.store import keys, metrics, wire
from router.store.connection import Connection, Entry, Script
from router.store.following import Reader
from router.store.inbox import Inbox
from router.store.lease import Leases
from router.store.owners import Owners
from router.store.records import Records

log = structlog.get_logger()

AT_ONCE = 50
BLOCK = timedelta(milliseconds=250)
GLANCE_SECONDS = 0.05
PAUSE_SECONDS = 0.2
NEWER_SECONDS = 5.0
BEGINNING = "0-0"
# KEYS: lease, errands, dead letters  ARGV: token, id, error (or '')
# Returns 1 where it is removed, now or before; 0 if the lease is another's.
DONE = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
local found = redis.call('XRANGE', KEYS[2], ARGV[2], ARGV[2])
if #found == 0 then return 1 end
if ARGV[3] ~= '' then redis.call('XADD', KEYS[3], '*', 'event', ARGV[2], 'error', ARGV[3], unpack(found[1][2])) end
redis.call('XDEL', KEYS[2], ARGV[2])
return 1
"""


class Errands:
    """Runs the errands of the partitions held, until `stop`."""

    def __init__(self, connection: Connection, clock: Clock, leases: Leases, partitions: int) -> None:
        self._connection = connection
        self._clock = clock
        self._leases = leases
        self._lanes = partitions if connection.is_cluster else 1
        self._inbox = Inbox(connection, clock, partitions)
        self._owners = Owners(connection, partitions)
        self._records = Records(connection, partitions)
        self._done = Script(connection, DONE)
        self._parked: dict[int, float] = {}
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Run what is owed until `stop`; a server that goes away is waited for, and keeps only its own errands."""
        lanes = [asyncio.create_task(self._work(lane), name=f"errands {lane}") for lane in range(self._lanes)]
        try:
            await asyncio.gather(*lanes)
        finally:
            self._stopping.set()
            await asyncio.gather(*lanes, return_exceptions=True)

    def stop(self) -> None:
        """Let `run` return after the errands at hand."""
        self._stopping.set()

    async def _work(self, lane: int) -> None:
        reader = Reader(self._connection)
        try:
            while not self._stopping.is_set():
                if not (ours := self._ours(lane)):
                    await asyncio.sleep(GLANCE_SECONDS)
                    continue
                try:
                    read = await self._read(reader, ours)
                except (RedisError, OSError) as error:
                    log.warning("errands_interrupted", lane=lane, error=str(error))
                    await asyncio.sleep(PAUSE_SECONDS)
                    continue
                await asyncio.gather(*(self._take(held, entries) for held, entries in read.items()))
        finally:
            await reader.close()

    def _ours(self, lane: int) -> list[Held]:
        """The partitions of the lane that are ours now and do not rest."""
        now = asyncio.get_running_loop().time()
        return [
            Held(partition, token)
            for partition, token in self._leases.held.items()
            if partition % self._lanes == lane and self._parked.get(partition, now) <= now
        ]

    async def _read(self, reader: Reader, ours: Collection[Held]) -> Mapping[Held, list[Entry]]:
        names = {keys.key(held.partition, keys.ERRANDS): held for held in ours}
        found = await reader.read(dict.fromkeys(names, BEGINNING), count=AT_ONCE, block=BLOCK)
        return {names[name]: entries for name, entries in found}

    async def _take(self, held: Held, entries: list[Entry]) -> None:
        """Run `entries` one by one; the first that can't be done now keeps those behind it."""
        for identifier, fields in entries:
            name = wire.text(identifier)
            try:
                if not await self._taken(held, name, fields):
                    self._leases.lose(held.partition, held.token)
                    return
            except NewerVersion as error:
                log.error("newer_version", partition=held.partition, error=str(error), hint="a newer router takes it")
                self._park(held, NEWER_SECONDS)
                return
            except (RedisError, OSError) as error:
                log.warning("errands_interrupted", partition=held.partition, error=str(error))
                self._park(held, PAUSE_SECONDS)
                return

    async def _taken(self, held: Held, name: str, fields: Mapping[bytes, bytes]) -> bool:
        """Whether the errand is done and gone, or set aside; False where the partition is another router's by now."""
        error = ""
        try:
            await self._carried_out(f"{held.partition:02d}-{name}", wire.read_errand(fields))
        except PermanentError as reason:
            error = str(reason)
            log.error("dead_letter", event_id=f"{held.partition:02d}-{name}", error="an errand that can't be run")
            metrics.DEAD_LETTERS.inc()
        names = [keys.key(held.partition, suffix) for suffix in (keys.LEASE, keys.ERRANDS, keys.DEAD)]
        return bool(await self._done(names, held.token, name, error))

    def _park(self, held: Held, seconds: float) -> None:
        self._parked[held.partition] = asyncio.get_running_loop().time() + seconds

    async def _carried_out(self, name: str, errand: Run | dict[str, str | bytes]) -> None:
        match errand:
            case HandleSought():
                if (found := await self._found(errand)) is not None:
                    await self._tell(name, errand.customer, found)
            case PartSent(into, customer, wish, conversation):
                story = await self._records.timeline(conversation.id) if conversation else []
                await self._tell(name, into, PartArrived(customer, wish, conversation, tuple(story)))
            case HandedOn(customer, former, handle):
                await self._owners.hand_on(handle, former, customer)
            case dict():
                await self._inbox.deliver(name, CustomerId(wire.text(errand["customer"])), errand)

    async def _found(self, errand: HandleSought) -> HandleFound | None:
        """What there is to tell of whose the handle is; nothing where somebody only typed what nobody has."""
        asker = await self._owners.now(errand.customer)
        if errand.handle:
            owner = await self._owners.of_handle(errand.handle, asker if errand.evidence.verifies else None)
        else:
            owner = await self._owners.of_conversation(errand.conversation) if errand.conversation else None
        if owner is None:
            return None
        owner = await self._owners.now(owner)
        found = None if owner == asker else await self._owners.known(owner, errand.handle)
        return HandleFound(
            errand.evidence,
            errand.handle,
            errand.conversation,
            found,
            errand.by,
            errand.name,
            errand.is_free_only,
            errand.message,
        )

    async def _tell(self, name: str, customer: CustomerId, body: HandleFound | PartArrived) -> None:
        await self._inbox.deliver(name, customer, wire.event_fields(body, self._clock.now(), customer=customer))
