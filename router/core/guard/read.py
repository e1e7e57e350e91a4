"""A reply is read before it leaves: all that the guard sees in it, at once."""

from collections.abc import Iterable, Iterator
from datetime import UTC
from itertools import chain
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from router.core.guard.deflection import deflection
from router.core.guard.empty import empty
from router.core.guard.exposure import exposed
from router.core.guard.kinds import kind_of
from router.core.guard.legible import legible
from router.core.guard.own import names_their_own
from router.core.guard.promise import promises
from router.core.guard.repeat import repeat
from router.core.known import known_facts
from router.core.step import Step
from router.model.calendar import Calendar
from router.model.commitment import ALWAYS
from router.model.event import ReplyWritten
from router.model.finding import Finding, FindingKind
from router.model.message import OutboundMessage
from rules.guard.book import Allowed


def seen(message: OutboundMessage, reply: ReplyWritten | None, step: Step) -> tuple[Finding, ...]:
    """What the guard sees in `message`, in the order of the text, without what its team may write all the same.

    All languages are looked for: an agent may answer in another one than the customer's. What the author of `reply`
    cleared is no exposure; a message that is sent again has nobody who could clear anything. A subject that they gave
    is read too: what is seen in it stands at no place of the text.
    """
    allowed = step.context.guard.allowed(step.conversation.ownership.team)
    channel = channel_of(message)
    found = (*exposed(message, reply.cleared if reply else (), step), *_told(message.text, channel, step))
    if reply and reply.to and reply.subject:
        found = (*(replace(each, start=0, end=0) for each in _told(reply.subject, channel, step)), *found)
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


def _told(text: str, channel: str, step: Step) -> Iterator[Finding]:
    """What words that leave by `channel` do: send the customer away, ask again, promise, or name no date."""
    book, context = step.context.guard.wordings, step.context
    for each in deflection(text, None, channel, book):
        if names_their_own(each, step):
            continue
        yield Finding(FindingKind.DEFLECTION, each.start, each.end, each.phrase, to=each.to)
    yield from repeat(text, None, known_facts(context.customer, step.conversation), book, context.kinds)
    yield from promises_in(text, step)
    yield from (_dated(each, step) for each in empty(text, None, book))


def promises_in(text: str, step: Step) -> Iterator[Finding]:
    """What `text` promises, by the hours of its team; what is vague has the date that the policy makes of it."""
    calendar, guard = calendar_of(step), step.context.guard
    zone = ZoneInfo(calendar.zone) if calendar else UTC
    found = tuple(promises(text, None, step.now, zone, calendar, guard.wordings, guard.hours))
    for each in found:
        kind = kind_of(text, each, tuple(other for other in found if other is not each))
        told = replace(each, promise=kind)
        yield told if each.due_at else _dated(told, step)


def _dated(found: Finding, step: Step) -> Finding:
    care = step.rulebook.care
    return replace(found, due_at=step.after(care.vague_calendar, step.now, care.vague_within), vague=True)


def calendar_of(step: Step) -> Calendar | None:
    """By which a promise's days and hours are read: that of the team's targets, else the first that ops named."""
    named = (step.rulebook.calendar(target.calendar) for target in step.conversation.sla if target.calendar != ALWAYS)
    others = (calendar for name, calendar in step.rulebook.calendars.items() if name != ALWAYS)
    return next(chain(named, others), None)
