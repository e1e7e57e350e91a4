"""`decide`: one match over the event's kind; each arm lives in the file that its matter names."""

from datetime import datetime

from router.core import amended, arrival, codes, delivery, directory, facts_set, ownership, reply, timers
from router.core.afterwards import afterwards
from router.core.calls import acts
from router.core.calls.wanted import call_wanted
from router.core.context import Context
from router.core.identity import commands, identity
from router.core.identity.passing import as_joined, passed_on
from router.core.identity.waiting import looked_after
from router.core.promises import book as promises
from router.core.refusal import refusal
from router.core.step import Step, decision
from router.model.conversation import Conversation
from router.model.decision import Decision, Outcome, OutcomeKind
from router.model.event import (
    AddressGiven,
    CallWanted,
    Claimed,
    CodeAsked,
    DeliveryReported,
    DirectoryAnswered,
    Event,
    FactDropped,
    FactSet,
    Identity,
    Linked,
    MessageArrived,
    MessageWithdrawn,
    NoteAdded,
    PromiseMade,
    PromiseMoved,
    PromiseSettled,
    Released,
    Reopened,
    ReplyConfirmed,
    ReplyRepeated,
    ReplyWritten,
    Resolved,
    Snoozed,
    SuggestionDropped,
    TimerDue,
    Transferred,
    Unlinked,
)
from rules.engine import RuleBook


def decide(
    conversation: Conversation | None, event: Event, context: Context, rulebook: RuleBook, now: datetime
) -> Decision:
    """All that follows from `event`: the new conversation and the effects, as data.

    `conversation` is the customer's open one for what customers do, the named one for all else. The same input gives
    the same output: no I/O, clock or random source; ids derive from the event's. Raises nothing for lawful input; what
    it raises otherwise makes the event a dead letter.
    """
    decided = _decided(conversation, event, context, rulebook, now)
    return looked_after(decided, event, context.customer, now)


def _decided(
    conversation: Conversation | None, event: Event, context: Context, rulebook: RuleBook, now: datetime
) -> Decision:
    if (elsewhere := passed_on(conversation, event, context.customer)) is not None:
        return elsewhere
    if isinstance(event.body, Identity):
        step = _step(conversation, event, context, rulebook, now)
        return directory.asked_anew(step, identity.decided(step))
    if isinstance(event.body, MessageArrived | MessageWithdrawn | AddressGiven | DirectoryAnswered | CallWanted):
        return _from_customer(conversation, event, context, rulebook, now)
    if conversation is None and isinstance(event.body, DeliveryReported):
        return delivery.reported_late(event, event.body.receipt, now)
    outcome = refusal(conversation, event)
    if conversation is None or outcome.kind is not OutcomeKind.DONE:
        return Decision(outcome)
    step = _step(conversation, event, context, rulebook, now)
    return directory.asked_anew(step, decision(step, afterwards(step, _act(step))))


def _step(conversation: Conversation | None, event: Event, context: Context, rulebook: RuleBook, now: datetime) -> Step:
    return Step(event, context, rulebook, max(now, conversation.updated_at) if conversation else now, conversation)


def _from_customer(
    conversation: Conversation | None, event: Event, context: Context, rulebook: RuleBook, now: datetime
) -> Decision:
    if context.customer is None:
        raise ValueError("what a customer does needs the customer in the context")
    step = _step(conversation, event, context, rulebook, now)
    match event.body:
        case MessageArrived(message) if message.edits and conversation:
            return decision(step, amended.message_edited(step, message))
        case MessageArrived(message):
            message = as_joined(message, context.customer)
            return decision(step, afterwards(step, arrival.message_arrived(step, message, context.customer)))
        case MessageWithdrawn() as body if conversation:
            return decision(step, amended.message_withdrawn(step, body))
        case MessageWithdrawn():
            # The conversation that it was part of is over.
            return Decision(Outcome(OutcomeKind.DONE))
        case AddressGiven() as body:
            return decision(step, arrival.address_given(step, body, context.customer))
        case CallWanted() as body:
            return decision(step, afterwards(step, call_wanted(step, body, context.customer)))
        case DirectoryAnswered() as body:
            return decision(step, afterwards(step, directory.answered(step, body, context.customer)))
    raise AssertionError(event.body)


def _act(step: Step) -> Decision:
    if isinstance(step.event.body, acts.Act):
        return acts.acted(step, step.event.body)
    match step.event.body:
        case ReplyWritten() as body:
            return reply.reply_written(step, body)
        case ReplyConfirmed(agent, message):
            return delivery.reply_confirmed(step, agent, message)
        case ReplyRepeated(agent, message):
            return delivery.reply_repeated(step, agent, message)
        case CodeAsked() as body:
            return codes.code_asked(step, body)
        case FactSet() as body:
            return facts_set.fact_set(step, body)
        case FactDropped() as body:
            return facts_set.fact_dropped(step, body)
        case Linked() as body:
            return commands.linked(step, body)
        case SuggestionDropped() as body:
            return commands.suggestion_dropped(step, body)
        case Unlinked() as body:
            return commands.unlinked(step, body)
        case NoteAdded(agent, text):
            return ownership.note_added(step, agent, text)
        case Claimed(agent):
            return ownership.claimed(step, agent)
        case Released(agent):
            return ownership.released(step, agent)
        case Transferred() as body:
            return ownership.transferred(step, body)
        case Resolved() as body:
            return timers.resolved(step, body)
        case Reopened(agent):
            return timers.reopened(step, agent)
        case Snoozed() as body:
            return timers.snoozed(step, body)
        case PromiseMade() as body:
            return promises.promise_made(step, body)
        case PromiseSettled() as body:
            return promises.promise_settled(step, body)
        case PromiseMoved() as body:
            return promises.promise_moved(step, body)
        case TimerDue() as body:
            return timers.timer_due(step, body)
        case DeliveryReported(receipt, reported):
            return delivery.delivery_reported(step, receipt, reported)
    raise AssertionError(step.event.body)
