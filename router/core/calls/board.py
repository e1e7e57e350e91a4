"""Which conversations the board of calls shows, and in what order: what is ready first."""

from datetime import datetime

from router.model.clock import milliseconds
from router.model.commitment import CallbackKind
from router.model.conversation import Callback, Conversation


def owed(conversation: Conversation) -> Callback | None:
    """The call that is owed in `conversation`; None where none is, or one is only offered."""
    callback = conversation.callback
    return callback if callback and callback.kind is CallbackKind.SCHEDULE else None


def board_score(conversation: Conversation) -> int | None:
    """Where it stands, in ms: a call that is owed where agents may be asked, another one at its latest change.

    None where it does not: no call is owed, under way or still to be wrapped up, or it is over, or part of another.
    """
    if conversation.is_closed or conversation.part_of:
        return None
    at = _ready(owed(conversation)) or _at_work(conversation)
    return milliseconds(at) if at else None


def _ready(callback: Callback | None) -> datetime | None:
    # Rules of before wished for calls that nobody was to make.
    if callback is None or not callback.id:
        return None
    return callback.ready_at or callback.from_at or callback.asked_at


def _at_work(conversation: Conversation) -> datetime | None:
    call = conversation.call
    return call.at if call and (call.is_busy or not call.status.is_over) else None
