"""What the rules' verdict does to a conversation: whose it is, and all that it is given."""

from msgspec.structs import replace

from router.core import deadlines, ladder
from router.core.facts import kept
from router.core.ownership import handed_over
from router.core.step import Step
from router.model.conversation import Conversation
from router.model.decision import EntryKind, TimelineEntry
from router.model.route import Route
from router.model.team import Ownership, Priority
from rules.engine import Verdict
from rules.explain import reasons
from rules.facts import Facts


def first_owner(route: Route, step: Step) -> Ownership:
    """The owner of a new conversation: the default team where the rule's is gone, so that nobody is without one."""
    if route.team in step.context.teams:
        return Ownership(route.team, since=step.now, reason=route.reason)
    default = step.context.policy.default_team
    return Ownership(default, since=step.now, reason=f"{route.reason}: no team {route.team!r}")


def has_owner(conversation: Conversation, step: Step) -> bool:
    """Whether its owner is a team that still exists."""
    return conversation.ownership.team in step.context.teams


def owned(conversation: Conversation, verdict: Verdict, step: Step) -> tuple[Conversation, tuple[TimelineEntry, ...]]:
    """`conversation` at its owner, at the team of a rule that may take it, or at the default team if its own is gone.

    Where a rule takes it, what a ladder would have done about the former owner is over, unless it comes back.
    """
    owner, route = conversation.ownership.team, verdict.route
    if route.is_reroute and route.team != owner and route.team in step.context.teams:
        after, entry = handed_over(ladder.taken(conversation), route.team, route.reason, step, verdict.rule)
        return after, (entry,)
    if not has_owner(conversation, step):
        default, reason = step.context.policy.default_team, f"the team {owner!r} is gone"
        after, entry = handed_over(conversation, default, reason, step)
        return after, (entry,)
    return conversation, ()


def given(conversation: Conversation, route: Route, step: Step) -> Conversation:
    """`conversation` with what `route` adds; its priority only ever goes up.

    What is due is put off only where the route has just taken it from another team.
    """
    former, owner = step.before.ownership.team if step.before else None, conversation.ownership.team
    is_taken = route.is_reroute and former != owner == route.team
    after = replace(
        conversation,
        priority=_higher(conversation.priority, route.priority),
        tags=tuple(sorted({*conversation.tags, *route.tags})),
        facts={**conversation.facts, **route.facts},
        skills=tuple(dict.fromkeys((*conversation.skills, *route.skills))),
        spoken=route.spoken or conversation.spoken,
    )
    after = deadlines.with_targets(after, route.targets, step, is_taken=is_taken)
    return ladder.begun(after, route.ladder, step)


def is_new_to(before: Conversation, after: Conversation) -> bool:
    """Whether the rules changed anything between `before` and `after`."""
    return _ruled(before) != _ruled(after)


def routed_entry(conversation: Conversation, verdict: Verdict, facts: Facts, step: Step) -> TimelineEntry:
    """Which rule did it, what the conversation has now, and all that the rules could see."""
    return step.entry(
        EntryKind.ROUTED,
        detail={
            "team": conversation.ownership.team,
            "rule": verdict.rule,
            "reason": conversation.ownership.reason,
            "matched": ", ".join(verdict.matched),
            "priority": str(conversation.priority),
            "tags": ", ".join(conversation.tags),
            "version": verdict.version,
            "deciding": "\n".join(reasons(step.rulebook, facts, verdict.matched)),
            "facts": kept(facts),
        },
    )


def _higher(one: Priority, other: Priority | None) -> Priority:
    return other if other and other.rank < one.rank else one


def _ruled(conversation: Conversation) -> tuple[object, ...]:
    """All that rules can change."""
    return (
        conversation.ownership,
        conversation.priority,
        conversation.tags,
        conversation.facts,
        conversation.skills,
        conversation.spoken,
        conversation.sla,
        conversation.ladder,
        conversation.callback,
        conversation.acknowledgement,
    )
