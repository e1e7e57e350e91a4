"""The automatic message that says that a customer was heard: once a conversation, and never into a loop."""

from datetime import timedelta

from msgspec.structs import replace

from router.core.automatic import line
from router.core.reply import message_entry
from router.core.step import Step
from router.model.conversation import Conversation
from router.model.customer import Customer
from router.model.decision import TimelineEntry
from router.model.message import InboundMessage, OutboundMessage
from router.model.route import Route

BETWEEN_MAILS = timedelta(hours=24)


def acknowledgement(
    conversation: Conversation, message: InboundMessage, customer: Customer, route: Route, step: Step
) -> OutboundMessage | None:
    """What `route` tells the customer at once, where they wrote; None if nothing, or if something speaks against it.

    No machine is answered, no message in what may be another's name, and nobody gets more than one such mail a day
    (RFC 3834 section 2). And none in public that shows personal data.
    """
    if not route.acknowledge or conversation.acknowledgement or message.is_automatic or message.is_doubtful:
        return None
    # A phone reads nothing.
    if message.call:
        return None
    if _is_mail(message) and customer.acknowledged_at and step.now - customer.acknowledged_at < BETWEEN_MAILS:
        return None
    language, text = _in_language(route, conversation.language)
    if not text.strip():
        return None
    return line(conversation, conversation.targets[0], text, language, step)


def acknowledged(
    conversation: Conversation, customer: Customer, message: OutboundMessage | None, step: Step
) -> tuple[Conversation, Customer, tuple[TimelineEntry, ...]]:
    """Both as they are once `message`, if there is one, is on its way, and what the timeline tells of it."""
    if message is None:
        return conversation, customer, ()
    if message.recipient.kind == "email":
        customer = replace(customer, acknowledged_at=step.now)
    entry = message_entry(step, message, actor="", detail={"automatic": "acknowledgement"})
    return replace(conversation, acknowledgement=message.id), customer, (entry,)


def _is_mail(message: InboundMessage) -> bool:
    return message.sender.kind == "email"


def _in_language(route: Route, language: str) -> tuple[str, str]:
    """The text in `language` (`es` will do for `es-PA`), else the first one; each with its language."""
    for code in (language, language.partition("-")[0]):
        if code in route.acknowledge:
            return code, route.acknowledge[code]
    return next(iter(route.acknowledge.items()))
