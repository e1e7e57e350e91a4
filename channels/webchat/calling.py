"""A visitor who asks for a call: the times that can be kept, and one of them reserved before it is promised."""

from collections import OrderedDict
from dataclasses import replace
from datetime import datetime, timedelta

from channels.services import Services
from channels.webchat.frames import CallAsked, CallTimesAsked, CallTimesTold
from channels.webchat.normalise import ACCOUNT, KEY, WEBCHAT, Unusable, clean, handle_of
from router.core.calls.reach import is_reached
from router.core.calls.when import ringing
from router.core.numbers import dialable
from router.model.clock import from_milliseconds, milliseconds
from router.model.event import CallWanted
from router.model.ids import TeamId
from router.model.message import Handle
from router.store import keys
from router.store.call_times import Wish
from router.store.tally import Tally, Window

# A visitor chooses among so many; who wants a later one says it in words.
WINDOWS_SHOWN = 40
LONGEST_WORDS = 300
RESERVED_KEPT = 10_000
A_DAY = timedelta(days=1)


class Full(Exception):
    """The time that was chosen can't be promised any more: somebody else has it."""


class Calling:
    """Answers what can be promised, and reserves it; all of it raises redis' errors."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._tally = Tally(services.shelf.connection, WEBCHAT)
        # What each visitor has reserved: who chooses anew gives it back.
        self._reserved: OrderedDict[str, tuple[TeamId, datetime]] = OrderedDict()

    @property
    def is_on(self) -> bool:
        """Whether anybody can be called at all."""
        return self._services.call_times is not None and self._services.rulebook is not None

    async def times(self, asked: CallTimesAsked, team: TeamId) -> CallTimesTold:
        """The times at which `team` can call the number. Raises Unusable for a number that nobody can be called at."""
        number = self._number(asked.number)
        if self._services.call_times is None:
            return CallTimesTold(number.address)
        found = await self._services.call_times.offered(self._wish(number, team, is_any_hour=False))
        soon = found.now or (await self._services.call_times.offered(self._wish(number, team, is_any_hour=True))).now
        windows = [(milliseconds(each.from_at), milliseconds(each.until)) for each in found.windows[:WINDOWS_SHOWN]]
        return CallTimesTold(number.address, is_now=found.now, is_any_hour=soon and not found.now, windows=windows)

    async def wanted(self, asked: CallAsked, visitor: str, team: TeamId) -> CallWanted:
        """The wish as an event, its time reserved. Raises Unusable for what can't be one, Full where it is taken.

        Nobody proves that a number is theirs: neither is one rung as often as strangers like, nor do they have us ring
        one after the other.
        """
        if not KEY.fullmatch(asked.key):
            raise Unusable("bad_key", "a wish's key is 8 to 64 letters, digits, `-` or `_`: make a random one")
        number, words = self._number(asked.number), " ".join(clean(asked.words).split())[:LONGEST_WORDS]
        source = handle_of(visitor)
        await self._count(number, visitor, asked.key)
        if asked.start is None:
            return CallWanted(source, WEBCHAT, number, is_any_hour=asked.any_hour, words=words, account=ACCOUNT)
        window = await self._reserve(self._wish(number, team, is_any_hour=False), _instant(asked.start), visitor)
        return CallWanted(source, WEBCHAT, number, window[0], window[1], words=words, account=ACCOUNT)

    async def _reserve(self, wish: Wish, at: datetime, visitor: str) -> tuple[datetime, datetime]:
        times = self._services.call_times
        window = await times.reserve(wish, at, visitor) if times else None
        if times is None or window is None:
            raise Full
        former = self._reserved.pop(visitor, None)
        if former and former != (wish.team, window.from_at):
            await times.give_back(replace(wish, team=former[0]), former[1], visitor)
        self._reserved[visitor] = (wish.team, window.from_at)
        if len(self._reserved) > RESERVED_KEPT:
            self._reserved.popitem(last=False)
        return window.from_at, window.until

    async def _count(self, number: Handle, visitor: str, key: str) -> None:
        """Count the wish, once however often it comes. Raises Unusable where there were too many within a day."""
        most = self._services.rulebook().calls.asks if self._services.rulebook else 0
        windows = [Window(name, most, A_DAY) for name in (f"wish for {number}", f"wish of {visitor}")]
        if await self._tally.count(keys.digest("wish", visitor, key), windows, self._services.clock.now()):
            raise Unusable("too_many_calls", f"{most} calls to one number, or of one visitor, are enough for a day")

    def _wish(self, number: Handle, team: TeamId, *, is_any_hour: bool) -> Wish:
        if self._services.rulebook is None:
            raise Unusable("no_calls", "nobody is called from here")
        book = self._services.rulebook()
        wish = Wish(team, book.calls, book.calendars)
        return wish if is_any_hour else Wish(team, book.calls, book.calendars, ringing(number, book.calls).hours)

    def _number(self, text: str) -> Handle:
        number = dialable(clean(text)[:40], self._services.region)
        if number is None:
            raise Unusable("bad_number", "that is no number to call; with its country it looks like +50761234567")
        if self._services.rulebook and not is_reached(number, self._services.rulebook().calls, self._services.region):
            raise Unusable("not_called", "nobody is called in that country from here")
        return number


def _instant(at: int) -> datetime:
    try:
        return from_milliseconds(at)
    except (OverflowError, ValueError, OSError):
        raise Unusable("bad_time", "that is no instant: send one that was offered") from None
