"""News: what readers of the feed are told, read from the records once for all of them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from desk.rules_news import RulesNews
from desk.view import View
from router.model.conversation import Conversation
from router.model.decision import EntryKind
from router.model.ids import ConversationId, TeamId
from router.store import wire
from router.store.feed import Change
from router.store.live import Live
from router.store.records import Records

# A conversation's former teams are looked for among so many of its latest entries.
ENTRIES_READ = 50


@dataclass(frozen=True, slots=True)
class Count:
    """A team's queue: all of it, and for how many of its conversations the team owes something."""

    total: int
    waiting: int


@dataclass(frozen=True, slots=True)
class Told:
    """A conversation as it is after a change: `shown` is its JSON, `former` the teams that it was taken from.

    All changes before `position` have been told as well.
    """

    position: str
    identifier: ConversationId
    team: TeamId
    former: frozenset[TeamId]
    shown: bytes
    kinds: tuple[str, ...]
    counts: Mapping[TeamId, Count]


@dataclass(frozen=True, slots=True)
class LiveTold:
    """Who types or is there, in a conversation of `team`."""

    live: Live
    team: TeamId


@dataclass(frozen=True, slots=True)
class Reset:
    """Something before `position` may have been missed: read the queue again."""

    position: str


News = Told | LiveTold | RulesNews | Reset
Changes = dict[ConversationId, Change]


def gather(changes: Changes, change: Change) -> None:
    """Add `change` to `changes`, the latest last; an earlier one of the same conversation goes into it."""
    if change.conversation is None or not change.kinds:
        # A command that was refused: its author is told, and nothing has changed.
        return
    earlier = changes.pop(change.conversation, None)
    kinds = (*(earlier.kinds if earlier else ()), *change.kinds)
    changes[change.conversation] = replace(change, kinds=tuple(dict.fromkeys(kinds)))


class Reporter:
    """Reads what there is to tell."""

    def __init__(self, records: Records, view: View) -> None:
        self._records = records
        self._view = view

    async def told(self, changes: Sequence[Change]) -> list[Told]:
        """What there is to tell of `changes`, in their order; a conversation that is gone is left out."""
        names = [change.conversation for change in changes if change.conversation]
        found = await self._records.conversations(names)
        pairs = [(change, conversation) for change, conversation in zip(changes, found, strict=True) if conversation]
        former = {conversation.id: await self._former(change, conversation) for change, conversation in pairs}
        owners = {conversation.ownership.team for _, conversation in pairs}
        counts = await self._counts(owners.union(*former.values()))
        return [self._one(change, conversation, former[conversation.id], counts) for change, conversation in pairs]

    async def live(self, live: Live) -> LiveTold | None:
        """Who types where; None for a conversation that is not there."""
        conversation = await self._records.conversation(live.conversation)
        return LiveTold(live, conversation.ownership.team) if conversation else None

    def _one(
        self, change: Change, conversation: Conversation, former: frozenset[TeamId], counts: Mapping[TeamId, Count]
    ) -> Told:
        return Told(
            position=change.position,
            identifier=conversation.id,
            team=conversation.ownership.team,
            former=former,
            shown=wire.encode(self._view.conversation(conversation)),
            kinds=change.kinds,
            counts={team: counts[team] for team in {conversation.ownership.team, *former}},
        )

    async def _former(self, change: Change, conversation: Conversation) -> frozenset[TeamId]:
        if EntryKind.TRANSFERRED not in change.kinds:
            return frozenset()
        entries = await self._records.timeline(conversation.id, -ENTRIES_READ, -1)
        names = (entry.detail.get("from", "") for entry in entries if entry.kind is EntryKind.TRANSFERRED)
        return frozenset(TeamId(name) for name in names if name) - {conversation.ownership.team}

    async def _counts(self, teams: Iterable[TeamId]) -> dict[TeamId, Count]:
        return {team: Count(*await self._records.queue_length(team)) for team in teams}
