"""The customer rings us while we ring them: the line on which people talk is the call, and the other one is told."""

from msgspec.structs import replace

from router.core.calls.board import owed
from router.core.calls.incoming import ringing_us
from router.core.calls.outcome import Came, came_of
from router.core.calls.progress import advanced
from router.core.step import Step
from router.model.call import Call, CallStatus
from router.model.event import CallReported

MISSED = (CallStatus.BUSY, CallStatus.NO_ANSWER, CallStatus.FAILED)


def crossed(step: Step, ours: Call, body: CallReported) -> tuple[Call, Came] | None:
    """The customer's call, and what comes of `body`, a report of it; None where it is of another, or tells nothing new.

    Once they talk on it, it is the conversation's call, and ours need not be made any more: unless we talk on that one
    by now. Nobody took it: then a call is owed only where ours has come to nothing, and none is owed as it is.
    """
    report, conversation = body.report, step.conversation
    if body.caller is None or ours.beside != report.call:
        return None
    theirs = advanced(ringing_us(report.call, body.caller, step.now), report, step.now, step.rulebook.calls)
    if theirs is None:
        return None
    is_over = theirs.status.is_over
    kept = replace(conversation, call=replace(ours, beside=None if is_over else ours.beside))
    if ours.answered_at:
        return theirs, Came(kept)
    if theirs.answered_at:
        callback = owed(conversation)
        freed = replace(callback, order=None, offer=None, is_in_doubt=False) if callback else conversation.callback
        return theirs, came_of(replace(conversation, call=theirs, callback=freed), theirs, step)
    if theirs.status in MISSED and ours.status.is_over and owed(conversation) is None:
        return theirs, came_of(kept, theirs, step)
    return theirs, Came(kept)
