"""How a conversation stands with its call: whether an agent can be asked for it, and which agent is at work on it."""

from dataclasses import dataclass
from datetime import datetime

from router.model.call import CallbackReason, CallStatus
from router.model.commitment import CallbackKind
from router.model.conversation import Callback, Conversation
from router.model.ids import AgentId, CallbackId, ConversationId


@dataclass(frozen=True, slots=True)
class AtWork:
    """The conversation and the callback that have an agent's time; `until` of an offer, None once it is a call."""

    conversation: ConversationId
    callback: CallbackId | None
    until: datetime | None = None


def ready(conversation: Conversation, now: datetime) -> Callback | None:
    """The call of `conversation` that an agent may be asked to make at `now`; None where there is none.

    Nobody is asked while another is, while a call is under way, or while it is not known whether the customer was rung.
    """
    callback, call = conversation.callback, conversation.call
    if callback is None or not is_owed(callback) or conversation.is_closed or conversation.part_of:
        return None
    if callback.offer or callback.order or callback.is_in_doubt or (ready_at(callback) > now):
        return None
    return None if call and not call.status.is_over else callback


def is_owed(callback: Callback) -> bool:
    """Whether it is a call to be made: one that is only offered to the customer is none, nor one without a number."""
    return callback.kind is CallbackKind.SCHEDULE and bool(callback.id) and callback.number is not None


def ready_at(callback: Callback) -> datetime:
    """Since when agents may be asked for it."""
    return callback.ready_at or callback.from_at or callback.asked_at


def at_work(conversation: Conversation) -> dict[AgentId, AtWork]:
    """Who is asked to call, calls, or has still to wrap up in `conversation`."""
    callback, call = conversation.callback, conversation.call
    found = {}
    if call and call.agent and (call.is_busy or not call.status.is_over):
        found[call.agent] = AtWork(conversation.id, call.callback)
    if callback and callback.offer:
        found[callback.offer.agent] = AtWork(conversation.id, callback.id, callback.offer.until)
    return found


def away(conversation: Conversation) -> tuple[datetime, AgentId] | None:
    """Whose own phone was not answered for the latest call, and when that was known."""
    call = conversation.call
    if call and call.agent and call.status is CallStatus.AGENT_AWAY:
        return call.ended_at or call.at, call.agent
    return None


def urgency(conversation: Conversation, now: datetime) -> tuple[int, float, int, float, str]:
    """By what calls that may be made are sorted: late ones, those whose line fell, then by deadline, then by priority.

    The last is the id, so that the order is the same whoever looks.
    """
    callback = conversation.callback
    assert callback is not None, "only what has a call is put into an order"
    due = callback.due_at.timestamp() if callback.due_at else float("inf")
    rank = 0 if is_late(callback, now) else 1 if callback.reason is CallbackReason.DROPPED else 2
    return rank, due, conversation.priority.rank, ready_at(callback).timestamp(), conversation.id


def is_late(callback: Callback, now: datetime) -> bool:
    """Whether the instant that was promised has passed, be it before a new one was told."""
    return callback.broken_at is not None or (callback.due_at is not None and callback.due_at < now)
