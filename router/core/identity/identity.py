"""One match over the steps by which handles are found, and customers become one or two."""

from router.core.identity import joining, merging, parting, waiting
from router.core.identity.finding import handle_found
from router.core.step import Step, decision
from router.model.decision import Decision
from router.model.event import (
    BecamePart,
    HandleFound,
    MergeAsked,
    MergeOff,
    PartArrived,
    PartingAsked,
    PartLeaves,
    PartReturned,
    PartSettled,
    PartTaken,
    StillAwaited,
)


def decided(step: Step) -> Decision:
    """What follows from a step's event, which is about the customer in its context."""
    return decision(step, _draft(step))


def _draft(step: Step) -> Decision:
    customer = step.context.customer
    if customer is None:
        raise ValueError("who somebody is can't be decided without the customer in the context")
    match step.event.body:
        case HandleFound() as body:
            return handle_found(step, body, customer)
        case MergeAsked(wish):
            return merging.merge_asked(step, wish, customer)
        case MergeOff() as body:
            return merging.merge_off(body, customer)
        case StillAwaited() as body:
            return waiting.still_awaited(body, customer)
        case BecamePart() as body:
            return merging.became_part(step, body, customer)
        case PartSettled() as body:
            return merging.part_settled(body, customer)
        case PartArrived() as body:
            return joining.part_arrived(step, body, customer)
        case PartTaken() as body:
            return merging.part_taken(step, body, customer)
        case PartingAsked() as body:
            return parting.parting_asked(step, body, customer)
        case PartLeaves() as body:
            return parting.part_leaves(step, body, customer)
        case PartReturned() as body:
            return parting.part_returned(step, body, customer)
    raise AssertionError(step.event.body)
