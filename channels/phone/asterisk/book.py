"""The lines that are under way: in Redis, for who comes after a crash, and here with how their legs stand."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from weakref import WeakValueDictionary

import msgspec
import structlog

from channels.phone.asterisk.leg import Leg
from channels.phone.asterisk.line import Line, read, written
from router.model.call import CallStatus
from router.model.ids import ConversationId, MessageId
from router.model.message import Handle, OutboundMessage
from router.store.lines import Lines
from router.store.open_calls import OpenCalls

log = structlog.get_logger()

# No call is as long, and no order is looked into for as long.
FORGOTTEN = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Customer:
    """Who the customer of a line is: their number, None where it is withheld, and what the agent hears of them."""

    number: Handle | None
    conversation: ConversationId
    text: str = ""
    language: str = ""


@dataclass(slots=True, eq=False)
class Entry:
    """A line with how its legs stand.

    `whom` is None where nothing is known any more of the customer. `has_key`: the agent has pressed one, `is_silent`:
    they hear nothing now. `told` is what
    was reported, `is_clean` that nothing of it is left at Asterisk, `is_safe` that its end is held by Hilo,
    `is_heard` that no event of it can have been missed.
    """

    line: Line
    whom: Customer | None = None
    agent: Leg = field(default_factory=Leg)
    customer: Leg = field(default_factory=Leg)
    is_briefed: bool = False
    has_key: bool = False
    is_silent: bool = False
    is_clean: bool = False
    is_safe: bool = False
    is_heard: bool = False
    failures: int = 0
    told: set[CallStatus] = field(default_factory=set)

    def leg(self, name: str) -> Leg | None:
        """The leg whose channel has that id; None if it is neither."""
        if name == self.line.agent_leg:
            return self.agent
        return self.customer if name == self.line.customer_leg else None

    def put(self, name: str, leg: Leg) -> None:
        """The leg whose channel has that id stands so now."""
        if name == self.line.agent_leg:
            self.agent = leg
        elif name == self.line.customer_leg:
            self.customer = leg


def whom(order: OutboundMessage) -> Customer:
    """The customer of `order`."""
    return Customer(order.recipient, order.conversation, order.text, order.language)


class Book:
    """All lines. What is changed is written down before it counts."""

    def __init__(self, lines: Lines, calls: OpenCalls) -> None:
        self._lines = lines
        self._calls = calls
        self._entries: dict[str, Entry] = {}
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def __iter__(self) -> Iterator[Entry]:
        return iter(tuple(self._entries.values()))

    def get(self, line: str) -> Entry | None:
        """The line of that id, if it is under way."""
        return self._entries.get(line)

    def lock(self, line: str) -> asyncio.Lock:
        """What whoever does something with the line holds meanwhile."""
        found = self._locks.get(line)
        if found is None:
            found = self._locks[line] = asyncio.Lock()
        return found

    async def load(self, now: datetime) -> None:
        """Take up what a process before us has left. Raises redis' errors."""
        for name, words in (await self._lines.all()).items():
            if name in self._entries:
                continue
            try:
                line = read(words)
            except msgspec.MsgspecError as error:
                log.error("line_unreadable", line=name, error=str(error), hint="its call is shown as in doubt")
                await self._lines.drop(name)
                continue
            if now - line.began_at > FORGOTTEN:
                await self._lines.drop(name)
            else:
                self._entries[name] = Entry(line, await self._whom(MessageId(name)))

    async def keep(self, line: Line, whom: Customer | None = None) -> Entry:
        """Write `line` down, instead of what was there before. Raises redis' errors, and then nothing has changed."""
        await self._lines.keep(line.id, written(line))
        entry = self._entries.get(line.id)
        if entry is None:
            entry = self._entries[line.id] = Entry(line, whom)
        entry.line = line
        return entry

    async def _whom(self, call: MessageId) -> Customer | None:
        known = await self._calls.of(call)
        if known is None:
            return None
        return whom(known.order) if known.order else Customer(known.caller, ConversationId(known.conversation or ""))

    async def drop(self, line: str) -> None:
        """It is over, or never began. Raises redis' errors, and then nothing has changed."""
        await self._lines.drop(line)
        self._entries.pop(line, None)
