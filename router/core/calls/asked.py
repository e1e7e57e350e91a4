"""Who asks for a call: the customer, an agent, or a rule."""

from datetime import datetime

from msgspec.structs import replace

from router.core.calls.board import owed
from router.core.calls.consent import consent_in
from router.core.calls.numbers import is_dialable, known_number
from router.core.calls.orders import is_under_way
from router.core.calls.outcome import UNREACHED, escalate
from router.core.calls.owed import DROPPED, Ask, Told, callback_entry, owe, without
from router.core.calls.reach import may_be_rung
from router.core.calls.when import ringing
from router.core.identity.finding import sought
from router.core.step import Step, changed, refused
from router.model.call import CallbackReason
from router.model.commitment import CallbackKind, CallbackWish
from router.model.conversation import Callback, Conversation
from router.model.customer import Evidence, with_evidence
from router.model.decision import Decision, Outcome, OutcomeKind, TimelineEntry
from router.model.event import CallbackDropped, CallbackSet, CallWanted
from router.model.ids import AgentId
from router.model.message import Handle

# Who agreed on a time with the customer: no rule changes that.
AGREED = (CallbackReason.ASKED, CallbackReason.AGENT, CallbackReason.PROMISE, CallbackReason.DROPPED)
LONGEST_WORDS = 300


def callback_set(step: Step, command: CallbackSet) -> Decision:
    """The call as the agent says: owed from now on, or at another time, to another number, by themselves."""
    conversation, known = step.conversation, owed(step.conversation)
    if is_under_way(conversation):
        return refused("call_under_way")
    number = command.number or (known.number if known else None) or known_number(conversation, step)
    if command.number and not is_dialable(command.number):
        return refused("bad_number")
    if number is None:
        return refused("number_needed")
    ask = _as_said(command, known, number)
    if ask.until and ask.until <= max(step.now, ask.from_at or step.now):
        return refused("in_the_past")
    found = owe(conversation, ask, step)
    if found is None:
        return _not_there(ask, number, step)
    return _claimed(_done(found), number, step, command.agent.id)


def callback_dropped(step: Step, command: CallbackDropped) -> Decision:
    """No call any more, neither owed nor offered, and why; one that waits behind a line that fell is still owed."""
    conversation = step.conversation
    if conversation.callback is None:
        return refused("no_callback")
    if is_under_way(conversation):
        return refused("call_under_way")
    entry = callback_entry(conversation, DROPPED, step, actor=command.agent.name, text=command.reason)
    return changed(without(conversation), entry)


def wanted(conversation: Conversation, body: CallWanted, step: Step) -> Decision:
    """The call that the customer asks for, in `conversation`, as this step has it so far."""
    if not is_dialable(body.number) or not may_be_rung(body.number, step):
        return refused("bad_number")
    if is_under_way(conversation):
        return refused("call_under_way")
    consent = (body.words.strip()[:LONGEST_WORDS] or "✓") if body.is_any_hour else ""
    ask = Ask(CallbackReason.ASKED, body.number, body.from_at, body.until, consent=consent)
    if ask.until and ask.until <= max(step.now, ask.from_at or step.now):
        return refused("in_the_past")
    found = owe(conversation, ask, step)
    return _claimed(_done(found), body.number, step) if found else _not_there(ask, body.number, step)


def wished(
    conversation: Conversation, wish: CallbackWish | None, step: Step, text: str, number: Handle | None = None
) -> Told:
    """`conversation` with the call that a rule wishes for, unless as much is offered or owed already.

    Where the customer's `text` says that any hour will do, it may be made at any, and is owed by day and night. It is
    made to `number`, if they say one there.
    """
    if wish is None:
        return conversation, ()
    if wish.kind is CallbackKind.OFFER:
        return _offered(conversation, step)
    known, consent = owed(conversation), consent_in(text)
    if known and (is_under_way(conversation) or known.is_in_doubt):
        return conversation, ()
    if known and known.reason in AGREED:
        return _at_any_hour(conversation, known, consent, step)
    consent = consent or (known.consent if known else "")
    due_at = _wished_by(wish, known, consent, step)
    found = owe(conversation, Ask(CallbackReason.RULE, number, due_at=due_at, consent=consent), step)
    if found is None:
        return escalate(conversation, known or Callback(CallbackKind.OFFER, step.now), step, UNREACHED)
    is_more = known is not None and bool((consent and not known.consent) or (number and known.number is None))
    return found if known is None or is_more or _is_sooner(found[0].callback, known) else (conversation, ())


def _as_said(command: CallbackSet, known: Callback | None, number: Handle) -> Ask:
    """What the agent asks for: without a time as soon as possible, and whoever asked for the call still asks for it."""
    is_asked = known is not None and known.reason is CallbackReason.ASKED
    is_untimed = command.from_at is None and command.until is None
    return Ask(
        CallbackReason.ASKED if is_asked else CallbackReason.AGENT,
        number,
        from_at=command.from_at,
        until=command.until,
        consent=command.consent[:LONGEST_WORDS] or (known.consent if known and is_untimed else ""),
        note=command.note,
        by=command.agent.name,
        wanted=command.agent.id if command.is_mine else None,
    )


def _wished_by(wish: CallbackWish, known: Callback | None, consent: str, step: Step) -> datetime | None:
    """By when the call is owed that a rule wishes for: never later for the customer's saying that any hour will do."""
    if wish.within is None:
        return None
    if not consent:
        return step.after(wish.calendar, step.now, wish.within)
    due_at = step.now + wish.within
    return min(due_at, known.due_at) if known and known.due_at else due_at


def _at_any_hour(conversation: Conversation, known: Callback, consent: str, step: Step) -> Told:
    """What was agreed without a time, which the customer now says may be at any hour; a time that was agreed stands."""
    if not consent or known.consent or known.from_at or known.again_at or known.reason is CallbackReason.DROPPED:
        return conversation, ()
    due_at = step.now + step.rulebook.calls.within
    ask = Ask(known.reason, due_at=min(due_at, known.due_at or due_at), consent=consent)
    return owe(conversation, ask, step) or (conversation, ())


def _done(found: tuple[Conversation, tuple[TimelineEntry, ...]]) -> Decision:
    return changed(found[0], *found[1])


def _claimed(done: Decision, number: Handle, step: Step, by: AgentId | None = None) -> Decision:
    """`done`, with `number` as one that the customer claims: whoever else has it is suggested to agents."""
    customer = step.context.customer
    if customer is None:
        return done
    known = with_evidence(done.customer or customer, number, Evidence.WRITTEN, step.now, by)
    wanted = sought(customer, (number,), Evidence.WRITTEN)
    errands = tuple(replace(errand, is_free_only=True) for errand in wanted) if by else wanted
    return replace(done, customer=known, errands=(*done.errands, *errands))


def _not_there(ask: Ask, number: Handle, step: Step) -> Decision:
    """The refusal of a window in which the phone may not ring, with the first moment after it at which it may."""
    start = max(step.now, ask.from_at or step.now)
    found = ringing(number, step.rulebook.calls).opening(start)
    earliest = found.ready_at if found else None
    return Decision(Outcome(OutcomeKind.REFUSED, reason="not_ready", earliest=earliest))


def _offered(conversation: Conversation, step: Step) -> Told:
    if conversation.callback:
        return conversation, ()
    after = replace(conversation, callback=Callback(CallbackKind.OFFER, step.now))
    return after, (callback_entry(after, "offered", step),)


def _is_sooner(anew: Callback | None, known: Callback) -> bool:
    """Whether `anew` is owed sooner than what is `known`."""
    if anew is None or anew.due_at is None:
        return False
    return not known.id or known.due_at is None or anew.due_at < known.due_at
