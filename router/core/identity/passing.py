"""What happens to a customer who is part of another, or was once, is passed on to whom it belongs."""

from collections.abc import Mapping

from msgspec.structs import replace

from router.model.conversation import Conversation
from router.model.customer import Customer, gone_with, is_leaving
from router.model.decision import Decision, Outcome, OutcomeKind
from router.model.errand import Told
from router.model.event import (
    AddressGiven,
    Body,
    CallReported,
    CallWanted,
    DeliveryReported,
    DirectoryAnswered,
    Event,
    HandleFound,
    MessageArrived,
    MessageWithdrawn,
    Passed,
    TimerDue,
)
from router.model.ids import ConversationId, CustomerId
from router.model.message import Handle, InboundMessage

DONE = Outcome(OutcomeKind.DONE)


def opened(event: Event, customer: Customer | None) -> Event:
    """`event` as what was passed on by it, if it was and this is where it belongs; else as it is."""
    passed = event.body
    if not isinstance(passed, Passed) or customer is None or customer.part_of:
        return event
    body = _inner(passed)
    if isinstance(body, TimerDue | DeliveryReported) or (isinstance(body, CallReported) and passed.conversation):
        named = joined(customer).get(passed.conversation) if passed.conversation else None
        name = named or customer.open_conversation
        return replace(event, body=body, customer=None, conversation=name, accepted_at=passed.accepted_at)
    return replace(event, body=body, accepted_at=passed.accepted_at)


def passed_on(conversation: Conversation | None, event: Event, customer: Customer | None) -> Decision | None:
    """The decision that passes `event` on to whom it belongs; None if it belongs here.

    What the directory said of somebody who is part of another goes nowhere: it is asked again about both.
    """
    if isinstance(event.body, DirectoryAnswered) and customer and not _is_about(event.body, customer):
        return Decision(DONE)
    to = _belongs_to(conversation, event, customer)
    if to is None:
        return None
    body = event.body if isinstance(event.body, Passed) else _wrapped(event)
    return Decision(Outcome(OutcomeKind.DONE, event.conversation), errands=(Told(to, body),)) if body else None


def joined(customer: Customer) -> Mapping[ConversationId, ConversationId]:
    """The conversations of those who are part of `customer`, each with the one that holds its story."""
    return {part.conversation: part.joined for part in customer.parts if part.conversation and part.joined}


def as_joined(message: InboundMessage, customer: Customer) -> InboundMessage:
    """`message` naming the conversation that holds what it answers now."""
    known = joined(customer) if message.conversation or message.suggested else {}
    if not known:
        return message
    named, suggested = message.conversation, message.suggested
    return replace(
        message,
        conversation=known.get(named, named) if named else None,
        suggested=known.get(suggested, suggested) if suggested else None,
    )


def _is_about(answer: DirectoryAnswered, customer: Customer) -> bool:
    return answer.customer == customer.id and customer.part_of is None


def _belongs_to(conversation: Conversation | None, event: Event, customer: Customer | None) -> CustomerId | None:
    body = event.body
    if event.conversation and not isinstance(body, Passed):
        is_passed = conversation and isinstance(body, TimerDue | DeliveryReported | CallReported)
        return conversation.part_of if conversation and is_passed else None
    if customer is None or not isinstance(
        body, MessageArrived | MessageWithdrawn | AddressGiven | CallWanted | CallReported | HandleFound | Passed
    ):
        return None
    if isinstance(body, HandleFound) and is_leaving(customer):
        return None
    return customer.part_of or _left_with(customer, body)


def _left_with(customer: Customer, body: Body) -> CustomerId | None:
    """Who is not part of `customer` any more, but wrote when they still were: it had not been decided yet."""
    handle = _sender(body)
    return gone_with(customer, handle) if handle else None


def _sender(body: Body) -> Handle | None:
    match body:
        case MessageArrived(message):
            return message.sender
        case MessageWithdrawn(sender=sender) | AddressGiven(source=sender) | CallWanted(source=sender):
            return sender
        case CallReported(caller=caller):
            return caller
    return None


def _wrapped(event: Event) -> Passed | None:
    at, conversation = event.accepted_at, event.conversation
    match event.body:
        case MessageArrived() as body:
            return Passed(at, message=body)
        case MessageWithdrawn() as body:
            return Passed(at, withdrawn=body)
        case AddressGiven() as body:
            return Passed(at, address=body)
        case HandleFound() as body:
            return Passed(at, found=body)
        case CallReported() as body:
            return Passed(at, conversation, call=body)
        case CallWanted() as body:
            return Passed(at, wanted=body)
        case TimerDue() as body:
            return Passed(at, conversation, timer=body)
        case DeliveryReported() as body:
            return Passed(at, conversation, receipt=body)
    return None


def _inner(passed: Passed) -> Body:
    said = (passed.message, passed.withdrawn, passed.address, passed.found, passed.wanted)
    inner = (*said, passed.timer, passed.call, passed.receipt)
    return next(body for body in inner if body is not None)
