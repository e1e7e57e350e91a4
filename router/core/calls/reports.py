"""What providers and agents say of a call becomes what the conversation knows of it."""

from msgspec.structs import replace

from router.core.calls.crossing import crossed
from router.core.calls.outcome import Came, came_of
from router.core.calls.progress import advanced, has_talked, watched
from router.core.step import Step, changed, refused
from router.model.call import Call, CallReport, CallStatus
from router.model.conversation import Conversation
from router.model.decision import Decision, EntryKind, TimelineEntry
from router.model.event import CallLogged, CallReported
from router.model.message import DeliveryState, OutboundMessage, Receipt
from router.model.team import Agent, Role

# Steps in which nothing has come of it yet: the board shows them, and the timeline need not.
UNTOLD = (CallStatus.AGENT_RINGING, CallStatus.AGENT_ANSWERED, CallStatus.RINGING)
RECORDING = "recording"


def call_reported(step: Step, body: CallReported) -> Decision:
    """What a provider says, of the call that it is about; nothing where another one came since."""
    conversation = step.conversation
    call = conversation.call
    if conversation.is_closed or conversation.part_of:
        return refused("stale")
    if call is None:
        return refused("stale")
    if call.id == body.report.call:
        return _reported(step, call, body.report)
    if found := crossed(step, call, body):
        theirs, came = found
        told = () if theirs.status in UNTOLD else (call_entry(step, theirs, theirs.agent_name),)
        return came.decision(*told)
    return refused("stale")


def call_logged(step: Step, command: CallLogged) -> Decision:
    """What an agent says of a call that they dialled, or of one in doubt; a supervisor may say it for them."""
    call = step.conversation.call
    if call is None or call.id != command.call:
        return refused("no_such_call")
    if not may_speak(command.agent, call) and call.status is not CallStatus.IN_DOUBT:
        return refused("not_your_call")
    # Many an exchange tells a line that fell as a call that was hung up: only the agent knows.
    is_open = not call.status.is_over or call.status is CallStatus.IN_DOUBT
    is_fallen = call.status is CallStatus.ENDED and command.status is CallStatus.DROPPED and call.wrapped_at is None
    if command.status is CallStatus.IN_DOUBT or not (is_open or is_fallen):
        return refused("already_settled")
    report = CallReport(call.id, command.status, step.now, seconds=command.seconds, reason=command.reason)
    decided = _reported(step, call, report, command.agent.name)
    return decided if decided.conversation else refused("already_settled")


def delivered(step: Step, receipt: Receipt) -> Decision:
    """What became of an order on its way to the provider: taken, surely not, or nobody knows. No reply waits for it."""
    conversation, call = step.conversation, step.conversation.call
    if call is None or call.id != receipt.message:
        return refused("stale")
    entry = step.entry(EntryKind.DELIVERY, message=receipt.message, detail=_detail_of(receipt))
    if receipt.state in (DeliveryState.FAILED, DeliveryState.UNCONFIRMED):
        is_failed = receipt.state is DeliveryState.FAILED
        status = CallStatus.FAILED if is_failed else CallStatus.IN_DOUBT
        report = CallReport(call.id, status, receipt.at, reason=receipt.reason)
        # It is known by a report that somebody was rung: then the provider has taken it, whatever its answer was.
        decided = _reported(step, call, report) if _is_unheard(call) else refused("stale")
        return replace(decided, entries=(entry, *decided.entries)) if decided.conversation else decided
    if call.status.is_over or call.reference == receipt.reference:
        return refused("stale")
    taken = replace(call, reference=receipt.reference, watched_until=watched(call, step.now, step.rulebook.calls))
    return changed(replace(conversation, call=taken), entry)


def is_order(conversation: Conversation, receipt: Receipt, message: OutboundMessage | None) -> bool:
    """Whether `receipt` is of a call that was ordered, and of no reply."""
    call = conversation.call
    return (message is not None and message.order is not None) or (call is not None and call.id == receipt.message)


def silent(step: Step, call: Call) -> Decision:
    """A call of which nothing was heard for too long: it is in doubt."""
    return _reported(step, call, CallReport(call.id, CallStatus.IN_DOUBT, step.now, reason="silence"))


def may_speak(agent: Agent, call: Call) -> bool:
    """Whether `call` is the agent's, or a supervisor speaks for them."""
    return call.agent == agent.id or agent.role is Role.SUPERVISOR


def _reported(step: Step, call: Call, report: CallReport, by: str = "") -> Decision:
    after = advanced(call, report, step.now, step.rulebook.calls)
    if after is None:
        return refused("stale")
    conversation = replace(step.conversation, call=after)
    if after.status is call.status:
        return _more(step, call, after, conversation)
    came = came_of(conversation, after, step)
    told = () if after.status in UNTOLD else (call_entry(step, after, by or after.agent_name),)
    return came.decision(*told)


def _more(step: Step, before: Call, after: Call, conversation: Conversation) -> Decision:
    """The call with what is known of it besides; a recording is told."""
    if after.recording == before.recording:
        return Came(conversation).decision(call_entry(step, after, after.agent_name))
    entry = call_entry(step, after, after.agent_name)
    return changed(conversation, replace(entry, detail={**entry.detail, "state": RECORDING}))


def call_entry(step: Step, call: Call, actor: str, text: str = "", **more: str) -> TimelineEntry:
    """What the timeline tells of how far a call has come."""
    detail = {
        "state": str(call.status),
        "direction": str(call.direction),
        "callback": call.callback or "",
        "seconds": "" if call.seconds is None or not has_talked(call) else str(call.seconds),
        "reason": call.reason,
        "recording": call.recording,
        **step.late,
        **more,
    }
    kept = {name: value for name, value in detail.items() if value}
    return step.entry(EntryKind.CALL, actor=actor, text=text, message=call.id, detail=kept)


def _is_unheard(call: Call) -> bool:
    """Whether no report has come of the order yet, or only that none came."""
    return call.status in (CallStatus.ORDERED, CallStatus.IN_DOUBT)


def _detail_of(receipt: Receipt) -> dict[str, str]:
    return {"state": str(receipt.state)} | ({"reason": receipt.reason} if receipt.reason else {})
