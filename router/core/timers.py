"""What happens by time: snoozed until, resolved and then closed; deadlines and ladders have files of their own."""

from msgspec.structs import replace

from router.core import deadlines, ladder
from router.core.calls import due as calls_due
from router.core.calls.board import owed
from router.core.calls.orders import is_under_way
from router.core.calls.owed import callback_entry
from router.core.care import follow_up, silence
from router.core.ownership import WORKED_ON
from router.core.promises import chase
from router.core.promises.kept import still_owed
from router.core.promises.record import open_promises
from router.core.reply import answered_elsewhere
from router.core.step import Step, changed, refused
from router.model.conversation import ConversationState, moved
from router.model.decision import Decision, EntryKind
from router.model.event import Resolved, Snoozed, TimerDue, TimerKind
from router.model.team import Agent


def resolved(step: Step, command: Resolved) -> Decision:
    """Done, as the team thinks; it closes unless the customer writes within the policy's `reopen_within`."""
    conversation = step.conversation
    if conversation.state not in WORKED_ON:
        return refused("resolved")
    after = replace(
        moved(conversation, ConversationState.RESOLVED),
        resolved_at=step.now,
        closes_at=step.now + step.context.policy.reopen_within,
        snoozed_until=None,
        turn=conversation.turn + 1,
        callback=owed(conversation),
        is_escalated=False,
    )
    after = replace(after, follow_up=follow_up.after_resolution(after, step))
    after, promised = still_owed(after, step)
    return changed(after, step.entry(EntryKind.RESOLVED, actor=command.agent.name, text=command.note), *promised)


def reopened(step: Step, agent: Agent) -> Decision:
    """A resolved conversation that its team takes up again; who waited still has their place in the queue."""
    conversation = step.conversation
    if conversation.state is not ConversationState.RESOLVED:
        return refused("not_resolved")
    after = replace(
        moved(conversation, ConversationState.OPEN),
        resolved_at=None,
        closes_at=None,
        waiting_since=conversation.waiting_since or step.now,
        turn=conversation.turn + 1,
    )
    return changed(after, step.entry(EntryKind.REOPENED, actor=agent.name))


def snoozed(step: Step, command: Snoozed) -> Decision:
    """Nothing to do until `until`, or until the customer writes."""
    conversation = step.conversation
    if conversation.state not in WORKED_ON:
        return refused("resolved")
    if command.until <= step.now:
        return refused("in_the_past")
    after = replace(
        moved(conversation, ConversationState.SNOOZED), snoozed_until=command.until, turn=conversation.turn + 1
    )
    entry = step.entry(EntryKind.SNOOZED, actor=command.agent.name, detail={"until": command.until.isoformat()})
    return changed(after, entry)


def timer_due(step: Step, due: TimerDue) -> Decision:
    """What the timer was set for, unless the conversation has moved on since: then nothing."""
    conversation = step.conversation
    match due.timer:
        case TimerKind.UNDELIVERED:
            return answered_elsewhere(step, due.subject)
        case TimerKind.DEADLINE:
            return deadlines.fell_due(step, due)
        case TimerKind.LADDER:
            return ladder.fell_due(step, due)
        case TimerKind.CALLBACK | TimerKind.CALL:
            return calls_due.fell_due(step, due)
        case TimerKind.PROMISE:
            return chase.fell_due(step, due)
        case TimerKind.FOLLOW_UP:
            return follow_up.fell_due(step, due)
        case TimerKind.SILENCE:
            return silence.fell_due(step, due)
    if due.turn != conversation.turn:
        return refused("stale")
    if due.timer is TimerKind.WAKE and conversation.state is ConversationState.SNOOZED:
        after = replace(
            moved(conversation, ConversationState.OPEN),
            snoozed_until=None,
            waiting_since=conversation.waiting_since or step.now,
        )
        return changed(after, step.entry(EntryKind.WOKEN, detail=step.late))
    if due.timer is TimerKind.CLOSE and conversation.state is ConversationState.RESOLVED:
        return _closed(step)
    return refused("stale")


def _closed(step: Step) -> Decision:
    """Over for good, unless a call is still owed, or something is promised: history calls nobody, and chases nobody."""
    customer, conversation = step.context.customer, step.conversation
    is_called = owed(conversation) or is_under_way(conversation)
    if is_called or open_promises(conversation):
        waiting, promised = still_owed(conversation, step)
        waiting = replace(waiting, closes_at=step.now + step.context.policy.reopen_within)
        calls = (callback_entry(waiting, "still_owed", step, **step.late),) if is_called else ()
        return changed(waiting, *calls, *promised)
    after = replace(moved(step.conversation, ConversationState.CLOSED), awaiting=())
    told = changed(after, step.entry(EntryKind.CLOSED, detail=step.late))
    if customer and customer.open_conversation == after.id:
        return replace(told, customer=replace(customer, open_conversation=None))
    return told
