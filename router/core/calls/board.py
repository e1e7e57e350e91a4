"""Which conversations the board of calls shows, and in what order: what is under way, then what is ready first."""

from datetime import datetime

from router.model.clock import milliseconds
from router.model.commitment import CallbackKind
from router.model.conversation import Callback, Conversation

AT_WORK = 1
"""Where those stand that have an agent's time: before all others, so that they are read however many calls wait."""


def owed(conversation: Conversation) -> Callback | None:
    """The call that is owed in `conversation`; None where none is, or one is only offered."""
    callback = conversation.callback
    return callback if callback and callback.kind is CallbackKind.SCHEDULE else None


def board_score(conversation: Conversation) -> int | None:
    """Where it stands: first if it has an agent's time, else at the instant, in ms, from which agents may be asked.

    None where it does not: no call is owed, under way or still to be wrapped up, or it is over, or part of another.
    """
    if conversation.is_closed or conversation.part_of:
        return None
    if _is_at_work(conversation):
        return AT_WORK
    at = _ready(owed(conversation))
    return milliseconds(at) if at else None


def _ready(callback: Callback | None) -> datetime | None:
    # Rules of before wished for calls that nobody was to make.
    if callback is None or not callback.id:
        return None
    return callback.ready_at or callback.from_at or callback.asked_at


def _is_at_work(conversation: Conversation) -> bool:
    """Whether somebody is asked to call, calls, or has still to wrap up."""
    callback, call = owed(conversation), conversation.call
    is_under_way = call is not None and (call.is_busy or not call.status.is_over)
    return is_under_way or (callback is not None and bool(callback.offer or callback.order))
