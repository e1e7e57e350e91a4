"""What rules may see of a message and of what lies around it, and how that is kept with the decision."""

from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import timedelta
from typing import Any

import msgspec

from router.core.step import Step
from router.model.conversation import ConversationState
from router.model.customer import Customer
from router.model.message import InboundMessage
from rules.facts import Before, Facts
from rules.language import UNKNOWN

# The timeline tells them with the message itself.
TOLD_ELSEWHERE = ("text", "subject")
_encoder = msgspec.json.Encoder(order="deterministic")


def facts_of(step: Step, message: InboundMessage, customer: Customer) -> Facts:
    """What rules may see of `message`; `customer` as they are with it, its contact counted if it is one."""
    return Facts(
        channel=message.channel,
        text=message.text,
        subject=message.subject,
        language=step.context.detect(message.text).code,
        public=message.public,
        attachments=len(message.attachments),
        now=step.now,
        customer=customer.profile,
        conversation=_before(step),
        contacts=customer.contacts,
        teams=step.context.loads,
    )


def language_of(facts: Facts, *known: str) -> str:
    """The language of the text, else the first of those `known` from elsewhere."""
    return facts.language if facts.language != UNKNOWN else next(filter(None, known), "")


def kept(facts: Facts) -> str:
    """`facts` as JSON, without the text, the subject and what is as it usually is: read back, they decide the same."""
    return _encoder.encode(_unusual(facts)).decode()


def _before(step: Step) -> Before:
    before = step.before
    if before is None:
        return Before()
    is_reopened = before.state is ConversationState.RESOLVED
    # A resolution ends the wait; its beginning is only kept for the case that it is undone.
    since = None if is_reopened else before.waiting_since
    return Before(
        is_new=False,
        is_reopened=is_reopened,
        owner=before.ownership.team,
        tags=before.tags,
        messages=before.messages + 1,
        waiting=step.now - since if since else timedelta(),
    )


def _unusual(value: object) -> object:
    if is_dataclass(value):
        pairs = ((field, getattr(value, field.name)) for field in fields(value) if field.name not in TOLD_ELSEWHERE)
        return {field.name: _unusual(given) for field, given in pairs if given != _usual(field)}
    if isinstance(value, Mapping):
        return {name: _unusual(given) for name, given in value.items()}
    return value


def _usual(field: "Field[Any]") -> object:
    return field.default if field.default_factory is MISSING else field.default_factory()
