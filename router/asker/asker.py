"""The asker: asks the directory what the commits want to know, and brings its answers back as events.

Nothing waits for it. It asks for the partitions whose lease this router holds, so many at once; while the directory is
away the look-ups stay where they are, one at a time is tried, and each that fails rests, longer each time.
"""

import asyncio
import heapq
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

import structlog
from redis.exceptions import RedisError

from directory.contract import Directory
from router.asker.changes import Changes
from router.asker.teller import Teller
from router.model.clock import Clock
from router.model.decision import LookUp
from router.model.errors import PermanentError, StoreClosed, TemporaryError
from router.model.ids import TeamId
from router.store import metrics
from router.store.circuit import Circuit, Permit
from router.store.connection import Connection
from router.store.inbox import Inbox
from router.store.lease import Leases
from router.store.look_ups import BEGINNING, LookUps, Place
from router.store.records import Records
from router.store.tasks import end_task

log = structlog.get_logger()

FIRST = asyncio.FIRST_COMPLETED
BLOCK = timedelta(milliseconds=250)
PAUSE_SECONDS = 0.5
OLDEST = timedelta(days=1)
"""A look-up that waited so long is given up: its customer is asked about again when they write."""

FIRST_REST = timedelta(seconds=5)
LONGEST_REST = timedelta(minutes=10)
LONGEST_PAUSE = timedelta(minutes=2)
COUNTED_EVERY_SECONDS = 2.0


class Asker:
    """Asks `directory`, `at_once` side by side, until `stop`."""

    def __init__(
        self,
        connection: Connection,
        clock: Clock,
        leases: Leases,
        directory: Directory,
        inbox: Inbox,
        records: Records,
        teams: Sequence[TeamId],
        at_once: int,
    ) -> None:
        self._clock = clock
        self._leases = leases
        self._directory = directory
        self._teller = Teller(inbox, records, clock)
        self._changes = Changes(connection, clock, leases, directory, self._teller, records, teams)
        self._at_once = at_once
        self._look_ups = LookUps(connection)
        waiting = "look-ups wait, and messages are routed without them"
        self._circuit = Circuit(clock, "directory", directory.name, LONGEST_PAUSE, waiting)
        self._places: dict[int, tuple[str, str]] = {}
        self._asking: dict[Place, asyncio.Task[None]] = {}
        self._resting: list[tuple[datetime, str, Place]] = []
        self._tries: dict[Place, int] = {}
        self._counted_at = 0.0
        self._stopping = asyncio.Event()

    @property
    def why_away(self) -> str:
        """Why the directory can't be asked now, or nothing."""
        reason = self._circuit.reason if self._circuit.is_open else self._directory.why_away()
        return f"the directory is away: {reason}" if reason else ""

    async def run(self) -> None:
        """Ask until `stop`; a store that goes away is waited for. Raises StartError where it can't ever be asked."""
        try:
            await self._directory.open()
            changes = asyncio.create_task(self._changes.follow())
            try:
                await self._work()
            finally:
                await end_task(changes)
        finally:
            await self._end()

    def stop(self) -> None:
        """Let `run` return; what is under way is asked again by whoever comes next."""
        self._stopping.set()

    async def _work(self) -> None:
        while not self._stopping.is_set():
            try:
                await self._round()
            except (RedisError, OSError) as error:
                log.warning("asker_interrupted", error=str(error), hint="goes on by itself")
                await asyncio.sleep(PAUSE_SECONDS)

    async def _round(self) -> None:
        """Begin what there is room for: those whose rest is over, and what is new."""
        held = dict(self._leases.held)
        self._keep_to(held)
        await self._count(held)
        await self._rested()
        free = self._at_once - len(self._asking)
        if not held or free <= 0:
            await self._until_free()
            return
        places = {partition: place for partition, (_, place) in self._places.items()}
        for place, look_up in await self._look_ups.after(places, free, BLOCK):
            if free <= 0:
                break
            token, _ = self._places[place.partition]
            self._places[place.partition] = token, place.id
            if place not in self._asking and place not in self._tries:
                self._begin(place, look_up)
                free -= 1

    def _keep_to(self, held: Mapping[int, str]) -> None:
        """Begin anew in what has become ours, and forget what is another's."""
        for partition, token in held.items():
            if self._places.get(partition, ("", ""))[0] != token:
                self._places[partition] = token, BEGINNING
        for partition in self._places.keys() - held.keys():
            del self._places[partition]
        kept = [each for each in self._resting if each[2].partition in held]
        if len(kept) < len(self._resting):
            heapq.heapify(kept)
            self._resting = kept
        self._tries = {place: tries for place, tries in self._tries.items() if place.partition in held}

    async def _rested(self) -> None:
        while self._resting and self._resting[0][0] <= self._clock.now() and len(self._asking) < self._at_once:
            place = heapq.heappop(self._resting)[2]
            if look_up := await self._look_ups.again(place):
                self._begin(place, look_up)
            else:
                self._tries.pop(place, None)

    async def _until_free(self) -> None:
        if self._asking:
            await asyncio.wait(self._asking.values(), timeout=BLOCK.total_seconds(), return_when=FIRST)
        else:
            await asyncio.sleep(BLOCK.total_seconds())

    def _begin(self, place: Place, look_up: LookUp | None) -> None:
        task = self._asking[place] = asyncio.create_task(self._settle(place, look_up))
        task.add_done_callback(lambda _: self._asking.pop(place, None))

    async def _count(self, held: Collection[int]) -> None:
        """Tell the metrics now and then how many wait."""
        now = asyncio.get_running_loop().time()
        if now - self._counted_at >= COUNTED_EVERY_SECONDS:
            self._counted_at = now
            metrics.LOOK_UPS_WAITING.set(await self._look_ups.waiting(held))

    async def _settle(self, place: Place, look_up: LookUp | None) -> None:
        """Ask, tell the answer, and take the look-up out; one that fails rests."""
        try:
            is_settled = look_up is None or await self._asked(place, look_up)
            if is_settled:
                await self._look_ups.done(place)
                self._tries.pop(place, None)
            elif place.partition in self._leases.held:
                self._rest(place)
        except (RedisError, OSError, StoreClosed) as error:
            log.warning("not_told", look_up=place.key, error=str(error), hint="tried again in a moment")
            self._rest(place)

    async def _asked(self, place: Place, look_up: LookUp) -> bool:
        """Whether nothing is to be done for it any more."""
        give_up_at = look_up.at + OLDEST
        permit = await self._circuit.permit(give_up_at) if self._clock.now() < give_up_at else None
        if permit is None:
            if not self._stopping.is_set():
                metrics.LOOK_UPS.labels("too_old").inc()
                log.error("look_up_given_up", look_up=place.key, hint="the directory was away for a day")
            return not self._stopping.is_set()
        if place.partition not in self._leases.held:
            self._circuit.release(permit)
            return False
        try:
            entry = await self._directory.look_up(look_up.handles, look_up.facts)
        except TemporaryError as error:
            self._failed(permit, error)
            return False
        except PermanentError as error:
            self._circuit.succeeded(permit)
            metrics.LOOK_UPS.labels("refused").inc()
            log.error("look_up_refused", look_up=place.key, error=str(error), hint="it is given up")
            return True
        except Exception as error:
            # A fault of our own keeps neither the others from being asked, nor this one from being tried again.
            log.exception("look_up_fault", look_up=place.key)
            self._failed(permit, TemporaryError(type(error).__name__, is_about_message=True))
            return False
        self._circuit.succeeded(permit)
        metrics.LOOK_UPS.labels("known" if entry else "unknown").inc()
        await self._teller.tell(look_up, entry, place.key)
        return True

    def _failed(self, permit: Permit, error: TemporaryError) -> None:
        metrics.LOOK_UPS.labels("failed").inc()
        if error.is_about_message:
            self._circuit.release(permit)
        else:
            self._circuit.failed(permit, str(error), timedelta(seconds=error.retry_after or 0) or None)

    def _rest(self, place: Place) -> None:
        tries = self._tries.get(place, 0)
        self._tries[place] = tries + 1
        until = self._clock.now() + min(FIRST_REST * 2 ** min(tries, 10), LONGEST_REST)
        heapq.heappush(self._resting, (until, place.key, place))

    async def _end(self) -> None:
        self._stopping.set()
        await self._circuit.close()
        for task in list(self._asking.values()):
            await end_task(task)
        await self._look_ups.close()
        await self._directory.close()
