"""A day of callbacks, played by Hilo's own pure parts: what it decides, whom it asks, which times it offers.

A discrete-event simulation: its clock jumps from one thing that happens to the next. Nothing is stored or sent.
"""

import heapq
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

from msgspec.structs import replace

from bench.phone_people import CARE, SECOND, People, Scale
from bench.phone_result import Result
from router.core.calls.due import timers
from router.core.calls.when import ringing
from router.core.context import Context, Policy
from router.core.decide import decide
from router.core.dispatch.slots import Window, offered, starts, strength
from router.core.dispatch.standing import at_work, ready, ready_at, urgency
from router.core.dispatch.who import OnShift, chosen
from router.model.calendar import Calendar
from router.model.call import CallReport, CallStatus, Disposition
from router.model.conversation import Conversation
from router.model.customer import Customer
from router.model.decision import Decision, OutcomeKind, Timer
from router.model.event import (
    Body,
    CallDeclined,
    CallOffered,
    CallReported,
    CallTaken,
    CallWanted,
    CallWrapped,
    Event,
    TimerDue,
)
from router.model.ids import AgentId, CallbackId, ConversationId, CustomerId, EventId
from router.model.message import CallOrder, ChannelName, Handle, OutboundMessage
from router.model.opening import week
from router.model.policy import CallPolicy, Shift
from router.model.team import PhoneAgent, Team
from rules.engine import RuleBook

LATER = ("told", "not_told")
ZONE = "America/Panama"
OPEN = Calendar("open", ZONE, week({"mon-fri": "09:00-17:00"}))
# Nine in the morning in Panama, on a Tuesday that is no holiday there.
NINE = datetime(2026, 11, 24, 14, tzinfo=UTC)
FIVE = NINE + timedelta(hours=8)
FIRST_ASKS, LAST_ASKS = NINE - timedelta(hours=3), FIVE - timedelta(minutes=75)
OVER = FIVE + timedelta(minutes=30)
# While something waits that nobody is asked for yet, it is looked at so often.
LOOK_EVERY = timedelta(seconds=5)


def policy_of_the_day(scale: Scale) -> CallPolicy:
    """What ops would have decided: the shift, and how long a call takes with its attempts."""
    handling = timedelta(seconds=scale.talk_seconds + scale.wrap_seconds + scale.ring_seconds)
    return CallPolicy(
        zone=ZONE, ahead=timedelta(hours=12), handling=handling, shifts={CARE: Shift(scale.agents, "open")}
    )


class Day:
    """Plays the day from the first customer who asks until all agents have gone home."""

    def __init__(self, scale: Scale, policy: CallPolicy) -> None:
        self.result = Result()
        self._people = People(scale)
        self._policy = policy
        self._book = RuleBook(CARE, calls=policy, calendars={"open": OPEN})
        self._context = Context({CARE: Team(CARE, "Atención")}, Policy(default_team=CARE))
        self._now = FIRST_ASKS
        self._heap: list[tuple[datetime, int, Callable[[], object]]] = []
        self._count = 0
        self._known: dict[ConversationId, Conversation] = {}
        self._customers: dict[ConversationId, Customer] = {}
        self._timers: set[Timer] = set()
        self._rung: set[CallbackId] = set()
        self._due: set[ConversationId] = set()
        self._booked: Counter[datetime] = Counter()
        self._agents = {agent.id: PhoneAgent(agent, NINE, OVER) for agent in self._people.agents()}
        self._busy: dict[AgentId, datetime] = {}

    def play(self) -> Result:
        """What came of it."""
        for number, at in enumerate(self._people.asks_at(FIRST_ASKS, LAST_ASKS)):
            self._at(at, partial(self._asks, number))
        self._at(NINE, self._look)
        while self._heap and self._heap[0][0] <= OVER:
            self._now, _, happens = heapq.heappop(self._heap)
            happens()
            self._dispatch()
        return self._counted()

    def _at(self, at: datetime, happens: Callable[[], object]) -> None:
        self._count += 1
        heapq.heappush(self._heap, (at, self._count, happens))

    def _in(self, length: timedelta, happens: Callable[[], object]) -> None:
        self._at(self._now + length, happens)

    # What customers do.

    def _asks(self, number: int) -> None:
        phone = Handle("phone", f"+5076{number:07d}")
        self.result.asked += 1
        strong = strength(CARE, self._policy, self._book.calendars, len(self._agents))
        booked = {start: self._booked[start] for start in starts(self._policy, self._now)}
        waits = sum(self._is_open_end(name) for name in self._due)
        hours = ringing(phone, self._policy).hours
        times = offered(self._policy, strong, self._now, hours=hours, waiting=waits, booked=booked)
        choice = self._people.chooses(times)
        if choice is False:
            self.result.turned_away += 1
            return
        window = choice if isinstance(choice, Window) else None
        if window:
            self._booked[window.from_at] += 1
        self._promised(number, phone, window)

    def _promised(self, number: int, phone: Handle, window: Window | None) -> None:
        self.result.promised += 1
        self.result.now += window is None
        customer = Customer(CustomerId(f"u-00-{number}"), language=self._people.language())
        source = Handle("chat", f"v{number}")
        from_at, until = (window.from_at, window.until) if window else (None, None)
        body = CallWanted(source, ChannelName("webchat"), phone, from_at, until)
        decision = self._decide(None, body, customer)
        assert decision.conversation is not None
        name = decision.conversation.id
        self._customers[name] = decision.customer or customer
        self._took(None, replace(decision.conversation, skills=self._people.skills()), decision)

    def _is_open_end(self, name: ConversationId) -> bool:
        callback = self._known[name].callback
        return callback is not None and callback.from_at is None

    # What agents and phones do.

    def _look(self) -> None:
        """Look again while agents are there: who waited for the right agent may not wait any longer."""
        if self._now < FIVE:
            self._in(LOOK_EVERY, self._look)

    def _dispatch(self) -> None:
        if not NINE <= self._now < FIVE:
            return
        shift = OnShift(tuple(self._agents.values()), frozenset(self._busy))
        waiting = (self._known[name] for name in self._due)
        for conversation in sorted(waiting, key=lambda each: urgency(each, self._now)):
            if len(self._busy) == len(self._agents):
                return
            callback = ready(conversation, self._now)
            agent = callback and chosen(callback, conversation, shift, self._policy, self._now)
            if callback and agent:
                until = self._now + self._policy.offer
                self._offered(conversation, CallOffered(callback.id, agent.agent.id, until, agent.agent.name))
                shift = shift.with_busy(agent.agent.id)

    def _offered(self, conversation: Conversation, offer: CallOffered) -> None:
        if not self._happens(conversation.id, offer):
            return
        agent = self._agents[offer.agent].agent
        what = self._people.answers_offer()
        self.result.offers[what] += 1
        if what == "pass":
            return
        command = CallTaken(agent, offer.callback) if what == "take" else CallDeclined(agent, offer.callback)
        self._in(self._people.thinks(), partial(self._happens, conversation.id, command))

    def _ordered(self, message: OutboundMessage, order: CallOrder) -> None:
        """The provider rings the agent, and then the customer."""
        name, report = message.conversation, CallReport(message.id, CallStatus.AGENT_RINGING, self._now)
        self.result.attempts += 1
        if self._people.is_away():
            self._reports(name, replace(report, status=CallStatus.AGENT_AWAY), 20 * SECOND)
            return
        self._reports(name, replace(report, status=CallStatus.AGENT_ANSWERED), 4 * SECOND)
        self._reports(name, replace(report, status=CallStatus.RINGING), 5 * SECOND)
        self._in(5 * SECOND, partial(self._rung.add, order.callback))
        status, length = self._people.ends()
        self._reports(name, replace(report, status=status), 5 * SECOND + length)
        if status is CallStatus.TALKING:
            end, talked = self._people.talks()
            self._reports(name, replace(report, status=end), 5 * SECOND + length + talked)
            if end is CallStatus.ENDED:
                agent = self._agents[order.agent].agent
                wrap = CallWrapped(agent, message.id, Disposition.SOLVED)
                after = 5 * SECOND + length + talked + self._people.wraps()
                self._in(after, partial(self._happens, name, wrap))

    def _reports(self, name: ConversationId, report: CallReport, after: timedelta) -> None:
        at = self._now + after
        self._at(at, partial(self._happens, name, CallReported(replace(report, at=at), conversation=name)))

    # What Hilo decides.

    def _happens(self, name: ConversationId, body: Body) -> bool:
        """Whether `body` was taken; then it has happened."""
        before = self._known[name]
        decision = self._decide(before, body, self._customers[name])
        if decision.conversation:
            self._customers[name] = decision.customer or self._customers[name]
            self._took(before, decision.conversation, decision)
        return decision.outcome.kind is OutcomeKind.DONE

    def _decide(self, before: Conversation | None, body: Body, customer: Customer) -> Decision:
        self.result.decisions += 1
        event = Event(
            EventId(f"{int(self._now.timestamp() * 1000)}-{self.result.decisions}"),
            0,
            self._now,
            body,
            None if before else customer.id,
            before.id if before else None,
        )
        context = Context(self._context.teams, self._context.policy, customer, guard=self._context.guard)
        return decide(before, event, context, self._book, self._now)

    def _took(self, before: Conversation | None, after: Conversation, decision: Decision) -> None:
        self._known[after.id] = after
        self._at_work(before, after)
        for tally in decision.tallies:
            self.result.became[tally.became] += 1
            if tally.became == "broken" and after.callback and after.callback.id in self._rung:
                self.result.rung_in_time += 1
        for entry in decision.entries:
            if entry.detail.get("state") in LATER:
                self.result.became["told"] += 1
        for timer in set(timers(after)) - self._timers:
            self._timers.add(timer)
            self._at(timer.due_at, partial(self._falls_due, timer))
        for message in decision.outbound:
            if message.order:
                self._ordered(message, message.order)
        self._stands(after)

    def _falls_due(self, timer: Timer) -> None:
        self._timers.discard(timer)
        due = TimerDue(timer.kind, timer.turn, timer.due_at, timer.subject)
        self._happens(timer.conversation, due)

    def _stands(self, after: Conversation) -> None:
        """Among those for whom somebody can be asked, now or once it is ready."""
        self._due.discard(after.id)
        if ready(after, self._now):
            self._due.add(after.id)
        elif after.callback and ready(after, ready_at(after.callback)):
            self._at(ready_at(after.callback), partial(self._becomes_ready, after.id))

    def _becomes_ready(self, name: ConversationId) -> None:
        if ready(self._known[name], self._now):
            self._due.add(name)

    def _at_work(self, before: Conversation | None, after: Conversation) -> None:
        """Count the time of who begins or ends to be at work in it."""
        was, now = at_work(before) if before else {}, at_work(after)
        for agent in was.keys() - now.keys():
            self.result.busy += min(self._now, OVER) - self._busy.pop(agent)
            self._agents[agent] = replace(self._agents[agent], idle_since=self._now)
        for agent in now.keys() - was.keys():
            self.result.doubled += agent in self._busy
            self._busy[agent] = self._now
            length = self._now - self._agents[agent].idle_since
            self.result.idle += length
            self.result.longest_idle = max(self.result.longest_idle, length)

    def _counted(self) -> Result:
        for agent in self._agents.values():
            if agent.agent.id not in self._busy and agent.idle_since < FIVE:
                self.result.idle += FIVE - agent.idle_since
        self.result.busy += sum((OVER - since for since in self._busy.values()), timedelta())
        self.result.carried = sum(map(_is_carried, self._known.values()))
        return self.result


def _is_carried(conversation: Conversation) -> bool:
    """Whether its call is still owed when the day is over."""
    callback = conversation.callback
    return callback is not None and ready(conversation, ready_at(callback)) is not None
