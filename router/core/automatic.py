"""What Hilo writes by itself to a customer: when, where, in which language; and that nobody is written to by night."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from router.core.guard.exposure import exposed
from router.core.languages import spoken
from router.core.reply import message_entry, outbound, watched
from router.core.step import Step
from router.model.call import PHONE
from router.model.conversation import Conversation, ReplyTarget
from router.model.customer import LinkKind
from router.model.decision import TimelineEntry, Timer
from router.model.message import Handle, OutboundMessage, Proof

# On the wall clock of the policy's zone: nobody's telephone hums at night for a line that a machine wrote.
MORNING, EVENING = time(8), time(21)
# Who was told that we are late is not told so again within a day, however often we are.
TOLD_EVERY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Told:
    """`conversation` with `message` on its way, what the timeline tells of it, and what is to be looked at again."""

    conversation: Conversation
    message: OutboundMessage
    entry: TimelineEntry
    timers: tuple[Timer, ...] = field(default=())


def told(conversation: Conversation, text: str, what: str, step: Step, place: ReplyTarget | None = None) -> Told | None:
    """The customer told `text` at `place`, or where they last wrote; None if nobody may be written to.

    Nor is anybody where it would show something in public. `what` names it in the timeline.
    """
    target = place or place_of(conversation)
    message = line(conversation, target, text, language_of(conversation, step), step) if target else None
    if message is None:
        return None
    after, timers = watched(conversation, message, step)
    return Told(after, message, message_entry(step, message, actor="", detail={"automatic": what}), timers)


def line(
    conversation: Conversation, target: ReplyTarget, text: str, language: str, step: Step
) -> OutboundMessage | None:
    """`text` as a message that no person wrote; None if it would show something in public: nobody is there to be asked.

    It quotes nothing of the customer's, not even the subject, so that nobody can make us carry their words to others.
    """
    written = outbound(step, conversation, target, text, author="")
    if exposed(written, (), step):
        return None
    return replace(written, subject="", language=language, is_automatic=True, quotation=None)


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


def anywhere(conversation: Conversation, step: Step) -> ReplyTarget | None:
    """Where the customer last wrote a text, else an address that leads to them: for what they have to hear.

    It is one that they gave, or that is proved to be theirs, and that a channel of ours leads to.
    """
    if place := place_of(conversation):
        return place
    ways, customer = step.context.policy.answer_by or {}, step.context.customer
    proved = [link.handle for link in (customer.links if customer else ()) if link.kind is LinkKind.VERIFIED]
    handles: list[Handle] = [*([conversation.address] if conversation.address else []), *reversed(proved)]
    handle = next((each for each in handles if each.kind in ways and each.kind != PHONE), None)
    return ReplyTarget(*ways[handle.kind], handle, Proof.NONE, step.now) if handle else None


def language_of(conversation: Conversation, step: Step) -> str:
    """The language in which the customer is told: theirs if we have words in it, else their team's."""
    team = step.context.teams.get(conversation.ownership.team)
    return spoken(conversation.language, team.language if team else "")


def daytime(at: datetime, step: Step) -> datetime:
    """`at`, or the next morning where it is night in the policy's zone."""
    local = at.astimezone(ZoneInfo(step.rulebook.calls.zone))
    if MORNING <= local.time() < EVENING:
        return at
    day = local.date() + timedelta(days=local.time() >= EVENING)
    return datetime.combine(day, MORNING, local.tzinfo).astimezone(UTC)


def is_night(step: Step) -> bool:
    """Whether nobody is written to now by a machine."""
    return daytime(step.now, step) > step.now
