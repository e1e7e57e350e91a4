"""One-time codes: an agent has one sent to an address that the customer named, and they write it where they are.

Whoever can read the one and write the other has both. The code goes to that address alone, is good for a quarter of an
hour, once, in the one conversation that it was made for, and from the one handle that was asked.
"""

from datetime import timedelta

import re2
from msgspec.structs import replace

from router.core.step import Step, changed, refused
from router.model.challenge import Challenge, code_digest
from router.model.conversation import Conversation, ReplyTarget
from router.model.customer import Customer, Evidence, LinkKind
from router.model.decision import Decision, EntryKind, TimelineEntry
from router.model.errand import HandleSought
from router.model.event import CodeAsked
from router.model.ids import message_id
from router.model.message import ChannelName, Handle, InboundMessage, OutboundMessage, is_proved

GOOD_FOR = timedelta(minutes=15)
MOST_TRIES = 5
MOST_CODES, WITHIN = 3, timedelta(hours=1)
_CODE = re2.compile(r"(?:^|[^0-9])([0-9]{3})[ -]?([0-9]{3})(?:$|[^0-9])")
# It is a stranger's mailbox, for all that is known: nothing of the story stands in it.
_WORDS = {
    "es": (
        "Tu código: {code}",
        "Tu código es {code}. Escríbelo donde estás hablando con nosotros; vale 15 minutos.\n\n"
        "¿No estás hablando con nosotros? Entonces alguien escribió tu dirección por error: no hagas nada, y no le des "
        "este código a nadie.",
    ),
    "en": (
        "Your code: {code}",
        "Your code is {code}. Write it where you are talking to us; it is good for 15 minutes.\n\n"
        "Not talking to us? Then somebody gave your address by mistake: do nothing, and give this code to nobody.",
    ),
}


def code_asked(step: Step, asked: CodeAsked) -> Decision:
    """The code on its way to the handle, and awaited where the customer last wrote in private."""
    conversation, handle = step.conversation, asked.handle
    way = (step.context.policy.answer_by or {}).get(handle.kind)
    place = next((target for target in conversation.targets if _may_write(target) and target.handle != handle), None)
    if way is None or place is None:
        return refused("no_such_channel" if way is None else "nowhere_to_write_a_code")
    if _is_verified(step, handle):
        return refused("already_linked")
    known = conversation.challenge
    lately = tuple(at for at in (known.sent_at if known else ()) if step.now - at < WITHIN)
    if len(lately) >= MOST_CODES:
        return refused("too_many_codes")
    challenge = Challenge(
        handle,
        place.handle,
        code_digest(conversation.id, asked.code),
        step.now + GOOD_FOR,
        asked.agent.id,
        sent_at=(*lately, step.now),
    )
    message = _message(step, asked, *way)
    entry = step.entry(
        EntryKind.CODE,
        actor=asked.agent.name,
        channel=message.channel,
        message=message.id,
        detail={"handle": str(handle), "state": "sent"},
    )
    return replace(changed(replace(conversation, challenge=challenge), entry), outbound=(message,))


def code_written(
    conversation: Conversation, message: InboundMessage, step: Step
) -> tuple[Conversation, Challenge | None, tuple[TimelineEntry, ...]]:
    """`conversation` after `message`, which may hold its code; the challenge that was met by it, and what is told.

    Too many wrong codes, and none is taken any more.
    """
    challenge = conversation.challenge
    if challenge is None or not challenge.digest or message.sender != challenge.asked or not _may_write(message):
        return conversation, None, ()
    if step.now >= challenge.expires_at:
        return replace(conversation, challenge=replace(challenge, digest="")), None, ()
    found = _CODE.search(message.text)
    if found is None:
        return conversation, None, ()
    if code_digest(conversation.id, found[1] + found[2]) == challenge.digest:
        return replace(conversation, challenge=replace(challenge, digest="")), challenge, ()
    tries = challenge.tries + 1
    is_over = tries >= MOST_TRIES
    left = replace(challenge, tries=tries, digest="" if is_over else challenge.digest)
    detail = {"handle": str(challenge.handle), "state": "failed" if is_over else "wrong"}
    return replace(conversation, challenge=left), None, (step.entry(EntryKind.CODE, detail=detail),)


def _may_write(place: ReplyTarget | InboundMessage) -> bool:
    """Whether a code counts from there: in private, and known to come from its handle.

    Else somebody who writes in another's name would have their own mailbox made that person's.
    """
    handle = place.handle if isinstance(place, ReplyTarget) else place.sender
    return not place.public and is_proved(handle, place.proof)


def proved_by_code(met: Challenge | None, customer: Customer, message: InboundMessage) -> tuple[HandleSought, ...]:
    """The errand that makes the handle of a code that was `met` the customer's, or its owner known as them."""
    return (HandleSought(customer.id, Evidence.CODE, met.handle, by=met.by, message=message.key),) if met else ()


def _is_verified(step: Step, handle: Handle) -> bool:
    links = step.context.customer.links if step.context.customer else ()
    return any(link.handle == handle and link.kind is LinkKind.VERIFIED for link in links)


def _message(step: Step, asked: CodeAsked, channel: ChannelName, account: str) -> OutboundMessage:
    conversation = step.conversation
    subject, text = _WORDS["en" if conversation.language.startswith("en") else "es"]
    return OutboundMessage(
        id=message_id(step.event.id, step.event.partition),
        conversation=conversation.id,
        channel=channel,
        account=account,
        recipient=asked.handle,
        text=text.format(code=asked.code),
        created_at=step.now,
        team=step.context.team_name(conversation.ownership.team),
        subject=subject.format(code=asked.code),
        language=conversation.language,
    )
