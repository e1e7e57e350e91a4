"""What Hilo remembers of an account on X: how far each feed was read, and what of it is settled already."""

from collections.abc import Iterable
from datetime import datetime, timedelta

import structlog
from redis.exceptions import RedisError

from channels.twitter.cursor import Cursor
from channels.twitter.feeds import Feed
from channels.twitter.reading import id_at
from channels.twitter.sweep import Item
from router.model.errors import TemporaryError
from router.store.shelf import Shelf
from router.store.taken import Taken

log = structlog.get_logger()

# Longer than X shows a feed that is read; edits come within an hour.
REMEMBERED = timedelta(days=8)
TIDIED_EVERY = timedelta(hours=1)


class Memory:
    """The memory of one account, in Redis: where it is away, what was settled is still known to the inbox."""

    def __init__(self, shelf: Shelf, channel: str, account: str) -> None:
        self._shelf = shelf
        self._channel = channel
        self._account = account.lower()
        self._taken: dict[str, Taken] = {}
        self._tidied_at: datetime | None = None

    async def cursor(self, feed: Feed, now: datetime, first: timedelta) -> Cursor:
        """Where `feed` was left; the very first time that is `first` ago. Raises TemporaryError."""
        try:
            kept = Cursor.read(await self._shelf.get(self._name(feed)))
            if kept is None:
                kept = Cursor.first(now, first)
                log.info("feed_of_x_begins", feed=feed.name, since=(now - first).isoformat())
                await self._shelf.put(self._name(feed), str(kept))
        except (RedisError, OSError) as error:
            raise TemporaryError(f"the place on X can't be read from the store: {error}") from error
        return kept

    async def keep(self, feed: Feed, cursor: Cursor, now: datetime) -> None:
        """Keep how far `feed` was read, and settled."""
        try:
            await self._shelf.put(self._name(feed), str(cursor))
            if self._tidied_at is None or now - self._tidied_at > TIDIED_EVERY:
                self._tidied_at = now
                for taken in self._taken.values():
                    await taken.forget_below(id_at(now - REMEMBERED))
        except (RedisError, OSError) as error:
            log.warning("place_on_x_not_kept", feed=feed.name, error=str(error))

    async def settle(self, item: Item) -> None:
        """Keep that there is nothing left to do with `item`."""
        try:
            await self._of(item.taken).add(item.id)
        except (RedisError, OSError) as error:
            log.warning("place_on_x_not_kept", feed=item.feed, error=str(error))

    async def settled(self, taken: str, identifiers: Iterable[int]) -> frozenset[int]:
        """Which of `identifiers`, of the kind `taken`, there is nothing left to do with. Raises redis' errors."""
        return await self._of(taken).known(list(identifiers))

    def _of(self, name: str) -> Taken:
        if name not in self._taken:
            self._taken[name] = Taken(self._shelf.connection, self._channel, f"{self._account}:{name}")
        return self._taken[name]

    def _name(self, feed: Feed) -> str:
        return f"x:{self._account}:{feed.name}"
