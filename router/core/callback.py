"""Calls that rules offer to a customer, or owe them: recorded here; nobody is rung yet."""

from dataclasses import replace
from datetime import datetime

from router.core.step import Step
from router.model.commitment import CallbackKind, CallbackWish
from router.model.conversation import Callback, Conversation
from router.model.decision import EntryKind, TimelineEntry


def asked(
    conversation: Conversation, wish: CallbackWish | None, step: Step
) -> tuple[Conversation, tuple[TimelineEntry, ...]]:
    """`conversation` with the call that is wished for, unless as much is offered or owed already."""
    if wish is None:
        return conversation, ()
    due_at = step.after(wish.calendar, step.now, wish.within) if wish.within is not None else None
    if conversation.callback and not _is_more(conversation.callback, wish.kind, due_at):
        return conversation, ()
    after = replace(conversation, callback=Callback(wish.kind, step.now, due_at))
    detail = {"kind": str(wish.kind)} | ({"due_at": due_at.isoformat()} if due_at else {})
    return after, (step.entry(EntryKind.CALLBACK, detail=detail),)


def still_owed(callback: Callback | None) -> Callback | None:
    """What is left of `callback` once its conversation is resolved: an offer is over, what is owed stays owed."""
    return callback if callback and callback.kind is CallbackKind.SCHEDULE else None


def _is_more(known: Callback, kind: CallbackKind, due_at: datetime | None) -> bool:
    """Whether a call of `kind` by `due_at` is more than what is `known`: owed, not offered; or owed sooner."""
    if kind is CallbackKind.OFFER:
        return False
    if known.kind is CallbackKind.OFFER:
        return True
    return due_at is not None and known.due_at is not None and due_at < known.due_at
