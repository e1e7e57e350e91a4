"""Every key that is about a person, found by one look at all names: most are digests that can't be read back."""

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from itertools import islice
from typing import Any

import msgspec

from router.model.ids import ConversationId, CustomerId
from router.store import keys, wire
from router.store.connection import Connection

Tell = Callable[[int], None]
AT_ONCE = 500
PARTITIONED = re.compile(r"hilo:\{p([0-9]{2})\}:(conv|res|out|try|q):(.+)", re.DOTALL)
# What else may name a customer or a message of theirs: as a value, a member, or a part of the name itself.
FAMILIES = {
    "bound": re.compile(r"hilo:\{h:[0-9a-f]+\}(?::pin:[0-9a-f]+)?"),
    "posted": re.compile(r"hilo:\{ch:[^}]+\}:posted:(.+)"),
    "posted_as": re.compile(r"hilo:\{ch:[^}]+\}:posted-as:.+"),
    "brought": re.compile(r"hilo:\{id:[0-9a-f]+\}"),
    "found": re.compile(r"hilo:\{ch:[^}]+\}:shelf:forwarded:([0-9a-f]{64})"),
    "rang": re.compile(r"hilo:\{ch:[^}]+\}:rang:[0-9a-f]+"),
    "open": re.compile(r"hilo:\{ch:[^}]+\}:open"),
    "tally": re.compile(r"hilo:\{ch:[^}]+\}:auto:.+"),
}


class _Told(msgspec.Struct):
    conversation: str | None = None


_outcomes = msgspec.json.Decoder(_Told)


class Keyspace:
    """The names of all keys, and what of them is about whom.

    `channels` are those that ever sent, `queues` the teams that have one.
    """

    def __init__(self, connection: Connection) -> None:
        self._redis = connection.commands
        self._names: dict[str, set[str]] = {name: set() for name in (*FAMILIES, "conv", "res")}
        self.channels: set[str] = set()
        self.queues: set[str] = set()

    async def look(self, partitions: Collection[int], tell: Tell = lambda done: None) -> None:
        """Look at every key, those of `partitions` among them; `tell` hears how many were looked at."""
        done = 0
        async for raw in self._redis.scan_iter(match="hilo:*", count=1000):
            done += 1
            self._note(raw.decode("utf-8", "backslashreplace"), partitions)
            if done % 1000 == 0:
                tell(done)
        tell(done)

    async def conversations(self, customers: Collection[CustomerId]) -> set[ConversationId]:
        """Those of the customers' conversations that are in Redis."""
        names = sorted(self._names["conv"])
        values = await self._each(names, lambda pipe, name: pipe.hget(name, "p"))
        return {
            ConversationId(name.split(":", 3)[3])
            for name, value in zip(names, values, strict=True)
            if isinstance(value, bytes) and value.decode("utf-8", "replace") in customers
        }

    async def bound(self, customers: Collection[CustomerId]) -> list[str]:
        """The keys of handles, and of single messages, that name one of the customers."""
        return await self._with_value("bound", customers)

    async def brought(self, visitors: Collection[str]) -> list[str]:
        """The keys of the signed tokens that one of the chat visitors has brought first."""
        return await self._with_value("brought", visitors)

    async def outcomes(self, conversations: Collection[ConversationId]) -> list[str]:
        """The keys of what became of commands on the conversations."""
        names = sorted(self._names["res"])
        values = await self._each(names, lambda pipe, name: pipe.hget(name, "o"))
        return [name for name, value in zip(names, values, strict=True) if _conversation_in(value) in conversations]

    async def posted(self, messages: Collection[str]) -> list[str]:
        """The keys of what a provider has taken of the messages, and of which of its ids are theirs."""
        mine = [name for name in sorted(self._names["posted"]) if name.split(":posted:", 1)[1] in messages]
        return mine + await self._with_value("posted_as", messages)

    async def rang(self, conversations: Collection[ConversationId]) -> list[str]:
        """The keys of the numbers that were rung for the conversations."""
        return await self._with_value("rang", conversations)

    async def open_calls(self, of: Collection[str]) -> list[tuple[str, list[str]]]:
        """The lists of calls under way, with those calls in them that name one of those conversations or numbers."""
        names = sorted(self._names["open"])
        values = await self._each(names, lambda pipe, name: pipe.hgetall(name))
        found = [
            (name, [wire.text(call) for call, record in told.items() if _names_one(record, of)])
            for name, told in zip(names, values, strict=True)
            if isinstance(told, dict)
        ]
        return [(name, mine) for name, mine in found if mine]

    def authors_of(self, originals: Collection[str]) -> list[str]:
        """The keys of who was found to have written the raw mails with these digests."""
        return [name for name in sorted(self._names["found"]) if name.rpartition(":")[2] in originals]

    async def tallies(self, messages: Collection[str]) -> list[tuple[str, list[str]]]:
        """The counts of automatic messages in which the messages are, with those of them that are."""
        names = sorted(self._names["tally"])
        members = await self._each(names, lambda pipe, name: pipe.zrange(name, 0, -1))
        found = [
            (name, [wire.text(each) for each in told if wire.text(each) in messages])
            for name, told in zip(names, members, strict=True)
            if isinstance(told, list)
        ]
        return [(name, mine) for name, mine in found if mine]

    def _note(self, name: str, partitions: Collection[int]) -> None:
        if known := PARTITIONED.fullmatch(name):
            if known[2] in ("out", "try"):
                self.channels.add(known[3])
            elif known[2] == "q":
                self.queues.add(known[3])
            elif int(known[1]) in partitions:
                self._names[known[2]].add(name)
            return
        for family, pattern in FAMILIES.items():
            if pattern.fullmatch(name):
                self._names[family].add(name)
                return

    async def _with_value(self, family: str, wanted: Collection[str]) -> list[str]:
        names = sorted(self._names[family])
        values = await self._each(names, lambda pipe, name: pipe.get(name))
        return [
            name
            for name, value in zip(names, values, strict=True)
            if isinstance(value, bytes) and value.decode("utf-8", "replace") in wanted
        ]

    async def _each(self, names: Iterable[str], ask: Callable[[Any, str], object]) -> list[Any]:
        """What Redis answers for each name; an error stands in the place of what can't be asked so."""
        found: list[Any] = []
        for chunk in chunks(names, AT_ONCE):
            async with self._redis.pipeline(transaction=False) as pipe:
                for name in chunk:
                    ask(pipe, name)
                found += await pipe.execute(raise_on_error=False)
        return found


def chunks(names: Iterable[str], size: int) -> Iterator[list[str]]:
    """`names`, so many at once."""
    left = iter(names)
    while chunk := list(islice(left, size)):
        yield chunk


def forgotten_address(channel: str, address: str) -> str:
    """The key under which it stands that no mail reaches `address` (channels/brake.py writes it)."""
    return keys.channel(channel, f"shelf:unreachable:{keys.digest(address.casefold())}")


def _names_one(record: bytes, names: Collection[str]) -> bool:
    return any(f'"{name}"'.encode() in record for name in names)


def _conversation_in(value: object) -> str | None:
    if not isinstance(value, bytes):
        return None
    try:
        return _outcomes.decode(value).conversation
    except msgspec.DecodeError:
        return None
