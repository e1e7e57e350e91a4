"""Reading X for ever: each feed in its turn, through all that breaks, and the places kept once each message is safe.

X is asked again and again what is new; that is the truth, whatever a webhook told or did not tell.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from channels.twitter.answer import Refused
from channels.twitter.away import Away, pause, pause_after
from channels.twitter.cursor import Cursor
from channels.twitter.feeds import TAKEN_POSTS, Feed
from channels.twitter.limits import LimitReached
from channels.twitter.memory import Memory
from channels.twitter.normalise import Left
from channels.twitter.settings import CHANNEL, PollSettings
from channels.twitter.sweep import WITHDRAWN, Item, Sweep
from router.model.clock import Clock
from router.model.errors import HiloError, PermanentError, TemporaryError
from router.store import metrics

log = structlog.get_logger()

LONGEST_PAUSE_FULL = timedelta(seconds=10)
# X said no for good: a plan without this endpoint, an app without a permission. A person may change it.
REFUSED_PAUSE = timedelta(minutes=15)
LOOK_AGAIN = timedelta(milliseconds=50)
NEXT = timedelta(milliseconds=1)
BAD_REQUEST = 400


@dataclass(slots=True)
class Place:
    """A feed at work: its cursor, when to look again, and the look that is under way."""

    feed: Feed
    cursor: Cursor
    due_at: datetime
    sweep: Sweep | None = None
    failures: int = 0


class Poller:
    """The feeds of one account."""

    def __init__(self, settings: PollSettings, memory: Memory, away: Away, clock: Clock) -> None:
        self._settings = settings
        self._memory = memory
        self._away = away
        self._clock = clock
        self._places: list[Place] = []
        self._hinted = asyncio.Event()
        self._hints: set[str] = set()
        self._gone: dict[int, Item] = {}
        self._is_refused = False
        self._refusals = 0

    async def items(self, feeds: Iterable[Feed]) -> AsyncIterator[Item]:
        """What is new, oldest first, until cancelled; each is settled, or refused, before the next is asked for.

        Raises TemporaryError, or redis' errors, where the store is away.
        """
        now = self._clock.now()
        self._is_refused = False
        self._places = [Place(feed, await self._memory.cursor(feed, now, self._settings.first), now) for feed in feeds]
        while True:
            for place in self._due():
                await self._look(place)
            ended = [place for place in self._places if place.sweep and place.sweep.is_done]
            for item in [*await self._unsettled(ended), *await self._withdrawn()]:
                if isinstance(item.message, Left):
                    await self._leave(item, item.message)
                    continue
                yield item
                if self._is_refused:
                    break
            if self._is_refused:
                await self._rest()
                continue
            for place in ended:
                await self._close(place)
            await self._until_due()

    async def settle(self, item: Item) -> None:
        """Keep that `item` is safe: it is not handed out again."""
        self._refusals = 0
        await self._memory.settle(item)
        self._dismiss(item)

    async def refuse(self, item: Item, error: HiloError) -> None:
        """Hand it out again after a pause, and nothing that came later before it.

        What can never be taken would stop all that come after it: after a PermanentError it is left where it is, on X.
        """
        if not isinstance(error, PermanentError):
            self._is_refused = True
            return
        log.error("left_on_x", feed=item.feed, id=str(item.id), error=str(error))
        metrics.LEFT_OUT.labels(CHANNEL, "refused").inc()
        await self._memory.settle(item)
        self._dismiss(item)

    async def withdraw(self, item: Item) -> None:
        """Return once it is safe that a post is gone, or that nobody was told of the post."""
        self._gone[item.id] = item
        self._hinted.set()
        while item.id in self._gone:
            await self._clock.sleep(LOOK_AGAIN)

    def hint(self, feeds: Iterable[str]) -> None:
        """Something may be new in `feeds`: look at once, as far as the limits allow."""
        self._hints.update(feeds)
        self._hinted.set()

    def _due(self) -> list[Place]:
        now, hints = self._clock.now(), self._hints
        self._hints = set()
        self._hinted.clear()
        for place in self._places:
            # The pause after a failure, and the one that X asks for, are kept to whatever is said to be new.
            if place.feed.name in hints and place.sweep is None:
                place.due_at = min(place.due_at, now)
        return [place for place in self._places if place.due_at <= now]

    async def _look(self, place: Place) -> None:
        """Read on in the feed, to its end or until something is in the way: then what was read so far is kept."""
        sweep = place.sweep = place.sweep or self._begun(place)
        try:
            while not sweep.is_done:
                await self._next_page(place.feed, sweep)
        except TemporaryError as error:
            self._failed(place, error)
        except PermanentError as error:
            self._turned_down(place, error)
        else:
            place.failures = 0
            place.due_at = sweep.began_at + place.feed.every
            self._away.answered(place.feed.name)

    async def _next_page(self, feed: Feed, sweep: Sweep) -> None:
        if sweep.until and feed.rest:
            sweep.take(await feed.rest(sweep.since, sweep.until, sweep.token))
            return
        sweep.take(await feed.ask(sweep.since, sweep.token), feed.most_pages)
        if sweep.is_cut and feed.rest:
            log.warning("mentions_searched", hint="X lists no more mentions than these; the others come by search")
            sweep.go_on_below()

    def _begun(self, place: Place) -> Sweep:
        now, shown = self._clock.now(), place.feed.shown
        if place.cursor.has_missed(now, shown):
            self._missed(place.feed.name, f"the last look was at {place.cursor.looked_at.isoformat()}")
        since = place.cursor.since(self._settings.overlap, now, shown)
        return Sweep(place.feed.name, place.feed.taken, since, place.cursor.upto, now, place.feed.read)

    async def _unsettled(self, ended: Iterable[Place]) -> list[Item]:
        """What the feeds that were read to their end showed, in the order in which it was made, each once."""
        shown = {(item.taken, item.id): item for place in ended if place.sweep for item in place.sweep.items.values()}
        for taken in {taken for taken, _ in shown}:
            for known in await self._memory.settled(taken, [each for kind, each in shown if kind == taken]):
                del shown[taken, known]
        return sorted(shown.values(), key=lambda item: item.id)

    async def _withdrawn(self) -> list[Item]:
        """What is gone of what somebody was told of; the rest no feed will ever show."""
        told = await self._memory.settled(TAKEN_POSTS, self._gone)
        known = await self._memory.settled(WITHDRAWN, self._gone)
        for each in self._gone.keys() - (told - known):
            del self._gone[each]
        return list(self._gone.values())

    def _dismiss(self, item: Item) -> None:
        if item.taken == WITHDRAWN:
            self._gone.pop(item.id, None)

    async def _leave(self, item: Item, why: Left) -> None:
        metrics.LEFT_OUT.labels(CHANNEL, why).inc()
        tell = log.warning if why is Left.UNREADABLE else log.debug
        tell("no_message_of_x", feed=item.feed, id=str(item.id), why=str(why))
        await self._memory.settle(item)

    async def _close(self, place: Place) -> None:
        """The look is over and all of it settled: the cursor moves."""
        sweep, place.sweep = place.sweep, None
        if sweep is None:
            return
        if sweep.is_cut:
            self._missed(place.feed.name, f"X shows nothing between the ids {sweep.since} and {sweep.oldest}")
        if sweep.unreadable:
            metrics.LEFT_OUT.labels(CHANNEL, Left.UNREADABLE).inc(sweep.unreadable)
            log.warning("no_message_of_x", feed=place.feed.name, count=sweep.unreadable, why="without an id")
        place.cursor = place.cursor.after(sweep.newest, sweep.began_at)
        await self._memory.keep(place.feed, place.cursor, self._clock.now())

    async def _rest(self) -> None:
        self._is_refused = False
        self._refusals += 1
        await self._clock.sleep(pause(self._refusals, LONGEST_PAUSE_FULL))

    async def _until_due(self) -> None:
        """Return once a feed is due, or a hint came."""
        wait = max(min(place.due_at for place in self._places) - self._clock.now(), NEXT)
        sleeping = asyncio.create_task(self._clock.sleep(wait))
        hinted = asyncio.create_task(self._hinted.wait())
        try:
            await asyncio.wait({sleeping, hinted}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            sleeping.cancel()
            hinted.cancel()

    def _failed(self, place: Place, error: TemporaryError) -> None:
        if isinstance(error, LimitReached):
            log.info("limit_of_x", feed=place.feed.name, error=str(error), seconds=error.retry_after)
            place.due_at = self._clock.now() + timedelta(seconds=error.retry_after or 1.0)
            return
        place.failures += 1
        place.due_at = self._clock.now() + pause_after(place.failures, error)
        self._away.failed(place.feed.name, error)

    def _turned_down(self, place: Place, error: PermanentError) -> None:
        """X will not show this feed; the others go on. A look that it does not understand any more begins anew."""
        place.failures += 1
        place.due_at = self._clock.now() + REFUSED_PAUSE
        if isinstance(error, Refused) and error.status == BAD_REQUEST:
            place.sweep = None
            if place.failures == 1:
                place.due_at = self._clock.now() + pause(place.failures)
        log.error("feed_of_x_refused", feed=place.feed.name, error=str(error), hint="tried again in a while")

    def _missed(self, feed: str, words: str) -> None:
        """What came in between may be lost to us; nobody may think that it is not."""
        metrics.GAPS.labels(CHANNEL).inc()
        log.error("messages_missed", feed=feed, error=words, hint="look at the account on X: customers may wait there")
