"""What Redis holds of a person, read as it stands: for who asks for their data, and for who is to be forgotten."""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from router.model.conversation import Conversation
from router.model.customer import Customer
from router.model.decision import EntryKind, TimelineEntry
from router.model.ids import ConversationId, CustomerId, partition_of
from router.model.message import Handle
from router.store import keys, wire
from router.store.connection import Connection, Entry, xrange
from router.store.dead_letter import DeadLetter, letter_of, stream_place
from router.store.records import Records

PAGE = 500
FILE = re.compile(rb"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")
COUNTED = (EntryKind.MESSAGE_IN, EntryKind.EDITED)


@dataclass(frozen=True, slots=True)
class Story:
    """A conversation with its timeline; `is_archived` where it is in history and not in Redis any more."""

    conversation: Conversation
    entries: Sequence[TimelineEntry]
    is_archived: bool = False


@dataclass(slots=True)
class Held:
    """All that is held of the person whom `customers` are.

    `records` are those of them that there are, `waiting` the events and replies under way (as they can be read),
    `transcripts` the chats by visitor, and `raw` all of it as bytes, in which the names of files are looked for.
    """

    customers: tuple[CustomerId, ...]
    records: list[Customer] = field(default_factory=list)
    stories: list[Story] = field(default_factory=list)
    waiting: list[Any] = field(default_factory=list)
    letters: list[DeadLetter] = field(default_factory=list)
    transcripts: dict[str, list[Any]] = field(default_factory=dict)
    raw: list[bytes] = field(default_factory=list)

    @property
    def handles(self) -> tuple[Handle, ...]:
        """The handles that are known as theirs, or where they wanted answers."""
        links = (link.handle for record in self.records for link in record.links)
        targets = (target.handle for story in self.stories for target in story.conversation.targets)
        given = (story.conversation.address for story in self.stories)
        return tuple(dict.fromkeys([*links, *targets, *filter(None, given)]))

    @property
    def conversations(self) -> tuple[ConversationId, ...]:
        """The ids of their conversations."""
        return tuple(story.conversation.id for story in self.stories)

    @property
    def messages(self) -> int:
        """How many messages they wrote, and we."""
        kinds = (EntryKind.MESSAGE_IN, EntryKind.MESSAGE_OUT)
        return sum(entry.kind in kinds for story in self.stories for entry in story.entries)

    @property
    def outbound(self) -> set[str]:
        """The ids of what we wrote to them."""
        kinds = (EntryKind.MESSAGE_OUT, EntryKind.DELIVERY)
        return {entry.message for story in self.stories for entry in story.entries if entry.kind in kinds}

    @property
    def originals(self) -> set[str]:
        """The digests of their raw mails."""
        told = (entry.detail.get("original", "") for story in self.stories for entry in story.entries)
        return set(filter(None, told))

    @property
    def files(self) -> set[str]:
        """The digests of all kept files that their records name."""
        return {found.decode() for data in self.raw for found in FILE.findall(data)}

    @property
    def is_empty(self) -> bool:
        """Whether nothing is held of them."""
        return not (self.records or self.stories or self.waiting or self.letters or self.transcripts)

    def add(self, story: Story) -> None:
        """Add a conversation."""
        self.stories.append(story)
        self.raw += [wire.encode(story.conversation), *map(wire.encode, story.entries)]


class Reader:
    """Reads what Redis holds of a person."""

    def __init__(self, connection: Connection, partitions: int) -> None:
        self._redis = connection.commands
        self._records = Records(connection, partitions)

    async def held(
        self, customers: Sequence[CustomerId], conversations: Collection[ConversationId], channels: Collection[str]
    ) -> Held:
        """What is held of `customers`, whose conversations are `conversations`, in Redis or not.

        Replies under way are looked for on `channels`. Raises PermanentError for what can't be read.
        """
        held = Held(tuple(customers))
        held.records = [record for record in await self._records.customers(customers) if record]
        held.raw += map(wire.encode, held.records)
        names = sorted(conversations)
        for found in await self._records.conversations(names):
            if found:
                held.add(Story(found, await self._records.timeline(found.id)))
        await self._read_streams(held, {*names, *customers}, channels)
        await self._read_transcripts(held)
        return held

    async def _read_streams(self, held: Held, ids: Collection[str], channels: Collection[str]) -> None:
        for partition in sorted({partition_of(name) for name in held.customers}):
            for suffix in (keys.INBOUND, *map(keys.outbound, channels), keys.ARCHIVE, keys.LOOK_UPS, keys.ERRANDS):
                for entry in await self._entries(partition, suffix):
                    if is_about(entry, ids):
                        held.waiting.append(_readable(entry))
                        held.raw += entry[1].values()
            known = [each.encode() for each in needles(held.customers, held.handles)]
            for entry in await self._entries(partition, keys.DEAD):
                if is_about(entry, ids) or is_nameless(entry, known):
                    held.letters.append(letter_of(partition, entry))
                    held.raw += entry[1].values()

    async def _read_transcripts(self, held: Held) -> None:
        for handle in held.handles:
            if handle.kind != "chat":
                continue
            lines = await xrange(self._redis, keys.transcript(handle.address))
            if lines:
                held.transcripts[handle.address] = [_readable(line) for line in lines]

    async def _entries(self, partition: int, suffix: str) -> list[Entry]:
        found: list[Entry] = []
        start = "-"
        while page := await xrange(self._redis, keys.key(partition, suffix), start, count=PAGE):
            found += page
            start = f"({wire.text(page[-1][0])}"
        return found


def counted(stories: Iterable[Story], since: str | None) -> Counter[str]:
    """How many of the messages in `stories` the inbox has counted, by channel: those from the event `since` on."""
    found: Counter[str] = Counter()
    if since is None:
        return found
    for story in stories:
        kinds = COUNTED[:1] if story.is_archived else COUNTED
        for entry in story.entries:
            # What came from another partition was counted as it came.
            is_counted = entry.is_moved or stream_place(entry.id.partition(".")[0]) >= stream_place(since)
            if entry.kind in kinds and is_counted:
                found[entry.channel] += 1
    return found


def needles(customers: Iterable[CustomerId], handles: Iterable[Handle]) -> list[str]:
    """By what a dead letter that names nobody is known as theirs, whatever else can't be read of it."""
    told = [wire.encode(handle).decode() for handle in handles]
    written = [f'"{name}":{handle}' for name in ("sender", "recipient") for handle in told]
    return [*(f'"customer":"{name}"' for name in customers), *written]


def is_about(entry: Entry, ids: Collection[str]) -> bool:
    """Whether a stream's entry names one of `ids`: in a field of its own, or in a reply or timer that it holds."""
    for name, value in entry[1].items():
        if name in (b"customer", b"conversation", b"c") and value.decode("utf-8", "replace") in ids:
            return True
        if name in (b"m", b"timer") and any(f'"conversation":"{each}"'.encode() in value for each in ids):
            return True
    # An errand that somebody runs says in its body whom it is about.
    body = entry[1].get(b"body", b"") if entry[1].get(b"errand") == b"run" else b""
    return any(f'"{each}"'.encode() in body for each in ids)


def is_nameless(entry: Entry, known: Collection[bytes]) -> bool:
    """Whether a dead letter says nowhere whose it is, and holds one of `known`."""
    if b"customer" in entry[1] or b"conversation" in entry[1]:
        return False
    return any(needle in value for value in entry[1].values() for needle in known)


def _readable(entry: Entry) -> dict[str, Any]:
    return {name.decode("utf-8", "replace"): _opened(value) for name, value in entry[1].items()}


def _opened(value: bytes) -> Any:
    text = value.decode("utf-8", "replace")
    if not text.startswith(("{", "[")):
        return text
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        return text
