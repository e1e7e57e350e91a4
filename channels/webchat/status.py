"""What a visitor is told of their conversation: who answers, their place in the queue, how soon. Pure."""

from datetime import datetime, timedelta

from channels.webchat.frames import CallStage, CallTold, ConversationStage, Status
from channels.webchat.normalise import handle_of
from router.model.clock import milliseconds
from router.model.commitment import CallbackKind
from router.model.conversation import Conversation, ConversationState
from router.model.customer import Customer

MINUTE = 60
# Who has to wait for longer, or nobody knows for how long, is offered a call or a mail from us.
LONG_WAIT = 10 * MINUTE
OURS = (ConversationState.NEW, ConversationState.OPEN)


def stage_of(conversation: Conversation) -> ConversationStage:
    """Where the conversation stands, in the visitor's words."""
    match conversation.state:
        case ConversationState.CLOSED:
            return ConversationStage.NONE
        case ConversationState.RESOLVED:
            return ConversationStage.RESOLVED
        case ConversationState.PENDING:
            return ConversationStage.ANSWERED
    if conversation.waiting_since is None:
        return ConversationStage.ANSWERED
    return ConversationStage.TAKEN if conversation.assignee else ConversationStage.WAITING


def has_place(conversation: Conversation) -> bool:
    """Whether the conversation has a place among those that wait: a snoozed one waits, but stands in no queue."""
    return stage_of(conversation) is ConversationStage.WAITING and conversation.state in OURS


def status_of(
    conversation: Conversation, visitor: str, team: str, *, ahead: int | None, wait: int | None, has_address: bool
) -> Status:
    """The status of `conversation`: `ahead` are to be answered before it, `wait` is how long it has to wait yet."""
    is_placed = has_place(conversation)
    heard = next((target.at for target in conversation.targets if target.handle == handle_of(visitor)), None)
    return Status(
        state=stage_of(conversation),
        team=team,
        place=ahead + 1 if is_placed and ahead is not None else None,
        wait=wait if is_placed else None,
        heard=milliseconds(heard) if heard else 0,
        has_address=has_address or conversation.address is not None,
        call=call_of(conversation),
        is_long=is_placed and (wait is None or wait >= LONG_WAIT),
    )


def call_of(conversation: Conversation) -> CallTold | None:
    """The visitor's call: the one under way, the one that is owed, or the one that they may ask for."""
    callback, call = conversation.callback, conversation.call
    if call and not call.status.is_over:
        return CallTold(CallStage.UNDER_WAY, number=call.number.address[-4:])
    if callback is None:
        return None
    if callback.kind is CallbackKind.OFFER or callback.number is None:
        return CallTold(CallStage.OFFERED)
    start, end = callback.from_at or callback.ready_at, callback.due_at
    return CallTold(
        CallStage.OWED,
        milliseconds(start) if start else None,
        milliseconds(end) if end else None,
        callback.number.address[-4:],
    )


def wait_left(usual: int | None, waiting_since: datetime | None, now: datetime) -> int | None:
    """The seconds, in whole minutes, of the `usual` wait that are left; None once it has lasted longer than usual.

    Nobody is told "one minute" for an hour: what is not known is not said.
    """
    if usual is None or waiting_since is None:
        return None
    left = usual - int((now - waiting_since) / timedelta(seconds=1))
    return None if left <= 0 else -(-left // MINUTE) * MINUTE


def has_mail(customer: Customer | None) -> bool:
    """Whether the customer has told an address for mail before."""
    return customer is not None and any(link.handle.kind == "email" for link in customer.links)
