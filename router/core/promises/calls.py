"""A call that was promised is one that is owed: it goes to the agents who call, and is kept once people have talked."""

from msgspec.structs import replace

from router.core.calls.board import owed
from router.core.calls.orders import is_under_way
from router.core.calls.owed import DROPPED, callback_entry, owed_for_promise, without
from router.core.calls.owed import settled as call_settled
from router.core.promises import looks
from router.core.promises.record import Done, open_promises, promise_entry, settled, with_promise
from router.core.step import Step
from router.model.call import CallbackReason, CallStatus
from router.model.conversation import Callback, Conversation
from router.model.event import Identity
from router.model.promise import Promise, PromiseKind, PromiseState

# What people hear from us on the line is a word from us too.
BY_A_CALL = (PromiseKind.CALL, PromiseKind.WORD)


def is_called(conversation: Conversation, promise: Promise) -> bool:
    """Whether the call that was promised is owed as such: whoever is late with it tells the customer then."""
    callback = owed(conversation)
    return promise.kind is PromiseKind.CALL and callback is not None and bool(callback.id)


def with_call(conversation: Conversation, promise: Promise, step: Step) -> Done:
    """`conversation` with the call of `promise`, if it is one: its agent's to make, by then.

    None is owed where no phone may ring by then, or while a call is under way: the promise is chased all the same.
    """
    if promise.kind is not PromiseKind.CALL or is_under_way(conversation):
        return Done(conversation)
    found = owed_for_promise(conversation, promise, step)
    return Done(*found) if found else Done(conversation)


def without_call(done: Done, promise: Promise, step: Step, actor: str) -> Done:
    """What was done about `promise`, with its call settled too: made by other means, or owed no more."""
    callback = owed(done.conversation)
    if promise.kind is PromiseKind.CALL and callback and _is_promised(callback.later):
        # A line fell before it: that one is owed all the same.
        return Done(replace(done.conversation, callback=replace(callback, later=None)), done.entries, done.tallies)
    is_its_own = promise.kind is PromiseKind.CALL and _is_promised(callback)
    if not is_its_own or is_under_way(done.conversation):
        return done
    if promise.state is PromiseState.KEPT:
        return done.then(Done(*call_settled(done.conversation, step)))
    entry = callback_entry(done.conversation, DROPPED, step, actor=actor)
    return done.then(Done(without(done.conversation), (entry,)))


def followed(before: Conversation | None, after: Conversation, step: Step) -> Done:
    """`after` with the promised calls as they stand by now: kept, as one was talked; none, or at another time."""
    done = Done(after)
    for promise in open_promises(after):
        if promise.kind in BY_A_CALL and before:
            done = done.then(_followed(before, done.conversation, promise, step))
    return done


def _followed(before: Conversation, after: Conversation, promise: Promise, step: Step) -> Done:
    is_for_later = promise.kind is PromiseKind.CALL and promise.from_at is not None and promise.from_at > step.now
    if _is_talked(after) and not _is_talked(before) and not is_for_later:
        return settled(after, promise, PromiseState.KEPT, step)
    was, now = owed(before), owed(after)
    if promise.kind is not PromiseKind.CALL or was is None or isinstance(step.event.body, Identity):
        return Done(after)
    if now is None:
        # An agent said so, or nobody could be reached: then the customer was told, and offered other times.
        return settled(after, promise, PromiseState.DROPPED, step)
    is_moved = was.id == now.id and was.due_at != now.due_at and now.due_at != promise.due_at
    # What is late by now is told and counted first.
    if not is_moved or now.due_at is None or now.due_at <= step.now or promise.due_at <= step.now:
        return Done(after)
    moved = looks.begun(replace(promise, due_at=now.due_at), step)
    return Done(with_promise(after, moved), (promise_entry(step, moved, "moved"),))


def _is_promised(callback: Callback | None) -> bool:
    return callback is not None and callback.reason is CallbackReason.PROMISE


def _is_talked(conversation: Conversation) -> bool:
    """Whether people talked in the latest call, and it is over: one that fell is made again without asking."""
    call = conversation.call
    return call is not None and call.status in (CallStatus.ENDED, CallStatus.DROPPED) and call.answered_at is not None
