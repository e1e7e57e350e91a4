"""Whether the messages that channels brought add up, channel by channel, at one instant of each partition.

The instant is a cut: one script reads the partition's counters and the latest id of its stream together. A message that
came later has a higher id and is left out. Those under way at the cut are read before any timeline is, and a message
that moves on afterwards is known by its id: so each is counted once, however the traffic flows.
"""

from collections import defaultdict
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field

from redis.exceptions import ResponseError

from router.store import keys, wire
from router.store.audit.contents import Place, Story
from router.store.audit.findings import Finding, Wrong
from router.store.connection import Connection, Entry, Script, xrange
from router.store.dead_letter import UNKNOWN, channel_of, letter_of, stream_place

PAGE = 500
NUMBERS = ("accepted", "came", "went", "timelines", "archived", "in_flight", "dead", "dropped", "erased", "earlier")
# KEYS: count, in. Returns the counters and the latest id that was ever given in the stream.
CUT = """
local last = '0-0'
if redis.call('EXISTS', KEYS[2]) == 1 then
  local info = redis.call('XINFO', 'STREAM', KEYS[2])
  for at = 1, #info, 2 do
    if info[at] == 'last-generated-id' then last = info[at + 1] end
  end
end
return {redis.call('HGETALL', KEYS[1]), last}
"""


@dataclass(frozen=True, slots=True)
class Row:
    """One channel's messages: those accepted, and where they are now.

    `came` from other partitions, and `went` there, are those of customers who became part of others, or parted from
    them. `earlier` are those there that came before messages were counted: they are in no other number.
    """

    channel: str
    accepted: int = 0
    came: int = 0
    went: int = 0
    timelines: int = 0
    archived: int = 0
    in_flight: int = 0
    dead: int = 0
    dropped: int = 0
    erased: int = 0
    earlier: int = 0

    @property
    def missing(self) -> int:
        """How many of those accepted are nowhere; below 0 where more are there than were accepted."""
        here = self.accepted + self.came - self.went
        return here - self.timelines - self.archived - self.in_flight - self.dead - self.dropped - self.erased


@dataclass(slots=True)
class Cut:
    """A partition at one instant: its counters, the first message that was counted, what was under way."""

    partition: int
    last: Place
    since: Place | None
    counters: dict[str, int]
    in_flight: dict[Place, str] = field(default_factory=dict)
    dead: dict[Place, str] = field(default_factory=dict)

    @property
    def archived(self) -> dict[str, int]:
        """How many messages of each channel had left for history."""
        beginning = keys.archived("")
        return {n.removeprefix(beginning): value for n, value in self.counters.items() if n.startswith(beginning)}


class Cutter:
    """Makes cuts."""

    def __init__(self, connection: Connection) -> None:
        self._redis = connection.commands
        self._script = Script(connection, CUT)

    async def cut(self, partition: int) -> Cut:
        """The partition now. Raises redis' ResponseError where one of its streams is none."""
        cut = await self.counted(partition)
        latest = f"{cut.last[0]}-{cut.last[1]}"
        async for identifier, fields in self._entries(partition, keys.INBOUND, latest):
            if fields.get(b"kind") == b"message":
                cut.in_flight[stream_place(wire.text(identifier))] = channel_of("message", fields.get(b"body", b""))
        async for entry in self._entries(partition, keys.DEAD):
            letter = letter_of(partition, entry)
            place = stream_place(letter.event)
            if letter.is_message and place <= cut.last and place not in cut.in_flight:
                cut.dead[place] = letter.channel
        return cut

    async def counted(self, partition: int) -> Cut:
        """The counters alone, and the latest id with them."""
        names = [keys.key(partition, suffix) for suffix in (keys.COUNTS, keys.INBOUND)]
        flat, last = await self._script(names)
        counters = dict(zip(map(wire.text, flat[0::2]), map(wire.text, flat[1::2]), strict=True))
        since = counters.pop(keys.COUNTED_SINCE, None)
        numbers = {name: int(value) for name, value in counters.items()}
        return Cut(partition, stream_place(wire.text(last)), stream_place(since) if since else None, numbers)

    async def _entries(self, partition: int, suffix: str, end: str = "+") -> AsyncIterator[Entry]:
        start = "-"
        while page := await xrange(self._redis, keys.key(partition, suffix), start, end, PAGE):
            for entry in page:
                yield entry
            start = f"({wire.text(page[-1][0])}"


def rows_of(cut: Cut, stories: Iterable[Story]) -> list[Row]:
    """Where the messages of each channel are that were accepted until the cut."""
    found: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for name, value in cut.counters.items():
        what, _, channel = name.partition(":")
        if channel and what in ("accepted", "came", "went", "archived", "dropped", "erased"):
            found[channel][what] += value
    for where, messages in (("in_flight", cut.in_flight), ("dead", cut.dead)):
        for place, channel in messages.items():
            found[channel][where if _is_counted(place, cut) else "earlier"] += 1
    for story in stories:
        for event, channel in story.arrived:
            if event is None:
                found[channel]["timelines"] += 1
            elif event <= cut.last and event not in cut.in_flight:
                found[channel]["timelines" if _is_counted(event, cut) else "earlier"] += 1
    return [Row(channel, **numbers) for channel, numbers in sorted(found.items())]


def summed(rows: Iterable[Row]) -> list[Row]:
    """The rows of many partitions, one a channel."""
    found: dict[str, Row] = {}
    for row in rows:
        known = found.get(row.channel, Row(row.channel))
        numbers = {name: getattr(known, name) + getattr(row, name) for name in NUMBERS}
        found[row.channel] = Row(row.channel, **numbers)
    return [found[channel] for channel in sorted(found)]


def unbalanced(partition: int, rows: Iterable[Row]) -> list[Finding]:
    """Where the numbers don't add up. A dead letter whose channel can't be read may be missing anywhere, once."""
    wrong = [row for row in rows if row.missing]
    if all(row.missing > 0 or row.channel == UNKNOWN for row in wrong) and not sum(row.missing for row in wrong):
        return []
    return [
        Finding(Wrong.COUNTS, f"{row.channel}, partition {partition:02d}", _told(row))
        for row in wrong
        if row.channel != UNKNOWN
    ]


def _told(row: Row) -> str:
    what = f"{row.missing} are nowhere" if row.missing > 0 else f"{-row.missing} more are there than were accepted"
    parts = ", ".join(f"{getattr(row, name)} {name.replace('_', ' ')}" for name in NUMBERS[:-1])
    return f"{what}: {parts}"


def _is_counted(place: Place, cut: Cut) -> bool:
    return cut.since is not None and place >= cut.since


def broken_stream(partition: int, error: ResponseError) -> Finding:
    """What is told of a partition that can't be counted."""
    names = " and ".join(keys.key(partition, suffix) for suffix in (keys.COUNTS, keys.INBOUND, keys.DEAD))
    return Finding(Wrong.COUNTS, f"partition {partition:02d}", f"can't be counted, look at {names}: {error}")
