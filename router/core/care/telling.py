"""What Hilo writes by itself to a customer: when, where, in which language; and that nobody is written to by night."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from router.core.guard.exposure import exposed
from router.core.reply import message_entry, outbound, watched
from router.core.step import Step
from router.model.call import PHONE
from router.model.conversation import Conversation, ReplyTarget
from router.model.decision import TimelineEntry, Timer
from router.model.message import OutboundMessage

# On the wall clock of the policy's zone: nobody's telephone hums at night for a line that a machine wrote.
MORNING, EVENING = time(8), time(21)
SPANISH, ENGLISH = "es", "en"


@dataclass(frozen=True, slots=True)
class Told:
    """`conversation` with `message` on its way, what the timeline tells of it, and what is to be looked at again."""

    conversation: Conversation
    message: OutboundMessage
    entry: TimelineEntry
    timers: tuple[Timer, ...] = field(default=())


def told(conversation: Conversation, text: str, what: str, step: Step) -> Told | None:
    """The customer told `text`; None if nobody may be written to, or it would show something in public.

    `what` names it in the timeline. It quotes nothing of theirs, so that nobody can make us carry their words.
    """
    target = place_of(conversation)
    if target is None:
        return None
    written = outbound(step, conversation, target, text, author="")
    language = language_of(conversation, step)
    message = replace(written, subject="", language=language, is_automatic=True, quotation=None)
    if exposed(message, (), step):
        return None
    after, timers = watched(conversation, message, step)
    return Told(after, message, message_entry(step, message, actor="", detail={"automatic": what}), timers)


def place_of(conversation: Conversation) -> ReplyTarget | None:
    """Where the customer last wrote a text; in private where they have done so too, on the same channel.

    Where they have only rung us, a machine wrote, or somebody who may not be who they say, nothing is written. A
    private side is not opened for it: that might be refused, and nobody is there to see it.
    """
    places = [target for target in conversation.targets if target.handle.kind != PHONE and not target.silent]
    latest = places[0] if places else None
    if latest is None or not latest.public:
        return latest
    return next((each for each in places if each.handle == latest.handle and not each.public), latest)


def language_of(conversation: Conversation, step: Step) -> str:
    """The language in which the customer is told: theirs if we have words in it, else their team's."""
    team = step.context.teams.get(conversation.ownership.team)
    known = (conversation.language, team.language if team else "")
    return next((code for each in known if (code := each[:2]) in (SPANISH, ENGLISH)), SPANISH)


def daytime(at: datetime, step: Step) -> datetime:
    """`at`, or the next morning where it is night in the policy's zone."""
    local = at.astimezone(ZoneInfo(step.rulebook.calls.zone))
    if MORNING <= local.time() < EVENING:
        return at
    day = local.date() + timedelta(days=local.time() >= EVENING)
    return datetime.combine(day, MORNING, local.tzinfo).astimezone(UTC)
