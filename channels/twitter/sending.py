"""A reply to X, in one part or several, each posted once: what may have left is looked for before it leaves again.

X takes no key by which it would know a reply again. So each part is kept as soon as it has left; where that could not
be, our own posts, or direct messages, are read: found is sent. Not found counts only when it is so twice, half a minute
apart, since what is posted may be shown later.
"""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog
from redis.exceptions import RedisError

from channels.files import Files
from channels.twitter.answer import KeysRefused, Refused
from channels.twitter.client import XClient
from channels.twitter.identity import Identity, OthersKeys
from channels.twitter.ledger import Ledger, Parts
from channels.twitter.look_up import Seen, recognised, said_by
from channels.twitter.reading import made_at
from channels.twitter.refusals import GONE, SAID_ALREADY, failure, is_repetition, partly
from channels.twitter.ways import DirectMessage, Reply, Way
from router.model.clock import Clock
from router.model.errors import PermanentError, TemporaryError, UnknownOutcome
from router.model.ids import MessageId
from router.model.message import DeliveryState, OutboundMessage, Receipt

log = structlog.get_logger()

LOOKS_APART = timedelta(seconds=30)
# X takes no words twice within so long.
REPEATED_WITHIN = timedelta(hours=12)
# A part just posted may not be there yet for who wants to answer it.
LAG, MOST_LAGS = timedelta(seconds=5), 6
REMEMBERED = 10_000
REPEATED = "X says that it has this text already, and does not show it: look there before you send it again"


@dataclass(frozen=True, slots=True)
class Doubt:
    """What is known of a reply that is not settled: when the part after `done` was not seen, and what X said of it."""

    done: int = 0
    absent_at: datetime | None = None
    is_repeated: bool = False
    lags: int = 0


class Sending:
    """Replies on their way to X, for one account."""

    def __init__(self, client: XClient, identity: Identity, files: Files, ledger: Ledger, clock: Clock) -> None:
        self._client = client
        self._identity = identity
        self._files = files
        self._ledger = ledger
        self._clock = clock
        self._doubts: OrderedDict[MessageId, Doubt] = OrderedDict()

    async def send(self, message: OutboundMessage) -> Receipt:
        """Post the parts of `message` that are not known to have left.

        Raises TemporaryError if the next part surely did not leave and may later, PermanentError if it never will,
        UnknownOutcome where nobody knows.
        """
        way = self._way(message)
        parts, done = way.parts(), await self._ledger.of(message.id)
        try:
            while len(done) < len(parts):
                done = (*done, await self._put(way, message, parts, done))
                await self._ledger.keep(message.id, done)
        except PermanentError as error:
            self._doubts.pop(message.id, None)
            raise partly(error, len(done), len(parts)) from error
        except (RedisError, OSError) as error:
            # X's limits are kept there: it may have gone before X was called, or after.
            raise UnknownOutcome(f"the store went away while the reply was sent: {error}") from error
        return self._receipt(message, done)

    async def find(self, message: OutboundMessage) -> Receipt | None:
        """The receipt if all of `message` is on X; None if its next part surely is not: `send` goes on from there.

        Raises TemporaryError while that can't be said yet, UnknownOutcome if it never can.
        """
        way = self._way(message)
        try:
            parts = way.parts()
        except PermanentError:
            # Such a one is refused before anything leaves.
            return None
        known = await self._ledger.of(message.id)
        if len(known) < len(parts):
            self._wait_for_second_look(message, len(known))
            known = await self._looked_for(way, message, parts, known)
        if len(known) < len(parts):
            self._is_surely_absent(message, len(known))
            return None
        return self._receipt(message, known)

    def _way(self, message: OutboundMessage) -> Way:
        return (Reply if message.public else DirectMessage)(self._client, self._identity, self._files, message)

    async def _put(self, way: Way, message: OutboundMessage, parts: Sequence[str], done: Parts) -> str:
        try:
            await self._identity.account()
            return await way.put(parts[len(done)], done)
        except OthersKeys as error:
            raise KeysRefused(str(error)) from error
        except Refused as error:
            log.warning("refused_by_x", message=message.id, part=len(done) + 1, error=str(error))
            if is_repetition(error):
                return await self._repeated(way, message, parts, done)
            reason = failure(error)
            raise (self._lagging(message, reason) if done and str(reason) == GONE else reason) from error
        except KeysRefused:
            raise
        except TemporaryError as error:
            # What may be asked how often is counted for each of X's routes: the other replies need not wait for it.
            raise _about_message(error) from error

    async def _repeated(self, way: Way, message: OutboundMessage, parts: Sequence[str], done: Parts) -> str:
        """X's id of the next part, which it says was posted before: by us for this reply, if a look tells so."""
        seen = await way.seen(self._clock.now() - REPEATED_WITHIN)
        found = recognised(parts[: len(done) + 1], done, seen, await self._of_others(message, parts, seen), way.first)
        if len(found) > len(done):
            return found[-1]
        if said_by(parts[len(done) : len(done) + 1], seen):
            raise PermanentError(SAID_ALREADY)
        self._note(message, replace(self._doubt(message), is_repeated=True))
        raise UnknownOutcome(REPEATED)

    async def _looked_for(self, way: Way, message: OutboundMessage, parts: Sequence[str], done: Parts) -> Parts:
        """The parts that have left, as X shows them; kept, if it shows more than was known."""
        try:
            seen = await way.seen()
        except OthersKeys as error:
            raise KeysRefused(str(error)) from error
        except Refused as error:
            raise UnknownOutcome(f"X does not let us look whether it left: {error}") from error
        except KeysRefused:
            raise
        except TemporaryError as error:
            raise _about_message(error) from error
        except (RedisError, OSError) as error:
            raise TemporaryError(f"the store is away: {error}", is_about_message=True) from error
        found = recognised(parts, done, seen, await self._of_others(message, parts, seen), way.first)
        if len(found) > len(done):
            await self._ledger.keep(message.id, found)
        return found

    async def _of_others(self, message: OutboundMessage, parts: Sequence[str], seen: Sequence[Seen]) -> frozenset[str]:
        alike = said_by(parts, seen)
        return await self._ledger.of_others(message.id, [each.id for each in alike])

    def _wait_for_second_look(self, message: OutboundMessage, done: int) -> None:
        """Raises TemporaryError as long as it is too early to look for the second time."""
        doubt = self._doubt(message)
        if doubt.absent_at is None or doubt.done != done:
            return
        left = doubt.absent_at + LOOKS_APART - self._clock.now()
        if left > timedelta():
            raise _not_yet(left)

    def _is_surely_absent(self, message: OutboundMessage, done: int) -> None:
        """Return if the part after `done` was not seen twice. Raises TemporaryError if it was looked for once.

        Raises UnknownOutcome if X says that it is there all the same.
        """
        doubt = self._doubt(message)
        if doubt.absent_at is None or doubt.done != done:
            self._note(message, replace(doubt, done=done, absent_at=self._clock.now()))
            raise _not_yet(LOOKS_APART)
        self._note(message, replace(doubt, absent_at=None))
        if doubt.is_repeated:
            raise UnknownOutcome(REPEATED)

    def _lagging(self, message: OutboundMessage, reason: Exception) -> Exception:
        """A part that can't answer the one before it, which we just posted, may be able to in a moment."""
        doubt = self._doubt(message)
        self._note(message, replace(doubt, lags=doubt.lags + 1))
        if doubt.lags >= MOST_LAGS:
            return reason
        return TemporaryError(str(reason), LAG.total_seconds(), is_about_message=True)

    def _doubt(self, message: OutboundMessage) -> Doubt:
        return self._doubts.get(message.id, Doubt())

    def _note(self, message: OutboundMessage, doubt: Doubt) -> None:
        self._doubts[message.id] = doubt
        if len(self._doubts) > REMEMBERED:
            self._doubts.popitem(last=False)

    def _receipt(self, message: OutboundMessage, done: Parts) -> Receipt:
        self._doubts.pop(message.id, None)
        # X's ids tell when: so whoever asks, and however late, is told the same.
        at = made_at(done[-1]) or self._clock.now()
        return Receipt(message.id, message.conversation, DeliveryState.SENT, at, reference=" ".join(done))


def _not_yet(left: timedelta) -> TemporaryError:
    words = "it is not on X yet; what is posted may be shown a little later"
    return TemporaryError(words, left.total_seconds(), is_about_message=True)


def _about_message(error: TemporaryError) -> TemporaryError:
    return TemporaryError(str(error), error.retry_after, is_about_message=True) if error.retry_after else error
