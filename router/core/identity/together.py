"""Two open conversations of one person as one: the elder stays, and nothing that is owed is forgotten."""

from datetime import datetime

from msgspec.structs import replace

from router.core.calls.moving import of_both
from router.core.facts_kept import with_facts
from router.core.identity.suggestions import latest
from router.core.promises.record import bounded
from router.core.step import Step
from router.model.commitment import Deadline, Target
from router.model.conversation import (
    AWAITING_KEPT,
    TARGETS_KEPT,
    UNREACHED_KEPT,
    Conversation,
    ConversationState,
    ReplyTarget,
)
from router.model.message import Handle, OutboundMessage
from router.model.promise import FollowUp, Promise
from router.model.team import Priority

OWED = (ConversationState.NEW, ConversationState.OPEN)


def both(mine: Conversation, theirs: Conversation, step: Step) -> Conversation:
    """`mine` with what `theirs` adds; who owns the elder one owns both. Its timers of old are stale."""
    elder, younger = (mine, theirs) if mine.created_at <= theirs.created_at else (theirs, mine)
    state = _state(mine, theirs)
    callback, call = of_both(mine, theirs)
    after = replace(
        elder,
        id=mine.id,
        customer=mine.customer,
        revision=mine.revision,
        updated_at=mine.updated_at,
        story_revision=mine.story_revision,
        state=state,
        priority=_higher(mine.priority, theirs.priority),
        tags=tuple(sorted({*mine.tags, *theirs.tags})),
        customer_name=elder.customer_name or younger.customer_name,
        subject=elder.subject or younger.subject,
        preview=max(mine, theirs, key=_latest).preview,
        language=elder.language or younger.language,
        targets=_targets(mine, theirs),
        address=_address(mine, theirs),
        waiting_since=_waiting(mine, theirs, state, step),
        turn=max(mine.turn, theirs.turn) + 1,
        messages=mine.messages + theirs.messages,
        awaiting=(*theirs.awaiting, *mine.awaiting)[-AWAITING_KEPT:],
        unreached=(*theirs.unreached, *mine.unreached)[-UNREACHED_KEPT:],
        facts={**younger.facts, **elder.facts},
        skills=tuple(dict.fromkeys((*elder.skills, *younger.skills))),
        spoken=elder.spoken or younger.spoken,
        ladder=mine.ladder,
        former_ladders=mine.former_ladders,
        callback=callback,
        call=call,
        promises=_promises(mine, theirs),
        is_escalated=mine.is_escalated or theirs.is_escalated,
        challenge=mine.challenge,
        follow_up=_follow_up(mine, theirs),
        acknowledgement=elder.acknowledgement or younger.acknowledgement,
        replied_at=_last(mine.replied_at, theirs.replied_at),
        reopened_at=_last(mine.reopened_at, theirs.reopened_at),
        known=with_facts(theirs.known, mine.known),
        suggestions=latest((*theirs.suggestions, *mine.suggestions)),
    )
    return _at_rest(_owed(after, mine, theirs), mine, theirs)


def naming_itself(conversation: Conversation) -> Conversation:
    """`conversation` with what may be sent again from there as its own, wherever it was first sent from."""

    def own(message: OutboundMessage) -> OutboundMessage:
        return replace(message, conversation=conversation.id)

    return replace(
        conversation,
        awaiting=tuple(map(own, conversation.awaiting)),
        unreached=tuple(replace(each, message=own(each.message)) for each in conversation.unreached),
    )


def _state(mine: Conversation, theirs: Conversation) -> ConversationState:
    """Open if either owes something; else as far from being over as the one that is farther."""
    states = {mine.state, theirs.state}
    if states & set(OWED):
        is_new = mine.state is ConversationState.NEW and theirs.state is not ConversationState.OPEN
        return ConversationState.NEW if is_new and not theirs.assignee else ConversationState.OPEN
    for state in (ConversationState.PENDING, ConversationState.SNOOZED):
        if state in states:
            return state
    return ConversationState.RESOLVED


def _address(mine: Conversation, theirs: Conversation) -> Handle | None:
    """Where answers go that nobody fetches; where both came by chats, what was said in the one is not for the other."""
    are_chats = all(any(target.handle.kind == "chat" for target in each.targets) for each in (mine, theirs))
    if are_chats and mine.address != theirs.address:
        return None
    return mine.address or theirs.address


def _waiting(mine: Conversation, theirs: Conversation, state: ConversationState, step: Step) -> datetime | None:
    """The earlier instant since when one of them waits; a resolution has ended the wait before it."""
    alive = [each for each in (mine, theirs) if each.state is not ConversationState.RESOLVED]
    since = [each.waiting_since for each in alive or (mine, theirs) if each.waiting_since]
    if state is ConversationState.PENDING:
        return None
    return min(since) if since else (step.now if state in OWED else None)


def _owed(after: Conversation, mine: Conversation, theirs: Conversation) -> Conversation:
    """`after` with the targets of both, and of what runs of one kind the one that is due first."""
    sla: dict[str, Target] = {target.kind: target for target in (*theirs.sla, *mine.sla)}
    due: dict[str, Deadline] = {}
    for deadline in (*mine.deadlines, *theirs.deadlines):
        kind = deadline.target.kind
        due[kind] = min(due.get(kind, deadline), deadline, key=lambda each: each.due_at)
    paused = next((each for each in (mine.paused, theirs.paused) if each and each.target.kind not in due), None)
    return replace(after, sla=tuple(sla.values()), deadlines=tuple(due.values()), paused=paused)


def _at_rest(after: Conversation, mine: Conversation, theirs: Conversation) -> Conversation:
    """`after` with the instant that ends its state by itself, where there is one."""
    until = [each.snoozed_until for each in (mine, theirs) if each.snoozed_until]
    is_snoozed, is_resolved = after.state is ConversationState.SNOOZED, after.state is ConversationState.RESOLVED
    return replace(
        after,
        snoozed_until=min(until) if until and is_snoozed else None,
        resolved_at=_last(mine.resolved_at, theirs.resolved_at) if is_resolved else None,
        closes_at=_last(mine.closes_at, theirs.closes_at) if is_resolved else None,
    )


def _promises(mine: Conversation, theirs: Conversation) -> tuple[Promise, ...]:
    """What was promised in either; of too many those that are settled are forgotten, and none that is open."""
    found = {promise.id: promise for promise in (*theirs.promises, *mine.promises)}
    return bounded(tuple(sorted(found.values(), key=lambda each: each.made_at)))


def _targets(mine: Conversation, theirs: Conversation) -> tuple[ReplyTarget, ...]:
    """Where a reply can go, the latest first; one for each handle and side."""
    found: dict[object, ReplyTarget] = {}
    for target in sorted((*mine.targets, *theirs.targets), key=lambda target: target.at, reverse=True):
        found.setdefault((target.handle, target.public), target)
    return tuple(found.values())[:TARGETS_KEPT]


def _latest(conversation: Conversation) -> datetime:
    return max((target.at for target in conversation.targets), default=conversation.created_at)


def _follow_up(mine: Conversation, theirs: Conversation) -> FollowUp | None:
    """The later question after a resolution; what neither is any more, is asked nobody (`care.follow_up.in_state`)."""
    asked = [each.follow_up for each in (mine, theirs) if each.follow_up]
    return max(asked, key=lambda each: each.due_at, default=None)


def _last(*instants: datetime | None) -> datetime | None:
    return max(filter(None, instants), default=None)


def _higher(one: Priority, other: Priority) -> Priority:
    return min(one, other, key=lambda each: each.rank)
