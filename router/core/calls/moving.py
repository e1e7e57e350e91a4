"""Calls of conversations that change hands, become one, or are parted again."""

from collections.abc import Collection

from msgspec.structs import replace

from router.core.calls.board import owed
from router.core.step import Step
from router.model.call import Call
from router.model.conversation import Callback, Conversation
from router.model.message import Handle

Shared = tuple[Callback | None, Call | None]


def left_behind(after: Conversation, step: Step) -> Conversation:
    """`after` without what was asked of the former team's agents, if another team owns it since this step."""
    before, callback = step.before, after.callback
    if callback is None or before is None or before.ownership.team == after.ownership.team:
        return after
    anew = replace(callback, wanted=None, offer=None, again_at=None, declined=())
    return replace(after, callback=anew)


def of_both(mine: Conversation, theirs: Conversation) -> Shared:
    """The one call that is owed in two conversations that become one, and the one that is under way, or the latest.

    What is under way stays with its call, so that its reports find both; else what is owed, and what is owed sooner.
    """
    first, second = (theirs, mine) if _weight(theirs) < _weight(mine) else (mine, theirs)
    if first.callback and first.callback.order:
        return first.callback, first.call
    calls = [each.call for each in (mine, theirs) if each.call]
    call = max(calls, key=lambda each: (not each.status.is_over, each.is_busy, each.at), default=None)
    return first.callback or second.callback, call


def parted(
    joined: Conversation, own: Conversation | None, frozen: Conversation | None, handles: Collection[Handle]
) -> tuple[Shared, Shared]:
    """What is owed and under way in `joined`, shared out: what stays there, and what goes to the part with `handles`.

    The part gets what was owed in its `frozen` conversation, or is to its number; a call that is under way stays where
    its reports go. Where both had one owed, and none was made yet, both have theirs again.
    """
    callback, call = joined.callback, joined.call
    is_theirs = callback is not None and not callback.order and _is_of(callback, frozen, handles)
    is_call_theirs = call is not None and call.status.is_over and (call.number in handles or _had(frozen, call))
    stays, goes = (_again(callback, own), callback) if is_theirs else (callback, _again(callback, frozen))
    return (stays, None if is_call_theirs else call), (goes, call if is_call_theirs else None)


def _is_of(callback: Callback, frozen: Conversation | None, handles: Collection[Handle]) -> bool:
    """Whether `callback` is the part's."""
    known = frozen.callback.id if frozen and frozen.callback else None
    return callback.number in handles or (bool(callback.id) and callback.id == known)


def _again(other: Callback | None, former: Conversation | None) -> Callback | None:
    """The call that was owed in the `former` conversation, if the `other` one has stood for both until now."""
    callback = owed(former) if former else None
    if callback is None or other is None or other.id == callback.id:
        return None
    return replace(callback, order=None, offer=None, again_at=None)


def _had(frozen: Conversation | None, call: Call) -> bool:
    return frozen is not None and frozen.call is not None and frozen.call.id == call.id


def _weight(conversation: Conversation) -> tuple[int, float]:
    """The lower, the more is owed: under way, in doubt, owed by when, offered."""
    callback = owed(conversation)
    if callback is None:
        return (3 if conversation.callback else 4), 0.0
    due = callback.due_at.timestamp() if callback.due_at else 0.0
    return (0 if callback.order else 1 if callback.is_in_doubt else 2), due
