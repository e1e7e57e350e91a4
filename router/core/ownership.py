"""Who owns a conversation and who is at work on it."""

from msgspec.structs import replace

from router.core.step import Step, changed, refused
from router.model.conversation import Conversation, ConversationState, moved
from router.model.decision import Decision, EntryKind, TimelineEntry
from router.model.event import Transferred
from router.model.ids import TeamId
from router.model.team import Agent, Ownership

WORKED_ON = (ConversationState.NEW, ConversationState.OPEN, ConversationState.PENDING, ConversationState.SNOOZED)


def claimed(step: Step, agent: Agent) -> Decision:
    """`agent` as the assignee; what nobody had taken is open from now on."""
    conversation = step.conversation
    if conversation.state not in WORKED_ON:
        return refused("resolved")
    if conversation.assignee == agent.id:
        return refused("already_yours")
    after = replace(conversation, assignee=agent.id)
    if conversation.state is ConversationState.NEW:
        after = moved(after, ConversationState.OPEN)
    detail = {"from": conversation.assignee} if conversation.assignee else {}
    return changed(after, step.entry(EntryKind.CLAIMED, actor=agent.name, detail=detail))


def released(step: Step, agent: Agent) -> Decision:
    """No assignee: the conversation is the team's again."""
    conversation = step.conversation
    if conversation.assignee is None:
        return refused("not_claimed")
    return changed(replace(conversation, assignee=None), step.entry(EntryKind.RELEASED, actor=agent.name))


def transferred(step: Step, transfer: Transferred) -> Decision:
    """Another team as the owner, with the note; it finds the whole story and nobody at work on it."""
    conversation, team = step.conversation, transfer.team
    if team not in step.context.teams:
        return refused("unknown_team")
    if team == conversation.ownership.team:
        return refused("same_team")
    if conversation.state not in WORKED_ON:
        return refused("resolved")
    reason = f"transferred by {transfer.agent.name}"
    after = replace(conversation, ownership=Ownership(team, since=step.now, reason=reason), assignee=None)
    if conversation.state is not ConversationState.NEW:
        after = replace(moved(after, ConversationState.OPEN), turn=after.turn + 1, snoozed_until=None)
    after = replace(after, waiting_since=after.waiting_since or step.now)
    detail = {"from": conversation.ownership.team, "to": team}
    return changed(
        after, step.entry(EntryKind.TRANSFERRED, actor=transfer.agent.name, text=transfer.note, detail=detail)
    )


def handed_over(
    conversation: Conversation, team: TeamId, reason: str, step: Step, rule: str = ""
) -> tuple[Conversation, TimelineEntry]:
    """`conversation` as `team`'s without anybody's command; `rule` names the rule that did so, if one did."""
    detail = {"from": conversation.ownership.team, "to": team} | ({"rule": rule} if rule else {})
    ownership = Ownership(team, since=step.now, reason=reason)
    after = replace(conversation, ownership=ownership, assignee=None, turn=conversation.turn + 1)
    return after, step.entry(EntryKind.TRANSFERRED, text=reason, detail=detail)


def note_added(step: Step, agent: Agent, text: str) -> Decision:
    """The note in the timeline, for colleagues alone."""
    if not text.strip():
        return refused("empty_text")
    return changed(step.conversation, step.entry(EntryKind.NOTE, actor=agent.name, text=text))
