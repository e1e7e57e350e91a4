"""A call that we owe: asked for, moved, dropped, kept. One conversation has one at most: asking again moves it."""

from dataclasses import dataclass
from dataclasses import replace as with_values
from datetime import datetime, timedelta

from msgspec.structs import replace

from router.core.calls.board import owed
from router.core.calls.numbers import known_number
from router.core.calls.when import Opening, ringing
from router.core.step import Step
from router.model.call import CallbackReason, CallOffer
from router.model.commitment import CallbackKind
from router.model.conversation import Callback, Conversation
from router.model.customer import Customer
from router.model.decision import EntryKind, TimelineEntry
from router.model.ids import AgentId, CallbackId, callback_id
from router.model.message import Handle
from router.model.promise import Promise, Tally

Told = tuple[Conversation, tuple[TimelineEntry, ...]]
# What the timeline calls what happens to a call that is owed (`state`), besides `asked` and `moved`.
KEPT, DROPPED, LATE, TOLD = "kept", "dropped", "late", "told"


@dataclass(frozen=True, slots=True)
class Ask:
    """What is asked for; None where it stays as it was, or is reckoned.

    `until` is the end of the customer's window, `due_at` by when somebody else says that it is owed, unless phones may
    not ring by then. `grace` is how long the phone may ring at any hour, since they were just on it.
    """

    reason: CallbackReason
    number: Handle | None = None
    from_at: datetime | None = None
    until: datetime | None = None
    due_at: datetime | None = None
    consent: str = ""
    note: str = ""
    by: str = ""
    wanted: AgentId | None = None
    grace: timedelta | None = None


def owe(conversation: Conversation, ask: Ask, step: Step) -> Told | None:
    """`conversation` with the call that is asked for; None if no phone may ring within that window."""
    known = owed(conversation)
    number = ask.number or (known.number if known else None) or known_number(conversation, step)
    opening = opening_for(ask, number, step)
    if opening is None:
        return None
    base = known if known and known.id else Callback(CallbackKind.SCHEDULE, step.now, id=_id(step))
    callback = replace(
        base,
        asked_at=step.now if ask.reason is CallbackReason.MISSED else base.asked_at,
        number=number,
        from_at=max(ask.from_at or step.now, step.now) if ask.from_at or ask.until else None,
        consent=ask.consent,
        reason=ask.reason,
        note=ask.note or base.note,
        by=ask.by or base.by,
        wanted=ask.wanted or base.wanted or conversation.assignee,
        attempts=0,
        is_in_doubt=False,
        again_at=None,
        # Who agrees on a time anew moves the one that was agreed before.
        later=None if ask.from_at or ask.until else base.later,
    )
    after = replace(conversation, callback=ready(callback, opening, ask.until or ask.due_at, step))
    state = "moved" if known and known.id else "asked"
    return after, (callback_entry(after, state, step, actor=ask.by),)


def opening_for(ask: Ask, number: Handle | None, step: Step) -> Opening | None:
    """When the first moment is, and until when, at which the phone may ring for what is asked; None if it never may."""
    start = max(step.now, ask.from_at or step.now)
    found = ringing(number, step.rulebook.calls).opening(start, is_any_hour=bool(ask.consent))
    if ask.grace and (found is None or found.ready_at > start):
        return Opening(start, start + ask.grace)
    return None if found is None or (ask.until and found.ready_at >= ask.until) else found


def ready(callback: Callback, opening: Opening, due_at: datetime | None, step: Step) -> Callback:
    """`callback` from `opening` on, for whoever is asked then; owed by `due_at`, else as soon as the policy says."""
    if due_at is None or due_at <= opening.ready_at:
        due_at = within(callback, opening.ready_at, step.rulebook.calls.within, step)
    chase_at = due_at - step.rulebook.care.chase_supervisor
    return replace(
        callback,
        ready_at=opening.ready_at,
        shut_at=opening.shut_at,
        due_at=due_at,
        chase_at=chase_at if chase_at > max(step.now, opening.ready_at) else None,
        zone=ringing(callback.number, step.rulebook.calls).zone,
        offer=None,
        declined=(),
        order=None,
    )


def within(callback: Callback, at: datetime, length: timedelta, step: Step) -> datetime:
    """When `length` has passed since `at`, of the time in which the customer's phone may ring."""
    return ringing(callback.number, step.rulebook.calls).after(at, length, is_any_hour=bool(callback.consent))


def again_from(callback: Callback, at: datetime, step: Step) -> Opening:
    """From when on, not before `at`, the customer's phone may ring for `callback`."""
    found = ringing(callback.number, step.rulebook.calls).opening(at, is_any_hour=bool(callback.consent))
    # Nobody may be rung there any more since ops have changed the hours: each day it is looked at again.
    return found or Opening(at + timedelta(days=1))


def dropped_line(conversation: Conversation, offer: CallOffer, number: Handle, step: Step) -> Told:
    """`conversation` with a call of its own for a line that fell: by the same agent, without asking, in a moment.

    One that was agreed on for later stays promised behind it.
    """
    policy = step.rulebook.calls
    found = ringing(number, policy).opening(step.now)
    opening = found if found and found.ready_at <= step.now else Opening(step.now, step.now + policy.grace)
    callback = Callback(
        CallbackKind.SCHEDULE,
        step.now,
        id=_id(step),
        number=number,
        reason=CallbackReason.DROPPED,
        by=offer.name,
        wanted=offer.agent,
        later=owed(conversation),
    )
    callback = ready(callback, opening, None, step)
    after = replace(conversation, callback=replace(callback, offer=offer, again_at=offer.until))
    return after, (callback_entry(after, "asked", step),)


def settled(
    conversation: Conversation, step: Step
) -> tuple[Conversation, tuple[TimelineEntry, ...], tuple[Tally, ...]]:
    """`conversation` once the call that was owed has been made: kept, or late where it was due before."""
    callback = owed(conversation)
    if callback is None:
        return conversation, (), ()
    became = LATE if callback.broken_at else KEPT
    entry = callback_entry(conversation, KEPT, step, became=became)
    return without(conversation), (entry,), (Tally(conversation.ownership.team, "callback", became),)


def without(conversation: Conversation) -> Conversation:
    """`conversation` without the call that was owed: one that was agreed for later before a line fell is, as it was."""
    return replace(conversation, callback=conversation.callback.later if conversation.callback else None)


def owed_for_promise(conversation: Conversation, promise: Promise, step: Step) -> Told | None:
    """`conversation` with the call that an agent promised; None if no phone may ring by then."""
    ask = Ask(
        CallbackReason.PROMISE,
        from_at=promise.from_at,
        until=promise.due_at,
        note=promise.text,
        by=promise.by_name,
        wanted=promise.by,
    )
    return owe(conversation, ask, step)


def with_number(conversation: Conversation, customer: Customer | None, step: Step) -> Told:
    """`conversation` with the number of the call that is owed, once it is known: nobody is asked for theirs twice.

    `customer` is who they are after this step.
    """
    callback = owed(conversation)
    if callback is None or not callback.id or callback.number or conversation.part_of:
        return conversation, ()
    context = with_values(step.context, customer=customer or step.context.customer)
    number = known_number(conversation, with_values(step, context=context))
    if number is None:
        return conversation, ()
    callback = replace(callback, number=number)
    opening = again_from(callback, max(step.now, callback.from_at or step.now), step)
    after = replace(conversation, callback=ready(callback, opening, callback.due_at, step))
    return after, (callback_entry(after, "moved", step),)


def callback_entry(
    conversation: Conversation, state: str, step: Step, *, actor: str = "", text: str = "", **more: str
) -> TimelineEntry:
    """What the timeline tells of the call that is owed or offered in `conversation`, and of what happened to it."""
    callback = conversation.callback
    if callback is None:
        return step.entry(EntryKind.CALLBACK, actor=actor, text=text, detail={"state": state, **more})
    instants = {"due_at": callback.due_at, "from_at": callback.from_at, "ready_at": callback.ready_at}
    detail = {"kind": str(callback.kind), "state": state, "callback": callback.id, "reason": str(callback.reason)}
    detail |= {name: at.isoformat() for name, at in instants.items() if at}
    detail |= {"consent": callback.consent, "note": callback.note, **more}
    kept = {name: value for name, value in detail.items() if value}
    return step.entry(EntryKind.CALLBACK, actor=actor, text=text, detail=kept)


def _id(step: Step) -> CallbackId:
    return callback_id(step.event.id, step.event.partition)
