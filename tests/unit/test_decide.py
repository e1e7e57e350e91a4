"""The pure core under any sequence of events: one owner each, lawful moves, the same answer for the same question."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, multiple, rule

from router.core.context import Context
from router.core.decide import decide
from router.core.queue import queue_score
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
    Reopened,
    ReplyWritten,
    Resolved,
    Snoozed,
    TimerDue,
    Transferred,
)
from router.model.ids import ConversationId, EventId, TeamId, customer_id
from router.model.message import ChannelName, DeliveryState, Handle, OutboundMessage, Receipt
from rules.engine import RuleBook
from tests.clock import MONDAY
from tests.core import ANA, BETO, BILLING, CARE, POLICY, TEAMS, written

AGENTS = st.sampled_from([ANA, BETO])
TEXTS = st.sampled_from(["Hola", "", "Mi factura está mal", "gracias"])
COMMANDS = st.one_of(
    st.builds(ReplyWritten, AGENTS, TEXTS, st.sampled_from([None, ChannelName("webchat"), ChannelName("email")])),
    st.builds(NoteAdded, AGENTS, TEXTS),
    st.builds(Claimed, AGENTS),
    st.builds(Released, AGENTS),
    st.builds(Transferred, AGENTS, st.sampled_from([CARE, BILLING, TeamId("gone")]), TEXTS),
    st.builds(Resolved, AGENTS),
    st.builds(Reopened, AGENTS),
    st.builds(Snoozed, AGENTS, st.sampled_from([MONDAY, MONDAY + timedelta(days=300)])),
)
HANDLES = {name: customer_id(name) for name in ("chat:ada", "email:bob@example.org")}


class AnySequence(RuleBasedStateMachine):
    """Events in any order, each decided upon what the last one left, as the worker does it."""

    conversations = Bundle("conversations")
    timers = Bundle("timers")
    replies = Bundle("replies")

    @initialize()
    def begin(self) -> None:
        self.now = MONDAY
        self.number = 0
        self.customers = {name: Customer(name) for name in HANDLES.values()}
        self.known: dict[ConversationId, Conversation] = {}
        self.entries: dict[ConversationId, list[EntryKind]] = {}

    @rule(minutes=st.integers(1, 60 * 24 * 4))
    def time_passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @rule(target=conversations, handle=st.sampled_from(sorted(HANDLES)), text=TEXTS)
    def customer_writes(self, handle: str, text: str) -> ConversationId:
        channel = "webchat" if handle.startswith("chat") else "email"
        message = written(text, handle, at=self.now, channel=channel)
        decision = self.decided(MessageArrived(message), customer=handle)
        assert decision.conversation is not None
        return decision.conversation.id

    @rule(handle=st.sampled_from(sorted(HANDLES)))
    def customer_leaves_an_address(self, handle: str) -> None:
        source, _, name = handle.partition(":")
        self.decided(AddressGiven(Handle("email", "x@example.org"), Handle(source, name)), customer=handle)

    @rule(targets=(timers, replies), conversation=conversations, command=COMMANDS)
    def agent_acts(self, conversation: ConversationId, command: Body) -> object:
        decision = self.decided(command, conversation=conversation)
        return multiple(*decision.timers) if decision.timers else multiple(*decision.outbound)

    @rule(timer=consumes(timers))
    def timer_falls_due(self, timer: Timer | OutboundMessage) -> None:
        if isinstance(timer, Timer):
            self.now = max(self.now, timer.due_at)
            body = TimerDue(timer.kind, timer.turn, timer.due_at, timer.subject)
            self.decided(body, conversation=timer.conversation)

    @rule(reply=replies, state=st.sampled_from(DeliveryState))
    def reply_is_reported(self, reply: OutboundMessage | Timer, state: DeliveryState) -> None:
        if isinstance(reply, OutboundMessage):
            receipt = Receipt(reply.id, reply.conversation, state, self.now)
            self.decided(DeliveryReported(receipt), conversation=reply.conversation)

    @invariant()
    def each_open_conversation_has_one_owner_that_exists(self) -> None:
        for conversation in self.known.values():
            assert conversation.ownership.team in TEAMS

    @invariant()
    def a_customer_has_at_most_one_conversation_that_is_not_closed(self) -> None:
        for customer in self.customers.values():
            living = [c.id for c in self.known.values() if c.customer == customer.id and not c.is_closed]
            assert living == ([customer.open_conversation] if customer.open_conversation else [])

    @invariant()
    def who_waits_for_us_has_a_since_and_a_place(self) -> None:
        for conversation in self.known.values():
            if conversation.state in (ConversationState.NEW, ConversationState.OPEN):
                assert conversation.waiting_since is not None
            assert queue_score(conversation) < 2**53

    def decided(self, body: Body, *, customer: str = "", conversation: ConversationId | None = None) -> Decision:
        self.number += 1
        who = HANDLES.get(customer)
        event = Event(EventId(f"{1700000000000 + self.number}-0"), 7, self.now, body, who, conversation)
        person = self.customers[who] if who else None
        name = conversation or (person.open_conversation if person else None)
        before = self.known.get(name) if name else None
        person = person or (self.customers[before.customer] if before else None)
        context = Context(TEAMS, POLICY, person)
        decision = decide(before, event, context, BOOK, self.now)
        assert decision == decide(before, event, context, BOOK, self.now)
        self.check(before, decision)
        if decision.customer:
            self.customers[decision.customer.id] = decision.customer
        if decision.conversation:
            self.known[decision.conversation.id] = decision.conversation
        return decision

    def check(self, before: Conversation | None, decision: Decision) -> None:
        after = decision.conversation
        if after is None:
            assert not decision.entries
            assert not decision.outbound
            return
        assert decision.outcome.kind is OutcomeKind.DONE
        assert after.revision == (before.revision if before else 0) + 1
        assert decision.entries, "every change is a timeline entry"
        if before:
            assert before.id == after.id
            kinds = {entry.kind for entry in decision.entries}
            way = ConversationState.OPEN if EntryKind.REOPENED in kinds else before.state
            assert way is before.state or way in LAWFUL_MOVES[before.state]
            assert after.state is way or after.state in LAWFUL_MOVES[way]
            moved = before.ownership.team != after.ownership.team
            assert moved == (EntryKind.TRANSFERRED in kinds)


BOOK = RuleBook(CARE)
TestAnySequence = AnySequence.TestCase
TestAnySequence.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)


def test_a_rule_for_a_team_that_is_gone_leaves_nobody_without_an_owner() -> None:
    event = Event(EventId("1700000000000-0"), 7, MONDAY, MessageArrived(written("Hola")), customer_id("ada"))
    context = Context({CARE: TEAMS[CARE]}, POLICY, Customer(customer_id("ada")))
    decision = decide(None, event, context, RuleBook(BILLING), MONDAY)
    assert decision.conversation is not None
    assert decision.conversation.ownership.team == CARE
    assert "billing" in decision.conversation.ownership.reason


def test_what_was_not_delivered_is_owed_again() -> None:
    # given a reply that is on its way
    ada = Customer(customer_id("ada"))
    first = Event(EventId("1700000000000-0"), 7, MONDAY, MessageArrived(written("Hola")), ada.id)
    conversation = decide(None, first, Context(TEAMS, POLICY, ada), BOOK, MONDAY).conversation
    assert conversation is not None
    reply = replace(first, id=EventId("1700000000001-0"), body=ReplyWritten(ANA, "Hola"), conversation=conversation.id)
    answered = decide(conversation, reply, Context(TEAMS, POLICY, ada), BOOK, MONDAY)
    assert answered.conversation is not None
    assert answered.conversation.state is ConversationState.PENDING
    # when its channel gives it up
    receipt = Receipt(answered.outbound[0].id, conversation.id, DeliveryState.FAILED, MONDAY, reason="no such mailbox")
    report = replace(first, id=EventId("1700000000002-0"), body=DeliveryReported(receipt), conversation=conversation.id)
    after = decide(answered.conversation, report, Context(TEAMS, POLICY, ada), BOOK, MONDAY).conversation
    # then the team owes the customer something again
    assert after is not None
    assert (after.state, after.waiting_since) == (ConversationState.OPEN, MONDAY)
