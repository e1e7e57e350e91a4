"""What Hilo itself tells customers about a call: on the text channel on which they wrote last."""

from dataclasses import dataclass

from msgspec.structs import replace

from router.core.calls.when import Opening, ringing
from router.core.calls.words import spoken
from router.core.guard.exposure import exposed
from router.core.reply import message_entry, outbound, watched
from router.core.step import Step
from router.model.call import PHONE
from router.model.conversation import Callback, Conversation, ReplyTarget
from router.model.customer import LinkKind
from router.model.decision import TimelineEntry, Timer
from router.model.message import Handle, OutboundMessage, Proof

MOST_OPENINGS = 2


@dataclass(frozen=True, slots=True)
class Telling:
    """`conversation` once its customer was written to by ourselves, and what follows from that."""

    conversation: Conversation
    outbound: tuple[OutboundMessage, ...] = ()
    entries: tuple[TimelineEntry, ...] = ()
    timers: tuple[Timer, ...] = ()

    @property
    def is_told(self) -> bool:
        """Whether there was a way to tell them."""
        return bool(self.outbound)


def told(conversation: Conversation, text: str, step: Step) -> Telling:
    """The customer told `text`, where they wrote last; nobody where no text channel leads to them.

    It quotes nothing of theirs, so that nobody can make us carry their words to a stranger.
    """
    target = text_target(conversation, step)
    if target is None:
        return Telling(conversation)
    written = outbound(step, conversation, target, text, author="")
    message = replace(written, subject="", language=language_of(conversation, step), is_automatic=True, quotation=None)
    if exposed(message, (), step):
        return Telling(conversation)
    after, timers = watched(conversation, message, step)
    return Telling(
        after, (message,), (message_entry(step, message, actor="", detail={"automatic": "callback"}),), timers
    )


def language_of(conversation: Conversation, step: Step) -> str:
    """The language in which its customer is told something: theirs, else their team's."""
    team = step.context.teams.get(conversation.ownership.team)
    return spoken(conversation.language, team.language if team else "")


def text_target(conversation: Conversation, step: Step) -> ReplyTarget | None:
    """The latest place where the customer wrote, else one that leads to them; None if there is none but the phone."""
    places = (target for target in conversation.targets if target.handle.kind != PHONE and not target.silent)
    written = next(places, None)
    return written or _way(conversation, step)


def openings(callback: Callback, step: Step) -> tuple[Opening, ...]:
    """The next two times in which the customer's phone may ring, each of a slot's length at least."""
    hours, at = ringing(callback.number, step.rulebook.calls), step.now
    found: list[Opening] = []
    while len(found) < MOST_OPENINGS and (opening := hours.opening(at)) is not None:
        if opening.shut_at is None:
            return (*found, opening)
        if opening.shut_at - opening.ready_at >= step.rulebook.calls.slot:
            found.append(opening)
        at = opening.shut_at
    return tuple(found)


def _way(conversation: Conversation, step: Step) -> ReplyTarget | None:
    """An address that they gave or that is proved to be theirs, where a channel of ours leads there."""
    ways, customer = step.context.policy.answer_by or {}, step.context.customer
    proved = [link.handle for link in (customer.links if customer else ()) if link.kind is LinkKind.VERIFIED]
    handles: list[Handle] = [*([conversation.address] if conversation.address else []), *reversed(proved)]
    handle = next((each for each in handles if each.kind in ways and each.kind != PHONE), None)
    if handle is None:
        return None
    channel, account = ways[handle.kind]
    return ReplyTarget(channel, account, handle, Proof.NONE, step.now)
