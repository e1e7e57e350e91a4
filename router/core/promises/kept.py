"""What becomes of promises by other things that happen: a reply keeps a word and makes the next promise, and so on."""

from datetime import datetime, timedelta

from msgspec.structs import replace

from router.core.guard.judged import Judged
from router.core.guard.kinds import kind_of
from router.core.promises import calls, looks
from router.core.promises.found import LONGEST, is_hour, words_of
from router.core.promises.record import (
    Done,
    open_promises,
    promise_entry,
    settled,
    with_promise,
)
from router.core.promises.rest import kept_open
from router.core.step import Step
from router.model.conversation import Conversation
from router.model.decision import TimelineEntry
from router.model.event import ReplyWritten
from router.model.finding import Finding
from router.model.ids import promise_id
from router.model.promise import PROMISES_KEPT, Promise, PromiseKind, PromiseState

# One that is promised again is moved: there is one call to make, and one technician to come.
ONE_AT_A_TIME = (PromiseKind.CALL, PromiseKind.VISIT)
# So long before the hour that was named a call may be made.
AROUND = timedelta(minutes=15)


def has_room(conversation: Conversation, reply: ReplyWritten | None) -> bool:
    """Whether what `reply` promises can be recorded: the words that it keeps make room."""
    left = [each for each in open_promises(conversation) if each.kind is not PromiseKind.WORD]
    return reply is None or reply.promise is None or len(left) < PROMISES_KEPT


def with_reply(conversation: Conversation, reply: ReplyWritten | None, read: Judged, step: Step) -> Done:
    """`conversation` once a reply has left: a word that was promised is kept, and what the author confirmed is owed."""
    done = Done(conversation)
    for promise in open_promises(conversation):
        if promise.kind is PromiseKind.WORD:
            done = done.then(settled(done.conversation, promise, PromiseState.KEPT, step))
    if reply is None or reply.promise is None:
        return done
    return done.then(promised(done.conversation, _promise(reply, read, step), step))


def still_owed(conversation: Conversation, step: Step) -> tuple[Conversation, tuple[TimelineEntry, ...]]:
    """`conversation` as it is resolved: what was promised stays owed, and keeps it from closing until it is over."""
    entries = tuple(promise_entry(step, each, "still_owed") for each in open_promises(conversation))
    return kept_open(conversation, step), entries


def promised(conversation: Conversation, promise: Promise, step: Step) -> Done:
    """`conversation` with what `promise` says: a new one, or another time for the one that there is."""
    known = [each for each in open_promises(conversation) if each.kind is promise.kind]
    if promise.kind in ONE_AT_A_TIME and known:
        return moved_to(conversation, known[0], promise, step, promise.by_name)
    return _made(conversation, promise, step)


def as_said(promise: Promise, found: Finding) -> Promise:
    """`promise` by the words that it was `found` in: who was told an hour expects the call then, and no sooner."""
    is_then = promise.kind is PromiseKind.CALL and promise.from_at is None and is_hour(found.phrase)
    from_at = promise.due_at - AROUND if is_then else promise.from_at
    return replace(promise, from_at=from_at, vague=found.vague)


def _made(conversation: Conversation, promise: Promise, step: Step) -> Done:
    """`conversation` with `promise` as a new one, and the call of it."""
    anew = looks.begun(promise, step)
    entry = promise_entry(step, anew, "made", actor=promise.by_name)
    return _recorded(Done(with_promise(conversation, anew), (entry,)), anew, step)


def moved_to(conversation: Conversation, known: Promise, to: Promise, step: Step, actor: str) -> Done:
    """`conversation` with `known` at the time of `to`, and its call too; where it was late, it stays counted so."""
    anew = replace(
        known,
        due_at=to.due_at,
        from_at=to.from_at or _begins(known, to.due_at),
        text=to.text or known.text,
        vague=to.vague,
    )
    anew = looks.begun(anew, step)
    entry = promise_entry(step, anew, "moved", actor=actor, detail={"was_due_at": known.due_at.isoformat()})
    return _recorded(Done(with_promise(conversation, anew), (entry,)), anew, step)


def _begins(known: Promise, due_at: datetime) -> datetime | None:
    """From when on what is promised until `due_at` now is to be, where nobody named more.

    The window of a visit, which may have been missed, ends as it begins; a call at an hour stays one at an hour.
    """
    if known.kind is PromiseKind.VISIT:
        return due_at
    return due_at - AROUND if known.kind is PromiseKind.CALL and known.from_at else None


def _recorded(done: Done, promise: Promise, step: Step) -> Done:
    """What was done, with the call of `promise`, and its conversation open as long as that is owed."""
    done = done.then(calls.with_call(done.conversation, promise, step))
    return Done(kept_open(done.conversation, step), done.entries, done.tallies)


def _promise(reply: ReplyWritten, read: Judged, step: Step) -> Promise:
    """What the author confirmed, by the words that it was found in; without any it is a word from us."""
    assert reply.promise is not None
    name, by = promise_id(step.event.id, step.event.partition), reply.agent
    promise = Promise(name, PromiseKind.WORD, step.now, reply.promise, by.id, by.name)
    found = _meant(reply, read)
    if found is None:
        return replace(promise, text=" ".join(reply.text.split())[:LONGEST])
    kind = found.promise or kind_of(reply.text, found, tuple(each for each in read.promises if each is not found))
    return as_said(replace(promise, kind=kind, text=words_of(reply.text, found)), found)


def _meant(reply: ReplyWritten, read: Judged) -> Finding | None:
    """What the confirmed instant was found in: the promise of that instant, a vague one, or the first."""
    dated = [each for each in read.promises if each.due_at == reply.promise and not each.vague]
    vague = [each for each in (*read.promises, *read.empty) if each.vague]
    return next(iter((*dated, *vague, *read.promises)), None)
