"""Two timelines as one, in the order of their instants, and one as two again."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from msgspec.structs import replace

from router.model.ids import CustomerId
from router.model.message import Handle
from router.model.timeline import EntryKind, TimelineEntry

# What is said by itself, or once more elsewhere, has no number in its conversation.
UNNUMBERED = frozenset({"automatic", "instead_of", "aside"})
MESSAGES = (EntryKind.MESSAGE_IN, EntryKind.MESSAGE_OUT)
HEARD = (EntryKind.MESSAGE_IN, EntryKind.EDITED)


def moved_here(entry: TimelineEntry, whose: CustomerId, origin: int, here: int) -> TimelineEntry:
    """`entry` of a customer of the partition `origin`: its id names that, where it might be one of `here` too."""
    number = entry.id.split(".")
    if len(number) == 2 and origin != here:
        entry = replace(entry, id=f"{entry.id}.{origin:02d}")
    elif len(number) == 3 and int(number[2]) == here:
        entry = replace(entry, id=".".join(number[:2]))
    return entry if entry.part else replace(entry, part=whose)


def merged(mine: Sequence[TimelineEntry], theirs: Sequence[TimelineEntry]) -> tuple[TimelineEntry, ...]:
    """Both in the order of their instants; what is told in each stays in its own order."""
    both = [*_timed(mine, 0), *_timed(theirs, 1)]
    return tuple(entry for *_, entry in sorted(both, key=lambda each: each[:3]))


def of_part(
    story: Iterable[TimelineEntry], names: Collection[CustomerId], handles: Collection[Handle]
) -> tuple[tuple[TimelineEntry, ...], tuple[TimelineEntry, ...]]:
    """What is the customer's own, and what is the part's: it came with them, or to or from their handles since."""
    told, whose = tuple(story), {str(handle) for handle in handles}
    messages = {entry.message for entry in told if _is_of(entry, names, whose) and entry.message}
    theirs = tuple(
        entry
        for entry in told
        if _is_of(entry, names, whose) or (not entry.part and entry.kind not in MESSAGES and entry.message in messages)
    )
    known = {entry.id for entry in theirs}
    return tuple(entry for entry in told if entry.id not in known), theirs


def linked_by(story: Iterable[TimelineEntry]) -> Collection[str]:
    """The handles that messages in `story` proved to be the customer's, since it is told here."""
    proved = (entry for entry in story if entry.kind is EntryKind.LINKED and entry.message and not entry.part)
    return {entry.detail["handle"] for entry in proved}


def numbered(story: Iterable[TimelineEntry]) -> int:
    """How many messages `story` has, of those that a conversation counts."""
    return sum(1 for entry in story if entry.kind in MESSAGES and not entry.detail.keys() & UNNUMBERED)


def waiting_since(story: Iterable[TimelineEntry]) -> datetime | None:
    """The instant of the oldest message of the customer's that nobody answered in `story`; None if all are."""
    since = None
    for entry in story:
        if entry.detail.keys() & UNNUMBERED:
            continue
        if entry.kind is EntryKind.MESSAGE_OUT:
            since = None
        elif entry.kind is EntryKind.MESSAGE_IN:
            since = since or entry.at
    return since


def _timed(story: Sequence[TimelineEntry], side: int) -> Iterable[tuple[datetime, int, int, TimelineEntry]]:
    latest = None
    for number, entry in enumerate(story):
        latest = max(latest, entry.at) if latest else entry.at
        yield latest, side, number, entry


def _is_of(entry: TimelineEntry, names: Collection[CustomerId], handles: Collection[str]) -> bool:
    if entry.part:
        return entry.part in names
    return entry.detail.get("handle", "") in handles and entry.kind is not EntryKind.LINKED
