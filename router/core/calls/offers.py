"""One agent at a time is asked to make a call: they take it, decline it, or do not answer, and the next is asked."""

from msgspec.structs import replace

from router.core.calls.board import owed
from router.core.calls.orders import cant_be_made, not_ready
from router.core.calls.owed import again_from, callback_entry, ready
from router.core.calls.when import may_ring
from router.core.step import Step, changed, refused
from router.model.call import CallOffer
from router.model.conversation import Callback, Conversation
from router.model.decision import Decision
from router.model.event import CallDeclined, CallOffered


def call_offered(step: Step, body: CallOffered) -> Decision:
    """The call with that one agent, until they answer; who had declined it is asked again once all others had."""
    conversation, callback = step.conversation, owed(step.conversation)
    reason = cant_be_made(conversation, body.callback, body.agent, step)
    if callback is None or reason:
        return refused(reason or "no_callback")
    if callback.offer:
        return refused("call_taken")
    if callback.is_in_doubt:
        return refused("call_under_way")
    if body.until <= step.now:
        return refused("in_the_past")
    if callback.ready_at is None or callback.ready_at > step.now:
        return not_ready(callback, step)
    if not may_ring(callback, step.rulebook.calls, step.now):
        return _put_off(conversation, callback, step)
    declined = () if body.agent in callback.declined else callback.declined
    offer = CallOffer(body.agent, body.until, body.name)
    after = replace(conversation, callback=replace(callback, offer=offer, declined=declined))
    return changed(after, callback_entry(after, "offered", step, agent=body.name or body.agent))


def call_declined(step: Step, command: CallDeclined) -> Decision:
    """The call for another agent."""
    callback = owed(step.conversation)
    if callback is None or callback.id != command.callback:
        return refused("no_callback")
    if callback.offer is None or callback.offer.agent != command.agent.id:
        return refused("not_your_call")
    return _declined(step, callback, callback.offer, command.agent.name)


def not_answered(step: Step, callback: Callback, offer: CallOffer) -> Decision:
    """The call for another agent: who was asked has not answered in time."""
    return _declined(step, callback, offer, "")


def shut(step: Step, callback: Callback) -> Decision:
    """The call once phones may ring again there: the hours are over, and nobody has made it."""
    conversation = step.conversation
    after = replace(conversation, callback=_later(callback, step))
    return changed(after, callback_entry(after, "moved", step))


def _declined(step: Step, callback: Callback, offer: CallOffer, by: str) -> Decision:
    declined = (*callback.declined, offer.agent)
    wanted = None if callback.wanted == offer.agent else callback.wanted
    callback = replace(callback, offer=None, again_at=None, declined=declined, wanted=wanted)
    after = replace(step.conversation, callback=callback)
    more = {"agent": offer.name or offer.agent} | ({} if by else {"answered": "no"})
    return changed(after, callback_entry(after, "declined", step, actor=by, **more))


def _put_off(conversation: Conversation, callback: Callback, step: Step) -> Decision:
    """The refusal of an offer outside of the hours, which have changed: it is ready when they are."""
    after = replace(conversation, callback=_later(callback, step))
    refusal = not_ready(callback, step)
    return replace(refusal, conversation=after, entries=(callback_entry(after, "moved", step),))


def _later(callback: Callback, step: Step) -> Callback:
    """`callback` from the next moment on at which the phone may ring; it is owed by when it was."""
    opening = again_from(callback, step.now, step)
    anew = ready(callback, opening, callback.due_at, step)
    # That nobody could make it in time is told when it is due, and not put off.
    return replace(anew, due_at=callback.due_at, chase_at=callback.chase_at)
