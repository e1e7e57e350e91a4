"""A customer rings us: the conversation knows of the call from its first moment on."""

from datetime import datetime

from msgspec.structs import replace

from router.core.calls.progress import watched
from router.core.calls.words import INCOMING
from router.core.languages import spoken
from router.core.step import Step
from router.model.call import Call, CallDirection, CallStatus
from router.model.conversation import Conversation
from router.model.ids import AgentId, MessageId
from router.model.message import Handle, InboundMessage


def rung(conversation: Conversation, message: InboundMessage, step: Step) -> Conversation:
    """`conversation` with the call that `message` is; who rings back in time is whoever they talked to before.

    One of ours that is still under way stays the conversation's: its own reports have to find it. It keeps the id of
    this one, whose reports then find it too.
    """
    if not message.call:
        return conversation
    after = replace(conversation, preview=preview(conversation, step))
    former = conversation.call
    if former and former.direction is CallDirection.OUT and not former.status.is_over:
        return replace(after, call=replace(former, beside=MessageId(message.key)))
    is_back = former is not None and former.grace_until is not None and step.now <= former.grace_until
    agent, name = (former.agent, former.agent_name) if former and is_back else (None, "")
    call = ringing_us(MessageId(message.key), message.sender, step.now, agent, name)
    call = replace(call, reference=message.call)
    return replace(after, call=replace(call, watched_until=watched(call, step.now, step.rulebook.calls)))


def ringing_us(name: MessageId, number: Handle, at: datetime, agent: AgentId | None = None, who: str = "") -> Call:
    """The call by which a customer rings us; `agent`, called `who`, is whom they talked to lately, if they did."""
    return Call(name, CallDirection.IN, CallStatus.RINGING, at, number, agent=agent, agent_name=who)


def preview(conversation: Conversation, step: Step) -> str:
    """What lists show of a message that has no words."""
    team = step.context.teams.get(conversation.ownership.team)
    return INCOMING[spoken(team.language if team else "")]
