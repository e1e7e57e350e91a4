"""What must hold of a partition's timers."""

from collections.abc import Iterator

from router.core.awaited import awaited
from router.model.clock import milliseconds
from router.model.decision import ANY_TURN, Timer
from router.store.audit.contents import Contents
from router.store.audit.families import CONVERSATION, TIMERS
from router.store.audit.findings import Finding, Wrong


def timers(contents: Contents) -> Iterator[Finding]:
    """A timer stands where it is due, for a conversation that waits for it; and what it waits for is there."""
    yield from _standing(contents)
    yield from _missing(contents)


def _missing(contents: Contents) -> Iterator[Finding]:
    """Who waits for a timer that is gone is forgotten. One that has fired and is not looked at yet is on its way."""
    there = {_name(timer) for timer, _ in contents.timers}
    for conversation in contents.conversations.values():
        if conversation.id in contents.fired:
            continue
        for timer in awaited(conversation):
            if _name(timer) not in there:
                text = f"it waits for a {timer.kind} timer, and there is none"
                yield Finding(Wrong.TIMER, conversation.id, text, ((TIMERS, ""), (CONVERSATION, conversation.id)))


def _name(timer: Timer) -> tuple[object, ...]:
    """What tells a timer from others, whatever version set it: older ones name a turn."""
    return timer.conversation, timer.kind, timer.due_at, timer.subject


def _standing(contents: Contents) -> Iterator[Finding]:
    lost = contents.lost()
    for timer, score in contents.timers:
        if timer.conversation in lost:
            text = "names it, and there is no such conversation"
        elif timer.conversation in contents.conversations and score != milliseconds(timer.due_at):
            text = "stands at the wrong instant"
        elif _is_left_over(timer, contents):
            text = "is there, and it does not wait for it"
        else:
            continue
        about = ((TIMERS, ""), (CONVERSATION, timer.conversation))
        yield Finding(Wrong.TIMER, timer.conversation, f"a {timer.kind} timer {text}", about)


def _is_left_over(timer: Timer, contents: Contents) -> bool:
    """Whether it should have been cancelled.

    Timers that older versions set all name a turn. They were not cancelled, and may name a conversation in history.
    """
    if timer.turn != ANY_TURN or timer.conversation in contents.unread:
        return False
    conversation = contents.conversations.get(timer.conversation)
    return conversation is None or timer not in awaited(conversation)
