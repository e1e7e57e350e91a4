"""A story for tests of the pure core: events one after another, each decided upon what the last one left."""

import dataclasses
from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from router.core.awaited import awaited
from router.core.care.silence import MOST_FILLED
from router.core.context import Context
from router.core.decide import decide
from router.core.ladder import has_acted
from router.core.promises.looks import waits
from router.model.calendar import Calendar
from router.model.call import PHONE
from router.model.commitment import CallbackKind, CallbackWish, DeadlineKind, Ladder, LadderStep, Target
from router.model.conversation import LAWFUL_MOVES, Conversation, ConversationState
from router.model.customer import NOBODY, Customer, Profile
from router.model.decision import Decision, EntryKind, LookUp, OutcomeKind, TimelineEntry, Timer
from router.model.event import (
    AddressGiven,
    Body,
    CallReported,
    CallWanted,
    Claimed,
    DeliveryReported,
    DirectoryAnswered,
    Event,
    MessageArrived,
    MessageWithdrawn,
    NoteAdded,
    Released,
    ReplyWritten,
    Resolved,
    Snoozed,
    TimerDue,
    TimerKind,
    Transferred,
)
from router.model.fact import Fact
from router.model.ids import ConversationId, CustomerId, EventId, MessageId, PromiseId, TeamId, customer_id
from router.model.message import DeliveryState, Handle, MessageKind, OutboundMessage, Receipt
from router.model.opening import week
from router.model.promise import PromiseState
from router.model.team import Priority, Team
from router.store import wire
from rules.conditions import Has, Is, Where
from rules.engine import Rule, RuleBook, Then
from rules.facts import TeamLoad
from rules.words import Term
from tests.clock import MONDAY
from tests.core import ANA, BETO, BILLING, CARE, POLICY, TEAMS, written

SALES = TeamId("sales")
EVERY_TEAM = {**TEAMS, SALES: Team(SALES, "Ventas")}
ADA, BOB = Handle("chat", "ada"), Handle("email", "bob@example.org")
RINGER = Handle("phone", "+50761234567")
CUSTOMERS = {handle: customer_id(str(handle)) for handle in (ADA, BOB, RINGER)}
MAILBOX = Handle("email", "x@example.org")
ELSEWHERE = "instead_of"
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
OFFICE = Calendar("office", "America/Panama", week({"mon-fri": "08:00-18:00"}))
HEARD = {"es": "Ya lo estamos mirando.", "en": "We are looking into it."}


def asked(word: str, then: Then) -> Rule:
    """A rule for who writes `word`."""
    return Rule(word, Has(Where.TEXT, Term.of(word)), then)


def targets(calendar: str = "always", **within: timedelta) -> tuple[Target, ...]:
    """The targets of a team, by their kinds' names."""
    return tuple(Target(DeadlineKind(kind), length, calendar) for kind, length in within.items())


INVOICE = Then(
    BILLING,
    priority=Priority.HIGH,
    tags=("invoice", "money", "paper"),
    targets=targets("office", first_reply=HOUR, next_reply=2 * HOUR, resolution=2 * DAY, update=5 * HOUR),
    ladder=Ladder(
        "factura",
        (
            LadderStep(15 * MINUTE, raises=True),
            LadderStep(30 * MINUTE, tell_supervisor=True, tags=("late", "told")),
            LadderStep(HOUR, team=CARE),
        ),
    ),
)
LEAVING = Then(
    SALES,
    is_reroute=True,
    tags=("leaving",),
    targets=targets(next_reply=HOUR),
    callback=CallbackWish(CallbackKind.SCHEDULE, HOUR, "office"),
    ladder=Ladder("baja", (LadderStep(20 * MINUTE, priority=Priority.HIGH), LadderStep(HOUR, team=BILLING)), "office"),
)
URGENT = Then(
    priority=Priority.URGENT,
    tags=("urgent", "vip", "call", "night", "storm"),
    facts={"pressing": "yes", "asked": "today"},
    acknowledge=HEARD,
    skills=("calm",),
)
BUYING = Then(SALES, tags=("new", "offer"), callback=CallbackWish(CallbackKind.OFFER), spoken="en", skills=("sales",))
GOLD = Then(
    SALES,
    tags=("gold",),
    targets=targets(first_reply=10 * MINUTE),
    ladder=Ladder("gold", (LadderStep(5 * MINUTE, raises=True),)),
)
BOOK = RuleBook(
    CARE,
    (
        Rule("gold", Is("customer.tier", "gold"), GOLD),
        asked("urgente", URGENT),
        asked("factura", INVOICE),
        asked("comprar", BUYING),
        asked("baja", LEAVING),
    ),
    calendars={"office": OFFICE},
)


# What customers do.
Customers = MessageArrived | MessageWithdrawn | AddressGiven | DirectoryAnswered | CallWanted
ASKING = dataclasses.replace(POLICY, directory_refresh=HOUR)


class Story:
    """What events leave behind, as the worker would leave it; each decision is checked for what holds for all.

    `teams` and their `loads` may change between events. `timers` and `replies` are all that were ever asked for: one
    that was cancelled may be in the stream already. `waiting` are the timers as the store holds them, and `told` counts
    the kinds of the timeline's entries.
    """

    def __init__(self, book: RuleBook = BOOK, now: datetime = MONDAY) -> None:
        self.book = book
        self.settings = ASKING
        self.now = now
        self.loads: Mapping[TeamId, TeamLoad] = {}
        self.teams = dict(EVERY_TEAM)
        self.customers = {name: Customer(name) for name in CUSTOMERS.values()}
        self.known: dict[ConversationId, Conversation] = {}
        self.decisions: list[Decision] = []
        self.timers: list[Timer] = []
        self.waiting: set[Timer] = set()
        self.replies: list[OutboundMessage] = []
        self.look_ups: list[LookUp] = []
        self.told: Counter[str] = Counter()
        self.tallies: Counter[tuple[str, str]] = Counter()
        self._asked: set[Timer] = set()
        self._settled: set[str] = set()
        self._acted: set[ConversationId] = set()
        self._steps: Counter[tuple[ConversationId, int]] = Counter()
        self._missed: set[tuple[ConversationId, str, str]] = set()
        self._acknowledged: set[ConversationId] = set()
        self._mailed: dict[CustomerId, datetime] = {}

    def hears(
        self,
        text: str,
        sender: Handle = ADA,
        names: ConversationId | None = None,
        *,
        is_automatic: bool = False,
        edits: str = "",
        kind: MessageKind = MessageKind.MESSAGE,
        facts: tuple[Fact, ...] = (),
    ) -> Conversation:
        """The sender's conversation once it holds `text`; `names` is the conversation that the message answers."""
        channel = "webchat" if sender == ADA else "email"
        message = written(text, str(sender), f"m{len(self.decisions)}", self.now, channel=channel)
        message = replace(message, conversation=names, is_automatic=is_automatic, edits=edits, kind=kind)
        message = replace(message, facts=tuple(replace(fact, source=message.key, at=self.now) for fact in facts))
        after = self.happens(MessageArrived(message)).conversation
        assert after is not None
        return after

    def rings(self, customer: Handle = ADA, number: Handle = RINGER) -> MessageId:
        """The id of a call that the customer makes: their conversation has it, and nobody has taken it yet."""
        message = written("", str(number), f"m{len(self.decisions)}", self.now, channel="phone")
        self.happens(MessageArrived(replace(message, call=message.key)), whose=CUSTOMERS[customer])
        return MessageId(message.key)

    def is_answered(self, look_up: LookUp, profile: Profile = NOBODY, text: str = "", **known: Any) -> Decision:
        """What follows once the directory has said `profile` to `look_up`, whose message had that `text`."""
        asked: dict[str, Any] = {"at": self.now, "message": look_up.message, "seen": look_up.seen, "text": text}
        return self.happens(DirectoryAnswered(look_up.customer, profile=profile, **(asked | known)))

    @property
    def promised(self) -> list[tuple[ConversationId, PromiseId]]:
        """All promises that are known, each with its conversation."""
        return [(each.id, promise.id) for each in self.known.values() for promise in each.promises]

    def passes(self, time: timedelta) -> None:
        """Let `time` pass; what falls due meanwhile does, in its order, what follows from that included."""
        until = self.now + time
        while due := [timer for timer in self.timers if timer.due_at <= until]:
            timer = min(due, key=lambda timer: timer.due_at)
            self.timers.remove(timer)
            self.falls_due(timer)
        self.now = until

    def entries(self, kind: EntryKind) -> list[TimelineEntry]:
        """All entries of a kind, in all timelines."""
        return [entry for decision in self.decisions for entry in decision.entries if entry.kind is kind]

    def falls_due(self, timer: Timer) -> Decision:
        """What follows from `timer`, at its instant, or now if that is over."""
        self.now = max(self.now, timer.due_at)
        return self.happens(TimerDue(timer.kind, timer.turn, timer.due_at, timer.subject), timer.conversation)

    def is_reported(self, reply: OutboundMessage, state: DeliveryState) -> Decision:
        """What follows from a receipt for `reply`."""
        receipt = Receipt(reply.id, reply.conversation, state, self.now, reason="no such mailbox")
        is_lost = state in (DeliveryState.FAILED, DeliveryState.UNCONFIRMED)
        return self.happens(DeliveryReported(receipt, reply if is_lost else None), reply.conversation)

    def happens(
        self, body: Body, conversation: ConversationId | None = None, whose: CustomerId | None = None
    ) -> Decision:
        """What follows from `body`, which a customer did, or which is about `conversation`, or about a customer."""
        who = whose or (_who(body) if isinstance(body, Customers) else None)
        if isinstance(body, TimerDue) and conversation:
            self.waiting.discard(Timer(conversation, body.timer, body.turn, body.due_at, body.subject))
        event = Event(EventId(f"{1700000000000 + len(self.decisions)}-0"), 7, self.now, body, who, conversation)
        name = conversation or (self.customers[who].open_conversation if who else None)
        before = self.known.get(name) if name else None
        known = who or (before.customer if before else None)
        context = Context(dict(self.teams), self.settings, self.customers[known] if known else None, self.loads)
        decision = decide(before, event, context, self.book, self.now)
        assert decision == decide(before, event, context, self.book, self.now)
        self._check(body, before, decision)
        self._keep(decision)
        return decision

    def _keep(self, decision: Decision) -> None:
        self.decisions.append(decision)
        self.timers += decision.timers
        self._asked.update(decision.timers)
        assert self.waiting.issuperset(decision.cancelled), "what is cancelled waits, or has fallen due"
        self.waiting = (self.waiting - set(decision.cancelled)) | set(decision.timers)
        self.replies += decision.outbound
        self.look_ups += decision.look_ups
        self.told.update(entry.kind for entry in decision.entries)
        self.tallies.update((each.what, each.became) for each in decision.tallies)
        if decision.customer:
            self.customers[decision.customer.id] = decision.customer
        if decision.conversation:
            after = self.known[decision.conversation.id] = decision.conversation
            assert wire.decode(Conversation, wire.encode(after)) == after
            self._check_awaited(after)
            self._check_kept(after)

    def _check(self, body: Body, before: Conversation | None, decision: Decision) -> None:
        after = decision.conversation
        if after is None:
            assert (decision.entries, decision.outbound, decision.timers, decision.waits) == ((), (), (), ())
            return
        # An offer outside of the hours, which ops have changed, is refused and puts the call off.
        assert decision.outcome.kind is OutcomeKind.DONE or decision.outcome.reason == "not_ready"
        assert after.revision == (before.revision if before else 0) + 1
        # How far a call has come is told once something has come of it.
        assert decision.entries or isinstance(body, CallReported), "every change is a timeline entry"
        kinds = {entry.kind for entry in decision.entries}
        if before:
            assert before.id == after.id
            way = ConversationState.OPEN if EntryKind.REOPENED in kinds else before.state
            assert way is before.state or way in LAWFUL_MOVES[before.state]
            assert after.state is way or after.state in LAWFUL_MOVES[way]
        self._check_owner(body, before, after, kinds)
        self._check_due(body, before, after)
        self._check_promises(before, after, decision)
        self._check_elsewhere(body, decision)
        self._check_ladder(body, before, after, decision)
        self._check_acknowledged(body, before, after, decision)
        for entry in decision.entries:
            if entry.kind is EntryKind.DEADLINE_MISSED:
                late = (after.id, entry.detail["kind"], entry.detail["due_at"])
                assert late not in self._missed, "a deadline is missed once"
                self._missed.add(late)

    def _check_owner(self, body: Body, before: Conversation | None, after: Conversation, kinds: set[EntryKind]) -> None:
        """The owner is a team that exists; where it was removed, it stays the owner until the customer writes."""
        is_moved = before is not None and before.ownership.team != after.ownership.team
        assert is_moved == (EntryKind.TRANSFERRED in kinds)
        is_routed = isinstance(body, MessageArrived) and EntryKind.EDITED not in kinds
        if is_moved or is_routed:
            assert after.ownership.team in self.teams

    def _check_due(self, body: Body, before: Conversation | None, after: Conversation) -> None:
        """No message puts off, or ends, what is due while the conversation stays with its owner."""
        if isinstance(body, MessageArrived) and before and before.ownership == after.ownership:
            due = {deadline.target.kind: deadline.due_at for deadline in after.deadlines}
            assert all(due[each.target.kind] <= each.due_at for each in before.deadlines)

    def _check_kept(self, after: Conversation) -> None:
        """Deadlines: one of each kind, of what the team owes, each with its timer; none without its reason."""
        kinds = [deadline.target.kind for deadline in after.deadlines]
        kinds += [after.paused.target.kind] if after.paused else []
        assert len(kinds) == len(set(kinds))
        assert not (kinds and not after.is_queued)
        assert after.paused is None or after.state is ConversationState.PENDING
        set_for = {(t.kind, t.subject, t.due_at) for t in self._asked if t.conversation == after.id}
        for deadline in after.deadlines:
            kind, due_at = deadline.target.kind, deadline.due_at
            assert (TimerKind.DEADLINE, kind, due_at) in set_for, "what runs has a timer"
            assert kind in {target.kind for target in after.sla}
            assert (
                deadline.missed_at
                or kind is not DeadlineKind.RESOLUTION
                or (after.state is not ConversationState.PENDING or due_at < self.now)
            )

    def _check_promises(self, before: Conversation | None, after: Conversation, decision: Decision) -> None:
        """Each that is open waits for something and is never lost; each is counted once, as kept or as broken.

        Of one that is late the customer is told, by the call if it is one, or in the morning, or it is before the
        supervisors.
        """
        known = {each.id: each for each in (before.promises if before else ())}
        assert {each.id for each in known.values() if each.is_open} <= {each.id for each in after.promises}
        assert not (after.is_closed and any(each.is_open for each in after.promises))
        expected: Counter[str] = Counter()
        for promise in after.promises:
            assert promise.is_open == bool([*waits(promise)])
            was = known.get(promise.id)
            assert was is None or was.is_open or was == promise
            is_new = was is None or was.is_open
            expected["broken"] += bool(promise.broken_at) and not (was and was.broken_at)
            expected["kept"] += is_new and promise.state is PromiseState.KEPT and promise.broken_at is None
        counted = Counter(each.became for each in decision.tallies if each.what in ("promise", "visit"))
        assert counted == +expected
        for entry in decision.entries:
            if entry.kind is EntryKind.PROMISE and entry.detail["state"] == "late":
                is_told = entry.detail.get("told") or entry.detail.get("until") or entry.detail["kind"] == "call"
                assert is_told or after.is_escalated

    def _check_awaited(self, after: Conversation) -> None:
        """Of its timers there are those from which something comes, and no others but for what nobody has fetched."""
        mine = {timer for timer in self.waiting if timer.conversation == after.id}
        assert {timer for timer in mine if timer.kind is not TimerKind.UNDELIVERED} == set(awaited(after))

    def _check_ladder(self, body: Body, before: Conversation | None, after: Conversation, decision: Decision) -> None:
        """A ladder goes up step by step, and no further once somebody acted; only rules begin another."""
        if has_acted(body):
            self._acted.add(after.id)
        if after.ladder and (before is None or before.ladder is None or before.ladder.rule != after.ladder.rule):
            assert isinstance(body, MessageArrived | DirectoryAnswered | CallWanted)
            self._acted.discard(after.id)
        assert not ((after.ladder or after.former_ladders) and after.id in self._acted)
        rules = [each.rule for each in (after.ladder, *after.former_ladders) if each]
        assert len(rules) == len(set(rules))
        for entry in decision.entries:
            if entry.kind is EntryKind.LADDER:
                assert after.id not in self._acted
                assert before
                assert before.ladder
                climbed = (after.id, before.ladder.generation)
                self._steps[climbed] += 1
                assert int(entry.detail["step"]) == self._steps[climbed]
                assert after.priority.rank <= before.priority.rank
        assert not (before and before.is_escalated) or after.is_escalated or isinstance(body, Resolved)

    def _check_acknowledged(
        self, body: Body, before: Conversation | None, after: Conversation, decision: Decision
    ) -> None:
        """Once a conversation, once a day by mail, never to a machine; and what was owed is owed as before."""
        for message in decision.outbound:
            told = next((entry.detail for entry in decision.entries if entry.message == message.id), {})
            if message.order or told.get("automatic") == "callback" or ELSEWHERE in told:
                continue
            if not message.is_automatic:
                assert not isinstance(body, MessageArrived)
                continue
            if isinstance(body, TimerDue):
                self._check_care(body, before, after, message)
                continue
            if _automatic(decision, message) != "acknowledgement":
                continue
            assert isinstance(body, MessageArrived)
            assert not body.message.is_automatic
            assert message.recipient == body.message.sender
            assert message.text in HEARD.values()
            assert message.subject == ""
            assert after.id not in self._acknowledged
            self._acknowledged.add(after.id)
            assert after.waiting_since is not None
            assert after.state in (ConversationState.NEW, ConversationState.OPEN)
            if message.recipient.kind == "email":
                last = self._mailed.get(after.customer)
                assert last is None or self.now - last >= DAY
                self._mailed[after.customer] = self.now

    def _check_care(
        self, body: TimerDue, before: Conversation | None, after: Conversation, message: OutboundMessage
    ) -> None:
        """What time alone has Hilo write: to nobody by night, to no machine, of nothing that they wrote."""
        if body.timer not in (TimerKind.FOLLOW_UP, TimerKind.SILENCE):
            return
        assert 8 <= self.now.astimezone(ZoneInfo(self.book.calls.zone)).hour < 21
        assert message.recipient.kind != PHONE
        assert (message.subject, message.quotation) == ("", None)
        assert not any(target.silent for target in after.targets if target.handle == message.recipient)
        assert before
        assert (after.ownership, after.state, after.waiting_since) == (
            before.ownership,
            before.state,
            before.waiting_since,
        )
        if body.timer is TimerKind.SILENCE:
            assert after.is_queued
            assert after.silence
            assert after.silence.filled <= MOST_FILLED

    def _check_elsewhere(self, body: Body, decision: Decision) -> None:
        """What the visitor has fetched, or was sent to their address once, is not sent there again."""
        if isinstance(body, DeliveryReported) and body.receipt.state is DeliveryState.DELIVERED:
            self._settled.add(body.receipt.message)
        for entry in decision.entries:
            if original := entry.detail.get(ELSEWHERE):
                assert original not in self._settled
                self._settled.add(original)
                self.told[ELSEWHERE] += 1


def _automatic(decision: Decision, message: OutboundMessage) -> str:
    """What kind of automatic message the timeline calls `message`."""
    return next((entry.detail.get("automatic", "") for entry in decision.entries if entry.message == message.id), "")


def whole_life() -> str:
    """One conversation from its first message to its end: a line for each decision upon it."""
    story = Story()
    name = story.hears("Mi factura está mal, es urgente").id
    until = MONDAY + timedelta(hours=5)
    commands = (Claimed(BETO), NoteAdded(BETO, "mirar"), Snoozed(ANA, until), Released(ANA), ReplyWritten(ANA, "Hola"))
    for command in (*commands, Transferred(ANA, SALES, "quiere comprar"), ReplyWritten(ANA, "Buenas")):
        story.happens(command, name)
    story.happens(AddressGiven(MAILBOX, ADA))
    story.is_reported(story.replies[1], DeliveryState.FAILED)
    story.hears("quiero comprar", names=ConversationId("c-07-other"))
    story.passes(2 * HOUR)
    story.hears("quiero darme de baja y pagar mi factura")
    story.passes(DAY)
    del story.teams[SALES]
    story.hears("es urgente")
    story.happens(Resolved(ANA), name)
    for timer in tuple(story.timers):
        story.falls_due(timer)
    return "\n".join(wire.encode(decision).decode() for decision in story.decisions)


def _who(body: Customers) -> CustomerId:
    if isinstance(body, DirectoryAnswered):
        return body.customer
    return CUSTOMERS[_sender(body)]


def _sender(body: MessageArrived | MessageWithdrawn | AddressGiven | CallWanted) -> Handle:
    match body:
        case MessageArrived(message):
            return message.sender
        case MessageWithdrawn(sender=sender) | AddressGiven(source=sender) | CallWanted(source=sender):
            return sender
