"""Who waits for another does not wait for ever: what would have answered may have been erased with the other one."""

from datetime import datetime, timedelta

from msgspec.structs import replace

from router.model.customer import Customer, is_leaving
from router.model.decision import Decision, Outcome, OutcomeKind
from router.model.errand import Told
from router.model.event import Command, Event, MergeAsked, MergeOff, MessageArrived, StillAwaited

# A step takes some hundredths of a second; where a server was away, as long as that.
LONG = timedelta(minutes=10)


def looked_after(decision: Decision, event: Event, before: Customer | None, now: datetime) -> Decision:
    """`decision`, and whom its customer has long waited for is asked whether anything is still to come.

    The question goes the way of what it asks about, behind it: who takes part has heard of that by then. Who leaves
    is not asked for: only those whom they leave can give back what is theirs.
    """
    customer = decision.customer or before
    if customer is None or not isinstance(event.body, MessageArrived | MergeAsked | Command):
        return decision
    other, since = customer.busy_with, customer.busy_since
    if other is None or since is None or now - since < LONG or is_leaving(customer):
        return decision
    asked = Told(other, StillAwaited(customer.id, since))
    return replace(decision, errands=(*decision.errands, asked))


def still_awaited(body: StillAwaited, customer: Customer) -> Decision:
    """Whoever waits waits no longer, where the customer knows nothing of it: their answer is on its way otherwise."""
    is_kept = any(wish.standing and wish.first == body.by for wish in customer.wishes)
    if is_kept or body.by in (customer.busy_with, customer.part_of):
        return Decision(Outcome(OutcomeKind.DONE))
    off = Told(body.by, MergeOff(customer.id, body.since))
    return Decision(Outcome(OutcomeKind.DONE), errands=(off,))
