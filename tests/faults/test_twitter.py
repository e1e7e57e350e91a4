"""X on its bad days: each mention and each direct message once in its conversation, in order.

Through real tweepy against the sandbox: pages that show things twice, posts that are seen later than newer ones, 429,
503, answers that are no JSON, cut connections, a channel that dies in the middle. HILO_TWEETS says how many.
"""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pytest

from channels.contract import Arrival
from channels.host import ChannelHost
from channels.twitter.adapter import TwitterAdapter
from channels.twitter.cursor import Cursor
from channels.twitter.settings import CHANNEL, TwitterSettings
from router.model.clock import SystemClock
from router.model.decision import EntryKind
from router.model.errors import StartError
from router.model.ids import PARTITIONS
from router.store.connection import Connection
from router.store.inbox import Inbox
from router.store.outbound import ChannelLease, Outbound
from router.store.shelf import Shelf
from tests.contract.doors import LEASE, services_on
from tests.core import Core, running_core
from tests.load import seed, size
from tests.sandbox_process import SandboxProcess
from tests.tcp_proxy import Proxy, running_proxy
from tests.twitter import ACCOUNT, settings_for_tests
from tests.waiting import eventually

TWEETS = size("HILO_TWEETS", 300)
ROUND = max(50, TWEETS // 40)
CUSTOMERS = 8
USUAL: dict[str, Any] = {
    "duplicate_in_page": 2,
    "duplicate_between_pages": 3,
    "limits": {"*": {"limit": 40, "window": 1}},
}
BAD_DAYS: tuple[dict[str, Any], ...] = (
    {"refuse_next": 2, "status": 503, "body": "html"},
    {"refuse_next": 3, "status": 429, "body": "json"},
    {"refuse_next": 2, "status": 429, "body": "empty"},
    {"refuse_next": 1, "status": 500, "body": "empty"},
    {"cut_before": 2},
    {"cut_after": 2},
    {"limits": {"*": {"limit": 3, "window": 1}}},
)


@dataclass
class World:
    """The customers on X: what they wrote, in their order, and what of it is seen later than what came after it."""

    sandbox: SandboxProcess
    chance: random.Random
    ids: dict[str, str] = field(default_factory=dict)
    # By customer and by where they wrote.
    written: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    late: set[str] = field(default_factory=set)
    # By where it stands, the highest id of what can be seen.
    newest: dict[str, int] = field(default_factory=dict)
    late_share: float = 0.1
    count: int = 0

    async def write(self, how_many: int) -> None:
        """So many mentions and direct messages; some are not seen yet."""
        told: dict[str, list[dict[str, Any]]] = {"posts": [], "messages": []}
        for _ in range(how_many):
            self.count += 1
            who, where = f"cliente_{self.count % CUSTOMERS}", self.chance.choice(tuple(told))
            text, is_late = f"Mensaje {self.count}", self.chance.random() < self.late_share
            self.written.setdefault((who, where), []).append(text)
            self.late |= {text} if is_late else set()
            shown = f"@{ACCOUNT} {text}" if where == "posts" else text
            told[where].append({"from": who, "text": shown, "hidden": is_late})
        made = await self.sandbox.x("many", **told)
        for where, each in told.items():
            seen = [int(made[where][place]) for place, one in enumerate(each) if not one["hidden"]]
            self.newest[where] = max([self.newest.get(where, 0), *seen])
        for who, _ in self.written:
            if who not in self.ids:
                self.ids[who] = (await self.sandbox.x("users", **{"from": who}))["id"]

    async def reveal(self) -> None:
        """Now all is seen."""
        await self.sandbox.x("reveal")

    async def heard(self, core: Core) -> dict[str, list[str]]:
        """What the customers' conversations hold, in its order."""
        found = {}
        for who, known in self.ids.items():
            conversation = await core.open_of(f"twitter:{known}")
            entries = await core.timeline(conversation.id) if conversation else []
            found[who] = [entry.text for entry in entries if entry.kind is EntryKind.MESSAGE_IN]
        return found

    async def is_behind_all(self, url: str) -> bool:
        """Whether the kept places are behind all that can be seen."""
        connection = Connection(url)
        try:
            shelf = Shelf(connection, CHANNEL)
            for feed, where in (("mentions", "posts"), ("messages", "messages")):
                cursor = Cursor.read(await shelf.get(f"x:{ACCOUNT.lower()}:{feed}"))
                if cursor is None or cursor.upto < self.newest[where]:
                    return False
            return True
        finally:
            await connection.close()

    async def missing(self, core: Core) -> set[str]:
        """What is in no conversation."""
        heard = {text for texts in (await self.heard(core)).values() for text in texts}
        return {text for texts in self.written.values() for text in texts} - heard


class Mortal(TwitterAdapter):
    """An adapter that can die at the worst moment: when the inbox holds a message, and nobody has kept so yet."""

    # How many messages it settles before it dies.
    lives = 1_000_000

    async def settle(self, arrival: Arrival) -> None:
        """Keep it, or die."""
        if not self.lives:
            raise StartError("killed")
        self.lives -= 1
        await super().settle(arrival)


@asynccontextmanager
async def channel(url: str, settings: TwitterSettings, lives: int | None = None) -> AsyncIterator[None]:
    """The channel at work until the end, or until it has settled so many: then what it has in memory is gone."""
    connection, clock = Connection(url), SystemClock()
    adapter = Mortal(settings, services_on(connection, CHANNEL))
    adapter.lives = adapter.lives if lives is None else lives
    lease = ChannelLease(connection, CHANNEL, LEASE)
    outbound = Outbound(connection, clock, CHANNEL, PARTITIONS)
    host = ChannelHost(adapter, Inbox(connection, clock), outbound, lease, LEASE, clock)
    task = asyncio.create_task(host.run())
    try:
        yield
    finally:
        host.stop()
        await asyncio.wait({task})
        await adapter.stop()
        await connection.close()


async def rounds(world: World, url: str, settings: TwitterSettings, line: Proxy, count: int = TWEETS) -> None:
    """Write so many, while X has a bad day in each round, and the channel dies in each round as well."""
    bad_days = list(BAD_DAYS)
    while world.count < count:
        world.chance.shuffle(bad_days)
        await world.sandbox.fault(x={**USUAL, **bad_days[0]})
        async with channel(url, settings, world.chance.randint(1, ROUND // 3)):
            await world.write(min(ROUND, count - world.count))
            await asyncio.sleep(world.chance.uniform(0.2, 0.8))
            line.cut()
            await asyncio.sleep(world.chance.uniform(0.0, 0.3))
            await world.reveal()


@pytest.mark.timeout(60 + TWEETS)
async def test_each_is_once_in_its_conversation_in_order(redis_url: str, redis_client: object) -> None:
    async with SandboxProcess() as sandbox, running_proxy(urlsplit(sandbox.x_url).port or 0) as line:
        world = World(sandbox, random.Random(seed()))
        settings = settings_for_tests(f"http://127.0.0.1:{line.port}")
        async with running_core(redis_url, clock=SystemClock()) as core:
            # when X does all that it does on bad days, while the channel dies again and again
            await rounds(world, redis_url, settings, line)
            await sandbox.fault(x=USUAL)
            async with channel(redis_url, settings):
                # then all that was ever written is there
                async def is_all() -> bool:
                    return not await world.missing(core)

                await eventually(is_all, "all of it", seconds=60 + TWEETS / 10)
                await asyncio.sleep(0.5)
                heard = await world.heard(core)
        # and nothing twice
        assert not [
            text for text, often in Counter(text for texts in heard.values() for text in texts).items() if often > 1
        ]
        # and each in its customer's order, public and private for itself, but for what X itself showed late
        for (who, _), texts in world.written.items():
            seen = [text for text in heard[who] if text in texts and text not in world.late]
            assert seen == [text for text in texts if text not in world.late]


async def test_the_place_moves_over_nothing_that_is_not_settled(redis_url: str, redis_client: object) -> None:
    """Without the overlap that would hide it."""
    async with SandboxProcess() as sandbox, running_proxy(urlsplit(sandbox.x_url).port or 0) as line:
        world = World(sandbox, random.Random(seed()), late_share=0.0)
        poll = {"mentions": "50ms", "replies": "10m", "messages": "50ms", "overlap": "1ms"}
        settings = settings_for_tests(f"http://127.0.0.1:{line.port}", poll=poll)
        async with running_core(redis_url, clock=SystemClock()) as core:
            await rounds(world, redis_url, settings, line, 150)
            await sandbox.fault(x=USUAL)
            async with channel(redis_url, settings):

                async def is_all() -> bool:
                    return not await world.missing(core)

                await eventually(is_all, "all of it", seconds=30)


async def test_without_an_overlap_what_is_seen_late_is_lost(redis_url: str, redis_client: object) -> None:
    """The control arm: a cursor that believes that ids come in order."""
    async with SandboxProcess() as sandbox:
        world = World(sandbox, random.Random(seed()), late_share=0.3)
        poll = {"mentions": "50ms", "replies": "50ms", "messages": "50ms", "overlap": "1ms"}
        settings = settings_for_tests(sandbox.x_url, poll=poll)
        await sandbox.fault(x={"limits": {"*": {"limit": 100_000}}})
        async with running_core(redis_url, clock=SystemClock()) as core, channel(redis_url, settings):
            await world.write(60)
            # What is written at once may lie within the overlap: the newest comes a moment after it.
            await asyncio.sleep(0.01)
            world.late_share = 0.0
            await world.write(10)
            await eventually(lambda: world.is_behind_all(redis_url), "all that is seen")
            # when the rest is seen only now, with ids below the newest
            await world.reveal()
            await world.write(10)
            await eventually(lambda: world.is_behind_all(redis_url), "what came after it")
            # then it never comes
            assert await world.missing(core) & world.late
