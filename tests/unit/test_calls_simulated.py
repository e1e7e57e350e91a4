"""A thousand callbacks with a held clock: agents, a provider and customers by chance, what they say doubled and mixed.

Each ends answered, or with its customer told; no two agents on one; nobody is rung in the night without their word.
"""

import os
import random
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest

from router.core.calls.when import may_ring
from router.core.dispatch.standing import ready
from router.model.call import CallDirection, CallStatus
from router.model.commitment import CallbackKind
from router.model.conversation import Conversation
from router.model.event import CallbackSet
from router.model.ids import ConversationId, MessageId
from router.model.message import DeliveryState, Handle, OutboundMessage
from router.model.team import Agent
from tests.core import ANA
from tests.phone import ANA_, DORA, PANAMA, PhoneStory, at_panama
from tests.story import DAY, HOUR, MINUTE

CALLBACKS = int(os.environ.get("HILO_CALLBACKS", "1000"))
SPREAD = 8
SECOND = timedelta(seconds=1)
LONGEST = 21 * DAY
NUMBERS = (PANAMA, Handle("phone", "+34612345678"), Handle("phone", "+12125551234"))
BEFORE = (CallStatus.AGENT_RINGING, CallStatus.AGENT_ANSWERED, CallStatus.RINGING)
TALKING = (*BEFORE, CallStatus.TALKING)
SCRIPTS = {
    (*TALKING, CallStatus.ENDED): 40,
    (*TALKING, CallStatus.DROPPED): 6,
    (*TALKING, CallStatus.ENDED, CallStatus.DROPPED): 2,
    (*BEFORE, CallStatus.BUSY): 10,
    (*BEFORE, CallStatus.NO_ANSWER): 14,
    (*BEFORE, CallStatus.VOICEMAIL): 6,
    (*TALKING, CallStatus.VOICEMAIL): 3,
    (*BEFORE, CallStatus.WRONG_NUMBER): 2,
    (CallStatus.FAILED,): 4,
    (CallStatus.AGENT_RINGING, CallStatus.AGENT_AWAY): 6,
    BEFORE: 4,
    (): 3,
}


class World:
    """One callback and all who have to do with it; `dice` is the only chance in it."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        start = at_panama("2026-11-23 00:00") + timedelta(minutes=self.dice.randrange(7 * 24 * 60))
        self.story = PhoneStory(now=start)
        self.began = start
        self.pending: list[tuple[datetime, int, Callable[[], None]]] = []
        self.ends: dict[MessageId, datetime] = {}
        self.allowed: set[MessageId] = set()
        self.seen = 0
        self.is_asking = False
        self.numbered = 0
        self.name = self._asked()

    @property
    def now(self) -> Conversation:
        """The conversation as it is."""
        return self.story.known[self.name]

    def plays(self) -> str:
        """How it ended: `answered`, `told`, or `before the supervisors` where no text leads to the customer."""
        while not self._is_over():
            self._looks_around()
            self._next()
            assert self.story.now - self.began < LONGEST, f"it never ends: {self.now.callback}, {self.now.call}"
        callback = self.now.callback
        if callback is None:
            return "answered"
        assert callback.told_at
        if self.story.told_customers():
            return "told"
        assert self.now.is_escalated
        return "before the supervisors"

    def _asked(self) -> ConversationId:
        number = self.dice.choice(NUMBERS)
        way = self.dice.randrange(4)
        if way == 0:
            call = self.story.rings()
            name = next(iter(self.story.known))
            self.story.hears_of(call, CallStatus.NO_ANSWER)
            return name
        if way == 1:
            is_any_hour = self.dice.random() < 0.5
            return self.story.wants(number=number, is_any_hour=is_any_hour, words="cuando sea").id
        name = self.story.hears("Hola").id
        begins = self.story.now + self.dice.randrange(48) * HOUR if way == 2 else None
        length = self.dice.choice([HOUR / 2, 4 * HOUR, 30 * HOUR])
        body = CallbackSet(ANA, number, begins, begins + length if begins else None)
        if self.story.happens(body, name).conversation is None:
            # Not within that window: then as soon as may be.
            self.story.happens(CallbackSet(ANA, number), name)
        return name

    def _is_over(self) -> bool:
        callback, call = self.now.callback, self.now.call
        is_quiet = (call is None or call.status.is_over) and not self.pending
        return is_quiet and (callback is None or callback.kind is CallbackKind.OFFER)

    def _looks_around(self) -> None:
        """What the dispatcher, the provider and a supervisor find to do."""
        orders = self.story.orders()
        for order in orders[self.seen :]:
            self._ordered(order)
        self.seen = len(orders)
        callback = self.now.callback
        if callback is None or callback.kind is CallbackKind.OFFER or self.is_asking:
            return
        if callback.is_in_doubt:
            self._asks(self.dice.randrange(60) * MINUTE, self._supervisor_says)
        elif ready(self.now, self.story.now):
            is_busy = self.dice.random() < 0.1
            self._asks((self.dice.randrange(8 * 3600) if is_busy else self.dice.randrange(90)) * SECOND, self._offered)
        elif callback.ready_at and callback.ready_at > self.story.now and not callback.order:
            self._asks(callback.ready_at - self.story.now, lambda: None)

    def _ordered(self, order: OutboundMessage) -> None:
        """The provider is told to call: nobody may be on the line for it, and the customer's phone may ring."""
        before = self.story.callback(self.name)
        assert before
        assert order.order
        live = [name for name, ends in self.ends.items() if ends > self.story.now and name not in self.allowed]
        assert not live, "two calls at once"
        assert may_ring(before, self.story.policy, self.story.now), "rung in the night"
        (script,) = self.dice.choices(list(SCRIPTS), list(SCRIPTS.values()))
        self.ends[order.id] = self.story.now
        for at, tell in list(self._reports(order.id, script)):
            self._later(at, tell)
        if not script:
            state = self.dice.choice([DeliveryState.UNCONFIRMED, DeliveryState.FAILED])
            self._later(self.story.now + 10 * SECOND, lambda: self._receipt(order, state))
        elif self.dice.random() < 0.7:
            self._later(self.story.now + SECOND, lambda: self._receipt(order, DeliveryState.SENT))

    def _reports(
        self, call: MessageId, script: tuple[CallStatus, ...]
    ) -> Iterator[tuple[datetime, Callable[[], None]]]:
        """What the provider says, and when: some of it late, some of it twice."""
        at = self.story.now
        for status in script:
            is_long = status in (CallStatus.ENDED, CallStatus.DROPPED)
            at += self.dice.randrange(1, 1800 if is_long else 25) * SECOND
            if status is not CallStatus.DROPPED or CallStatus.ENDED not in script:
                self.ends[call] = at
            for _ in range(2 if self.dice.random() < 0.3 else 1):
                late = self.dice.randrange(40) * SECOND if self.dice.random() < 0.25 else timedelta()
                yield at + late, self._saying(call, status)

    def _saying(self, call: MessageId, status: CallStatus) -> Callable[[], None]:
        def say() -> None:
            self.story.reports(self.name, call, status)

        return say

    def _receipt(self, order: OutboundMessage, state: DeliveryState) -> None:
        self.story.is_reported(order, state)

    def _offered(self) -> None:
        agent = self.dice.choice([ANA_, DORA])
        if self.story.offers(self.name, agent).conversation is None:
            return
        other = DORA if agent is ANA_ else ANA_
        choice = self.dice.random()
        if choice < 0.7:
            self._later(self.story.now + self.dice.randrange(1, 25) * SECOND, lambda: self._taken(agent, other))
        elif choice < 0.85:
            self._later(self.story.now + 5 * SECOND, lambda: self._declined(agent))

    def _taken(self, agent: Agent, other: Agent) -> None:
        """Both press the key in the same moment."""
        both = [agent, other]
        self.dice.shuffle(both)
        taken = [self.story.takes(self.name, each).conversation for each in both]
        assert sum(each is not None for each in taken) <= 1

    def _declined(self, agent: Agent) -> None:
        self.story.declines(self.name, agent)

    def _supervisor_says(self) -> None:
        """Somebody looks what became of a call in doubt; or has it made again, whatever became of it."""
        call = self.now.call
        if call is None or call.status is not CallStatus.IN_DOUBT or call.direction is CallDirection.IN:
            return
        if self.dice.random() < 0.3:
            self.allowed.add(call.id)
            self.story.takes(self.name, ANA_)
            return
        status = self.dice.choice([CallStatus.ENDED, CallStatus.NO_ANSWER])
        if self.ends.get(call.id, self.story.now) <= self.story.now:
            self.story.logs(self.name, status, ANA)

    def _asks(self, wait: timedelta, what: Callable[[], None]) -> None:
        """One thing at a time is looked after."""
        self.is_asking = True

        def do() -> None:
            self.is_asking = False
            what()

        self._later(self.story.now + wait, do)

    def _later(self, at: datetime, what: Callable[[], None]) -> None:
        self.numbered += 1
        self.pending.append((at, self.numbered, what))

    def _next(self) -> None:
        """Whatever is next happens: a timer, or what somebody does."""
        mine = min(self.pending, default=None)
        timer = min(self.story.waiting, key=lambda timer: timer.due_at, default=None)
        assert mine or timer, f"nothing happens any more: {self.now.callback}, {self.now.call}"
        if mine and (timer is None or mine[0] <= timer.due_at):
            self.pending.remove(mine)
            self.story.now = max(self.story.now, mine[0])
            mine[2]()
        elif timer:
            self.story.falls_due(timer)


@pytest.mark.parametrize("part", range(SPREAD))
def test_each_callback_ends_answered_or_with_the_customer_told(part: int) -> None:
    ends = Counter(World(seed).plays() for seed in range(part, CALLBACKS, SPREAD))
    assert ends.total() == len(range(part, CALLBACKS, SPREAD))
    # and chance has come to the one and the other
    assert ends["answered"] > ends["told"] > 0
