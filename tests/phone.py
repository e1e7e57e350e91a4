"""A story about calls, for tests of the pure core: who asks, who is asked, what providers say."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from router.core.calls.when import ringing
from router.model.calendar import Calendar
from router.model.call import Call, CallReport, CallStatus
from router.model.conversation import Callback, Conversation
from router.model.decision import Decision, EntryKind, Timer
from router.model.event import (
    CallbackSet,
    CallDeclined,
    CallLogged,
    CallOffered,
    CallReported,
    CallTaken,
    CallWanted,
    CallWrapped,
    TimerKind,
)
from router.model.ids import CallbackId, ConversationId, MessageId
from router.model.message import ChannelName, Handle, OutboundMessage
from router.model.policy import CallPolicy
from router.model.promise import Tally
from router.model.team import Agent
from rules.engine import RuleBook
from tests.core import ANA, BETO, CARE
from tests.story import ADA, BOOK, CUSTOMERS, RINGER, Story

PANAMA = RINGER
ZONE = ZoneInfo("America/Panama")
POLICY = CallPolicy(zone="America/Panama")
# Both may act for the team that owns what nobody has a rule for.
DORA = replace(BETO, id="dora", name="Dora", teams=frozenset({CARE}), phone="sip:dora@pbx")
ANA_ = replace(ANA, phone="sip:ana@pbx")
NOON = datetime(2026, 11, 23, 12, tzinfo=ZONE)


def at_panama(text: str) -> datetime:
    """The instant at which the clock in Panama shows `text`."""
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def HOURS(number: Handle, policy: CallPolicy = POLICY) -> Calendar:  # noqa: N802
    """When the phone of `number` may ring."""
    return ringing(number, policy).hours


class PhoneStory(Story):
    """A story, and what the dispatcher, agents and a provider do in it."""

    def __init__(self, policy: CallPolicy = POLICY, now: datetime = NOON) -> None:
        super().__init__(_book(policy), now)
        self.policy = policy

    def rules(self, **changes: Any) -> None:
        """Ops change the policy."""
        self.policy = CallPolicy(**{"zone": self.policy.zone, **changes})
        self.book = _book(self.policy)

    def owed(self, number: Handle = PANAMA, sender: Handle = ADA) -> ConversationId:
        """The conversation of the sender, with a call that is owed."""
        name = self.hears("Hola", sender).id
        self.happens(CallbackSet(ANA, number), name)
        return name

    def wants(self, **more: Any) -> Conversation:
        """The visitor's conversation once they have asked for a call."""
        body = CallWanted(ADA, ChannelName("webchat"), **({"number": PANAMA} | more))
        after = self.happens(body).conversation
        assert after
        return after

    def callback(self, name: ConversationId) -> Callback | None:
        """The call that is owed or offered there."""
        return self.known[name].callback

    def call(self, name: ConversationId) -> Call:
        """The call under way there, or the latest one."""
        found = self.known[name].call
        assert found
        return found

    def offers(self, name: ConversationId, agent: Agent = ANA_, seconds: int = 20) -> Decision:
        """The dispatcher asks `agent`."""
        until = self.now + timedelta(seconds=seconds)
        return self.happens(CallOffered(self._id(name), agent.id, until, agent.name), name)

    def is_offered_at(self, name: ConversationId) -> bool:
        """Whether an agent is asked for it now."""
        callback = self.callback(name)
        return callback is not None and callback.offer is not None

    def takes(self, name: ConversationId, agent: Agent = ANA_) -> Decision:
        """The agent makes the call."""
        return self.happens(CallTaken(agent, self._id(name)), name)

    def declines(self, name: ConversationId, agent: Agent = ANA_) -> Decision:
        """The agent declines it."""
        return self.happens(CallDeclined(agent, self._id(name)), name)

    def reports(self, name: ConversationId, call: MessageId, status: CallStatus, **more: Any) -> Decision:
        """The provider says how far the call has come."""
        return self.happens(CallReported(CallReport(call, status, self.now, **more)), name)

    def hears_of(self, call: MessageId, status: CallStatus, agent: Agent | None = None, who: Handle = ADA) -> Decision:
        """The provider says what became of a call that the customer made, and which agent took it."""
        name = agent.name if agent else ""
        report = CallReport(call, status, self.now, agent=agent.id if agent else None, agent_name=name)
        return self.happens(CallReported(report, PANAMA), whose=CUSTOMERS[who])

    def logs(self, name: ConversationId, status: CallStatus, agent: Agent = ANA_, **more: Any) -> Decision:
        """The agent says so."""
        return self.happens(CallLogged(agent, self.call(name).id, status, **more), name)

    def wraps(self, name: ConversationId, disposition: str, note: str = "", agent: Agent = ANA_) -> Decision:
        """The agent wraps the latest call up."""
        return self.happens(CallWrapped(agent, self.call(name).id, disposition, note), name)

    def calls(self, name: ConversationId, *statuses: CallStatus, agent: Agent = ANA_) -> MessageId:
        """The id of a call that `agent` makes once it is ready, of which the provider says `statuses`."""
        callback = self.callback(name)
        if callback and callback.ready_at and callback.ready_at > self.now:
            self.passes(callback.ready_at - self.now)
        decided = self.takes(name, agent)
        assert decided.conversation, decided.outcome
        call = self.call(name).id
        for status in statuses:
            self.reports(name, call, status)
        return call

    def orders(self) -> list[OutboundMessage]:
        """All calls that were ordered."""
        return [message for message in self.replies if message.order]

    def told_customers(self) -> list[str]:
        """What customers were told by ourselves."""
        return [message.text for message in self.replies if message.is_automatic and not message.order]

    def counted(self) -> list[str]:
        """What was counted of callbacks."""
        tallies: list[Tally] = [tally for decision in self.decisions for tally in decision.tallies]
        return [tally.became for tally in tallies if tally.what == "callback"]

    def states(self, kind: EntryKind = EntryKind.CALL) -> list[str]:
        """What the timelines tell of calls, in order."""
        return [entry.detail.get("state", "") for entry in self.entries(kind)]

    def timers_of(self, *kinds: TimerKind) -> list[Timer]:
        """What is waited for."""
        return sorted((t for t in self.waiting if t.kind in kinds), key=lambda timer: timer.due_at)

    def _id(self, name: ConversationId) -> CallbackId:
        callback = self.callback(name)
        return callback.id if callback else CallbackId("k-07-none")


def _book(policy: CallPolicy) -> RuleBook:
    return RuleBook(CARE, BOOK.rules, calendars=BOOK.calendars, calls=policy)
