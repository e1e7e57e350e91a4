"""A feed at work: how far it was read, when to look again, and the look that is under way."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from channels.twitter.answer import Refused
from channels.twitter.away import Away, pause, pause_after
from channels.twitter.cursor import MARGIN, Cursor
from channels.twitter.feeds import SEARCH_SHOWN, Feed
from channels.twitter.limits import LimitReached
from channels.twitter.normalise import Left
from channels.twitter.reading import id_at
from channels.twitter.settings import CHANNEL
from channels.twitter.sweep import Sweep
from router.model.errors import PermanentError, TemporaryError
from router.store import metrics

log = structlog.get_logger()

# X said no for good: a plan without this endpoint, an app without a permission. A person may change it.
REFUSED_PAUSE = timedelta(minutes=15)
BAD_REQUEST = 400


@dataclass(slots=True)
class Place:
    """One feed's; a look that was broken off goes on where it was."""

    feed: Feed
    cursor: Cursor
    due_at: datetime
    sweep: Sweep | None = None
    failures: int = 0

    def begun(self, now: datetime, overlap: timedelta) -> Sweep:
        """The look that is under way, or a new one."""
        if self.sweep is None:
            feed = self.feed
            if self.cursor.has_missed(now, feed.shown):
                _missed(feed.name, f"the last look was at {self.cursor.looked_at.isoformat()}")
            since = self.cursor.since(overlap, now, feed.shown)
            self.sweep = Sweep(feed.name, feed.taken, since, self.cursor.upto, now, feed.read)
        return self.sweep

    async def read_page(self, sweep: Sweep) -> None:
        """Read one page of the feed; behind the last one that X lists, what a search tells of the rest."""
        feed, searched = self.feed, id_at(sweep.began_at - SEARCH_SHOWN + MARGIN)
        if sweep.until and feed.rest:
            sweep.take(await feed.rest(max(sweep.since, searched), sweep.until, sweep.token))
            sweep.is_cut = sweep.is_cut or searched > sweep.known
            return
        sweep.take(await feed.ask(sweep.since, sweep.token), feed.most_pages)
        if sweep.is_cut and feed.rest and sweep.oldest > searched:
            log.warning("mentions_searched", hint="X lists no more mentions than these; the others come by search")
            sweep.go_on_below()

    def read_to_its_end(self, sweep: Sweep, away: Away) -> None:
        """The look is over; the next one is due."""
        self.failures = 0
        self.due_at = sweep.began_at + self.feed.every
        away.answered(self.feed.name)

    def failed(self, error: TemporaryError, now: datetime, away: Away) -> None:
        """Something is in the way of the look: it goes on later."""
        if isinstance(error, LimitReached):
            log.info("limit_of_x", feed=self.feed.name, error=str(error), seconds=error.retry_after)
            self.due_at = now + timedelta(seconds=error.retry_after or 1.0)
            return
        self.failures += 1
        self.due_at = now + pause_after(self.failures, error)
        away.failed(self.feed.name, error)

    def turned_down(self, error: PermanentError, now: datetime) -> None:
        """X will not show this feed; the others go on. A look that it does not understand any more begins anew."""
        self.failures += 1
        self.due_at = now + REFUSED_PAUSE
        if isinstance(error, Refused) and error.status == BAD_REQUEST:
            self.sweep = None
            if self.failures == 1:
                self.due_at = now + pause(self.failures)
        log.error("feed_of_x_refused", feed=self.feed.name, error=str(error), hint="tried again in a while")

    def settled(self) -> Cursor:
        """The cursor, moved behind all that the look showed, each of which is settled."""
        sweep, self.sweep = self.sweep, None
        if sweep is None:
            return self.cursor
        if sweep.is_cut:
            _missed(self.feed.name, f"X shows nothing between the ids {sweep.known} and {sweep.oldest}")
        if sweep.unreadable:
            metrics.LEFT_OUT.labels(CHANNEL, Left.UNREADABLE).inc(sweep.unreadable)
            log.warning("no_message_of_x", feed=self.feed.name, count=sweep.unreadable, why="without an id")
        self.cursor = self.cursor.after(sweep.newest, sweep.began_at)
        return self.cursor


def _missed(feed: str, words: str) -> None:
    """What came in between may be lost to us; nobody may think that it is not."""
    metrics.GAPS.labels(CHANNEL).inc()
    log.error("messages_missed", feed=feed, error=words, hint="look at the account on X: customers may wait there")
