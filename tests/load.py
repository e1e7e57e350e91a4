"""Customers who write and agents who answer, and the truth of it: what was accepted, in which order, to be compared.

They know only the inbox, as channels and desk do. What is not answered is sent again until it is, as a source does.
"""

import asyncio
import os
import random
import sys
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

from msgspec.structs import replace
from redis.exceptions import RedisError

from bench.load import messages, with_repeats
from router.model.clock import SystemClock
from router.model.event import (
    Claimed,
    Command,
    MessageArrived,
    NoteAdded,
    Released,
    Reopened,
    ReplyWritten,
    Resolved,
    Snoozed,
    Transferred,
)
from router.model.ids import PARTITIONS, ConversationId, CustomerId
from router.model.message import InboundMessage
from router.store.connection import Connection
from router.store.inbox import Inbox
from router.store.records import Records
from tests.checker import Sent
from tests.core import ANA, BETO, BILLING, CARE

WRITERS, AGENTS = 8, 4
MESSAGES_A_COMMAND = 6
RULES = """
rules:
  - {name: soon, when: {channel: webchat}, then: {deadlines: {first_reply: 1s, next_reply: 2s}}}
  - {name: invoices, when: {text: {any: [factura, invoice, cargo]}}, then: {team: billing}}
"""

T = TypeVar("T")


def seed() -> int:
    """HILO_TEST_SEED, or a new one; told either way."""
    chosen = int(os.environ.get("HILO_TEST_SEED") or random.SystemRandom().getrandbits(32))
    sys.stdout.write(f"HILO_TEST_SEED={chosen} repeats it\n")
    return chosen


def size(name: str, usually: int) -> int:
    """The number that the environment sets for `name`, else `usually`."""
    return int(os.environ.get(name) or usually)


@dataclass
class Traffic:
    """`count` messages of `customers` customers, with agents' commands in between.

    `limit` holds the writers back: none writes further than message number `limit` until it is raised.
    """

    connection: Connection
    chance: random.Random
    count: int
    customers: int
    sent: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    commands: list[Sent] = field(default_factory=list)
    number: int = 0
    limit: int = sys.maxsize
    unanswered: int = 0
    taken: list[tuple[float, InboundMessage]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._inbox = Inbox(self.connection, SystemClock())
        self._records = Records(self.connection, PARTITIONS)
        self._known: list[CustomerId] = []
        self._asked = 0

    async def run(self) -> None:
        """Write everything; return once all of it was answered."""
        texts = messages(self.count, self.customers, self.chance.getrandbits(32))
        unique = [replace(each, text=f"{each.text} #{number}") for number, each in enumerate(texts)]
        shares: list[list[InboundMessage]] = [[] for _ in range(WRITERS)]
        places: dict[str, int] = {}
        for message in with_repeats(unique, self.chance.getrandbits(32)):
            # What one customer writes comes one after the other, and by one writer.
            place = places.setdefault(str(message.sender), len(places) % WRITERS)
            shares[place].append(message)
        writers = [asyncio.create_task(self._write(share)) for share in shares]
        agents = [asyncio.create_task(self._answer(random.Random(self.chance.random()))) for _ in range(AGENTS)]
        await asyncio.gather(*writers)
        self.number = self.count
        await asyncio.gather(*agents)

    async def has_reached(self, number: int) -> None:
        """Return once so many messages are written."""
        # What is waited for happens in other tasks, at each of their steps.
        while self.number < min(number, self.count):  # noqa: ASYNC110
            await asyncio.sleep(0.005)

    async def bring_again(self, since: float) -> int:
        """Send again all that was answered `since` (the loop's time), as a mailbox read anew does; how much was new."""
        again = [message for at, message in self.taken if at >= since]
        new = 0
        for message in again:
            accepted = await self._until_answered(
                lambda again=message: self._inbox.accept(MessageArrived(again), again.key)  # type: ignore[misc]
            )
            new += accepted.is_new
        return new

    async def _write(self, share: Sequence[InboundMessage]) -> None:
        known: set[str] = set()
        for message in share:
            while self.number > self.limit:  # noqa: ASYNC110
                await asyncio.sleep(0.005)
            if message.key in known:
                # Some come again from the source, which has not noticed that it was answered.
                await self._until_answered(lambda again=message: self._accept(again))  # type: ignore[misc]
                continue
            known.add(message.key)
            self.sent[str(message.sender)].append(message.text)
            customer = await self._until_answered(lambda new=message: self._accept(new))  # type: ignore[misc]
            self._known.append(customer)
            self.taken.append((asyncio.get_running_loop().time(), message))
            self.number += 1

    async def _accept(self, message: InboundMessage) -> CustomerId:
        accepted = await self._inbox.accept(MessageArrived(message), message.key)
        assert accepted.customer
        return accepted.customer

    async def _answer(self, chance: random.Random) -> None:
        """Do something with a customer's conversation, again and again, as long as customers write."""
        while self.number < self.count:
            if self._asked * MESSAGES_A_COMMAND >= self.number or not self._known:
                await asyncio.sleep(0.005)
                continue
            self._asked += 1
            conversation = await self._until_answered(lambda: self._open(chance.choice(self._known)))
            if conversation:
                await self._submit(chance, conversation)

    async def _open(self, customer: CustomerId) -> ConversationId | None:
        record = await self._records.customer(customer)
        return record.open_conversation if record else None

    async def _submit(self, chance: random.Random, conversation: ConversationId) -> None:
        number = len(self.commands)
        command = _command(chance, f"agent's words {number}.")
        text = getattr(command, "text", "") or getattr(command, "note", "")
        sent = Sent(str(conversation), f"k{number}", text)
        self.commands.append(sent)
        repeats = 2 if chance.random() < 1 / 7 else 1
        for _ in range(repeats):
            await self._until_answered(lambda: self._inbox.submit(command, conversation, sent.key))

    async def _until_answered(self, send: Callable[[], Awaitable[T]]) -> T:
        while True:
            try:
                return await send()
            except (RedisError, OSError):
                self.unanswered += 1
                await asyncio.sleep(0.05)


def _command(chance: random.Random, text: str) -> Command:
    agent = chance.choice((ANA, BETO))
    until = SystemClock().now() + timedelta(seconds=chance.choice((1, 2)))
    choices: tuple[Command, ...] = (
        ReplyWritten(agent, text),
        Claimed(agent),
        Transferred(agent, chance.choice((CARE, BILLING)), text),
        Resolved(agent, text),
        NoteAdded(agent, text),
        Snoozed(agent, until),
        Released(agent),
        Reopened(agent),
    )
    return chance.choices(choices, (8, 3, 5, 3, 1, 1, 1, 1))[0]


def routers_config(folder: Path, redis_url: str, name: str = "config") -> Path:
    """A configuration for routers on the server at `redis_url`: short leases, and timers that fall due in seconds."""
    rules = folder / "rules"
    rules.mkdir(parents=True, exist_ok=True)
    (rules / "10-words.yaml").write_text(RULES, encoding="utf-8")
    path = folder / f"{name}.yaml"
    path.write_text(
        f"data: data\nredis: {{url: '{redis_url}', lease: 1s}}\n"
        "teams: {care: {name: Care}, billing: {name: Billing}}\n"
        "rules: {folder: rules, default_team: care, reopen_within: 3s}\n",
        encoding="utf-8",
    )
    return path
