"""The stage of a rehearsal: one customer, their conversations, the clock, and what is to fall due."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from heapq import heapify, heappop, heappush

from router.core.context import Context
from router.core.decide import decide
from router.model.clock import milliseconds
from router.model.conversation import Conversation
from router.model.customer import Customer
from router.model.decision import Decision, Outcome, Timer
from router.model.event import Body, Event, MessageArrived, TimerDue
from router.model.ids import ConversationId, EventId, MessageId, customer_id, partition_of
from router.store import wire
from rules.cases.case import Impossible
from rules.engine import RuleBook, Verdict
from rules.facts import Facts
from rules.language import UNKNOWN, Detected, detect

MOST_DUE = 10_000
CUSTOMER = customer_id("the customer of a test")
PARTITION = partition_of(CUSTOMER)


class HeardBook(RuleBook):
    """A book that keeps what it was last asked, and what it answered."""

    def __init__(self, book: RuleBook) -> None:
        super().__init__(
            book.default_team,
            book.rules,
            book.teams,
            book.version,
            book.calendars,
            calls=book.calls,
            care=book.care,
        )
        self.latest: tuple[Facts, Verdict] | None = None

    def route(self, facts: Facts) -> Verdict:
        """Which team `facts` go to, what else follows, and why."""
        verdict = super().route(facts)
        self.latest = (facts, verdict)
        return verdict


class Stage:
    """What events and time leave behind, as worker and ticker would leave it.

    `now` is the clock's instant, `latest` the conversation that was last decided about, and `sent` the text of each
    outbound message.
    """

    def __init__(self, book: RuleBook, context: Context, customer: Customer, now: datetime) -> None:
        self.now = now
        self.customer = customer
        self.latest: Conversation | None = None
        self.sent: dict[MessageId, str] = {}
        self._book = book
        self._context = context
        self._conversations: dict[ConversationId, Conversation] = {}
        self._timers: list[tuple[int, bytes, Timer]] = []
        self._events = 0

    def hear(self, arrived: MessageArrived, language: str = "") -> Outcome:
        """What becomes of the customer's message; its `language` is detected unless one is given."""
        return self._happen(arrived, self.customer.open_conversation, language)

    def happen(self, body: Body, conversation: ConversationId) -> Outcome:
        """What becomes of `body`, which is about `conversation`."""
        return self._happen(body, conversation)

    def pass_until(self, end: datetime) -> None:
        """Let the clock go on until `end`; what falls due by then, new timers among it, does so at its instant."""
        for _ in range(MOST_DUE):
            if not self._timers or self._timers[0][2].due_at > end:
                self.now = end
                return
            timer = heappop(self._timers)[2]
            self.now = max(self.now, timer.due_at)
            self.happen(TimerDue(timer.kind, timer.turn, timer.due_at, timer.subject), timer.conversation)
        raise Impossible(f"more than {MOST_DUE:,} deadlines and steps of ladders fall due in this step")

    def _happen(self, body: Body, conversation: ConversationId | None, language: str = "") -> Outcome:
        self._events += 1
        name = EventId(f"{milliseconds(self.now)}-{self._events}")
        is_customers = isinstance(body, MessageArrived)
        whose, about = (CUSTOMER, None) if is_customers else (None, conversation)
        event = Event(name, PARTITION, self.now, body, whose, about)
        context = replace(self._context, customer=self.customer, detect=_told(language) if language else detect)
        before = self._conversations.get(conversation) if conversation else None
        try:
            decision = decide(before, event, context, self._book, self.now)
        except Exception as error:  # the worker would set the event aside for a person to look at
            raise Impossible(f"the router can't decide this: {error}") from error
        self._keep(decision)
        return decision.outcome

    def _keep(self, decision: Decision) -> None:
        self.customer = decision.customer or self.customer
        self.sent.update((message.id, message.text) for message in decision.outbound)
        if decision.conversation:
            self._conversations[decision.conversation.id] = self.latest = decision.conversation
        if decision.cancelled:
            self._timers = [entry for entry in self._timers if entry[2] not in decision.cancelled]
            heapify(self._timers)
        for timer in decision.timers:
            # In the order of Redis' sorted set: by instant, then by the bytes. What is there already stays once.
            entry = (milliseconds(timer.due_at), wire.encode(timer), timer)
            if entry not in self._timers:
                heappush(self._timers, entry)


def _told(language: str) -> Callable[[str], Detected]:
    return lambda _: Detected(language, 0.0 if language == UNKNOWN else 1.0)
