"""What a partition holds, or the part of it that is looked at again."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from router.model.conversation import Conversation
from router.model.customer import Customer
from router.model.decision import EntryKind, Timer
from router.model.errors import PermanentError
from router.model.ids import ConversationId, CustomerId, TeamId
from router.model.message import Attachment, OutboundMessage
from router.store import keys, wire
from router.store.audit.findings import Finding, Wrong
from router.store.dead_letter import stream_place
from router.store.moved import Way

# What is said by itself, or once more elsewhere, has no number in its conversation.
UNNUMBERED = {"automatic", "instead_of", "aside"}
CONTENT = ("handle", "subject", "account")
Place = tuple[int, int]


class _Entry(msgspec.Struct):
    id: str
    kind: str
    at: datetime
    channel: str = ""
    text: str = ""
    message: str = ""
    detail: dict[str, str] = {}
    attachments: tuple[Attachment, ...] = ()


_entries = msgspec.json.Decoder(_Entry)


@dataclass(slots=True)
class Story:
    """What an audit needs of a timeline.

    `arrived` has the event and channel of each message of the customer's, `contents` a digest of each. What came from
    another partition's timeline has no event here.
    """

    entries: int = 0
    numbered: int = 0
    repeated: tuple[str, ...] = ()
    arrived: list[tuple[Place | None, str]] = field(default_factory=list)
    contents: list[bytes] = field(default_factory=list)


@dataclass(slots=True)
class Contents:
    """What was read of one partition, and what was wrong in reading it.

    `unread` has the ids of what is there and could not be read: it is told once, not by each that names it.
    `fired` has the conversations about which a timer's event waits, `asked` those that history is asked to take. `ways`
    are where arrivals go of those who are part of others, or were. `archived` has, of those that are named and not
    there, the ones that it holds: None where nobody can tell.
    """

    partition: int
    conversations: dict[ConversationId, Conversation] = field(default_factory=dict)
    customers: dict[CustomerId, Customer] = field(default_factory=dict)
    stories: dict[ConversationId, Story] = field(default_factory=dict)
    queues: dict[TeamId, dict[ConversationId, float]] = field(default_factory=dict)
    calls: dict[ConversationId, float] = field(default_factory=dict)
    timers: list[tuple[Timer, float]] = field(default_factory=list)
    fired: set[ConversationId] = field(default_factory=set)
    replies: dict[str, dict[str, OutboundMessage]] = field(default_factory=dict)
    attempts: dict[str, list[str]] = field(default_factory=dict)
    asked: set[ConversationId] = field(default_factory=set)
    archived: Collection[ConversationId] | None = None
    ways: dict[CustomerId, Way] = field(default_factory=dict)
    broken: list[Finding] = field(default_factory=list)
    unread: set[str] = field(default_factory=set)

    def missing(self) -> set[ConversationId]:
        """The conversations that something names, and that are not there."""
        replies = (reply.conversation for told in self.replies.values() for reply in told.values())
        named = {*self.asked, *(timer.conversation for timer, _ in self.timers), *replies}
        return named - self.conversations.keys() - self.unread

    def lost(self) -> set[ConversationId]:
        """The missing ones that history does not hold either, where that can be told."""
        return self.missing().difference(self.archived) if self.archived is not None else set()

    def wrong(self, kind: Wrong, name: tuple[str, str], text: str, subject: str = "") -> None:
        """Note what was wrong in reading the key `name`."""
        suffix = ":".join(filter(None, name))
        if kind not in (Wrong.REVISION, Wrong.POINTER):
            self.unread.add(name[1])
        self.broken.append(Finding(kind, subject or keys.key(self.partition, suffix), text, (name,)))


def story_of(raw: list[bytes]) -> Story:
    """What the timeline's entries tell. Raises PermanentError if one can't be read."""
    story = Story(len(raw))
    seen: set[str] = set()
    repeated: list[str] = []
    for number, data in enumerate(raw):
        try:
            entry = _entries.decode(data)
            place = stream_place(entry.id.partition(".")[0])
        except (msgspec.DecodeError, ValueError) as error:
            raise PermanentError(f"entry {number} can't be read: {error}") from error
        if entry.id in seen:
            repeated.append(entry.id)
        seen.add(entry.id)
        if entry.kind in (EntryKind.MESSAGE_IN, EntryKind.EDITED):
            story.arrived.append((None if entry.id.count(".") > 1 else place, entry.channel))
            told = (entry.channel, entry.message, entry.text, *(entry.detail.get(name, "") for name in CONTENT))
            told += tuple(file.digest or file.name for file in entry.attachments)
            story.contents.append(bytes.fromhex(keys.digest(*told)))
        if entry.kind in (EntryKind.MESSAGE_IN, EntryKind.MESSAGE_OUT) and not entry.detail.keys() & UNNUMBERED:
            story.numbered += 1
    story.repeated = tuple(repeated)
    return story


def record_of(
    contents: Contents, name: tuple[str, str], revision: bytes | None, data: bytes | None, pointer: bytes | None
) -> None:
    """Put a conversation's or a customer's record where it belongs, or note what is wrong with it."""
    kind: type[Conversation] | type[Customer] = Conversation if name[0] == "conv" else Customer
    try:
        record = wire.decode(kind, data or b"")
    except PermanentError as error:
        contents.wrong(Wrong.UNREADABLE, name, f"the record can't be read: {error}", name[1])
        return
    if record.id != name[1]:
        contents.wrong(Wrong.MISPLACED, name, f"the record is that of {record.id}", name[1])
        return
    if revision is None or not revision.isdigit() or int(revision) < 1 or int(revision) != record.revision:
        told = "none" if revision is None else wire.text(revision)
        contents.wrong(Wrong.REVISION, name, f"its revision is {told}, and its record says {record.revision}", name[1])
    pointed = record.customer if isinstance(record, Conversation) else record.open_conversation or ""
    # Records from before the pointer stood beside them have none.
    if pointer is not None and wire.text(pointer) != pointed:
        contents.wrong(Wrong.POINTER, name, f"points to {wire.text(pointer)!r}, and its record to {pointed!r}", name[1])
    if isinstance(record, Conversation):
        contents.conversations[record.id] = record
    else:
        contents.customers[record.id] = record
