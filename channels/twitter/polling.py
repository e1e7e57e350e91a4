"""Reading X for ever: each feed in its turn, through all that breaks, and the places kept once each message is safe.

X is asked again and again what is new; that is the truth, whatever a webhook told or did not tell.
"""

import asyncio
from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing
from datetime import timedelta

import structlog

from channels.twitter.away import Away, pause
from channels.twitter.feeds import TAKEN_POSTS, Feed
from channels.twitter.memory import Memory
from channels.twitter.normalise import Left
from channels.twitter.place import Place
from channels.twitter.settings import CHANNEL, PollSettings
from channels.twitter.sweep import WITHDRAWN, Item
from router.model.clock import Clock
from router.model.errors import HiloError, PermanentError, TemporaryError
from router.store import metrics

log = structlog.get_logger()

LONGEST_PAUSE_FULL = timedelta(seconds=10)
LOOK_AGAIN = timedelta(milliseconds=50)
NEXT = timedelta(milliseconds=1)


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

    async def items(self, feeds: Iterable[Feed]) -> AsyncGenerator[Item, None]:
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
            async with aclosing(self._new(ended)) as new:
                async for item in new:
                    yield item
                    if self._is_refused:
                        break
            if self._is_refused:
                await self._rest()
                continue
            for place in ended:
                await self._memory.keep(place.feed, place.settled(), self._clock.now())
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
        sweep = place.begun(self._clock.now(), self._settings.overlap)
        try:
            while not sweep.is_done:
                await place.read_page(sweep)
        except TemporaryError as error:
            place.failed(error, self._clock.now(), self._away)
        except PermanentError as error:
            place.turned_down(error, self._clock.now())
        else:
            place.read_to_its_end(sweep, self._away)

    async def _new(self, ended: Iterable[Place]) -> AsyncGenerator[Item, None]:
        """The messages that the feeds showed; then, once those are settled, which of them are gone."""
        for item in await self._unsettled(ended):
            if isinstance(item.message, Left):
                await self._leave(item, item.message)
            else:
                yield item
        for item in await self._withdrawn():
            yield item

    async def _unsettled(self, ended: Iterable[Place]) -> list[Item]:
        """What the feeds that were read to their end showed, in the order in which it was made, each once."""
        shown = {(item.taken, item.id): item for place in ended if place.sweep for item in place.sweep.items.values()}
        for taken in {taken for taken, _ in shown}:
            for known in await self._memory.settled(taken, [each for kind, each in shown if kind == taken]):
                del shown[taken, known]
        return sorted(shown.values(), key=lambda item: item.id)

    async def _withdrawn(self) -> list[Item]:
        """What is gone of what somebody was told of.

        What a look under way has shown is about to be told; of the rest nobody ever hears.
        """
        # Those that come while the store is asked are looked at in the next round.
        asked = sorted(self._gone)
        told = await self._memory.settled(TAKEN_POSTS, asked) - await self._memory.settled(WITHDRAWN, asked)
        looks = [place.sweep.items for place in self._places if place.sweep and not place.sweep.is_done]
        for each in asked:
            if each not in told and not any(each in shown for shown in looks):
                self._gone.pop(each, None)
        return [self._gone[each] for each in asked if each in told]

    def _dismiss(self, item: Item) -> None:
        if item.taken == WITHDRAWN:
            self._gone.pop(item.id, None)

    async def _leave(self, item: Item, why: Left) -> None:
        metrics.LEFT_OUT.labels(CHANNEL, why).inc()
        tell = log.warning if why is Left.UNREADABLE else log.debug
        tell("no_message_of_x", feed=item.feed, id=str(item.id), why=str(why))
        await self._memory.settle(item)

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
