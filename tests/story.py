"""A story for tests of the pure core: events one after another, each decided upon what the last one left."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta

from router.core.context import Context
from router.core.decide import decide
from router.model.conversation import LAWFUL_MOVES, Conversation, ConversationState
from router.model.customer import Customer
from router.model.decision import Decision, EntryKind, OutcomeKind, Timer
from router.model.event import (
    AddressGiven,
    Body,
    Claimed,
    DeliveryReported,
    Event,
    MessageArrived,
    NoteAdded,
    Released,
    ReplyWritten,
    Resolved,
    Snoozed,
    TimerDue,
    Transferred,
)
from router.model.ids import ConversationId, EventId, TeamId, customer_id
from router.model.message import DeliveryState, Handle, OutboundMessage, Receipt
from router.model.team import Priority, Team
from router.store import wire
from rules.conditions import Condition, Term, TextCondition
from rules.engine import Rule, RuleBook
from tests.clock import MONDAY
from tests.core import ANA, BETO, BILLING, CARE, POLICY, TEAMS, written

SALES = TeamId("sales")
EVERY_TEAM = {**TEAMS, SALES: Team(SALES, "Ventas")}
ADA, BOB = Handle("chat", "ada"), Handle("email", "bob@example.org")
CUSTOMERS = {handle: customer_id(str(handle)) for handle in (ADA, BOB)}
MAILBOX = Handle("email", "x@example.org")
ELSEWHERE = "instead_of"


def asked(word: str, team: TeamId | None, priority: Priority | None, *tags: str) -> Rule:
    """A rule for who writes `word`."""
    return Rule(word, Condition(text=TextCondition(any=(Term.of(word),))), team, priority, tags)


BOOK = RuleBook(
    CARE,
    (
        asked("urgente", None, Priority.URGENT, "urgent", "vip", "call", "night", "storm"),
        asked("factura", BILLING, Priority.HIGH, "invoice", "money", "paper"),
        asked("comprar", SALES, None, "new", "offer"),
    ),
)


class Story:
    """What events leave behind, as the worker would leave it; each decision is checked for what holds for all.

    `teams` may change between events. `timers` and `replies` are all that were ever asked for, `told` counts the kinds
    of the timeline's entries.
    """

    def __init__(self) -> None:
        self.now = MONDAY
        self.teams = dict(EVERY_TEAM)
        self.customers = {name: Customer(name) for name in CUSTOMERS.values()}
        self.known: dict[ConversationId, Conversation] = {}
        self.decisions: list[Decision] = []
        self.timers: list[Timer] = []
        self.replies: list[OutboundMessage] = []
        self.told: Counter[str] = Counter()
        self._settled: set[str] = set()

    def hears(self, text: str, sender: Handle = ADA, names: ConversationId | None = None) -> Conversation:
        """The sender's conversation once it holds `text`; `names` is the conversation that the message answers."""
        channel = "webchat" if sender == ADA else "email"
        message = written(text, str(sender), f"m{len(self.decisions)}", self.now, channel=channel)
        after = self.happens(MessageArrived(replace(message, conversation=names))).conversation
        assert after is not None
        return after

    def falls_due(self, timer: Timer) -> Decision:
        """What follows from `timer`, at its instant, or now if that is over."""
        self.now = max(self.now, timer.due_at)
        return self.happens(TimerDue(timer.kind, timer.turn, timer.due_at, timer.subject), timer.conversation)

    def is_reported(self, reply: OutboundMessage, state: DeliveryState) -> Decision:
        """What follows from a receipt for `reply`."""
        receipt = Receipt(reply.id, reply.conversation, state, self.now, reason="no such mailbox")
        return self.happens(DeliveryReported(receipt), reply.conversation)

    def happens(self, body: Body, conversation: ConversationId | None = None) -> Decision:
        """What follows from `body`, which a customer did, or which is about `conversation`."""
        who = CUSTOMERS[_sender(body)] if isinstance(body, MessageArrived | AddressGiven) else None
        event = Event(EventId(f"{1700000000000 + len(self.decisions)}-0"), 7, self.now, body, who, conversation)
        name = conversation or (self.customers[who].open_conversation if who else None)
        before = self.known.get(name) if name else None
        whose = who or (before.customer if before else None)
        context = Context(dict(self.teams), POLICY, self.customers[whose] if whose else None)
        decision = decide(before, event, context, BOOK, self.now)
        assert decision == decide(before, event, context, BOOK, self.now)
        self._check(body, before, decision)
        self._keep(decision)
        return decision

    def _keep(self, decision: Decision) -> None:
        self.decisions.append(decision)
        self.timers += decision.timers
        self.replies += decision.outbound
        self.told.update(entry.kind for entry in decision.entries)
        if decision.customer:
            self.customers[decision.customer.id] = decision.customer
        if decision.conversation:
            self.known[decision.conversation.id] = decision.conversation

    def _check(self, body: Body, before: Conversation | None, decision: Decision) -> None:
        after = decision.conversation
        if after is None:
            assert (decision.entries, decision.outbound, decision.timers, decision.waits) == ((), (), (), ())
            return
        assert decision.outcome.kind is OutcomeKind.DONE
        assert after.revision == (before.revision if before else 0) + 1
        assert decision.entries, "every change is a timeline entry"
        kinds = {entry.kind for entry in decision.entries}
        if before:
            assert before.id == after.id
            way = ConversationState.OPEN if EntryKind.REOPENED in kinds else before.state
            assert way is before.state or way in LAWFUL_MOVES[before.state]
            assert after.state is way or after.state in LAWFUL_MOVES[way]
        self._check_owner(body, before, after, kinds)
        self._check_elsewhere(body, decision)

    def _check_owner(self, body: Body, before: Conversation | None, after: Conversation, kinds: set[EntryKind]) -> None:
        """The owner is a team that exists; where it was removed, it stays the owner until the customer writes."""
        is_moved = before is not None and before.ownership.team != after.ownership.team
        assert is_moved == (EntryKind.TRANSFERRED in kinds)
        if is_moved or isinstance(body, MessageArrived):
            assert after.ownership.team in self.teams

    def _check_elsewhere(self, body: Body, decision: Decision) -> None:
        """What the visitor has fetched, or was sent to their address once, is not sent there again."""
        if isinstance(body, DeliveryReported) and body.receipt.state is DeliveryState.DELIVERED:
            self._settled.add(body.receipt.message)
        for entry in decision.entries:
            if original := entry.detail.get(ELSEWHERE):
                assert original not in self._settled
                self._settled.add(original)
                self.told[ELSEWHERE] += 1


def whole_life() -> str:
    """One conversation from its first message to its end: a line for each decision upon it."""
    story = Story()
    name = story.hears("Mi factura está mal, es urgente").id
    until = MONDAY + timedelta(hours=5)
    commands = (Claimed(BETO), NoteAdded(BETO, "mirar"), Snoozed(ANA, until), Released(ANA), ReplyWritten(ANA, "Hola"))
    for command in (*commands, Transferred(ANA, SALES, "quiere comprar"), ReplyWritten(ANA, "Buenas")):
        story.happens(command, name)
    story.happens(AddressGiven(MAILBOX, ADA))
    story.is_reported(story.replies[0], DeliveryState.FAILED)
    story.hears("quiero comprar", names=ConversationId("c-07-other"))
    del story.teams[SALES]
    story.hears("es urgente")
    story.happens(Resolved(ANA), name)
    for timer in tuple(story.timers):
        story.falls_due(timer)
    return "\n".join(wire.encode(decision).decode() for decision in story.decisions)


def _sender(body: MessageArrived | AddressGiven) -> Handle:
    return body.message.sender if isinstance(body, MessageArrived) else body.source
