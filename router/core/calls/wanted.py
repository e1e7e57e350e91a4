"""A visitor of a chat asks for a call: in their open conversation, or in a new one that the rules give to a team."""

from msgspec.structs import replace

from router.core import deadlines
from router.core.arrival import begun, reopened, woken
from router.core.calls.asked import wanted
from router.core.calls.words import WANTED
from router.core.facts import facts_of
from router.core.identity.proving import with_sender
from router.core.languages import spoken
from router.core.routing import given, routed_entry
from router.core.step import Step
from router.model.conversation import Conversation, ConversationState, ReplyTarget, with_target
from router.model.customer import Customer
from router.model.decision import Decision, TimelineEntry
from router.model.event import CallWanted
from router.model.message import InboundMessage, Proof


def call_wanted(step: Step, body: CallWanted, customer: Customer) -> Decision:
    """The call as it is asked for; what was resolved is open again, and who has written nothing has an owner now."""
    message = InboundMessage(step.event.id, body.channel, body.account or body.channel, body.source, "", step.now)
    before, entries = (_woken(step.before, step), reopened(step)) if step.before else _begun(step, message, customer)
    decided = wanted(before, body, step)
    if decided.conversation is None:
        return decided
    known = with_sender(decided.customer or customer, message, step.now)
    known = replace(known, open_conversation=before.id)
    return replace(decided, customer=known, entries=(*entries, *decided.entries))


def _woken(before: Conversation, step: Step) -> Conversation:
    """`before`, open again if it was resolved; where we wait for the customer, no written answer is owed for a call."""
    if before.state is not ConversationState.RESOLVED:
        return before
    return replace(woken(before, step), waiting_since=step.now)


def _begun(step: Step, message: InboundMessage, customer: Customer) -> tuple[Conversation, tuple[TimelineEntry, ...]]:
    """A conversation that begins with the wish for a call: what the rules give it, they give it by channel and hour."""
    facts = facts_of(step, message, customer)
    verdict = step.rulebook.route(facts)
    anew = begun(step, message, customer, verdict.route)
    team = step.context.teams.get(anew.ownership.team)
    target = ReplyTarget(message.channel, message.account, message.sender, Proof.NONE, step.now)
    anew = replace(
        with_target(anew, target),
        waiting_since=step.now,
        customer_name=customer.name,
        language=customer.language,
        preview=WANTED[spoken(team.language if team else "")],
    )
    after = deadlines.heard(given(anew, verdict.route, step), step)
    return after, (routed_entry(after, verdict, facts, step),)
