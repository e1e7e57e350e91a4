"""Calls that rules offer to a customer, or owe them: recorded here; nobody is rung yet."""

from datetime import datetime

from msgspec.structs import replace

from router.core.step import Step
from router.model.commitment import CallbackKind, CallbackWish
from router.model.conversation import Callback, Conversation
from router.model.decision import EntryKind, TimelineEntry


def asked(
    conversation: Conversation, wish: CallbackWish | None, step: Step
) -> tuple[Conversation, tuple[TimelineEntry, ...]]:
    """`conversation` with the call that is wished for, unless as much is offered or still to come already."""
    if wish is None:
        return conversation, ()
    due_at = step.after(wish.calendar, step.now, wish.within) if wish.within is not None else None
    if conversation.callback and not _is_more(conversation.callback, wish.kind, due_at, step.now):
        return conversation, ()
    after = replace(conversation, callback=Callback(wish.kind, step.now, due_at))
    return after, (step.entry(EntryKind.CALLBACK, detail=_detail(wish.kind, due_at)),)


def still_owed(callback: Callback | None) -> Callback | None:
    """What is left of `callback` once its conversation is resolved: an offer is over, what is owed stays owed."""
    return callback if callback and callback.kind is CallbackKind.SCHEDULE else None


def left_owing(conversation: Conversation, step: Step) -> tuple[TimelineEntry, ...]:
    """What the timeline tells of a call that is still owed when `conversation` closes."""
    callback = still_owed(conversation.callback)
    if callback is None:
        return ()
    detail = _detail(callback.kind, callback.due_at) | {"state": "still_owed"}
    return (step.entry(EntryKind.CALLBACK, detail=detail),)


def _detail(kind: CallbackKind, due_at: datetime | None) -> dict[str, str]:
    return {"kind": str(kind)} | ({"due_at": due_at.isoformat()} if due_at else {})


def _is_more(known: Callback, kind: CallbackKind, due_at: datetime | None, now: datetime) -> bool:
    """Whether a call of `kind` by `due_at` is more than what is `known`: owed, not offered; or owed sooner.

    One whose instant has passed keeps nobody from owing another.
    """
    if kind is CallbackKind.OFFER:
        return False
    if known.kind is CallbackKind.OFFER:
        return True
    return due_at is not None and known.due_at is not None and (known.due_at < now or due_at < known.due_at)
