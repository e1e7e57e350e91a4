"""Reading closed conversations out of Redis, no more of them at once than memory should hold."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources

from history.archive import heard
from router.model.conversation import Conversation
from router.model.decision import TimelineEntry
from router.model.errors import PermanentError
from router.model.ids import ConversationId
from router.store import keys, wire
from router.store.connection import Connection, Script
from router.store.dead_letter import stream_place

MOST_BYTES = 2_000_000
"""So much of records and timelines is read at once, and one entry more."""

Since = tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class Part:
    """A conversation with its entries, or where it is long with some of them; `is_whole` where none is behind them.

    `revision` is empty where it is not there any more. `counts` has how many messages of each channel the customer
    wrote in it, of those that the inbox had counted as accepted.
    """

    name: ConversationId
    revision: str
    conversation: Conversation | None
    entries: Sequence[TimelineEntry]
    is_whole: bool
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A conversation that can't be read, and why."""

    name: ConversationId
    error: str


class Reader:
    """Reads conversations of one partition; `most_bytes` at once."""

    def __init__(self, connection: Connection, most_bytes: int = MOST_BYTES) -> None:
        source = resources.files("history").joinpath("read.lua").read_text(encoding="utf-8")
        self._read = Script(connection, source)
        self._most_bytes = most_bytes

    async def parts(
        self, partition: int, names: Sequence[ConversationId], start: int = 0
    ) -> Sequence[Part | Unreadable]:
        """Of the first `names` as many as fit; of the first one, which begins with its entry number `start`, a part.

        All is read at one instant: a revision is never newer than what stands beside it, and where counting had not
        begun yet, none of these messages was counted.
        """
        if not names:
            return []
        wanted = [keys.key(partition, keys.COUNTS)]
        for name in names:
            wanted += [keys.key(partition, keys.conversation(name)), keys.key(partition, keys.timeline(name))]
        since, *found = await self._read(wanted, self._most_bytes, start)
        place = stream_place(wire.text(since)) if since else None
        return [_part(name, place, *told) for name, told in zip(names, found, strict=False)]


def _part(
    name: ConversationId, since: Since, revision: bytes | None, record: bytes | None, whole: int, told: Sequence[bytes]
) -> Part | Unreadable:
    if revision is None:
        return Part(name, "", None, (), True, {})
    try:
        entries = [wire.decode(TimelineEntry, entry) for entry in told]
        conversation = wire.decode(Conversation, record or b"")
        return Part(name, wire.text(revision), conversation, entries, bool(whole), _counted(entries, since))
    except (PermanentError, ValueError) as error:
        return Unreadable(name, str(error))


def _counted(entries: Sequence[TimelineEntry], since: Since) -> Mapping[str, int]:
    if since is None:
        return {}
    messages = heard(entries)
    return Counter(
        entry.channel for entry in messages if entry.is_moved or stream_place(entry.id.partition(".")[0]) >= since
    )
