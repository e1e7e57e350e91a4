"""The promises of a conversation: one more, another state of one, and how each is counted."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from msgspec.structs import replace

from router.core.step import Step
from router.model.conversation import Conversation
from router.model.decision import EntryKind, TimelineEntry
from router.model.ids import PromiseId
from router.model.promise import PROMISES_KEPT, Promise, PromiseKind, PromiseState, Tally

PROMISE, VISIT = "promise", "visit"


@dataclass(frozen=True, slots=True)
class Done:
    """A conversation once something was done about its promises: what the timeline tells, and what is counted."""

    conversation: Conversation
    entries: tuple[TimelineEntry, ...] = ()
    tallies: tuple[Tally, ...] = field(default=())

    def then(self, other: "Done") -> "Done":
        """This, and what `other` made of it."""
        return Done(other.conversation, (*self.entries, *other.entries), (*self.tallies, *other.tallies))


def open_promises(conversation: Conversation) -> tuple[Promise, ...]:
    """Those that are still owed."""
    return tuple(each for each in conversation.promises if each.is_open)


def promise_of(conversation: Conversation, name: PromiseId | str) -> Promise | None:
    """The promise of that id."""
    return next((each for each in conversation.promises if each.id == name), None)


def is_full(conversation: Conversation) -> bool:
    """Whether as many are open as a conversation may have."""
    return len(open_promises(conversation)) >= PROMISES_KEPT


def with_promise(conversation: Conversation, promise: Promise) -> Conversation:
    """`conversation` with `promise` as it is now; of those that are settled the latest stay, of the open ones all."""
    known = promise_of(conversation, promise.id)
    promises = conversation.promises if known else (*conversation.promises, promise)
    return replace(conversation, promises=bounded(tuple(promise if each is known else each for each in promises)))


def bounded(promises: tuple[Promise, ...]) -> tuple[Promise, ...]:
    """`promises` without the oldest of those that are settled, where there are too many."""
    surplus = len(promises) - PROMISES_KEPT
    settled = [each.id for each in promises if not each.is_open][: max(surplus, 0)]
    return tuple(each for each in promises if each.id not in settled)


def settled(
    conversation: Conversation, promise: Promise, state: PromiseState, step: Step, actor: str = "", note: str = ""
) -> Done:
    """`conversation` with `promise` settled as `state`. What was late is counted as broken alone, whatever it became.

    A visit is as its agent says: they often learn of it later. All else is late once its instant is over.
    """
    is_late = promise.broken_at is None and promise.due_at < step.now and not promise.is_visit
    is_counted = state is not PromiseState.DROPPED and promise.broken_at is None
    became = PromiseState.BROKEN if is_late else state
    after = replace(
        promise,
        state=state,
        settled_at=step.now,
        broken_at=step.now if is_counted and became is PromiseState.BROKEN else promise.broken_at,
        look_at=None,
        remind_at=None,
    )
    detail = {"was_late": "yes"} if after.broken_at else {}
    entry = promise_entry(step, after, str(state), actor=actor, text=note, detail=detail)
    counted = (tally(conversation, promise, became),) if is_counted else ()
    return Done(with_promise(conversation, after), (entry,), counted)


def tally(conversation: Conversation, promise: Promise, became: PromiseState) -> Tally:
    """What is counted, for the team that owes it now."""
    what = VISIT if promise.kind is PromiseKind.VISIT else PROMISE
    return Tally(conversation.ownership.team, what, str(became))


def promise_entry(
    step: Step,
    promise: Promise,
    state: str,
    *,
    actor: str = "",
    text: str = "",
    detail: Mapping[str, str] | None = None,
) -> TimelineEntry:
    """The timeline's line about `promise`: `state` is what became of it, its words stand in `text` without others."""
    told = {
        "promise": promise.id,
        "state": state,
        "kind": str(promise.kind),
        "due_at": promise.due_at.isoformat(),
        "from_at": promise.from_at.isoformat() if promise.from_at else "",
        "vague": "yes" if promise.vague else "",
        **(detail or {}),
    }
    shown = {name: value for name, value in told.items() if value}
    return step.entry(EntryKind.PROMISE, actor=actor, text=text or promise.text, detail=shown)
