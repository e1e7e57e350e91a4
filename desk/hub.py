"""The hub: one follower of the feed for the whole process; it tells every open reader what has changed.

Changes of one conversation that come faster than they can be told are told as one. Each reader has a bounded queue;
who reads too slowly is let go, and comes back from the position that they had reached.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from itertools import islice

import structlog
from redis.exceptions import RedisError

from desk.news import Changes, News, Reporter, Reset, gather
from desk.rules_news import RulesNews
from router.model.errors import HiloError
from router.store.feed import Feed, PositionLost
from router.store.live import LiveChannel
from router.store.readers import Readers, reader_name
from router.store.rules_status import RulesBoard
from router.store.tasks import end_task

log = structlog.get_logger()

READER_HOLDS = 256
AT_ONCE = 200
# Seconds between attempts, the longer the more have failed; an attempt that lasted begins anew.
PAUSES = (0.1, 0.2, 0.5, 1.0, 2.0)
LASTED_SECONDS = 10.0
JOIN_SECONDS = 2.0
RULES_SECONDS = 1.0


class Reader:
    """One open feed: what it has not been sent yet."""

    def __init__(self) -> None:
        self._news: asyncio.Queue[News | None] = asyncio.Queue(READER_HOLDS)
        self.is_over = False

    def tell(self, news: News) -> None:
        """Add `news`; who has no room for it has read too slowly, and is let go."""
        if self._news.full():
            self.end()
        if not self.is_over:
            self._news.put_nowait(news)

    def end(self) -> None:
        """Nothing more will come; what was not sent yet is found again from the position that was reached."""
        self.is_over = True
        while not self._news.empty():
            self._news.get_nowait()
        self._news.put_nowait(None)

    async def next(self) -> News | None:
        """What is to be sent next; None at the end."""
        return await self._news.get()


class Hub:
    """Follows the feed, the live channel and the rules, and tells the readers; a server that goes away is waited for.

    `decided` is told the key of each command that is decided.
    """

    def __init__(
        self,
        feed: Feed,
        readers: Readers,
        live: LiveChannel,
        rules: RulesBoard,
        reporter: Reporter,
        decided: Callable[[str], None],
    ) -> None:
        self._feed = feed
        self._registry = readers
        self._name = reader_name("desk")
        self._live = live
        self._board = rules
        self._reporter = reporter
        self._decided = decided
        self._readers: set[Reader] = set()
        self._changes: Changes = {}
        self._changed = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._is_following = asyncio.Event()
        self._is_ending = False
        self.position = ""
        self.rules = RulesNews({})

    def start(self) -> None:
        """Begin to follow."""
        parts = {
            "feed": self._follow,
            "news": self._publish,
            "live": self._listen,
            "rules": self._look,
            "reader": self._say_how_far,
        }
        self._tasks = [asyncio.create_task(_kept_up(name, once), name=f"desk {name}") for name, once in parts.items()]

    async def stop(self) -> None:
        """Stop following."""
        self.end_readers()
        await asyncio.gather(*(end_task(task) for task in self._tasks))
        await self._registry.leave(self._name)

    def end_readers(self) -> None:
        """Let all readers go, and those who come from now on."""
        self._is_ending = True
        for reader in self._readers:
            reader.end()

    @property
    def readers(self) -> int:
        """How many feeds are open."""
        return len(self._readers)

    async def join(self) -> Reader:
        """A new reader, told all that changes after `position` as it is now. Raises TimeoutError without a store."""
        async with asyncio.timeout(JOIN_SECONDS):
            await self._is_following.wait()
        reader = Reader()
        self._readers.add(reader)
        if self._is_ending:
            reader.end()
        return reader

    def leave(self, reader: Reader) -> None:
        """Forget `reader`."""
        self._readers.discard(reader)

    async def _follow(self) -> None:
        self.position = self.position or await self._feed.position()
        self._is_following.set()
        try:
            async with aclosing(self._feed.follow(self.position)) as changes:
                async for change in changes:
                    self.position = change.position
                    if change.key:
                        self._decided(change.key)
                    if self._readers:
                        gather(self._changes, change)
                        self._changed.set()
        except PositionLost:
            # The position comes first: what changes after it is told, what changed before it is read again.
            self.position = await self._feed.position()
            self._tell(Reset(self.position))

    async def _say_how_far(self) -> None:
        await self._registry.keep_telling(self._name, lambda: self.position)

    async def _publish(self) -> None:
        await self._changed.wait()
        taken = dict(islice(self._changes.items(), AT_ONCE))
        for told in await self._reporter.told(list(taken.values())):
            self._tell(told)
        # Only what was told is forgotten: after an error it is tried again, and what came meanwhile has its turn.
        for name, change in taken.items():
            if self._changes.get(name) is change:
                del self._changes[name]
        if not self._changes:
            self._changed.clear()

    async def _listen(self) -> None:
        async with aclosing(self._live.listen()) as heard:
            async for live in heard:
                told = await self._reporter.live(live) if self._readers else None
                if told:
                    self._tell(told)

    async def _look(self) -> None:
        """See once whether it stands otherwise with the rules."""
        rules = RulesNews(await self._board.all())
        if rules != self.rules:
            self.rules = rules
            self._tell(rules)
        await asyncio.sleep(RULES_SECONDS)

    def _tell(self, news: News) -> None:
        for reader in self._readers:
            reader.tell(news)


async def _kept_up(name: str, once: Callable[[], Awaitable[None]]) -> None:
    """Do `once` for ever; after an error later and later, and telling of it rarely."""
    loop = asyncio.get_running_loop()
    failures = 0
    while True:
        began = loop.time()
        try:
            await once()
            failures = 0
        except (RedisError, OSError, HiloError) as error:
            failures = 1 if loop.time() - began > LASTED_SECONDS else failures + 1
            if failures % 20 == 1:
                log.warning("desk_interrupted", part=name, error=type(error).__name__, hint="goes on by itself")
            await asyncio.sleep(PAUSES[min(failures, len(PAUSES)) - 1])
        except Exception:
            # A fault of ours: told whole, and not repeated in a tight loop.
            log.exception("desk_fault", part=name)
            await asyncio.sleep(PAUSES[-1])
