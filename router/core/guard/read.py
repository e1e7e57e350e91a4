"""A reply is read before it leaves: all that the guard sees in it, at once."""

from collections.abc import Iterable, Iterator

from router.core.guard.deflection import deflection
from router.core.guard.exposure import exposed
from router.core.guard.legible import legible
from router.core.step import Step
from router.model.event import ReplyWritten
from router.model.finding import Finding, FindingKind
from router.model.message import OutboundMessage
from rules.guard.book import Allowed


def seen(message: OutboundMessage, reply: ReplyWritten | None, step: Step) -> tuple[Finding, ...]:
    """What the guard sees in `message`, in the order of the text, without what its team may write all the same.

    All languages are looked for: an agent may answer in another one than the customer's. What the author of `reply`
    cleared is no exposure; a message that is sent again has nobody who could clear anything.
    """
    allowed = step.context.guard.allowed(step.conversation.ownership.team)
    found = (*exposed(message, reply.cleared if reply else (), step), *_told(message, step))
    left = (each for each in found if not is_allowed(each, allowed))
    return tuple(sorted(left, key=lambda each: (each.start, each.end)))


def channel_of(message: OutboundMessage) -> str:
    """What the way that `message` takes is called, for who judges where it sends somebody."""
    match message.recipient.kind:
        case "twitter":
            return "twitter_public" if message.public else "twitter_dm"
        case "chat":
            return "webchat"
        case kind:
            return kind


def is_allowed(found: Finding, allowed: Iterable[Allowed]) -> bool:
    """Whether one of what a team is `allowed` covers what was found."""
    return any(each.covers(found.kind, found.to, legible(found.phrase)) for each in allowed)


def _told(message: OutboundMessage, step: Step) -> Iterator[Finding]:
    """What its words do: send the customer away."""
    book = step.context.guard
    for each in deflection(message.text, None, channel_of(message), book.wordings):
        yield Finding(FindingKind.DEFLECTION, each.start, each.end, each.phrase, to=each.to)
