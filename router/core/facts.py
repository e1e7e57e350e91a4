"""What rules may see of a message and of what lies around it, and how that is kept with the decision."""

from datetime import timedelta

import msgspec
from msgspec.structs import replace

from router.core.step import Step
from router.model.conversation import ConversationState
from router.model.customer import Customer, Profile
from router.model.message import InboundMessage
from rules.facts import NEW, STRANGER, Before, Facts, Sender
from rules.language import UNKNOWN

_encoder = msgspec.json.Encoder(order="deterministic")
_decoder = msgspec.json.Decoder(Facts)


def facts_of(step: Step, message: InboundMessage, customer: Customer) -> Facts:
    """What rules may see of `message`; `customer` as they are with it, its contact counted if it is one."""
    return Facts(
        channel=message.channel,
        text=message.text,
        subject=message.subject,
        language=message.written_in or step.context.detect(message.text).code,
        public=message.public,
        kind=message.kind,
        attachments=len(message.attachments),
        now=step.now,
        customer=_profile(customer, message),
        sender=_sender(message, step),
        conversation=before_of(step),
        contacts=customer.contacts,
        teams=step.context.loads,
    )


def language_of(facts: Facts, *known: str) -> str:
    """The language of the text, else the first of those `known` from elsewhere."""
    return facts.language if facts.language != UNKNOWN else next(filter(None, known), "")


def kept(facts: Facts) -> str:
    """`facts` as JSON, without what is as it usually is: read back, they decide the same.

    The timeline tells text and subject with the message itself.
    """
    return _encoder.encode(replace(facts, text="", subject="")).decode()


def again(kept_facts: str, text: str, subject: str) -> Facts:
    """The facts that `kept` made into JSON, with the text and the subject that they were without."""
    return replace(_decoder.decode(kept_facts), text=text, subject=subject)


def with_directory(facts: Facts, known: Profile) -> Profile:
    """What the directory says now, and how many follow them as it was known before, where it does not say."""
    return known if known.followers is not None else replace(known, followers=facts.customer.followers)


def _profile(customer: Customer, message: InboundMessage) -> Profile:
    """What the directory knows, and how many follow them as the channel says it, where the directory does not."""
    known, standing = customer.profile, message.standing
    if standing is None or known.followers is not None:
        return known
    return replace(known, followers=standing.followers)


def _sender(message: InboundMessage, step: Step) -> Sender:
    standing = message.standing
    if standing is None:
        return STRANGER
    age = max(step.now - standing.since, timedelta()) if standing.since else None
    return Sender(age, standing.is_verified)


def before_of(step: Step) -> Before:
    """The conversation as rules see it at this step, with one more message of the customer's."""
    before = step.before
    if before is None:
        return NEW
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
