"""The ways out of a reply that the guard stopped, the best first: what Hilo does, then what the agent may do."""

from collections.abc import Collection, Iterator

from router.core.step import Step
from router.model.finding import Destination, Finding, FindingKind, Offer
from router.model.message import TAKES_NO_DIRECT_MESSAGES, OutboundMessage

PASSABLE = frozenset({FindingKind.DEFLECTION, FindingKind.REPEAT, FindingKind.EMPTY})


def ways_out(message: OutboundMessage, found: Collection[Finding], step: Step) -> tuple[Offer, ...]:
    """What can be done about `found` in `message`, the best first."""
    return tuple(dict.fromkeys(_ways(message, found, step)))


def invited(message: OutboundMessage, stops: Collection[Finding], step: Step) -> bool:
    """Whether all that stops `message` asks, in public, for a direct message from somebody who takes none of ours."""
    is_asked = all((each.kind, each.to) == (FindingKind.DEFLECTION, Destination.DM) for each in stops)
    return is_asked and message.public and _takes_no_direct_messages(message, step)


def _ways(message: OutboundMessage, found: Collection[Finding], step: Step) -> Iterator[Offer]:
    kinds = {each.kind for each in found}
    places = {each.to for each in found if each.kind is FindingKind.DEFLECTION}
    in_private = Destination.DM in places or FindingKind.EXPOSURE in kinds
    is_closed = _takes_no_direct_messages(message, step)
    if in_private and not is_closed and _has_direct_messages(step):
        yield Offer.DM
    stops = [each for each in found if each.kind is not FindingKind.PROMISE]
    if is_closed and stops and invited(message, stops, step):
        yield Offer.INVITATION
    if _has_mail(step) and (Destination.EMAIL in places or (in_private and is_closed)):
        yield Offer.EMAIL
    if Destination.PHONE in places and step.context.policy.has_phone:
        yield Offer.CALL
    if FindingKind.REPEAT in kinds:
        yield Offer.SHOW_FACT
    if FindingKind.EMPTY in kinds:
        yield Offer.DATE
    # With personal data in it, it leaves for no reason in the world.
    if kinds & PASSABLE and FindingKind.EXPOSURE not in kinds:
        yield Offer.DESPITE


def _has_direct_messages(step: Step) -> bool:
    return any(target.handle.kind == "twitter" for target in step.conversation.targets)


def _has_mail(step: Step) -> bool:
    return "email" in (step.context.policy.answer_by or {})


def _takes_no_direct_messages(message: OutboundMessage, step: Step) -> bool:
    """Whether one that we wrote to the same person came back for that reason."""
    return any(
        TAKES_NO_DIRECT_MESSAGES in lost.reason
        and lost.message.recipient == message.recipient
        and not lost.message.public
        for lost in step.conversation.unreached
    )
