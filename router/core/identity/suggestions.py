"""Who may be the same customer: told to agents, who say whether it is so; never to a customer."""

from collections.abc import Sequence

from msgspec.structs import replace

from router.core.step import Step, changed
from router.model.conversation import DROPPED_KEPT, SUGGESTIONS_KEPT, Conversation, Doubt, Suggestion
from router.model.decision import Decision, EntryKind, TimelineEntry
from router.model.ids import ConversationId, CustomerId
from router.model.message import Handle


def suggested(
    conversation: Conversation, anew: Suggestion, step: Step
) -> tuple[Conversation, tuple[TimelineEntry, ...]]:
    """`conversation` with that suggestion, and the entry that tells it: once, and never what an agent has dropped."""
    known = next((each for each in conversation.suggestions if _is_same(each, anew)), None)
    if known and known.doubt is None and anew.doubt is Doubt.SUPERVISOR:
        # Something else than an agent's word speaks for it.
        anew = replace(anew, doubt=None)
    if known and (known.is_dropped or known == anew):
        return conversation, ()
    others = tuple(each for each in conversation.suggestions if each is not known)
    after = replace(conversation, suggestions=latest((*others, anew)))
    is_told = known is not None and known.doubt == anew.doubt
    return after, () if is_told else (step.entry(EntryKind.SUGGESTION, detail=_detail(anew)),)


def latest(suggestions: Sequence[Suggestion]) -> tuple[Suggestion, ...]:
    """The latest of those that are shown, and of those dropped, which no newer one of the former brings back."""
    shown = [each for each in suggestions if not each.is_dropped][-SUGGESTIONS_KEPT:]
    gone = [each for each in suggestions if each.is_dropped][-DROPPED_KEPT:]
    return (*gone, *shown)


def matching(conversation: Conversation, handle: Handle | None, other: ConversationId | None) -> Suggestion | None:
    """The suggestion of that handle, or of who has that other conversation; None if there is none."""
    for each in conversation.suggestions:
        if not each.is_dropped and ((handle and each.handle == handle) or (other and each.conversation == other)):
            return each
    return None


def dropped(conversation: Conversation, suggestion: Suggestion, actor: str, step: Step) -> Decision:
    """`suggestion` as one that an agent has dropped."""
    kept = tuple(replace(each, is_dropped=True) if each is suggestion else each for each in conversation.suggestions)
    detail = {**_detail(suggestion), "state": "dropped"}
    return changed(
        replace(conversation, suggestions=kept), step.entry(EntryKind.SUGGESTION, actor=actor, detail=detail)
    )


def without(
    conversation: Conversation,
    handle: Handle | None = None,
    customer: CustomerId | None = None,
    other: ConversationId | None = None,
) -> Conversation:
    """`conversation` without what was suggested of them: it is decided."""
    left = tuple(
        each
        for each in conversation.suggestions
        if not (handle and each.handle == handle)
        and not (customer and each.customer == customer)
        and not (other and each.conversation == other)
    )
    return replace(conversation, suggestions=left) if left != conversation.suggestions else conversation


def _is_same(one: Suggestion, other: Suggestion) -> bool:
    if one.customer and other.customer:
        return one.customer == other.customer
    return (one.handle, one.conversation) == (other.handle, other.conversation)


def _detail(suggestion: Suggestion) -> dict[str, str]:
    told = {
        "conversation": suggestion.conversation or "",
        "handle": str(suggestion.handle) if suggestion.handle else "",
        "customer": suggestion.customer or "",
        "team": suggestion.team,
        "doubt": suggestion.doubt or "",
    }
    return {name: str(value) for name, value in told.items() if value}
