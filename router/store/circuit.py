"""A circuit for one account of a provider: after failures in a row nobody calls for a while, then one tries."""

import asyncio
import heapq
import random
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count

import structlog

from router.model.clock import Clock
from router.store import metrics
from router.store.tasks import end_task

log = structlog.get_logger()

FAILURES = 5
FIRST_PAUSE = timedelta(seconds=5)
LONGEST_PAUSE = timedelta(minutes=10)
LOUD_AFTER = timedelta(minutes=5)
TOGETHER = 100


@dataclass(frozen=True, slots=True, eq=False)
class Permit:
    """The right to call the provider once; as `is_probe` it is the only one, and what comes of it decides for all."""

    is_probe: bool


@dataclass(frozen=True, slots=True, eq=False)
class _Waiter:
    give_up_at: datetime
    answer: "asyncio.Future[Permit | None]"


class _Queue:
    """Those who wait: the first of them goes on first, and whose time is over goes wherever they stand."""

    def __init__(self) -> None:
        self._waiting: OrderedDict[_Waiter, None] = OrderedDict()
        # Who went on stays here until their time comes, or nobody waits.
        self._by_time: list[tuple[datetime, int, _Waiter]] = []
        self._number = count()

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, waiter: _Waiter) -> None:
        """Let `waiter` wait behind all others."""
        self._waiting[waiter] = None
        heapq.heappush(self._by_time, (waiter.give_up_at, next(self._number), waiter))

    def answer_first(self, permit: Permit | None) -> None:
        """Let the first one go on with `permit`."""
        waiter, _ = self._waiting.popitem(last=False)
        _answer(waiter, permit)
        if not self._waiting:
            self._by_time.clear()

    def answer_late(self, now: datetime) -> None:
        """Tell all whose time is over that they get none."""
        while (first := self.gives_up_at) and first <= now:
            waiter = heapq.heappop(self._by_time)[-1]
            del self._waiting[waiter]
            _answer(waiter, None)

    @property
    def gives_up_at(self) -> datetime | None:
        """When the time of the next of them is over."""
        while self._by_time and self._by_time[0][-1] not in self._waiting:
            heapq.heappop(self._by_time)
        return self._by_time[0][0] if self._by_time else None


class Circuit:
    """Closed, calls go through. Open, they wait in their order; after each pause the first of them is the probe.

    It opens after so many failures in a row, of whichever conversations, or for as long as the provider asks to be left
    alone; each failed probe makes the next pause longer. A probe that fails goes to the end of its own conversation's
    wait, so that one message which can't pass keeps no other from trying. `longest` is the longest pause, and `waiting`
    says in the log what happens meanwhile.
    """

    def __init__(
        self,
        clock: Clock,
        channel: str,
        account: str,
        longest: timedelta = LONGEST_PAUSE,
        waiting: str = "replies wait and keep their order",
    ) -> None:
        self._clock = clock
        self._longest = longest
        self._hint = waiting
        self._labels = {"channel": channel, "account": account}
        self._open_until: datetime | None = None
        self._opened_at = clock.now()
        self._is_told = False
        self._failures = 0
        self._pauses = 0
        self._probe: Permit | None = None
        self._waiting = _Queue()
        self._changed = asyncio.Event()
        self._is_over = False
        self._watch: asyncio.Task[None] | None = None
        self.reason = ""

    @property
    def is_open(self) -> bool:
        """Whether nobody calls now but to try."""
        return self._open_until is not None

    async def permit(self, give_up_at: datetime) -> Permit | None:
        """The right to call, once there is one; None if it is not to be had before `give_up_at`, or at the end."""
        if self._open_until is None:
            return Permit(is_probe=False)
        now = self._clock.now()
        if self._is_over:
            return None
        if self._is_time(now) and not self._waiting:
            return self._new_probe()
        if now >= give_up_at:
            return None
        waiter = _Waiter(give_up_at, asyncio.get_running_loop().create_future())
        self._waiting.add(waiter)
        self._changed.set()
        return await waiter.answer

    def honours(self, permit: Permit) -> bool:
        """Whether `permit` is still good: the circuit may have opened since."""
        return self._open_until is None or permit is self._probe

    def succeeded(self, permit: Permit) -> None:
        """The provider took something: whoever waits may call. What left before it opened tells nothing new."""
        if not self.honours(permit):
            return
        self._failures = self._pauses = 0
        self._probe = None
        if self._open_until is None:
            return
        self._open_until = None
        metrics.CIRCUIT_OPEN.labels(**self._labels).set(0)
        log.info("circuit_closed", **self._labels, waiting=len(self._waiting))
        self._changed.set()

    def failed(self, permit: Permit, reason: str, retry_after: timedelta | None = None) -> None:
        """The provider could not, or would not; `retry_after` is the time that it asked for, if it did."""
        was_probe = permit is self._probe
        self.release(permit)
        self._failures += 1
        self.reason = reason
        pause = timedelta()
        if was_probe or (self._failures >= FAILURES and self._open_until is None):
            # Half of it is jitter: one probe at a time can be no herd, and the calls of a long outage stay few.
            self._pauses += 1
            pause = min(self._longest, FIRST_PAUSE * 2 ** min(self._pauses, 12)) * random.uniform(0.5, 1.0)
        if pause or retry_after:
            self.park(self._clock.now() + max(pause, retry_after or timedelta()), reason)

    def park(self, until: datetime, reason: str) -> None:
        """Nobody calls before `until`, nor before what was said earlier."""
        self.reason = reason
        if self._open_until is None:
            self._opened_at, self._is_told = self._clock.now(), False
            metrics.CIRCUIT_OPEN.labels(**self._labels).set(1)
            log.warning("circuit_open", **self._labels, until=until.isoformat(), error=reason, hint=self._hint)
        self._open_until = max(self._open_until or until, until)
        self._changed.set()
        if self._watch is None:
            self._watch = asyncio.create_task(self._watched())

    def release(self, permit: Permit) -> None:
        """`permit` is used up, and tells nothing of the provider; the next one may try."""
        if permit is self._probe:
            self._probe = None
            self._changed.set()

    async def close(self) -> None:
        """Let nobody wait any more: they get no permit."""
        self._is_over = True
        if self._watch:
            await end_task(self._watch)
        while self._waiting:
            self._waiting.answer_first(None)
        metrics.CIRCUIT_OPEN.labels(**self._labels).set(0)

    def _is_time(self, now: datetime) -> bool:
        return self._probe is None and self._open_until is not None and now >= self._open_until

    def _new_probe(self) -> Permit:
        self._probe = Permit(is_probe=True)
        return self._probe

    async def _watched(self) -> None:
        """See to probes, to those who can't wait any longer, and to the word for people; until nobody waits."""
        while self._open_until is not None or self._waiting:
            if self._open_until is None:
                # A few at a time: others want the loop too.
                for _ in range(min(len(self._waiting), TOGETHER)):
                    self._waiting.answer_first(Permit(is_probe=False))
                await asyncio.sleep(0)
                continue
            self._changed.clear()
            now = self._clock.now()
            self._waiting.answer_late(now)
            if self._is_time(now) and self._waiting:
                self._waiting.answer_first(self._new_probe())
            if not self._is_told and now - self._opened_at >= LOUD_AFTER:
                self._is_told = True
                minutes = int(LOUD_AFTER.total_seconds() / 60)
                hint = f"nothing has passed for {minutes} minutes; {self._hint}: see to the provider"
                log.error("circuit_open_long", **self._labels, waiting=len(self._waiting), error=self.reason, hint=hint)
            await self._until_something_changes(now)
        self._watch = None

    async def _until_something_changes(self, now: datetime) -> None:
        ahead = [self._open_until] if self._open_until else []
        ahead += [] if self._is_told else [self._opened_at + LOUD_AFTER]
        ahead += [gives_up_at] if (gives_up_at := self._waiting.gives_up_at) else []
        left = [instant - now for instant in ahead if instant > now]
        changed = asyncio.create_task(self._changed.wait())
        sleeping = [asyncio.create_task(self._clock.sleep(min(left)))] if left else []
        try:
            await asyncio.wait({changed, *sleeping}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (changed, *sleeping):
                task.cancel()


def _answer(waiter: _Waiter, permit: Permit | None) -> None:
    if not waiter.answer.done():
        waiter.answer.set_result(permit)
