"""A call is ordered: one agent makes it, and one message tells the provider so."""

from msgspec.structs import replace

from router.core.calls.board import owed
from router.core.calls.briefing import briefing
from router.core.calls.numbers import is_dialable
from router.core.calls.owed import again_from
from router.core.calls.progress import watched
from router.core.calls.when import may_ring
from router.core.step import Step, changed, refused
from router.model.call import PHONE, Call, CallDirection, CallStatus
from router.model.conversation import Callback, Conversation, ConversationState, moved
from router.model.decision import Decision, EntryKind, Outcome, OutcomeKind
from router.model.event import CallTaken
from router.model.ids import AgentId, CallbackId, message_id
from router.model.message import CallOrder, ChannelName, Handle, OutboundMessage

# The account where nobody has rung us: which of our numbers it is made from is the channel's to say.
ACCOUNT = "main"


def call_taken(step: Step, command: CallTaken) -> Decision:
    """The call ordered, unless another agent makes it, or the customer's phone may not ring now."""
    conversation, agent = step.conversation, command.agent
    callback = owed(conversation)
    reason = cant_be_made(conversation, command.callback, agent.id, step)
    if callback is None or reason:
        return refused(reason or "no_callback")
    if (callback.from_at and step.now < callback.from_at) or not may_ring(callback, step.rulebook.calls, step.now):
        return not_ready(callback, step)
    return ordered(conversation, callback, agent.id, agent.name, agent.device, step)


def cant_be_made(conversation: Conversation, wanted: CallbackId, agent: AgentId, step: Step) -> str:
    """Why `agent` can't make the call `wanted`, as a code; empty if nothing speaks against it."""
    callback = owed(conversation)
    if callback is None or callback.id != wanted or conversation.part_of or conversation.is_closed:
        return "no_callback"
    if is_under_way(conversation):
        call = conversation.call
        return "call_under_way" if call is None or call.agent in (None, agent) else "call_taken"
    offer = callback.offer
    if offer and offer.agent != agent and offer.until > step.now:
        return "call_taken"
    return "" if is_dialable(callback.number) else "number_needed"


def is_under_way(conversation: Conversation) -> bool:
    """Whether somebody rings, or is on the line."""
    callback, call = owed(conversation), conversation.call
    return bool(callback and callback.order) or bool(call and not call.status.is_over)


def not_ready(callback: Callback, step: Step) -> Decision:
    """The refusal of a call that may not be made now, with the first moment at which it may."""
    earliest = again_from(callback, max(step.now, callback.from_at or step.now), step).ready_at
    return Decision(Outcome(OutcomeKind.REFUSED, reason="not_ready", earliest=earliest))


def ordered(
    conversation: Conversation, callback: Callback, agent: AgentId, name: str, device: Handle | None, step: Step
) -> Decision:
    """The order as an intent, `agent` at work on it; whoever is the assignee already stays it."""
    if callback.number is None:
        return refused("number_needed")
    order = message_id(step.event.id, step.event.partition)
    call = Call(
        order, CallDirection.OUT, CallStatus.ORDERED, step.now, callback.number, callback.id, agent, name, device
    )
    beside = conversation.call.beside if conversation.call else None
    call = replace(call, watched_until=watched(call, step.now, step.rulebook.calls), beside=beside)
    made = replace(callback, order=order, offer=None, again_at=None, is_in_doubt=False)
    after = replace(conversation, callback=made, call=call, assignee=conversation.assignee or agent)
    if after.state is ConversationState.NEW:
        after = moved(after, ConversationState.OPEN)
    detail = {"state": str(CallStatus.ORDERED), "callback": callback.id, "attempt": str(callback.attempts + 1)}
    entry = step.entry(EntryKind.CALL, actor=name, message=order, detail=detail)
    return replace(changed(after, entry), outbound=(_message(conversation, callback, call, step),))


def _message(conversation: Conversation, callback: Callback, call: Call, step: Step) -> OutboundMessage:
    """What the provider is told: ring the agent, brief them, then ring the customer."""
    phones = (target.account for target in conversation.targets if target.handle.kind == PHONE)
    return OutboundMessage(
        id=call.id,
        conversation=conversation.id,
        channel=ChannelName(PHONE),
        account=next(phones, ACCOUNT),
        recipient=call.number,
        text=briefing(conversation, callback, step),
        created_at=step.now,
        author=call.agent_name,
        team=step.context.team_name(conversation.ownership.team),
        language=_language(conversation, step),
        order=CallOrder(callback.id, call.agent or AgentId(""), call.agent_name, call.device, callback.attempts + 1),
    )


def _language(conversation: Conversation, step: Step) -> str:
    """That of the agent's team: the text is for them."""
    team = step.context.teams.get(conversation.ownership.team)
    return team.language if team else ""
