"""What became of a reply; and of one that may not have arrived, what a person chooses: it did, or it leaves again."""

from datetime import datetime

from msgspec.structs import replace

from router.core import deadlines
from router.core.calls.reports import delivered, is_order
from router.core.reply import leaving
from router.core.step import Step, changed, refused
from router.model.conversation import UNREACHED_KEPT, Conversation, ConversationState, Unreached, moved
from router.model.decision import Decision, EntryKind, Outcome, OutcomeKind, TimelineEntry
from router.model.event import Event
from router.model.ids import MessageId, message_id
from router.model.message import DeliveryState, OutboundMessage, Receipt
from router.model.team import Agent

LOST = (DeliveryState.FAILED, DeliveryState.UNCONFIRMED)


def delivery_reported(step: Step, receipt: Receipt, message: OutboundMessage | None) -> Decision:
    """The receipt in the timeline; what did not reach the customer gives the conversation back to its team."""
    conversation = step.conversation
    if is_order(conversation, receipt, message):
        return delivered(step, receipt)
    entry = step.entry(EntryKind.DELIVERY, message=receipt.message, detail=_told(receipt))
    if receipt.state in LOST:
        return changed(
            _lost(conversation, receipt, message, step) if _is_answer(conversation, receipt, message) else conversation,
            entry,
        )
    if receipt.state is DeliveryState.DELIVERED:
        awaiting = tuple(m for m in conversation.awaiting if m.id != receipt.message)
        conversation = replace(conversation, awaiting=awaiting)
    return changed(_reached(conversation, receipt.message, step), entry)


def reported_late(event: Event, receipt: Receipt, now: datetime) -> Decision:
    """The receipt as the one entry, for a conversation that has gone to history: there it is told at the end."""
    entry = TimelineEntry(f"{event.id}.0", EntryKind.DELIVERY, now, message=receipt.message, detail=_told(receipt))
    return Decision(Outcome(OutcomeKind.DONE, event.conversation), entries=(entry,))


def reply_confirmed(step: Step, agent: Agent, message: MessageId) -> Decision:
    """The unconfirmed reply counts as delivered, on the agent's word."""
    found = _unreached(step.conversation, message)
    if found is None:
        return refused("already_settled")
    if found.state is not DeliveryState.UNCONFIRMED:
        return refused("did_not_leave")
    detail = {"state": str(DeliveryState.DELIVERED)}
    entry = step.entry(EntryKind.DELIVERY, actor=agent.name, message=message, detail=detail)
    return changed(_reached(step.conversation, message, step), entry)


def reply_repeated(step: Step, agent: Agent, message: MessageId) -> Decision:
    """The same words to the same place, as a new message that names the old one, which is settled by that."""
    found = _unreached(step.conversation, message)
    if found is None:
        return refused("already_settled")
    again = replace(found.message, id=message_id(step.event.id, step.event.partition), created_at=step.now)
    return leaving(step, _without(step.conversation, message), again, agent, {"again": message})


def _told(receipt: Receipt) -> dict[str, str]:
    return {"state": str(receipt.state)} | ({"reason": receipt.reason} if receipt.reason else {})


def _is_answer(conversation: Conversation, receipt: Receipt, message: OutboundMessage | None) -> bool:
    """Whether an agent wrote it; what Hilo wrote by itself is none: whether it arrived or not, the same is owed."""
    asked, said = conversation.follow_up, conversation.silence
    by_itself = (conversation.acknowledgement, asked and asked.message, said and said.message)
    return receipt.message not in by_itself and not (message and message.is_automatic)


def _lost(conversation: Conversation, receipt: Receipt, message: OutboundMessage | None, step: Step) -> Conversation:
    """Nobody may believe that the customer was told: what waited for them, or was done, is owed again."""
    after = _given_back(conversation, step)
    known = _unreached(conversation, receipt.message)
    message = message or (known.message if known else None)
    # Known by its receipt alone, it can't be sent again: there are only its words, in the timeline, to write anew.
    if message is None:
        return after
    gave_back = after is not conversation or _is_owed_for(conversation.unreached, conversation)
    standing = (after.turn, after.messages, receipt.reason) if gave_back else (None, None, receipt.reason)
    others = _without(after, receipt.message).unreached
    lost = Unreached(message, receipt.state, *standing)
    return replace(after, unreached=(*others, lost)[-UNREACHED_KEPT:])


def _given_back(conversation: Conversation, step: Step) -> Conversation:
    if conversation.state in (ConversationState.NEW, ConversationState.OPEN, ConversationState.CLOSED):
        return conversation
    after = deadlines.owed_again(moved(conversation, ConversationState.OPEN), step)
    after = replace(after, waiting_since=step.now, turn=after.turn + 1, snoozed_until=None)
    return replace(after, resolved_at=None, closes_at=None)


def _reached(conversation: Conversation, message: MessageId, step: Step) -> Conversation:
    """`conversation` once it is known that `message` arrived; where only that was owed, we wait for the customer."""
    found = _unreached(conversation, message)
    if found is None:
        return conversation
    after = _without(conversation, message)
    if after.state is not ConversationState.OPEN or not _is_owed_for((found,), after):
        return after
    if _is_owed_for(after.unreached, after):
        return after
    return replace(moved(deadlines.answered(after, step), ConversationState.PENDING), waiting_since=None)


def _is_owed_for(lost: tuple[Unreached, ...], conversation: Conversation) -> bool:
    """Whether the team owes something because of one of `lost`, and for no other reason: nobody has written since."""
    return any((each.turn, each.messages) == (conversation.turn, conversation.messages) for each in lost)


def _unreached(conversation: Conversation, message: MessageId) -> Unreached | None:
    return next((each for each in conversation.unreached if each.message.id == message), None)


def _without(conversation: Conversation, message: MessageId) -> Conversation:
    return replace(conversation, unreached=tuple(each for each in conversation.unreached if each.message.id != message))
