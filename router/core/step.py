"""One step of a conversation: what every arm of `decide` is given, and how a decision is closed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from msgspec.structs import replace

from router.core.context import Context
from router.model.calendar import ALWAYS_OPEN
from router.model.conversation import Conversation
from router.model.customer import Customer
from router.model.decision import Decision, EntryKind, Outcome, OutcomeKind, TimelineEntry
from router.model.errors import PermanentError
from router.model.event import Event, TimerDue
from router.model.late import is_late
from router.model.message import Attachment
from rules.engine import RuleBook

# Nobody has to read these before they act: receipts, what time alone brings, and what the card shows in any case.
UNREAD = frozenset(
    {
        EntryKind.DELIVERY,
        EntryKind.DEADLINE_MISSED,
        EntryKind.LADDER,
        EntryKind.ESCALATED,
        EntryKind.FACT,
        EntryKind.DIRECTORY,
        EntryKind.CALLBACK,
        EntryKind.CALL,
        EntryKind.PROMISE,
        EntryKind.FOLLOW_UP,
        EntryKind.SILENCE,
    }
)


@dataclass(frozen=True, slots=True)
class Step:
    """An event met by a conversation at `now`; `before` is None where there was none."""

    event: Event
    context: Context
    rulebook: RuleBook
    now: datetime
    before: Conversation | None

    @property
    def conversation(self) -> Conversation:
        """The conversation before the step; it is a fault to ask where there is none."""
        if self.before is None:
            raise ValueError(f"no conversation for event {self.event.id}")
        return self.before

    @property
    def late(self) -> Mapping[str, str]:
        """What an entry tells where this step's timer came noticeably late: by how many seconds, as `late`."""
        due = self.event.body
        by = self.now - due.due_at if isinstance(due, TimerDue) else timedelta()
        return {"late": str(int(by.total_seconds()))} if is_late(by) else {}

    def after(self, calendar: str, start: datetime, opening: timedelta) -> datetime:
        """The instant at which `opening` has passed since `start`, on the calendar of that name.

        A calendar that is hardly ever open counts day and night: no message waits for ever because of one.
        """
        try:
            return self.rulebook.calendar(calendar).after(start, opening)
        except PermanentError:
            return ALWAYS_OPEN.after(start, opening)

    def entry(
        self,
        kind: EntryKind,
        *,
        actor: str = "",
        text: str = "",
        channel: str = "",
        message: str = "",
        detail: Mapping[str, str] | None = None,
        attachments: tuple[Attachment, ...] = (),
    ) -> TimelineEntry:
        """A timeline entry of this step; `decision` gives it its place."""
        return TimelineEntry(self.event.id, kind, self.now, actor, text, channel, message, detail or {}, attachments)


def changed(conversation: Conversation, *entries: TimelineEntry) -> Decision:
    """The decision that leaves `conversation` as given and tells `entries`."""
    return Decision(Outcome(OutcomeKind.DONE), conversation, entries=entries)


def refused(reason: str) -> Decision:
    """The decision that changes nothing and says why (a code; its text is the desk's)."""
    return Decision(Outcome(OutcomeKind.REFUSED, reason=reason))


def decision(step: Step, draft: Decision) -> Decision:
    """`draft` with what all decisions share: revision, instant, numbered entries, an outcome that names them."""
    before, after = step.before, draft.conversation
    draft = replace(draft, customer=_revised(step, draft))
    if after is None:
        outcome = replace(
            draft.outcome, conversation=before.id if before else None, revision=before.revision if before else 0
        )
        return replace(draft, outcome=outcome)
    revision = (before.revision if before else 0) + 1
    told = any(map(_is_to_be_read, draft.entries))
    after = replace(
        after,
        revision=revision,
        updated_at=step.now,
        story_revision=revision if told else after.story_revision,
    )
    entries = tuple(replace(entry, id=f"{entry.id}.{number}") for number, entry in enumerate(draft.entries))
    outcome = replace(draft.outcome, conversation=after.id, revision=revision)
    return replace(draft, conversation=after, entries=entries, outcome=outcome)


def _is_to_be_read(entry: TimelineEntry) -> bool:
    """Whether a person has to see it before they act; what Hilo wrote by itself holds no agent's reply up."""
    return entry.kind not in UNREAD and "automatic" not in entry.detail


def _revised(step: Step, draft: Decision) -> Customer | None:
    known = step.context.customer
    if draft.customer is None or draft.customer == known:
        return None
    return replace(draft.customer, revision=(known.revision if known else 0) + 1)
