"""The dispatcher: asks one agent at a time to make a call that we owe, as soon as it may be made.

One is at work at a time, whoever holds the lease. That only spares them the same work: an agent is held for one call,
whoever asks, and `decide` lets one agent be asked for a call. Nothing is remembered but what Redis holds: a dispatcher
that dies leaves a hold, which ends by itself, and an offer, which its timer ends.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial

import structlog
from redis.exceptions import RedisError

from router.core.dispatch.slots import begins
from router.core.dispatch.standing import is_late, is_owed, ready, ready_at, urgency
from router.core.dispatch.who import OnShift, chosen
from router.dispatcher.offers import HELD_LONGER, Offers
from router.dispatcher.watching import Change, Watch, What
from router.model.clock import Clock
from router.model.conversation import Conversation
from router.model.errors import HiloError
from router.model.event import CallOffered
from router.model.ids import TeamId
from router.model.policy import CallPolicy
from router.store import metrics
from router.store.call_board import CallBoard, Look
from router.store.inbox import Inbox
from router.store.outbound import ChannelLease
from router.store.records import Records
from router.store.shifts import WAITING_FOR, Shifts

log = structlog.get_logger()

NAME = "dispatcher"
"""The name of its lease."""

PERIOD_SECONDS = 0.25
STANDBY_SECONDS = 1.0
RENEW_SECONDS = 1.0
PAUSE_SECONDS = 1.0
BREATH = 50
"""After so many calls that nobody was found for others of this process get their turn."""

COUNTED_EVERY = WAITING_FOR / 3

LATER_EVERY = timedelta(seconds=5)
"""So often it is counted how many calls are owed in the windows ahead: what was moved or dropped makes room again."""


class Dispatcher:
    """Offers calls until `stop`; `policy` tells what ops have decided, as it stands now."""

    def __init__(
        self,
        board: CallBoard,
        shifts: Shifts,
        inbox: Inbox,
        records: Records,
        lease: ChannelLease,
        clock: Clock,
        policy: Callable[[], CallPolicy],
    ) -> None:
        self._board = board
        self._shifts = shifts
        self._lease = lease
        self._clock = clock
        self._policy = policy
        self._watch = Watch()
        self._new_offers = partial(Offers, shifts, inbox, records, clock)
        self._offers = self._new_offers()
        self._counted: Mapping[TeamId, int] = {}
        self._counted_at = clock.now() - COUNTED_EVERY
        self._later_at = clock.now() - LATER_EVERY
        self._ours_until = 0.0
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Offer what may be made until `stop`; a store that goes away is waited for."""
        while not self._stopping.is_set():
            pause = PERIOD_SECONDS
            try:
                if await self._is_ours():
                    await self.round()
                else:
                    self._forget()
                    pause = STANDBY_SECONDS
            except (RedisError, OSError, HiloError) as error:
                log.warning("dispatcher_interrupted", error=str(error), hint="goes on by itself")
                pause = PAUSE_SECONDS
            await self._wait(pause)
        await self._hand_back()

    def stop(self) -> None:
        """Let `run` return; whoever comes next goes on at once."""
        self._stopping.set()

    async def round(self) -> None:
        """Look once, and offer what may be made now. Raises redis' errors."""
        # Before the look: what was decided by now is seen there.
        await self._offers.settle()
        now = self._clock.now()
        look = await self._board.look(now)
        looked = [*look.at_work, *look.due]
        for change in self._watch.changes(looked, now):
            await self._act(change)
        waiting = [each for each in looked if ready(each, now)]
        await self._tell(look, waiting, now)
        await self._tell_later(now)
        await self._offer_each(sorted(waiting, key=lambda each: urgency(each, now)), now)

    async def _is_ours(self) -> bool:
        """Whether we hold the lease, taken or renewed now and then: each look would be a write."""
        now = asyncio.get_running_loop().time()
        if now >= self._ours_until:
            self._ours_until = now + RENEW_SECONDS if await self._lease.take() else 0.0
        return self._ours_until > now

    async def _offer_each(self, waiting: list[Conversation], now: datetime) -> None:
        shift, policy = await self._on_shift(), self._policy()
        for number, conversation in enumerate(waiting):
            if all(each.agent.id in shift.busy for each in shift.agents):
                return
            if number % BREATH == 0:
                await asyncio.sleep(0)
            callback = ready(conversation, now)
            if callback is None or self._offers.is_to_wait(conversation.id):
                continue
            if agent := chosen(callback, conversation, shift, policy, now):
                offer = CallOffered(callback.id, agent.agent.id, now + policy.offer, agent.agent.name)
                shift = shift.with_busy(agent.agent.id)
                await self._offers.make(conversation.id, offer)

    async def _on_shift(self) -> OnShift:
        """Who takes calls, and who of them is held, at work, or about to be asked."""
        agents = await self._shifts.agents()
        held = await self._shifts.holds(each.agent.id for each in agents)
        return OnShift(tuple(agents), self._watch.busy | held.keys() | self._offers.agents)

    async def _act(self, change: Change) -> None:
        match change.what:
            case What.LET_GO if change.callback:
                await self._shifts.let_go(change.agent, change.callback, change.until + HELD_LONGER)
            case What.WAS_BUSY:
                await self._shifts.was_busy(change.agent)
            case What.AWAY:
                hint = "they did not answer: asked once they take calls again"
                log.warning("agent_away", agent=change.agent, reason=change.why, hint=hint)
                metrics.CALL_OFFERS.labels("unanswered").inc()
                await self._shifts.away(change.agent, change.why)

    async def _tell(self, look: Look, waiting: list[Conversation], now: datetime) -> None:
        """Tell the metrics, and whoever promises times to customers, how many calls wait."""
        late = sum(each.callback is not None and is_late(each.callback, now) for each in waiting)
        metrics.CALLBACKS_WAITING.set(look.waiting)
        metrics.CALLBACKS_LATE.set(late)
        counts = Counter(each.ownership.team for each in waiting)
        if len(look.due) < look.waiting:
            # Of too many only some are seen at once: what was seen before still waits, and rather too much is told.
            more = look.waiting / max(len(look.due), 1)
            counts = Counter({team: round(count * more) for team, count in counts.items()}) | Counter(self._counted)
        if counts != self._counted or now >= self._counted_at + COUNTED_EVERY:
            await self._shifts.tell_waiting(counts)
            self._counted, self._counted_at = counts, now

    async def _tell_later(self, now: datetime) -> None:
        """Tell whoever promises times how many calls are owed in each window ahead, whoever asked for them."""
        if now < self._later_at + LATER_EVERY:
            return
        policy, counts = self._policy(), Counter[tuple[TeamId, datetime]]()
        for conversation in await self._board.later(now, now + policy.ahead + policy.slot):
            callback = conversation.callback
            if callback and is_owed(callback):
                counts[conversation.ownership.team, begins(policy, ready_at(callback))] += 1
        await self._shifts.tell_later(counts)
        self._later_at = now

    def _forget(self) -> None:
        """Another dispatcher is at work: what was seen here is of before."""
        self._watch, self._offers = Watch(), self._new_offers()

    async def _wait(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._stopping.wait(), seconds)
        except TimeoutError:
            return

    async def _hand_back(self) -> None:
        try:
            await self._lease.release()
        except (RedisError, OSError) as error:
            log.warning("dispatcher_lease_left", error=str(error), hint="it expires by itself")
