"""After a call: what came of it, in the agent's words; and that a caller is who they say they are."""

from msgspec.structs import replace

from router.core.calls.orders import is_under_way
from router.core.calls.outcome import Came, wrong_person
from router.core.calls.owed import Ask, owe
from router.core.calls.reports import call_entry, may_speak
from router.core.promises.found import with_found
from router.core.step import Step, changed, refused
from router.model.call import Call, CallbackReason, CallStatus, Disposition
from router.model.conversation import Conversation, ConversationState, moved
from router.model.decision import Decision, EntryKind
from router.model.event import CallerChecked, CallWrapped

LONGEST_DISPOSITION = 60


def call_wrapped(step: Step, command: CallWrapped) -> Decision:
    """The outcome and the note in the timeline, and the agent free; that it is solved resolves nothing by itself.

    What the note promises is told to its author, who confirms it.
    """
    call = step.conversation.call
    if call is None or call.id != command.call:
        return refused("no_such_call")
    if not may_speak(command.agent, call):
        return refused("not_your_call")
    if not call.status.is_over or call.status is CallStatus.IN_DOUBT:
        return refused("call_under_way")
    if call.disposition:
        return refused("already_settled")
    disposition = " ".join(command.disposition.split())[:LONGEST_DISPOSITION]
    wrapped = replace(call, wrapped_at=step.now, disposition=disposition, at=step.now)
    came = _came(replace(step.conversation, call=wrapped), wrapped, step)
    entry = call_entry(step, wrapped, command.agent.name, state="wrapped", disposition=disposition)
    told = [entry]
    if command.note.strip():
        told.append(step.entry(EntryKind.NOTE, actor=command.agent.name, text=command.note))
    return with_found(came.decision(*told), command.note, step)


def caller_checked(step: Step, command: CallerChecked) -> Decision:
    """Who called is the customer, as the agent made sure."""
    call = step.conversation.call
    if call is None or call.id != command.call:
        return refused("no_such_call")
    if call.checked_at:
        return refused("already_settled")
    checked = replace(call, checked_at=step.now)
    entry = call_entry(step, checked, command.agent.name, state="checked")
    return changed(replace(step.conversation, call=checked), entry)


def _came(conversation: Conversation, call: Call, step: Step) -> Came:
    """What follows from the disposition."""
    match call.disposition:
        case Disposition.CALL_AGAIN if not is_under_way(conversation):
            ask = Ask(CallbackReason.AGENT, call.number, by=call.agent_name, wanted=call.agent)
            found = owe(conversation, ask, step)
            return Came(*found) if found else Came(conversation)
        case Disposition.WRONG_NUMBER if call.status is not CallStatus.WRONG_NUMBER:
            return wrong_person(conversation, call, step)
        case Disposition.FOLLOW_UP:
            return Came(_ours_again(conversation, step))
    return Came(conversation)


def _ours_again(conversation: Conversation, step: Step) -> Conversation:
    """`conversation` as one in which the team owes something."""
    if conversation.state not in (ConversationState.PENDING, ConversationState.SNOOZED):
        return conversation
    after = replace(moved(conversation, ConversationState.OPEN), turn=conversation.turn + 1, snoozed_until=None)
    return replace(after, waiting_since=step.now)
