"""What is refused before any arm looks at it: one place for who may do what, on what, from which revision."""

from router.model.conversation import Conversation
from router.model.decision import Outcome, OutcomeKind
from router.model.event import (
    CallbackDropped,
    CallbackSet,
    CallDeclined,
    CallerChecked,
    CallLogged,
    CallTaken,
    CallWrapped,
    Claimed,
    CodeAsked,
    Event,
    FactDropped,
    FactSet,
    Linked,
    NoteAdded,
    PromiseMade,
    PromiseMoved,
    PromiseSettled,
    Released,
    Reopened,
    ReplyConfirmed,
    ReplyRepeated,
    ReplyWritten,
    Resolved,
    Snoozed,
    SuggestionDropped,
    Transferred,
    Unlinked,
)
from router.model.team import Agent

COMMANDS = (
    ReplyWritten,
    ReplyConfirmed,
    ReplyRepeated,
    CodeAsked,
    FactSet,
    FactDropped,
    Linked,
    SuggestionDropped,
    Unlinked,
    NoteAdded,
    Claimed,
    Released,
    Transferred,
    Resolved,
    Reopened,
    Snoozed,
    CallbackSet,
    CallbackDropped,
    CallTaken,
    CallDeclined,
    CallLogged,
    CallWrapped,
    CallerChecked,
    PromiseMade,
    PromiseSettled,
    PromiseMoved,
)

# These name the call that they are about, and are refused where that is another one by now: people who are on the line
# need not have read what was written meanwhile.
ABOUT_A_CALL = (CallTaken, CallDeclined, CallLogged, CallWrapped, CallerChecked)


def author(event: Event) -> Agent | None:
    """The agent who gave the command that `event` is; None if it is none."""
    return event.body.agent if isinstance(event.body, COMMANDS) else None


def refusal(conversation: Conversation | None, event: Event) -> Outcome:
    """The refusal of `event`, or an outcome of kind DONE if nothing speaks against it."""
    if conversation is None:
        return Outcome(OutcomeKind.REFUSED, event.conversation, reason="unknown_conversation")
    agent = author(event)
    if agent is None:
        return Outcome(OutcomeKind.DONE, conversation.id, conversation.revision)
    if not agent.is_allowed(conversation.ownership.team):
        return Outcome(OutcomeKind.REFUSED, conversation.id, conversation.revision, "not_your_team")
    if conversation.part_of:
        return Outcome(OutcomeKind.REFUSED, conversation.joined or conversation.id, conversation.revision, "merged")
    is_stale = event.expected is not None and event.expected < conversation.story_revision
    if is_stale and not isinstance(event.body, ABOUT_A_CALL):
        return Outcome(OutcomeKind.CONFLICT, conversation.id, conversation.revision, "changed_since")
    if conversation.is_closed:
        return Outcome(OutcomeKind.REFUSED, conversation.id, conversation.revision, "closed")
    return Outcome(OutcomeKind.DONE, conversation.id, conversation.revision)
