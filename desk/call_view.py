"""What calls, callbacks, promises and follow-ups look like in the API: docs/api.md has the words for each field."""

from collections.abc import Callable

from msgspec.structs import replace

from router.model.call import Call, CallDirection, Try
from router.model.conversation import Callback, Conversation
from router.model.decision import Outcome
from router.model.ids import AgentId
from router.model.promise import FollowUp, Promise, PromiseState

Json = dict[str, object]
Named = Callable[[AgentId | None], Json | None]


def is_hidden(conversation: Conversation) -> bool:
    """Whether somebody rings of whom nobody has made sure who it is: what is known stays hidden until then."""
    call = conversation.call
    if call is None or call.direction is not CallDirection.IN:
        return False
    return call.checked_at is None and (not call.status.is_over or call.is_busy)


def unsaid(outcome: Outcome) -> Outcome:
    """`outcome` without what is known of the customer: that a reply asks for it is told, and not what it is."""
    return replace(outcome, found=tuple(replace(each, known="") for each in outcome.found))


def calls_of(conversation: Conversation, named: Named) -> Json:
    """The fields of CONVERSATION about calls and promises; `named` gives an agent's name."""
    return {
        "callback": _callback(conversation.callback, named) if conversation.callback else None,
        "call": _call(conversation.call, named) if conversation.call else None,
        "promises": [_promise(each, named) for each in _open_first(conversation)],
        "follow_up": _follow_up(conversation.follow_up) if conversation.follow_up else None,
    }


def _open_first(conversation: Conversation) -> list[Promise]:
    return sorted(conversation.promises, key=lambda each: (each.state is not PromiseState.OPEN, each.due_at))


def _callback(callback: Callback, named: Named) -> Json:
    offer = callback.offer
    return {
        "kind": callback.kind,
        "id": callback.id or None,
        "asked_at": callback.asked_at,
        "due_at": callback.due_at,
        "from_at": callback.from_at,
        "ready_at": callback.ready_at,
        "number": callback.number.address if callback.number else None,
        "zone": callback.zone or None,
        "reason": callback.reason,
        "note": callback.note,
        "by": callback.by,
        "consent": callback.consent,
        "wanted": named(callback.wanted),
        "offer": {"agent": named(offer.agent), "until": offer.until} if offer else None,
        "attempts": callback.attempts,
        "tries": [_try(each, named) for each in callback.tries],
        "is_in_doubt": callback.is_in_doubt,
        "order": callback.order is not None,
        "told_at": callback.told_at,
        "broken_at": callback.broken_at,
    }


def _try(tried: Try, named: Named) -> Json:
    return {"at": tried.at, "status": tried.status, "agent": named(tried.agent)}


def _call(call: Call, named: Named) -> Json:
    return {
        "id": call.id,
        "direction": call.direction,
        "status": call.status,
        "is_over": call.status.is_over,
        "at": call.at,
        "number": call.number.address,
        "agent": named(call.agent),
        "answered_at": call.answered_at,
        "ended_at": call.ended_at,
        "seconds": call.seconds,
        "reason": call.reason,
        "recording": call.recording or None,
        "disposition": call.disposition or None,
        "wrapped_at": call.wrapped_at,
        "checked_at": call.checked_at,
        "grace_until": call.grace_until,
    }


def _promise(promise: Promise, named: Named) -> Json:
    return {
        "id": promise.id,
        "kind": promise.kind,
        "made_at": promise.made_at,
        "due_at": promise.due_at,
        "from_at": promise.from_at,
        "by": named(promise.by),
        "text": promise.text,
        "state": promise.state,
        "chased": promise.chased,
        "broken_at": promise.broken_at,
        "settled_at": promise.settled_at,
        "vague": promise.vague,
    }


def _follow_up(follow_up: FollowUp) -> Json:
    return {
        "due_at": follow_up.due_at,
        "asked_at": follow_up.asked_at,
        "works": follow_up.works,
        "score": follow_up.score,
    }
